"""Making tensors, and the functions of several tensors: where, maximum, minimum, stack, cat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

DTypeLike: TypeAlias = "str | torch.dtype | None"


def resolve_dtype(dtype: DTypeLike) -> torch.dtype | None:
    """The torch dtype called ``dtype`` (a name such as ``"float32"``); None stays None.

    Raises:
        TypeError: there is none of that name.
    """
    if isinstance(dtype, str):
        found = getattr(torch, dtype, None)
        if not isinstance(found, torch.dtype):
            raise TypeError(f"dtype must name an element type such as 'float32', got {dtype!r}")
        return found
    return dtype


def tensor(
    data: Any,
    dtype: DTypeLike = None,
    requires_grad: bool = False,
    *,
    device: str | torch.device | None = None,
) -> Tensor:
    """A leaf tensor with a copy of ``data``: a number, nested sequences, an array or a Tensor.

    Without ``dtype``, Python floats become float32, ints int64 and bools bool; arrays and tensors
    keep their own.

    Raises:
        ValueError: nested sequences of unequal lengths.
        TypeError: ``data`` holds something that is no number, or ``dtype`` is not supported.
        RuntimeError: ``requires_grad`` for a dtype that is not floating.
    """
    dtype = resolve_dtype(dtype)
    if isinstance(data, Tensor):
        made = data.detach().clone().to(device=device, dtype=dtype or data.dtype)
        return made.requires_grad_(requires_grad)
    if isinstance(data, np.ndarray):  # torch takes no reversed views
        data = data.copy()
    return torch.tensor(data, dtype=dtype, device=device, requires_grad=requires_grad)


def where(condition: Tensor, input: Any, other: Any) -> Tensor:
    """``input`` where ``condition`` holds, else ``other``; all three broadcast.

    Raises:
        RuntimeError: ``condition`` is not bool, or the shapes do not broadcast.
    """
    if condition.dtype != torch.bool:
        # torch.where still takes uint8 here, with a warning that this is deprecated
        raise RuntimeError(f"where expected condition to be a bool tensor, got {condition.dtype}")
    return torch.where(condition, input, other)


def maximum(input: Tensor, other: Tensor) -> Tensor:
    """The larger of two elements; NaN if either is; at a tie each gets half the gradient.

    Raises:
        TypeError: an argument is not a Tensor.
        RuntimeError: the shapes do not broadcast.
    """
    return torch.maximum(input, other)


def minimum(input: Tensor, other: Tensor) -> Tensor:
    """The smaller of two elements; NaN if either is; at a tie each gets half the gradient.

    Raises:
        TypeError: an argument is not a Tensor.
        RuntimeError: the shapes do not broadcast.
    """
    return torch.minimum(input, other)


def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors of one shape, side by side along a new dimension ``dim``.

    Raises:
        RuntimeError: there are none, or their shapes differ.
        IndexError: ``dim`` is out of range.
        TypeError: one of them is not a Tensor.
    """
    return torch.stack(tuple(tensors), dim)


def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors end to end along ``dim``; the other dimensions must be equal.

    Raises:
        RuntimeError: there are none, or their shapes do not fit.
        IndexError: ``dim`` is out of range.
        TypeError: one of them is not a Tensor.
    """
    return torch.cat(tuple(tensors), dim)
