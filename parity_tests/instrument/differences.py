"""Central differences in 60 digits, at h = 1e-20: their error is 1e-40.

Where the forward and the backward difference disagree, f has a kink: the derivative there is a
convention, and torch's stands in for the oracle.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np

from parity_tests.instrument import tolerances as table

if TYPE_CHECKING:
    from collections.abc import Callable

#: What a formula raises outside of its domain.
OUTSIDE = (ZeroDivisionError, ValueError, OverflowError, mpmath.libmp.NoConvergence)


def extra_digits(point: list[float]) -> int:
    """More digits for arguments of very different size: f(x ± h) must still differ."""
    sizes = [abs(x) for x in point if x != 0 and math.isfinite(x)]
    return int(math.log10(max([1.0, *sizes])) - math.log10(min([1.0, *sizes])) + 1)


def value(f: Callable[..., Any], point: list[float]) -> Any:
    """f at a point; NaN where it is not defined."""
    return attempt(lambda: _scalar(f(*map(mpmath.mpf, point))))


def partial(f: Callable[..., Any], point: list[float], i: int, here: Any) -> Any:
    """∂f/∂x[i] at a point where f is `here`; NaN where it is not defined."""
    x = [mpmath.mpf(v) for v in point]
    if not all(mpmath.isfinite(v) for v in x):
        return mpmath.mpf("nan")
    h = mpmath.mpf(table.DIFFERENCE_STEP.value) * (abs(x[i]) if x[i] != 0 else 1)

    def moved(step: Any) -> Any:
        return _scalar(f(*x[:i], x[i] + step, *x[i + 1 :]))

    return attempt(lambda: slope(moved(h), here, moved(-h), h))


def slope(above: Any, here: Any, below: Any, h: Any) -> Any:
    """The derivative; NaN at a kink."""
    right, left = (above - here) / h, (here - below) / h
    jump = abs(right - left)
    if jump > table.KINK.value * (abs(right) + abs(left)) and jump > table.KINK_CURVATURE.value * h:
        return mpmath.mpf("nan")
    return (above - below) / (2 * h)


def attempt(function: Callable[[], Any]) -> Any:
    """What it gives; NaN outside of the formula's domain."""
    try:
        return function()
    except OUTSIDE:
        return mpmath.mpf("nan")


def _scalar(value: Any) -> Any:
    value = value.item() if isinstance(value, np.ndarray) else value
    return mpmath.mpf("nan") if isinstance(value, mpmath.mpc) else mpmath.mpf(value)
