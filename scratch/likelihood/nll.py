"""Negative log-likelihoods: how surprising data are under the distribution that was predicted.

    Bernoulli    −[y log p + (1 − y) log(1 − p)]        binary cross-entropy
    categorical  −log p_y                               cross-entropy
    Gaussian     (y − μ)²/(2σ²) + log σ + ½ log 2π      squared error, but for constants

Source: Fisher (1922), "On the mathematical foundations of theoretical statistics".
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from scratch._arrays import Values, as_array, as_float_tensor
from scratch.autograd import Gate, Tensor, apply
from scratch.likelihood.checks import (
    as_distribution,
    as_probabilities,
    require_same_shape,
)

if TYPE_CHECKING:
    from scratch.autograd import Array

Reduction = Literal["none", "mean", "sum"]


class BernoulliNLL(Gate):
    """f = −y log p − (1 − y) log(1 − p);   ∂f/∂p = (1 − y)/(1 − p) − y/p, ∂f/∂y = log((1 − p)/p).

    A summand whose factor y or 1 − y is 0 where its logarithm is infinite is 0, with slopes 0.
    """

    def forward(self, p: Array, y: Array) -> Array:
        self.y = y
        self.p1 = np.where((y == 0) & (p == 0), p.dtype.type(1), p)
        self.p0 = np.where((y == 1) & (p == 1), p.dtype.type(0), p)
        return -(y * np.log(self.p1) + (1 - y) * np.log1p(-self.p0))

    def backward(self, upstream: Array) -> tuple[Array | None, Array | None]:
        y, p1, p0 = self.y, self.p1, self.p0
        return (
            upstream * ((1 - y) / (1 - p0) - y / p1) if self.needs[0] else None,
            upstream * (np.log1p(-p0) - np.log(p1)) if self.needs[1] else None,
        )


class CategoricalNLL(Gate):
    """f = −log p_y;   ∂f/∂p_y = −1/p_y, and 0 for every other class."""

    def forward(self, p: Array, labels: Array) -> Array:
        self.shape, self.labels = p.shape, labels[..., np.newaxis]
        self.chosen = np.take_along_axis(p, self.labels, -1)
        return -np.log(self.chosen[..., 0])

    def backward(self, upstream: Array) -> Array:
        dp = np.zeros(self.shape, upstream.dtype)
        np.put_along_axis(dp, self.labels, -upstream[..., np.newaxis] / self.chosen, -1)
        return dp


class GaussianNLL(Gate):
    """f = d²/(2σ²) + log σ + ½ log 2π, d = y − μ;   ∂f/∂y = −∂f/∂μ = d/σ², ∂f/∂σ = (1 − d²/σ²)/σ."""

    def forward(self, mu: Array, y: Array, sigma: Array) -> Array:
        self.d, self.sigma = y - mu, sigma
        return self.d**2 / (2 * sigma**2) + np.log(sigma) + math.log(2 * math.pi) / 2

    def backward(self, upstream: Array) -> tuple[Array | None, ...]:
        d, sigma = self.d, self.sigma
        slope = upstream * (d / sigma**2)
        return (
            -slope if self.needs[0] else None,
            slope,
            upstream * ((1 - (d / sigma) ** 2) / sigma) if self.needs[2] else None,
        )


def bernoulli_nll(probs: Values, target: Values, reduction: Reduction = "mean") -> Tensor:
    """−[y log p + (1 − y) log(1 − p)]: how surprising outcomes y are under probabilities p of 1.

    Args:
        probs: p, of any shape.
        target: y, of the same shape: 0 or 1, or anything between.
        reduction: "sum" is the NLL of the data, "mean" that per outcome, "none" each one's.

    Raises:
        ValueError: shapes differ, a value is outside [0, 1], or the reduction is unknown.

    >>> bernoulli_nll([0.5, 1.0], [1.0, 1.0], reduction="sum").item()
    0.6931471824645996
    """
    p = as_probabilities(probs, "probs")
    y = as_probabilities(target, "target").to(p.dtype)
    require_same_shape(p, y, "probs", "target")
    return reduced(apply(BernoulliNLL, p, y), reduction)


def categorical_nll(probs: Values, target: Values, reduction: Reduction = "mean") -> Tensor:
    """−log p_y: how surprising classes y are under probabilities p of each class.

    Args:
        probs: p, (..., C), each row summing to 1.
        target: y, (...), integers in [0, C).
        reduction: "sum" is the NLL of the data, "mean" that per sample, "none" each one's.

    Raises:
        ValueError: shapes do not fit, a row of ``probs`` is no distribution, or the reduction is
            unknown.
        RuntimeError: ``target`` does not hold integers.
        IndexError: a target is outside [0, C).

    >>> categorical_nll([[0.25, 0.75], [0.5, 0.5]], [0, 1], reduction="sum").item()
    2.079441547393799
    """
    p, y = as_distribution(probs, "probs"), as_array(target)
    if y.dtype.kind not in "iu":
        raise RuntimeError(f"target must hold integer class labels, got {y.dtype}")
    if not p.ndim or y.shape != p.shape[:-1]:
        raise ValueError(
            f"expected probs of shape (..., C) and target of shape (...), "
            f"got {p.shape} and {y.shape}"
        )
    C = p.shape[-1]
    outside = y[(y < 0) | (y >= C)]
    if outside.size:
        raise IndexError(f"target {outside.flat[0]} is out of range: expected 0 to {C - 1}")
    return reduced(apply(CategoricalNLL, p, labels=y), reduction)


def gaussian_nll(
    mean: Values, target: Values, std: Values = 1.0, reduction: Reduction = "mean"
) -> Tensor:
    """(y − μ)²/(2σ²) + log σ + ½ log 2π: how surprising y is under a normal distribution.

    Args:
        mean: μ, of any shape.
        target: y, of the same shape.
        std: σ > 0, a number or of the same shape.
        reduction: "sum" is the NLL of the data, "mean" that per element, "none" each one's.

    Raises:
        ValueError: shapes differ, a σ is not positive, or the reduction is unknown.

    >>> gaussian_nll([0.0, 1.0], [0.0, 3.0], reduction="sum").item()
    3.8378772735595703
    """
    mu = as_float_tensor(mean)
    y, sigma = as_float_tensor(target).to(mu.dtype), as_float_tensor(std).to(mu.dtype)
    require_same_shape(mu, y, "mean", "target")
    if sigma.ndim:
        require_same_shape(mu, sigma, "mean", "std")
    wrong = sigma.data[~(sigma.data > 0)]
    if wrong.size:
        raise ValueError(f"std must be positive, got {wrong.flat[0]}")
    return reduced(apply(GaussianNLL, mu, y, sigma), reduction)


def reduced(nll: Tensor, reduction: Reduction) -> Tensor:
    """Each element's share, or their mean or sum.

    Raises:
        ValueError: the reduction is none of these.
    """
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f'reduction must be "none", "mean" or "sum", got {reduction!r}')
    return nll if reduction == "none" else nll.mean() if reduction == "mean" else nll.sum()
