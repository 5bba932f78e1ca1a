"""Initial values: the same bits from the same seed, in place; orthogonal ones to rounding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_tests.instrument import (
    EXACT,
    Bad,
    assert_parity,
    bad_cases,
    covers,
    offered,
    options_grid,
    to_numpy,
    to_tensor,
)
from parity_tests.instrument.lacking import warned
from parity_tests.test_random import NORMAL_TIER

DRAWN: dict[str, list[dict[str, Any]]] = {
    "uniform_": [{}, {"a": -0.3, "b": 0.7}, {"a": 2, "b": 2}],
    "normal_": [{}, {"mean": 0.1, "std": 0.3}, {"std": 0}],
    "xavier_uniform_": [{}, {"gain": 1.7}, {"gain": 0}],
    "xavier_normal_": [{}, {"gain": 1.7}],
    "kaiming_uniform_": [
        {"a": 5**0.5},  # what torch gives to a linear layer
        *options_grid(
            mode=["fan_in", "FAN_OUT"], nonlinearity=["relu", "leaky_relu", "tanh", "selu"]
        ),
    ],
    "kaiming_normal_": options_grid(
        a=[0, 0.2], mode=["fan_in", "fan_out"], nonlinearity=["leaky_relu", "linear", "sigmoid"]
    ),
    "trunc_normal_": [
        {},
        {"std": 0.02},
        {"mean": 0.5, "std": 2.0, "a": -1.0, "b": 1.0},  # from here on: by proposals
        {"a": 1.0, "b": 1.5},
        {"mean": 0.3, "std": 0.7, "a": 1.2, "b": 1.4},
        {"a": 0.5, "b": 0.5},
    ],
}
CONSTANT: dict[str, list[dict[str, Any]]] = {
    "constant_": [{"val": 0.3}, {"val": -2}, {"val": float("inf")}],
    "ones_": [{}],
    "zeros_": [{}],
    "eye_": [{}],
}
SHAPES = [(1, 1), (3, 4), (4, 4), (5, 3), (20, 30), (2, 3, 4, 5)]

covers(*DRAWN, *CONSTANT, "orthogonal_", "calculate_gain")


def filled(impl, name, shape, dtype, options, seed, device="cpu"):
    """A tensor of sevens after the initializer, the state of the generator, and whether in place."""
    tensor = to_tensor(impl, np.full(shape, 7, dtype), device=device)
    if name in CONSTANT:
        same = getattr(impl, name)(tensor, **options) is tensor
        return tensor, None, same
    generator = impl.Generator().manual_seed(seed)
    same = getattr(impl, name)(tensor, **options, generator=generator) is tensor
    return tensor, generator.get_state(), same


@pytest.mark.parametrize("name", [*DRAWN, *CONSTANT])
def test_values(name, candidate, reference, dtype, device, exhaustive):
    """Value and number of draws, over shapes and options; (784, 512) is a layer's usual size."""
    offered(candidate, name)
    uses_normals = dtype == "float32" and "normal" in name
    for options in (DRAWN | CONSTANT)[name]:
        for shape in [s for s in SHAPES if name != "eye_" or len(s) == 2]:
            for seed in range(200 if exhaustive else 5):
                mine = filled(candidate, name, shape, dtype, options, seed)
                theirs = filled(reference, name, shape, dtype, options, seed, device)
                tier = NORMAL_TIER if uses_normals else EXACT
                where = f"{shape} {options} seed {seed}"
                assert_parity(mine[0], theirs[0], tier, op=name, direction=where, device=device)
                assert_parity(mine[1:], theirs[1:], EXACT, op=name, direction=where)


def test_a_layer(candidate, reference):
    """The size at which torch works in blocks and threads."""
    offered(candidate, "kaiming_uniform_", "kaiming_normal_")
    for name in ("kaiming_uniform_", "kaiming_normal_"):
        mine = filled(candidate, name, (512, 784), "float32", {}, 0)
        theirs = filled(reference, name, (512, 784), "float32", {}, 0)
        tier = NORMAL_TIER if "normal" in name else EXACT
        assert_parity(mine[0], theirs[0], tier, op=name, direction="(512, 784)")


def test_global_generator(candidate, reference, dtype):
    """Without a generator, manual_seed decides."""
    offered(candidate, "manual_seed", *DRAWN)
    candidate.manual_seed(4), reference.manual_seed(4)
    for name in DRAWN:
        sides = []
        for impl in (candidate, reference):
            tensor = to_tensor(impl, np.zeros((3, 5), dtype))
            sides.append(getattr(impl, name)(tensor))
        assert_parity(sides[0], sides[1], EXACT, op=name, direction="global generator")


@pytest.mark.parametrize("name", [*DRAWN, *CONSTANT, "orthogonal_"])
def test_in_place(name, candidate, dtype):
    """Into the memory of the tensor; a leaf that requires a gradient stays one, without a graph."""
    offered(candidate, name)
    array = np.full((4, 3), 7, dtype)
    tensor = to_tensor(candidate, array, requires_grad=True)
    options = {"val": 0.5} if name == "constant_" else {}
    getattr(candidate, name)(tensor, **options)
    if candidate.__name__ == "scratch":  # to_tensor does not copy there
        assert_parity(tensor, array, EXACT, op=name)
    assert (tensor.is_leaf, tensor.requires_grad) == (True, True)
    assert not (to_numpy(tensor) == 7).any()


