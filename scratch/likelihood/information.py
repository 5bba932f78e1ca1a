"""Information: entropy, cross-entropy and divergence of distributions, in nats.

    H(p) = −Σ p log p        H(p, q) = −Σ p log q        KL(p‖q) = Σ p log(p / q)
    H(p, q) = H(p) + KL(p‖q) ≥ H(p)

A summand with p = 0 is 0, as p log p → 0, whatever q.

Sources: Shannon (1948), "A mathematical theory of communication"; Kullback & Leibler (1951), "On
information and sufficiency".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scratch.autograd import Gate, Tensor, apply
from scratch.likelihood.checks import as_distribution, require_same_shape

if TYPE_CHECKING:
    from scratch._arrays import Values
    from scratch.autograd import Array


class Entropy(Gate):
    """h = −p log p,   dh/dp = −(log p + 1), infinite at 0."""

    def forward(self, p: Array) -> Array:
        self.p = p
        return -p * np.log(np.where(p == 0, p.dtype.type(1), p))

    def backward(self, upstream: Array) -> Array:
        return upstream * (-1 - np.log(self.p))


class CrossEntropy(Gate):
    """h = −p log q,   ∂h/∂p = −log q, ∂h/∂q = −p/q; where p = q = 0 all three are 0."""

    def forward(self, p: Array, q: Array) -> Array:
        self.p = p
        self.q = np.where((p == 0) & (q == 0), q.dtype.type(1), q)
        return -p * np.log(self.q)

    def backward(self, upstream: Array) -> tuple[Array | None, Array | None]:
        return (
            -upstream * np.log(self.q) if self.needs[0] else None,
            -upstream * (self.p / self.q) if self.needs[1] else None,
        )


def entropy(p: Values, dim: int = -1) -> Tensor:
    """H(p) = −Σ p log p along ``dim``, in nats: how uncertain p is; log C where it is uniform.

    Raises:
        ValueError: p is no distribution along ``dim``: negative, or not summing to 1.
        IndexError: there is no such dimension.

    >>> entropy([[0.5, 0.5], [1.0, 0.0]]).tolist()
    [0.6931471824645996, 0.0]
    """
    return apply(Entropy, as_distribution(p, "p", dim)).sum(dim)


def distribution_cross_entropy(p: Values, q: Values, dim: int = -1) -> Tensor:
    """H(p, q) = −Σ p log q along ``dim``, in nats: the cost of coding p with a code made for q.

    It is H(p) + KL(p‖q); −log q_y where p is one-hot; inf where q rules out what p allows.

    Raises:
        ValueError: p or q is no distribution along ``dim``, or their shapes differ.
        IndexError: there is no such dimension.

    >>> distribution_cross_entropy([0.0, 1.0], [0.75, 0.25]).item()
    1.3862943649291992
    """
    p_tensor, q_tensor = _two_distributions(p, q, dim)
    return apply(CrossEntropy, p_tensor, q_tensor).sum(dim)


def kl_divergence(p: Values, q: Values, dim: int = -1) -> Tensor:
    """KL(p‖q) = Σ p log(p / q) along ``dim``, in nats: how far q is from p; 0 where they are equal.

    Raises:
        ValueError: p or q is no distribution along ``dim``, or their shapes differ.
        IndexError: there is no such dimension.

    >>> kl_divergence([0.5, 0.5], [0.5, 0.5]).item()
    0.0
    """
    p_tensor, q_tensor = _two_distributions(p, q, dim)
    return (apply(CrossEntropy, p_tensor, q_tensor) - apply(Entropy, p_tensor)).sum(dim)


def _two_distributions(p: Values, q: Values, dim: int) -> tuple[Tensor, Tensor]:
    p_tensor, q_tensor = as_distribution(p, "p", dim), as_distribution(q, "q", dim)
    require_same_shape(p_tensor, q_tensor, "p", "q")
    return p_tensor, q_tensor.to(p_tensor.dtype)
