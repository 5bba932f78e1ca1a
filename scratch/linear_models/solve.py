"""Least squares solved directly: by the normal equation, and by the singular value decomposition.

    minimise ‖X w − y‖²   ⇔   XᵀX w = Xᵀy   (the gradient 2 Xᵀ(X w − y) is zero)

Forming XᵀX squares the condition number: of the 16 digits of float64 the normal equation loses
log₁₀ κ(XᵀX) = 2 log₁₀ κ(X), a decomposition of X itself only half as many.

Source: Legendre (1805) and Gauss (1809) for least squares; Golub & Van Loan (2013), "Matrix
Computations", ch. 5; van der Sluis (1969), "Condition numbers and equilibration of matrices".
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from scratch._arrays import Values, as_floats, as_samples, require_finite, require_same_length
from scratch.autograd import Tensor, wrap

if TYPE_CHECKING:
    from scratch.autograd import Array


def samples_and_targets(X: Values, y: Values) -> tuple[Array, Array]:
    """X (N, D) and y (N,) or (N, T) as finite arrays of one floating dtype, that of X.

    Raises:
        ValueError: shapes do not fit, there is no sample, or a value is not finite.
    """
    samples = as_samples(X)
    targets = require_finite(as_floats(y, "y").astype(samples.dtype, copy=False), "y")
    require_same_length(samples, targets)
    if targets.ndim > 2:
        raise ValueError(f"y must have shape (N,) or (N, T), got {targets.shape}")
    if not len(samples):
        raise ValueError("X must hold at least one sample, got shape " + str(samples.shape))
    return samples, targets


def normal_equation(X: Values, y: Values) -> Tensor:
    """The w that solves XᵀX w = Xᵀy, by Cholesky's factors XᵀX = L Lᵀ.

    Args:
        X: (N, D); put a column of ones first for an intercept.
        y: (N,) or (N, T).

    Returns:
        w, (D,) or (D, T), in the dtype of X.

    Raises:
        ValueError: XᵀX is singular to working precision (its columns depend on each other, or there
            are fewer samples than columns): the digits would be noise.

    Warns:
        RuntimeWarning: fewer than half of the digits of the dtype are left.

    >>> normal_equation([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]], [1.0, 3.0, 5.0])
    tensor([1., 2.])
    """
    A, b = samples_and_targets(X, y)
    scale = column_lengths(A)  # κ of unit columns: units of measurement cost Cholesky no digits
    unit = A / scale
    G = unit.T @ unit
    condition = condition_number(G)
    eps = float(np.finfo(G.dtype).eps)
    if condition * eps >= 1:
        raise ValueError(
            f"XᵀX is singular to working precision: its condition number is about "
            f"{condition:.1e}, and {G.dtype} resolves {1 / eps:.1e}. Drop columns that depend on "
            "others, add samples, or use least_squares, which finds the shortest solution"
        )
    if condition * eps >= eps**0.5:
        warnings.warn(
            f"XᵀX has condition number {condition:.1e}: about {-np.log10(condition * eps):.0f} of "
            f"{-np.log10(eps):.0f} digits of the normal equation are left; least_squares keeps more",
            RuntimeWarning,
            stacklevel=2,
        )
    L = np.linalg.cholesky(G)
    w = np.linalg.solve(L.T, np.linalg.solve(L, unit.T @ b))
    return wrap((w.T / scale).T)


def least_squares(X: Values, y: Values) -> Tensor:
    """The shortest w that minimises ‖X w − y‖, by the singular values of X.

        X = U S Vᵀ,   w = V S⁺ Uᵀ y

    where S⁺ inverts the singular values above max(N, D)·ε·s₁ and drops the others, so that columns
    that depend on each other share their weight.

    Args:
        X: (N, D); put a column of ones first for an intercept.
        y: (N,) or (N, T).

    Returns:
        w, (D,) or (D, T), in the dtype of X.

    Raises:
        ValueError: shapes do not fit, there is no sample, or a value is not finite.

    >>> least_squares([[1.0, 1.0], [2.0, 2.0]], [2.0, 4.0]).numpy().round(4).tolist()
    [1.0, 1.0]
    """
    A, b = samples_and_targets(X, y)
    return wrap(shrunk_least_squares(A, b, 0.0))


def shrunk_least_squares(A: Array, b: Array, alpha: float) -> Array:
    """The minimiser of ‖A w − b‖² + α‖w‖²: V diag(s/(s² + α)) Uᵀ b, the shortest one for α = 0."""
    U, s, Vt = np.linalg.svd(A, full_matrices=False)
    kept = s > max(A.shape) * np.finfo(A.dtype).eps * (s[0] if s.size else 0)
    gain = np.zeros_like(s)
    if alpha == 0:
        gain[kept] = 1 / s[kept]
    else:
        gain = s / (s * s + A.dtype.type(alpha))
    return Vt.T @ ((gain * (U.T @ b).T).T)


def column_lengths(A: Array) -> Array:
    """The length of each column, 1 for a column of zeros."""
    largest = np.abs(A).max(axis=0, initial=0)
    largest[largest == 0] = 1
    lengths = largest * np.sqrt(np.square(A / largest).sum(axis=0))  # no overflow in the square
    lengths[lengths == 0] = 1
    return lengths


def condition_number(G: Array) -> float:
    """κ(G) = λ_max/λ_min of a symmetric, positive semi-definite matrix; 1 if it is empty."""
    if not G.size:
        return 1.0
    eigenvalues = np.linalg.eigvalsh(G)
    smallest, largest = float(eigenvalues[0]), float(eigenvalues[-1])
    return largest / smallest if smallest > 0 else float("inf")
