"""Conventions of losses and likelihoods: what is summed, divided, clamped, and what goes in.

Every test shows the textbook's form and PyTorch's, on both sides. CONVENTIONS.md has the table.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import scratch
from parity_tests.conventions import same, slope, slopes, value
from parity_tests.instrument import COMPARATIVE, offered, to_numpy

Y, T = np.array([1.5, -2.0, 0.5, 4.0]), np.array([1.0, 2.0, -0.5, 4.0])
INF = float("inf")

#: The squared error as it is written, as a multiple of Σ (y − t)² for N samples.
SQUARED_ERRORS: dict[str, tuple[Any, Any]] = {
    "mean, 1/N": (lambda m, y, t: m.mse_loss(y, t), lambda N: 1 / N),
    "half the mean, 1/(2N)": (lambda m, y, t: m.mse_loss(y, t) * 0.5, lambda N: 1 / (2 * N)),
    "half the sum, ½Σ": (lambda m, y, t: m.mse_loss(y, t, reduction="sum") * 0.5, lambda N: 1 / 2),
    "sum, Σ": (lambda m, y, t: m.mse_loss(y, t, reduction="sum"), lambda N: 1.0),
}


@pytest.mark.parametrize("form", SQUARED_ERRORS)
def test_squared_errors_differ_by_a_factor(impl, form):
    """Values and gradients in that ratio, so the same minimum; ½Σ has the gradient y − t itself."""
    offered(impl, "mse_loss")
    loss, factor = SQUARED_ERRORS[form]
    d, c = Y - T, factor(len(Y))
    same("mse_loss", value(impl, loss, Y, T), c * (d @ d))
    same("mse_loss", slope(impl, loss, Y, T), 2 * c * d)
    same("mse_loss", slope(impl, loss, T, T), np.zeros(4))


def test_the_order_of_the_difference_does_not_matter(impl):
    """(t − y)² and (y − t)²: the minus that comes out once comes out twice."""
    offered(impl, "mse_loss")
    by_prediction, by_target = slopes(impl, lambda m, y, t: m.mse_loss(y, t), Y, T)
    swapped = slopes(impl, lambda m, y, t: m.mse_loss(t, y), Y, T)
    same("mse_loss", [by_prediction, by_target], swapped)
    same("mse_loss", by_target, -by_prediction)


def test_mean_counts_elements_not_samples(impl):
    """For vectors the textbook's (1/N) Σ ‖y − t‖² is C times PyTorch's mean; for scalars they agree."""
    offered(impl, "mse_loss")
    y, t = Y.reshape(2, 2), T.reshape(2, 2)
    per_sample = ((y - t) ** 2).sum(1).mean()
    same("mse_loss", value(impl, lambda m, y, t: m.mse_loss(y, t), y, t) * 2, per_sample)
    column = value(impl, lambda m, y, t: m.mse_loss(y, t), y[:, :1], t[:, :1])
    same("mse_loss", column, ((y - t)[:, :1] ** 2).sum(1).mean())


def test_the_perceptron_loss_is_a_sum(impl):
    """Its textbook form is one, and then a step of size η is the perceptron rule; others average."""
    offered(impl, "perceptron_loss", "mse_loss")
    s, y = [-1.0, 2.0, -3.0, 0.5], np.array([1.0, 1.0, 1.0, -1.0])

    def loss(m: Any, s: Any, **options: Any) -> Any:
        return m.perceptron_loss(s, m.tensor(y), **options)

    same("perceptron_loss", value(impl, loss, s), 4.5)
    same("perceptron_loss", slope(impl, loss, s), [-1, 0, -1, 1])
    mean = value(impl, lambda m, s: loss(m, s, reduction="mean"), s)
    same("perceptron_loss", mean * 4, value(impl, loss, s))


def test_weighted_means(impl):
    """Σ w ℓ / Σ w, a weighted mean, for all but huber_loss and BCE, which divide by n."""
    offered(impl, "mse_loss", "huber_loss", "binary_cross_entropy_with_logits", "cross_entropy")
    w, d = np.array([1.0, 2.0, 4.0, 1.0]), np.array([1.0, 0.5, 0.25, 1.0])

    def by(loss: str, scale: float) -> Any:
        return lambda m, d: getattr(m, loss)(d, d.detach() * 0.0, weight=m.tensor(w)) * scale

    total = (w * d * d).sum()
    same("mse_loss", value(impl, by("mse_loss", 1.0), d), total / w.sum())
    same("huber_loss", value(impl, by("huber_loss", 2.0), d), total / 4)

    def bce(m: Any, x: Any) -> Any:
        zeros = x.detach() * 0.0
        return m.binary_cross_entropy_with_logits(x, zeros, weight=m.tensor(w))

    same(
        "binary_cross_entropy_with_logits",
        value(impl, bce, [0.0] * 4),
        math.log(2) * w.sum() / 4,
        COMPARATIVE,
    )

    def classes(m: Any, x: Any) -> Any:
        return m.cross_entropy(x, m.tensor([0, 1, 1]), weight=m.tensor(np.array([1.0, 3.0])))

    x = np.array([[0.0, 0.0], [0.0, 0.0], [2000.0, 0.0]])
    expected = (4 * math.log(2) + 3 * 2000) / 7
    same("cross_entropy", value(impl, classes, x), expected, COMPARATIVE)


def test_cross_entropy_takes_logits(impl):
    """−log a_y of a = softmax(x) in one; given a itself, it takes the softmax a second time."""
    offered(impl, "cross_entropy", "nll_loss", "log_softmax", "softmax", "categorical_nll")
    x, labels = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]]), [0, 2]

    def torchs(m: Any, x: Any) -> Any:
        return m.cross_entropy(x, m.tensor(labels))

    def printed(m: Any, x: Any) -> Any:
        return m.categorical_nll(m.softmax(x, 1), m.tensor(labels))

    def in_two(m: Any, x: Any) -> Any:
        return m.nll_loss(m.log_softmax(x, 1), m.tensor(labels))

    for other in (printed, in_two):
        same("cross_entropy", value(impl, other, x), value(impl, torchs, x), COMPARATIVE)
        same("cross_entropy", slope(impl, other, x), slope(impl, torchs, x), COMPARATIVE)
    sure = [[1000.0, 0.0], [0.0, 1000.0]]
    twice = value(impl, lambda m, x: m.cross_entropy(m.softmax(x, 1), m.tensor([0, 1])), sure)
    once = value(impl, lambda m, x: m.cross_entropy(x, m.tensor([0, 1])), sure)
    same("cross_entropy", once, 0)
    same("cross_entropy", twice, math.log(1 + math.exp(-1)), COMPARATIVE)  # its least, for C = 2


def test_nll_loss_takes_no_logarithm(impl):
    """Its name says −log p_y; it is −x_y of what it is given. categorical_nll is what the name says."""
    offered(impl, "nll_loss", "categorical_nll")
    p = [[0.25, 0.75], [0.5, 0.5]]
    given = value(impl, lambda m, p: m.nll_loss(p, m.tensor([0, 1])), p)
    same("nll_loss", given, -(0.25 + 0.5) / 2)
    named = value(impl, lambda m, p: m.categorical_nll(p, m.tensor([0, 1])), p)
    same("categorical_nll", named, (math.log(4) + math.log(2)) / 2, COMPARATIVE)
    logs = value(impl, lambda m, p: m.nll_loss(p.log(), m.tensor([0, 1])), p)
    same("nll_loss", logs, named, COMPARATIVE)


def test_bce_costs_at_most_100(impl):
    """log 0 is −∞ in the formula, −100 in PyTorch's; from logits nothing needs a limit."""
    offered(impl, "binary_cross_entropy", "bernoulli_nll", "binary_cross_entropy_with_logits")

    def clamped(m: Any, p: Any) -> Any:
        return m.binary_cross_entropy(p, m.tensor([1.0], dtype="float64"))

    def formula(m: Any, p: Any) -> Any:
        return m.bernoulli_nll(p, m.tensor([1.0], dtype="float64"))

    for p, costs in ((0.0, (100, INF)), (2.0**-200, (100, 200 * math.log(2)))):
        for loss, cost in zip((clamped, formula), costs, strict=True):
            same("binary_cross_entropy", value(impl, loss, [p]), cost, COMPARATIVE)
    same("bernoulli_nll", slope(impl, formula, [0.0]), [-INF])
    assert np.isfinite(slope(impl, clamped, [0.0])).all()
    likely = [value(impl, loss, [0.25]) for loss in (clamped, formula)]
    same("binary_cross_entropy", likely[0], likely[1], COMPARATIVE)

    def logits(m: Any, x: Any) -> Any:
        return m.binary_cross_entropy_with_logits(x, m.tensor([1.0], dtype="float64"))

    same("binary_cross_entropy_with_logits", value(impl, logits, [-1000.0]), 1000)
    same("binary_cross_entropy_with_logits", slope(impl, logits, [-1000.0]), [-1])


