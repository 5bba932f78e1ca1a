"""The gates that reduce a tensor to fewer elements: sum, mean, max, min."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from scratch.autograd.gate import Gate
from scratch.autograd.shaping import normalize_dim, normalize_dims

if TYPE_CHECKING:
    from collections.abc import Callable

    from scratch.autograd.gate import Array

Dims = int | tuple[int, ...] | None


class Sum(Gate):
    """y = Σ x over ``dim``;   every summand gets the upstream gradient."""

    def forward(self, x: Array, dim: Dims, keepdim: bool) -> Array:
        self.shape = x.shape
        self.axes = normalize_dims(dim, x.ndim)
        self.keepdim = keepdim
        return np.asarray(x.sum(axis=self.axes, keepdims=keepdim))

    def backward(self, upstream: Array) -> Array:
        if not self.keepdim:
            upstream = np.expand_dims(upstream, self.axes)
        return np.broadcast_to(upstream, self.shape)


class Mean(Sum):
    """y = (1/n) Σ x over ``dim``;   every summand gets upstream/n."""

    def forward(self, x: Array, dim: Dims, keepdim: bool) -> Array:
        total = super().forward(x, dim, keepdim)
        self.n = 1
        for axis in self.axes:
            self.n *= self.shape[axis]
        return total / self.n if self.n else total / total.dtype.type(0)

    def backward(self, upstream: Array) -> Array:
        return super().backward(np.asarray(upstream / self.n if self.n else upstream))


class Max(Gate):
    """y = max over all elements;   the gradient is shared evenly by the elements that tie."""

    _reduce: Callable[..., Any] = np.maximum.reduce

    def forward(self, x: Array) -> Array:
        if not x.size:
            raise RuntimeError(
                f"{type(self).__name__.lower()}(): expected at least one element, "
                f"got a tensor of shape {x.shape}; pass dim to reduce a dimension that is not empty"
            )
        self.x = x
        self.y = y = type(self)._reduce(x, axis=None)
        return y

    def backward(self, upstream: Array) -> Array:
        winners = np.isnan(self.x) if np.isnan(self.y) else self.x == self.y
        each = upstream / upstream.dtype.type(np.count_nonzero(winners))
        return np.where(winners, each, upstream.dtype.type(0))  # not a product: 0 · ∞ is no 0


class Min(Max):
    """y = min over all elements;   the gradient is shared evenly by the elements that tie."""

    _reduce = np.minimum.reduce


class Along(Gate):
    """Extremum along one dimension;   the gradient goes to the first element that attains it."""

    _arg: Callable[..., Array]

    @classmethod
    def indices(cls, x: Array, dim: int) -> Array:
        """Where along ``dim`` the extremum stands (kept as a dimension of length 1)."""
        return np.asarray(arg_extremum(cls._arg, x, dim, keepdim=True))

    def forward(self, x: Array, indices: Array, dim: int, keepdim: bool) -> Array:
        self.shape, self.keepdim, self.indices_ = x.shape, keepdim, indices
        self.axis = axis = normalize_dim(dim, x.ndim)
        if not x.ndim:
            return x.copy()
        y = np.take_along_axis(x, indices, axis)
        return y if keepdim else y.squeeze(axis)

    def backward(self, upstream: Array) -> Array:
        if not self.shape:
            return upstream
        if not self.keepdim:
            upstream = np.expand_dims(upstream, self.axis)
        dx = np.zeros(self.shape, upstream.dtype)
        np.put_along_axis(dx, self.indices_, upstream, self.axis)
        return dx


class MaxAlong(Along):
    """y = max along ``dim``."""

    _arg = np.argmax


class MinAlong(Along):
    """y = min along ``dim``."""

    _arg = np.argmin


def arg_extremum(
    arg: Callable[..., Array], x: Array, dim: int | None, keepdim: bool = False
) -> Array:
    """``argmax`` or ``argmin`` with the errors of PyTorch for empty reductions."""
    if dim is None:
        if not x.size:
            raise IndexError(f"{arg.__name__}(): expected at least one element, got none")
        index = np.asarray(arg(x))
        return index.reshape((1,) * x.ndim) if keepdim else index
    axis = normalize_dim(dim, x.ndim)
    if not x.ndim:
        return np.asarray(0)
    if not x.shape[axis]:
        raise IndexError(
            f"{arg.__name__}(): dimension {dim} of shape {x.shape} must not be of length 0"
        )
    return np.asarray(arg(x, axis=axis, keepdims=keepdim))
