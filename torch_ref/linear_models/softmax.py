"""Softmax (multinomial logistic) regression: a linear score per class, fitted by maximum likelihood.

    minimise Σ_n CE(z_n, y_n) + 1/(2C) ‖W‖²,    z = X Wᵀ + b

Source: Böhning (1992), "Multinomial logistic regression algorithm".
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Self

import torch
from torch import Tensor
from torch.nn import functional as F

from torch_ref.linear_models.classifier import Classifier
from torch_ref.linear_models.newton import minimise

if TYPE_CHECKING:
    from torch_ref._arrays import Values

LARGEST = 5_000
"""Newton's method keeps a Hessian of this size squared: 200 MB in float64."""


class SoftmaxRegression(Classifier):
    """P(y = k | x) = softmax(W x + b)_k, at the optimum of the (penalised) likelihood.

    Adding one vector to all rows of W changes no probability; of all such W the one whose rows add
    up to 0 is returned.

    Args:
        C: the inverse of the strength of the penalty; infinity for none.
        fit_intercept: whether there is a b; it is not penalised.
        tol: what part of the objective may be left to gain.
        max_iter: steps of Newton's method.

    Attributes:
        coef_, intercept_: (K, D) and (K,), after ``fit``.
        n_iter_: the steps that were taken.

    Raises:
        ValueError: an argument is out of its range.
    """

    def fit(self, X: Values, y: Values) -> Self:
        """Find the optimum for X (N, D) and labels y (N,), 0 … K − 1; returns the model.

        Raises:
            ValueError: shapes do not fit, a label is no integer from 0 on or a class is empty,
                K·(D + 1) is too large for Newton's method, a value is not finite, or the classes
                are separated and there is no penalty.

        Warns:
            RuntimeWarning: not at the optimum after ``max_iter`` steps.
        """
        A, labels = self._prepared(X, y)
        counts = torch.bincount(labels)
        K, width = len(counts), A.shape[1]
        if K < 2 or not counts.all():
            raise ValueError(
                f"every class from 0 to {K - 1} (at least two) needs a sample, got {counts.tolist()}"
            )
        if K * width > LARGEST:
            raise ValueError(
                f"{K} classes × {width} columns are {K * width} weights; Newton's method takes at "
                f"most {LARGEST}: train an MLP without hidden layers instead"
            )
        penalty = self._penalty(width, A).repeat(K)
        free = (penalty[:width] == 0).nonzero().squeeze(1).tolist()

        def objective(w: Tensor) -> Tensor:
            z = A @ w.reshape(K, width).T
            return F.cross_entropy(z, labels, reduction="sum") + 0.5 * (penalty * w) @ w

        def check(w: Tensor, d: Tensor | None) -> None:
            z = A @ w.reshape(K, width).T
            own = z.gather(1, labels[:, None])
            others = z.scatter(1, labels[:, None], -math.inf)
            moved = None if d is None else A @ d.reshape(K, width).T
            self._refuse_separated(own[:, 0] - others.amax(dim=1), moved)

        w, self.n_iter_ = minimise(
            A.new_zeros(K * width),
            objective,
            self.max_iter,
            self.tol,
            check,
            len(A),
            lambda H: hold_together(H, K, free),
        )
        W = w.reshape(K, width)
        self._keep(W - W.mean(dim=0))
        return self

    def predict_proba(self, X: Values) -> Tensor:
        """P(y = k), (N, K); each row adds up to 1."""
        return torch.softmax(self.scores(X), dim=1)

    def predict(self, X: Values) -> Tensor:
        """The likeliest class, (N,), int64."""
        return self.scores(X).argmax(dim=1)


def hold_together(H: Tensor, classes: int, columns: list[int]) -> Tensor:
    """The Hessian (K·D, K·D) with what these columns of the weights lack.

    All rows may move together for free: Σ_m H_km = 0. A multiple of h hᵀ, h the diagonal, takes no
    other direction's curvature, and is 1 where h is 1.
    """
    blocks = H.reshape(classes, -1, classes, len(H) // classes).clone()
    for j in columns:
        h = blocks[:, j, :, j].diagonal()
        if total := h.sum().item():
            blocks[:, j, :, j] += torch.outer(h, h / total)
    return blocks.reshape(H.shape)
