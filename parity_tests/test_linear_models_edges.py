"""Linear models at their limits: separated classes, condition numbers, and how far the lasso is."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

from parity_tests.instrument import covers, offered, to_numpy
from parity_tests.instrument.lacking import words

covers("LogisticRegression", "SoftmaxRegression", "normal_equation", "Lasso")

CLASSIFIERS = ["LogisticRegression", "SoftmaxRegression"]


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_separated_classes_are_seen_after_one_step(candidate, reference, name):
    """As soon as a plane separates them, however narrowly."""
    offered(candidate, name)
    X, y = [[-3.0], [-0.125], [0.125], [3.0]], [0, 0, 1, 1]
    for impl in (candidate, reference):
        with pytest.raises(ValueError, match=words(impl, "separated by a plane")):
            getattr(impl, name)(C=math.inf, max_iter=1).fit(X, y)


ANGLES = np.array([0.0, 2.0, 4.25, 0.125, 2.125, 4.0])
ROUND = np.stack([np.cos(ANGLES), np.sin(ANGLES)], 1)
#: One sample's best score of another class is above another sample's score of its own class.
UNEVEN = [[-4.0, 2.0], [0.0, 2.0], [-1.0, 0.0], [-3.0, -4.0], [-4.0, 4.0], [-1.0, -2.0]]


@pytest.mark.parametrize("X", [ROUND, UNEVEN], ids=["round", "uneven"])
def test_three_separated_classes_are_seen_after_one_step(candidate, reference, X):
    offered(candidate, "SoftmaxRegression")
    y = [0, 1, 2, 0, 1, 2]
    for impl in (candidate, reference):
        with pytest.raises(ValueError, match=words(impl, "separated by a plane")):
            impl.SoftmaxRegression(C=math.inf, max_iter=1).fit(X, y)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classes_that_the_samples_say_nothing_about(candidate, reference, name):
    """The best plane is none: all scores are 0, which separates nothing."""
    offered(candidate, name)
    X, y = [[1.0], [1.0], [-1.0], [-1.0]], [0, 1, 0, 1]
    for impl in (candidate, reference):
        model = getattr(impl, name)(C=math.inf).fit(X, y)
        assert not to_numpy(model.coef_).any()
        assert not to_numpy(model.intercept_).any()


def of_two_directions(angle: float, units: tuple[float, float, float]) -> np.ndarray:
    """Two columns with a small angle between them, a longer one at right angles, in some units.

    Of columns of length 1 the matrix XᵀX has the eigenvalues 1 ± cos(angle) and 1.
    """
    X = np.zeros((11, 3))
    X[0, 0] = 1.0
    X[:2, 1] = np.cos(angle), np.sin(angle)
    X[2:, 2] = 1.0
    return X * units


@pytest.mark.parametrize("units", [(1.0, 1.0, 1.0), (1e-100, 1.0, 1e50), (1e200, 1e-200, 1e-3)])
def test_the_condition_is_that_of_columns_of_equal_length(candidate, reference, units):
    """κ = (1 + cos φ)/(1 − cos φ) ≈ 4/φ², whatever the columns are measured in."""
    offered(candidate, "normal_equation")
    X = of_two_directions(1e-5, units)
    # torch's norm of a vector squares what overflows
    for impl in (candidate, reference) if max(units) < 1e100 else (candidate,):
        with pytest.warns(RuntimeWarning, match=r"condition number 4\.0e\+10"):
            impl.normal_equation(X, np.ones(11))


def test_a_column_of_zeros_is_singular(candidate, reference):
    offered(candidate, "normal_equation")
    X = of_two_directions(1.0, (1.0, 1.0, 0.0))
    for impl in (candidate, reference):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(ValueError, match=words(impl, "condition number is about inf")):
                impl.normal_equation(X, np.ones(11))


def test_the_lasso_says_how_far_it_is(candidate, rng):
    """The duality gap of the weights it gives, from the primal and the dual objective."""
    offered(candidate, "Lasso")
    X = rng.normal(size=(30, 8)) @ np.vander(np.linspace(0.5, 1.5, 8)) / 8
    y, alpha, passes = X @ np.ones(8) + 0.5 * rng.normal(size=30), 0.01, 30
    with pytest.warns(RuntimeWarning, match="the duality gap is") as said:
        model = candidate.Lasso(alpha, fit_intercept=False, tol=0.0, max_iter=passes).fit(X, y)
    w, t = to_numpy(model.coef_), 30 * alpha
    r = y - X @ w
    theta = r * min(1.0, t / np.abs(X.T @ r).max())
    primal = 0.5 * (r @ r) + t * np.abs(w).sum()
    dual = 0.5 * (y @ y) - 0.5 * ((y - theta) @ (y - theta))
    assert f"the duality gap is {primal - dual:.1e} after" in str(said[0].message)


@pytest.mark.parametrize("steps", [1, 2])
def test_newton_says_how_much_is_left(candidate, rng, steps):
    """Half of gᵀH⁻¹g, where the last step was taken."""
    offered(candidate, "LogisticRegression")
    X, y = rng.normal(size=(30, 2)), rng.integers(0, 2, 30)
    w = np.zeros(2)
    for _ in range(steps):
        p = 1 / (1 + np.exp(-X @ w))
        g = X.T @ (p - y) + w
        d = np.linalg.solve((X.T * p * (1 - p)) @ X + np.eye(2), g)
        w, left = w - d, g @ d / 2
    with pytest.warns(RuntimeWarning, match="still to be had") as said:
        candidate.LogisticRegression(fit_intercept=False, tol=0.0, max_iter=steps).fit(X, y)
    assert f"about {left:.1e};" in str(said[0].message)
