"""Tensors as people use them: copied, converted to what they are, next to NumPy's numbers, nested.

Each program is run on both sides, on dyadic numbers.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from parity_tests.instrument import EXACT, assert_parity, covers, offered, to_tensor

covers("no_grad", "Tensor", "Function")


def leaf(impl: Any, data: Any, dtype: str) -> Any:
    return impl.tensor(data, dtype=dtype, requires_grad=True)


def a_copy_of_a_leaf(impl: Any, dtype: str) -> Any:
    """deepcopy takes values and gradient along, and shares neither."""
    x = leaf(impl, [1.0, 2.0], dtype)
    (x * x).sum().backward()
    other = copy.deepcopy(x)
    seen = [
        other.requires_grad,
        other.is_leaf,
        other.grad is None,
        str(other.dtype) == str(x.dtype),
    ]
    (other * 4.0).sum().backward()
    x.detach().zero_()
    x.grad.zero_()
    return [seen, other.detach(), other.grad]


def copies_of_what_is_shared(impl: Any, dtype: str) -> Any:
    """What shares memory, or is the same, does so among the copies too, and with nothing else."""
    x = leaf(impl, [1.0, 2.0], dtype)
    (x * x).sum().backward()
    one, other, gradient = copy.deepcopy([x, x.detach(), x.grad])
    other.zero_()
    gradient.zero_()
    return [one.detach(), one.grad, one.grad is gradient, x.detach(), x.grad]


def a_copy_of_a_parameter(impl: Any, dtype: str) -> Any:
    """Of a parameter the gradient is not taken along."""
    p = impl.Parameter(impl.tensor([1.0, 2.0], dtype=dtype))
    (p * p).sum().backward()
    other = copy.deepcopy(p)
    p.detach().zero_()
    return [other.detach(), other.grad is None, other.requires_grad, other.is_leaf, p.grad]


def a_copy_of_a_network(impl: Any, dtype: str) -> Any:
    """A copy of a layer learns by itself."""
    layer = impl.Linear(2, 1, bias=False, dtype=dtype)
    layer.weight.data = impl.tensor([[0.5, 2.0]], dtype=dtype).data
    x = impl.tensor([[1.0, 4.0]], dtype=dtype)
    layer(x).sum().backward()
    other = copy.deepcopy(layer)
    other.zero_grad()
    layer.weight.detach().zero_()
    layer.weight.grad.zero_()
    other(x).sum().backward()
    return [other.weight.detach(), other.weight.grad, layer.weight.grad, other(x).detach()]


def the_same_dtype(impl: Any, dtype: str) -> Any:
    """What has the dtype already is not copied: it is the leaf whose gradient is looked at."""
    x = leaf(impl, [1.0, 2.0], dtype)
    same = [x.to(x.dtype), x.double() if dtype == "float64" else x.float()]
    (same[0] * 4.0 + same[1]).sum().backward()
    whole = impl.tensor([1, 2])
    return [[t is x for t in same], whole.long() is whole, x.grad, [t.is_leaf for t in same]]


def numbers_of_numpy(impl: Any, dtype: str) -> Any:
    """NumPy's numbers are weak, as Python's are; so are tensors and arrays without dimensions."""
    x, whole = impl.tensor([1.5, 2.0], dtype=dtype), impl.tensor([1, 2])
    one, number = impl.tensor(1.5, dtype=dtype), np.float64(0.5)
    return [
        *(x + number, x * np.int64(2), x / np.float64(4), number - x, x ** np.float64(2)),
        *(whole + number, whole * np.int64(3), whole - np.float64(0.25), one + number, one * one),
        *(x > np.float64(1.75), whole == np.float64(2)),
    ]


def a_call_within_a_call(impl: Any, dtype: str) -> Any:
    """Nothing is recorded until the outermost of them has returned, and then it is again."""
    x, seen = leaf(impl, [1.0, 2.0], dtype), []

    @impl.no_grad()
    def halved(depth: int) -> None:
        if depth:
            halved(depth - 1)
        seen.append((x * 2.0).requires_grad)

    for depth in (2, 0):
        halved(depth)
        seen.append((x * 2.0).requires_grad)
    return seen


def an_upstream_of_another_dtype(impl: Any, dtype: str) -> Any:
    """It is rounded to the output's dtype before it goes on."""
    seen = []

    class Seen(impl.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1.0

        @staticmethod
        def backward(ctx, upstream):
            seen.append(str(upstream.dtype).removeprefix("torch."))
            return upstream

    x = leaf(impl, [3.0, 5.0], dtype)
    other = "float64" if dtype == "float32" else "float32"
    upstream = to_tensor(impl, np.array([1 / 3, -1 / 7], other))
    Seen.apply(x * 3.0).backward(upstream)
    return [seen == [dtype], x.grad]


PROGRAMS = {
    a_copy_of_a_leaf: "Tensor",
    copies_of_what_is_shared: "Tensor",
    a_copy_of_a_parameter: "Parameter",
    a_copy_of_a_network: "Tensor",
    the_same_dtype: "Tensor.to",
    numbers_of_numpy: "Tensor",
    a_call_within_a_call: "no_grad",
    an_upstream_of_another_dtype: "Tensor.backward",
}
NEEDED = {
    a_copy_of_a_network: "Linear",
    the_same_dtype: "Tensor.to Tensor.double Tensor.float Tensor.long",
    an_upstream_of_another_dtype: "Function",
}


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: f"{PROGRAMS[p]}-{p.__name__}")
def test_program(program, candidate, reference, dtype):
    op = PROGRAMS[program]
    offered(candidate, "tensor", op, *NEEDED.get(program, "").split())
    direction = program.__name__.replace("_", " ")
    result, expected = program(candidate, dtype), program(reference, dtype)
    assert_parity(result, expected, EXACT, op=op, direction=direction)
