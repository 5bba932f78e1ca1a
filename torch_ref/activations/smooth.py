"""Smooth activations made of e^x, by PyTorch: sigmoid, tanh, SiLU, softplus, log-sigmoid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch.nn import LogSigmoid, Sigmoid, SiLU, Softplus, Tanh

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "LogSigmoid",
    "SiLU",
    "Sigmoid",
    "Softplus",
    "Tanh",
    "logsigmoid",
    "sigmoid",
    "silu",
    "softplus",
    "tanh",
]


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + e^-x), element by element: ℝ → (0, 1)."""
    return torch.sigmoid(input)


def tanh(input: Tensor) -> Tensor:
    """(e^x − e^-x) / (e^x + e^-x), element by element: ℝ → (−1, 1)."""
    return torch.tanh(input)


def silu(input: Tensor) -> Tensor:
    """x σ(x), element by element; also called swish.

    Raises:
        NotImplementedError: ``input`` is not floating-point.
    """
    return F.silu(input)


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + e^(βx)) / β, element by element; the identity where βx > ``threshold``.

    Raises:
        NotImplementedError: ``input`` is not floating-point.
    """
    return F.softplus(input, beta, threshold)


def logsigmoid(input: Tensor) -> Tensor:
    """log σ(x), element by element, finite where σ(x) itself has underflowed to 0.

    Raises:
        NotImplementedError: ``input`` is not floating-point.
    """
    return F.logsigmoid(input)
