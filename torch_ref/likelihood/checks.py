"""What the likelihood functions ask of their arguments: probabilities, distributions, shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from torch_ref._arrays import Values, as_float_tensor

if TYPE_CHECKING:
    from torch import Tensor


def as_probabilities(value: Values, name: str) -> Tensor:
    """A floating tensor of numbers in [0, 1].

    Raises:
        ValueError: an element is outside, or NaN.
    """
    p = as_float_tensor(value)
    values = p.detach()
    outside = values[~((values >= 0) & (values <= 1))]
    if outside.numel():
        raise ValueError(f"{name} must lie in [0, 1], got {outside[0].item()}")
    return p


def as_distribution(value: Values, name: str, dim: int = -1) -> Tensor:
    """A floating tensor of probabilities that sum to 1 along ``dim``.

    Raises:
        ValueError: they do not, by more than 10⁻⁶ and an ε for each of them.
        IndexError: there is no such dimension.
    """
    p = as_probabilities(value, name)
    sums = p.detach().sum(dim)
    slack = 1e-6 + torch.finfo(p.dtype).eps * p.numel() / max(sums.numel(), 1)
    wrong = sums[(sums - 1).abs() > slack]
    if wrong.numel():
        raise ValueError(f"{name} must sum to 1 along dim {dim}, got a sum of {wrong[0].item()}")
    return p


def require_same_shape(a: Tensor, b: Tensor, a_name: str, b_name: str) -> None:
    """Check that nothing would be broadcast.

    Raises:
        ValueError: the shapes differ.
    """
    if a.shape != b.shape:
        raise ValueError(
            f"{a_name} and {b_name} must have the same shape, "
            f"got {tuple(a.shape)} and {tuple(b.shape)}"
        )
