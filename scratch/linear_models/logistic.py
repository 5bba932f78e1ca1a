"""Logistic and softmax regression: linear scores, read as log-odds, fitted by maximum likelihood.

    minimise Σ_n [softplus(z_n) − y_n z_n] + 1/(2C) ‖w‖²,       z = X w + b       (two classes)
    minimise Σ_n [logsumexp(z_n) − z_{n,y_n}] + 1/(2C) ‖W‖²,    z = X Wᵀ + b      (K classes)

which is scikit-learn's objective divided by C. The intercepts are not penalised.

    gradient  Xᵀ(p − y) + w/C         Hessian  Xᵀ diag(p(1−p)) X + I/C

Source: Cox (1958), "The regression analysis of binary sequences"; Böhning (1992), "Multinomial
logistic regression algorithm".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np

from scratch._arrays import Values, as_array, as_samples, require_finite, require_same_length
from scratch.autograd import Tensor, wrap
from scratch.linear_models.newton import minimise
from scratch.linear_models.regression import LinearModel

if TYPE_CHECKING:
    from scratch.autograd import Array

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

    def _prepared(self, X: Values, y: Values) -> tuple[Array, Array]:
        """X with a last column of ones if there is an intercept, and the labels as int64."""
        A, labels = as_samples(X), as_array(y)
        require_same_length(A, labels)
        if labels.ndim != 1:
            raise ValueError(f"y must have shape (N,), got {labels.shape}")
        if not len(A):
            raise ValueError(f"X must hold at least one sample, got shape {A.shape}")
        integers = require_finite(labels, "y").astype(np.int64)
        if (integers != labels).any() or integers.min() < 0:
            bad = labels[(integers != labels) | (integers < 0)][0]
            raise ValueError(f"labels must be the integers 0, 1, …, got {bad}")
        ones = np.ones((len(A), int(self.fit_intercept)), A.dtype)
        return np.hstack((A, ones)), integers

    def _penalty(self, width: int, dtype: np.dtype[np.floating]) -> Array:
        """1/C for each weight, 0 for the intercept."""
        penalty = np.full(width, 1 / self.C, dtype)
        if self.fit_intercept:
            penalty[-1] = 0
        return penalty

    def _keep(self, W: Array) -> None:
        """Take the intercept off the last column of W (…, D + 1)."""
        if self.fit_intercept:
            self._set(W[..., :-1].T, W[..., -1])
        else:
            self._set(W.T, np.zeros(W.shape[:-1], W.dtype))

    def _refuse_separated(self, margins: Array, moved: Array | None) -> None:
        """Without a penalty, classes that a plane separates push the weights to infinity.

        If no sample lies on the plane, every margin becomes positive. If some do, the others still
        walk away from it with every step of Newton's method, by about 1: ``moved``, the scores' last
        change, has not gone to 0 although nothing is left to gain.
        """
        if not np.isinf(self.C):
            return
        if margins.min() > 0 or (moved is not None and float(np.abs(moved).max()) > STILL_WALKING):
            raise ValueError(
                "the classes are separated by a plane: without a penalty the likelihood has no "
                "maximum, the weights would grow for ever; choose a finite C"
            )

    def decision_function(self, X: Values) -> Tensor:
        """The scores z = X wᵀ + b."""
        return wrap(self.scores(X))


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
