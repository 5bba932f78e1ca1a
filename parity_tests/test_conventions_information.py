"""Conventions of divergences, Gaussian likelihood and scores: which argument comes first, and units.

Every test shows the textbook's form and PyTorch's, on both sides. CONVENTIONS.md has the table.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from parity_tests.conventions import same, slope, value
from parity_tests.instrument import COMPARATIVE, offered

P, Q = np.array([[0.5, 0.25, 0.25], [0.125, 0.75, 0.125]]), np.array([[0.25, 0.25, 0.5]] * 2)


def torchs_kl(reduction: str) -> Any:
    """PyTorch's call for KL(p‖q): log q first, then p."""
    return lambda m, p, q: m.kl_div(q.log(), p, reduction=reduction)


def test_kl_div_takes_log_q_first(impl):
    """KL(p‖q) is kl_div(log q, p); in the order of the formula it gives something else."""
    offered(impl, "kl_div", "kl_divergence")
    formula = value(impl, lambda m, p, q: m.kl_divergence(p, q).sum(), P, Q)
    same("kl_div", value(impl, torchs_kl("sum"), P, Q), formula, COMPARATIVE)
    other = value(impl, lambda m, p, q: m.kl_div(p.log(), q, reduction="sum"), P, Q)
    reverse = value(impl, lambda m, p, q: m.kl_divergence(q, p).sum(), P, Q)
    same("kl_div", other, reverse, COMPARATIVE)
    without_log = value(impl, lambda m, p, q: m.kl_div(q, p, reduction="sum"), P, Q)
    assert without_log < 0 < min(formula, reverse)  # a divergence is never negative


@pytest.mark.filterwarnings("ignore:reduction")
def test_mean_of_kl_div_is_no_divergence(impl):
    """ "batchmean" averages over the N samples, as the formula; "mean" over all N·C elements."""
    offered(impl, "kl_div", "kl_divergence")
    formula = value(impl, lambda m, p, q: m.kl_divergence(p, q).mean(), P, Q)
    same("kl_div", value(impl, torchs_kl("batchmean"), P, Q), formula, COMPARATIVE)
    same("kl_div", value(impl, torchs_kl("mean"), P, Q) * 3, formula, COMPARATIVE)


def test_gaussian_nll_loss_takes_a_variance_and_drops_a_constant(impl):
    """gaussian_nll is −log N(t; μ, σ); PyTorch's takes σ², and leaves ½ log 2π out unless full."""
    offered(impl, "gaussian_nll_loss", "gaussian_nll")
    mean, target, std = [0.5, -1.0], np.array([1.0, 1.0]), np.array([0.5, 2.0])

    def formula(m: Any, mean: Any) -> Any:
        return m.gaussian_nll(mean, m.tensor(target), m.tensor(std))

    def torchs(m: Any, mean: Any, **options: Any) -> Any:
        return m.gaussian_nll_loss(mean, m.tensor(target), m.tensor(std**2), **options)

    def full(m: Any, mean: Any) -> Any:
        return torchs(m, mean, full=True)

    whole, bare = value(impl, formula, mean), value(impl, torchs, mean)
    same("gaussian_nll_loss", value(impl, full, mean), whole, COMPARATIVE)
    same("gaussian_nll_loss", bare + math.log(2 * math.pi) / 2, whole, COMPARATIVE)
    for f in (torchs, full):
        same("gaussian_nll_loss", slope(impl, f, mean), slope(impl, formula, mean), COMPARATIVE)


def test_gaussian_nll_of_unit_variance_is_half_the_squared_error(impl):
    """Maximum likelihood and least squares: the same gradient, the loss ½Σ up to a constant."""
    offered(impl, "gaussian_nll", "mse_loss")
    y, t = [0.5, -1.0, 2.0], np.array([1.0, 1.0, -2.0])

    def nll(m: Any, y: Any) -> Any:
        return m.gaussian_nll(y, m.tensor(t), reduction="sum")

    def half_sum(m: Any, y: Any) -> Any:
        return m.mse_loss(y, m.tensor(t), reduction="sum") * 0.5

    constant = 3 * math.log(2 * math.pi) / 2
    same("gaussian_nll", value(impl, nll, y), value(impl, half_sum, y) + constant, COMPARATIVE)
    same("gaussian_nll", slope(impl, nll, y), slope(impl, half_sum, y))


def test_information_is_counted_in_nats(impl):
    """Shannon's bits are nats / log 2: eight equal chances are 3 bits."""
    offered(impl, "entropy", "distribution_cross_entropy", "kl_divergence")
    eight, certain = [0.125] * 8, [1.0] + [0.0] * 7
    nats = value(impl, lambda m, p: m.entropy(p), eight)
    same("entropy", nats, 3 * math.log(2), COMPARATIVE)
    for f in (
        lambda m, p, q: m.distribution_cross_entropy(p, q),
        lambda m, p, q: m.kl_divergence(p, q),
    ):
        same("kl_divergence", value(impl, f, certain, eight), 3 * math.log(2), COMPARATIVE)


def test_the_prediction_comes_first(impl):
    """(input, target) in every loss and metric; scikit-learn, and the seminar's code, have y_true first."""
    offered(impl, "mean_squared_error", "r2_score", "confusion_matrix", "mse_loss")
    sklearn = pytest.importorskip("sklearn.metrics")
    y_pred, y_true = [2.5, 0.0, 2.0, 8.0], [3.0, -0.5, 2.0, 7.0]
    same("mean_squared_error", impl.mean_squared_error(y_pred, y_true), 0.375)
    same("mean_squared_error", impl.mean_squared_error(y_true, y_pred), 0.375)  # symmetric
    ours = impl.r2_score(y_pred, y_true)
    same("r2_score", ours, sklearn.r2_score(y_true, y_pred), COMPARATIVE)
    assert ours != impl.r2_score(y_true, y_pred)
    labels, truth = [0, 1, 1, 1], [0, 0, 0, 1]
    counts = impl.confusion_matrix(labels, truth).tolist()
    assert counts == sklearn.confusion_matrix(truth, labels).tolist() == [[1, 2], [0, 1]]
    assert impl.confusion_matrix(truth, labels).tolist() == [[1, 0], [2, 1]]
