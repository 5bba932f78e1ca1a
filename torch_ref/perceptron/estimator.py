"""The perceptron as a class, and Novikoff's bound on the mistakes it makes while it learns.

    ŷ = sign(w₀ + Σⱼ wⱼ xⱼ)        updates of stochastic PLA ≤ (R/γ)²

Sources: Rosenblatt (1958), "The perceptron"; Novikoff (1962), "On convergence proofs on
perceptrons".
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from torch_ref._arrays import Values, as_floats, as_samples, as_tensor, require_finite
from torch_ref.perceptron.algorithm import METHODS, PerceptronResult, Run
from torch_ref.perceptron.decision import (
    Samples,
    doubt,
    is_positive,
    largest_norm,
    require_signs,
    scores,
)


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
        self._w: Tensor = torch.zeros(in_features + 1)

    def __repr__(self) -> str:
        return f"Perceptron(in_features={self.in_features})"

    @property
    def weights(self) -> Tensor:
        """(D + 1,), w₀ first."""
        return self._w

    @weights.setter
    def weights(self, weights: Values) -> None:
        self._w = _as_weights(weights, "weights", self.in_features).clone()

    def fit(
        self,
        X: Values,
        y: Values,
        lr: float = 1.0,
        max_epochs: int = 1000,
        method: Literal["batch", "stochastic", "pocket"] = "batch",
        start: Values | None = None,
        generator: torch.Generator | None = None,
    ) -> PerceptronResult:
        """Run PLA until an epoch makes no mistake; ``weights`` become the result's.

        Args:
            X: samples, (N, D).
            y: their labels, (N,), each −1 or +1.
            lr: η. From w = 0 it only scales w.
            max_epochs: when to give up.
            method: "batch", "stochastic" or "pocket"; see :mod:`~torch_ref.perceptron.algorithm`.
                The pocket counts the errors of every w on its way: N·D operations per update.
            start: the first w, (D + 1,) with w₀ first; zeros by default.
            generator: where the pocket's random orders come from; the global one by default.

        Raises:
            ValueError: shapes do not fit, there is no sample, a label is not ±1, X is not finite,
                an argument is out of its range, or the weights overflow.
        """
        if method not in METHODS:
            raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
        if not 0 < lr < math.inf:
            raise ValueError(f"lr must be positive and finite, got {lr}")
        if max_epochs < 1:
            raise ValueError(f"max_epochs must be at least 1, got {max_epochs}")
        samples = Samples(self._samples(X), as_tensor(y))
        w = samples.X.new_zeros(self.in_features + 1)
        if start is not None:
            w += _as_weights(start, "start", self.in_features).to(w)
        run = Run(samples, w, w.new_tensor(lr).item(), max_epochs, generator)
        result = METHODS[method](run)
        self._w = result.weights.clone()
        return result

    def decision_function(self, X: Values) -> Tensor:
        """The scores s = w₀ + Σⱼ wⱼ xⱼ, (N,), in the dtype of X.

        Raises:
            ValueError: X does not have shape (N, D), or is not finite.
        """
        samples = self._samples(X)
        return scores(samples, self._w.to(samples))

    def predict(self, X: Values) -> Tensor:
        """sign(s), (N,), in the dtype of X: −1, or +1 where s ≥ 0.

        Raises:
            ValueError: X does not have shape (N, D), or is not finite.
        """
        samples = self._samples(X)
        w = self._w.to(samples)
        positive = is_positive(samples, w, doubt(w, largest_norm(samples)))
        return torch.where(positive, 1.0, -1.0).to(samples)

    def _samples(self, X: Values) -> Tensor:
        samples = as_samples(X)
        if samples.shape[1] != self.in_features:
            raise ValueError(
                f"X must have shape (N, {self.in_features}), got {tuple(samples.shape)}"
            )
        return samples.contiguous()


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
    samples = as_samples(X).double()
    y_signs = require_signs(as_tensor(y), samples).to(samples)
    weights = _as_weights(w, "w", samples.shape[1]).to(samples)
    s = scores(samples, weights)
    wrong = (s >= 0) != (y_signs > 0)
    if wrong.any():
        i = int(wrong.int().argmax())
        raise ValueError(
            "w does not separate the classes, so it gives no bound: "
            f"sample {i} has label {y_signs[i]:+.0f} and wᵀx = {s[i]}"
        )
    R2 = 1 + samples.square().sum(1).max()
    return (R2 * weights.dot(weights) / s.square().min()).item()


def _as_weights(weights: Values, name: str, in_features: int) -> Tensor:
    w = require_finite(as_floats(weights, name), name)
    if w.shape != (in_features + 1,):
        raise ValueError(
            f"{name} must have shape ({in_features + 1},), w₀ first, got {tuple(w.shape)}"
        )
    return w
