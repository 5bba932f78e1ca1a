"""What a fresh process runs: one measurement, named on its command line, its result as JSON.

``python -m benchmarks.worker step '{"contestant": "scratch", "setting": "64-64-10"}'``
"""

from __future__ import annotations

import json
import statistics
import sys
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

from benchmarks import floors, growth, numpy_torch, others, pieces
from benchmarks.settings import SETTINGS, Setting

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.numpy_torch import Step

CONTESTANTS: dict[str, Callable[[Setting], Step]] = {
    "scratch": numpy_torch.scratch,
    "torch eager": numpy_torch.torch_eager,
    "torch eager, foreach": lambda setting: numpy_torch.torch_eager(setting, foreach=True),
    "torch eager, fused": lambda setting: numpy_torch.torch_eager(setting, fused=True),
    "torch.compile": numpy_torch.torch_compiled,
    "JAX jit": others.jax_jit,
    "scikit-learn": others.scikit_learn,
    "HIPS autograd": others.hips_autograd,
    "NumPy by hand": floors.numpy_by_hand,
    "matrix products": floors.matrix_products,
}
CHUNK = 0.02
"""Seconds of work between two looks at the clock."""


def time_steps(step: Step, seconds: float) -> dict[str, float]:
    """The median time of a step over ``seconds``, after as much warming up as half of that.

    "seconds" is what a clock on the wall says, "cpu" what this process has computed: on a machine
    that does nothing else they are the same.
    """
    started = perf_counter()
    step()
    first = perf_counter() - started
    size, warm = 1, perf_counter() + seconds / 2
    while True:
        taken = _chunk(step, size)[0] * size
        if taken < CHUNK:
            size = max(size + 1, int(size * min(10.0, CHUNK / max(taken, 1e-9))))
        elif perf_counter() > warm:
            break
    chunks: list[tuple[float, float]] = []
    until = perf_counter() + seconds
    while perf_counter() < until or len(chunks) < 3:
        chunks.append(_chunk(step, size))
    wall, cpu = (statistics.median(times) for times in zip(*chunks, strict=True))
    return {"seconds": wall, "cpu": cpu, "first": first, "loss": float(step())}


def _chunk(step: Step, size: int) -> tuple[float, float]:
    """Wall and CPU time of one of ``size`` steps in a row."""
    wall, cpu = perf_counter(), process_time()
    for _ in range(size):
        step()
    return (perf_counter() - wall) / size, (process_time() - cpu) / size


def step(contestant: str, setting: str, seconds: float = 1.0) -> dict[str, float]:
    """A training step of one contestant in one setting."""
    return time_steps(CONTESTANTS[contestant](SETTINGS[setting]), seconds)


def scaled_step(sizes: list[int], batch: int, seconds: float = 1.0) -> dict[str, float]:
    """A training step of scratch at any size, and the memory that the process has taken."""
    base = growth.peak_memory()
    result = time_steps(numpy_torch.scratch(Setting(tuple(sizes), batch)), seconds)
    return {**result, "bytes": growth.peak_memory() - base}


MEASUREMENTS: dict[str, Callable[..., dict[str, float]]] = {
    "step": step,
    "scaled_step": scaled_step,
    "perceptron": pieces.perceptron,
    "loading": pieces.loading,
    "import": pieces.importing,
    "first_step": pieces.first_step,
}


def main() -> None:
    """Run the measurement that the command line names and print its result."""
    name, arguments = sys.argv[1], json.loads(sys.argv[2])
    result: dict[str, Any] = MEASUREMENTS[name](**arguments)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
