"""The engine: graphs of gates, gradients that add up at branches, and one backward pass.

Every program runs as the same text on both sides, and gives the same bits: its numbers are dyadic.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from parity_tests.instrument import (
    COMPARATIVE,
    EXACT,
    EXACT_VALUE,
    Case,
    assert_parity,
    cases,
    covers,
    covers_bad,
    dyadic,
    normal,
    offered,
    to_numpy,
)

covers("Tensor", "no_grad")
covers_bad("no_grad")  # it takes nothing


def leaf(impl: Any, data: Any, dtype: str = "float32") -> Any:
    return impl.tensor(data, dtype=dtype, requires_grad=True)


def squared_by_itself(impl: Any, dtype: str) -> Any:
    x = leaf(impl, [1.5, -2.0, 0.25], dtype)
    (x * x).backward(impl.tensor([1.0, -0.5, 2.0], dtype=dtype))
    return x.grad


def added_to_itself(impl: Any, dtype: str) -> Any:
    x = leaf(impl, [1.5, -2.0], dtype)
    (x + x).backward(impl.tensor([1.0, -0.5], dtype=dtype))
    return x.grad


def diamond(impl: Any, dtype: str) -> Any:
    x = leaf(impl, [[1.5, -2.0], [0.5, 4.0]], dtype)
    left, right = x * 2.0, x + x.sum()
    ((left * right).sum(dim=0) * impl.tensor([1.0, -3.0], dtype=dtype)).sum().backward()
    return x.grad


def ladder(impl: Any, dtype: str) -> Any:
    """Every rung uses the one before twice and the first once."""
    x = leaf(impl, [1.0, -0.5], dtype)
    y = x
    for _ in range(8):
        y = y * 0.5 + y + x
    y.sum().backward()
    return x.grad


def two_outputs_of_one_graph(impl: Any, dtype: str) -> Any:
    x = leaf(impl, [1.0, 2.0], dtype)
    shared = x * x
    (shared * 2.0).sum().backward(retain_graph=True)
    shared.sum().backward()
    return x.grad


def accumulates_over_graphs(impl: Any, dtype: str) -> Any:
    x = leaf(impl, [1.0, 2.0], dtype)
    for factor in (1.0, 0.5, -4.0):
        (x * factor).sum().backward()
    return x.grad


def retained_twice(impl: Any, dtype: str) -> Any:
    x = leaf(impl, [1.0, 2.0], dtype)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward(retain_graph=True)
    return x.grad


def leaf_backward(impl: Any, dtype: str) -> Any:
    x = leaf(impl, 3.0, dtype)
    x.backward()
    x.backward()
    return x.grad


def unused_part(impl: Any, dtype: str) -> Any:
    a, b, c = (leaf(impl, [1.0, 2.0], dtype) for _ in range(3))
    (a * 2.0 + b[0]).sum().backward()
    return [a.grad, b.grad, c.grad]


def constants_get_nothing(impl: Any, dtype: str) -> Any:
    x, c = leaf(impl, [1.0, 2.0], dtype), impl.tensor([4.0, 8.0], dtype=dtype)
    y = x * c
    y.sum().backward()
    return [x.grad, c.grad, y.requires_grad, c.requires_grad, y.is_leaf, c.is_leaf]


def detached(impl: Any, dtype: str) -> Any:
    x = leaf(impl, [1.0, 2.0], dtype)
    (x * x.detach()).sum().backward()
    return [x.grad, x.detach().requires_grad, x.detach().is_leaf]


def without_grad(impl: Any, dtype: str) -> Any:
    x = leaf(impl, [1.0, 2.0], dtype)
    recorded = {}
    with impl.no_grad():
        recorded["within no_grad"] = (x * 2).requires_grad
        with impl.no_grad():
            recorded["within no_grad within no_grad"] = (x * 2).requires_grad
        recorded["after an inner no_grad"] = (x * 2).requires_grad
        recorded["a leaf made within no_grad"] = leaf(impl, [1.0], dtype).requires_grad

    @impl.no_grad()
    def silent() -> Any:
        return x + x

    recorded["in a function under no_grad"] = silent().requires_grad
    return {**recorded, "after no_grad": (x * 2).requires_grad}


def grad_enabled_after_an_exception(impl: Any, dtype: str) -> Any:
    x = leaf(impl, [1.0], dtype)
    try:
        with impl.no_grad():
            raise KeyError
    except KeyError:
        return (x * 2).requires_grad


def mixed_dtypes(impl: Any, dtype: str) -> Any:
    """A gradient comes back in its leaf's dtype."""
    a, b = leaf(impl, [1.0, 2.0], "float32"), leaf(impl, [0.5, -1.0], "float64")
    (a * b).sum().backward()
    return [a.grad, b.grad]


