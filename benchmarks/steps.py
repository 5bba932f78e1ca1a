"""The study of one training step: every contestant in every setting, in turns."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.processes import in_turns, measure, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EAGER = ("torch eager", "torch eager, foreach", "torch eager, fused")
FLOOR = "matrix products"
CONTESTANTS = (
    "scratch",
    *EAGER,
    "torch.compile",
    "JAX jit",
    "scikit-learn",
    "HIPS autograd",
    "NumPy by hand",
    FLOOR,
)

TARGETS = {
    "2-2-1": 0.25,
    "1-3-1": 0.25,
    "64-64-10": 0.25,
    "784-128-10": 0.75,
    "784-512-256-10": 0.95,
    "784-2048-2048-10": 0.95,
}
"""scratch ÷ the best mode of torch eager: what the project promises."""

FLOOR_TARGET = {"784-2048-2048-10": 1.35}
"""scratch ÷ the bare matrix products."""


def study(
    settings: Sequence[str],
    contestants: Sequence[str],
    rounds: int,
    threads: int,
    seconds: float,
    say: Callable[[str], None],
) -> list[dict[str, Any]]:
    """One table per setting."""
    tables = []
    for setting in settings:
        calls = {
            name: partial(
                measure, "step", threads, contestant=name, setting=setting, seconds=seconds
            )
            for name in contestants
        }
        taken = in_turns(calls, rounds, lambda text, s=setting: say(f"step {s}  {text}"))  # type: ignore[misc] # a default
        tables.append(table(setting, taken))
    return tables


def table(setting: str, taken: dict[str, list[dict[str, float]] | str]) -> dict[str, Any]:
    """Medians, ranges and ratios of one setting."""
    medians, cpu = (
        {
            name: spread([result[clock] for result in results]).median
            for name, results in taken.items()
            if not isinstance(results, str)
        }
        for clock in ("seconds", "cpu")
    )
    best, best_cpu = (_best(figures) for figures in (medians, cpu))
    rows: list[dict[str, Any]] = []
    for name, results in taken.items():
        if isinstance(results, str):
            rows.append({"contestant": name, "unavailable": _reason(results)})
            continue
        time = spread([result["seconds"] for result in results])
        rows.append(
            {
                "contestant": name,
                "seconds": time._asdict(),
                "to best torch eager": best and time.median / best,
                "to best torch eager, CPU time": best_cpu and cpu[name] / best_cpu,
                "final loss": results[-1]["loss"],
                "peak bytes": spread([result["peak"] for result in results]).median,
                "rounds": [result["seconds"] for result in results],
            }
        )
    return {"setting": setting, "rows": rows, "promises": list(promises(setting, medians, best))}


def _best(figures: dict[str, float]) -> float | None:
    """The best mode of torch eager."""
    return min((figures[name] for name in EAGER if name in figures), default=None)


def promises(setting: str, medians: dict[str, float], best: float | None) -> Any:
    """What is promised for this setting, what came out, and whether that is kept."""
    mine = medians.get("scratch")
    if mine is None:
        return
    for what, target, other in (
        ("the best torch eager", TARGETS.get(setting), best),
        ("the bare matrix products", FLOOR_TARGET.get(setting), medians.get(FLOOR)),
    ):
        if target is not None and other is not None:
            ratio = mine / other
            yield {"to": what, "target": target, "ratio": ratio, "kept": ratio <= target}


def _reason(error: str) -> str:
    """Why a contestant is missing, in a few words."""
    missing = re.fullmatch(
        r"ModuleNotFoundError: No module named '(jax|sklearn|autograd)\b.*", error
    )
    return f"{missing[1]} is not installed" if missing else error[:100]
