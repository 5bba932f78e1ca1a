"""The lasso: a penalty on |w| that sets weights to exactly 0.

    minimise P(w) = 1/(2N) ‖y − X w − b‖² + α ‖w‖₁

Coordinate descent with G = XᵀX, w_j ← S(ρ_j, Nα)/G_jj where S(ρ, t) = sign(ρ) max(|ρ| − t, 0), until
the duality gap is small; then the linear system on the weights that are not 0.

Source: Tibshirani (1996), "Regression shrinkage and selection via the lasso"; Friedman, Hastie &
Tibshirani (2010), "Regularization paths for generalized linear models via coordinate descent".
"""

from __future__ import annotations

import math
import warnings
from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import softshrink

from torch_ref._arrays import Values, require_nonnegative
from torch_ref.linear_models.regression import LinearModel, centred
from torch_ref.linear_models.solve import samples_and_targets, shrunk_least_squares


class Lasso(LinearModel):
    """Linear regression with the penalty α‖w‖₁.

    Args:
        alpha: α ≥ 0; 0 is ordinary least squares.
        fit_intercept: whether there is a b; it is not penalised.
        tol: stop when the duality gap is below ``tol`` · ‖y‖²/N.
        max_iter: passes over the coordinates.

    Raises:
        ValueError: an argument is out of its range.
    """

    def __init__(
        self,
        alpha: float = 1.0,
        fit_intercept: bool = True,
        tol: float = 1e-8,
        max_iter: int = 100_000,
    ) -> None:
        super().__init__(fit_intercept)
        self.alpha = require_nonnegative(alpha, "alpha")
        self.tol = require_nonnegative(tol, "tol")
        if max_iter < 1:
            raise ValueError(f"max_iter must be at least 1, got {max_iter}")
        self.max_iter = max_iter

    def fit(self, X: Values, y: Values) -> Self:
        """Find the optimum for X (N, D) and y (N,); returns the model.

        Raises:
            ValueError: shapes do not fit, there is no sample, or a value is not finite.

        Warns:
            RuntimeWarning: the gap is still above ``tol`` after ``max_iter`` passes.
        """
        A, b = samples_and_targets(X, y)
        if b.ndim != 1:
            raise ValueError(f"y must have shape (N,), got {tuple(b.shape)}")
        A, b, x_mean, y_mean = centred(A, b, self.fit_intercept)
        w = self._optimum(A, b) if self.alpha else shrunk_least_squares(A, b, 0.0)
        self._set(w, y_mean - x_mean @ w)
        return self

    def _optimum(self, A: Tensor, b: Tensor) -> Tensor:
        t = len(A) * self.alpha
        G, c = A.T @ A, A.T @ b
        enough = max(self.tol, torch.finfo(A.dtype).eps) * (b @ b).item()
        w = A.new_zeros(A.shape[1])
        gap = math.inf
        for passes in range(1, self.max_iter + 1):
            before = w.clone()
            descend_coordinates(w, G, c, t)
            still = torch.equal(w, before)
            if torch.equal(w.sign(), before.sign()) and (passes % 10 == 0 or still):
                gap = duality_gap(A, b, w, t)
                if gap <= enough or still:
                    return finished(A, b, w, t, G, c, gap)
        warnings.warn(
            f"Lasso: the duality gap is {gap:.1e} after {self.max_iter} passes, more than the "
            f"{enough:.1e} asked for; scale the columns, or raise max_iter or alpha",
            RuntimeWarning,
            stacklevel=3,
        )
        return w

    def predict(self, X: Values) -> Tensor:
        """ŷ = X w + b, (N,)."""
        return self.scores(X)


def descend_coordinates(w: Tensor, G: Tensor, c: Tensor, t: float) -> None:
    """One pass: every w_j to its optimum with the others held, in place."""
    for j, curvature in enumerate(G.diagonal().tolist()):
        if curvature > 0:
            rho = c[j] - G[j] @ w + curvature * w[j]
            w[j] = softshrink(rho, t) / curvature


def duality_gap(A: Tensor, b: Tensor, w: Tensor, t: float) -> float:
    """N·P(w) minus the dual objective at the residual r = y − X w, scaled into the feasible set.

    The dual is max_θ ½‖y‖² − ½‖y − θ‖² over |Xᵀθ| ≤ t = Nα. With θ = s r and g = Xᵀr the difference
    is a sum of terms that are not negative, so that nothing cancels:

        ½ (1 − s)² ‖r‖² + Σ_j (t |w_j| − s g_j w_j),     s = min(1, t / max|g|)
    """
    r = b - A @ w
    g = A.T @ r
    norm = torch.linalg.vector_norm(g, math.inf).item() if w.numel() else 0.0
    s = t / max(norm, t)
    return (0.5 * (1 - s) ** 2 * (r @ r) + (t * w.abs() - s * (g * w)).sum()).item()


def finished(A: Tensor, b: Tensor, w: Tensor, t: float, G: Tensor, c: Tensor, gap: float) -> Tensor:
    """The exact optimum for the signs of ``w``: G_SS w_S = c_S − t·sign(w_S), if it keeps them."""
    S = w.nonzero().squeeze(1)
    if not S.numel():
        return w
    exact = torch.zeros_like(w)
    try:
        exact[S] = torch.linalg.solve(G[S][:, S], c[S] - t * w[S].sign())
    except torch.linalg.LinAlgError:  # columns that depend on each other: several optima, w is one
        return w
    noise = torch.finfo(A.dtype).eps * (b @ b).item()
    better = duality_gap(A, b, exact, t) <= max(gap, 0.0) + noise
    return exact if better and torch.equal(exact.sign(), w.sign()) else w
