"""Which side of its line a perceptron puts a sample on, reproducibly to the last bit.

    s = w₀ + x₁w₁ + x₂w₂ + …        ŷ = +1 if s ≥ 0, else −1

The score is *defined* as that sum, rounded after every operation, from left to right, so a run of
the learning algorithm is the same wherever it runs. Most signs are settled faster, by a BLAS
product that sums in whatever order it likes. Either sum of n = D + 1 terms errs by at most
γₙ Σ|wⱼxⱼ| ≤ γₙ ‖w‖ ‖x‖, where γₙ = nu/(1 − nu) (Higham, 2002, "Accuracy and Stability of Numerical
Algorithms", §3.1), so the two can only disagree about a sign within 2γₙ ‖w‖ ‖x‖ of zero. Scores
that near are summed again in the defined order.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from scratch._arrays import require_same_length

if TYPE_CHECKING:
    from scratch.autograd import Array


def scores(X: Array, w: Array) -> Array:
    """w₀ + x₁w₁ + x₂w₂ + …, (N,), summed from left to right with a rounding at every step."""
    s = np.full(len(X), w[0])
    for j in range(X.shape[1]):
        s += X[:, j] * w[j + 1]
    return s


def doubt(w: Array, R: float) -> float:
    """How far from 0 a score must be for its sign to be beyond rounding; R ≥ ‖x‖ for all x, x₀ = 1.

    n·ε·‖w‖·R is the 2γₙ ‖w‖ ‖x‖ of this module (ε = 2u). Four times that makes up for the rounding
    of the bound itself, and the smallest normal number for underflow.
    """
    info = np.finfo(w.dtype)
    return 4 * (len(w) + 1) * (float(info.eps) * R * math.sqrt(w.dot(w)) + float(info.tiny))


def largest_norm(X: Array) -> float:
    """R = max ‖x‖ over the rows, with x₀ = 1; inf where squares overflow, and all is in doubt."""
    with np.errstate(all="ignore"):
        return math.sqrt(1 + float(np.einsum("ij,ij->i", X, X).max(initial=0)))


def is_positive(X: Array, w: Array, doubt: float) -> Array:
    """Where :func:`scores` are ≥ 0, summing in order only those that are within ``doubt`` of 0."""
    s = X.dot(w[1:])
    s += w[0]
    close = ~(np.abs(s) > doubt)  # not <=, so that NaN is in doubt too
    if close.any():
        s[close] = scores(X[close], w)
    return s >= 0


def require_signs(y: Array, X: Array) -> Array:
    """``y`` itself: labels of ±1, one per sample.

    Raises:
        ValueError: there is no sample, another number of labels, or a label that is not ±1.
    """
    require_same_length(X, y)
    if y.ndim != 1 or not len(y):
        raise ValueError(f"expected at least one sample and labels of shape (N,), got {y.shape}")
    wrong = (y != 1) & (y != -1)
    if wrong.any():
        i = int(wrong.argmax())
        raise ValueError(
            f"labels must be −1 or +1, got {y[i]} at index {i}; labels 0 and 1 become 2·y − 1"
        )
    return y


class Samples:
    """Labelled samples, and which of them a weight vector gets wrong."""

    def __init__(self, X: Array, y: Array) -> None:
        self.X = X
        self.y = require_signs(y, X).astype(X.dtype)
        self.R = largest_norm(X)

    def __len__(self) -> int:
        return len(self.X)

    def mistakes(self, w: Array, rows: slice = slice(None)) -> Array:
        """Which of these rows are mistakes: sign(s) ≠ y."""
        return is_positive(self.X[rows], w, doubt(w, self.R)) != (self.y[rows] > 0)

    def first_mistake(self, w: Array, doubt: float, rows: slice) -> int | None:
        """The place within ``rows`` of the first mistake, None if there is none."""
        margins = self.X[rows].dot(w[1:])
        margins += w[0]
        margins *= self.y[rows]
        right = margins > doubt  # beyond doubt
        first = int(right.argmin())
        if right[first]:
            return None
        if margins[first] < -doubt:
            return first
        wrong = self.mistakes(w, rows)
        first = int(wrong.argmax())
        return first if wrong[first] else None
