"""Exponential linear units, by PyTorch: ELU, SELU, CELU."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch.nn import CELU, ELU, SELU

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["CELU", "ELU", "SELU", "celu", "elu", "selu"]


def elu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """x if x > 0 else α (e^x − 1), element by element.

    Raises:
        NotImplementedError: ``input`` is not floating-point.
    """
    return F.elu(input, alpha)


def selu(input: Tensor) -> Tensor:
    """λ (x if x > 0 else α (e^x − 1)) with the fixed α = 1.6732632… and λ = 1.0507010….

    Raises:
        NotImplementedError: ``input`` is not floating-point.
    """
    return F.selu(input)


def celu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """x if x > 0 else α (e^(x/α) − 1), element by element.

    Raises:
        RuntimeError: ``alpha`` is 0.
        NotImplementedError: ``input`` is not floating-point.
    """
    return F.celu(input, alpha)
