"""Losses of real sizes: thousands of rows, a thousand classes, means of 131,071.

An implementation works in blocks, or has another way for what is large; sums lose digits as they
grow. Other tests have a few hundred elements.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_tests.instrument import (
    COMPARATIVE_TENSOR,
    Bound,
    Case,
    Ulp,
    assert_parity,
    cases,
    labels,
    normal,
    offered,
    to_numpy,
    to_tensor,
)
from parity_tests.test_losses_classification import bounds

MANY = 1_031  # classes: a prime, so that no block size divides it
LENGTH = 20_011
BY_TORCH = {"tier": COMPARATIVE_TENSOR, "grad_tier": COMPARATIVE_TENSOR}
CLASSES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("cross_entropy", {"reduction": "none"}, bounds("cross_entropy")),
    ("cross_entropy", {"label_smoothing": 0.1}, bounds("cross_entropy")),
    ("nll_loss", {"reduction": "none"}, BY_TORCH),
]
CASES = [
    Case(name, inputs=(normal(7, MANY), labels(MANY, 7)), options=options, id="many classes",
         variants="", why="60 digits of so many would take a minute: torch is the yardstick", **tiers)
    for name, options, tiers in CLASSES
]  # fmt: skip # a table


@cases(CASES)
def test_value_and_gradient(case, check):
    check(case)


def real(rng, n):
    return rng.standard_normal(n)


def chance(rng, n):
    return rng.uniform(0.02, 0.98, n)


def signs(rng, n):
    return rng.choice([-1.0, 1.0], n)


def scores(rng, n):
    return rng.standard_normal((n, 3))


def shares(rng, n):
    weights = rng.uniform(0.25, 1.0, (n, 3))
    return weights / weights.sum(1, keepdims=True)


def classes(rng, n):
    return rng.integers(0, 3, n)


#: What each loss is of.
LOSSES: dict[str, tuple[Any, ...]] = {
    "mse_loss": (real, real),
    "l1_loss": (real, real),
    "smooth_l1_loss": (real, real),
    "huber_loss": (real, real),
    "binary_cross_entropy": (chance, chance),
    "binary_cross_entropy_with_logits": (real, chance),
    "soft_margin_loss": (real, signs),
    "hinge_embedding_loss": (real, signs),
    "perceptron_loss": (real, signs),
    "gaussian_nll_loss": (real, real, chance),
    "kl_div": (real, chance),
    "multilabel_soft_margin_loss": (scores, shares),
    "cross_entropy": (scores, classes),
    "nll_loss": (scores, classes),
    "bernoulli_nll": (chance, chance),
    "categorical_nll": (shares, classes),
    "gaussian_nll": (real, real, chance),
}
#: Torch warns of a "mean" that is not that of the rows.
MEAN = {"kl_div": "batchmean"}
losses = pytest.mark.parametrize("name", LOSSES)


def drawn(name, rng, n, dtype):
    arrays = [draw(rng, n) for draw in LOSSES[name]]
    return [a.astype(dtype) if a.dtype.kind == "f" else a for a in arrays]


def pulled(impl, name, arrays, upstream, **options):
    """A loss of each row, and the gradient of its input."""
    x, *rest = (to_tensor(impl, a, requires_grad=i == 0) for i, a in enumerate(arrays))
    value = getattr(impl, name)(x, *rest, **options)
    value.backward(to_tensor(impl, upstream))
    return to_numpy(value), to_numpy(x.grad)


@losses
def test_many_losses_are_those_of_their_parts(name, candidate, rng, dtype):
    """No row knows of the others: not in its loss, not in its gradient, nor in that of the mean."""
    offered(candidate, name, "tensor")
    arrays, upstream = drawn(name, rng, LENGTH, dtype), np.asarray(real(rng, LENGTH), dtype)
    whole, slope = pulled(candidate, name, arrays, upstream, reduction="none")
    share, mean = np.asarray(1 / LENGTH, dtype), MEAN.get(name, "mean")
    _, of_mean = pulled(candidate, name, arrays, np.ones((), dtype), reduction=mean)
    for start in (0, 61, 2_003, 8_191, LENGTH - 61):
        rows = slice(start, start + 61)
        part, of_part = pulled(
            candidate, name, [a[rows] for a in arrays], upstream[rows], reduction="none"
        )
        tier = Ulp("libm")  # vector and scalar code may round differently
        assert_parity(whole[rows], part, tier, op=name, direction=f"from {start}")
        assert_parity(
            slope[rows], of_part, COMPARATIVE_TENSOR, op=name, direction=f"gradient from {start}"
        )
        _, of_part = pulled(
            candidate, name, [a[rows] for a in arrays], np.full(61, share), reduction="none"
        )
        assert_parity(
            of_mean[rows], of_part, COMPARATIVE_TENSOR, op=name,
            direction=f"gradient of the mean from {start}",
        )  # fmt: skip # both sides, then words


def added(n, magnitude):
    """Sums in blocks: at most 128 by 8 in a row, 16 + 3 roundings, and a tree of the blocks.

    One after the other they have n roundings, of which 200 u are left at n = 131,071. The terms
    are of both signs, and so the bound is one of their magnitudes; dividing rounds once more.
    """
    return Bound(lambda u: (16 + 3 + np.log2(n / 128) + 1) * u * magnitude)


@losses
def test_a_mean_of_many_keeps_its_digits(name, candidate, rng):
    """Against its own losses, added in float64. In float64 the digits lost are too few to show."""
    offered(candidate, name, "tensor")
    n = 131_071
    tensors = [to_tensor(candidate, a) for a in drawn(name, rng, n, "float32")]
    loss = getattr(candidate, name)
    each = to_numpy(loss(*tensors, reduction="none")).astype(np.float64)
    for reduction, scale in ((MEAN.get(name, "mean"), 1 / n), ("sum", 1.0)):
        whole, truth = loss(*tensors, reduction=reduction), each.sum() * scale
        tier = added(n, np.abs(each).sum() * scale)
        assert_parity(whole, np.float32(truth), tier, op=name, direction=reduction, oracle=truth)
