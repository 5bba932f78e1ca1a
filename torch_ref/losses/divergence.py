"""Kullback–Leibler divergence and Gaussian negative log-likelihood, by PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch.nn import GaussianNLLLoss, KLDivLoss

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["GaussianNLLLoss", "KLDivLoss", "gaussian_nll_loss", "kl_div"]


def kl_div(
    input: Tensor, target: Tensor, reduction: str = "mean", log_target: bool = False
) -> Tensor:
    """Σ t (log t − x) for log-probabilities x = ``input`` and probabilities t = ``target``.

    ``log_target``: the target, too, is a log-probability. ``reduction="batchmean"`` divides the sum
    by the batch size, which is the divergence; "mean" divides by the number of elements, and warns.

    Raises:
        ValueError: unknown ``reduction``.
        RuntimeError: integers, or shapes that do not broadcast.
    """
    return F.kl_div(input, target, reduction=reduction, log_target=log_target)


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """½ (log v + (x − t)²/v): the negative log-likelihood of t under N(x, v), v = max(var, eps).

    ``var`` has the shape of ``input``; or lacks its last dimension; or has 1 in one dimension; or is
    a float. ``full`` adds the constant ½ log 2π.

    Raises:
        ValueError: a negative or wrongly shaped ``var``, or unknown ``reduction``.
        RuntimeError: input and target do not broadcast.
    """
    return F.gaussian_nll_loss(input, target, var, full=full, eps=eps, reduction=reduction)
