"""Binary cross-entropy, by PyTorch: of probabilities, or of logits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch.nn import BCELoss, BCEWithLogitsLoss

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
]


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    """−w [t log p + (1 − t) log(1 − p)] of probabilities ``input``; each log is at least −100.

    Raises:
        ValueError: shapes differ, or unknown ``reduction``.
        RuntimeError: a value outside [0, 1], dtypes that differ, a ``weight`` that does not
            broadcast or wants a gradient.
    """
    return F.binary_cross_entropy(input, target, weight, reduction=reduction)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """Binary cross-entropy of σ(x), from the logits x themselves: finite for any logit.

    ``weight`` rescales every loss, ``pos_weight`` the part of the positives (t = 1); both broadcast
    to the input. Value and gradient take the dtype of the target.

    Raises:
        ValueError: shapes differ, or unknown ``reduction``.
        RuntimeError: an integer target, a weight that does not broadcast or wants a gradient.
    """
    return F.binary_cross_entropy_with_logits(
        input, target, weight, reduction=reduction, pos_weight=pos_weight
    )
