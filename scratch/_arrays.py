"""Data as users hand it in (tensors, arrays, lists), turned into checked NumPy arrays.

The modules that take data rather than graph nodes (metrics, perceptron, linear models, features)
share these few checks, so that they all say the same thing about the same mistake.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from scratch.autograd import Array, Tensor, tensor

Values: TypeAlias = Tensor | Array | Sequence[Any] | float


def as_array(value: Values) -> Array:
    """``value`` as an array; tensors and arrays are not copied.

    Raises:
        TypeError: it holds something that is not a real number.
        ValueError: nested sequences of unequal lengths.
    """
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
        return value
    return (value if isinstance(value, Tensor) else tensor(value)).data


def as_floats(value: Values, name: str) -> Array:
    """``value`` in float32 or float64; integers and bools become float32, the default.

    Raises:
        TypeError: it is floating, but in another precision.
    """
    array = as_array(value)
    if array.dtype.kind != "f":
        return array.astype(np.float32)
    if array.dtype not in (np.float32, np.float64):
        raise TypeError(f"{name} must be float32 or float64, got {array.dtype}")
    return array


def as_float_tensor(value: Values) -> Tensor:
    """A floating tensor; a Tensor stays in its graph, integers become float32."""
    t = value if isinstance(value, Tensor) else tensor(value)
    return t if t.dtype.kind == "f" else t.to("float32")


def require_finite(array: Array, name: str) -> Array:
    """``array`` itself.

    Raises:
        ValueError: an element is NaN or infinite; the message says which one.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(array.sum()):  # one fast pass; only a sum that is not finite needs a look
            return array
    finite = np.isfinite(array)
    if not finite.all():
        index = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise ValueError(
            f"{name} must be finite, got {array[index]} at index {index}; "
            "drop or fill missing values first"
        )
    return array


def as_samples(X: Values, name: str = "X") -> Array:
    """A finite (N, D) matrix of floats: one sample per row.

    Raises:
        ValueError: it has another number of dimensions, or NaN or infinity in it.
    """
    array = as_floats(X, name)
    if array.ndim != 2:
        hint = "; one feature is a column: X.reshape(-1, 1)" if array.ndim == 1 else ""
        raise ValueError(f"{name} must have shape (N, D), got {array.shape}{hint}")
    return require_finite(array, name)


def require_same_length(X: Array, y: Array) -> None:
    """Check that there is one target per sample.

    Raises:
        ValueError: there is not.
    """
    if not y.ndim or len(X) != len(y):
        raise ValueError(
            f"X and y must have one row per sample, got shapes {X.shape} and {y.shape}"
        )


def require_nonnegative(value: float, name: str) -> float:
    """``value`` as a float.

    Raises:
        ValueError: it is negative or NaN.
    """
    if not value >= 0:
        raise ValueError(f"{name} must be ≥ 0, got {value}")
    return float(value)
