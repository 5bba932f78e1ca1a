"""The operators and methods of a tensor: each is one gate, or a comparison that needs none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from scratch.autograd import arithmetic as A
from scratch.autograd import reductions as R
from scratch.autograd import shaping as S
from scratch.autograd.conversions import Conversions
from scratch.autograd.dtypes import BOOL, DEFAULT, INT64, is_floating, plain, promote, scalar_dtype
from scratch.autograd.matmul import MatMul

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scratch.autograd.dtypes import DType
    from scratch.autograd.engine import Tensor
    from scratch.autograd.gate import Array, Gate

Operand = Any  # a Tensor or a Python number; anything else is refused with a TypeError


class Extremum(NamedTuple):
    """What ``max`` and ``min`` along one dimension return."""

    values: Tensor
    indices: Tensor


class Operators(Conversions):
    """What can be done with a tensor. :class:`~scratch.autograd.engine.Tensor` adds the graph."""

    __slots__ = ()

    if TYPE_CHECKING:

        def _apply(self, gate: type[Gate], *others: Tensor, **options: Any) -> Tensor: ...

    __array_ufunc__ = None  # `ndarray + tensor` asks the tensor instead of looping over elements

    def _other(self, value: Operand) -> Tensor:
        """``value`` as a tensor that may stand next to this one; Python numbers stay weak."""
        if isinstance(value, Operators):
            return value  # type: ignore[return-value] # every Operators is a Tensor
        if isinstance(value, np.ndarray):
            return self._wrap(value)
        value = plain(value)
        return self._wrap(np.asarray(value, scalar_dtype(value, self.data.dtype)))

    def _binary(
        self, gate: type[Gate], other: Operand, swap: bool = False, dtype: DType | None = None
    ) -> Tensor:
        """Apply a gate of two operands in their common dtype (or ``dtype``)."""
        a: Tensor = self  # type: ignore[assignment] # every Operators is a Tensor
        b = self._other(other)
        if dtype is not None or a.data.dtype != b.data.dtype:
            common = promote((a.data, b.data)) if dtype is None else dtype
            a, b = a.to(common), b.to(common)
        if swap:
            a, b = b, a
        try:
            return a._apply(gate, b)
        except ValueError:
            raise RuntimeError(
                f"{gate.__name__.lower()}: shapes {a.shape} and {b.shape} do not broadcast; each "
                "dimension, counted from the last, must be equal in both or 1 in one"
            ) from None

    def _quotient_dtype(self, other: Operand) -> DType | None:
        """Division of integers happens in the default floating dtype, as in PyTorch."""
        both = (self.data, self._other(other).data)
        return None if is_floating(promote(both)) else DEFAULT

    def _floating(self) -> Tensor:
        """This tensor, or its float32 copy if it holds integers (exp, log, …, as in PyTorch)."""
        return self.to(DEFAULT) if not is_floating(self.data.dtype) else self  # type: ignore[return-value] # self is a Tensor

    def __add__(self, other: Operand) -> Tensor:
        return self._binary(A.Add, other)

    __radd__ = __add__

    def __sub__(self, other: Operand) -> Tensor:
        return self._difference(other)

    def __rsub__(self, other: Operand) -> Tensor:
        return self._difference(other, swap=True)

    def _difference(self, other: Operand, swap: bool = False) -> Tensor:
        operand = other.data.dtype if isinstance(other, Operators) else type(other)
        if self.data.dtype == BOOL or operand in (BOOL, bool):
            raise RuntimeError(
                "subtraction with a bool tensor is not supported; use ^ or !=, or convert it first"
            )
        return self._binary(A.Subtract, other, swap)

    def __mul__(self, other: Operand) -> Tensor:
        return self._binary(A.Multiply, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Operand) -> Tensor:
        return self._binary(A.Divide, other, dtype=self._quotient_dtype(other))

    def __rtruediv__(self, other: Operand) -> Tensor:
        return self._binary(A.Divide, other, swap=True, dtype=self._quotient_dtype(other))

    def __pow__(self, exponent: Operand) -> Tensor:
        exponent = plain(exponent)
        if isinstance(exponent, int | float) and not isinstance(exponent, bool):
            dtype = scalar_dtype(exponent, self.data.dtype)
            base = self if dtype is self.data.dtype else self.to(dtype)
            return base._apply(A.ScalarPower, exponent=exponent)
        return self._binary(A.Power, exponent)

    def __rpow__(self, base: Operand) -> Tensor:
        return self._binary(A.Power, base, swap=True)

    def __matmul__(self, other: Operand) -> Tensor:
        if not isinstance(other, Operators):
            raise TypeError(f"matmul: expected a Tensor, got {type(other).__name__}")
        return self._apply(MatMul, other)  # type: ignore[arg-type] # other is a Tensor

    def __neg__(self) -> Tensor:
        return self._apply(A.Negate)

    def __pos__(self) -> Tensor:
        return self  # type: ignore[return-value] # self is a Tensor

    def _compare(self, comparison: np.ufunc, other: Operand) -> Tensor:
        try:
            a, b = self.data, self._other(other).data
        except TypeError:
            return NotImplemented  # so that Python finds it unequal, and refuses to order it
        common = promote((a, b))
        try:
            return self._wrap(
                comparison(a.astype(common, copy=False), b.astype(common, copy=False))
            )
        except ValueError:
            raise RuntimeError(
                f"{comparison.__name__}: shapes {a.shape} and {b.shape} do not broadcast"
            ) from None

    def __lt__(self, other: Operand) -> Tensor:
        return self._compare(np.less, other)

    def __le__(self, other: Operand) -> Tensor:
        return self._compare(np.less_equal, other)

    def __gt__(self, other: Operand) -> Tensor:
        return self._compare(np.greater, other)

    def __ge__(self, other: Operand) -> Tensor:
        return self._compare(np.greater_equal, other)

    def __eq__(self, other: object) -> Tensor:  # type: ignore[override] # element by element
        return self._compare(np.equal, other)

    def __ne__(self, other: object) -> Tensor:  # type: ignore[override] # element by element
        return self._compare(np.not_equal, other)

    __hash__ = object.__hash__

    def __and__(self, other: Operand) -> Tensor:
        return self._wrap(np.bitwise_and(*self._bits(other)))

    def __or__(self, other: Operand) -> Tensor:
        return self._wrap(np.bitwise_or(*self._bits(other)))

    def _bits(self, other: Operand) -> tuple[Array, Array]:
        """Both operands; NotImplementedError if one of them is made of floats."""
        a, b = self.data, self._other(other).data
        if is_floating(a.dtype) or is_floating(b.dtype):
            raise NotImplementedError(
                f"& and | take bools and integers, got {a.dtype} and {b.dtype}"
            )
        return a, b

    def __invert__(self) -> Tensor:
        return self._wrap(~self.data)

    def exp(self) -> Tensor:
        """e^x, element by element."""
        return self._floating()._apply(A.Exp)

    def log(self) -> Tensor:
        """The natural logarithm: −∞ at 0, NaN below."""
        return self._floating()._apply(A.Log)

    def sqrt(self) -> Tensor:
        """√x; the gradient is infinite at 0."""
        return self._floating()._apply(A.Sqrt)

    def reciprocal(self) -> Tensor:
        """1/x."""
        return self._floating()._apply(A.Reciprocal)

    def abs(self) -> Tensor:
        """|x|; the gradient at 0 is 0. Raises NotImplementedError for bools."""
        return self._apply(A.Absolute)

    __abs__ = abs

    def pow(self, exponent: Operand) -> Tensor:
        """x to the power ``exponent`` (a number or a Tensor)."""
        return self**exponent

    def clip(self, min: float | None = None, max: float | None = None) -> Tensor:
        """x held within [min, max]; the gradient is 1 inside and on the edges, 0 outside.

        Raises:
            RuntimeError: neither bound is given.
            TypeError: a bound is no number: for one per element there are maximum and minimum.
            OverflowError: a bound is an integer outside the range of x's.
        """
        if min is None and max is None:
            raise RuntimeError("clip: at least one of min and max must be given")
        bounds = [self._other(bound).data for bound in (min, max) if bound is not None]
        return self.to(promote((self.data, *bounds)))._apply(A.Clip, low=min, high=max)

    clamp = clip

    def sum(self, dim: int | tuple[int, ...] | None = None, keepdim: bool = False) -> Tensor:
        """The sum of all elements, or along ``dim``; integers and bools add up as int64."""
        t = self if is_floating(self.data.dtype) else self.to(INT64)
        return t._apply(R.Sum, dim=dim, keepdim=keepdim)

    def mean(self, dim: int | tuple[int, ...] | None = None, keepdim: bool = False) -> Tensor:
        """The arithmetic mean of all elements, or along ``dim``; NaN of no elements.

        Raises:
            RuntimeError: the tensor is not floating.
        """
        if not is_floating(self.data.dtype):
            raise RuntimeError(
                f"mean(): the dtype must be floating point, got {self.data.dtype}; "
                'convert first, for instance with .to("float32")'
            )
        return self._apply(R.Mean, dim=dim, keepdim=keepdim)

    def max(self, dim: int | None = None, keepdim: bool = False) -> Any:
        """The largest element (ties share the gradient); with ``dim``, (values, indices)."""
        return self._extremum(R.Max, R.MaxAlong, dim, keepdim)

    def min(self, dim: int | None = None, keepdim: bool = False) -> Any:
        """The smallest element (ties share the gradient); with ``dim``, (values, indices)."""
        return self._extremum(R.Min, R.MinAlong, dim, keepdim)

    def _extremum(
        self, total: type[Gate], along: type[R.Along], dim: int | None, keepdim: bool
    ) -> Any:
        if dim is None:
            return self._apply(total)
        indices = along.indices(self.data, dim)
        values = self._apply(along, indices=indices, dim=dim, keepdim=keepdim)
        axis = S.normalize_dim(dim, self.data.ndim)
        kept = indices if keepdim or not self.data.ndim else indices.squeeze(axis)
        return Extremum(values, self._wrap(kept))

    def argmax(self, dim: int | None = None, keepdim: bool = False) -> Tensor:
        """The index of the (first) largest element, in the flat tensor or along ``dim``."""
        return self._wrap(R.arg_extremum(np.argmax, self.data, dim, keepdim))

    def argmin(self, dim: int | None = None, keepdim: bool = False) -> Tensor:
        """The index of the (first) smallest element, in the flat tensor or along ``dim``."""
        return self._wrap(R.arg_extremum(np.argmin, self.data, dim, keepdim))

    def reshape(self, *shape: Any) -> Tensor:
        """The same elements in another shape; one length may be −1.

        Raises:
            RuntimeError: the number of elements differs.
        """
        return self._apply(S.Reshape, shape=S.as_shape(shape))

    view = reshape

    def transpose(self, dim0: int, dim1: int) -> Tensor:
        """The tensor with dimensions ``dim0`` and ``dim1`` exchanged."""
        return self._apply(S.Transpose, dim0=dim0, dim1=dim1)

    @property
    def T(self) -> Tensor:
        """The tensor with its dimensions in reverse order."""
        return self._apply(S.Reverse)

    def __getitem__(self, index: Any) -> Tensor:
        picked: Tensor = self  # type: ignore[assignment] # every Operators is a Tensor
        for step in S.index_steps(S.plain_index(index)):
            picked = picked._apply(S.Index, index=step)
        return picked

    def __iter__(self) -> Iterator[Tensor]:
        if not self.data.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return (self[i] for i in range(len(self.data)))
