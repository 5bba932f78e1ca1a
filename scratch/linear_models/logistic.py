"""Logistic regression: one linear score, read as log-odds, fitted by maximum likelihood.

    minimise Σ_n [softplus(z_n) − y_n z_n] + 1/(2C) ‖w‖²,       z = X w + b

    gradient  Xᵀ(p − y) + w/C         Hessian  Xᵀ diag(p(1−p)) X + I/C

Source: Cox (1958), "The regression analysis of binary sequences".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np

from scratch.autograd import Tensor, wrap
from scratch.linear_models.classifier import Classifier
from scratch.linear_models.newton import minimise

if TYPE_CHECKING:
    from scratch._arrays import Values
    from scratch.autograd import Array


class LogisticRegression(Classifier):
    """P(y = 1 | x) = σ(wᵀx + b), at the optimum of the (penalised) likelihood.

    Args:
        C: the inverse of the strength of the penalty; infinity for none.
        fit_intercept: whether there is a b; it is not penalised.
        tol: what part of the objective may be left to gain.
        max_iter: steps of Newton's method.

    Attributes:
        coef_, intercept_: (D,) and 0-d, after ``fit``.
        n_iter_: the steps that were taken.

    Raises:
        ValueError: an argument is out of its range.

    >>> model = LogisticRegression().fit([[-2.0], [-1.0], [1.0], [2.0]], [0, 0, 1, 1])
    >>> model.predict([[-3.0], [3.0]]).tolist()
    [0, 1]
    """

    def fit(self, X: Values, y: Values) -> Self:
        """Find the optimum for X (N, D) and labels y (N,), each 0 or 1; returns the model.

        Raises:
            ValueError: shapes do not fit, a label is not 0 or 1, only one class is there, a value
                is not finite, or the classes are separated and there is no penalty.

        Warns:
            RuntimeWarning: not at the optimum after ``max_iter`` steps.
        """
        A, labels = self._prepared(X, y)
        if labels.max() > 1:
            raise ValueError(f"labels must be 0 or 1, got {labels.max()}; see SoftmaxRegression")
        if labels.min() == labels.max():
            raise ValueError(f"y must hold both classes, got only {labels[0]}")
        t = labels.astype(A.dtype)
        penalty = self._penalty(A.shape[1], A.dtype)
        sign = 2 * t - 1

        def value(w: Array) -> float:
            z = A @ w
            return float((np.logaddexp(0, z) - t * z).sum() + 0.5 * (penalty * w) @ w)

        def derivatives(w: Array) -> tuple[Array, Array]:
            p = 0.5 * (1 + np.tanh(0.5 * (A @ w)))
            curvature = p * (1 - p)
            g = A.T @ (p - t) + penalty * w
            return g, (A.T * curvature) @ A + np.diag(penalty)

        w, self.n_iter_ = minimise(
            np.zeros(A.shape[1], A.dtype),
            value,
            derivatives,
            self.max_iter,
            self.tol,
            lambda w, d: self._refuse_separated(sign * (A @ w), None if d is None else A @ d),
            len(A),
        )
        self._keep(w)
        return self

    def predict_proba(self, X: Values) -> Tensor:
        """P(y = 0), P(y = 1), (N, 2)."""
        z = self.scores(X)
        return wrap(np.stack((0.5 * (1 - np.tanh(0.5 * z)), 0.5 * (1 + np.tanh(0.5 * z))), axis=1))

    def predict(self, X: Values) -> Tensor:
        """The likelier class, (N,), int64; 1 where both are equally likely."""
        return wrap((self.scores(X) >= 0).astype(np.int64))
