"""Arrays longer than the blocks in which an implementation works: every block, and the seams."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.driven import KINDS
from parity_tests.instrument import (
    COMPARATIVE,
    EXACT,
    Case,
    Comparative,
    Ulp,
    assert_parity,
    cases,
    check_optimizer,
    dyadic,
    offered,
    spread,
    to_numpy,
)
from parity_tests.test_losses_sizes import added

LENGTH = 20_011  # a prime: no block size divides it

#: 60 digits of every element would take a minute: float32 only. Rows of dyadic numbers stay exact:
#: 20,011 products of at most 4 · 2, in 64ths, are less than 2^24 of these.
CASES = [
    Case(
        name,
        inputs=(spread(LENGTH, low=1e-3, high=8.0),),
        options=options,
        tier=tier,
        grad_tier=Comparative(scale=lambda g, x, **options: (g,)),
        dtypes=("float32",),
        variants="",
    )
    for name, options, tier in [
        ("gelu", {}, Comparative(scale=np.abs)),
        ("gelu", {"approximate": "tanh"}, Comparative(scale=lambda x, approximate: np.abs(x))),
        ("sigmoid", {}, Ulp("sigmoid")),
        ("softplus", {}, COMPARATIVE),
    ]
] + [
    Case(
        "linear",
        inputs=(dyadic(LENGTH, 2), dyadic(3, 2), dyadic(3)),
        tier=EXACT,
        variants="",
        id="long",
    )
]


@cases(CASES)
def test_value_and_gradient(case, check):
    check(case)


@pytest.mark.parametrize("name", ["gelu", "sigmoid", "tanh", "silu"])
def test_a_long_array_is_its_parts(name, candidate, dtype):
    """Element i does not depend on where in the array it stands, in either dtype."""
    offered(candidate, name, "tensor")
    x = np.linspace(-9, 9, LENGTH).astype(dtype)
    whole = to_numpy(getattr(candidate, name)(candidate.tensor(x)))
    for start in (0, 8_000, 8_191, 16_383, LENGTH - 3):
        part = to_numpy(getattr(candidate, name)(candidate.tensor(x[start : start + 3])))
        tier = Ulp("libm")  # vector and scalar code may round differently
        assert_parity(whole[start : start + 3], part, tier, op=name, direction=f"from {start}")


@pytest.mark.parametrize("kind", KINDS)
def test_optimizers(kind, candidate, reference, device, seed):
    """Every rule on parameters that fill more than a block of memory, or together a part of one."""
    shapes, name = ((7,), (2, LENGTH), (5, 11)), kind.partition("-")[0]
    check_optimizer(
        *(candidate, reference, name, KINDS[kind], "float32"),
        device=device,
        seed=seed,
        steps=3,
        shapes=shapes,
    )


@pytest.mark.parametrize("name", ["sum", "mean"])
def test_a_sum_keeps_its_digits(name, candidate, rng):
    """In float64 the digits that are lost one after the other are too few to show."""
    offered(candidate, f"Tensor.{name}", "tensor")
    x = (rng.standard_normal(131_071) ** 2).astype("float32")
    whole, truth = getattr(candidate.tensor(x), name)(), getattr(x.astype("float64"), name)()
    tier = added(x.size, truth)
    assert_parity(whole, np.float32(truth), tier, op=f"Tensor.{name}", oracle=truth)
