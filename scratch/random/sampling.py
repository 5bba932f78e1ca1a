"""Tensors of random numbers: rand, randn, randint, randperm, bernoulli, as PyTorch has them.

What is drawn, and in which order, is said in :mod:`scratch.random.distributions`.
"""

from __future__ import annotations

import operator
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from scratch.autograd import Gate, Tensor, apply, resolve_dtype, wrap
from scratch.autograd.dtypes import plain
from scratch.random.distributions import (
    bernoulli_from,
    fill_bernoulli,
    fill_normal,
    fill_uniform,
    integers,
    permutation,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scratch.autograd import Array
    from scratch.autograd.dtypes import DTypeLike
    from scratch.random.generator import Generator


def rand(
    *size: int | Sequence[int],
    generator: Generator | None = None,
    dtype: DTypeLike = None,
    requires_grad: bool = False,
) -> Tensor:
    """Samples of the uniform distribution U[0, 1), of shape ``size``.

    Raises:
        TypeError: ``size`` is missing or not made of integers.
        RuntimeError: ``size`` has a negative dimension.
        NotImplementedError: ``dtype`` is not floating.

    >>> from scratch.random import Generator
    >>> rand(2, 3, generator=Generator()).shape
    (2, 3)
    """
    array = np.empty(_shape("rand", size), resolve_dtype(dtype or "float32"))
    return wrap(fill_uniform(array, 0.0, 1.0, generator), requires_grad)


def randn(
    *size: int | Sequence[int],
    generator: Generator | None = None,
    dtype: DTypeLike = None,
    requires_grad: bool = False,
) -> Tensor:
    """Samples of the standard normal distribution N(0, 1), of shape ``size``.

    Raises:
        TypeError: ``size`` is missing or not made of integers.
        RuntimeError: ``size`` has a negative dimension.
        NotImplementedError: ``dtype`` is not floating.
    """
    array = np.empty(_shape("randn", size), resolve_dtype(dtype or "float32"))
    return wrap(fill_normal(array, 0.0, 1.0, generator), requires_grad)


def randint(
    low: int = 0,
    high: int | Sequence[int] | None = None,
    size: Sequence[int] | None = None,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike = None,
    requires_grad: bool = False,
) -> Tensor:
    """Integers of [low, high) with equal chances; also ``randint(high, size)`` with low = 0.

    Raises:
        TypeError: ``low``, ``high`` or ``size`` is missing or not made of integers.
        ValueError: ``low`` or ``high`` is beyond 64 bits.
        RuntimeError: low ≥ high, or the range does not fit in ``dtype`` (int64 by default).

    >>> sorted(set(randint(1, 7, (100,)).tolist()))
    [1, 2, 3, 4, 5, 6]
    """
    if size is None and isinstance(high, list | tuple):
        size, high = high, None
    if high is None:
        low, high = 0, low
    if not isinstance(size, list | tuple):
        raise TypeError(f"randint: size must be a tuple of integers, got {type(size).__name__}")
    a, b = _integer("randint", "low", low), _integer("randint", "high", high)
    if not (-(2**63) <= a < 2**63 and -(2**63) <= b < 2**63):
        raise ValueError(f"randint: low and high must be 64-bit integers, got {a} and {b}")
    shape, kind = _shape("randint", (size,)), resolve_dtype(dtype or "int64")
    if a >= b:
        raise RuntimeError(f"randint expects low < high, got low={a} and high={b}")
    a, b = _representable(a, b, kind)
    values = integers(a, b, int(np.prod(shape, dtype=np.int64)), generator)
    return _leaf(values.astype(kind).reshape(shape), requires_grad)


def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike = "int64",
    requires_grad: bool = False,
) -> Tensor:
    """The integers 0 … n − 1 in random order, of shape (n,).

    Raises:
        TypeError: ``n`` is not an integer.
        RuntimeError: ``n`` is negative, or too large for ``dtype``.

    >>> sorted(randperm(4).tolist())
    [0, 1, 2, 3]
    """
    n, kind = _integer("randperm", "n", n), resolve_dtype(dtype or "int64")
    if n < 0:
        raise RuntimeError(f"randperm expects n ≥ 0, got n={n}")
    if kind.kind == "b":
        raise NotImplementedError("randperm cannot make a permutation of bools")
    largest = 2 ** (np.finfo(kind).nmant + 1) if kind.kind == "f" else int(np.iinfo(kind).max)
    if n - 1 > largest:
        raise RuntimeError(f"randperm: {kind} is exact up to {largest} only, got n={n}")
    return _leaf(np.array(permutation(n, generator), dtype=kind), requires_grad)


