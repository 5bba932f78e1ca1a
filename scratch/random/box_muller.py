"""Normal samples from uniform ones: the Box–Muller transform.

    r = √(−2 ln u₁),  θ = 2π u₂,      n₁ = r cos θ,  n₂ = r sin θ

with u₁ in (0, 1] and u₂ in [0, 1) gives two independent samples of N(0, 1). PyTorch evaluates it in
three ways, and the last bit tells which: in double precision with the C library; in single precision
with the C library where there are no vector kernels; and with the polynomials of Cephes in fused
arithmetic where there are.

Sources: Box & Muller (1958), "A note on the generation of random normal deviates"; Moshier, Cephes
mathematical library (1984–1992): logf, sinf, cosf.
"""

from __future__ import annotations

import ctypes
import functools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from scratch.random.fused import vector_kernels

if TYPE_CHECKING:
    from collections.abc import Callable

    from scratch.autograd import Array

_BLOCK = 2**15  # pairs at a time: the temporaries of the polynomials stay in cache

_f = np.float32
_SQRT_HALF = _f(0.707106781186547524)
_LN2_HIGH, _LN2_LOW = _f(0.693359375), _f(-2.12194440e-4)
_LOG = (
    *(7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1),
    *(-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1),
)
_SIN = (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
_COS = (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
_FOUR_OVER_PI = _f(1.27323954473516)
_PI_OVER_4 = (_f(0.78515625), _f(2.4187564849853515625e-4), _f(3.77489497744594108e-8))


def box_muller(u: Array) -> Array:
    """Turn u of shape (..., 2, k), uniform in [0, 1), into standard normal samples of that shape.

    ``u[..., 0, :]`` becomes 1 − u₁ and ``u[..., 1, :]`` is u₂; n₁ and n₂ take their places.
    """
    if u.dtype == np.float64:
        return _pairs(u, _radius_float64, _cos_sin_float64)
    if not vector_kernels():
        return _pairs(u, _radius_libm, _cos_sin_libm)
    normal = np.empty_like(u)
    for start in range(0, len(u), _BLOCK // 8):
        part = slice(start, start + _BLOCK // 8)
        normal[part] = _pairs(u[part], _radius_cephes, _cos_sin_cephes)
    return normal


def _pairs(
    u: Array, radius: Callable[[Array], Array], cos_sin: Callable[[Array], tuple[Array, Array]]
) -> Array:
    r = radius(1 - u[..., 0, :])
    cos, sin = cos_sin(u[..., 1, :])
    return np.stack([r * cos, r * sin], axis=-2)


def _radius_float64(u1: Array) -> Array:
    return np.sqrt(-2.0 * _each(math.log, u1))


def _cos_sin_float64(u2: Array) -> tuple[Array, Array]:
    theta = 2.0 * math.pi * u2
    return _each(math.cos, theta), _each(math.sin, theta)


def _each(function: Callable[[float], float], x: Array) -> Array:
    """The C library's function, elementwise: NumPy's own vector versions differ in the last bit."""
    return np.fromiter(map(function, x.ravel().tolist()), x.dtype, x.size).reshape(x.shape)


def _radius_libm(u1: Array) -> Array:
    return np.sqrt(_f(-2) * _each(_libm("log"), u1))


def _cos_sin_libm(u2: Array) -> tuple[Array, Array]:
    theta = (2.0 * math.pi * u2.astype(np.float64)).astype(np.float32)
    return _each(_libm("cos"), theta), _each(_libm("sin"), theta)


@functools.cache
def _libm(name: str) -> Callable[[float], float]:
    """The C library's single-precision function, or the double-precision one where it hides."""
    try:
        function = getattr(ctypes.CDLL(None), f"{name}f")
    except (OSError, TypeError, AttributeError):
        fallback: Callable[[float], float] = getattr(math, name)
        return fallback
    function.argtypes, function.restype = [ctypes.c_float], ctypes.c_float
    single: Callable[[float], float] = function
    return single


def _fma(a: Array, b: Array | np.floating[Any], c: Array | np.floating[Any]) -> Array:
    """a·b + c in float32 by way of float64.

    The product is exact, the sum is rounded twice; for the polynomials below that never changes a
    bit on any of the 2²⁴ arguments a uniform sample can give them (tests check it).
    """
    return (a.astype(np.float64) * b + c).astype(np.float32)


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    """Horner's rule, highest power first."""
    y = np.full_like(x, coefficients[0])
    for c in coefficients[1:]:
        y = _fma(y, x, _f(c))
    return y


def _radius_cephes(u1: Array) -> Array:
    return np.sqrt(_f(-2) * _log(u1))


def _log(u: Array) -> Array:
    """ln u = ln x + e ln 2 with √½ ≤ x < √2; ln x = x' − x'²/2 + x'³ P(x'), x' = x − 1."""
    m, exponent = np.frexp(u)
    below = m < _SQRT_HALF
    e = (exponent - below).astype(np.float32)
    x = (m - _f(1)) + np.where(below, m, _f(0))
    z = x * x
    y = _fma(_polynomial(_LOG, x) * x, z, e * _LN2_LOW)
    y = x + (y - z * _f(0.5))
    return _fma(e, _LN2_HIGH, y)


def _cos_sin_cephes(u2: Array) -> tuple[Array, Array]:
    """cos and sin of θ = 2πu₂, from the polynomials on [−π/4, π/4] and the octant j of θ."""
    theta = _f(2 * math.pi) * u2
    j = ((theta * _FOUR_OVER_PI).astype(np.int32) + 1) & ~1
    x, octants = theta, j.astype(np.float32)
    for part in _PI_OVER_4:
        x = _fma(octants, -part, x)
    z = x * x
    c = _fma(_polynomial(_COS, z) * z, z, -(z * _f(0.5))) + _f(1)
    s = _fma(_polynomial(_SIN, z) * z, x, x)
    swapped = (j & 2) != 0
    cos, sin = np.where(swapped, s, c), np.where(swapped, c, s)
    return np.where((j + 2) & 4 != 0, -cos, cos), np.where(j & 4 != 0, -sin, sin)
