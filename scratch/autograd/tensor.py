"""Making tensors, and the functions of several tensors: where, maximum, minimum, stack, cat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from scratch.autograd import arithmetic as A
from scratch.autograd import shaping as S
from scratch.autograd.dtypes import BOOL, DEFAULT, promote, resolve_dtype
from scratch.autograd.engine import Tensor, apply, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scratch.autograd.dtypes import DTypeLike


def tensor(data: Any, dtype: DTypeLike = None, requires_grad: bool = False) -> Tensor:
    """A leaf tensor with a copy of ``data``: a number, nested sequences, an array or a Tensor.

    Without ``dtype``, Python floats become float32, ints int64 and bools bool; arrays and tensors
    keep their own.

    Raises:
        ValueError: nested sequences of unequal lengths.
        TypeError: ``data`` holds something that is no number, or ``dtype`` is not supported.
        RuntimeError: ``requires_grad`` for a dtype that is not floating.

    >>> tensor([1.0, 2.0], requires_grad=True)
    tensor([1., 2.], requires_grad=True)
    >>> tensor([1, 2], dtype="float64").dtype
    dtype('float64')
    """
    if isinstance(data, Tensor):
        data = data.data
    elif isinstance(data, list | tuple):
        data = _plain(data)
    typed = isinstance(data, np.ndarray | np.generic)
    try:
        array = np.array(data)
    except ValueError as error:
        raise ValueError(
            f"expected sequences of equal length at every depth of data: {error}"
        ) from None
    if array.dtype.kind not in "fiub":
        raise TypeError(
            f"data must hold real numbers or bools, got {type(data).__name__} "
            f"of element type {array.dtype}"
        )
    if dtype is not None:
        array = array.astype(resolve_dtype(dtype), copy=False)
    elif not typed and (array.dtype.kind == "f" or not array.size):
        array = array.astype(DEFAULT)
    else:
        array = array.astype(resolve_dtype(array.dtype), copy=False)
    return wrap(array).requires_grad_() if requires_grad else wrap(array)


def _plain(data: Any) -> Any:
    """Nested sequences with any tensors in them replaced by their values."""
    if isinstance(data, list | tuple):
        return [_plain(item) for item in data]
    return data.data if isinstance(data, Tensor) else data


def as_tensor(value: Any, like: Tensor) -> Tensor:
    """``value`` itself if it is a Tensor, else the number as a 0-d tensor that adapts to ``like``.

    Raises:
        TypeError: it is neither.
    """
    return like._other(value)


def _common(*tensors: Tensor) -> list[Tensor]:
    dtype = promote([t.data for t in tensors])
    return [t.to(dtype) for t in tensors]


def where(condition: Tensor, input: Any, other: Any) -> Tensor:
    """``input`` where ``condition`` holds, else ``other``; all three broadcast.

    Raises:
        RuntimeError: ``condition`` is not bool, or the shapes do not broadcast.
    """
    if not isinstance(condition, Tensor) or condition.dtype != BOOL:
        kind = condition.dtype if isinstance(condition, Tensor) else type(condition).__name__
        raise RuntimeError(f"where expected condition to be a bool tensor, got {kind}")
    a, b = _operands(input, other)
    try:
        return apply(A.Where, condition, a, b)
    except ValueError:
        raise RuntimeError(
            f"where: shapes {condition.shape}, {a.shape} and {b.shape} do not broadcast"
        ) from None


def _operands(input: Any, other: Any) -> list[Tensor]:
    if isinstance(input, Tensor):
        return _common(input, as_tensor(other, like=input))
    if isinstance(other, Tensor):
        return _common(as_tensor(input, like=other), other)
    return _common(tensor(input), tensor(other))


def _require_tensors(name: str, *values: Any) -> None:
    for value in values:
        if not isinstance(value, Tensor):
            raise TypeError(f"{name}: every argument must be a Tensor, got {type(value).__name__}")


def maximum(input: Tensor, other: Tensor) -> Tensor:
    """The larger of two elements; NaN if either is; at a tie each gets half the gradient.

    Raises:
        TypeError: an argument is not a Tensor.
        RuntimeError: the shapes do not broadcast.
    """
    _require_tensors("maximum", input, other)
    return input._binary(A.Maximum, other)


def minimum(input: Tensor, other: Tensor) -> Tensor:
    """The smaller of two elements; NaN if either is; at a tie each gets half the gradient.

    Raises:
        TypeError: an argument is not a Tensor.
        RuntimeError: the shapes do not broadcast.
    """
    _require_tensors("minimum", input, other)
    return input._binary(A.Minimum, other)


def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors of one shape, side by side along a new dimension ``dim``.

    Raises:
        RuntimeError: there are none, or their shapes differ.
        IndexError: ``dim`` is out of range.
        TypeError: one of them is not a Tensor.
    """
    _require_tensors("stack", *tensors)
    if not tensors:
        raise RuntimeError("stack expects a non-empty sequence of Tensors")
    for i, t in enumerate(tensors):
        if t.shape != tensors[0].shape:
            raise RuntimeError(
                f"stack expects tensors of equal shape, got {tensors[0].shape} at entry 0 "
                f"and {t.shape} at entry {i}"
            )
    return apply(S.Stack, *_common(*tensors), dim=dim)


def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors end to end along ``dim``; the other dimensions must be equal.

    Raises:
        RuntimeError: there are none, or their shapes do not fit.
        IndexError: ``dim`` is out of range.
        TypeError: one of them is not a Tensor.
    """
    _require_tensors("cat", *tensors)
    if not tensors:
        raise RuntimeError("cat expects a non-empty sequence of Tensors")
    for i, t in enumerate(tensors):
        if not t.ndim:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    parts = [t for t in tensors if t.shape != (0,)] or list(tensors[:1])
    dtype = promote([t.data for t in tensors])
    try:
        return apply(S.Cat, *[t.to(dtype) for t in parts], dim=dim)
    except ValueError:
        shapes = ", ".join(str(t.shape) for t in tensors)
        raise RuntimeError(
            f"cat: sizes of tensors must match except in dimension {dim}, got {shapes}"
        ) from None