class Bernoulli(Gate):
    """1 if u < p else 0; piecewise constant in p, so ∂/∂p = 0"""

    def forward(self, p: Array, generator: Generator | None) -> Array:
        return bernoulli_from(p, generator)

    def backward(self, upstream: Array) -> Array:
        return np.zeros_like(upstream)


def bernoulli(
    input: Tensor, p: float | None = None, *, generator: Generator | None = None
) -> Tensor:
    """Ones and zeros in the shape and dtype of ``input``, whose elements are the chances of a 1.

    With ``p``, every chance is ``p`` and the values of ``input`` do not matter.

    Raises:
        TypeError: ``input`` is not a Tensor, or ``p`` not a number.
        NotImplementedError: ``input`` is not floating (and ``p`` not given).
        RuntimeError: a chance is not within [0, 1].
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"bernoulli: input must be a Tensor, got {type(input).__name__}")
    if p is None:
        return apply(Bernoulli, input, generator=generator)
    p = plain(p)
    if not isinstance(p, int | float):
        raise TypeError(f"bernoulli: p must be a number, got {type(p).__name__}")
    return wrap(fill_bernoulli(np.empty(input.shape, input.dtype), p, generator))


def _shape(name: str, size: Sequence[Any]) -> tuple[int, ...]:
    """The shape that ``f(2, 3)`` or ``f((2, 3))`` asks for."""
    if not size:
        raise TypeError(f"{name}: size is missing")
    if len(size) == 1 and isinstance(size[0], list | tuple):
        size = size[0]
    shape = tuple(_integer(name, "size", n) for n in size)
    if any(n < 0 for n in shape):
        raise RuntimeError(f"{name}: dimensions must not be negative, got size {shape}")
    return shape


def _integer(name: str, argument: str, value: Any) -> int:
    try:
        if isinstance(value, bool):
            raise TypeError
        return operator.index(value)
    except TypeError:
        raise TypeError(
            f"{name}: {argument} must be made of integers, got {type(value).__name__}"
        ) from None


def _representable(low: int, high: int, dtype: np.dtype[Any]) -> tuple[int, int]:
    """The range itself if ``dtype`` holds its ends; for floats, narrowed to exact ends.

    Raises:
        RuntimeError: an end is out of range, or nothing is left.
    """
    if dtype.kind == "f":
        digits = np.finfo(dtype).nmant + 1
        after, before = int(dtype.type(low + 1)), int(dtype.type(high - 1))
        a = low if after >= low else after + _spacing(low + 1, digits)
        b = high if before < high else before - _spacing(high - 1, digits)
        if a >= b:
            raise RuntimeError(f"randint: no integer of [{low}, {high}) is exact in {dtype}")
        if max(abs(low), abs(high - 1)) > 2**digits:
            warnings.warn(f"{dtype} is exact for integers up to 2^{digits} only", stacklevel=3)
        return a, b
    least, most = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    if low < least or high - 1 > most:
        raise RuntimeError(f"randint: [{low}, {high}) is out of bounds for {dtype}")
    return low, high


def _spacing(value: int, digits: int) -> int:
    """The distance between neighbouring floats with that many binary digits, around ``value``."""
    return int(2 ** (abs(value).bit_length() - digits))


def _leaf(array: Array, requires_grad: bool) -> Tensor:
    return wrap(array).requires_grad_() if requires_grad else wrap(array)
