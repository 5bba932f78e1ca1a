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

import numpy as np

from scratch._arrays import Values, as_float_tensor
from scratch.autograd import Gate, Tensor, apply
from scratch.random import rand, randn

if TYPE_CHECKING:
    from scratch.autograd import Array
    from scratch.random import Generator


class Polynomial(Gate):
    """All monomials of each degree, each one of the degree below times one more input.

    ∂(p·xⱼ)/∂p = xⱼ, ∂(p·xⱼ)/∂xⱼ = p, from the highest degree down.
    """

    def forward(self, X: Array, degree: int, interaction_only: bool, include_bias: bool) -> Array:
        self.X, self.include_bias = X, include_bias
        self.plan = monomials(X.shape[1], degree, interaction_only)
        self.blocks = [np.ones((len(X), 1), X.dtype)]
        for parents, last in self.plan:
            self.blocks.append(self.blocks[-1][:, parents] * X[:, last])
        return np.concatenate(self.blocks[0 if include_bias else 1 :], axis=1)

    def backward(self, upstream: Array) -> Array:
        X, blocks = self.X, self.blocks
        ends = np.cumsum([b.shape[1] for b in blocks[0 if self.include_bias else 1 :]])[:-1]
        slopes = np.split(upstream.copy(), ends, axis=1)
        if not self.include_bias:
            slopes.insert(0, np.zeros_like(blocks[0]))
        dX = np.zeros_like(X)
        for degree in range(len(self.plan), 0, -1):
            parents, last = self.plan[degree - 1]
            for j in range(X.shape[1]):
                mine = last == j
                slope, parent = slopes[degree][:, mine], parents[mine]
                dX[:, j] += (slope * blocks[degree - 1][:, parent]).sum(1)
                slopes[degree - 1][:, parent] += slope * X[:, j : j + 1]
        return dX


class RadialBasis(Gate):
    """φ = exp(−γ‖x − c‖²),   ∂φ/∂x = −2γ(x − c)φ = −∂φ/∂c."""

    def forward(self, X: Array, C: Array, gamma: float) -> Array:
        self.X, self.C, self.gamma = X, C, gamma
        distance2 = np.zeros((len(X), len(C)), X.dtype)
        for x, c in zip(X.T, C.T, strict=True):  # not ‖x‖² − 2x·c + ‖c‖², which cancels
            distance2 += np.square(np.subtract.outer(x, c))
        self.phi = np.exp(-gamma * distance2)
        return self.phi

    def backward(self, upstream: Array) -> tuple[Array, Array]:
        scale = upstream * self.phi * (-2 * self.gamma)
        dX, dC = np.empty_like(self.X), np.empty_like(self.C)
        for j, (x, c) in enumerate(zip(self.X.T, self.C.T, strict=True)):
            slope = scale * np.subtract.outer(x, c)
            dX[:, j], dC[:, j] = slope.sum(1), -slope.sum(0)
        return dX, dC


class RandomFourier(Gate):
    """φ = √(2/M) cos(XW + b),   ∂L/∂X = −√(2/M) (U ∘ sin(XW + b)) Wᵀ."""

    def forward(self, X: Array, W: Array, b: Array) -> Array:
        self.W, self.phase = W, X @ W + b
        self.scale = math.sqrt(2 / len(b))
        return self.scale * np.cos(self.phase)

    def backward(self, upstream: Array) -> tuple[Array, None, None]:
        return (upstream * np.sin(self.phase)) @ (-self.scale * self.W.T), None, None


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
    options = {"interaction_only": interaction_only, "include_bias": include_bias}
    return apply(Polynomial, _samples(X, "X"), degree=degree, **options)


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
    c = _samples(centers, "centers").to(x.dtype)
    if x.shape[1] != c.shape[1]:
        raise ValueError(
            f"X and centers must have as many columns, got shapes {x.shape} and {c.shape}"
        )
    return apply(RadialBasis, x, c, gamma=float(gamma))


def random_fourier_features(
    X: Values, num_features: int, gamma: float = 1.0, generator: Generator | None = None
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
    W = randn(x.shape[1], num_features, generator=generator, dtype=x.dtype)
    b = rand(num_features, generator=generator, dtype=x.dtype)
    return apply(RandomFourier, x, W * math.sqrt(2 * gamma), b * (2 * math.pi))


def monomials(D: int, degree: int, interaction_only: bool) -> list[tuple[Array, Array]]:
    """Per degree, for each monomial: which one of the degree below it extends, and by which input."""
    choose = combinations if interaction_only else combinations_with_replacement
    plan = []
    below: dict[tuple[int, ...], int] = {(): 0}
    for d in range(1, degree + 1):
        chosen = list(choose(range(D), d))
        parents = np.array([below[c[:-1]] for c in chosen], np.intp)
        plan.append((parents, np.array([c[-1] for c in chosen], np.intp)))
        below = {c: i for i, c in enumerate(chosen)}
    return plan


def _samples(X: Values, name: str) -> Tensor:
    x = as_float_tensor(X)
    if x.ndim != 2:
        raise ValueError(
            f"{name} must have shape (N, D), got {x.shape}; one feature is a column: "
            ".reshape(-1, 1)"
        )
    return x


def _require_positive(value: float, name: str) -> None:
    if not value > 0:
        raise ValueError(f"{name} must be positive, got {value}")
