"""What the tests of conventions share: a function seen at a few points, and one exact statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from parity_tests.instrument import EXACT_VALUE, Tier, assert_parity, offered
from parity_tests.instrument.sides import forward

if TYPE_CHECKING:
    from collections.abc import Callable


def value(impl: Any, f: Callable[..., Any], *arrays: Any) -> np.ndarray:
    """f(impl, *tensors) of arrays or float64 lists."""
    return _seen(impl, f, arrays, ()).outputs[0]


def slopes(impl: Any, f: Callable[..., Any], *arrays: Any) -> list[np.ndarray]:
    """∂ Σ f / ∂ input for every input: the slope of f where f works element by element."""
    result = _seen(impl, f, arrays, range(len(arrays)))
    found = result.pullback([np.ones_like(output) for output in result.outputs], False)
    assert all(slope is not None for slope in found)
    return [np.asarray(slope) for slope in found]


def slope(impl: Any, f: Callable[..., Any], *arrays: Any) -> np.ndarray:
    """∂ Σ f / ∂ first input."""
    return slopes(impl, f, *arrays)[0]


def _seen(impl: Any, f: Callable[..., Any], arrays: tuple[Any, ...], wrt: Any) -> Any:
    offered(impl, "Tensor")
    inputs = [np.asarray(a, dtype=getattr(a, "dtype", np.float64)) for a in arrays]
    return forward(impl, lambda *tensors: f(impl, *tensors), inputs, wrt)


def same(op: str, actual: Any, expected: Any, tier: Tier = EXACT_VALUE) -> None:
    """Hold a result against numbers in its own dtype."""
    __tracebackhide__ = True
    result = np.asarray(actual)
    assert_parity(result, np.asarray(expected, dtype=result.dtype), tier, op=op)
