"""Linear regression and ridge regression as estimators.

    minimise ‖y − X w − b‖² + α‖w‖²

The intercept b is not penalised: centring takes it out of the problem.

Source: Hoerl & Kennard (1970), "Ridge regression: biased estimation for nonorthogonal problems".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from torch_ref._arrays import Values, as_samples, require_nonnegative
from torch_ref.linear_models.solve import samples_and_targets, shrunk_least_squares

if TYPE_CHECKING:
    from torch import Tensor


class LinearModel:
    """What linear estimators share: weights, an intercept, and the product of both with data.

    Attributes:
        coef_: w, (D,) or (T, D) for T targets, after ``fit``.
        intercept_: b, 0-d or (T,), after ``fit``.
    """

    coef_: Tensor
    intercept_: Tensor

    def __init__(self, fit_intercept: bool) -> None:
        self.fit_intercept = fit_intercept

    def scores(self, X: Values) -> Tensor:
        """X wᵀ + b, (N,) or (N, T).

        Raises:
            RuntimeError: the model is not fitted.
            ValueError: X has another number of columns, or is not finite.
        """
        if not hasattr(self, "coef_"):
            raise RuntimeError(f"{type(self).__name__} is not fitted; call fit(X, y) first")
        A, w = as_samples(X), self.coef_
        if A.shape[1] != w.shape[-1]:
            raise ValueError(
                f"X must have {w.shape[-1]} columns as in fit, got shape {tuple(A.shape)}"
            )
        return (
            A @ w.to(A).mT + self.intercept_.to(A)
            if w.ndim > 1
            else A @ w.to(A) + self.intercept_.to(A)
        )

    def _set(self, w: Tensor, b: Tensor) -> None:
        """Keep the weights (D,) or (D, T), as (D,) or (T, D)."""
        self.coef_ = (w.mT if w.ndim > 1 else w).contiguous()
        self.intercept_ = b

    def __repr__(self) -> str:
        options = ", ".join(f"{k}={v}" for k, v in vars(self).items() if not k.endswith("_"))
        return f"{type(self).__name__}({options})"


def centred(A: Tensor, y: Tensor, fit_intercept: bool) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """A and y without their means, and the means (zeros where there is no intercept)."""
    if not fit_intercept:
        return A, y, A.new_zeros(A.shape[1]), y.new_zeros(y.shape[1:])
    x_mean, y_mean = A.mean(dim=0), y.mean(dim=0)
    return A - x_mean, y - y_mean, x_mean, y_mean


class Ridge(LinearModel):
    """Linear regression with the penalty α‖w‖²; α = 0 is ordinary least squares.

    Args:
        alpha: α ≥ 0.
        fit_intercept: whether there is a b; it is not penalised.

    Raises:
        ValueError: ``alpha`` is negative.
    """

    def __init__(self, alpha: float = 1.0, fit_intercept: bool = True) -> None:
        super().__init__(fit_intercept)
        self.alpha = require_nonnegative(alpha, "alpha")

    def fit(self, X: Values, y: Values) -> Self:
        """Find the optimum for X (N, D) and y (N,) or (N, T); returns the model.

        Raises:
            ValueError: shapes do not fit, there is no sample, or a value is not finite.
        """
        A, b, x_mean, y_mean = centred(*samples_and_targets(X, y), self.fit_intercept)
        w = shrunk_least_squares(A, b, self.alpha)
        self._set(w, y_mean - x_mean @ w)
        return self

    def predict(self, X: Values) -> Tensor:
        """ŷ = X w + b, (N,) or (N, T)."""
        return self.scores(X)


class LinearRegression(Ridge):
    """Ordinary least squares, the shortest w where several are best.

    Args:
        fit_intercept: whether there is a b.
    """

    def __init__(self, fit_intercept: bool = True) -> None:
        super().__init__(0.0, fit_intercept)
