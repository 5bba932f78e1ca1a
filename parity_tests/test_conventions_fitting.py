"""Conventions of fitting without a network: how a penalty weighs against the data, and spread.

PyTorch has no linear models; scikit-learn's objectives are the ones that people compare with.
Every test shows both forms, on both sides. CONVENTIONS.md has the table.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from parity_tests.conventions import same
from parity_tests.instrument import COMPARATIVE, offered, to_numpy
from parity_tests.instrument.lacking import words

ONES, Y = np.ones((4, 1)), np.array([1.0, 2.0, 4.0, 9.0])  # N = 4, mean 4


def weight(impl: Any, model: str, X: np.ndarray, y: np.ndarray, **options: Any) -> np.ndarray:
    offered(impl, model)
    return to_numpy(getattr(impl, model)(fit_intercept=False, **options).fit(X, y).coef_)


def test_ridge_weighs_the_sum_of_squares(impl):
    """‖y − Xw‖² + α‖w‖², so α that goes with a mean is α/N of it: here w = Σy/(N + α)."""
    same("Ridge", weight(impl, "Ridge", ONES, Y, alpha=4.0), [16 / (4 + 4)], COMPARATIVE)
    of_mean = 4.0  # (1/N)‖y − Xw‖² + 4‖w‖²: w = 4/(1 + 4)
    same("Ridge", weight(impl, "Ridge", ONES, Y, alpha=4 * of_mean), [4 / (1 + 4)], COMPARATIVE)
    twice = np.vstack([ONES, ONES]), np.append(Y, Y)
    same("Ridge", weight(impl, "Ridge", *twice, alpha=8.0), [16 / (4 + 4)], COMPARATIVE)


def test_lasso_weighs_half_the_mean(impl):
    """1/(2N)‖y − Xw‖² + α‖w‖₁: w = S(4, α). With ½Σ it is S(16, α)/4, with the mean S(4, α/2)."""
    for alpha, forms in ((1.0, (4 - 1, 4 - 1 / 4, 4 - 1 / 2)), (8.0, (0, 2, 0))):
        for scale, expected in zip((1.0, 1 / 4, 1 / 2), forms, strict=True):
            found = weight(impl, "Lasso", ONES, Y, alpha=alpha * scale)
            same("Lasso", found, [expected], COMPARATIVE)


def test_the_intercept_is_not_penalized(impl):
    """Textbooks with w₀ among the weights shrink it, too; then the fit follows the origin of y."""
    offered(impl, "Ridge")
    x = np.array([[-1.0], [1.0], [-1.0], [1.0]])
    apart = impl.Ridge(alpha=4.0).fit(x, Y)
    same("Ridge", to_numpy(apart.intercept_), 4, COMPARATIVE)
    same("Ridge", to_numpy(apart.coef_), [6 / (4 + 4)], COMPARATIVE)
    inside = weight(impl, "Ridge", np.hstack([ONES, x]), Y, alpha=4.0)
    same("Ridge", inside, [16 / (4 + 4), 6 / (4 + 4)], COMPARATIVE)


def test_logistic_regression_is_penalized_by_default(impl):
    """Maximum likelihood is C = ∞: with 3 of 4 right, w = log 3. C = 1 adds ½w² and holds it back."""
    x, labels = np.repeat([[1.0], [-1.0]], 4, axis=0), np.array([1, 1, 1, 0, 0, 0, 0, 1])
    likelihood = weight(impl, "LogisticRegression", x, labels, C=math.inf)
    same("LogisticRegression", likelihood, [math.log(3)], COMPARATIVE)
    default = weight(impl, "LogisticRegression", x, labels)
    assert 0 < default < likelihood
    same("LogisticRegression", weight(impl, "LogisticRegression", x, labels, C=1.0), default)
    root = 0.68362383875775137  # of 8 (σ(w) − ¾) + w/C = 0
    same("LogisticRegression", default, [root], COMPARATIVE)


def test_standard_deviation_of_standardize(impl):
    """1/N, as in scikit-learn; statistics and torch.std have 1/(N − 1): correction=1."""
    offered(impl, "standardize")
    torch = pytest.importorskip("torch")
    column = np.array([[1.0], [2.0], [6.0], [7.0]])
    for options, squared in (({}, 26 / 4), ({"correction": 1}, 26 / 3)):
        std = to_numpy(impl.standardize(column, **options)[2])
        same("standardize", std, [math.sqrt(squared)], COMPARATIVE)
    same("standardize", float(torch.std(torch.tensor(column))), math.sqrt(26 / 3), COMPARATIVE)


def test_more_samples_than_columns_may_be_solved_exactly(impl):
    """Printed: with more rows than columns there is no solution. Noise decides, not the count."""
    offered(impl, "normal_equation", "least_squares")
    X = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])
    for solve in (impl.normal_equation, impl.least_squares):
        same(solve.__name__, to_numpy(solve(X, X @ [1.0, 2.0])), [1, 2], COMPARATIVE)
        noisy = X @ to_numpy(solve(X, np.array([1.0, 3.0, 6.0]))) - [1.0, 3.0, 6.0]
        assert (noisy != 0).all()


def test_enough_samples_are_not_enough(impl):
    """Printed: n ≥ m is what it takes. The columns must be independent, too; XᵀX is singular if not."""
    offered(impl, "normal_equation", "least_squares")
    X = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [4.0, 8.0]])
    y = X @ [5.0, 0.0]
    with pytest.raises(ValueError, match=words(impl, "singular")):
        impl.normal_equation(X, y)
    same("least_squares", to_numpy(impl.least_squares(X, y)), [1, 2], COMPARATIVE)  # the shortest
    same("normal_equation", to_numpy(impl.normal_equation(X[:, :1], y)), [5], COMPARATIVE)
