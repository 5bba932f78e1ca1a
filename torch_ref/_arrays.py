"""Data as users hand it in (tensors, arrays, lists), turned into checked tensors.

The modules that take data rather than graph nodes (metrics, perceptron, linear models, features)
share these few checks, so that they all say the same thing about the same mistake.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

import torch
from torch import Tensor


@runtime_checkable
class SupportsArray(Protocol):
    """A NumPy array, or anything that offers itself as one."""

    def __array__(self) -> Any: ...

    def copy(self) -> Any: ...


_ARRAYS = (Tensor, SupportsArray)

Values: TypeAlias = Tensor | SupportsArray | Sequence[Any] | float


def as_tensor(value: Values) -> Tensor:
    """``value`` as a tensor outside any graph; tensors are not copied.

    Raises:
        TypeError: it holds something that is not a real number.
        ValueError: nested sequences of unequal lengths.
    """
    if not isinstance(value, Tensor):
        if isinstance(value, SupportsArray):
            value = value.copy()  # torch takes neither read-only arrays nor negative strides
        elif isinstance(value, list | tuple) and value and isinstance(value[0], _ARRAYS):
            value = torch.stack([as_tensor(row) for row in value])
        value = torch.as_tensor(value)
    if value.is_complex():
        raise TypeError(f"data must hold real numbers or bools, got {value.dtype}")
    return value.detach()


def as_floats(value: Values, name: str) -> Tensor:
    """``value`` in float32 or float64; integers and bools become float32, the default.

    Raises:
        TypeError: it is floating, but in another precision.
    """
    tensor = as_tensor(value)
    if not tensor.is_floating_point():
        return tensor.to(torch.float32)
    if tensor.dtype not in (torch.float32, torch.float64):
        raise TypeError(f"{name} must be float32 or float64, got {tensor.dtype}")
    return tensor


def as_float_tensor(value: Values) -> Tensor:
    """A floating tensor; a Tensor stays in its graph, integers become float32."""
    t = value if isinstance(value, Tensor) else as_tensor(value)
    return t if t.is_floating_point() else t.to(torch.float32)


def require_finite(tensor: Tensor, name: str) -> Tensor:
    """``tensor`` itself.

    Raises:
        ValueError: an element is NaN or infinite; the message says which one.
    """
    finite = torch.isfinite(tensor)
    if not finite.all():
        index = tuple((~finite).nonzero()[0].tolist())
        raise ValueError(
            f"{name} must be finite, got {tensor[index].item()} at index {index}; "
            "drop or fill missing values first"
        )
    return tensor


def as_samples(X: Values, name: str = "X") -> Tensor:
    """A finite (N, D) matrix of floats: one sample per row.

    Raises:
        ValueError: it has another number of dimensions, or NaN or infinity in it.
    """
    tensor = as_floats(X, name)
    if tensor.ndim != 2:
        hint = "; one feature is a column: X.reshape(-1, 1)" if tensor.ndim == 1 else ""
        raise ValueError(f"{name} must have shape (N, D), got {tuple(tensor.shape)}{hint}")
    return require_finite(tensor, name)


def require_same_length(X: Tensor, y: Tensor) -> None:
    """Check that there is one target per sample.

    Raises:
        ValueError: there is not.
    """
    if not y.ndim or len(X) != len(y):
        raise ValueError(
            "X and y must have one row per sample, "
            f"got shapes {tuple(X.shape)} and {tuple(y.shape)}"
        )


def require_nonnegative(value: float, name: str) -> float:
    """``value`` as a float.

    Raises:
        ValueError: it is negative or NaN.
    """
    if not value >= 0:
        raise ValueError(f"{name} must be ≥ 0, got {value}")
    return float(value)
