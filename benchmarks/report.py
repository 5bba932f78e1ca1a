"""The report: a table per study for people, JSON for programs, and what they were measured on."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES = ("numpy", "torch", "jax", "scikit-learn", "autograd")
SCALES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def environment(threads: int, rounds: int) -> dict[str, Any]:
    """Machine, versions, and how it was measured."""
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load when it began": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{package: _version(package) for package in PACKAGES},
        "threads": threads,
        "rounds": rounds,
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or "unknown"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def seconds(value: float) -> str:
    """Three digits and a unit."""
    scale, unit = next((s for s in SCALES if value >= s[0]), SCALES[-1])
    return f"{value / scale:.3g} {unit}"


def bytes_(value: float) -> str:
    """Megabytes."""
    return f"{value / 2**20:.1f} MiB"


def lines(table: dict[str, Any]) -> Iterator[str]:
    """One study as text."""
    yield f"## {table['setting']}"
    cells = [["", "median", "from – to", "÷ best torch eager", "by CPU time", "memory"]]
    cells += [[row["contestant"], *_cells(row)] for row in table["rows"]]
    used = [i for i in range(6) if i == 0 or any(row[i] for row in cells[1:])]
    widths = {i: max(len(row[i]) for row in cells) for i in used}
    for row in cells:
        yield "  " + "  ".join(f"{row[i]:{widths[i]}}" for i in used).rstrip()
    for promise in table.get("promises", ()):
        verdict = "kept" if promise["kept"] else "NOT KEPT"
        yield f"  {promise['ratio']:.3g} × {promise['to']}; promised ≤ {promise['target']:.3g}: {verdict}"
    yield ""


def _cells(row: dict[str, Any]) -> list[str]:
    if "unavailable" in row:
        return [row["unavailable"], "", "", "", ""]
    time, memory = row.get("seconds"), row.get("peak bytes")
    ratio, by_cpu = (row.get(f"to best torch eager{clock}") for clock in ("", ", CPU time"))
    return [
        seconds(time["median"]) if time else "",
        f"{seconds(time['low'])} – {seconds(time['high'])}" if time else "",
        f"{ratio:.3f}" if ratio else "",
        f"{by_cpu:.3f}" if by_cpu else "",
        bytes_(memory) if memory else "",
    ]
