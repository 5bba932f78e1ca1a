"""The lasso: a penalty on |w| that sets weights to exactly 0.

    minimise P(w) = 1/(2N) ‖y − X w − b‖² + α ‖w‖₁

Along one coordinate the optimum is known: the least-squares value, moved towards 0 by α and held at
0 once it gets there,

    w_j ← S(ρ_j, Nα) / G_jj,   ρ_j = x_jᵀ(y − Σ_{k≠j} x_k w_k),   S(ρ, t) = sign(ρ) max(|ρ| − t, 0)

so the coordinates are visited in turn, with G = XᵀX computed once. A feasible point of the dual
problem bounds from below what any w could reach; the duality gap says when to stop. What is 0 then
stays 0, and on the others, whose signs are known, the optimum is the solution of a linear system.

Source: Tibshirani (1996), "Regression shrinkage and selection via the lasso"; Friedman, Hastie &
Tibshirani (2010), "Regularization paths for generalized linear models via coordinate descent".
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Self

import numpy as np

from scratch._arrays import Values, require_nonnegative
from scratch.autograd import Tensor, wrap
from scratch.linear_models.regression import LinearModel, centred
from scratch.linear_models.solve import samples_and_targets, shrunk_least_squares

if TYPE_CHECKING:
    from scratch.autograd import Array


class Lasso(LinearModel):
    """Linear regression with the penalty α‖w‖₁.

    Args:
        alpha: α ≥ 0; 0 is ordinary least squares.
        fit_intercept: whether there is a b; it is not penalised.
        tol: stop when the duality gap is below ``tol`` · ‖y‖²/N.
        max_iter: passes over the coordinates.

    Raises:
        ValueError: an argument is out of its range.

    >>> X, y = [[1.0, 0.1], [2.0, -0.1], [3.0, 0.1], [4.0, -0.1]], [1.0, 2.0, 3.0, 4.0]
    >>> [round(w, 4) for w in Lasso(alpha=0.1).fit(X, y).coef_.tolist()]
    [0.92, 0.0]
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
            raise ValueError(f"y must have shape (N,), got {b.shape}")
        A, b, x_mean, y_mean = centred(A, b, self.fit_intercept)
        w = self._optimum(A, b) if self.alpha else shrunk_least_squares(A, b, 0.0)
        self._set(w, y_mean - x_mean @ w)
        return self

    def _optimum(self, A: Array, b: Array) -> Array:
        t = A.dtype.type(len(A) * self.alpha)
        G, c = A.T @ A, A.T @ b
        enough = max(self.tol, float(np.finfo(A.dtype).eps)) * float(b @ b)
        w = np.zeros(A.shape[1], A.dtype)
        gap = float("inf")
        for passes in range(1, self.max_iter + 1):
            before = w.copy()
            descend_coordinates(w, G, c, t)
            settled = np.array_equal(np.sign(w), np.sign(before))
            if settled and (passes % 10 == 0 or np.array_equal(w, before)):
                gap = duality_gap(A, b, w, t)
                if gap <= enough or np.array_equal(w, before):
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
        return wrap(self.scores(X))


def descend_coordinates(w: Array, G: Array, c: Array, t: Array) -> None:
    """One pass: every w_j to its optimum with the others held, in place."""
    for j, curvature in enumerate(np.diagonal(G)):
        if curvature > 0:
            rho = c[j] - G[j] @ w + curvature * w[j]
            w[j] = np.sign(rho) * max(abs(rho) - t, 0) / curvature


def duality_gap(A: Array, b: Array, w: Array, t: Array) -> float:
    """N·P(w) minus the dual objective at the residual r = y − X w, scaled into the feasible set.

    The dual is max_θ ½‖y‖² − ½‖y − θ‖² over |Xᵀθ| ≤ t = Nα. With θ = s r and g = Xᵀr the difference
    is a sum of terms that are not negative, so that nothing cancels:

        ½ (1 − s)² ‖r‖² + Σ_j (t |w_j| − s g_j w_j),     s = min(1, t / max|g|)
    """
    r = b - A @ w
    g = A.T @ r
    s = float(t) / max(float(np.abs(g).max(initial=0)), float(t))
    return float(0.5 * (1 - s) ** 2 * (r @ r) + (t * np.abs(w) - s * (g * w)).sum())


def finished(A: Array, b: Array, w: Array, t: Array, G: Array, c: Array, gap: float) -> Array:
    """The exact optimum for the signs of ``w``: G_SS w_S = c_S − t·sign(w_S), if it keeps them."""
    S = np.flatnonzero(w)
    if not S.size:
        return w
    exact = np.zeros_like(w)
    try:
        exact[S] = np.linalg.solve(G[np.ix_(S, S)], c[S] - t * np.sign(w[S]))
    except np.linalg.LinAlgError:  # columns that depend on each other: several optima, w is one
        return w
    better = duality_gap(A, b, exact, t) <= max(gap, 0.0) + np.finfo(A.dtype).eps * float(b @ b)
    return exact if better and np.array_equal(np.sign(exact), np.sign(w)) else w
