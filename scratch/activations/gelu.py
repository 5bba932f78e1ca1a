"""GELU: the input times the probability that a standard normal variable is smaller than it.

    GELU(x) = x Φ(x)                                      Φ(x) + x φ(x)
    tanh form: x σ(2u), u = √(2/π) (x + 0.044715 x³)      σ + x σ (1 − σ) 2u'

Φ(x) = ½ (1 + erf(x/√2)) is the normal distribution function and φ(x) = e^(-x²/2)/√(2π) its density.
NumPy has neither erf nor Φ. Here Φ comes from the Mills ratio R, which is smooth and never small:

    Φ(−a) = e^(-a²/2) R(a),   Φ(a) = 1 − Φ(−a)   for a ≥ 0,   R(a) = ½ e^(a²/2) erfc(a/√2)

so the negative tail keeps its relative accuracy, where 1 + erf(x/√2) cancels. (a + 4) R(a) is a
polynomial in s = 2.2 a/(a + 4) − 1, which maps 0 ≤ a ≤ 40 onto −1 ≤ s ≤ 1.

Sources: Hendrycks and Gimpel (2016), "Gaussian Error Linear Units (GELUs)"; the change of variable,
Shepherd and Laframboise (1981), "Chebyshev Approximation of (1 + 2x) exp(x²) erfc x".
"""

from __future__ import annotations

import math

import numpy as np

from scratch.activations._domain import require_floating
from scratch.activations.smooth import sigma
from scratch.autograd import Array, Gate, Tensor, apply
from scratch.layers import Module

# Coefficients of s^0, s^1, … in (a + 4) R(a): the Chebyshev series, computed with 60 digits and cut
# where the rest is below 2e-10 for float32 results and 2e-17 for float64.
_MILLS = {
    np.dtype(np.float32): (
        *(0.8138922506996189, -0.6209942840399663, 0.3645080565975458, -0.15706339793252241),
        *(0.04326920072010707, -0.003331669556982565, -0.002524157088449482),
        *(0.0007500457489822707, 0.00014728246001930234, -8.674705044214097e-05),
        *(-1.2405969000339665e-05, 7.427177268033436e-06, 1.146746963912945e-06),
    ),
    np.dtype(np.float64): (
        *(0.8138922507262536, -0.6209942868501249, 0.36450805394676516, -0.15706331840039509),
        *(0.043269244021324794, -0.0033323154338531454, -0.002524424615837208),
        *(0.0007523105067260429, 0.00014808142068631306, -9.066465844880667e-05),
        *(-1.3667765304387884e-05, 1.0797539166487971e-05, 2.2078739920709277e-06),
        *(-1.2658718623040353e-06, -4.456507249097084e-07, 1.2263883533864811e-07),
        *(8.69938791956448e-08, -4.050277561896558e-09, -1.4482074451266905e-08),
        *(-1.5466431078909818e-09, 1.7962751632571044e-09, 2.695058662758576e-10),
        *(-1.2260650140933337e-10,),
    ),
}
_MILLS[np.dtype(np.float16)] = _MILLS[np.dtype(np.float32)]
_ZERO_FROM_HERE = 40.0  # e^(-40²/2) is 0 in float64
_BLOCK = 8192  # elements at a time: the float64 workspace stays in the cache


def normal_cdf_pdf(x: Array, dtype: np.dtype) -> tuple[Array, Array]:
    """Φ(x) and φ(x) of a float64 array, as accurately as results of ``dtype`` need."""
    a = np.minimum(np.abs(x), _ZERO_FROM_HERE)
    bell = _exp_minus_half_square(a) if dtype == np.float64 else np.exp(-0.5 * a * a)
    s = 2.2 * (a / (a + 4.0)) - 1.0
    mills = np.full_like(s, _MILLS[dtype][-1])
    for coefficient in _MILLS[dtype][-2::-1]:
        mills *= s
        mills += coefficient
    tail = bell * mills / (a + 4.0)
    cdf = tail + (x > 0) * (1.0 - 2.0 * tail)  # the tail, or 1 − tail, without a branch
    return cdf, bell / math.sqrt(2 * math.pi)


def _exp_minus_half_square(a: Array) -> Array:
    """e^(-a²/2), correct to the last digits although a² has twice as many digits as fit.

    With a = high + low, high of 24 bits, the rounding error of a·a is known; e^-δ ≈ 1 − δ mends it.
    """
    square = a * a
    high = a.astype(np.float32).astype(np.float64)
    low = a - high
    delta = 0.5 * ((high * high - square) + 2.0 * high * low + low * low)
    return np.exp(-0.5 * square) * (1.0 - delta)


class GELUGate(Gate):
    """y = x Φ(x),   dy/dx = Φ(x) + x φ(x).

    Both are computed in float64, block by block, and rounded once: 0.5 ulp in float32.
    """

    def forward(self, x: Array) -> Array:
        require_floating(x, "gelu")
        y, self.slope = np.empty_like(x, order="C"), np.empty_like(x, order="C")
        flat_x, flat_y, flat_slope = x.reshape(-1), y.reshape(-1), self.slope.reshape(-1)
        for start in range(0, x.size, _BLOCK):
            block = slice(start, start + _BLOCK)
            wide = flat_x[block].astype(np.float64)
            cdf, pdf = normal_cdf_pdf(wide, x.dtype)
            flat_y[block] = wide * cdf
            flat_slope[block] = cdf + wide * pdf
        return y

    def backward(self, upstream: Array) -> Array:
        return upstream * self.slope


class TanhGELUGate(Gate):
    """y = x σ(2u), u = √(2/π) (x + 0.044715 x³),   dy/dx = σ + x σ (1 − σ) 2u'.

    σ(2u) is ½ (1 + tanh u) without the cancellation. Beyond |x| = 30 it is 0 or 1, so u need not
    grow (and overflow) there.
    """

    def forward(self, x: Array) -> Array:
        require_floating(x, "gelu")
        self.x = x
        self.near = near = np.minimum(np.maximum(x, -30.0), 30.0)
        self.sigma = sigma(2.0 * math.sqrt(2.0 / math.pi) * (near + 0.044715 * near**3))
        return x * self.sigma

    def backward(self, upstream: Array) -> Array:
        slope = 2.0 * math.sqrt(2.0 / math.pi) * (1.0 + 3.0 * 0.044715 * self.near**2)
        return upstream * self.sigma * (1.0 + self.x * (1.0 - self.sigma) * slope)


_FORMS: dict[str, type[Gate]] = {"none": GELUGate, "tanh": TanhGELUGate}


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """x Φ(x), element by element; ``approximate="tanh"``: the form with tanh in place of erf.

    Raises:
        RuntimeError: ``approximate`` is neither "none" nor "tanh".
        NotImplementedError: ``input`` is not floating-point.
    """
    if approximate not in _FORMS:
        raise RuntimeError(f"approximate argument must be 'none' or 'tanh', got {approximate!r}")
    return apply(_FORMS[approximate], input)


class GELU(Module):
    """:func:`gelu` as a layer."""

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        return gelu(input, self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"
