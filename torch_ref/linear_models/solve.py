"""Least squares solved directly: by the normal equation, and by ``torch.linalg.lstsq``.

minimise ‖X w − y‖²   ⇔   XᵀX w = Xᵀy
"""

from __future__ import annotations

import math
import warnings

import torch
from torch import Tensor

from torch_ref._arrays import Values, as_floats, as_samples, require_finite, require_same_length


def samples_and_targets(X: Values, y: Values) -> tuple[Tensor, Tensor]:
    """X (N, D) and y (N,) or (N, T) as finite tensors of one floating dtype, that of X.

    Raises:
        ValueError: shapes do not fit, there is no sample, or a value is not finite.
    """
    samples = as_samples(X)
    targets = require_finite(as_floats(y, "y").to(samples), "y")
    require_same_length(samples, targets)
    if targets.ndim > 2:
        raise ValueError(f"y must have shape (N,) or (N, T), got {tuple(targets.shape)}")
    if not len(samples):
        raise ValueError(f"X must hold at least one sample, got shape {tuple(samples.shape)}")
    return samples, targets


def normal_equation(X: Values, y: Values) -> Tensor:
    """The w that solves XᵀX w = Xᵀy, by Cholesky's factors of XᵀX.

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
    """
    A, b = samples_and_targets(X, y)
    scale = column_lengths(A)  # κ of unit columns: units of measurement cost Cholesky no digits
    unit = A / scale
    G = unit.T @ unit
    condition = condition_number(G)
    eps = torch.finfo(G.dtype).eps
    if condition * eps >= 1:
        raise ValueError(
            f"XᵀX is singular to working precision: its condition number is about "
            f"{condition:.1e}, and {G.dtype} resolves {1 / eps:.1e}. Drop columns that depend on "
            "others, add samples, or use least_squares, which finds the shortest solution"
        )
    if condition * eps >= eps**0.5:
        warnings.warn(
            f"XᵀX has condition number {condition:.1e}: about {-math.log10(condition * eps):.0f} of "
            f"{-math.log10(eps):.0f} digits of the normal equation are left; least_squares keeps more",
            RuntimeWarning,
            stacklevel=2,
        )
    right = (unit.T @ b).reshape(G.shape[0], -1)
    w = torch.cholesky_solve(right, torch.linalg.cholesky(G)) / scale[:, None]
    return w.reshape(A.shape[1], *b.shape[1:])


def least_squares(X: Values, y: Values) -> Tensor:
    """The shortest w that minimises ‖X w − y‖, by the singular values of X.

    Singular values below max(N, D)·ε·s₁ are dropped, so that columns that depend on each other
    share their weight.

    Args:
        X: (N, D); put a column of ones first for an intercept.
        y: (N,) or (N, T).

    Returns:
        w, (D,) or (D, T), in the dtype of X.

    Raises:
        ValueError: shapes do not fit, there is no sample, or a value is not finite.
    """
    A, b = samples_and_targets(X, y)
    if A.is_cuda:  # the GPU has no driver of lstsq for a deficient rank
        return torch.linalg.pinv(A) @ b
    rcond = max(A.shape) * torch.finfo(A.dtype).eps
    right = b.reshape(len(b), -1)
    w = torch.linalg.lstsq(A, right, rcond=rcond, driver="gelsd").solution
    return w.reshape(A.shape[1], *b.shape[1:])


def shrunk_least_squares(A: Tensor, b: Tensor, alpha: float) -> Tensor:
    """The minimiser of ‖A w − b‖² + α‖w‖²: V diag(s/(s² + α)) Uᵀ b, the shortest one for α = 0."""
    if alpha == 0:
        return least_squares(A, b)
    U, s, Vt = torch.linalg.svd(A, full_matrices=False)
    right = b.reshape(len(b), -1)
    w = Vt.T @ ((s / (s * s + alpha))[:, None] * (U.T @ right))
    return w.reshape(A.shape[1], *b.shape[1:])


def column_lengths(A: Tensor) -> Tensor:
    """The length of each column, 1 for a column of zeros."""
    lengths = torch.linalg.vector_norm(A.double(), dim=0).to(A)
    return torch.where(lengths == 0, 1.0, lengths)


def condition_number(G: Tensor) -> float:
    """κ(G) = λ_max/λ_min of a symmetric, positive semi-definite matrix; 1 if it is empty."""
    if not G.numel():
        return 1.0
    eigenvalues = torch.linalg.eigvalsh(G)
    smallest, largest = eigenvalues[0].item(), eigenvalues[-1].item()
    return largest / smallest if smallest > 0 else math.inf
