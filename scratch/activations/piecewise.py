"""Piecewise linear activations: unit step, sign, ReLU, leaky ReLU, hardtanh.

    step        1 if x ≥ 0 else 0                  0
    sign        +1 if x ≥ 0 else −1                0
    ReLU        max(0, x)                          1 if x > 0 else 0
    leaky ReLU  x if x > 0 else slope·x            1 if x > 0 else slope
    hardtanh    min(max(x, lo), hi)                1 if lo < x < hi else 0

The perceptron's rule decides what happens at 0: **sign(0) = +1**, hence step(0) = 1. It differs from
``torch.sign``, where sign(0) = 0, and ``torch.heaviside`` takes the value at 0 as an argument. Step
and sign have derivative 0 wherever they have one, so nothing below them can learn.

Sources: McCulloch and Pitts (1943), "A Logical Calculus of the Ideas Immanent in Nervous Activity";
Rosenblatt (1958), "The Perceptron"; Nair and Hinton (2010), "Rectified Linear Units Improve
Restricted Boltzmann Machines"; Maas et al. (2013), "Rectifier Nonlinearities Improve Neural Network
Acoustic Models"; Collobert (2004), "Large Scale Machine Learning".
"""

from __future__ import annotations

import numpy as np

from scratch.activations._domain import require_floating
from scratch.autograd import Array, Gate, Tensor, apply
from scratch.layers import Module


def where_kept(keep: Array, values: Array) -> Array:
    """``values`` where ``keep`` holds, else +0, even where the value is infinite or NaN.

    The bit patterns are multiplied by 1 or 0. That is exact, and without a branch: on signs that no
    processor can predict it takes a tenth of the time of ``np.where``.
    """
    bits = f"i{values.itemsize}"
    return (values.view(bits) * keep).view(values.dtype)


class StepGate(Gate):
    """y = 1 if x ≥ 0 else 0; NaN stays NaN;   dy/dx = 0."""

    def forward(self, x: Array) -> Array:
        require_floating(x, "step")
        return np.heaviside(x, 1.0)

    def backward(self, upstream: Array) -> Array:
        return np.zeros_like(upstream)


def step(input: Tensor) -> Tensor:
    """1 if x ≥ 0 else 0, element by element; its gradient is zero.

    Raises:
        NotImplementedError: ``input`` is not floating-point.

    >>> from scratch import step, tensor
    >>> step(tensor([-0.5, 0.0, 2.0])).tolist()
    [0.0, 1.0, 1.0]
    """
    return apply(StepGate, input)


class SignGate(Gate):
    """y = +1 if x ≥ 0 else −1; NaN stays NaN;   dy/dx = 0."""

    def forward(self, x: Array) -> Array:
        require_floating(x, "sign")
        return 2.0 * np.heaviside(x, 1.0) - 1.0

    def backward(self, upstream: Array) -> Array:
        return np.zeros_like(upstream)


def sign(input: Tensor) -> Tensor:
    """+1 if x ≥ 0 else −1, element by element (the perceptron's sign: +1 at 0); zero gradient.

    Raises:
        NotImplementedError: ``input`` is not floating-point.

    >>> from scratch import sign, tensor
    >>> sign(tensor([-0.5, 0.0, 2.0])).tolist()
    [-1.0, 1.0, 1.0]
    """
    return apply(SignGate, input)


class ReLUGate(Gate):
    """y = max(0, x),   dy/dx = 0 if y ≤ 0 else 1."""

    silent = True

    def forward(self, x: Array) -> Array:
        if x.dtype.kind == "b":
            raise RuntimeError("Boolean inputs not supported for relu; convert with input.float()")
        self.y = y = np.maximum(0, x)  # in this order −0 stays −0, as in PyTorch
        return y

    def backward(self, upstream: Array) -> Array:
        return where_kept(~(self.y <= 0), upstream)


def relu(input: Tensor) -> Tensor:
    """max(0, x), element by element; the gradient at 0 is 0.

    Raises:
        RuntimeError: ``input`` is bool.

    >>> from scratch import relu, tensor
    >>> relu(tensor([-1.0, 0.0, 2.0])).tolist()
    [0.0, 0.0, 2.0]
    """
    return apply(ReLUGate, input)


class LeakyReLUGate(Gate):
    """y = x if x > 0 else slope·x,   dy/dx = 1 if x > 0 else slope."""

    def forward(self, x: Array, slope: float) -> Array:
        require_floating(x, "leaky_relu")
        slopes = np.array([slope, 1.0], x.dtype)
        self.slope = slopes.take((x > 0).view(np.uint8))
        return x * self.slope

    def backward(self, upstream: Array) -> Array:
        return upstream * self.slope


def leaky_relu(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """x if x > 0 else negative_slope · x, element by element.

    Raises:
        NotImplementedError: ``input`` is not floating-point.
    """
    return apply(LeakyReLUGate, input, slope=negative_slope)


class HardtanhGate(Gate):
    """y = min(max(x, lo), hi),   dy/dx = 1 if lo < x < hi else 0."""

    silent = True

    def forward(self, x: Array, lo: float, hi: float) -> Array:
        if x.dtype.kind == "b":
            raise RuntimeError("Bool inputs not supported for hardtanh; convert with input.float()")
        try:
            lo, hi = x.dtype.type(lo), x.dtype.type(hi)
        except OverflowError:
            raise RuntimeError(f"hardtanh: {lo} or {hi} is no {x.dtype}") from None
        self.inside = (x > lo) & (x < hi)
        return np.minimum(np.maximum(x, lo), hi)

    def backward(self, upstream: Array) -> Array:
        return where_kept(self.inside, upstream)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """x cut off at ``min_val`` and ``max_val``, element by element; gradient 0 at either end.

    Raises:
        ValueError: ``min_val`` is greater than ``max_val``.
        RuntimeError: ``input`` is bool, or holds integers whose range ends before a limit.
    """
    if min_val > max_val:
        raise ValueError(f"min_val cannot be greater than max_val, got {min_val} > {max_val}")
    return apply(HardtanhGate, input, lo=min_val, hi=max_val)


class Step(Module):
    """:func:`step` as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return step(input)


class Sign(Module):
    """:func:`sign` as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return sign(input)


class ReLU(Module):
    """:func:`relu` as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return relu(input)


class LeakyReLU(Module):
    """:func:`leaky_relu` as a layer."""

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, input: Tensor) -> Tensor:
        return leaky_relu(input, self.negative_slope)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}"


class Hardtanh(Module):
    """:func:`hardtanh` as a layer.

    Raises:
        AssertionError: ``max_val`` is not greater than ``min_val`` (PyTorch's choice of exception).
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None:
        super().__init__()
        if not max_val > min_val:
            raise AssertionError(f"max_val ({max_val}) must be greater than min_val ({min_val})")
        self.min_val = min_val
        self.max_val = max_val

    def forward(self, input: Tensor) -> Tensor:
        return hardtanh(input, self.min_val, self.max_val)

    def extra_repr(self) -> str:
        return f"min_val={self.min_val}, max_val={self.max_val}"
