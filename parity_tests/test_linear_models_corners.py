"""Linear models where there is little to learn from: no features, zeros, one step, extreme scales."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from parity_tests.instrument import (
    COMPARATIVE,
    COMPARATIVE_TENSOR,
    EXACT,
    assert_parity,
    offered,
    to_numpy,
)

ESTIMATORS = ["LinearRegression", "Ridge", "Lasso", "LogisticRegression", "SoftmaxRegression"]


@pytest.mark.parametrize("name", ESTIMATORS)
def test_defaults_as_printed(candidate, reference, name):
    offered(candidate, name)
    assert repr(getattr(candidate, name)()) == repr(getattr(reference, name)())
    assert "fit_intercept=False" in repr(getattr(candidate, name)(fit_intercept=False))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_fitted_in_one_precision_used_in_another(candidate, reference, rng, name):
    """Scores and predictions have the samples' dtype, and those of the reference."""
    offered(candidate, name)
    X, y = rng.normal(size=(20, 3)), np.arange(20) % 2
    for dtype in ("float64", "float32"):
        results = []
        for impl in (candidate, reference):
            model = getattr(impl, name)().fit(X.astype(np.float64), y)
            Z = (X[:5] + 0.5).astype(dtype)
            given = [model.predict(Z)]
            if "gistic" in name or "Softmax" in name:
                given += [model.decision_function(Z), model.predict_proba(Z)]
            results.append(given)
        for mine, torchs in zip(*results, strict=True):
            assert to_numpy(mine).dtype == to_numpy(torchs).dtype
            assert_parity(mine, torchs, COMPARATIVE_TENSOR, op=name, direction=f"used in {dtype}")


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
    for what in ("coef_", "intercept_"):
        mine, torchs = (getattr(model, what) for model in fits)
        assert to_numpy(mine).shape == to_numpy(torchs).shape
        assert_parity(mine, torchs, COMPARATIVE_TENSOR, op=name, direction=what)


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
    w, t = np.zeros(4), 30 * alpha
    for _ in range(passes):
        for j in range(4):
            rho = X[:, j] @ (y - X @ w + X[:, j] * w[j])
            w[j] = np.sign(rho) * max(abs(rho) - t, 0) / (X[:, j] @ X[:, j])
    assert_parity(model.coef_, w, COMPARATIVE_TENSOR, op="Lasso", direction=f"{passes} passes")


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
            for t in (0.0, tol)
        )
        assert objective(loose) - objective(best) <= tol * (y @ y) / 15


def test_classes_as_likely(candidate):
    """A score of 0 is class 1."""
    offered(candidate, "LogisticRegression")
    X, y = np.array([[-1.0], [1.0]]), [0, 1]
    model = candidate.LogisticRegression(fit_intercept=False).fit(X, y)
    assert model.decision_function([[0.0]]).tolist() == [0.0]
    assert model.predict([[0.0]]).tolist() == [1]


def test_scores_of_every_size(candidate, reference):
    """Probabilities of samples whose scores are thousands apart, without overflow."""
    offered(candidate, "SoftmaxRegression")
    X, y = np.array([[-2.0], [-1.0], [0.0], [0.5], [2.0], [3.0]]), [0, 0, 1, 1, 2, 2]
    Z = np.array([[-1e4], [-3.0], [0.1], [1e4]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mine, torchs = (
            impl.SoftmaxRegression(C=10.0).fit(X, y).predict_proba(Z)
            for impl in (candidate, reference)
        )
    assert_parity(mine, torchs, COMPARATIVE, op="SoftmaxRegression", direction="probabilities")


FAR = [[1, 3], [100, -300], [-30, -10], [-3, 2], [0, 2], [300, -100], [-200, -200]]
FARTHER = [[300, 100], [-1, -3], [20, -10], [1, 1], [-100, -100], [30, 20]]


@pytest.mark.parametrize("C", [1.0, 1e4])
@pytest.mark.parametrize(
    ("X", "y"), [(FAR, [0, 1, 0, 0, 1, 1, 0]), (FARTHER, [0, 1, 1, 0, 1, 0])], ids=["7", "6"]
)
def test_newton_halves_steps_that_go_too_far(candidate, reference, X, y, C):
    """The same number of steps on both sides, to the same answers."""
    offered(candidate, "LogisticRegression", "SoftmaxRegression")
    for name in ("LogisticRegression", "SoftmaxRegression"):
        mine, torchs = (
            getattr(impl, name)(C=C).fit(np.array(X, float), y) for impl in (candidate, reference)
        )
        assert mine.n_iter_ == torchs.n_iter_
        assert_parity(mine.predict(X), torchs.predict(X), EXACT, op=name)


@pytest.mark.parametrize("steps", [1, 2])
def test_newton_says_that_it_has_not_arrived(candidate, rng, steps):
    """And gives the weights of as many steps as it was allowed."""
    offered(candidate, "LogisticRegression")
    X, y = rng.normal(size=(30, 2)), rng.integers(0, 2, 30)
    with pytest.warns(RuntimeWarning, match=f"{steps} steps were not enough"):
        model = candidate.LogisticRegression(fit_intercept=False, tol=0.0, max_iter=steps).fit(X, y)
    w = np.zeros(2)
    for _ in range(steps):
        p = 1 / (1 + np.exp(-X @ w))
        w -= np.linalg.solve((X.T * p * (1 - p)) @ X + np.eye(2), X.T @ (p - y) + w)
    assert model.n_iter_ == steps
    assert_parity(model.coef_, w, COMPARATIVE_TENSOR, op="LogisticRegression", direction="steps")


def test_equal_columns_without_a_penalty(candidate, rng):
    """The system of Newton's method is singular; its shortest step shares the weight."""
    offered(candidate, "LogisticRegression")
    x, y = rng.integers(-8, 9, 40) / 4.0, rng.integers(0, 2, 40)
    one, two = (
        candidate.LogisticRegression(C=np.inf, fit_intercept=False).fit(X, y).coef_
        for X in (x[:, None], np.stack([x, x], 1))
    )
    twice = 2 * to_numpy(two)
    op = "LogisticRegression"
    assert_parity(twice, np.repeat(to_numpy(one), 2), COMPARATIVE_TENSOR, op=op, direction="weight")


def test_samples_of_every_size(candidate, reference):
    """The optimum for samples that are thousands apart, which Newton's method passes on its way."""
    offered(candidate, "SoftmaxRegression", "LogisticRegression")
    X = np.array([[-2e3], [-1.0], [0.0], [0.5], [2.0], [3e3], [1.0], [-1.5]])
    for name, y in (
        ("SoftmaxRegression", [0, 0, 1, 1, 2, 2, 0, 2]),
        ("LogisticRegression", [0, 0, 1, 0, 1, 1, 0, 1]),
    ):
        mine, torchs = (getattr(impl, name)(C=1.0).fit(X, y) for impl in (candidate, reference))
        assert mine.n_iter_ == torchs.n_iter_
        assert_parity(mine.predict(X), torchs.predict(X), EXACT, op=name)
