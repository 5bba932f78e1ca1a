"""The engine at its edges: dtypes of every name, numbers beside 0-d tensors, what no gradient asks for."""

from __future__ import annotations

import operator
import warnings
from typing import Any

import numpy as np
import pytest

from parity_tests.instrument import EXACT, Bad, assert_parity, bad_cases, covers, offered, to_numpy
from parity_tests.instrument.lacking import words

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
    with pytest.raises(TypeError, match=words(candidate, "dtype must be one of float32, float64")):
        candidate.tensor([0, 1], dtype=kind)


def test_none_is_no_dtype_to_convert_to(candidate):
    offered(candidate, "tensor")
    with pytest.raises(TypeError, match=words(candidate, "got None")):
        candidate.tensor([0, 1]).to(None)


def test_converting_nan_to_an_integer_does_not_warn(candidate):
    offered(candidate, "tensor")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert candidate.tensor([np.nan, 1.0]).to("int64").shape == (2,)


def test_arrays_of_the_dtype_that_is_asked_for(candidate):
    offered(candidate, "tensor", "Tensor.__array__")
    for kind in ("float16", "float32", "int64"):
        assert str(np.asarray(candidate.tensor([1.5]), dtype=kind).dtype) == kind
        assert str(candidate.tensor([1.5]).__array__(kind).dtype) == kind


def test_formats(candidate):
    """Several values have no number format; without one it is the text."""
    offered(candidate, "tensor", "Tensor.__format__")
    t = candidate.tensor([1.0, 2.0])
    assert f"{t}" == str(t)
    with pytest.raises(TypeError, match=words(candidate, "unsupported format string")):
        format(t, ".2f")


def test_the_text_names_what_made_it(candidate):
    offered(candidate, "tensor")
    y = candidate.tensor([1.0], requires_grad=True) * 2
    if candidate.__name__ == "scratch":
        assert f"grad_fn=<{type(y.grad_fn).__name__}>" in repr(y)


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
     lambda x: x.argmax()],
)  # fmt: skip # a table
def test_one_number_is_still_an_array(candidate, reduce):
    """Not a NumPy scalar, which nothing can be written to."""
    offered(candidate, "tensor")
    if candidate.__name__ != "scratch":
        pytest.skip("looks inside scratch")
    assert type(reduce(candidate.tensor([1.0, 2.0])).data) is np.ndarray


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


@pytest.mark.parametrize("kind", ["uint8", "int8", "int32", "bool", "float16"])
def test_sums_of_every_dtype(candidate, reference, kind):
    """Of whole numbers and bools in int64."""
    offered(candidate, "tensor")
    sums = [impl.tensor(np.ones((3, 2), kind)).sum(0) for impl in (candidate, reference)]
    assert_parity(sums[0], sums[1], EXACT, op="Tensor.sum", direction="value")


def test_integers_are_compared_with_floats_as_floats(candidate, reference):
    """2²⁴ + 1 is 2²⁴ in float32, as soon as it stands beside one."""
    offered(candidate, "tensor", "Tensor.__eq__")
    made = [
        impl.tensor(np.array([2**24 + 1, 3])) == impl.tensor(np.array([2.0**24, 3.0], np.float32))
        for impl in (candidate, reference)
    ]
    assert_parity(made[0], made[1], EXACT, op="Tensor.__eq__", direction="value")


def test_scalars_and_arrays_of_numpy_beside_tensors(candidate):
    """A NumPy scalar is a number, which has the tensor's dtype; an array keeps its own."""
    offered(candidate, "tensor")
    t = candidate.tensor([1.0, 2.0])
    assert (t + np.float64(0.5)).tolist() == [1.5, 2.5]
    assert str((t + np.float64(0.5)).dtype) == "float32"
    assert (t * np.int64(3)).tolist() == [3.0, 6.0]
    assert (t + np.array([0.5, 1.5])).tolist() == [1.5, 3.5]
    assert str((t + np.array([0.5, 1.5])).dtype) == "float64"


