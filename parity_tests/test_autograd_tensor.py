"""Tensors as values: how they are made, their dtypes and PyTorch's promotion, and conversions."""

from __future__ import annotations

import operator
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
)

covers("Tensor", "tensor")

DATA: dict[str, Any] = {
    "float": 2.5,
    "int": 3,
    "bool": True,
    "list of floats": [1.0, 2.6],
    "list of ints": [1, 2],
    "mixed list": [1, 2.5],
    "list of bools": [True, False],
    "nested": [[1.0, 2.0], [3.0, 4.0]],
    "tuple": (1.0, 2.0),
    "empty": [],
    "empty rows": [[], []],
    "float32 array": np.array([1.5], np.float32),
    "float64 array": np.array([0.1]),
    "int array": np.array([[1], [2]]),
    "int32 array": np.array([1, 2], np.int32),
    "uint8 array": np.array([1, 255], np.uint8),
    "bool array": np.array([True]),
    "0-d array": np.array(0.1),
    "transposed array": np.arange(6.0).reshape(2, 3).T,
    "reversed array": np.arange(6.0).reshape(2, 3)[::-1, ::-2],
    "not finite": [float("nan"), float("inf"), -float("inf")],
}
DTYPES = (None, "float32", "float64", "int64", "int32", "uint8", "bool", "float16")


def facts(t: Any) -> list[Any]:
    """Values, dtype (through NumPy), shape and flags of a tensor."""
    shape = list(t.shape)
    return [t, len(shape), shape, t.ndim, t.numel(), t.requires_grad, t.is_leaf, t.grad]


@pytest.mark.parametrize("to", DTYPES)
@pytest.mark.parametrize("name", DATA)
def test_tensor(name, to, candidate, reference):
    offered(candidate, "tensor")
    data = DATA[name]
    if name == "not finite" and to not in (None, "float32", "float64", "float16", "bool"):
        pytest.skip("NaN to int has no right answer")
    made, expected = candidate.tensor(data, dtype=to), reference.tensor(data, dtype=to)
    assert_parity(facts(made), facts(expected), EXACT, op="tensor", direction=f"{name} as {to}")


OPERANDS: dict[str, Any] = {
    "f32": lambda impl: impl.tensor([1.5, 2.0]),
    "f64": lambda impl: impl.tensor([1.5, 2.0], dtype="float64"),
    "i64": lambda impl: impl.tensor([1, 2]),
    "i32": lambda impl: impl.tensor([1, 2], dtype="int32"),
    "u8": lambda impl: impl.tensor([1, 2], dtype="uint8"),
    "bool": lambda impl: impl.tensor([True, False]),
    "0-d f32": lambda impl: impl.tensor(1.5),
    "0-d f64": lambda impl: impl.tensor(1.5, dtype="float64"),
    "0-d i64": lambda impl: impl.tensor(2),
    "python float": lambda impl: 0.5,
    "python int": lambda impl: 2,
    "python bool": lambda impl: True,
}
OPERATORS = (operator.add, operator.mul, operator.truediv, operator.lt, operator.eq)


