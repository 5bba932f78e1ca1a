"""Values and derivatives in as many digits as their own size needs, not that of what made them.

A formula in p digits is off by 10^-p times the largest number in it, and its difference quotient by
that over h, however small the result: of elu's slope at -300, e^-300 beside a value of -1, nothing
is left in 60 digits. So whatever comes out small against those errors is evaluated once more, in so
many digits, and with so small a step, that the error is below every float64.

Where the forward and the backward difference disagree, f has a kink: the derivative there is a
convention, and torch's stands in for the oracle.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np

from parity_tests.instrument import high_precision as m
from parity_tests.instrument import tolerances as table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: What a formula raises outside of its domain.
OUTSIDE = (ZeroDivisionError, ValueError, OverflowError, mpmath.libmp.NoConvergence)

#: Decades that errors may span: float64's largest number squared, over the smallest step. What is
#: larger, as the largest number to its own power, no digits help, and torch has ∞ there.
_WIDEST = 2 * 308 + 324 + 175


def digits(numbers: Iterable[float]) -> int:
    """60, and more for arguments of very different size: f(x ± h) must still differ."""
    sizes = [abs(x) for x in numbers if x != 0 and math.isfinite(x)]
    apart = math.log10(max([1.0, *sizes])) - math.log10(min([1.0, *sizes]))
    return m.DIGITS + int(apart + 1)


def size(*numbers: Any) -> Any:
    """The largest finite magnitude, at least 1: what rounding errors are taken to refer to."""
    return max([mpmath.mpf(1), *(abs(v) for v in map(mpmath.mpf, numbers) if mpmath.isfinite(v))])


def enough(result: Any, errors: Any, digits: int) -> bool:
    """Whether a result in so many digits, off by 10^-digits · errors, keeps TRUSTED_DIGITS."""
    least = mpmath.mpf(10) ** (int(table.TRUSTED_DIGITS.value) - digits) * errors
    return bool(mpmath.isinf(result) or abs(result) >= least)


def more(errors: Any) -> int:
    """So many digits that 10^-digits · errors is nothing, even beside the smallest float64."""
    return int(table.SMALLEST_DIGITS.value + min(mpmath.log10(errors), _WIDEST) + 1)


def value(f: Callable[[], Any], errors: Any, digits: int) -> Any:
    """f(); `errors` is the size of what is added up in it."""
    with m.precision(digits):
        first = f()
        if mpmath.isnan(first) or enough(first, errors, digits):
            return first
    with m.precision(more(errors)):
        return f()


def derivative(
    f: Callable[[Any], Any], here: Callable[[], Any], x: Any, errors: Any, digits: int
) -> Any:
    """f'(0) of a function of the distance from x; NaN at a kink and outside of the domain.

    here: f(0), which is asked for again and again. errors: as in `value`.
    """
    unit = mpmath.mpf(min(abs(x), 1) or 1)

    def quotient(h: Any) -> Any:
        return attempt(lambda: slope(f(h), here(), f(-h), h))

    h = unit * table.DIFFERENCE_STEP.value
    with m.precision(digits):
        first = quotient(h)
        if enough(first, errors / h, digits):
            return first
    h = unit * table.CAREFUL_STEP.value
    with m.precision(more(errors / h)):
        return quotient(h)


class Point:
    """A formula of numbers at one point: its value and its partial derivatives."""

    def __init__(self, formula: Callable[..., Any], point: list[float]) -> None:
        self.formula, self.x = formula, [mpmath.mpf(v) for v in point]
        self.digits, self.size = digits(point), size(*point)
        self.known: dict[int, Any] = {}  # f here, by the digits in which it was evaluated

    @cached_property
    def value(self) -> Any:
        """NaN where it is not defined."""
        return value(self._here, self.size, self.digits)

    def partial(self, i: int) -> Any:
        """∂f/∂x[i]; NaN where it is not defined."""
        x = self.x
        if not all(mpmath.isfinite(v) for v in x):
            return mpmath.mpf("nan")

        def moved(step: Any) -> Any:
            return scalar(self.formula(*x[:i], x[i] + step, *x[i + 1 :]))

        errors = size(self.size, self.value)
        return derivative(moved, self._here, x[i], errors, self.digits)

    def _here(self) -> Any:
        digits = mpmath.mp.dps
        if digits not in self.known:
            self.known[digits] = attempt(lambda: scalar(self.formula(*self.x)))
        return self.known[digits]


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


def scalar(value: Any) -> Any:
    """A formula's result as one number; NaN for a complex one."""
    value = value.item() if isinstance(value, np.ndarray) else value
    return mpmath.mpf("nan") if isinstance(value, mpmath.mpc) else mpmath.mpf(value)
