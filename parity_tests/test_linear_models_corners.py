"""Linear models where there is little to learn from: no features, zeros, one step, extreme scales."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from parity_tests.instrument import (
    EXACT,
    Bound,
    assert_parity,
    offered,
    to_numpy,
)
from parity_tests.instrument.tolerances import UNIT_ROUNDOFF
from parity_tests.test_linear_models import (
    ESTIMATORS,
    estimator_bound,
    gram_bound,
    optimum_bound,
)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_defaults_as_printed(candidate, reference, name):
    offered(candidate, name)
    assert repr(getattr(candidate, name)()) == repr(getattr(reference, name)())
    assert "fit_intercept=False" in repr(getattr(candidate, name)(fit_intercept=False))
    fitted = getattr(candidate, name)().fit([[0.0], [1.0], [2.0]], [0, 1, 0])
    assert "coef_" not in repr(fitted)


#: Less than the default of the lasso: something is to be left.
OPTIONS = {"Ridge": {"alpha": 1.0}, "Lasso": {"alpha": 0.01}}


def fit_bound(u, name, X, y):
    """How far the weights (K, D) and intercepts (K,) may be off: the fit is never in float32."""
    u = min(u, UNIT_ROUNDOFF["float64"])
    if name in ("LogisticRegression", "SoftmaxRegression"):
        off = optimum_bound(u, X, y, 1.0, True)
    else:
        off = (gram_bound if name == "Lasso" else estimator_bound)(u, X, y, **OPTIONS.get(name, {}))
    rows = len(off) // (X.shape[1] + 1)
    return off[:-rows].reshape(rows, -1), off[-rows:]


def scores_bound(u, name, X, y, Z, model):
    """Weights that are off by their own bound and rounded to Z's dtype; D + 1 terms, each rounded."""
    w, b = (np.abs(to_numpy(v)) for v in (model.coef_, model.intercept_))
    off_w, off_b = fit_bound(u, name, X, y)
    off = np.abs(Z) @ off_w.T + off_b
    return off.reshape((np.abs(Z) @ w.T).shape) + (Z.shape[1] + 3) * u * (np.abs(Z) @ w.T + b)


def probabilities_bound(*given):
    """Half of what the largest score is off, Σ |∂p/∂z| being 2 p (1 − p); and 8 roundings of p."""
    scores = scores_bound(*given)
    largest = scores if scores.ndim == 1 else scores.max(1)
    return (largest / 2 + 8 * given[0])[:, None] * np.ones(max(scores[0].size, 2))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_fitted_in_one_precision_used_in_another(candidate, reference, rng, name):
    """Scores and predictions have the samples' dtype, and those of the reference."""
    offered(candidate, name)
    X, y = rng.normal(size=(20, 3)), np.arange(20) % (3 if name == "SoftmaxRegression" else 2)
    options = OPTIONS.get(name, {})
    models = [getattr(impl, name)(**options).fit(X, y) for impl in (candidate, reference)]
    classifies = "gistic" in name or "Softmax" in name
    asked = [("predict", None if classifies else scores_bound)]
    if classifies:
        asked += [("decision_function", scores_bound), ("predict_proba", probabilities_bound)]
    for dtype in ("float64", "float32"):
        Z = (X + 0.5).astype(dtype)
        for method, bound in asked:
            mine, torchs = (to_numpy(getattr(model, method)(Z)) for model in models)
            assert mine.dtype == torchs.dtype
            given = name, X, y, Z.astype(float), models[1]
            tier = EXACT if bound is None else Bound(partial(called, bound, given))
            assert_parity(mine, torchs, tier, op=name, direction=f"{method} in {dtype}")


def called(bound, given, u):
    return bound(u, *given)


@pytest.mark.parametrize("name", ["LinearRegression", "Ridge"])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_several_targets(candidate, reference, rng, name, fit_intercept):
    """Each target has an intercept of its own, zeros where there is none."""
    offered(candidate, name)
    X, y = rng.normal(size=(12, 3)), rng.normal(size=(12, 2)) + np.array([5.0, -7.0])
    fits = [
        getattr(impl, name)(fit_intercept=fit_intercept).fit(X, y)
        for impl in (candidate, reference)
    ]
    alpha = {"LinearRegression": 0.0, "Ridge": 1.0}[name]
    for what, part in (("coef_", slice(3)), ("intercept_", 3)):
        mine, torchs = (to_numpy(getattr(model, what)) for model in fits)
        assert mine.shape == torchs.shape

        def bound(u, part=part):
            each = [estimator_bound(u, X, target, alpha, fit_intercept)[part] for target in y.T]
            return np.array(each)

        assert_parity(mine, torchs, Bound(bound), op=name, direction=what)


