"""Classifiers where Newton's method has a hard way: steps too far, flat directions, units far apart."""

from __future__ import annotations

import warnings
from importlib import import_module

import numpy as np
import pytest

from parity_tests.instrument import (
    COMPARATIVE,
    EXACT,
    Bound,
    assert_parity,
    offered,
    to_numpy,
)
from parity_tests.instrument.tolerances import UNIT_ROUNDOFF
from parity_tests.test_linear_models import optimum_bound

CLASSIFIERS = ["LogisticRegression", "SoftmaxRegression"]


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


def test_one_sample_far_beyond_the_others(candidate, reference):
    """Its scores are thousands, theirs are not: each sample is shifted by its own largest."""
    offered(candidate, "SoftmaxRegression")
    X = np.array([[-1.0], [-0.5], [0.0], [0.5], [1.0], [1.5], [4000.0]])
    y = np.array([0, 1, 0, 2, 1, 2, 2])
    mine, torchs = (impl.SoftmaxRegression().fit(X, y).coef_ for impl in (candidate, reference))
    tier = Bound(lambda u: optimum_bound(u, X, y, 1.0, True)[:3, None])
    assert_parity(mine, torchs, tier, op="SoftmaxRegression", direction="far samples")


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
    w, off = np.zeros(2), np.zeros(2)
    A = np.abs(X)
    for _ in range(steps):
        p = 1 / (1 + np.exp(-X @ w))
        H, g = (X.T * p * (1 - p)) @ X + np.eye(2), X.T @ (p - y) + w
        d = np.linalg.solve(H, g)
        # in units of u: p from 3 terms and 8 roundings, sums of 30; in ∂²f of what w is off already
        off_p = p * (1 - p) * (3 * A @ np.abs(w)) + 8 * p
        off_g = A.T @ (off_p + 32 * np.abs(p - y)) + 2 * np.abs(w)
        off_H = (A.T * (off_p + 35 * p * (1 - p))) @ A + np.abs(H) + 24 * np.abs(H).max()
        carried = A.T @ (np.abs(p * (1 - p) * (1 - 2 * p) * (X @ d)) * (A @ off))
        off = np.abs(np.linalg.inv(H)) @ (off_g + off_H @ np.abs(d) + carried)
        w -= d
        off += np.abs(w)
    assert model.n_iter_ == steps
    tier = Bound(lambda u: u * off)
    assert_parity(model.coef_, w, tier, op="LogisticRegression", direction="steps")


def fitted(impl, name, X, y):
    """The weights without a penalty and an intercept, (K, D)."""
    model = getattr(impl, name)(C=np.inf, fit_intercept=False).fit(X, y)
    return np.atleast_2d(to_numpy(model.coef_))


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_column_of_zeros_says_nothing(impl, rng, name):
    """The curvature along it is 0, and no unit of it is one."""
    offered(impl, name)
    X, y = rng.normal(size=(40, 2)), rng.integers(0, 2, 40)
    plain, padded = (fitted(impl, name, Z, y) for Z in (X, np.pad(X, ((0, 0), (0, 1)))))
    tier = Bound(lambda u: optimum_bound(u, X, y, np.inf, False)[:2])
    assert_parity(padded[:, :2], plain, tier, op=name, direction="a column of zeros")
    assert np.isfinite(padded).all()


@pytest.mark.parametrize("unit", [1.0, 1000.0])
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_dependent_columns_without_a_penalty(impl, rng, name, unit):
    """The system of Newton's method is singular but for its rounding errors, which say nothing.

    Its shortest step, in units of the columns, gives both the same part of every score.
    """
    offered(impl, name)
    x, y = rng.integers(-8, 9, 40) / 4.0, rng.integers(0, 2, 40)
    x[:4], y[:4] = [2.0, -2.0, 2.0, -2.0], [0, 0, 1, 1]  # no plane separates these
    one, two = (fitted(impl, name, X, y) for X in (x[:, None], np.stack([x, unit * x], 1)))
    z = x * (one[-1] - one[0] if len(one) > 1 else one[0])
    p = 1 / (1 + np.exp(-z))
    # a weight by the slope's 40 terms and 10 roundings of p over the curvature, on both sides; the
    # direction of a step by 8√40 roundings of the entries of H
    slope = np.abs(x) @ (40 * np.abs(p - y) + 10 * p + 2 * p * (1 - p) * np.abs(z))
    off = slope / (x * x @ (p * (1 - p)))
    tier = Bound(lambda u: u * (2 * off + 64 * np.abs(one).max()))
    parts, halves = two * [1.0, unit], np.repeat(one / 2, 2, axis=1)
    assert_parity(parts, halves, tier, op=name, direction="dependent columns")


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_columns_in_units_far_from_each_other(impl, rng, name):
    """Powers of two as units are factors of the weights."""
    offered(impl, name)
    X, y = rng.normal(size=(40, 3)), rng.integers(0, 2, 40)
    unit = np.array([2.0**30, 2.0**-30, 1.0])
    plain, scaled = (fitted(impl, name, Z, y) for Z in (X, X * unit))
    tier = Bound(lambda u: optimum_bound(u, X, y, np.inf, False)[:3])
    assert_parity(scaled * unit, plain, tier, op=name, direction="other units")


def inside(candidate, module):
    """A module behind scratch.linear_models; other candidates have none."""
    if candidate.__name__ != "scratch":
        pytest.skip("looks inside scratch")
    return import_module(f"scratch.linear_models.{module}")


def test_what_is_less_than_the_noise_of_so_many_samples_takes_no_step(candidate):
    """The eigenvalues of H are 2 − δ and δ; along the second, H⁻¹ g would be a step of 10¹³."""
    u = UNIT_ROUNDOFF["float64"]
    delta = 1024 * u  # of 2¹⁴ samples, 8ε·128 = 2048 u and less is noise
    H = np.array([[1.0, 1.0 - delta], [1.0 - delta, 1.0]])
    step = inside(candidate, "newton").newton_step(H, np.array([3.0, 1.0]), 2**14)
    along = np.full(2, 2.0 / (2.0 - delta))
    # 16 roundings each of the two factors of the SVD, whose values are 2 apart, of slope and product
    tier = Bound(lambda u: 64 * u * along)
    assert_parity(step, along, tier, op="newton_step")


def test_the_hessian_is_held_where_all_intercepts_move_together(candidate):
    """By h hᵀ/Σh, h the diagonal: [[1, −1], [−1, 1]] becomes this, all in halves."""
    A = np.array([[1.0, 1.0], [-1.0, 1.0], [3.0, 1.0], [-3.0, 1.0]])
    labels, penalty = np.array([0, 1, 0, 1]), np.array([2.0, 0.0])
    made = inside(candidate, "softmax")._SoftmaxObjective(A, labels, 2, penalty)
    _, H = made.derivatives(np.zeros(4))
    expected = np.array([[7.0, 0.0, -5.0, 0.0], [0.0, 1.5, 0.0, -0.5],
                         [-5.0, 0.0, 7.0, 0.0], [0.0, -0.5, 0.0, 1.5]])  # fmt: skip # a matrix
    assert_parity(H, expected, EXACT, op="SoftmaxRegression", direction="Hessian")


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
