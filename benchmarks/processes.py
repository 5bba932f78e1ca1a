"""Fresh processes: start one, take its result, its wall time and its peak memory; take turns."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Ended(NamedTuple):
    """A finished process: what it printed, how long it took, the most memory it held (bytes)."""

    output: str
    seconds: float
    peak: int


class FailedError(Exception):
    """A process ended with an error; the message is the last line that it wrote."""


class Spread(NamedTuple):
    """The median of some rounds, and between what they lie."""

    median: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """The median, the least and the largest."""
    return Spread(statistics.median(values), min(values), max(values))


def run(arguments: Sequence[str], threads: int) -> Ended:
    """Run ``python arguments`` in a fresh process.

    Raises:
        FailedError: the process ended with another exit code than 0.
    """
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=_environment(threads),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for stream in (output, errors):
            stream.seek(0)
            texts.append(stream.read())
    if process.returncode:
        lines = [line for line in texts[1].splitlines() if line.strip()]
        raise FailedError(lines[-1] if lines else f"exit code {process.returncode}")
    return Ended(texts[0], seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))


def _environment(threads: int) -> dict[str, str]:
    """The caller's, with the same number of threads for every library."""
    eigen = "true" if threads > 1 else "false"
    return {
        **os.environ,
        **dict.fromkeys(_THREADS, str(threads)),
        "XLA_FLAGS": f"--xla_cpu_multi_thread_eigen={eigen} intra_op_parallelism_threads={threads}",
        "JAX_PLATFORMS": "cpu",
        "PYTHONHASHSEED": "0",
    }


def measure(name: str, threads: int, **arguments: Any) -> dict[str, float]:
    """A measurement of :mod:`benchmarks.worker`, in a fresh process.

    Raises:
        FailedError: it raised an exception.
    """
    ended = run(["-m", "benchmarks.worker", name, json.dumps(arguments)], threads)
    return {**json.loads(ended.output.splitlines()[-1]), "peak": ended.peak}


def in_turns(
    contestants: Mapping[str, Callable[[], dict[str, float]]],
    rounds: int,
    say: Callable[[str], None],
) -> dict[str, list[dict[str, float]] | str]:
    """Run every contestant once a round, each round starting with the next one.

    Returns the results by name, or, for one that fails, the reason.
    """
    results: dict[str, list[dict[str, float]] | str] = {name: [] for name in contestants}
    names = list(contestants)
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            taken = results[name]
            if isinstance(taken, str):
                continue
            say(f"round {turn + 1}/{rounds}  {name}")
            try:
                taken.append(contestants[name]())
            except FailedError as failure:
                results[name] = str(failure)
    return results
