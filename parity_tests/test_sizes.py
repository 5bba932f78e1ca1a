"""Sizes of real data: many rows, classes, features and dimensions, where other tests have a few.

An implementation works in blocks, or has another way for what is large; sums lose digits as they
grow. Each operation is held where its cases stop: beyond a thousand classes, rows and features.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_tests.instrument import (
    COMPARATIVE,
    COMPARATIVE_TENSOR,
    EXACT,
    Bound,
    Case,
    Comparative,
    Ulp,
    assert_parity,
    cases,
    labels,
    normal,
    offered,
    simplex,
    to_numpy,
    to_tensor,
)
from parity_tests.test_activations_softmax import CLASSES as SOFTMAX
from parity_tests.test_activations_softmax import logits_scale, terms
from parity_tests.test_layers_normalization import BATCH_NORM, NORM, moments

MANY = 1_031  # classes, rows, features: a prime, so that no block size divides it
LENGTH = 20_011
TORCH = "60 digits of so many would take a minute: torch is the yardstick"


def affine(impl, x, weight, bias, normalized_shape):
    return impl.layer_norm(x, normalized_shape, weight, bias)


PLAIN: dict[str, Any] = {"why": TORCH, "variants": ""}
NORMALIZED: dict[str, Any] = {k: v for k, v in BATCH_NORM.items() if k != "oracle"} | PLAIN
CASES = [
    *(Case(name, inputs=(normal(3, MANY, scale=2.0),), options={"dim": 1}, id="many classes",
           grad_tier=terms(name), tier=Comparative(scale=logits_scale) if "og" in name else COMPARATIVE,
           **PLAIN)
      for name in SOFTMAX),
    *(Case("layer_norm", inputs=(normal(*lead, *shape), normal(*shape), normal(*shape)), **NORM,
           options={"normalized_shape": shape}, call=affine, **PLAIN)
      for lead, shape in [((3,), (MANY,)), ((257,), (61,)), ((2,), (3, 4, 5)), ((2, 2), (2, 3, 2, 2))]),
    *(Case("batch_norm", inputs=(normal(*shape), *moments(shape[1]), normal(shape[1]),
                                 normal(shape[1])),
           wrt=(0, 3, 4), options={"training": training}, id=f"{shape}-training={training}",
           **NORMALIZED)
      for shape in [(MANY, 3), (61, 257), (3, 2, 4, 5), (2, 3, 2, 3, 2)]
      for training in (True, False)),
    Case("categorical_nll", inputs=(simplex(9, MANY), labels(MANY, 9)), tier=Ulp("libm"),
         options={"reduction": "none"}, id="many classes", **PLAIN),
    *(Case(name, inputs=(normal(7, MANY), labels(MANY, 7)), options={"reduction": "none"},
           tier=COMPARATIVE_TENSOR, grad_tier=COMPARATIVE_TENSOR, id="many classes", **PLAIN)
      for name in ("cross_entropy", "nll_loss")),
    Case("cross_entropy", inputs=(normal(7, MANY), labels(MANY, 7)), id="many classes, smoothed",
         options={"label_smoothing": 0.1}, tier=COMPARATIVE_TENSOR, grad_tier=COMPARATIVE_TENSOR,
         **PLAIN),
    *(Case(name, inputs=(labels(5, LENGTH), labels(5, LENGTH)), tier=EXACT, id="many", variants="")
      for name in ("accuracy", "confusion_matrix", "precision_recall_f1")),
    *(Case(name, inputs=(normal(1_009, MANY), labels(MANY, 1_009)), tier=EXACT, variants="",
           dtypes=("float32",), id="many classes")
      for name in ("accuracy", "confusion_matrix", "precision_recall_f1")),
    Case("one_hot", inputs=(labels(MANY, 9),), options={"num_classes": MANY}, tier=EXACT,
         id="many classes"),
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


@pytest.mark.parametrize("name", ["sum", "mean"])
def test_a_sum_of_many_keeps_its_digits(name, candidate, rng):
    offered(candidate, f"Tensor.{name}", "tensor")
    x = (rng.standard_normal(131_071) ** 2).astype("float32")
    whole, truth = getattr(candidate.tensor(x), name)(), getattr(x.astype("float64"), name)()
    tier = added(x.size, truth)
    assert_parity(whole, np.float32(truth), tier, op=f"Tensor.{name}", oracle=truth)
