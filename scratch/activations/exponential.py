"""Exponential linear units: the identity for positive x, a saturating exponential below.

    ELU    x if x > 0 else α (e^x − 1)                    1 or α e^x
    CELU   x if x > 0 else α (e^(x/α) − 1)                1 or e^(x/α)
    SELU   λ ELU(x) with α = 1.6732632…, λ = 1.0507010…   λ or λ α e^x

CELU has a continuous derivative for every α, ELU for α = 1 only. SELU's two constants make mean 0
and variance 1 a fixed point of a deep network; with any other α it is not SELU.

Sources: Clevert et al. (2016), "Fast and Accurate Deep Network Learning by Exponential Linear Units
(ELUs)"; Barron (2017), "Continuously Differentiable Exponential Linear Units"; Klambauer et al.
(2017), "Self-Normalizing Neural Networks".
"""

from __future__ import annotations

import numpy as np

from scratch.activations._domain import require_floating
from scratch.autograd import Array, Gate, Tensor, apply
from scratch.layers import Module

SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


class ELUGate(Gate):
    """y = scale·x if x > 0 else scale·α (e^(rate·x) − 1),   dy/dx = scale or scale·α·rate·e^(rate·x).

    At x = 0 the derivative is that of the left side. The exponential sees min(0, x), so it cannot
    overflow, and its 1 (or the 0 of e^0 − 1) for x > 0 lets one expression serve both branches.
    """

    def forward(self, x: Array, name: str, alpha: float, scale: float, rate: float) -> Array:
        require_floating(x, name)
        self.x, self.rate = x, rate
        self.slopes = np.array([scale * alpha * rate, scale], x.dtype)
        below = np.expm1(rate * np.minimum(0.0, x)) * (scale * alpha)
        return scale * np.maximum(0.0, x) + below

    def backward(self, upstream: Array) -> Array:
        positive = (self.x > 0).view(np.uint8)
        slope = np.exp(self.rate * np.minimum(0.0, self.x)) * self.slopes.take(positive)
        return upstream * slope


def elu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """x if x > 0 else α (e^x − 1), element by element.

    Raises:
        NotImplementedError: ``input`` is not floating-point.
    """
    return apply(ELUGate, input, name="elu", alpha=alpha, scale=1.0, rate=1.0)


def selu(input: Tensor) -> Tensor:
    """λ (x if x > 0 else α (e^x − 1)) with the fixed α = 1.6732632… and λ = 1.0507010….

    Raises:
        NotImplementedError: ``input`` is not floating-point.
    """
    return apply(ELUGate, input, name="selu", alpha=SELU_ALPHA, scale=SELU_SCALE, rate=1.0)


def celu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """x if x > 0 else α (e^(x/α) − 1), element by element.

    Raises:
        RuntimeError: ``alpha`` is 0.
        NotImplementedError: ``input`` is not floating-point.
    """
    if alpha == 0:
        raise RuntimeError("alpha cannot be 0 for CELU: it divides the input")
    return apply(ELUGate, input, name="celu", alpha=alpha, scale=1.0, rate=1.0 / alpha)


class ELU(Module):
    """:func:`elu` as a layer."""

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        return elu(input, self.alpha)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}"


class SELU(Module):
    """:func:`selu` as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return selu(input)


class CELU(Module):
    """:func:`celu` as a layer."""

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        return celu(input, self.alpha)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}"
