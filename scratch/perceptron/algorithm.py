"""The perceptron learning algorithm (PLA): correct the mistakes until there is none.

Its descent direction is that of the perceptron loss E(w) = Σ_mistakes −y wᵀx, x₀ = 1, whose gradient
is −Σ_mistakes y x:

    batch        w ← w + η Σ_mistakes y x      all mistakes of an epoch at once
    stochastic   w ← w + η y x                 at each mistake, samples visited in order
    pocket       as stochastic, but in a new random order each epoch, and of all w on the way the
                 one with the fewest errors is kept

A mistake is a sample with sign(s) ≠ y where sign(0) = +1; so a negative sample with s = 0, which
has loss 0, is one (at w = 0 all negative samples are).

Sources: Rosenblatt (1958), "The perceptron"; Gallant (1990), "Perceptron-based learning
algorithms", for the pocket. (Gallant draws samples with replacement and counts errors only after a
longer run of right answers; here every w is counted, so the pocket holds the best w there was. The
order must be random: visited in order, XOR runs in a circle that misses all its best w.)
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from scratch.autograd import Tensor, wrap
from scratch.perceptron.decision import Samples, doubt
from scratch.random import randperm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scratch.autograd import Array
    from scratch.random import Generator

SMALLEST_BLOCK, LARGEST_BLOCK = 16, 1 << 14


@dataclass(frozen=True)
class PerceptronResult:
    """What a run of PLA came to."""

    weights: Tensor
    """(D + 1,), w₀ first: the last w, or with "pocket" the best one."""
    converged: bool
    """Did an epoch pass without a mistake?"""
    epochs: int
    """How many epochs were run, the one without a mistake included."""
    mistakes: list[int]
    """How many mistakes were made in each epoch."""
    updates: int
    """How often w was changed."""
    training_errors: int
    """How many of the samples ``weights`` gets wrong."""
    sequence: Tensor | None = field(repr=False)
    """The sample behind each update, in order, (updates,) of int64; None for "batch"."""


@dataclass(frozen=True)
class Run:
    """A run of PLA to come: what it starts from and what it may do."""

    samples: Samples
    start: Array
    lr: float
    max_epochs: int
    generator: Generator | None

    def batch(self) -> PerceptronResult:
        """w ← w + η Σ_mistakes y x, once per epoch."""
        samples, w = self.samples, self.start.copy()
        mistakes: list[int] = []
        while self._goes_on(mistakes):
            wrong = samples.mistakes(w)
            mistakes.append(int(np.count_nonzero(wrong)))
            if mistakes[-1]:
                y = samples.y[wrong]
                w[0] += self.lr * pairwise_sum(y)
                w[1:] += self.lr * pairwise_sum(y[:, np.newaxis] * samples.X[wrong])
        return _result(samples, w, mistakes, sum(count > 0 for count in mistakes), None)

    def stochastic(self) -> PerceptronResult:
        """w ← w + η y x at each mistake, samples visited in order."""
        samples, w = self.samples, self.start.copy()
        mistakes: list[int] = []
        sequence = array("q")
        while self._goes_on(mistakes):
            before = len(sequence)
            sequence.extend(corrections(samples, w, self.lr))
            mistakes.append(len(sequence) - before)
        return _result(samples, w, mistakes, len(sequence), sequence)

    def pocket(self) -> PerceptronResult:
        """Stochastic in random order, keeping the (first) w with the fewest errors."""
        samples, w = self.samples, self.start.copy()
        best, fewest = w.copy(), errors(samples, w)
        mistakes: list[int] = []
        sequence = array("q")
        while self._goes_on(mistakes):
            before = len(sequence)
            order = randperm(len(samples), generator=self.generator).data
            shuffled = Samples(samples.X[order], samples.y[order])
            for i in corrections(shuffled, w, self.lr):
                sequence.append(int(order[i]))
                found = errors(samples, w)
                if found < fewest:
                    best, fewest = w.copy(), found
            mistakes.append(len(sequence) - before)
        return _result(samples, best, mistakes, len(sequence), sequence)

    def _goes_on(self, mistakes: list[int]) -> bool:
        """Whether another epoch is due: the last one made mistakes, and some are left to run."""
        return len(mistakes) < self.max_epochs and (not mistakes or mistakes[-1] > 0)


METHODS: dict[str, Callable[[Run], PerceptronResult]] = {
    "batch": Run.batch,
    "stochastic": Run.stochastic,
    "pocket": Run.pocket,
}


def corrections(samples: Samples, w: Array, lr: float) -> Iterator[int]:
    """Visit the samples once, in order; correct w in place at each mistake and yield its index.

    The next mistake is looked for in blocks of about twice the distance that lay between the last
    ones: the scores behind it are in vain, as the w that they were made with is gone.
    """
    at, block, limit = 0, SMALLEST_BLOCK, doubt(w, samples.R)
    while at < len(samples):
        ahead = samples.first_mistake(w, limit, slice(at, at + block))
        if ahead is None:
            at += block
            block = min(2 * block, LARGEST_BLOCK)
            continue
        i = at + ahead
        step = lr * float(samples.y[i])
        w[0] += step
        w[1:] += step * samples.X[i]
        limit = doubt(w, samples.R)
        at = i + 1
        block = max((block + 2 * ahead) // 2, SMALLEST_BLOCK)
        yield i


def errors(samples: Samples, w: Array) -> int:
    """How many samples w gets wrong."""
    return int(np.count_nonzero(samples.mistakes(w)))


def pairwise_sum(rows: Array) -> Array:
    """The sum over the first axis, folding the second half onto the first until one row is left.

    NumPy's own order of summation depends on memory layout and version; this one is fixed.
    """
    while len(rows) > 1:
        half = (len(rows) + 1) // 2
        folded = rows[:half].copy()
        folded[: len(rows) - half] += rows[half:]
        rows = folded
    return rows[0]


def _result(
    samples: Samples, w: Array, mistakes: list[int], updates: int, sequence: array[int] | None
) -> PerceptronResult:
    if not np.isfinite(w).all():
        raise ValueError(f"the weights overflowed {w.dtype}: {w}; scale X down")
    return PerceptronResult(
        weights=wrap(w),
        converged=not mistakes[-1],
        epochs=len(mistakes),
        mistakes=mistakes,
        updates=updates,
        training_errors=errors(samples, w) if mistakes[-1] else 0,
        sequence=None if sequence is None else wrap(np.array(sequence)),
    )