def test_an_infinite_gradient_meets_smoothed_labels(reference):
    """p − q times ∞ has the sign of p − q; torch adds +∞ and −∞ of two parts of the loss."""
    for impl, expected in ((scratch, [INF, -INF, INF]), (reference, [math.nan] * 3)):
        x = impl.tensor(np.array([[1.0, 2.0, 3.0]]), requires_grad=True)
        loss = impl.cross_entropy(x, impl.tensor(np.array([1])), label_smoothing=0.1)
        loss.backward(impl.tensor(np.array(INF)))
        same("cross_entropy", to_numpy(x.grad), np.array([expected]))


def test_labels_of_two_classes(impl):
    """±1 for margins, 0 and 1 for cross-entropy; with y = 2t − 1 they are one loss."""
    offered(impl, "soft_margin_loss", "binary_cross_entropy_with_logits")
    x, t = [0.5, -2.0, 3.0], np.array([1.0, 1.0, 0.0])

    def margin(m: Any, x: Any) -> Any:
        return m.soft_margin_loss(x, m.tensor(2 * t - 1))

    def entropy(m: Any, x: Any) -> Any:
        return m.binary_cross_entropy_with_logits(x, m.tensor(t))

    same("soft_margin_loss", value(impl, margin, x), value(impl, entropy, x), COMPARATIVE)
    same("soft_margin_loss", slope(impl, margin, x), slope(impl, entropy, x), COMPARATIVE)

    def mistaken(m: Any, x: Any) -> Any:
        return m.soft_margin_loss(x, m.tensor(t), reduction="none")

    same("soft_margin_loss", value(impl, mistaken, x)[2], math.log(2), COMPARATIVE)
    same("soft_margin_loss", slope(impl, mistaken, x)[2], 0)  # a label 0 teaches nothing


