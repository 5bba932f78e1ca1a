"""Feature maps φ: (N, D) → (N, M), in which a linear machine does what it cannot do with x itself.

    polynomial      all products of at most `degree` inputs: 1, x₁, x₂, x₁², x₁x₂, x₂², …
    radial basis    exp(−γ‖x − c‖²) for every centre c
    random Fourier  √(2/M) cos(Wᵀx + b), W ~ N(0, 2γ), b ~ U[0, 2π):  φ(x)·φ(x') ≈ exp(−γ‖x − x'‖²)

Sources: Cover (1965), "Geometrical and statistical properties of systems of linear inequalities";
Broomhead & Lowe (1988), "Multivariable functional interpolation and adaptive networks"; Rahimi &
Recht (2007), "Random features for large-scale kernel machines".
"""

from __future__ import annotations

import math
from itertools import combinations, combinations_with_replacement
from typing import TYPE_CHECKING

import torch

from torch_ref._arrays import Values, as_float_tensor

if TYPE_CHECKING:
    from torch import Tensor


def polynomial_features(
    X: Values, degree: int = 2, interaction_only: bool = False, include_bias: bool = True
) -> Tensor:
    """All products of at most ``degree`` columns of X, degree by degree: (N, D) → (N, M).

    Args:
        X: samples, (N, D).
        degree: the highest degree.
        interaction_only: leave out powers: only products of different columns.
        include_bias: begin with the column of ones, the product of none.

    M = C(D + degree, degree) with the bias; the order is scikit-learn's.

    Raises:
        ValueError: X is not (N, D), ``degree`` is negative, or no column would be left.

    >>> polynomial_features([[2.0, 3.0]]).tolist()
    [[1.0, 2.0, 3.0, 4.0, 6.0, 9.0]]
    """
    if degree < 0 or not (degree or include_bias):
        raise ValueError(f"degree must be ≥ 0, and ≥ 1 without the bias, got {degree}")
    x = _samples(X, "X")
    blocks = [x.new_ones(len(x), 1)]
    for parents, last in monomials(x.shape[1], degree, interaction_only):
        blocks.append(blocks[-1][:, parents] * x[:, last])
    return torch.cat(blocks[0 if include_bias else 1 :], dim=1)


def radial_basis_features(X: Values, centers: Values, gamma: float = 1.0) -> Tensor:
    """exp(−γ‖x − c‖²) for every sample x and centre c: (N, D), (M, D) → (N, M).

    1 at the centre and falling to 0 all around, within about 1/√γ.

    Raises:
        ValueError: X or ``centers`` does not have D columns, or γ is not positive.

    >>> phi = radial_basis_features([[0.0], [1.0]], centers=[[0.0]])
    >>> [round(row[0], 4) for row in phi.tolist()]
    [1.0, 0.3679]
    """
    _require_positive(gamma, "gamma")
    x = _samples(X, "X")
    c = _samples(centers, "centers").to(x)
    if x.shape[1] != c.shape[1]:
        raise ValueError(
            f"X and centers must have as many columns, got shapes {tuple(x.shape)} and "
            f"{tuple(c.shape)}"
        )
    # not torch.cdist, which squares out ‖x − c‖² for long rows and cancels
    distance2 = (x.unsqueeze(1) - c).square().sum(2)
    return torch.exp(-gamma * distance2)


def random_fourier_features(
    X: Values, num_features: int, gamma: float = 1.0, generator: torch.Generator | None = None
) -> Tensor:
    """√(2/M) cos(Wᵀx + b) with random W and b, M = ``num_features``: (N, D) → (N, M).

    The inner product of two samples' features approximates the kernel exp(−γ‖x − x'‖²), with an
    error of about 1/√M. W and b depend on the generator, D, M and the dtype, not on X: a generator
    with the same seed makes the same map, for instance for the test data.

    Raises:
        ValueError: X is not (N, D), ``num_features`` < 1, or γ is not positive.
    """
    _require_positive(gamma, "gamma")
    _require_positive(num_features, "num_features")
    x = _samples(X, "X")
    W = torch.randn(x.shape[1], num_features, generator=generator, dtype=x.dtype)
    b = torch.rand(num_features, generator=generator, dtype=x.dtype)
    W, b = W.to(x.device) * math.sqrt(2 * gamma), b.to(x.device) * (2 * math.pi)
    return math.sqrt(2 / num_features) * torch.cos(x @ W + b)


def monomials(D: int, degree: int, interaction_only: bool) -> list[tuple[list[int], list[int]]]:
    """Per degree, for each monomial: which one of the degree below it extends, and by which input."""
    choose = combinations if interaction_only else combinations_with_replacement
    plan = []
    below: dict[tuple[int, ...], int] = {(): 0}
    for d in range(1, degree + 1):
        chosen = list(choose(range(D), d))
        plan.append(([below[c[:-1]] for c in chosen], [c[-1] for c in chosen]))
        below = {c: i for i, c in enumerate(chosen)}
    return plan


def _samples(X: Values, name: str) -> Tensor:
    x = as_float_tensor(X)
    if x.ndim != 2:
        raise ValueError(
            f"{name} must have shape (N, D), got {tuple(x.shape)}; one feature is a column: "
            ".reshape(-1, 1)"
        )
    return x


def _require_positive(value: float, name: str) -> None:
    if not value > 0:
        raise ValueError(f"{name} must be positive, got {value}")
