"""The gates that only move elements: reshape, transpose, index, stack, cat.

Each is linear, so its backward pass puts every gradient back where its element came from.
"""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np

from scratch.autograd.dtypes import plain
from scratch.autograd.gate import Gate

if TYPE_CHECKING:
    from scratch.autograd.gate import Array


def normalize_dim(dim: int, ndim: int) -> int:
    """``dim`` counted from the front.

    Raises:
        IndexError: it is outside [−ndim, ndim − 1].
        TypeError: it is no integer.
    """
    if type(dim) is not int:
        dim = _integer(dim)
    span = max(ndim, 1)
    if not -span <= dim < span:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-span}, {span - 1}], "
            f"but got {dim})"
        )
    return dim % span


def _integer(dim: Any) -> int:
    """``dim`` as an int, if it is one of another kind; True is none."""
    if isinstance(dim, bool) or not hasattr(dim, "__index__"):
        raise TypeError(f"dim: a dimension must be an int, got {dim!r} ({type(dim).__name__})")
    return index(dim)


def normalize_dims(dim: int | tuple[int, ...] | None, ndim: int) -> tuple[int, ...]:
    """The dimensions to reduce, counted from the front; all of them for None or ().

    Raises:
        IndexError: one is out of range.
        RuntimeError: one is named twice.
        TypeError: one is no integer.
    """
    several = () if dim is None else dim if isinstance(dim, tuple | list) else (dim,)
    if not several:
        return tuple(range(ndim))
    dims = tuple(normalize_dim(d, ndim) for d in several)
    if len(set(dims)) != len(dims):
        raise RuntimeError(f"a dimension appears more than once in dim={dim}")
    return dims if ndim else ()


def as_shape(arguments: tuple[Any, ...]) -> tuple[int, ...]:
    """The shape given as several integers, of whatever kind, or as one tuple or list of them."""
    if len(arguments) == 1 and isinstance(arguments[0], tuple | list):
        (arguments,) = arguments
    return tuple(index(size) for size in arguments)


def plain_index(index: Any) -> Any:
    """``index`` with every tensor in it replaced by its array."""
    if isinstance(index, tuple):
        return tuple(plain_index(i) for i in index)
    index = plain(index)
    return getattr(index, "data", index) if not isinstance(index, np.ndarray) else index


def index_steps(index: Any) -> tuple[Any, ...]:
    """``index``, or two that do the same one after the other: integers first, arrays second.

    NumPy takes an integer beside arrays for one more array. So x[0, :, [1, 2]] is x[0][:, [1, 2]]
    transposed, what was picked in front; in PyTorch an integer only takes its dimension away.

    >>> index_steps((0, slice(None), [1, 2]))
    ((0, slice(None, None, None), slice(None, None, None)), (slice(None, None, None), [1, 2]))
    """
    if not isinstance(index, tuple) or _is_basic(index) or not any(map(_is_integer, index)):
        return (index,)
    integers: list[Any] = []
    arrays: list[Any] = []
    for part in index:
        if _is_integer(part):
            integers.append(part)
        elif _is_basic(part):
            integers.append(part)
            arrays.append(part if part is Ellipsis else slice(None))
        else:
            mask = np.asarray(part)
            integers += [slice(None)] * (mask.ndim if mask.dtype == np.bool_ else 1)
            arrays.append(part)
    return tuple(integers), tuple(arrays)


def _is_integer(part: Any) -> bool:
    return isinstance(part, int) and not isinstance(part, bool)


def _is_basic(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        part is None or part is Ellipsis or isinstance(part, slice) or _is_integer(part)
        for part in parts
    )


class Reshape(Gate):
    """The same elements, in row-major order, in another shape."""

    def forward(self, x: Array, shape: tuple[int, ...]) -> Array:
        self.shape = x.shape
        try:
            return x.reshape(shape)
        except ValueError:
            raise RuntimeError(
                f"shape {shape} is invalid for input of shape {x.shape}, which has {x.size} elements"
            ) from None

    def backward(self, upstream: Array) -> Array:
        return upstream.reshape(self.shape)


class Transpose(Gate):
    """Two dimensions exchanged; exchanging them again takes the gradient back."""

    def forward(self, x: Array, dim0: int, dim1: int) -> Array:
        self.axes = normalize_dim(dim0, x.ndim), normalize_dim(dim1, x.ndim)
        return x.swapaxes(*self.axes) if x.ndim else x

    def backward(self, upstream: Array) -> Array:
        return upstream.swapaxes(*self.axes) if upstream.ndim else upstream


class Reverse(Gate):
    """All dimensions in reverse order (a matrix transposed); its own inverse."""

    def forward(self, x: Array) -> Array:
        return x.T

    def backward(self, upstream: Array) -> Array:
        return upstream.T


class Index(Gate):
    """y = x[index];   an element that was picked k times gets k gradients, added up."""

    def forward(self, x: Array, index: Any) -> Array:
        self.shape, self.index = x.shape, index
        return x[index]

    def backward(self, upstream: Array) -> Array:
        dx = np.zeros(self.shape, upstream.dtype)
        if _is_basic(self.index):
            dx[self.index] = upstream
        else:
            np.add.at(dx, self.index, upstream)
        return dx


class Stack(Gate):
    """The inputs side by side along a new dimension;   each gets back its slice."""

    def forward(self, *xs: Array, dim: int) -> Array:
        self.axis = normalize_dim(dim, xs[0].ndim + 1)
        return np.stack(xs, axis=self.axis)

    def backward(self, upstream: Array) -> tuple[Array, ...]:
        return tuple(np.moveaxis(upstream, self.axis, 0))


class Cat(Gate):
    """The inputs end to end along an existing dimension;   each gets back its part."""

    def forward(self, *xs: Array, dim: int) -> Array:
        self.axis = normalize_dim(dim, xs[0].ndim)
        self.ends = np.cumsum([x.shape[self.axis] for x in xs])[:-1]
        return np.concatenate(xs, axis=self.axis)

    def backward(self, upstream: Array) -> tuple[Array, ...]:
        return tuple(np.split(upstream, self.ends, axis=self.axis))
