"""The perceptron as a class, and Novikoff's bound on the mistakes it makes while it learns.

    ŷ = sign(w₀ + Σⱼ wⱼ xⱼ)        updates of stochastic PLA ≤ (R/γ)²

Sources: Rosenblatt (1958), "The perceptron"; Novikoff (1962), "On convergence proofs on
perceptrons".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from scratch._arrays import Values, as_array, as_floats, as_samples, require_finite
from scratch.autograd import Tensor, wrap
from scratch.perceptron.algorithm import METHODS, PerceptronResult, Run
from scratch.perceptron.decision import (
    Samples,
    doubt,
    is_positive,
    largest_norm,
    require_signs,
    scores,
)

if TYPE_CHECKING:
    from scratch.autograd import Array
    from scratch.random import Generator


class Perceptron:
    """A linear threshold unit, ŷ = sign(w₀ + Σⱼ wⱼ xⱼ), taught by PLA.

    ``weights``, (D + 1,) with w₀ first, are zero until it is fitted; they can be set by hand too.

    Args:
        in_features: D.

    >>> X = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> AND = Perceptron(2)
    >>> AND.fit(X, [-1, -1, -1, 1]).converged
    True
    >>> AND.weights = [-1.5, 1.0, 1.0]
    >>> AND.predict(X).tolist()
    [-1.0, -1.0, -1.0, 1.0]
    """

    def __init__(self, in_features: int) -> None:
        if in_features < 0:
            raise ValueError(f"in_features must be ≥ 0, got {in_features}")
        self.in_features = in_features
        self._w: Array = np.zeros(in_features + 1, np.float32)

    def __repr__(self) -> str:
        return f"Perceptron(in_features={self.in_features})"

    @property
    def weights(self) -> Tensor:
        """(D + 1,), w₀ first."""
        return wrap(self._w)

    @weights.setter
    def weights(self, weights: Values) -> None:
        self._w = _as_weights(weights, "weights", self.in_features).copy()

    def fit(
        self,
        X: Values,
        y: Values,
        lr: float = 1.0,
        max_epochs: int = 1000,
        method: Literal["batch", "stochastic", "pocket"] = "batch",
        start: Values | None = None,
        generator: Generator | None = None,
    ) -> PerceptronResult:
        """Run PLA until an epoch makes no mistake; ``weights`` become the result's.

        Args:
            X: samples, (N, D).
            y: their labels, (N,), each −1 or +1.
            lr: η. From w = 0 it only scales w.
            max_epochs: when to give up.
            method: "batch", "stochastic" or "pocket"; see :mod:`~scratch.perceptron.algorithm`.
                The pocket counts the errors of every w on its way: N·D operations per update.
            start: the first w, (D + 1,) with w₀ first; zeros by default.
            generator: where the pocket's random orders come from; the global one by default.

        Raises:
            ValueError: shapes do not fit, there is no sample, a label is not ±1, X is not finite,
                an argument is out of its range, or the weights overflow.
        """
        if method not in METHODS:
            raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
        if not 0 < lr < np.inf:
            raise ValueError(f"lr must be positive and finite, got {lr}")
        if max_epochs < 1:
            raise ValueError(f"max_epochs must be at least 1, got {max_epochs}")
        samples = Samples(self._samples(X), as_array(y))
        dtype = samples.X.dtype
        w = np.zeros(self.in_features + 1, dtype)
        if start is not None:
            w += _as_weights(start, "start", self.in_features).astype(dtype)
        with np.errstate(all="ignore"):
            run = Run(samples, w, float(dtype.type(lr)), max_epochs, generator)
            result = METHODS[method](run)
        self._w = result.weights.data.copy()
        return result

    def decision_function(self, X: Values) -> Tensor:
        """The scores s = w₀ + Σⱼ wⱼ xⱼ, (N,), in the dtype of X.

        Raises:
            ValueError: X does not have shape (N, D), or is not finite.
        """
        samples = self._samples(X)
        with np.errstate(all="ignore"):
            return wrap(scores(samples, self._w.astype(samples.dtype)))

    def predict(self, X: Values) -> Tensor:
        """sign(s), (N,), in the dtype of X: −1, or +1 where s ≥ 0.

        Raises:
            ValueError: X does not have shape (N, D), or is not finite.
        """
        samples = self._samples(X)
        w = self._w.astype(samples.dtype)
        with np.errstate(all="ignore"):
            positive = is_positive(samples, w, doubt(w, largest_norm(samples)))
        return wrap(np.where(positive, 1, -1).astype(samples.dtype))

    def _samples(self, X: Values) -> Array:
        samples = as_samples(X)
        if samples.shape[1] != self.in_features:
            raise ValueError(f"X must have shape (N, {self.in_features}), got {samples.shape}")
        return np.ascontiguousarray(samples)


def mistake_bound(X: Values, y: Values, w: Values) -> float:
    """Novikoff's bound (R/γ)² on the updates of stochastic PLA from w = 0, whatever η.

        R = max ‖x‖        γ = min y wᵀx / ‖w‖        with x₀ = 1 in front of every x

    Any w that separates the classes gives a bound, the one of the largest margin γ the lowest. It
    is inf where w gets a sample right only because sign(0) = +1, for then γ = 0.

    Args:
        X: samples, (N, D).
        y: their labels, (N,), each −1 or +1.
        w: (D + 1,), w₀ first.

    Raises:
        ValueError: w does not separate the classes (the message names a mistake), shapes do
            not fit, or a label is not ±1.

    >>> mistake_bound([[0, 0], [0, 1], [1, 0], [1, 1]], [-1, -1, -1, 1], [-1.5, 1, 1])
    51.0
    """
    samples = as_samples(X).astype(np.float64)
    y_signs = require_signs(as_array(y), samples).astype(np.float64)
    weights = _as_weights(w, "w", samples.shape[1]).astype(np.float64)
    s = scores(samples, weights)
    wrong = (s >= 0) != (y_signs > 0)
    if wrong.any():
        i = int(wrong.argmax())
        raise ValueError(
            "w does not separate the classes, so it gives no bound: "
            f"sample {i} has label {y_signs[i]:+.0f} and wᵀx = {s[i]}"
        )
    with np.errstate(over="ignore", divide="ignore"):
        R2 = 1 + (samples * samples).sum(1).max()
        return float(R2 * (weights @ weights) / np.square(s).min())


def _as_weights(weights: Values, name: str, in_features: int) -> Array:
    w = require_finite(as_floats(weights, name), name)
    if w.shape != (in_features + 1,):
        raise ValueError(f"{name} must have shape ({in_features + 1},), w₀ first, got {w.shape}")
    return w