@pytest.mark.parametrize("f", OPERATORS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("left", OPERANDS)
def test_promotion(left, f, candidate, reference):
    """The dtype of a ∘ b for every pair of operands."""
    offered(candidate, "tensor", f"Tensor.__{f.__name__}__")
    for right, make in OPERANDS.items():
        if left.startswith("python") and right.startswith("python"):
            continue
        result, expected = (f(OPERANDS[left](impl), make(impl)) for impl in (candidate, reference))
        where = f"{left} {f.__name__} {right}"
        assert_parity(result, expected, EXACT, op="Tensor", direction=where)


CONVERSIONS: dict[str, Any] = {
    "float": lambda t: t.float(),
    "double": lambda t: t.double(),
    "long": lambda t: t.long(),
    "bool": lambda t: t.bool(),
    "tolist": lambda t: t.tolist(),
    "clone": lambda t: t.clone(),
    "cpu": lambda t: t.cpu(),
    "clamp": lambda t: [t.clamp(-1.0, 1.0), t.clamp(min=0.0), t.clamp(max=1.0)],
    "grad_fn": lambda t: [u.grad_fn is None for u in (t, t * 2, t.clone().requires_grad_() * 2)],
    "size": lambda t: [list(t.size()), t.size(0)],
    "len": len,
    "iterate": list,
    "numpy": lambda t: t.numpy(),
    "item": lambda t: t[0].item(),
    "float()": lambda t: float(t[0]),
    "int()": lambda t: int(t[1]),
    "bool()": lambda t: bool(t[0]),
    "exp of ints": lambda t: t.long().exp().sum() > 0,
    "mean of ints as floats": lambda t: t.long().float().mean(),
    "sum of bools": lambda t: t.bool().sum(),
    "equal ints": lambda t: t.long() == t,
}


@pytest.mark.parametrize("name", CONVERSIONS)
def test_conversion(name, candidate, reference, dtype):
    offered(candidate, "tensor", "Tensor")
    convert = CONVERSIONS[name]
    result, expected = (convert(m.tensor([1.5, -2.0], dtype=dtype)) for m in (candidate, reference))
    assert_parity(result, expected, EXACT, op="Tensor", direction=name)


def test_requires_grad_of_a_result(candidate, reference, dtype):
    """Floats keep the graph through a change of dtype; integers and comparisons leave it."""
    offered(candidate, "tensor", "Tensor")

    def flags(impl: Any) -> list[bool]:
        x = impl.tensor([1.5, -2.0], dtype=dtype, requires_grad=True)
        results = (x.double(), x.float(), x.clone(), x.long(), x > 0, x.argmax(), x.detach(), x[0])
        return [r.requires_grad for r in results]

    assert_parity(flags(candidate), flags(reference), EXACT, op="Tensor", direction="requires_grad")


def leaf(impl: Any, data: Any) -> Any:
    return impl.tensor(data, requires_grad=True)


def twice(impl: Any) -> None:
    y = (leaf(impl, [1.0]) * leaf(impl, [2.0])).sum()
    y.backward()
    y.backward()


def through_freed(impl: Any) -> None:
    x = leaf(impl, [1.0])
    shared = x * x
    shared.sum().backward()
    (shared * 2).sum().backward()


BAD = [
    Bad("Tensor", lambda impl: leaf(impl, [1.0, 2.0]).backward(), RuntimeError, says="scalar",
        id="no gradient for a vector"),
    Bad("Tensor", lambda impl: impl.tensor(1.0).backward(), RuntimeError, says="grad",
        id="backward of a constant"),
    Bad("Tensor", lambda impl: leaf(impl, [1.0]).backward(impl.tensor([1.0, 2.0])), RuntimeError,
        says="shape", id="gradient of another shape"),
    Bad("Tensor", lambda impl: leaf(impl, [1.0, 2.0]).backward([1.0, 2.0]), TypeError,
        id="gradient is a list"),
    Bad("Tensor", twice, RuntimeError, says="second time", id="freed graph"),
    Bad("Tensor", through_freed, RuntimeError, says="second time",
        id="freed part"),
    Bad("Tensor", lambda impl: leaf(impl, [1.0]).numpy(), RuntimeError, says="detach",
        id="numpy() of a leaf with gradient"),
    Bad("Tensor", lambda impl: impl.tensor([1, 2]).requires_grad_(), RuntimeError, says="float",
        id="gradient of integers"),
    Bad("Tensor", lambda impl: (leaf(impl, [1.0]) * 2).requires_grad_(False), RuntimeError,
        says="leaf", id="inner tensor renounces"),
    Bad("Tensor", lambda impl: impl.tensor([1.0, 2.0]).item(), RuntimeError, id="item of two"),
    Bad("Tensor.__bool__", lambda impl: bool(impl.tensor([1.0, 2.0])), RuntimeError, says="ambiguous",
        id="truth of two"),
    Bad("tensor", lambda impl: impl.tensor([[1.0], [1.0, 2.0]]), ValueError, says="length",
        id="ragged"),
    Bad("tensor", lambda impl: impl.tensor("three"), TypeError, id="text"),
    Bad("tensor", lambda impl: impl.tensor([1, 2], requires_grad=True), RuntimeError, says="float",
        id="gradient of integers"),
    Bad("tensor", lambda impl: impl.tensor([1.0], dtype="float31"), TypeError, says="float31"),
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
