"""The gates of arithmetic, each with its local gradient.

Gradients of inputs that were broadcast are returned in the output's shape; the engine sums them.
"""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING

import numpy as np

from scratch.autograd.gate import Gate

if TYPE_CHECKING:
    from scratch.autograd.dtypes import DType
    from scratch.autograd.gate import Array

Pair = tuple["Array | None", "Array | None"]


class Add(Gate):
    """y = a + b;   ∂y/∂a = 1, ∂y/∂b = 1."""

    def forward(self, a: Array, b: Array) -> Array:
        return a + b

    def backward(self, upstream: Array) -> Pair:
        return upstream, upstream


class Subtract(Gate):
    """y = a − b;   ∂y/∂a = 1, ∂y/∂b = −1."""

    def forward(self, a: Array, b: Array) -> Array:
        return a - b

    def backward(self, upstream: Array) -> Pair:
        return upstream, -upstream if self.needs[1] else None


class Multiply(Gate):
    """y = a·b;   ∂y/∂a = b, ∂y/∂b = a: the gate switches its inputs."""

    def forward(self, a: Array, b: Array) -> Array:
        self.a, self.b = a, b
        return a * b

    def backward(self, upstream: Array) -> Pair:
        return (
            upstream * self.b if self.needs[0] else None,
            upstream * self.a if self.needs[1] else None,
        )


class Divide(Gate):
    """y = a/b;   ∂y/∂a = 1/b, ∂y/∂b = −a/b²."""

    def forward(self, a: Array, b: Array) -> Array:
        self.b = b
        self.y = y = np.asarray(a / b)
        return y

    def backward(self, upstream: Array) -> Pair:
        return (
            upstream / self.b if self.needs[0] else None,
            -upstream * (self.y / self.b) if self.needs[1] else None,
        )


class Negate(Gate):
    """y = −x;   dy/dx = −1."""

    def forward(self, x: Array) -> Array:
        if x.dtype == np.bool_:
            raise RuntimeError("negation of a bool tensor is not supported; use ~ instead")
        return -x

    def backward(self, upstream: Array) -> Array:
        return -upstream


class Reciprocal(Gate):
    """y = 1/x;   dy/dx = −1/x² = −y²."""

    def forward(self, x: Array) -> Array:
        self.y = y = np.reciprocal(x)
        return y

    def backward(self, upstream: Array) -> Array:
        return -upstream * (self.y * self.y)


class Exp(Gate):
    """y = e^x;   dy/dx = e^x = y."""

    def forward(self, x: Array) -> Array:
        self.y = y = np.exp(x)
        return y

    def backward(self, upstream: Array) -> Array:
        return upstream * self.y


class Log(Gate):
    """y = ln x;   dy/dx = 1/x."""

    def forward(self, x: Array) -> Array:
        self.x = x
        return np.log(x)

    def backward(self, upstream: Array) -> Array:
        return upstream / self.x


class Sqrt(Gate):
    """y = √x;   dy/dx = 1/(2√x) = 1/(2y)."""

    def forward(self, x: Array) -> Array:
        self.y = y = np.sqrt(x)
        return y

    def backward(self, upstream: Array) -> Array:
        return upstream / (2 * self.y)


class Absolute(Gate):
    """y = |x|;   dy/dx = sign(x), and 0 at the kink (and, as in PyTorch, at NaN)."""

    def forward(self, x: Array) -> Array:
        if x.dtype.kind == "b":
            raise NotImplementedError("abs: not defined for bool tensors, which have no sign")
        self.x = x
        return np.abs(x)

    def backward(self, upstream: Array) -> Array:
        return upstream * np.where(np.isnan(self.x), 0, np.sign(self.x))


class Power(Gate):
    """y = a^b;   ∂y/∂a = b·a^(b−1), which is 0 for b = 0; ∂y/∂b = y·ln a, 0 for a = 0 ≤ b."""

    def forward(self, a: Array, b: Array) -> Array:
        if a.dtype.kind == "b":
            raise NotImplementedError("pow: not defined for two bools; convert one of them first")
        if a.dtype.kind == "i" and (b < 0).any():  # cut off to integers: 0, but for 1 and −1
            return np.where(b < 0, (np.abs(a) == 1) * np.power(a, b & 1), np.power(a, np.abs(b)))
        self.a, self.b = a, b
        self.y = y = np.power(a, b)
        return y

    def backward(self, upstream: Array) -> Pair:
        a, b = self.a, self.b
        da = db = None
        if self.needs[0]:
            da = np.where(b == 0, 0, upstream * (b * np.power(a, b - 1)))
        if self.needs[1]:
            db = upstream * np.where((a == 0) & (b >= 0), 0, self.y * np.log(a))
        return da, db


