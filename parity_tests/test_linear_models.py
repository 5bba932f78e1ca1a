"""Linear models: the optimum, on both sides, against 60 digits and against scikit-learn."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest

from parity_tests.instrument import (
    Bad,
    Bound,
    Case,
    bad_cases,
    cases,
    dot_bound,
    labels,
    normal,
    options_grid,
)

LAYOUTS = "transposed strided reversed"
NEWTON = "no closed form: the optimum of the same objective, found by torch in float64"


def solved(A, b):
    """A⁻¹ b in 60 digits; b may have columns."""
    columns = b.reshape(len(b), -1)
    x = [mpmath.lu_solve(mpmath.matrix(A.tolist()), list(column)) for column in columns.T]
    return np.array([list(c) for c in x], dtype=object).T.reshape(A.shape[1], *b.shape[1:])


def gram(m, X, y, alpha=0):
    return solved(X.T @ X + alpha * np.eye(X.shape[1], dtype=int), X.T @ y)


def ridge(m, X, y, alpha=1.0, fit_intercept=True):
    """The weights, then the intercept."""
    n = len(X)
    x_mean, y_mean = (X.sum(0) / n, y.sum(0) / n) if fit_intercept else (0 * X[0], 0 * y[0])
    w = gram(m, X - x_mean, y - y_mean, alpha)
    return np.append(w, y_mean - x_mean @ w)


def fitted(name):
    """Fit the estimator ``name`` and show its weights, then its intercept."""

    def call(impl, X, y, **options):
        model = getattr(impl, name)(**options).fit(X, y)
        return impl.cat([model.coef_.reshape(-1), model.intercept_.reshape(-1)])

    return call


def solution_bound(u, X, y, alpha=0.0):
    """Backward stable: w is exact for X and y off by √(ND)·u of their norms.

    ND·u holds always (Higham, 2002, theorem 20.3), √(ND)·u with high probability (Connolly and
    Higham, 2023, "Probabilistic rounding error analysis of Householder QR factorization").
    """
    s = np.hypot(np.linalg.svd(X, compute_uv=False), math.sqrt(alpha))
    w = np.linalg.lstsq(X, y, rcond=None)[0]
    residual = np.linalg.norm(y - X @ w)
    reach = s[0] / s[-1] * np.linalg.norm(w) + residual * s[0] / s[-1] ** 2
    reach += np.linalg.norm(y) / s[-1]
    return np.full(w.shape, math.sqrt(X.size) * u * reach)


def normal_equation_bound(u, X, y, alpha=0.0):
    """The same with κ(XᵀX) = κ²."""
    return np.linalg.cond(X) * solution_bound(u, X, y, alpha)


def estimator_bound(u, X, y, alpha=0.0, fit_intercept=True, solution=solution_bound):
    """The weights, then the intercept ȳ − x̄ᵀw, whose sums of N terms are rounded too."""
    shift = X.mean(0) if fit_intercept else 0 * X[0]
    weights = solution(u, X - shift, y - y.mean() * fit_intercept, alpha)
    means = dot_bound(len(X), np.abs(y).mean() + np.abs(X).mean(0).sum(), u)
    return np.append(weights, means + np.abs(shift) @ weights)


def gram_bound(u, X, y, alpha=0.0, fit_intercept=True):
    """The same for who solves with XᵀX."""
    return estimator_bound(u, X, y, alpha, fit_intercept, normal_equation_bound)


def optimum_bound(u, X, y, C, fit_intercept):
    """Where the computed gradient vanishes, the true one is a rounding error: |δw| ≤ |H⁻¹||δg|.

    A probability takes 4 roundings and is off by what its logits are off; a gradient sums over N.
    """
    sk = pytest.importorskip("sklearn.linear_model")
    model = sk.LogisticRegression(C=C, fit_intercept=fit_intercept, solver="newton-cholesky")
    P = model.fit(X, y).predict_proba(X)
    misses = np.abs(P - np.eye(P.shape[1])[np.asarray(y, int)])
    spread = np.einsum("nk,kl->nkl", P, np.eye(P.shape[1])) - np.einsum("nk,nl->nkl", P, P)
    W = np.hstack((model.coef_, model.intercept_[:, None]))[:, : X.shape[1] + fit_intercept]
    if len(W) == 1:
        misses, spread = misses[:, 1:], spread[:, 1:, 1:]
    A = np.hstack((X, np.ones((len(X), int(fit_intercept)))))
    off = np.einsum("nkl,nl->nk", np.abs(spread), dot_bound(A.shape[1], np.abs(A) @ np.abs(W.T), u))
    slope = (off + 4 * u).T @ np.abs(A) + dot_bound(len(A), misses.T @ np.abs(A), u)
    penalty = np.append(np.full(X.shape[1], 1 / C), np.zeros(int(fit_intercept)))
    slope += 2 * u * penalty * np.abs(W)
    H = np.einsum("nkl,ni,nj->kilj", spread, A, A).reshape(2 * (W.size,))
    H += np.diag(np.tile(penalty, len(W)))
    inverse = np.linalg.pinv(H, 1e-9, hermitian=True)  # H is flat where all intercepts move alike
    moved = (np.abs(inverse) @ slope.reshape(-1)).reshape(W.shape)
    intercepts = moved[:, -1] if fit_intercept else np.zeros(len(W))
    return np.append(moved[:, : X.shape[1]], intercepts)


DATA = (normal(40, 5), normal(40))
TWO = (normal(40, 5), labels(2, 40))
THREE = (normal(60, 4), labels(3, 60))
SOLVE: dict[str, Any] = {"wrt": (), "variants": LAYOUTS, "oracle": gram}
CASES = [
    Case("normal_equation", inputs=DATA, tier=Bound(normal_equation_bound), **SOLVE),
    Case(
        "normal_equation",
        inputs=(normal(40, 5), normal(40, 3)),
        tier=Bound(normal_equation_bound),
        **SOLVE,
        id="targets",
    ),
    Case("least_squares", inputs=DATA, tier=Bound(solution_bound), **SOLVE),
    Case(
        "least_squares",
        inputs=(normal(40, 5), normal(40, 3)),
        tier=Bound(solution_bound),
        **SOLVE,
        id="targets",
    ),
    *(
        Case(
            "Ridge", inputs=DATA, options=options, tier=Bound(estimator_bound), wrt=(), oracle=ridge,
            call=fitted("Ridge"), variants=LAYOUTS,
        )
        for options in options_grid(alpha=[0.0, 0.5, 100.0], fit_intercept=[True, False])
    ),
    *(
        Case(
            "LinearRegression", inputs=DATA, options=options, tier=Bound(estimator_bound), wrt=(),
            oracle=lambda m, X, y, **o: ridge(m, X, y, 0, **o), call=fitted("LinearRegression"),
            variants=LAYOUTS,
        )
        for options in options_grid(fit_intercept=[True, False])
    ),
    *(
        Case(
            "Lasso", inputs=DATA, options=options, tier=Bound(gram_bound), wrt=(), why=NEWTON,
            call=fitted("Lasso"), variants=LAYOUTS,
        )
        for options in options_grid(alpha=[0.0, 0.1, 0.3, 5.0], fit_intercept=[True, False])
    ),
    *(
        Case(
            name, inputs=data, options=options, tier=Bound(optimum_bound), wrt=(), why=NEWTON,
            call=fitted(name), variants=LAYOUTS,
        )
        for name, data in (("LogisticRegression", TWO), ("SoftmaxRegression", THREE))
        for options in options_grid(C=[0.1, 10.0], fit_intercept=[True, False])
    ),
]  # fmt: skip # a table


@cases(CASES)
def test_same_optimum(case, check):
    check(case)


def made(name, *fit, predict=None, **options):
    """What makes the estimator ``name``, fits it to ``fit`` and predicts, as far as is asked for."""

    def call(impl):
        model = getattr(impl, name)(**options)
        model = model.fit(*fit) if fit else model
        return model if predict is None else model.predict(predict)

    return call


X2, y2 = [[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]], [1.0, 2.0, 3.0]
ESTIMATORS = ("LinearRegression", "Ridge", "Lasso", "LogisticRegression", "SoftmaxRegression")
BAD = [
    Bad("normal_equation", lambda impl: impl.normal_equation([1.0, 2.0], [1.0, 2.0]), ValueError, says="(N, D)"),
    Bad("normal_equation", lambda impl: impl.normal_equation([[1.0, 1.0], [2.0, 2.0]], [1.0, 2.0]), ValueError, says="singular"),
    Bad("normal_equation", lambda impl: impl.normal_equation([[1.0, 2.0]], [1.0]), ValueError, says="singular"),
    Bad("least_squares", lambda impl: impl.least_squares(X2, [1.0, 2.0]), ValueError, says="one row per sample"),
    Bad("least_squares", lambda impl: impl.least_squares([[1.0], [math.nan]], [1.0, 2.0]), ValueError, says="finite"),
    Bad("least_squares", lambda impl: impl.least_squares(impl.tensor([[]]).reshape(0, 1), impl.tensor([])), ValueError, says="at least one sample"),
    *(Bad(name, made(name, predict=X2), RuntimeError, says="fit") for name in ESTIMATORS),
    *(Bad(name, made(name, alpha=-1.0), ValueError, says="alpha") for name in ("Ridge", "Lasso")),
    *(Bad(name, made(name, C=0.0), ValueError, says="C") for name in ESTIMATORS[3:]),
    *(Bad(name, made(name, X2, [0, 1, -1]), ValueError, says="-1") for name in ESTIMATORS[3:]),
    *(Bad(name, made(name, X2, [0, 0, 1], C=math.inf), ValueError, says="separated") for name in ESTIMATORS[3:]),
    *(Bad(name, made(name, [[-1.0], [0.0], [0.0], [1.0]], [0, 0, 1, 1], C=math.inf), ValueError, says="separated") for name in ESTIMATORS[3:]),
    Bad("LogisticRegression", lambda impl: impl.LogisticRegression().fit(X2, [0, 1, 2]), ValueError, says="0 or 1"),
    Bad("LogisticRegression", lambda impl: impl.LogisticRegression().fit(X2, [1, 1, 1]), ValueError, says="both classes"),
    Bad("SoftmaxRegression", lambda impl: impl.SoftmaxRegression().fit(X2, [0, 2, 2]), ValueError, says="class"),
    Bad("Ridge", lambda impl: impl.Ridge().fit(X2, y2).predict([[1.0]]), ValueError, says="2 columns"),
    Bad("Ridge", lambda impl: impl.Ridge().fit(X2, np.zeros((3, 1, 1))), ValueError, says="(N, T)"),
    Bad("SoftmaxRegression", lambda impl: impl.SoftmaxRegression().fit(np.zeros((2, 5000)), [0, 1]), ValueError, says="weights"),
    Bad("Lasso", lambda impl: impl.Lasso().fit(X2, [[1.0], [2.0], [3.0]]), ValueError, says="(N,)"),
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
