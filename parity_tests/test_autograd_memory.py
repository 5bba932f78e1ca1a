"""Which arrays gradients are: one that is held grows in place, and no two of them are the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_tests.instrument import EXACT, assert_parity, covers, offered, to_numpy

covers("grad")


def leaf(impl: Any, data: Any, dtype: str = "float32") -> Any:
    return impl.tensor(data, dtype=dtype, requires_grad=True)


def test_a_gradient_that_somebody_holds_grows(candidate, reference, dtype):
    """A second backward adds to the tensor that is there; whoever took it before sees the sum."""
    offered(candidate, "tensor", "Tensor")

    def run(impl: Any) -> Any:
        x = leaf(impl, [[1.0, 2.0], [0.5, -4.0]], dtype)
        (x * 3.0).sum().backward()
        held, seen = x.grad, []
        for power in (2, 3):  # whole arrays arrive, then sums over a branch
            (x**power + x * power).sum().backward()
            seen.append([held.tolist(), x.grad.tolist()])
        x.grad.zero_()
        return [*seen, held.tolist()]

    assert_parity(run(candidate), run(reference), EXACT, op="Tensor.backward", direction="held")


INNER: dict[str, Any] = {
    "h + k": lambda h, k: h + k,
    "h - k": lambda h, k: h - k,
    "h and k in shape": lambda h, k: h.reshape(2, 2) + k.reshape(2, 2),
    "h by itself": lambda h, _: h + 0,
    "h, transposed": lambda h, _: h.reshape(2, 2).T,
}


@pytest.mark.parametrize("kind", INNER)
@pytest.mark.parametrize("of", ["leaves", "inner tensors", "the output"])
def test_what_grad_returns_is_nobody_elses(candidate, kind, of):
    """Writing into one gradient changes neither another one nor the upstream gradient."""
    offered(candidate, "grad")
    a, b = leaf(candidate, [1.0, 2.0, 3.0, 4.0]), leaf(candidate, [0.5, 1.0, -1.0, 8.0])
    h, k = (a, b) if of == "leaves" else (a * 2.0, b * 2.0)
    y = INNER[kind](h, k)
    inputs = (y, h) if of == "the output" else (h, k)
    seed = candidate.tensor(np.arange(4.0, dtype=np.float32).reshape(tuple(y.shape)))
    found = candidate.grad(y, inputs, seed, allow_unused=True)
    arrays = [to_numpy(g) for g in found if g is not None]
    kept = [array.copy() for array in arrays]
    others = [to_numpy(t.detach()) for t in (seed, a, b, h, k, y)]
    for i, array in enumerate(arrays):
        rest = [*arrays[:i], *others]
        assert not any(np.may_share_memory(array, other) for other in rest), f"grad of {of}"
        array += 1.0
    assert_parity(arrays, [array + 1.0 for array in kept], EXACT, op="grad", direction=of)


def test_detach_shares_the_memory(candidate, reference):
    """What is written into the one stands in the other: the same tensor, cut out of the graph."""
    offered(candidate, "tensor", "Tensor")

    def run(impl: Any) -> Any:
        x = leaf(impl, [1.0, 2.0])
        y = x * 2.0
        seen = []
        for t in (x, y):
            t.detach().zero_()
            seen.append(t.tolist())
        return [*seen, x.detach().requires_grad, y.detach().is_leaf]

    assert_parity(run(candidate), run(reference), EXACT, op="Tensor.detach", direction="memory")
