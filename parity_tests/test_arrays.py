"""Data as users hand it in: lists, integers, unsigned counts, arrays whose sum overflows."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from parity_tests.instrument import Bad, bad_cases, covers, offered

covers("accuracy", "logit", "odds", "gaussian_nll", "categorical_nll", "polynomial_features")
covers("standardize", "LinearRegression", "Lasso", "Ridge")

MATRIX = [[0, 1], [2, 3]]
MADE_OF_INTEGERS = {
    "logit": lambda impl: impl.logit([0, 1], eps=0.25),
    "odds": lambda impl: impl.odds([0, 0]),
    "gaussian_nll": lambda impl: impl.gaussian_nll([0, 1], [1, 1]),
    "categorical_nll": lambda impl: impl.categorical_nll(MATRIX[:1], [1]),
    "polynomial_features": lambda impl: impl.polynomial_features(MATRIX, 2),
    "standardize": lambda impl: impl.standardize(MATRIX)[0],
    "LinearRegression": lambda impl: impl.LinearRegression().fit(MATRIX, [0, 1]).predict(MATRIX),
    "Ridge": lambda impl: impl.Ridge().fit(np.array(MATRIX), np.array([0, 1])).coef_,
}


@pytest.mark.parametrize("what", MADE_OF_INTEGERS)
def test_integers_are_taken_for_float32(candidate, reference, what):
    offered(candidate, what)
    for impl in (candidate, reference):
        assert str(MADE_OF_INTEGERS[what](impl).dtype).endswith("float32")


@pytest.mark.parametrize("kind", ["uint16", "uint32", "uint64", "longdouble"])
def test_labels_of_any_real_dtype(candidate, kind):
    """Also those that no tensor has."""
    offered(candidate, "accuracy")
    assert candidate.accuracy(np.array([0, 1, 1], kind), np.array([0, 1, 0], kind)) == 2 / 3


@pytest.mark.parametrize("values", [[3e38, 3e38], [3e38, 1.0, 3e38]])
def test_finite_values_whose_sum_is_not(candidate, values):
    """They pass, and NumPy's warning about the sum is none of the user's business."""
    offered(candidate, "standardize")
    X = np.array([values], np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert candidate.standardize(X)[1].tolist() == X[0].tolist()


def test_the_sum_of_both_infinities_is_no_warning(candidate):
    """Only an error that says which value it is."""
    offered(candidate, "standardize")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match=r"finite, got inf at index \(0, 1\)"):
            candidate.standardize([[1.0, np.inf], [-np.inf, 1.0]])


OPTIONS = [("Ridge", "alpha"), ("Lasso", "alpha"), ("Lasso", "tol")]


def made(name, option, value):
    return lambda impl: getattr(impl, name)(**{option: value})


HINT = "got (2,); one feature is a column: X.reshape(-1, 1)"
BAD = [
    Bad("standardize", lambda impl: impl.standardize([1.0, 2.0]), ValueError, HINT),
    *(
        Bad(name, made(name, option, bad), ValueError, says)
        for name, option in OPTIONS
        for bad, says in ((-1.0, "must be ≥ 0, got -1.0"), (float("nan"), "must be ≥ 0, got nan"))
    ),
]


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)


def test_a_hint_is_given_where_it_helps(candidate):
    """A cube has no one feature."""
    offered(candidate, "standardize")
    with pytest.raises(ValueError, match=r"got \(1, 1, 1\)$"):
        candidate.standardize(np.zeros((1, 1, 1)))


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_options_from_zero_on_are_kept_as_floats(candidate, name, option):
    offered(candidate, name)
    for value in (0, 0.5):
        kept = getattr(getattr(candidate, name)(**{option: value}), option)
        assert (type(kept), kept) == (float, value)
