"""Dropout: PyTorch's own, with the mask drawn on the CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F

if TYPE_CHECKING:
    from torch import Tensor


def dropout(input: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """Zero each element with probability ``p`` and divide the others by 1 − p, while ``training``.

    For a tensor on another device the scaled mask is drawn on the CPU and moved, so that a run
    does not depend on the device.
    """
    if input.device.type == "cpu" or not training or not 0 < p < 1:
        return F.dropout(input, p, training)
    scaled_mask = F.dropout(torch.ones_like(input, device="cpu", requires_grad=False), p)
    return input * scaled_mask.to(input.device)


class Dropout(torch.nn.Dropout):
    """``torch.nn.Dropout`` by way of :func:`dropout`."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__(p)

    def forward(self, input: Tensor) -> Tensor:
        return dropout(input, self.p, self.training)

    def extra_repr(self) -> str:
        return f"p={self.p}"
