"""Information: entropy, cross-entropy and divergence of distributions, in nats.

    H(p) = −Σ p log p        H(p, q) = −Σ p log q        KL(p‖q) = Σ p log(p / q)
    H(p, q) = H(p) + KL(p‖q) ≥ H(p)

A summand with p = 0 is 0, as p log p → 0, whatever q.

Sources: Shannon (1948), "A mathematical theory of communication"; Kullback & Leibler (1951), "On
information and sufficiency".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from torch_ref.likelihood.checks import as_distribution, require_same_shape

if TYPE_CHECKING:
    from torch import Tensor

    from torch_ref._arrays import Values


def entropy(p: Values, dim: int = -1) -> Tensor:
    """H(p) = −Σ p log p along ``dim``, in nats: how uncertain p is; log C where it is uniform.

    Raises:
        ValueError: p is no distribution along ``dim``: negative, or not summing to 1.
        IndexError: there is no such dimension.

    >>> entropy([[0.5, 0.5], [1.0, 0.0]]).tolist()
    [0.6931471824645996, 0.0]
    """
    return torch.special.entr(as_distribution(p, "p", dim)).sum(dim)


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
    return -_xlogy(p_tensor, q_tensor).sum(dim)


def kl_divergence(p: Values, q: Values, dim: int = -1) -> Tensor:
    """KL(p‖q) = Σ p log(p / q) along ``dim``, in nats: how far q is from p; 0 where they are equal.

    Raises:
        ValueError: p or q is no distribution along ``dim``, or their shapes differ.
        IndexError: there is no such dimension.

    >>> kl_divergence([0.5, 0.5], [0.5, 0.5]).item()
    0.0
    """
    p_tensor, q_tensor = _two_distributions(p, q, dim)
    return (-_xlogy(p_tensor, q_tensor) - torch.special.entr(p_tensor)).sum(dim)


def _two_distributions(p: Values, q: Values, dim: int) -> tuple[Tensor, Tensor]:
    p_tensor, q_tensor = as_distribution(p, "p", dim), as_distribution(q, "q", dim)
    require_same_shape(p_tensor, q_tensor, "p", "q")
    return p_tensor, q_tensor.to(p_tensor)


def _xlogy(x: Tensor, y: Tensor) -> Tensor:
    """x log y, which with its slopes is 0 at x = y = 0 (where torch's own slope is 0/0)."""
    return torch.xlogy(x, y.masked_fill((x == 0) & (y == 0), 1))