def test_hinge_embedding_is_not_the_hinge(impl):
    """Textbook: max(0, 1 − y s) of a score. PyTorch's: a distance x, to be small where y = 1."""
    offered(impl, "hinge_embedding_loss", "relu")
    s, y = [2.0, 0.5, -0.5, -2.0], np.array([1.0, 1.0, -1.0, -1.0])
    hinge = value(impl, lambda m, s: m.relu(1 - s * m.tensor(y)), s)
    same("relu", hinge, [0, 0.5, 0.5, 0])
    embedding = value(
        impl, lambda m, s: m.hinge_embedding_loss(s, m.tensor(y), reduction="none"), s
    )
    same("hinge_embedding_loss", embedding, [2, 0.5, 1.5, 3])


def test_huber_is_smooth_l1_times_its_width(impl):
    """Both are quadratic up to δ = β; far out Huber's slope is ±δ, that of smooth L1 ±1."""
    offered(impl, "huber_loss", "smooth_l1_loss")
    x = [-4.0, -0.5, 0.25, 2.0]
    for width in (0.5, 1.0, 2.0):
        huber, smooth = (
            lambda m, x, w=width: m.huber_loss(x, x.detach() * 0.0, reduction="none", delta=w),
            lambda m, x, w=width: m.smooth_l1_loss(x, x.detach() * 0.0, reduction="none", beta=w),
        )
        same("huber_loss", value(impl, huber, x), value(impl, smooth, x) * width)
        same("huber_loss", slope(impl, huber, [4.0]), [width])
        same("smooth_l1_loss", slope(impl, smooth, [4.0]), [1])
