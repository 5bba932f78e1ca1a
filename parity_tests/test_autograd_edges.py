"""The engine at its edges: dtypes of every name, numbers beside 0-d tensors, what no gradient asks for."""

from __future__ import annotations

import operator
import warnings

import numpy as np
import pytest

from parity_tests.instrument import EXACT, Bad, assert_parity, bad_cases, covers, offered, to_numpy

covers("tensor", "Tensor")

DTYPES = ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool")
NUMBERS = {"an int": 2, "a float": 2.0, "a bool": True}


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("name", DTYPES)
def test_numbers_beside_tensors(candidate, reference, name, number):
    """A Python number has the dtype of its tensor, with dimensions or without, if it can."""
    offered(candidate, "tensor")
    for shape in ((), (2,)):
        for combine in (operator.add, operator.mul):
            made = [
                combine(impl.tensor(np.ones(shape, name)), NUMBERS[number])
                for impl in (candidate, reference)
            ]
            assert_parity(made[0], made[1], EXACT, op="Tensor", direction="value")


@pytest.mark.parametrize(
    "kind", [float, int, bool, np.float64, np.dtype("int16"), "double", "half"]
)
def test_dtypes_by_any_name(candidate, reference, kind):
    offered(candidate, "tensor")
    given = {np.float64: "float64", np.dtype("int16"): "int16"}
    mine = candidate.tensor([0, 1], dtype=kind)
    theirs = reference.tensor([0, 1], dtype=given.get(kind, kind))
    assert_parity(mine, theirs, EXACT, op="tensor", direction="value")


@pytest.mark.parametrize("kind", [np.uint16, np.dtype("complex64"), str, object, "float31"])
def test_dtypes_that_there_are_not(candidate, kind):
    offered(candidate, "tensor")
    with pytest.raises(TypeError, match="dtype must be one of float32, float64"):
        candidate.tensor([0, 1], dtype=kind)


def test_none_is_no_dtype_to_convert_to(candidate):
    offered(candidate, "tensor")
    with pytest.raises(TypeError, match="got None"):
        candidate.tensor([0, 1]).to(None)


def test_converting_nan_to_an_integer_does_not_warn(candidate):
    offered(candidate, "tensor")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert candidate.tensor([np.nan, 1.0]).to("int64").shape == (2,)


def test_arrays_of_the_dtype_that_is_asked_for(candidate):
    offered(candidate, "tensor")
    for kind in ("float16", "float32", "int64"):
        assert str(np.asarray(candidate.tensor([1.5]), dtype=kind).dtype) == kind
        assert str(candidate.tensor([1.5]).__array__(kind).dtype) == kind


def test_formats(candidate):
    """Several values have no number format; without one it is the text."""
    offered(candidate, "tensor")
    t = candidate.tensor([1.0, 2.0])
    assert f"{t}" == str(t)
    with pytest.raises(TypeError, match="unsupported format string"):
        format(t, ".2f")


def test_a_leaf_renounces_its_gradient(candidate, reference):
    for impl in (candidate, reference):
        offered(impl, "tensor")
        x = impl.tensor([1.0], requires_grad=True)
        assert x.requires_grad_(False) is x
        assert x.requires_grad is False
        assert not (x * 2).requires_grad


def test_a_tensor_of_the_class_itself_is_a_leaf(candidate, reference):
    for impl in (candidate, reference):
        offered(impl, "Tensor")
        x = impl.Tensor([1.0])
        assert (x.grad, x.grad_fn, x.requires_grad, x.is_leaf) == (None, None, False, True)


@pytest.mark.parametrize(
    "reduce",
    [lambda x: x.sum(), lambda x: x.mean(), lambda x: x.max(), lambda x: x @ x, lambda x: x[0],
     lambda x: x.std(), lambda x: x.prod(), lambda x: x.norm(), lambda x: x.argmax()],
)  # fmt: skip
def test_one_number_is_still_an_array(candidate, reduce):
    """Not a NumPy scalar, which nothing can be written to."""
    offered(candidate, "tensor")
    if candidate.__name__ != "scratch":
        pytest.skip("looks inside scratch")
    try:
        result = reduce(candidate.tensor([1.0, 2.0]))
    except AttributeError:
        pytest.skip("no such method")
    assert type(result.data) is np.ndarray


def test_one_number_in_a_matrix_goes_backward(candidate, reference):
    """The gradient that is left out is 1, in the shape of what it belongs to."""
    results = []
    for impl in (candidate, reference):
        offered(impl, "tensor", "linear", "relu", "leaky_relu", "cat", "stack")
        a, b = (impl.tensor([[v]], requires_grad=True) for v in (3.0, 5.0))
        (a @ b).backward()
        impl.linear(a, b).backward()
        impl.relu(a[:, 0]).backward()
        impl.leaky_relu(impl.cat([b[0]]), 0.25).backward()
        impl.cat([a[0]]).backward()
        impl.stack([b[0, 0]]).backward()
        results.append((a.grad, b.grad))
    assert_parity(results[0], results[1], EXACT, op="Tensor.backward", direction="gradient")


def test_powers_of_minus_two_are_quotients(candidate, reference, rng, dtype):
    """1/x², each rounded once, and not a power of the C library."""
    offered(candidate, "tensor")
    x = rng.uniform(0.5, 2.0, 1000).astype(dtype)
    mine = to_numpy(candidate.tensor(x) ** -2)
    assert_parity(mine, 1 / (x * x), EXACT, op="Tensor.__pow__", direction="value")


@pytest.mark.parametrize("kind", ["int8", "int64", "uint8"])
def test_integers_to_integer_powers(candidate, reference, kind):
    """Of negative powers the fractions are cut off."""
    offered(candidate, "tensor")
    a = np.array([0, 1, 2, 3, 5], kind) if kind == "uint8" else np.arange(-3, 4).astype(kind)
    b = np.arange(4) if kind == "uint8" else np.arange(-3, 4)
    a, b = (grid.astype(kind) for grid in np.meshgrid(a, b))
    made = [impl.tensor(a) ** impl.tensor(b) for impl in (candidate, reference)]
    assert_parity(made[0], made[1], EXACT, op="Tensor.__pow__", direction="value")


BAD = [
    Bad("Tensor", lambda i: [1, 2][i.tensor([1, 1])], TypeError, "index", id="two indices"),
    Bad("Tensor", lambda i: [1, 2][i.tensor([1.0])], TypeError, "index", id="a float for an index"),
    Bad("Tensor", lambda i: i.tensor([2]) ** -1, RuntimeError, "negative integer", id="number"),
    Bad("Tensor", lambda i: float(i.tensor([1.0, 2.0])), ValueError, id="float"),
    Bad("Tensor", lambda i: int(i.tensor([1.0, 2.0])), ValueError, id="int"),
]


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