@pytest.mark.parametrize("name", [*DRAWN, "zeros_", "eye_", "orthogonal_"])
@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_nothing_to_fill(name, shape, candidate, reference, dtype):
    """No draw; the initializers of He say that there was nothing to do."""
    offered(candidate, name)
    for impl in (candidate, reference):
        tensor = to_tensor(impl, np.zeros(shape, dtype))
        if name.startswith("kaiming"):
            with warned(impl, UserWarning, "zero-element"):
                getattr(impl, name)(tensor)
        else:
            getattr(impl, name)(tensor)


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(("mean", "std"), [(5.0, 1.0), (3.25, 0.5), (6.5, 2.0)])
def test_implausible_truncation(candidate, reference, mean, std, sign):
    """A mean far outside of the bounds deserves a warning; one of 2 standard deviations does not."""
    offered(candidate, "trunc_normal_")
    for impl in (candidate, reference):
        tensor = to_tensor(impl, np.zeros(3, np.float32))
        with warned(impl, UserWarning, "more than 2 std"):
            impl.trunc_normal_(tensor, sign * mean, std, -2.0, 2.0)
        impl.trunc_normal_(tensor, sign * (2.0 + 2 * std), std, -2.0, 2.0)


def test_gain(candidate, reference):
    """The recommended gain of every activation that torch knows."""
    offered(candidate, "calculate_gain")
    names = (
        *("linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"),
        *("conv1d", "conv2d", "conv3d"),
        *("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"),
    )
    for name in names:
        for param in (None, 0, 0.2, 3):
            gains = [impl.calculate_gain(name, param) for impl in (candidate, reference)]
            assert_parity(gains[0], gains[1], EXACT, op="calculate_gain", direction=name)


def vector(impl):
    return to_tensor(impl, np.zeros(4, np.float32))


def matrix(impl):
    return to_tensor(impl, np.zeros((4, 3), np.float32))


def on(name, make, **options):
    """Calls the initializer on the tensor that ``make(impl)`` gives."""
    return lambda impl: getattr(impl, name)(make(impl), **options)


def empty(impl):
    return to_tensor(impl, np.zeros((0, 0), np.float32))


def whole(impl):
    return to_tensor(impl, np.zeros((4, 3), np.int64))


HE = ("kaiming_uniform_", "kaiming_normal_")
XAVIER = ("xavier_uniform_", "xavier_normal_")
BAD = [
    *(Bad(name, on(name, vector), ValueError, "(4,)", id="1-d")
      for name in (*HE, *XAVIER, "orthogonal_", "eye_")),
    *(Bad(name, on(name, whole), NotImplementedError, "int64", id="integers")
      for name in (*DRAWN, "orthogonal_")),
    *(Bad(name, on(name, empty), ZeroDivisionError, id="no fan") for name in XAVIER),
    *(Bad(name, on(name, matrix, mode="fan"), ValueError, "fan_in", id="mode") for name in HE),
    *(Bad(name, on(name, matrix, nonlinearity="swish"), ValueError, "swish", id="nonlinearity")
      for name in HE),
    Bad("eye_", lambda i: i.eye_(to_tensor(i, np.zeros((2, 2, 2)))), ValueError, "(2, 2, 2)",
        id="3-d"),
    Bad("uniform_", lambda i: i.uniform_(vector(i), 1.0, 0.0), RuntimeError, "1.0", id="reversed"),
    Bad("uniform_", lambda i: i.uniform_(vector(i), 0.0, float("inf")), RuntimeError, "inf",
        id="infinite"),
    Bad("uniform_", lambda i: i.uniform_(vector(i), float("nan"), 0.0), RuntimeError, "nan",
        id="NaN"),
    Bad("uniform_", lambda i: i.uniform_(vector(i), -3e38, 3e38), RuntimeError, "3e+38", id="wide"),
    Bad("uniform_", lambda i: i.uniform_(vector(i), 0.0, 1e39), RuntimeError, "1e+39", id="large"),
    Bad("uniform_", lambda i: i.uniform_(vector(i), generator=3), TypeError, id="generator"),
    Bad("normal_", lambda i: i.normal_(vector(i), 0.0, -1.0), RuntimeError, "-1.0", id="std"),
    Bad("normal_", lambda i: i.normal_(vector(i), 0.0, float("nan")), RuntimeError, "nan", id="NaN"),
    Bad("trunc_normal_", lambda i: i.trunc_normal_(vector(i), std=0.0), ZeroDivisionError, id="std"),
    Bad("trunc_normal_", lambda i: i.trunc_normal_(vector(i), a=1.0, b=0.0), RuntimeError, "1.0",
        id="reversed"),
    Bad("calculate_gain", lambda i: i.calculate_gain("swish"), ValueError, "swish"),
    Bad("calculate_gain", lambda i: i.calculate_gain("swish"), ValueError, ", leaky_relu, linear, ",
        id="known"),
    Bad("calculate_gain", lambda i: i.calculate_gain("leaky_relu", True), ValueError, "True",
        id="bool"),
    Bad("calculate_gain", lambda i: i.calculate_gain("leaky_relu", "a"), ValueError, "a", id="text"),
    Bad("constant_", lambda i: i.constant_(vector(i), "a"), TypeError, id="text"),
    Bad("constant_", lambda i: i.constant_(vector(i)), TypeError, "val", id="no value"),
    Bad("ones_", lambda i: i.ones_(), TypeError, "tensor", id="nothing"),
    Bad("zeros_", lambda i: i.zeros_(), TypeError, "tensor", id="nothing"),
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
