"""What a tensor is as a value: its size, its element type, and how it becomes a Python object."""

from __future__ import annotations

import builtins
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np

from scratch.autograd.arithmetic import Cast, Clone
from scratch.autograd.dtypes import BOOL, FLOAT32, FLOAT64, INT64, is_floating, resolve_dtype

if TYPE_CHECKING:
    from scratch.autograd.dtypes import DType, DTypeLike
    from scratch.autograd.engine import Tensor
    from scratch.autograd.gate import Array, Gate


class Conversions:
    """Sizes, element types and conversions of a :class:`~scratch.autograd.engine.Tensor`."""

    __slots__ = ()

    if TYPE_CHECKING:
        data: Array
        requires_grad: builtins.bool
        grad: Tensor | None
        grad_fn: Gate | None

        def _apply(self, gate: type[Gate], *others: Tensor, **options: Any) -> Tensor: ...
        @staticmethod
        def _wrap(data: Array) -> Tensor: ...

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each dimension."""
        return self.data.shape

    @property
    def dtype(self) -> DType:
        """The element type; compares equal to its name, ``t.dtype == "float32"``."""
        return self.data.dtype

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self.data.ndim

    def __len__(self) -> int:
        if not self.data.ndim:
            raise TypeError("len() of a 0-d tensor")
        return len(self.data)

    def to(self, dtype: DTypeLike) -> Tensor:
        """The values converted to ``dtype``; itself if it has that dtype already."""
        dtype = resolve_dtype(dtype)
        if dtype == self.data.dtype:
            return self  # type: ignore[return-value] # self is a Tensor
        if not is_floating(dtype):
            with np.errstate(invalid="ignore"):  # NaN to int has no right answer, in torch neither
                return self._wrap(self.data.astype(dtype))
        return self._apply(Cast, dtype=dtype)

    def float(self) -> Tensor:
        """The values as float32."""
        return self.to(FLOAT32)

    def cpu(self) -> Tensor:
        """The tensor itself: NumPy's memory is the CPU's (for code that also runs on PyTorch)."""
        return self  # type: ignore[return-value] # self is a Tensor

    def double(self) -> Tensor:
        """The values as float64."""
        return self.to(FLOAT64)

    def long(self) -> Tensor:
        """The values as int64, fractions cut off."""
        return self.to(INT64)

    def bool(self) -> Tensor:
        """Which values are not zero."""
        return self.to(BOOL)

    def clone(self) -> Tensor:
        """A copy that stands in the graph."""
        return self._apply(Clone)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        """A leaf of its own, with its own gradient.

        Raises:
            RuntimeError: the tensor is no leaf: its graph belongs to the original.
        """
        if self.grad_fn is not None:
            raise RuntimeError(
                "only Tensors created explicitly by the user (graph leaves) can be deep-copied; "
                "detach() the tensor first, or clone() it to stay in the graph"
            )
        out: Tensor = object.__new__(type(self))  # type: ignore[assignment] # self is a Tensor
        out.data, out.requires_grad = deepcopy(self.data, memo), self.requires_grad
        out.grad, out.grad_fn = deepcopy(self.grad, memo), None
        return out

    def zero_(self) -> Tensor:
        """Set every element to 0, in place.

        Raises:
            RuntimeError: the tensor requires a gradient, which would then be wrong.
        """
        if self.requires_grad:
            raise RuntimeError("zero_() on a tensor that requires grad; use .detach().zero_()")
        self.data.fill(0)
        return self  # type: ignore[return-value] # self is a Tensor

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length of one dimension."""
        return self.data.shape if dim is None else self.data.shape[dim]

    def numel(self) -> int:
        """The number of elements."""
        return self.data.size

    def numpy(self) -> Array:
        """The values as a NumPy array that shares the tensor's memory.

        Raises:
            RuntimeError: the tensor requires a gradient, which the array could not carry on.
        """
        if self.requires_grad:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
            )
        return self.data

    def __array__(self, dtype: Any = None, copy: builtins.bool | None = None) -> Array:
        array = self.numpy()
        if dtype is None or array.dtype == dtype:
            return array.copy() if copy else array
        if copy is False:
            raise ValueError(f"cannot view {array.dtype} as {dtype} without a copy")
        return array.astype(dtype)

    def item(self) -> Any:
        """The value of a tensor with exactly one element, as a Python number.

        Raises:
            RuntimeError: the tensor has no or several elements.
        """
        if self.data.size != 1:
            raise RuntimeError(
                f"a Tensor with {self.data.size} elements cannot be converted to Scalar; "
                "item() needs exactly one"
            )
        return self.data.item()

    def tolist(self) -> Any:
        """The values as nested Python lists (a number for a 0-d tensor)."""
        return self.data.tolist()

    def __bool__(self) -> builtins.bool:
        if self.data.size != 1:
            raise RuntimeError(
                f"Boolean value of Tensor with {self.data.size} values is ambiguous; "
                "only a tensor with exactly one element is true or false"
            )
        return builtins.bool(self.data.item())

    def __float__(self) -> builtins.float:
        return builtins.float(self._single("float"))

    def __int__(self) -> int:
        return int(self._single("int"))

    def __index__(self) -> int:
        if is_floating(self.data.dtype) or self.data.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.data.item())

    def _single(self, target: str) -> Any:
        if self.data.size != 1:
            raise ValueError(
                f"only a Tensor with one element can be converted to {target}, "
                f"this one has {self.data.size}"
            )
        return self.data.item()

    def __format__(self, spec: str) -> str:
        return (
            format(self.data.item(), spec) if not self.data.ndim else object.__format__(self, spec)
        )

    def __repr__(self) -> str:
        body = np.array2string(self.data, separator=", ", prefix="tensor(", precision=4)
        dtype = "" if self.data.dtype in (FLOAT32, INT64, BOOL) else f", dtype={self.data.dtype}"
        grad_fn = getattr(self, "grad_fn", None)
        if grad_fn is not None:
            suffix = f", grad_fn=<{type(grad_fn).__name__}>"
        else:
            suffix = ", requires_grad=True" if self.requires_grad else ""
        return f"tensor({body}{dtype}{suffix})"
