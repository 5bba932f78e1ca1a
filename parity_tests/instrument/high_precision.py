"""A few NumPy functions in 60 decimal digits: the vocabulary of the float64 oracles.

Arrays are object arrays of mpmath's mpf; NumPy's own arithmetic, indexing, broadcasting, `@` and
`np.where` work on them. A value outside a real function's domain becomes NaN.
"""

from __future__ import annotations

import builtins
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import mpmath
import numpy as np
from mpmath import mp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DIGITS = 60


class Oracle(NamedTuple):
    """A high-precision array as the unevaluated sum of two float64 arrays."""

    high: np.ndarray
    low: np.ndarray

    def error(self, actual: np.ndarray) -> np.ndarray:
        """|actual − oracle|; the first difference is exact where the two are close."""
        return np.abs((actual.astype(np.float64) - self.high) - self.low)


@contextmanager
def precision(digits: int = DIGITS) -> Iterator[None]:
    """mpmath works with this many decimal digits inside."""
    with mp.workdps(digits):
        yield


def to_mpf(array: np.ndarray) -> np.ndarray:
    """A float array as an object array of mpf, exactly; other dtypes as they are."""
    if array.dtype.kind != "f":
        return array
    out = np.empty(array.shape, dtype=object)
    out.reshape(-1)[:] = [mpmath.mpf(float(v)) for v in array.reshape(-1)]
    return out


def split(value: Any) -> Oracle:
    """An object array (or mpf, or number) as high + low."""
    array = np.asarray(value, dtype=object)
    high = np.empty(array.shape)
    low = np.zeros(array.shape)
    for i, v in np.ndenumerate(array):
        high[i] = head = _to_float(v)
        if np.isfinite(head):
            low[i] = _to_float(v - mpmath.mpf(head))
    return Oracle(high, low)


def _to_float(value: Any) -> float:
    """The nearest float64; NaN for a complex number (outside the real domain)."""
    if isinstance(value, mpmath.mpc):
        return float("nan")
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _elementwise(function: Callable[..., Any], arity: int = 1) -> Callable[..., Any]:
    return np.frompyfunc(function, arity, 1)


exp = _elementwise(mpmath.exp)
log = _elementwise(mpmath.log)
log1p = _elementwise(mpmath.log1p)
expm1 = _elementwise(mpmath.expm1)
sqrt = _elementwise(mpmath.sqrt)
tanh = _elementwise(mpmath.tanh)
sin = _elementwise(mpmath.sin)
cos = _elementwise(mpmath.cos)
erf = _elementwise(mpmath.erf)
floor = _elementwise(mpmath.floor)
power = _elementwise(mpmath.power, 2)
absolute = _elementwise(builtins.abs)
sigmoid = _elementwise(lambda x: 1 / (1 + mpmath.exp(-x)))
sign = _elementwise(mpmath.sign)
maximum = _elementwise(builtins.max, 2)
minimum = _elementwise(builtins.min, 2)
where = np.where
pi = mpmath.pi


def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Σ x, exactly rounded to 60 digits."""
    return np.sum(np.asarray(x, dtype=object), axis=axis, keepdims=keepdims)


def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Σ x / n."""
    x = np.asarray(x, dtype=object)
    total = np.sum(x, axis=axis, keepdims=keepdims)
    return total / (x.size // builtins.max(np.size(total), 1))


def max(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest element."""
    return np.max(np.asarray(x, dtype=object), axis=axis, keepdims=keepdims)


def reduce(x: Any, reduction: str) -> Any:
    """x, its mean or its sum, as a loss's `reduction` says."""
    return {"none": lambda v: v, "mean": mean, "sum": sum}[reduction](x)
