"""Linear models: what they are to agree with besides each other, and what must be seen of them."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

from parity_tests.instrument import (
    EXACT,
    Bound,
    assert_parity,
    dot_bound,
    offered,
    to_numpy,
    to_tensor,
)
from parity_tests.test_linear_models import (
    ESTIMATORS,
    estimator_bound,
    gram_bound,
    normal_equation_bound,
    optimum_bound,
    solution_bound,
)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("LinearRegression", {}),
        *(("Ridge", {"alpha": alpha}) for alpha in (0.01, 1.0, 10.0)),
        *(("Lasso", {"alpha": alpha}) for alpha in (0.01, 0.1, 1.0)),
    ],
)
def test_scikit_learn_has_the_same_coefficients(impl, name, options):
    datasets, sk = (
        pytest.importorskip("sklearn.datasets"),
        pytest.importorskip("sklearn.linear_model"),
    )
    X, y = datasets.load_diabetes(return_X_y=True)
    precise = {"tol": 1e-14, "max_iter": 10**6} if name == "Lasso" else {}
    theirs = getattr(sk, name)(**options, **precise).fit(X, y)
    ours = getattr(impl, name)(**options).fit(X, y)
    weights, expected = (np.append(to_numpy(m.coef_), m.intercept_) for m in (ours, theirs))
    bound = estimator_bound if name == "LinearRegression" else gram_bound
    tier = Bound(lambda u: bound(u, X, y, **options))
    assert_parity(weights, expected, tier, op=name, direction="weights")


def probability_bound(u, X, y, C):
    """|δp| ≤ Σ |∂p/∂z| |δz| ≤ |δz|/2, z the logits of weights that are off by their own bound."""
    moved = optimum_bound(u, X, y, C, True)
    classes = len(moved) // (X.shape[1] + 1)
    weights = moved[:-classes].reshape(classes, -1)
    largest = (np.abs(X) @ weights.T + moved[-classes:]).max(1, keepdims=True)
    return np.broadcast_to(largest / 2 + 4 * u, (len(X), max(classes, 2)))


@pytest.mark.parametrize("C", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("name", ["LogisticRegression", "SoftmaxRegression"])
def test_scikit_learn_has_the_same_classifier(impl, name, C):
    datasets, sk = (
        pytest.importorskip("sklearn.datasets"),
        pytest.importorskip("sklearn.linear_model"),
    )
    X, y = datasets.load_iris(return_X_y=True)
    if name == "LogisticRegression":
        X, y = X[y > 0], y[y > 0] - 1
    theirs = sk.LogisticRegression(C=C, solver="newton-cholesky", tol=1e-14, max_iter=1000).fit(
        X, y
    )
    ours = getattr(impl, name)(C=C).fit(X, y)
    weights, expected = (
        np.append(np.ravel(to_numpy(m.coef_)), to_numpy(m.intercept_)) for m in (ours, theirs)
    )
    tier = Bound(lambda u: optimum_bound(u, X, y, C, True))
    assert_parity(weights, expected, tier, op=name, direction="weights")
    assert_parity(to_numpy(ours.predict(X)), theirs.predict(X), EXACT, op=name, direction="predict")
    p, expected = to_numpy(ours.predict_proba(X)), theirs.predict_proba(X)
    tier = Bound(lambda u: probability_bound(u, X, y, C))
    assert_parity(p, expected, tier, op=name, direction="predict_proba")


def test_the_normal_equation_says_how_many_digits_are_left(impl):
    H = 1.0 / (np.arange(9)[:, None] + np.arange(6) + 1)
    w = np.ones(6)
    with pytest.warns(RuntimeWarning, match="about 3 of 16 digits"):
        impl.normal_equation(H, H @ w)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        solution = to_numpy(impl.least_squares(H, H @ w))
    tier = Bound(lambda u: solution_bound(u, H, H @ w))
    assert_parity(solution, w, tier, op="least_squares", direction="ill-conditioned")


def test_units_of_measurement_cost_no_digits(impl, rng):
    X = rng.normal(size=(30, 3)) * [1.0, 1e9, 1e-9]
    w = np.array([1.0, 2e-9, 3e9])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        solution = to_numpy(impl.normal_equation(X, X @ w)) / w
    tier = Bound(lambda u: normal_equation_bound(u, X * w, (X * w).sum(1)))
    assert_parity(solution, np.ones(3), tier, op="normal_equation", direction="scaled")


def test_columns_that_depend_on_each_other_share_their_weight(impl):
    X, y = np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]), np.array([2.0, 4.0, 6.0])
    tier = Bound(lambda u: 8 * u * np.ones(2))
    assert_parity(
        to_numpy(impl.least_squares(X, y)),
        np.ones(2),
        tier,
        op="least_squares",
        direction="rank 1",
    )
    wide = to_numpy(impl.least_squares(X[:1], y[:1]))
    assert_parity(wide, np.ones(2), tier, op="least_squares", direction="N < D")


def test_lasso_sets_weights_to_exactly_zero_and_ridge_does_not(impl, rng):
    X = rng.normal(size=(50, 6))
    y = X[:, 0] - 2 * X[:, 1] + 0.1 * rng.normal(size=50)
    lasso, ridge = impl.Lasso(alpha=0.2).fit(X, y), impl.Ridge(alpha=20.0).fit(X, y)
    assert (to_numpy(lasso.coef_)[2:] == 0).all()
    assert (to_numpy(lasso.coef_)[:2] != 0).all()
    assert (to_numpy(ridge.coef_) != 0).all()
    nothing = impl.Lasso(alpha=1e3).fit(X, y)
    assert (to_numpy(nothing.coef_) == 0).all()
    assert_parity(
        to_numpy(nothing.intercept_),
        np.asarray(y.mean()),
        Bound(lambda u: dot_bound(len(y), np.abs(y).mean(), u)),
        op="Lasso",
        direction="b",
    )


def test_softmax_with_two_classes_is_logistic_regression(impl, rng):
    X = rng.normal(size=(80, 3))
    y = (X[:, 0] + rng.normal(size=80) > 0).astype(np.int64)
    two = to_numpy(impl.SoftmaxRegression(C=math.inf).fit(X, y).predict_proba(X))
    one = to_numpy(impl.LogisticRegression(C=math.inf).fit(X, y).predict_proba(X))
    tier = Bound(lambda u: probability_bound(u, X, y, math.inf))
    assert_parity(two, one, tier, op="SoftmaxRegression", direction="two classes")


def test_arguments_are_left_alone(candidate, rng, dtype):
    offered(candidate, *ESTIMATORS)
    X, y = rng.normal(size=(20, 3)).astype(dtype), (rng.random(20) > 0.5).astype(dtype)
    given = to_tensor(candidate, X), to_tensor(candidate, y)
    for name in ESTIMATORS:
        model = getattr(candidate, name)().fit(*given)
        assert str(to_numpy(model.coef_).dtype) == str(to_numpy(model.intercept_).dtype) == dtype
    assert_parity(given, (X, y), EXACT, op="fit", direction="inputs")
