"""Smooth activations made of e^x: sigmoid, tanh, SiLU, softplus, log-sigmoid.

    sigmoid     σ(x) = 1 / (1 + e^-x)             σ' = σ (1 − σ)
    tanh        tanh(x) = 2 σ(2x) − 1             tanh' = 1 − tanh²
    SiLU        x σ(x)                            σ (1 + x (1 − σ))
    softplus    log(1 + e^(βx)) / β               σ(βx)
    logsigmoid  log σ(x) = −softplus(−x)          σ(−x)

Softplus is the smooth ReLU whose derivative is the sigmoid; log-sigmoid is the logarithm that a
likelihood needs. None of them overflows, and each keeps its relative accuracy in the tails.

Sources: sigmoid and tanh, LeCun et al. (1998), "Efficient BackProp"; softplus, Dugas et al. (2001),
"Incorporating Second-Order Functional Knowledge for Better Option Pricing"; SiLU, Elfwing et al.
(2018), "Sigmoid-Weighted Linear Units for Neural Network Function Approximation".
"""

from __future__ import annotations

import numpy as np

from scratch.activations._domain import as_floating, require_floating
from scratch.autograd import Array, Gate, Tensor, apply
from scratch.layers import Module

_ONE_FROM_HERE = 40.0  # 1 + e^40 rounds to e^40 in every dtype, so σ is exactly 1 from here on


def sigma(x: Array) -> Array:
    """σ(x) as e^x / (1 + e^x): small for very negative x without ever losing digits.

    Capping x keeps e^x finite and changes nothing, because σ has reached 1 there.
    """
    e = np.exp(np.minimum(x, _ONE_FROM_HERE))
    e /= e + 1.0
    return e


def log1p_exp_minus_abs(x: Array) -> Array:
    """log(1 + e^-|x|): what softplus(x) has above max(x, 0). It neither overflows nor cancels."""
    return np.log1p(np.exp(-np.abs(x)))


class SigmoidGate(Gate):
    """σ(x) = 1 / (1 + e^-x),   dσ/dx = σ (1 − σ)."""

    def forward(self, x: Array) -> Array:
        self.y = y = sigma(as_floating(x))
        return y

    def backward(self, upstream: Array) -> Array:
        gradient = 1.0 - self.y
        gradient *= self.y
        gradient *= upstream
        return gradient


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + e^-x), element by element: ℝ → (0, 1).

    >>> from scratch import sigmoid, tensor
    >>> sigmoid(tensor([0.0, -1e4, 1e4])).tolist()
    [0.5, 0.0, 1.0]
    """
    return apply(SigmoidGate, input)


class TanhGate(Gate):
    """y = tanh(x),   dy/dx = 1 − y²."""

    def forward(self, x: Array) -> Array:
        self.y = y = np.tanh(as_floating(x))
        return y

    def backward(self, upstream: Array) -> Array:
        gradient = 1.0 - self.y * self.y
        gradient *= upstream
        return gradient


def tanh(input: Tensor) -> Tensor:
    """(e^x − e^-x) / (e^x + e^-x), element by element: ℝ → (−1, 1)."""
    return apply(TanhGate, input)


class SiLUGate(Gate):
    """y = x σ(x),   dy/dx = σ (1 + x (1 − σ))."""

    def forward(self, x: Array) -> Array:
        require_floating(x, "silu")
        self.x, self.sigma = x, sigma(x)
        return x * self.sigma

    def backward(self, upstream: Array) -> Array:
        return upstream * self.sigma * (1.0 + self.x * (1.0 - self.sigma))


def silu(input: Tensor) -> Tensor:
    """x σ(x), element by element; also called swish.

    Raises:
        NotImplementedError: ``input`` is not floating-point.
    """
    return apply(SiLUGate, input)


class SoftplusGate(Gate):
    """y = log(1 + e^z) / β with z = βx, and y = x where z > threshold;   dy/dx = σ(z), and 1."""

    def forward(self, x: Array, beta: float, threshold: float) -> Array:
        require_floating(x, "softplus")
        self.z = z = x * beta
        self.linear = linear = z > threshold
        return np.where(linear, x, (np.maximum(z, 0.0) + log1p_exp_minus_abs(z)) / beta)

    def backward(self, upstream: Array) -> Array:
        return np.where(self.linear, upstream, upstream * sigma(self.z))


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + e^(βx)) / β, element by element; the identity where βx > ``threshold``.

    Raises:
        NotImplementedError: ``input`` is not floating-point.

    >>> from scratch import softplus, tensor
    >>> softplus(tensor([-1e4, 1e4])).tolist()
    [0.0, 10000.0]
    """
    return apply(SoftplusGate, input, beta=beta, threshold=threshold)


class LogSigmoidGate(Gate):
    """y = log σ(x) = min(x, 0) − log(1 + e^-|x|),   dy/dx = σ(−x)."""

    def forward(self, x: Array) -> Array:
        require_floating(x, "logsigmoid")
        self.x = x
        return np.minimum(x, 0.0) - log1p_exp_minus_abs(x)

    def backward(self, upstream: Array) -> Array:
        return upstream * sigma(-self.x)


def logsigmoid(input: Tensor) -> Tensor:
    """log σ(x), element by element, finite where σ(x) itself has underflowed to 0.

    Raises:
        NotImplementedError: ``input`` is not floating-point.
    """
    return apply(LogSigmoidGate, input)


class Sigmoid(Module):
    """:func:`sigmoid` as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return sigmoid(input)


class Tanh(Module):
    """:func:`tanh` as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return tanh(input)


class SiLU(Module):
    """:func:`silu` as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return silu(input)


class Softplus(Module):
    """:func:`softplus` as a layer."""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        return softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class LogSigmoid(Module):
    """:func:`logsigmoid` as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return logsigmoid(input)
