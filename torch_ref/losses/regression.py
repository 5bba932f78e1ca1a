"""Losses of the error input − target of a regression, by PyTorch; and RMSE.

RMSE is √MSE. Its square root has no derivative at 0, where autograd would make ∞ · 0 = NaN of the
chain rule; ``where`` takes the (zero) gradient of the MSE there instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn import HuberLoss, L1Loss, MSELoss, SmoothL1Loss

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "HuberLoss",
    "L1Loss",
    "MSELoss",
    "RMSELoss",
    "SmoothL1Loss",
    "huber_loss",
    "l1_loss",
    "mse_loss",
    "rmse_loss",
    "smooth_l1_loss",
]


def mse_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", weight: Tensor | None = None
) -> Tensor:
    """Mean squared error, Σ w (input − target)² / Σ w; ``weight`` w of the input's shape, or 1.

    A target of another size is broadcast, with a warning.

    Raises:
        ValueError: unknown ``reduction``, or ``weight`` of another shape.
        RuntimeError: the shapes do not broadcast.
    """
    return F.mse_loss(input, target, reduction=reduction, weight=weight)  # type: ignore[call-arg] # torch's stub lacks it


def rmse_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """The square root of :func:`mse_loss` with the same ``reduction``; gradient 0 where it is 0."""
    mse = F.mse_loss(input, target, reduction=reduction)
    zero = mse == 0
    return torch.where(zero, mse, torch.where(zero, 1.0, mse).sqrt())


def l1_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", weight: Tensor | None = None
) -> Tensor:
    """Mean absolute error, Σ w |input − target| / Σ w. Errors as in :func:`mse_loss`."""
    return F.l1_loss(input, target, reduction=reduction, weight=weight)  # type: ignore[call-arg] # torch's stub lacks it


def smooth_l1_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", beta: float = 1.0
) -> Tensor:
    """½ d²/β where |d| < β, else |d| − ½ β; ``beta=0`` is the L1 loss.

    Raises RuntimeError if ``beta`` is negative; else as :func:`mse_loss`.
    """
    return F.smooth_l1_loss(input, target, reduction=reduction, beta=beta)


def huber_loss(
    input: Tensor,
    target: Tensor,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: Tensor | None = None,
) -> Tensor:
    """½ d² where |d| ≤ δ, else δ (|d| − ½ δ); "mean" of w ℓ divides by n, not by Σ w.

    Raises RuntimeError if ``delta`` is not positive; else as :func:`mse_loss`. Input and target must
    be of one dtype: backward is an error otherwise.
    """
    return F.huber_loss(input, target, reduction=reduction, delta=delta, weight=weight)  # type: ignore[call-arg] # torch's stub lacks it


class RMSELoss(nn.Module):
    """:func:`rmse_loss` as a layer."""

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return rmse_loss(input, target, self.reduction)
