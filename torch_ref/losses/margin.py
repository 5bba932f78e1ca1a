"""Losses of a score and a target of ±1: PyTorch's, and the perceptron's, which it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn import HingeEmbeddingLoss, MultiLabelSoftMarginLoss, SoftMarginLoss

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "HingeEmbeddingLoss",
    "MultiLabelSoftMarginLoss",
    "PerceptronLoss",
    "SoftMarginLoss",
    "hinge_embedding_loss",
    "multilabel_soft_margin_loss",
    "perceptron_loss",
    "soft_margin_loss",
]


def perceptron_loss(input: Tensor, target: Tensor, reduction: str = "sum") -> Tensor:
    """Σ max(−y s, 0) over scores s = ``input`` and classes y = ``target``, each +1 or −1.

    It is a sum by default, E(w) = Σ_mistakes −y wᵀx, so that one step of gradient descent is the
    batch perceptron rule w ← w + η Σ_mistakes y x. A score of 0 predicts +1: with y = −1 it is a
    mistake of loss 0, whose gradient is −y. That is why the mistakes are selected by sign and not
    by ``relu(−y s)``, whose gradient at 0 is 0.

    Raises:
        ValueError: shapes differ, a target that is not ±1, or unknown ``reduction``.
        NotImplementedError: ``input`` is not floating-point.
    """
    if input.shape != target.shape:
        raise ValueError(
            f"Target size ({target.shape}) must be the same as input size ({input.shape})"
        )
    if not input.is_floating_point():
        raise NotImplementedError(f"perceptron_loss is not implemented for {input.dtype}")
    if not bool((target.abs() == 1).all()):
        raise ValueError("perceptron_loss: every target must be +1 or -1 (for 0 and 1: 2 t - 1)")
    y = target.to(input.dtype)
    right = torch.where(y > 0, input >= 0, input < 0)  # NaN is never right
    losses = torch.where(right, 0.0, -y * input)
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    if reduction == "none":
        return losses
    raise ValueError(f"{reduction} is not a valid value for reduction; use none, mean or sum")


def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, reduction: str = "mean"
) -> Tensor:
    """x where y = 1, max(0, margin − x) where y = −1: distances of similar and dissimilar pairs.

    Raises:
        ValueError: unknown ``reduction``.
        RuntimeError: the shapes do not broadcast.
    """
    return F.hinge_embedding_loss(input, target, margin, reduction=reduction)


def soft_margin_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """log(1 + e^(−y x)), y = ±1: the logistic loss.

    PyTorch computes e^(−y x) as it stands: from −y x = 88.7 on (float32) the loss is infinite and
    the gradient NaN. ``target`` broadcasts to the shape of ``input``.

    Raises:
        ValueError: unknown ``reduction``.
        RuntimeError: ``target`` does not broadcast, or wants a gradient; integer ``input``.
    """
    return F.soft_margin_loss(input, target, reduction=reduction)


def multilabel_soft_margin_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    """−Σ_c w_c [t_c log σ(x_c) + (1 − t_c) log σ(−x_c)] / C; input and target (N, C) or (C,).

    One loss per sample; ``reduction`` is over the samples.

    Raises:
        ValueError: unknown ``reduction``.
        RuntimeError: the shapes do not broadcast.
        IndexError: ``input`` has no dimension.
    """
    return F.multilabel_soft_margin_loss(input, target, weight, reduction=reduction)


class PerceptronLoss(nn.Module):
    """:func:`perceptron_loss` as a layer; a sum by default."""

    def __init__(self, reduction: str = "sum") -> None:
        super().__init__()
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return perceptron_loss(input, target, self.reduction)
