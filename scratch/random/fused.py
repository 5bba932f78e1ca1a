"""Fused multiply–add, fma(a, b, c) = a·b + c rounded once, and where PyTorch's kernels use it.

The vector kernels (AVX2; AVX-512 machines run the same ones here) are compiled with fused
multiply–add, the plain x86 kernels are not, and the last bit of a uniform sample depends on it. NumPy
has no fma, so it is computed without error terms left over:

    a·b = p + e exactly (Dekker's product; for float32, e = 0 in double precision)
    RN(p + e + c) = RN(h + RO(l)),   h + l = p + e + c without error, RO = round to odd

Sources: Dekker (1971), "A floating-point technique for extending the available precision"; Knuth,
TAOCP 2, 4.2.2 (the error of a sum); Boldo & Melquiond (2008), "Emulation of a FMA and correctly
rounded sums: proved algorithms using rounding to odd".
"""

from __future__ import annotations

import functools
import importlib
import os
import platform
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scratch.autograd import Array

_LARGE = 2.0**970  # beyond it Dekker's splitting overflows
_BLOCK = 2**13  # elements at a time: the error terms stay in cache


@functools.cache
def vector_kernels() -> bool:
    """Whether PyTorch would run its AVX2 kernels here (environment: ``ATEN_CPU_CAPABILITY``)."""
    asked = os.environ.get("ATEN_CPU_CAPABILITY")
    if asked in ("default", "avx2", "avx512"):
        return asked != "default" and _is_x86()
    return _is_x86() and (_cpu_has("X86_V3") or (_cpu_has("AVX2") and _cpu_has("FMA3")))


@functools.cache
def fused_kernels() -> bool:
    """Whether a·b + c is fused in PyTorch's kernels: with AVX2, and on ARM and POWER always."""
    return vector_kernels() or not _is_x86()


def _is_x86() -> bool:
    return platform.machine().lower() in ("x86_64", "amd64", "i386", "i686")


def _cpu_has(feature: str) -> bool:
    # where NumPy keeps what it found out for its own kernels; there is no public name for it
    found = importlib.import_module("numpy._core._multiarray_umath").__cpu_features__
    return bool(found.get(feature, False))


def multiply_add(a: Array, b: float, c: float) -> Array:
    """a·b + c as PyTorch's kernels on this machine round it; a is an array, b and c are numbers."""
    return fma(a, b, c) if fused_kernels() else a * a.dtype.type(b) + a.dtype.type(c)


@np.errstate(all="ignore")
def fma(a: Array, b: float, c: float) -> Array:
    """a·b + c, rounded once, for a one-dimensional float32 or float64 array and two numbers.

    >>> float(fma(np.array([1 + 2.0**-52]), 1 + 2.0**-52, -1.0)[0]) == 2.0**-51 + 2.0**-104
    True
    """
    kind = a.dtype.type
    if c == 0:  # the product alone is rounded once already
        return a * kind(b) + kind(c)
    b, c = float(kind(b)), float(kind(c))
    rounded_once = _fma32 if a.dtype == np.float32 else _fma64
    result = np.empty_like(a)
    for start in range(0, len(a), _BLOCK):
        part = slice(start, start + _BLOCK)
        result[part] = rounded_once(a[part], b, c)
    return result


def _fma32(a: Array, b: float, c: float) -> Array:
    return _add_to_odd(a.astype(np.float64) * b, c).astype(np.float32)


def _fma64(a: Array, b: float, c: float) -> Array:
    if not abs(b) < _LARGE:
        return a * b + c
    p, e = _two_product(a, b)
    high, low = _two_sum(c, e)
    high, middle = _two_sum(p, high)
    return high + _add_to_odd(middle, low)


def _two_sum(x: Array | float, y: Array | float) -> tuple[Array, Array]:
    """x + y = s + error, exactly."""
    s = np.asarray(x + y)
    t = s - x
    return s, np.asarray((x - (s - t)) + (y - t))


def _two_product(x: Array, y: float) -> tuple[Array, Array]:
    """x·y = p + error, exactly: each factor is split in halves of 26 bits."""
    p = x * y
    x_high, x_low = _split(x)
    y_high, y_low = _split(np.asarray(y))
    return p, ((x_high * y_high - p) + x_high * y_low + x_low * y_high) + x_low * y_low


def _split(x: Array) -> tuple[Array, Array]:
    scaled = x * (2.0**27 + 1)
    high = scaled - (scaled - x)
    return high, x - high


def _add_to_odd(x: Array, y: Array | float) -> Array:
    """x + y rounded to odd: an inexact sum takes the neighbour whose last bit is 1.

    So no information about what was cut off is lost to a second rounding.
    """
    s, error = _two_sum(x, y)
    bits = s.view(np.int64)
    inexact = (error > 0) | (error < 0)  # false for NaN, which comes with an infinite sum
    outward = (error > 0) == (s > 0)
    bits += np.where(inexact & (bits & 1 == 0), np.where(outward, 1, -1), 0)
    return s
