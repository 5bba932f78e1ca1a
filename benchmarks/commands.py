"""Whole commands: start-up, training runs, logging, data loading, the perceptron."""

from __future__ import annotations

import tempfile
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.processes import in_turns, measure, run, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Call = Callable[[], dict[str, float]]
    Say = Callable[[str], None]

IMPLEMENTATIONS = {"scratch": "scratch", "torch": "torch_ref"}
QUIET = ("--seed", "0", "--quiet")


def train(threads: int, *flags: str) -> dict[str, float]:
    """A whole ``train.py`` run: wall time and peak memory of the process."""
    with tempfile.TemporaryDirectory() as logdir:
        ended = run(["train.py", *flags, *QUIET, "--logdir", logdir], threads)
    return {"seconds": ended.seconds, "peak": ended.peak}


def studies(threads: int, mnist: str | None) -> dict[str, dict[str, Call]]:
    """The contestants of each study, by its title."""
    sides = IMPLEMENTATIONS.items()
    found: dict[str, dict[str, Call]] = {
        "import": {
            name: partial(measure, "import", threads, impl=module) for name, module in sides
        },
        "first optimizer step of train.py": {
            name: partial(_first_step, threads, name) for name in IMPLEMENTATIONS
        },
        "train.py, digits": {
            name: partial(train, threads, "--impl", name) for name in IMPLEMENTATIONS
        },
        "train.py, digits, what is logged": {
            log: partial(train, threads, "--log", log) for log in ("all", "scalars", "none")
        },
        "perceptron, 2,000 points": {
            f"{name}, {method}": partial(measure, "perceptron", threads, impl=module, method=method)
            for method in ("batch", "stochastic")
            for name, module in sides
        },
        "a pass of DataLoader, 20,000 × 784 in batches of 64": {
            name: partial(measure, "loading", threads, impl=module) for name, module in sides
        },
    }
    if mnist is not None:
        flags = ("--task", "mnist", "--data-dir", mnist, "--hidden", "128", "--batch-size", "128")
        found["train.py, mnist, 784-128-10, 10 epochs"] = {
            name: partial(train, threads, "--impl", name, *flags, "--epochs", "10")
            for name in IMPLEMENTATIONS
        }
    return found


def _first_step(threads: int, impl: str) -> dict[str, float]:
    return measure("first_step", threads, impl=impl, launched=time.time())


PROMISES: Mapping[str, tuple[str, str, str, float]] = {
    "train.py, digits": ("scratch", "torch", "seconds", 0.5),
    "train.py, digits, memory": ("scratch", "torch", "peak", 0.4),
    "train.py, digits, what is logged": ("all", "none", "seconds", 1 / (1 - 0.15)),
}
"""Title → which contestant's figure is at most how much of which other's."""


def study(rounds: int, threads: int, mnist: str | None, say: Say) -> list[dict[str, Any]]:
    """One table per study."""
    tables = []
    for title, calls in studies(threads, mnist).items():
        taken = in_turns(calls, rounds, lambda text, t=title: say(f"{t}  {text}"))  # type: ignore[misc] # a default
        tables.append(_table(title, taken))
    return tables


def _table(title: str, taken: Mapping[str, Any]) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    medians = {}
    for name, results in taken.items():
        if isinstance(results, str):
            rows.append({"contestant": name, "unavailable": results[:100]})
            continue
        time, peak = (spread([r[key] for r in results]) for key in ("seconds", "peak"))
        medians[name] = {"seconds": time.median, "peak": peak.median}
        rows.append(
            {
                "contestant": name,
                "seconds": time._asdict(),
                "peak bytes": peak.median,
                "rounds": [r["seconds"] for r in results],
            }
        )
    kept = []
    for promise, (one, other, key, target) in PROMISES.items():
        if promise.removesuffix(", memory") == title and {one, other} <= medians.keys():
            ratio = medians[one][key] / medians[other][key]
            what = f"{other}, {'memory' if key == 'peak' else 'wall time'}"
            kept.append({"to": what, "target": target, "ratio": ratio, "kept": ratio <= target})
    return {"setting": title, "rows": rows, "promises": kept}
