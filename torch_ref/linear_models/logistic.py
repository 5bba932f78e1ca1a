"""Logistic and softmax regression: linear scores, read as log-odds, fitted by maximum likelihood.

    minimise Σ_n BCE(z_n, y_n) + 1/(2C) ‖w‖²,   z = X w + b      (two classes)
    minimise Σ_n CE(z_n, y_n) + 1/(2C) ‖W‖²,    z = X Wᵀ + b     (K classes)

which is scikit-learn's objective divided by C. The intercepts are not penalised.

Source: Cox (1958), "The regression analysis of binary sequences"; Böhning (1992), "Multinomial
logistic regression algorithm".
"""

from __future__ import annotations

import math
from typing import Self

import torch
from torch import Tensor
from torch.nn import functional as F

from torch_ref._arrays import Values, as_samples, as_tensor, require_finite, require_same_length
from torch_ref.linear_models.newton import minimise
from torch_ref.linear_models.regression import LinearModel

LARGEST = 5_000
"""Newton's method keeps a Hessian of this size squared: 200 MB in float64."""

STILL_WALKING = 0.25
"""A change of a score in the last step: at an optimum it is next to 0, without one about 1."""


class Classifier(LinearModel):
    """What both classifiers share: their options and the checks of what they are fitted to."""

    n_iter_: int

    def __init__(
        self, C: float = 1.0, fit_intercept: bool = True, tol: float = 1e-14, max_iter: int = 100
    ) -> None:
        super().__init__(fit_intercept)
        if not C > 0:
            raise ValueError(f"C must be positive (infinity: no penalty), got {C}")
        if not tol >= 0:
            raise ValueError(f"tol must be ≥ 0, got {tol}")
        if max_iter < 1:
            raise ValueError(f"max_iter must be at least 1, got {max_iter}")
        self.C, self.tol, self.max_iter = C, tol, max_iter

    def _prepared(self, X: Values, y: Values) -> tuple[Tensor, Tensor]:
        """X with a last column of ones if there is an intercept, and the labels as int64."""
        A, labels = as_samples(X), as_tensor(y)
        require_same_length(A, labels)
        if labels.ndim != 1:
            raise ValueError(f"y must have shape (N,), got {tuple(labels.shape)}")
        if not len(A):
            raise ValueError(f"X must hold at least one sample, got shape {tuple(A.shape)}")
        integers = require_finite(labels, "y").long()
        wrong = (integers != labels) | (integers < 0)
        if wrong.any():
            raise ValueError(f"labels must be the integers 0, 1, …, got {labels[wrong][0].item()}")
        ones = A.new_ones(len(A), int(self.fit_intercept))
        return torch.hstack((A, ones)), integers.to(A.device)

    def _penalty(self, width: int, like: Tensor) -> Tensor:
        """1/C for each weight, 0 for the intercept."""
        penalty = like.new_full((width,), 1 / self.C)
        if self.fit_intercept:
            penalty[-1] = 0
        return penalty

    def _keep(self, W: Tensor) -> None:
        """Take the intercept off the last column of W (…, D + 1)."""
        if self.fit_intercept:
            self.coef_, self.intercept_ = W[..., :-1].clone(), W[..., -1].clone()
        else:
            self.coef_, self.intercept_ = W, W.new_zeros(W.shape[:-1])

    def _refuse_separated(self, margins: Tensor, moved: Tensor | None) -> None:
        """Without a penalty, classes that a plane separates push the weights to infinity.

        If no sample lies on the plane, every margin becomes positive. If some do, the others still
        walk away from it with every step of Newton's method, by about 1: ``moved``, the scores' last
        change, has not gone to 0 although nothing is left to gain.
        """
        if not math.isinf(self.C):
            return
        if margins.min() > 0 or (moved is not None and moved.abs().max().item() > STILL_WALKING):
            raise ValueError(
                "the classes are separated by a plane: without a penalty the likelihood has no "
                "maximum, the weights would grow for ever; choose a finite C"
            )

    def decision_function(self, X: Values) -> Tensor:
        """The scores z = X wᵀ + b."""
        return self.scores(X)


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
