"""The pieces that update rules are made of, each one line of a formula, in place on flat arrays.

``a`` and ``b`` are work arrays; coefficients (``minus_lr``, ``rho``, ``gain``) are 0-d arrays.

Source: the order of operations is that of PyTorch's single-tensor CPU optimizers, so that results
differ only where those fuse a multiplication with an addition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from numpy import add, divide, multiply, sqrt, subtract

if TYPE_CHECKING:
    from scratch.optimizers.flat import Array


def descend(p: Array, direction: Array, a: Array, minus_lr: Array) -> None:
    """θ ← θ − γ d."""
    multiply(direction, minus_lr, a)
    add(p, a, p)


def descend_by_quotient(p: Array, d: Array, denominator: Array, b: Array, minus_lr: Array) -> None:
    """θ ← θ − γ d / denominator."""
    multiply(d, minus_lr, b)
    divide(b, denominator, b)
    add(p, b, p)


def average(m: Array, g: Array, gain: Array, a: Array) -> None:
    """m ← m + (1−β)(g − m), counted from the nearer end as PyTorch's ``lerp`` does."""
    subtract(g, m, a)
    if gain.item() < 0.5:
        multiply(a, gain, a)
        add(m, a, m)
    else:  # g − β (g − m), so that β = 0 gives g itself
        multiply(a, gain - 1, a)
        add(g, a, m)


def average_square(r: Array, g: Array, rho: Array, gain: Array, a: Array) -> None:
    """r ← ρ r + (1−ρ) g²."""
    multiply(r, rho, r)
    multiply(g, gain, a)
    multiply(a, g, a)
    add(r, a, r)


def root_plus(r: Array, eps: Array, a: Array) -> None:
    """a ← √r + ε."""
    sqrt(r, a)
    add(a, eps, a)
