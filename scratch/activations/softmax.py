"""Softmax and its relatives: scores to probabilities along one dimension.

    softmax      p_i = e^(x_i) / Σ_j e^(x_j)             ∂L/∂x = p (g − Σ_j g_j p_j)
    log-softmax  log p_i = x_i − log Σ_j e^(x_j)         ∂L/∂x = g − p Σ_j g_j
    softmin      softmax(−x)

g is the upstream gradient. Subtracting the largest score first changes nothing mathematically and
keeps every exponential in (0, 1]. (Why not |x|/Σ|x|: it cannot tell (1, 1, 1) from (1, −1, 1).)

Source: Bridle (1990), "Probabilistic Interpretation of Feedforward Classification Network Outputs,
with Relationships to Statistical Pattern Recognition".
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from scratch.activations._domain import require_floating
from scratch.autograd import Array, Gate, Tensor, apply, resolve_dtype
from scratch.autograd.shaping import normalize_dim
from scratch.layers import Module

if TYPE_CHECKING:
    from scratch.autograd.dtypes import DTypeLike


def shifted(x: Array, axis: int) -> Array:
    """x − max x along ``axis``.

    On the rows of a matrix, which is what classifiers have, argmax finds the largest several times
    faster than a reduction does. An empty axis has the maximum −∞, which makes it harmless.
    """
    if x.ndim == 2 and axis in (1, -1) and x.size:
        highest = x[np.arange(len(x)), x.argmax(1)][:, None]
    else:
        highest = np.maximum.reduce(x, axis, keepdims=True, initial=-np.inf)
    return x - highest


class SoftmaxGate(Gate):
    """p = e^x / Σ e^x along ``dim``,   ∂L/∂x = p (g − Σ g p)."""

    def forward(self, x: Array, dim: int) -> Array:
        require_floating(x, "softmax")
        p = np.exp(shifted(x, dim))
        p /= np.add.reduce(p, dim, keepdims=True)
        self.p, self.dim = p, dim
        return p

    def backward(self, upstream: Array) -> Array:
        weighted = upstream * self.p
        weighted -= self.p * np.add.reduce(weighted, self.dim, keepdims=True)
        return weighted


class LogSoftmaxGate(Gate):
    """y = x − log Σ e^x along ``dim``,   ∂L/∂x = g − e^y Σ g."""

    def forward(self, x: Array, dim: int) -> Array:
        require_floating(x, "log_softmax")
        y = shifted(x, dim)
        y -= np.log(np.add.reduce(np.exp(y), dim, keepdims=True))
        self.y, self.dim = y, dim
        return y

    def backward(self, upstream: Array) -> Array:
        return upstream - np.exp(self.y) * np.add.reduce(upstream, self.dim, keepdims=True)


def softmax(input: Tensor, dim: int | None = None, dtype: DTypeLike = None) -> Tensor:
    """e^(x_i) / Σ_j e^(x_j) along ``dim``: non-negative, sums to 1. Shape as ``input``.

    ``dtype`` converts the input first. ``dim=None`` picks a dimension as PyTorch once did (0 for 0,
    1 and 3 dimensions, else 1) and warns; name one instead.

    Raises:
        IndexError: ``dim`` is out of range.
        NotImplementedError: ``input`` is not floating-point and ``dtype`` does not make it so.

    >>> from scratch import softmax, tensor
    >>> softmax(tensor([1e4, 1e4]), dim=0).tolist()
    [0.5, 0.5]
    """
    return _along(SoftmaxGate, "softmax", input, dim, dtype)


def log_softmax(input: Tensor, dim: int | None = None, dtype: DTypeLike = None) -> Tensor:
    """log softmax(x) along ``dim``, finite where softmax itself has underflowed to 0.

    Options and errors as in :func:`softmax`.
    """
    return _along(LogSoftmaxGate, "log_softmax", input, dim, dtype)


def softmin(input: Tensor, dim: int | None = None, dtype: DTypeLike = None) -> Tensor:
    """softmax(−x) along ``dim``: the smallest score gets the largest probability.

    Options and errors as in :func:`softmax`.
    """
    return _along(SoftmaxGate, "softmin", -input, dim, dtype)


def _along(gate: type[Gate], name: str, input: Tensor, dim: int | None, dtype: DTypeLike) -> Tensor:
    """Apply ``gate`` along ``dim``, after the conversion to ``dtype``."""
    if dim is None:
        warnings.warn(
            f"Implicit dimension choice for {name} has been deprecated. "
            "Change the call to include dim=X as an argument.",
            stacklevel=3,
        )
        dim = 0 if input.ndim in (0, 1, 3) else 1
    dim = normalize_dim(dim, input.ndim)
    if dtype is not None:
        input = input.to(resolve_dtype(dtype))
    if input.ndim == 0:
        return apply(gate, input.reshape(1), dim=0).reshape(())
    return apply(gate, input, dim=dim)


class _Along(Module):
    """A layer that works along one dimension."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmax(_Along):
    """:func:`softmax` as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return softmax(input, self.dim)


class LogSoftmax(_Along):
    """:func:`log_softmax` as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return log_softmax(input, self.dim)


class Softmin(_Along):
    """:func:`softmin` as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return softmin(input, self.dim)
