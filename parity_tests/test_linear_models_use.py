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
    tolerances,
)
from parity_tests.test_linear_models import ESTIMATORS, normal_equation_bound, solution_bound


def relative(row):
    """At most the table's `row` of the largest coefficient."""
    constant = getattr(tolerances, row).value
    reason = "two solvers to the optimum: the table's distance, not the size of their roundings"

    def tier(expected):
        return Bound(lambda u: np.full(expected.shape, constant * np.abs(expected).max()), reason)

    return tier


THIRD_OPINION, THIRD_OPINION_ITERATED = (
    relative("THIRD_OPINION"),
    relative("THIRD_OPINION_ITERATED"),
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
    assert_parity(
        to_numpy(ours.coef_),
        theirs.coef_,
        THIRD_OPINION(theirs.coef_),
        op=name,
        direction="coef_",
    )
    intercept = np.asarray(theirs.intercept_)
    assert_parity(
        to_numpy(ours.intercept_), intercept, THIRD_OPINION(intercept), op=name, direction="b"
    )


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
    theirs = sk.LogisticRegression(C=C, solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(
        X, y
    )
    expected = theirs.coef_ if len(theirs.coef_) > 1 else theirs.coef_[0]
    ours = getattr(impl, name)(C=C).fit(X, y)
    assert_parity(
        to_numpy(ours.coef_),
        expected,
        THIRD_OPINION_ITERATED(expected),
        op=name,
        direction="coef_",
    )
    assert_parity(to_numpy(ours.predict(X)), theirs.predict(X), EXACT, op=name, direction="predict")
    p = theirs.predict_proba(X)
    assert_parity(
        to_numpy(ours.predict_proba(X)),
        p,
        THIRD_OPINION_ITERATED(p),
        op=name,
        direction="predict_proba",
    )


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
    assert_parity(two, one, THIRD_OPINION(one), op="SoftmaxRegression", direction="two classes")


def test_arguments_are_left_alone(candidate, rng, dtype):
    offered(candidate, *ESTIMATORS)
    X, y = rng.normal(size=(20, 3)).astype(dtype), (rng.random(20) > 0.5).astype(dtype)
    given = to_tensor(candidate, X), to_tensor(candidate, y)
    for name in ESTIMATORS:
        model = getattr(candidate, name)().fit(*given)
        assert str(to_numpy(model.coef_).dtype) == str(to_numpy(model.intercept_).dtype) == dtype
    assert_parity(given, (X, y), EXACT, op="fit", direction="inputs")
