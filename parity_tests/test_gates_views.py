"""Views behind views: random programs of reshapes, transposes, indices and copies, bit by bit.

A gate alone meets upstreams of one piece; within a program they come transposed and strided.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from parity_tests.instrument import EXACT, assert_parity, to_tensor


def chain(rng: np.random.Generator, shape: tuple[int, ...]) -> list[str]:
    """A random program of views and copies, as text: what ``y = …`` is, step by step."""
    steps = []
    for _ in range(rng.integers(2, 6)):
        ndim, kind = len(shape), rng.integers(8)
        axis = int(rng.integers(ndim)) if ndim else 0
        if kind < 2 or not ndim:
            size = int(np.prod(shape))
            first = int(rng.choice([d for d in range(1, size + 1) if size % d == 0]))
            second = int(rng.choice([d for d in range(1, size + 1) if size // first % d == 0]))
            steps.append(f"y.reshape({second}, {first}, -1)")
        elif kind == 2 and ndim == 2:
            steps.append("y.T")
        elif kind < 5:
            steps.append(f"y.transpose({axis}, {int(rng.integers(-ndim, ndim))})")
        elif kind == 5:
            at = [":"] * axis + [str(rng.choice(["0", "-1", "::2", "None", "[0, -1, 0]"]))]
            steps.append(f"y[{', '.join(at)}]")
        elif kind == 6:
            steps.append(f"impl.cat([y, y * 0.5], dim={axis})")
        else:
            steps.append(f"impl.stack([y * 2.0, y], dim={axis})")
        y = np.zeros(shape, bool)
        shape = _run(_SHAPES_ONLY, [steps[-1]], y).shape
    return steps


class _Shapes(np.ndarray):
    """An array with torch's ``transpose``, to know shapes by."""

    def transpose(self, *axes: Any) -> Any:
        return np.swapaxes(self, *axes).view(_Shapes)


_SHAPES_ONLY = SimpleNamespace(
    cat=lambda arrays, dim: np.concatenate(arrays, dim).view(_Shapes),
    stack=lambda arrays, dim: np.stack(arrays, dim).view(_Shapes),
)


def _run(impl: Any, steps: list[str], y: Any) -> Any:
    """The program on a tensor of either side, or on an array."""
    y = y.view(_Shapes) if isinstance(y, np.ndarray) else y
    for step in steps:
        y = eval(step, {"impl": impl, "y": y})  # made of nothing but what `chain` writes
    return y


@pytest.mark.parametrize("number", range(40))
def test_chains_of_views(candidate, reference, seed, number, dtype, device):
    """Whatever views stand one behind the other: upstreams of every step, in any memory layout."""
    rng = np.random.default_rng([number, seed])
    shape = [(4, 6), (2, 3, 4), (3, 5), (12,), (2, 2, 3, 2)][number % 5]
    steps = chain(rng, shape)
    x = rng.integers(-32, 33, shape).astype(dtype) / 8
    upstream, results = None, []
    for impl, where in ((reference, device), (candidate, "cpu")):
        leaf = to_tensor(impl, x.copy(), requires_grad=True, device=where)
        y = _run(impl, steps, leaf)
        if upstream is None:
            upstream = rng.integers(-32, 33, tuple(y.shape)).astype(dtype) / 8
        y.backward(to_tensor(impl, upstream.copy(), device=where))
        results.append({"value": y, "gradient": leaf.grad})
    direction = f"{shape}: " + "; ".join(f"y = {step}" for step in steps)
    assert_parity(
        results[1], results[0], EXACT, op="Tensor", direction=f"views, {direction}", device=device
    )