def test_zeros_explain_nothing(candidate, dtype):
    offered(candidate, "least_squares", "Lasso", "Ridge")
    X, y = np.zeros((4, 2), dtype), np.array([1.0, 2.0, 3.0, 6.0], dtype)
    assert candidate.least_squares(X, y).tolist() == [0.0, 0.0]
    X[:, 1] = [0.0, 1.0, 0.0, 1.0]
    for model in (candidate.Lasso(alpha=0.01), candidate.Ridge(alpha=0.5)):
        assert model.fit(X, y).coef_.tolist()[0] == 0.0


def test_no_features(candidate, dtype):
    """What is left is the mean."""
    offered(candidate, "least_squares", "normal_equation", "Lasso", "Ridge")
    X, y = np.zeros((4, 0), dtype), np.array([1.0, 2.0, 3.0, 6.0], dtype)
    assert candidate.least_squares(X, y).tolist() == []
    assert candidate.normal_equation(X, y).tolist() == []
    for model in (candidate.Lasso(alpha=0.01), candidate.Ridge(alpha=0.5)):
        assert model.fit(X, y).predict(X).tolist() == [3.0] * 4


def test_units_far_from_each_other(candidate):
    """Powers of two as units change nothing but the exponents, though squares would overflow."""
    offered(candidate, "normal_equation")
    X, y = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 3.0]]), np.array([1.0, 3.0, 4.0])
    unit = np.array([2.0**600, 2.0**-500])
    plain, scaled = candidate.normal_equation(X, y), candidate.normal_equation(X * unit, y)
    expected = to_numpy(plain) / unit
    assert_parity(scaled, expected, EXACT, op="normal_equation", direction="other units")


@pytest.mark.parametrize("passes", [1, 2])
def test_lasso_says_that_it_has_not_arrived(candidate, rng, passes):
    """And gives the weights of as many passes over the coordinates as it was allowed."""
    offered(candidate, "Lasso")
    X, alpha = rng.normal(size=(30, 4)) + 3, 0.01
    y = X @ [1.0, -2.0, 0.5, 3.0]
    with pytest.warns(RuntimeWarning, match=f"gap is inf after {passes} passes"):
        model = candidate.Lasso(alpha, fit_intercept=False, max_iter=passes).fit(X, y)
    w, off, t = np.zeros(4), np.zeros(4), 30 * alpha
    for _ in range(passes):
        for j in range(4):
            rho = X[:, j] @ (y - X @ w + X[:, j] * w[j])
            # in units of u: sums of 30 and of 4 terms, and what the other weights are off already
            A = np.abs(X)
            off[j] = 0
            off[j] = 40 * A[:, j] @ (np.abs(y) + A @ np.abs(w)) + A[:, j] @ A @ off + t
            off[j] /= X[:, j] @ X[:, j]
            w[j] = np.sign(rho) * max(abs(rho) - t, 0) / (X[:, j] @ X[:, j])
            off[j] += 2 * abs(w[j])
    assert_parity(
        model.coef_, w, Bound(lambda u: u * off), op="Lasso", direction=f"{passes} passes"
    )


def test_lasso_with_a_large_tolerance_keeps_it(candidate, rng):
    """What it gives is no further from the optimum than it was allowed to be."""
    offered(candidate, "Lasso")
    for _ in range(20):
        X = rng.normal(size=(15, 6)) @ rng.normal(size=(6, 6))
        y, alpha, tol = rng.normal(size=15), 0.1, 0.3

        def objective(w, X=X, y=y):
            return ((y - X @ w) ** 2).sum() / 30 + 0.1 * np.abs(w).sum()

        best, loose = (
            to_numpy(candidate.Lasso(alpha, fit_intercept=False, tol=t).fit(X, y).coef_)
            for t in (1e-8, tol)
        )
        assert objective(loose) - objective(best) <= tol * (y @ y) / 15
