"""Batch norm: PyTorch's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F

from torch_ref.autograd import resolve_dtype

if TYPE_CHECKING:
    from torch import Tensor

    from torch_ref.autograd.tensor import DTypeLike


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Normalize each channel over the batch (``training``) or by the running averages.

    Shapes: input (N, C, *), all others (C,).
    """
    return F.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


class BatchNorm1d(torch.nn.BatchNorm1d):
    """``torch.nn.BatchNorm1d`` for inputs (N, C) or (N, C, L)."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        dtype: DTypeLike = None,
        *,
        bias: bool = True,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__(
            num_features,
            eps,
            momentum,
            affine,
            track_running_stats,
            dtype=resolve_dtype(dtype),
            device=device,
        )
        if not bias:  # an argument of torch's own from 2.13 on
            self.register_parameter("bias", None)
