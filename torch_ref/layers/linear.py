"""The linear layer, y = x Wᵀ + b: PyTorch's own, with its weights drawn on the CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F

from torch_ref.autograd import resolve_dtype

if TYPE_CHECKING:
    from torch import Tensor

    from torch_ref.autograd.tensor import DTypeLike


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Apply y = x Wᵀ + b.

    Shapes: input (*, in), weight (out, in), bias (out,), result (*, out).
    """
    return F.linear(input, weight, bias)


class Linear(torch.nn.Linear):
    """``torch.nn.Linear``, drawn on the CPU and then moved: a run does not depend on the device."""

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        dtype: DTypeLike = None,
        *,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__(in_features, out_features, bias, dtype=resolve_dtype(dtype))
        self.to(device)
