"""Softmax (multinomial logistic) regression: a linear score per class, fitted by maximum likelihood.

    minimise Σ_n [logsumexp(z_n) − z_{n,y_n}] + 1/(2C) ‖W‖²,    z = X Wᵀ + b

Source: Böhning (1992), "Multinomial logistic regression algorithm".
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

    >>> X = [[-2.0], [-1.0], [0.0], [0.5], [2.0], [3.0]]
    >>> SoftmaxRegression(C=10.0).fit(X, [0, 0, 1, 1, 2, 2]).predict([[-3.0], [4.0]]).tolist()
    [0, 2]
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
        counts = np.bincount(labels)
        K, width = len(counts), A.shape[1]
        if K < 2 or not counts.all():
            raise ValueError(
                f"every class from 0 to {K - 1} (at least two) needs a sample, got {counts}"
            )
        if K * width > LARGEST:
            raise ValueError(
                f"{K} classes × {width} columns are {K * width} weights; Newton's method takes at "
                f"most {LARGEST}: train an MLP without hidden layers instead"
            )
        f = _SoftmaxObjective(A, labels, K, self._penalty(width, A.dtype))

        def check(w: Array, d: Array | None) -> None:
            self._refuse_separated(f.margins(w), None if d is None else f.scores(d))

        start = np.zeros(K * width, A.dtype)
        w, self.n_iter_ = minimise(
            start, f.value, f.derivatives, self.max_iter, self.tol, check, len(A)
        )
        W = w.reshape(K, width)
        self._keep(W - W.mean(axis=0))
        return self

    def predict_proba(self, X: Values) -> Tensor:
        """P(y = k), (N, K); each row adds up to 1."""
        z = self.scores(X)
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return wrap(e / e.sum(axis=1, keepdims=True))

    def predict(self, X: Values) -> Tensor:
        """The likeliest class, (N,), int64."""
        return wrap(self.scores(X).argmax(axis=1))


class _SoftmaxObjective:
    """f(W) = −Σ_n log softmax(A Wᵀ)_ny + ½ Σ λ W², for W (K, D) as one vector w.

    With p = softmax(A Wᵀ): ∂f/∂W = (p − onehot(y))ᵀ A + λ W, and the block of the Hessian between
    the rows k and m of W is Aᵀ diag(p_k (1[k = m] − p_m)) A.
    """

    def __init__(self, A: Array, labels: Array, classes: int, penalty: Array | float) -> None:
        self.A, self.shape = A, (classes, A.shape[1])
        self.own = np.arange(len(A)), labels
        self.penalty = np.broadcast_to(penalty, self.shape).ravel()
        self.free = np.flatnonzero(self.penalty[: self.shape[1]] == 0)

    def scores(self, w: Array) -> Array:
        """A Wᵀ, (N, K)."""
        return self.A @ w.reshape(self.shape).T

    def value(self, w: Array) -> float:
        """f(W)."""
        z = self.scores(w)
        z -= z.max(axis=1, keepdims=True)
        nll = (np.log(np.exp(z).sum(axis=1)) - z[self.own]).sum()
        return float(nll + 0.5 * (self.penalty * w) @ w)

    def derivatives(self, w: Array) -> tuple[Array, Array]:
        """Gradient and Hessian."""
        z = self.scores(w)
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        H = np.diag(self.penalty)
        blocks = H.reshape(*self.shape, *self.shape)
        for k in range(len(blocks)):
            for m in range(len(blocks)):
                weight = p[:, k] * ((k == m) - p[:, m])
                blocks[k, :, m] += (self.A.T * weight) @ self.A
        hold_together(blocks, self.free)
        p[self.own] -= 1
        return (p.T @ self.A).ravel() + self.penalty * w, H

    def margins(self, w: Array) -> Array:
        """Per sample, how far the score of its own class is above the best of the others."""
        others = self.scores(w)
        own = others[self.own]
        others[self.own] = -np.inf
        return own - others.max(axis=1)


def hold_together(blocks: Array, columns: Array) -> None:
    """Add to the Hessian (K, D, K, D), in place, what these columns of the weights lack.

    All rows may move together for free: Σ_m H_km = 0. A multiple of h hᵀ, h the diagonal, takes no
    other direction's curvature, and is 1 where h is 1.
    """
    for j in columns:
        h = np.diagonal(blocks[:, j, :, j])
        if total := h.sum():
            blocks[:, j, :, j] += np.outer(h, h / total)