def test_constants_get_no_gradient(candidate, reference):
    """Also from gates that have one at hand."""
    for impl in (candidate, reference):
        offered(impl, "gaussian_nll_loss", "mse_loss", "linear")
        x = impl.tensor([[1.0, 2.0]], requires_grad=True)
        t, v, w = (impl.tensor([[c, 3.0]]) for c in (4.0, 5.0, 6.0))
        loss = impl.gaussian_nll_loss(x, t, v) + impl.mse_loss(x, t) + impl.linear(x, w).sum()
        (loss + impl.mse_loss(t * 1.0, x)).backward()
        assert x.grad is not None
        assert [c.grad for c in (t, v, w)] == [None, None, None]


#: What is made of a number without dimensions, where it has one of length 1 in a way.
WITHOUT_DIMENSIONS = {
    "sum": lambda x: x.sum((0,)),
    "mean": lambda x: x.mean(-1),
    "transpose": lambda x: x.transpose(0, -1),
    "argmax": lambda x: x.argmax(0),
    "argmin": lambda x: x.argmin(-1),
    "max": lambda x: x.max(0)[0],
}


@pytest.mark.parametrize("what", WITHOUT_DIMENSIONS)
def test_a_dimension_of_what_has_none(candidate, reference, what):
    offered(candidate, f"Tensor.{what}")
    results: list[Any] = []
    for impl in (candidate, reference):
        x = impl.tensor(np.array(3.0), requires_grad=True)
        y = WITHOUT_DIMENSIONS[what](x)
        if "arg" not in what:
            y.backward()
        results.append((y, x.grad) if x.grad is not None else (y,))
    assert_parity(results[0], results[1], EXACT, op=f"Tensor.{what}", direction="value")


def test_tensors_of_tensors(candidate):
    """In lists, at any depth; and a tensor by itself."""
    offered(candidate, "tensor")
    one, two = candidate.tensor(1.0), candidate.tensor(2.0)
    assert candidate.tensor([[one], (two,)]).tolist() == [[1.0], [2.0]]
    assert candidate.tensor(candidate.tensor([1.0, 2.0])).tolist() == [1.0, 2.0]
    inner = candidate.tensor([1.5, 2.5], requires_grad=True)
    assert candidate.tensor([inner, inner]).tolist() == [[1.5, 2.5]] * 2


def seen_by_a_function(impl: Any) -> list[object]:
    """What a Function is called with, and what it finds saved."""
    seen: list[object] = []

    def forward(ctx: Any, x: Any, y: Any, n: int) -> Any:
        seen.append([(a.requires_grad, a.is_leaf) for a in (x, y)])
        return x * n

    def backward(ctx: Any, upstream: Any) -> Any:
        seen.append(ctx.saved_tensors)
        return upstream * 2, None, None

    methods = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    twice: Any = type("Twice", (impl.Function,), methods)
    x = impl.tensor([1.0], requires_grad=True)
    twice.apply(x * 3, impl.tensor([1.0]), 2).backward()
    twice.apply(x, x * 1.0, 2).backward()
    return seen


def test_what_a_function_of_the_user_sees(candidate, reference):
    """The very tensors it was called with, and nothing saved unless it saved something."""
    offered(candidate, "tensor", "Function")
    assert seen_by_a_function(candidate) == seen_by_a_function(reference)


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
    Bad(
        "Tensor.__index__", lambda i: [1, 2][i.tensor([1, 1])], TypeError, "index", id="two indices"
    ),
    Bad(
        "Tensor.__index__",
        lambda i: [1, 2][i.tensor([1.0])],
        TypeError,
        "index",
        id="a float for an index",
    ),
    Bad("Tensor", lambda i: i.tensor([2]) ** -1, RuntimeError, "negative integer", id="number"),
    Bad("Tensor.__float__", lambda i: float(i.tensor([1.0, 2.0])), ValueError, id="float"),
    Bad("Tensor.__int__", lambda i: int(i.tensor([1.0, 2.0])), ValueError, id="int"),
]


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
