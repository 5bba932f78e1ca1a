"""Logistic regression: one linear score, read as log-odds, fitted by maximum likelihood.

    minimise Σ_n BCE(z_n, y_n) + 1/(2C) ‖w‖²,   z = X w + b

Source: Cox (1958), "The regression analysis of binary sequences".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import torch
from torch import Tensor
from torch.nn import functional as F

from torch_ref.linear_models.classifier import Classifier
from torch_ref.linear_models.newton import minimise

if TYPE_CHECKING:
    from torch_ref._arrays import Values


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
            raise ValueError(
                f"labels must be 0 or 1, got {labels.max().item()}; see SoftmaxRegression"
            )
        if labels.min() == labels.max():
            raise ValueError(f"y must hold both classes, got only {labels[0].item()}")
        t = labels.to(A)
        penalty = self._penalty(A.shape[1], A)

        def objective(w: Tensor) -> Tensor:
            nll = F.binary_cross_entropy_with_logits(A @ w, t, reduction="sum")
            return nll + 0.5 * (penalty * w) @ w

        w, self.n_iter_ = minimise(
            A.new_zeros(A.shape[1]),
            objective,
            self.max_iter,
            self.tol,
            lambda w, d: self._refuse_separated(
                (2 * t - 1) * (A @ w), None if d is None else A @ d
            ),
            len(A),
        )
        self._keep(w)
        return self

    def predict_proba(self, X: Values) -> Tensor:
        """P(y = 0), P(y = 1), (N, 2)."""
        z = self.scores(X)
        return torch.stack((torch.sigmoid(-z), torch.sigmoid(z)), dim=1)

    def predict(self, X: Values) -> Tensor:
        """The likelier class, (N,), int64; 1 where both are equally likely."""
        return (self.scores(X) >= 0).long()
