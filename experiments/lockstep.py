"""Both implementations in one process, step by step on the same data, and how far they part.

    after every step t:   |loss_a − loss_b|,   max |∇_a − ∇_b|,   max |θ_a − θ_b|

each relative to the largest magnitude of what is compared (per parameter tensor), because an
absolute difference says nothing without the size of the numbers. Same seed, same weights, same
batches: nothing is copied from one side to the other, so a difference is the arithmetic's alone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.loop import Timing, describe, samples_in, save
from experiments.tensors import gradient_arrays, parameter_arrays, to_array

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from experiments.dashboard import RunLogger
    from experiments.progress import Progress
    from experiments.recorder import Recorder
    from experiments.stopping import StopRequest
    from experiments.trainer import Trainer

QUANTITIES = ("loss", "gradients", "parameters")
POINTS = 500  # of a curve in TensorBoard


@dataclass
class Differences:
    """The largest relative differences so far, where they were, and the first step that differed.

    `largest` maps a quantity to (difference, step, tensor's name); `recent` holds the largest
    since the last time it was logged.
    """

    largest: dict[str, tuple[float, int, str]] = field(
        default_factory=lambda: dict.fromkeys(QUANTITIES, (0.0, 0, ""))
    )
    recent: dict[str, float] = field(default_factory=lambda: dict.fromkeys(QUANTITIES, 0.0))
    first: tuple[int, str, str] | None = None

    def compare(self, first: Trainer, second: Trainer) -> None:
        """Take the step that both have just done into account."""
        losses = [{"": to_array(trainer.losses[-1])} for trainer in (first, second)]
        gradients = [gradient_arrays(trainer.model) for trainer in (first, second)]
        parameters = [parameter_arrays(trainer.model) for trainer in (first, second)]
        for quantity, pair in zip(QUANTITIES, (losses, gradients, parameters), strict=True):
            self._note(quantity, pair[0], pair[1], first.steps)

    def _note(
        self, quantity: str, a: dict[str, NDArray[Any]], b: dict[str, NDArray[Any]], step: int
    ) -> None:
        for name, values in a.items():
            difference = relative_difference(values, b[name])
            if difference and self.first is None:
                self.first = (step, quantity, name)
            if difference > self.largest[quantity][0]:
                self.largest[quantity] = (difference, step, name)
            self.recent[quantity] = max(self.recent[quantity], difference)


def relative_difference(a: NDArray[Any], b: NDArray[Any]) -> float:
    """max |a − b| / max(|a|, |b|) over all elements, computed in float64; 0 if both are zero.

    >>> relative_difference(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    0.5
    """
    wide_a, wide_b = a.astype(np.float64), b.astype(np.float64)
    scale = max(np.abs(wide_a).max(initial=0.0), np.abs(wide_b).max(initial=0.0))
    return float(np.abs(wide_a - wide_b).max(initial=0.0) / scale) if scale else 0.0


def train_both(
    trainers: tuple[Trainer, Trainer],
    recorders: tuple[Recorder, Recorder],
    difference_recorder: Recorder,
    stop: StopRequest,
    progress: Progress | None,
    checkpoints: tuple[Path, Path],
) -> tuple[Differences, tuple[Timing, Timing]]:
    """Train both until the configuration's end, early stopping, or a stop request.

    Raises DivergedError on a loss of NaN or ±inf of either.
    """
    differences = Differences()
    timings = (Timing(), Timing())
    for trainer, recorder in zip(trainers, recorders, strict=True):
        recorder.begin(trainer)
    first, second = trainers
    interval = max(1, first.config.epochs * len(first.loader) // POINTS)
    while not (first.finished or second.finished or stop.requested):
        taken = first.steps
        for batches in zip(first.batches(), second.batches(), strict=True):
            for trainer, timing, (x, y) in zip(trainers, timings, batches, strict=True):
                began = time.perf_counter()
                trainer.step(x, y)
                timing.stepping += time.perf_counter() - began
            differences.compare(first, second)
            if first.steps % interval == 0:
                _log(difference_recorder.logger, differences, first.steps)
            if progress is not None:
                progress.step(first.steps)
            if stop.requested:
                break
        for timing in timings:
            timing.samples += samples_in(first, first.steps - taken)
        if len(first.losses) < len(first.loader):
            break
        for trainer, recorder, timing in zip(trainers, recorders, timings, strict=True):
            began = time.perf_counter()
            record = trainer.end_epoch()
            recorder.epoch(trainer, record)
            timing.total += time.perf_counter() - began
        if progress is not None:
            apart = differences.largest["parameters"][0]
            progress.message = f"{describe(record)}  apart {apart:.0e}"
    for trainer, timing, path in zip(trainers, timings, checkpoints, strict=True):
        timing.total += timing.stepping
        save(trainer, path)
        if trainer.finished:
            trainer.restore_best()
    return differences, timings


def _log(logger: RunLogger | None, differences: Differences, step: int) -> None:
    if logger is not None:
        logger.scalars({f"diff/{name}": value for name, value in differences.recent.items()}, step)
    differences.recent = dict.fromkeys(QUANTITIES, 0.0)
