"""Linear regression and ridge regression as estimators.

    minimise ‖y − X w − b‖² + α‖w‖²

The intercept b is not penalised. Centring takes it out of the problem: with x̄ and ȳ the means,
w solves the centred problem and b = ȳ − x̄ᵀw. Ridge shrinks the weight along each singular vector of
X by s²/(s² + α): least where the data say most.

Source: Hoerl & Kennard (1970), "Ridge regression: biased estimation for nonorthogonal problems".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np

from scratch._arrays import Values, as_samples, require_nonnegative
from scratch.autograd import Tensor, wrap
from scratch.linear_models.solve import samples_and_targets, shrunk_least_squares

if TYPE_CHECKING:
    from scratch.autograd import Array


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

    def scores(self, X: Values) -> Array:
        """X wᵀ + b, (N,) or (N, T).

        Raises:
            RuntimeError: the model is not fitted.
            ValueError: X has another number of columns, or is not finite.
        """
        if not hasattr(self, "coef_"):
            raise RuntimeError(f"{type(self).__name__} is not fitted; call fit(X, y) first")
        A, w = as_samples(X), self.coef_.data
        if A.shape[1] != w.shape[-1]:
            raise ValueError(f"X must have {w.shape[-1]} columns as in fit, got shape {A.shape}")
        return A @ w.T.astype(A.dtype) + self.intercept_.data.astype(A.dtype)

    def _set(self, w: Array, b: Array) -> None:
        """Keep the weights (D,) or (D, T), as (D,) or (T, D)."""
        self.coef_, self.intercept_ = wrap(np.ascontiguousarray(w.T)), wrap(np.asarray(b))

    def __repr__(self) -> str:
        options = ", ".join(f"{k}={v}" for k, v in vars(self).items() if not k.endswith("_"))
        return f"{type(self).__name__}({options})"


def centred(A: Array, y: Array, fit_intercept: bool) -> tuple[Array, Array, Array, Array]:
    """A and y without their means, and the means (zeros where there is no intercept)."""
    if not fit_intercept:
        return A, y, np.zeros(A.shape[1], A.dtype), np.zeros(y.shape[1:], y.dtype)
    x_mean, y_mean = A.mean(axis=0), np.asarray(y.mean(axis=0))
    return A - x_mean, y - y_mean, x_mean, y_mean


class Ridge(LinearModel):
    """Linear regression with the penalty α‖w‖²; α = 0 is ordinary least squares.

    Args:
        alpha: α ≥ 0.
        fit_intercept: whether there is a b; it is not penalised.

    Raises:
        ValueError: ``alpha`` is negative.

    >>> model = Ridge(alpha=0.0).fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0])
    >>> model.predict([[3.0]]).numpy().round(4).tolist()
    [7.0]
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
        return wrap(self.scores(X))


class LinearRegression(Ridge):
    """Ordinary least squares, the shortest w where several are best.

    Args:
        fit_intercept: whether there is a b.

    >>> LinearRegression().fit([[0.0], [1.0]], [1.0, 3.0]).coef_.numpy().round(4).tolist()
    [2.0]
    """

    def __init__(self, fit_intercept: bool = True) -> None:
        super().__init__(0.0, fit_intercept)
