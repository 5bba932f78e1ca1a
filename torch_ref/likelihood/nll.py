"""Negative log-likelihoods: how surprising data are under the distribution that was predicted.

    Bernoulli    −[y log p + (1 − y) log(1 − p)]        binary cross-entropy
    categorical  −log p_y                               cross-entropy
    Gaussian     (y − μ)²/(2σ²) + log σ + ½ log 2π      squared error, but for constants

Source: Fisher (1922), "On the mathematical foundations of theoretical statistics".
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from torch_ref._arrays import Values, as_float_tensor, as_tensor
from torch_ref.likelihood.checks import (
    as_distribution,
    as_probabilities,
    require_same_shape,
)

Reduction = Literal["none", "mean", "sum"]


def bernoulli_nll(probs: Values, target: Values, reduction: Reduction = "mean") -> Tensor:
    """−[y log p + (1 − y) log(1 − p)]: how surprising outcomes y are under probabilities p of 1.

    Args:
        probs: p, of any shape.
        target: y, of the same shape: 0 or 1, or anything between.
        reduction: "sum" is the NLL of the data, "mean" that per outcome, "none" each one's.

    Raises:
        ValueError: shapes differ, a value is outside [0, 1], or the reduction is unknown.

    >>> bernoulli_nll([0.5, 1.0], [1.0, 1.0], reduction="sum").item()
    0.6931471824645996
    """
    p = as_probabilities(probs, "probs")
    y = as_probabilities(target, "target").to(p)
    require_same_shape(p, y, "probs", "target")
    # torch's xlogy is 0 at 0 log 0, but its slope there is 0/0: step aside before the logarithm
    p1 = p.masked_fill((y == 0) & (p == 0), 1)
    p0 = p.masked_fill((y == 1) & (p == 1), 0)
    return reduced(-(torch.xlogy(y, p1) + torch.special.xlog1py(1 - y, -p0)), reduction)


def categorical_nll(probs: Values, target: Values, reduction: Reduction = "mean") -> Tensor:
    """−log p_y: how surprising classes y are under probabilities p of each class.

    Args:
        probs: p, (..., C), each row summing to 1.
        target: y, (...), integers in [0, C).
        reduction: "sum" is the NLL of the data, "mean" that per sample, "none" each one's.

    Raises:
        ValueError: shapes do not fit, a row of ``probs`` is no distribution, or the reduction is
            unknown.
        RuntimeError: ``target`` does not hold integers.
        IndexError: a target is outside [0, C).

    >>> categorical_nll([[0.25, 0.75], [0.5, 0.5]], [0, 1], reduction="sum").item()
    2.079441547393799
    """
    p, y = as_distribution(probs, "probs"), as_tensor(target)
    if y.is_floating_point() or y.dtype == torch.bool:
        raise RuntimeError(f"target must hold integer class labels, got {y.dtype}")
    if not p.ndim or y.shape != p.shape[:-1]:
        raise ValueError(
            f"expected probs of shape (..., C) and target of shape (...), "
            f"got {tuple(p.shape)} and {tuple(y.shape)}"
        )
    C = p.shape[-1]
    outside = y[(y < 0) | (y >= C)]
    if outside.numel():
        raise IndexError(f"target {outside[0]} is out of range: expected 0 to {C - 1}")
    chosen = p.gather(-1, y.long().to(p.device).unsqueeze(-1)).squeeze(-1)
    return reduced(-chosen.log(), reduction)


def gaussian_nll(
    mean: Values, target: Values, std: Values = 1.0, reduction: Reduction = "mean"
) -> Tensor:
    """(y − μ)²/(2σ²) + log σ + ½ log 2π: how surprising y is under a normal distribution.

    Args:
        mean: μ, of any shape.
        target: y, of the same shape.
        std: σ > 0, a number or of the same shape.
        reduction: "sum" is the NLL of the data, "mean" that per element, "none" each one's.

    Raises:
        ValueError: shapes differ, a σ is not positive, or the reduction is unknown.

    >>> gaussian_nll([0.0, 1.0], [0.0, 3.0], reduction="sum").item()
    3.8378772735595703
    """
    mu = as_float_tensor(mean)
    y, sigma = as_float_tensor(target).to(mu), as_float_tensor(std).to(mu)
    require_same_shape(mu, y, "mean", "target")
    if sigma.ndim:
        require_same_shape(mu, sigma, "mean", "std")
    wrong = sigma[~(sigma > 0)]
    if wrong.numel():
        raise ValueError(f"std must be positive, got {wrong[0].item()}")
    normal = torch.distributions.Normal(mu, sigma, validate_args=False)
    return reduced(-normal.log_prob(y), reduction)


def reduced(nll: Tensor, reduction: Reduction) -> Tensor:
    """Each element's share, or their mean or sum.

    Raises:
        ValueError: the reduction is none of these.
    """
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f'reduction must be "none", "mean" or "sum", got {reduction!r}')
    return nll if reduction == "none" else nll.mean() if reduction == "mean" else nll.sum()