def first_then_sum_of_dims(impl: Any, dtype: str) -> Any:
    """Inputs of every kind of broadcasting in one expression."""
    data = ([[1.0, 2.0]], [[1.0], [4.0]], 2.0)
    row, column, one = (leaf(impl, d, dtype) for d in data)
    upstream = impl.tensor([[1.0, 0.5], [-2.0, 8.0]], dtype=dtype)
    (row * column + one * row).backward(upstream)
    return [row.grad, column.grad, one.grad]


PROGRAMS = [
    squared_by_itself, added_to_itself, diamond, ladder, two_outputs_of_one_graph,
    accumulates_over_graphs, retained_twice, leaf_backward, unused_part, constants_get_nothing,
    detached, without_grad, grad_enabled_after_an_exception, mixed_dtypes, first_then_sum_of_dims,
]  # fmt: skip # a table


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_program(program, candidate, reference, dtype):
    offered(candidate, "tensor", "Tensor")
    result, expected = program(candidate, dtype), program(reference, dtype)
    assert_parity(result, expected, EXACT_VALUE, op="Tensor", direction=program.__name__)


@pytest.mark.parametrize("gates", [5_000, 100_000])
def test_long_chain_needs_no_recursion(gates, candidate):
    offered(candidate, "tensor", "Tensor")
    x = leaf(candidate, [1.0, -2.0])
    y = x
    for _ in range(gates // 2):
        y = (y + 1.0) * 1.0
    y.sum().backward()
    assert_parity(x.grad, np.ones(2, np.float32), EXACT, op="Tensor", direction="chain")


def test_doubling_visits_each_gate_once(candidate, reference):
    """y ← y + y thirty times has 2³⁰ paths and thirty gates."""
    offered(candidate, "Function")
    visits: list[str] = []

    def doubled(impl: Any, side: str) -> Any:
        class Add(impl.Function):
            @staticmethod
            def forward(ctx, a, b):
                return a + b

            @staticmethod
            def backward(ctx, upstream):
                visits.append(side)
                return upstream, upstream

        x = leaf(impl, 1.0)
        y = x
        for _ in range(30):
            y = Add.apply(y, y)
        y.backward()
        return x.grad

    ours, theirs = doubled(candidate, "ours"), doubled(reference, "theirs")
    assert_parity(ours, theirs, EXACT, op="Tensor", direction="doubling")
    assert visits.count("ours") == 30


def test_doubling_with_the_built_in_gate(candidate):
    """Exponential time would never come back from this."""
    offered(candidate, "tensor", "Tensor")
    x = leaf(candidate, 1.0)
    y = x
    for _ in range(100):
        y = y + y
    y.backward()
    assert x.grad.item() == 2.0**100


def test_gradients_share_no_memory(candidate):
    offered(candidate, "tensor", "Tensor")
    a, b = leaf(candidate, [1.0, 2.0]), leaf(candidate, [3.0, 4.0])
    upstream = candidate.tensor([1.0, 0.5])
    (a + b).backward(upstream)
    a.grad.zero_()
    assert_parity(
        [b.grad, upstream], [np.array([1.0, 0.5], np.float32)] * 2, op="Tensor", direction="alias"
    )
    for view in (lambda t: t.reshape(2, 1), lambda t: t[:], lambda t: t.T, lambda t: t + 0):
        x, upstream = leaf(candidate, [1.0, 2.0]), candidate.tensor([1.0, 0.5])
        y = view(x)
        y.backward(upstream.reshape(*y.shape))
        assert not np.may_share_memory(to_numpy(x.grad), to_numpy(upstream))
        assert not np.may_share_memory(to_numpy(x.grad), to_numpy(x))


def test_a_tensor_keeps_its_own_copy(candidate):
    offered(candidate, "tensor", "Tensor")
    array = np.array([1.0, 2.0])
    x = candidate.tensor(array, requires_grad=True)
    (x * x).sum().backward()
    array[:] = 7.0
    assert_parity([x, x.grad], [np.array([1.0, 2.0]), np.array([2.0, 4.0])], op="tensor")


def test_gradient_of_an_inner_tensor_is_not_kept(candidate, reference):
    offered(candidate, "tensor", "Tensor")
    for impl in (candidate, reference):
        x = leaf(impl, [1.0])
        y = x * 2
        y.sum().backward()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch warns that it is None
            assert y.grad is None


SIGMOIDS = [
    Case("sigmoid", inputs=(normal(4, 5, scale=3.0),), tier=COMPARATIVE, id="as a chain of gates",
         call=lambda impl, x: 1 / ((x * -1).exp() + 1), oracle=lambda m, x: m.sigmoid(x)),
    Case("Tensor.__matmul__", inputs=(dyadic(4, 3), dyadic(3, 2), dyadic(2, 5)), tier=EXACT,
         call=lambda impl, a, b, c: (a @ b) @ c + (a @ (b @ c)) * 0.5, id="two orders"),
]  # fmt: skip # a table


@cases(SIGMOIDS)
def test_composed_gates(case, check):
    check(case)
