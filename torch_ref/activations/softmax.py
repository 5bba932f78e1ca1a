"""Softmax and its relatives, by PyTorch: scores to probabilities along one dimension."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch.nn import LogSoftmax, Softmax, Softmin

from torch_ref.autograd import resolve_dtype

if TYPE_CHECKING:
    from torch import Tensor

    from torch_ref.autograd.tensor import DTypeLike

__all__ = ["LogSoftmax", "Softmax", "Softmin", "log_softmax", "softmax", "softmin"]


def softmax(input: Tensor, dim: int | None = None, dtype: DTypeLike = None) -> Tensor:
    """e^(x_i) / Σ_j e^(x_j) along ``dim``: non-negative, sums to 1. Shape as ``input``.

    ``dtype`` converts the input first. ``dim=None`` picks a dimension as PyTorch once did (0 for 0,
    1 and 3 dimensions, else 1) and warns; name one instead.

    Raises:
        IndexError: ``dim`` is out of range.
        NotImplementedError: ``input`` is not floating-point and ``dtype`` does not make it so.
    """
    return F.softmax(input, dim, dtype=resolve_dtype(dtype))


def log_softmax(input: Tensor, dim: int | None = None, dtype: DTypeLike = None) -> Tensor:
    """log softmax(x) along ``dim``, finite where softmax itself has underflowed to 0.

    Options and errors as in :func:`softmax`.
    """
    return F.log_softmax(input, dim, dtype=resolve_dtype(dtype))


def softmin(input: Tensor, dim: int | None = None, dtype: DTypeLike = None) -> Tensor:
    """softmax(−x) along ``dim``: the smallest score gets the largest probability.

    Options and errors as in :func:`softmax`.
    """
    return F.softmin(input, dim, dtype=resolve_dtype(dtype))
