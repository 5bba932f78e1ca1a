"""Cross-entropy of logits and negative log-likelihood of log-probabilities, by PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch.nn import CrossEntropyLoss, NLLLoss

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["CrossEntropyLoss", "NLLLoss", "cross_entropy", "nll_loss"]


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """−w_y x_y for log-probabilities x (N, C, …) and labels y (N, …); or (C,) and ().

    Raises:
        ValueError: batch sizes differ, or unknown ``reduction``.
        RuntimeError: another shape or a dtype is wrong, or ``weight`` wants a gradient.
        IndexError: a label that is neither in 0 … C − 1 nor ``ignore_index``.
    """
    return F.nll_loss(input, target, weight, ignore_index=ignore_index, reduction=reduction)


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Cross-entropy between softmax(``input``) and ``target``: labels, or class probabilities.

    ``input`` holds logits (C,), (N, C) or (N, C, d1, …). ``target`` holds integer labels (), (N,) or
    (N, d1, …), or, in the input's shape, a distribution over the classes.

    Raises:
        ValueError: batch sizes differ, or unknown ``reduction``.
        RuntimeError: another shape or a dtype is wrong, ``label_smoothing`` above 1,
            ``ignore_index`` with probabilities, or a ``weight`` of labels that wants a gradient.
        IndexError: a label that is neither in 0 … C − 1 nor ``ignore_index``.
    """
    return F.cross_entropy(
        input,
        target,
        weight,
        ignore_index=ignore_index,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )
