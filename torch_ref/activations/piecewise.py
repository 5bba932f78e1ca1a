"""Piecewise linear activations, by PyTorch: ReLU, leaky ReLU, hardtanh; and unit step and sign.

PyTorch's sign is 0 at 0, and its heaviside has no gradient. The perceptron needs sign(0) = +1 and
step(0) = 1 with zero gradients, which is what ``floor(sign(x) / 2)`` gives: −1 below 0, and 0 from
0 on, with the zero derivatives that autograd has for floor and sign.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn import Hardtanh, LeakyReLU, ReLU

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "Hardtanh",
    "LeakyReLU",
    "ReLU",
    "Sign",
    "Step",
    "hardtanh",
    "leaky_relu",
    "relu",
    "sign",
    "step",
]


def step(input: Tensor) -> Tensor:
    """1 if x ≥ 0 else 0, element by element; its gradient is zero.

    Raises:
        NotImplementedError: ``input`` is not floating-point.
    """
    return _below_zero(input, "step") + 1


def sign(input: Tensor) -> Tensor:
    """+1 if x ≥ 0 else −1, element by element (the perceptron's sign: +1 at 0); zero gradient.

    Raises:
        NotImplementedError: ``input`` is not floating-point.
    """
    return 2 * _below_zero(input, "sign") + 1


def _below_zero(x: Tensor, name: str) -> Tensor:
    """−1 where x < 0, else 0, with zero gradient; NaN stays NaN, which torch.sign makes 0."""
    if not x.is_floating_point():
        raise NotImplementedError(f"{name} is not implemented for {x.dtype}")
    return torch.where(x.isnan(), x.detach(), torch.floor(torch.sign(x) / 2))


def relu(input: Tensor) -> Tensor:
    """max(0, x), element by element; the gradient at 0 is 0.

    Raises:
        RuntimeError: ``input`` is bool.
    """
    return F.relu(input)


def leaky_relu(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """x if x > 0 else negative_slope · x, element by element.

    Raises:
        NotImplementedError: ``input`` is not floating-point.
    """
    return F.leaky_relu(input, negative_slope)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """x cut off at ``min_val`` and ``max_val``, element by element; gradient 0 at either end.

    Raises:
        ValueError: ``min_val`` is greater than ``max_val``.
        RuntimeError: ``input`` is bool.
    """
    return F.hardtanh(input, min_val, max_val)


class Step(nn.Module):
    """:func:`step` as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return step(input)


class Sign(nn.Module):
    """:func:`sign` as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return sign(input)
