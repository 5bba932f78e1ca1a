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
    to_tensor,
)
from parity_tests.instrument.sides import default_call
from parity_tests.test_layers import dropped
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
    ),
    Case(
        "dropout",
        inputs=(dyadic(LENGTH),),
        options={"p": 0.5},
        call=dropped,
        tier=EXACT,
        variants="",
    ),
    *(
        Case(
            f"Tensor.{name}",
            inputs=(dyadic(*shape),),
            options={"dim": dim},
            tier=EXACT,
            variants="",
            id=f"{shape}, {dim}",
        )
        for name in ("sum", "argmax")
        for shape, dim in (((3, LENGTH), 1), ((LENGTH, 3), 0))
    ),
]


@cases(CASES)
def test_value_and_gradient(case, check):
    check(case)


ELEMENTWISE = [
    *("gelu", "sigmoid", "tanh", "silu", "relu", "leaky_relu", "elu", "selu", "celu", "hardtanh"),
    *("softplus", "logsigmoid", "sign", "step", "Tensor.exp", "Tensor.abs", "Tensor.reciprocal"),
    *("Tensor.sqrt", "Tensor.log"),
]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_a_long_array_is_its_parts(name, candidate, dtype):
    """Element i does not depend on where in the array it stands, in either dtype."""
    offered(candidate, name, "tensor")
    low = 0.125 if name in ("Tensor.sqrt", "Tensor.log") else -9
    x, g = (np.linspace(a, b, LENGTH).astype(dtype) for a, b in ((low, 9), (2, -3)))
    whole = with_gradient(candidate, name, x, g)
    for start in (0, 8_000, 8_191, 16_383, LENGTH - 3):
        rows = slice(start, start + 3)
        part = with_gradient(candidate, name, x[rows], g[rows])
        tier = Ulp("libm")  # vector and scalar code may round differently
        for one, other, what in zip(whole, part, ("value", "gradient"), strict=False):
            assert_parity(one[rows], other, tier, op=name, direction=f"{what} from {start}")


def with_gradient(impl, name, x, upstream):
    """The value, and its gradient where it has one."""
    leaf = to_tensor(impl, x, requires_grad=True)
    y = default_call(name)(impl, leaf)
    if not y.requires_grad:
        return [to_numpy(y)]
    y.backward(to_tensor(impl, upstream))
    return [to_numpy(y), to_numpy(leaf.grad)]


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
