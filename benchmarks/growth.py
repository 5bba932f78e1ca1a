"""How cost grows: a step with the batch and with the parameters; memory over a long run."""

from __future__ import annotations

import math
import resource
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks import commands
from benchmarks.processes import in_turns, measure, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BATCHES = (128, 256, 512, 1024, 2048)
WIDTHS = (128, 256, 512, 1024, 2048)
LINEAR = 1.25
"""A cost that doubles with its size has exponent 1; caches that overflow add a little."""


STEADY = 1.05
"""The event files' buffers and a longer list of losses are allowed; a leak is not."""


def peak_memory() -> int:
    """The most memory that this process has held so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def study(
    rounds: int, threads: int, seconds: float, say: Callable[[str], None]
) -> list[dict[str, Any]]:
    """One table for the batch, one for the parameters."""
    return [
        _scaled(
            "a step of scratch against the batch, 784-512-10",
            [(f"batch {n}", n, [784, 512, 10], n) for n in BATCHES],
            (rounds, threads, seconds, say),
        ),
        _scaled(
            "a step of scratch against the parameters, 784-H-10, batch 256",
            [(f"{795 * h + 10:,} parameters", h, [784, h, 10], 256) for h in WIDTHS],
            (rounds, threads, seconds, say),
        ),
    ]


def _scaled(
    title: str, points: Sequence[tuple[str, int, list[int], int]], how: tuple[int, int, float, Any]
) -> dict[str, Any]:
    rounds, threads, seconds, say = how

    def call(sizes: list[int], batch: int) -> Callable[[], dict[str, float]]:
        return lambda: measure("scaled_step", threads, sizes=sizes, batch=batch, seconds=seconds)

    calls = {name: call(sizes, batch) for name, _, sizes, batch in points}
    taken = in_turns(calls, rounds, lambda text: say(f"{title}  {text}"))
    rows: list[dict[str, Any]] = []
    for name, results in taken.items():
        if isinstance(results, str):
            return {"setting": title, "rows": [{"contestant": name, "unavailable": results}]}
        time = spread([r["seconds"] for r in results])
        held = spread([r["bytes"] for r in results]).median
        rows.append({"contestant": name, "seconds": time._asdict(), "peak bytes": held})
    scale = [size for _, size, _, _ in points]
    exponents = {
        what: _exponent(scale, values)
        for what, values in (
            ("time", [row["seconds"]["median"] for row in rows]),
            ("memory", [row["peak bytes"] for row in rows]),
        )
    }
    promises = [
        {"to": f"{what} ~ size^k", "target": LINEAR, "ratio": k, "kept": k <= LINEAR}
        for what, k in exponents.items()
    ]
    return {"setting": title, "rows": rows, "promises": promises}


def _exponent(sizes: Sequence[int], costs: Sequence[float]) -> float:
    """The slope of the least-squares line through (log size, log cost)."""
    x, y = [math.log(s) for s in sizes], [math.log(c) for c in costs]
    mx, my = sum(x) / len(x), sum(y) / len(y)
    covariance = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True))
    return covariance / sum((a - mx) ** 2 for a in x)


def endurance(rounds: int, threads: int, epochs: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Whether a long run of train.py takes more memory than one of a tenth of its length."""
    title = "train.py, digits, a short and a long run"
    lengths = (max(1, epochs // 10), epochs)
    calls = {
        f"{n} epochs": partial(commands.train, threads, "--impl", "scratch", "--epochs", str(n))
        for n in lengths
    }
    taken = in_turns(calls, rounds, lambda text: say(f"{title}  {text}"))
    rows: list[dict[str, Any]] = []
    for name, results in taken.items():
        if isinstance(results, str):
            return {"setting": title, "rows": [{"contestant": name, "unavailable": results}]}
        time, peak = (spread([r[key] for r in results]) for key in ("seconds", "peak"))
        rows.append({"contestant": name, "seconds": time._asdict(), "peak bytes": peak.median})
    ratio = rows[1]["peak bytes"] / rows[0]["peak bytes"]
    kept = ratio <= STEADY
    promise = {"to": "the memory of the short run", "target": STEADY, "ratio": ratio, "kept": kept}
    return {"setting": title, "rows": rows, "promises": [promise]}
