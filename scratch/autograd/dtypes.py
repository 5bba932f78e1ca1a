"""Element types: their names, the default, and PyTorch's rules of promotion.

``"float32"`` is the default for Python floats, ``"int64"`` for Python ints, ``"bool"`` for bools. When
two operands differ, the *category* decides first (bool < integer < floating); within a category a
tensor with dimensions outranks a 0-d tensor, which outranks a Python number. So float32 stays
float32 next to ``2.5`` or a 0-d float64, and int64 next to ``2.5`` becomes float32, the default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scratch.autograd.gate import Array

DType = np.dtype[Any]
DTypeLike = str | type | np.dtype[Any] | None

FLOAT32: DType = np.dtype(np.float32)
FLOAT64: DType = np.dtype(np.float64)
INT64: DType = np.dtype(np.int64)
BOOL: DType = np.dtype(np.bool_)
DEFAULT = FLOAT32

OF_NUMPY = frozenset({np.ndarray, *np.sctypeDict.values()})
"""The types of NumPy's arrays and numbers; to look one up takes half as long as isinstance."""

_NAMES = (
    *("float32", "float64", "float16"),
    *("int64", "int32", "int16", "int8", "uint8", "bool"),
)
_BY_NAME: dict[str, DType] = {name: np.dtype(name) for name in _NAMES}
_BY_NAME |= {"float": FLOAT32, "double": FLOAT64, "half": np.dtype(np.float16), "long": INT64}
_SUPPORTED = frozenset(_BY_NAME.values())
_CATEGORY = {"b": 0, "i": 1, "u": 1, "f": 2}


def resolve_dtype(dtype: DTypeLike) -> DType:
    """The NumPy dtype called ``dtype`` (a name such as ``"float32"``, or a NumPy dtype).

    Python's ``float``, ``int`` and ``bool`` mean float64, int64 and bool, as in PyTorch.

    Raises:
        TypeError: it is not one of the supported element types.

    >>> resolve_dtype("float64")
    dtype('float64')
    """
    if isinstance(dtype, str):
        found = _BY_NAME.get(dtype)
    else:
        found = np.dtype(dtype) if dtype is not None else None
        found = found if found in _SUPPORTED else None
    if found is None:
        raise TypeError(f"dtype must be one of {', '.join(_NAMES)}, got {dtype!r}")
    return found


def is_floating(dtype: DType) -> bool:
    """Whether values of ``dtype`` can carry a gradient."""
    return dtype.kind == "f"


def promote(arrays: Iterable[Array]) -> DType:
    """The dtype in which PyTorch combines ``arrays`` (0-d arrays only decide the category)."""
    with_dims: DType | None = None
    zero_dim: DType | None = None
    for array in arrays:
        if array.ndim:
            with_dims = array.dtype if with_dims is None else _pair(with_dims, array.dtype)
        else:
            zero_dim = array.dtype if zero_dim is None else _pair(zero_dim, array.dtype)
    if with_dims is None:
        assert zero_dim is not None, "promote needs at least one array"
        return zero_dim
    if zero_dim is None or _CATEGORY[zero_dim.kind] <= _CATEGORY[with_dims.kind]:
        return with_dims
    return zero_dim


def _pair(a: DType, b: DType) -> DType:
    """Two operands of equal rank: the floating one wins, else NumPy's (and PyTorch's) lattice."""
    if _CATEGORY[a.kind] == _CATEGORY[b.kind]:
        return np.promote_types(a, b)
    return a if _CATEGORY[a.kind] > _CATEGORY[b.kind] else b


def plain(value: Any) -> Any:
    """``value``, or the Python number that NumPy's or an array of no dimensions is: beside arrays
    Python's are weak, whatever their precision."""
    return value.item() if type(value) in OF_NUMPY and not value.ndim else value


def scalar_dtype(value: complex, like: DType) -> DType:
    """The dtype of a Python number that stands next to a tensor of dtype ``like``.

    Raises:
        TypeError: ``value`` is not a real number or bool.
    """
    if isinstance(value, bool):
        return like
    if isinstance(value, int):
        return INT64 if like.kind == "b" else like
    if isinstance(value, float):
        return like if like.kind == "f" else DEFAULT
    raise TypeError(f"expected a Tensor or a real number, got {type(value).__name__}")