class ScalarPower(Gate):
    """y = x^n for a Python number n;   dy/dx = n·x^(n−1), which is 0 for n = 0."""

    def forward(self, x: Array, exponent: float) -> Array:
        if x.dtype.kind in "iu" and exponent < 0:
            raise RuntimeError("integers to negative integer powers are not allowed; use floats")
        self.x, self.exponent = x, exponent
        return _power(x, exponent)

    def backward(self, upstream: Array) -> Array:
        if self.exponent == 0:
            return np.zeros_like(self.x)
        return upstream * (self.exponent * _power(self.x, self.exponent - 1))


def _power(x: Array, n: float) -> Array:
    """x^n, by products and roots for the n where that is the better rounded way (and PyTorch's)."""
    if n == 2:
        return x * x
    if n == 3:
        return x * x * x
    if n == -2:
        return 1 / (x * x)
    if n == 0.5:
        return np.sqrt(x)
    if n == -0.5:
        return 1 / np.sqrt(x)
    return np.asarray(x**n)


class Clip(Gate):
    """y = min(max(x, low), high);   dy/dx = 1 for low ≤ x ≤ high, else 0."""

    def forward(self, x: Array, low: float | None, high: float | None) -> Array:
        for bound in (low, high):
            if not (bound is None or isinstance(bound, Real)):
                raise TypeError(
                    f"clip: min and max must be numbers, got {type(bound).__name__}; "
                    "maximum and minimum take tensors"
                )
        self.x, self.low, self.high = x, low, high
        return np.clip(x, low, high)

    def backward(self, upstream: Array) -> Array:
        inside = np.ones(self.x.shape, np.bool_)
        if self.low is not None:
            inside &= self.x >= self.low
        if self.high is not None:
            inside &= self.x <= self.high
        return np.where(inside, upstream, upstream.dtype.type(0))


class Maximum(Gate):
    """y = max(a, b);   the larger input gets the gradient, at a tie each gets half."""

    def forward(self, a: Array, b: Array) -> Array:
        self.a, self.b = a, b
        return np.maximum(a, b)

    def backward(self, upstream: Array) -> Pair:
        return _shared_at_ties(self.a, self.b, upstream)


class Minimum(Gate):
    """y = min(a, b);   the smaller input gets the gradient, at a tie each gets half."""

    def forward(self, a: Array, b: Array) -> Array:
        self.a, self.b = a, b
        return np.minimum(a, b)

    def backward(self, upstream: Array) -> Pair:
        da, db = _shared_at_ties(self.b, self.a, upstream)
        return da, db


def _shared_at_ties(a: Array, b: Array, upstream: Array) -> tuple[Array, Array]:
    """The gradient to a where a > b, to b where a < b, half to each where they are equal."""
    zero = upstream.dtype.type(0)
    shared = np.where(a == b, upstream / 2, upstream)
    return np.where(a < b, zero, shared), np.where(a > b, zero, shared)


class Where(Gate):
    """y = a where the condition holds, else b; the gradient goes to the one that was taken."""

    def forward(self, condition: Array, a: Array, b: Array) -> Array:
        self.condition = condition
        return np.where(condition, a, b)

    def backward(self, upstream: Array) -> tuple[None, Array, Array]:
        zero = upstream.dtype.type(0)
        return (
            None,
            np.where(self.condition, upstream, zero),
            np.where(self.condition, zero, upstream),
        )


class Cast(Gate):
    """y = x in another dtype; the engine casts the gradient back."""

    def forward(self, x: Array, dtype: DType) -> Array:
        return x.astype(dtype)

    def backward(self, upstream: Array) -> Array:
        return upstream


class Clone(Gate):
    """y = a copy of x;   dy/dx = 1."""

    def forward(self, x: Array) -> Array:
        return x.copy()

    def backward(self, upstream: Array) -> Array:
        return upstream
