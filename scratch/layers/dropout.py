"""Dropout: while training, drop each value with probability p, so that no unit can rely on another.

    y = x · m / (1 − p)        m ~ Bernoulli(1 − p), element by element

The 1/(1 − p) keeps the expectation, E[y] = x, so that evaluation needs no dropout and no scaling
("inverted" dropout). The gradient passes where the value did: ∂L/∂x = upstream · m / (1 − p).

Source: Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov (2014), "Dropout: A Simple Way to
Prevent Neural Networks from Overfitting".
"""

from __future__ import annotations

import numpy as np

from scratch.autograd import Array, Gate, Tensor, apply
from scratch.layers.module import Module
from scratch.random import bernoulli_mask


class DropoutGate(Gate):
    """y = x s,   ∂L/∂x = upstream s   with the scaled mask s = m / (1 − p)"""

    def forward(self, x: Array, *, scaled_mask: Array) -> Array:
        self.scaled_mask = scaled_mask
        return x * scaled_mask

    def backward(self, upstream: Array) -> Array:
        return upstream * self.scaled_mask


def dropout(input: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """Zero each element with probability ``p`` and divide the others by 1 − p, while ``training``.

    Any shape; the mask is drawn from the global generator. With p = 0, or in evaluation, it is the
    input itself; with p = 1 everything is zero, and so is the gradient.

    Raises ValueError for ``p`` outside [0, 1], RuntimeError for integers with 0 < p < 1.
    """
    _check_probability(p)
    if not training or p == 0 or not input.numel():
        return input
    if p == 1:
        return apply(DropoutGate, input, scaled_mask=np.zeros((), input.dtype))
    if input.dtype.kind != "f":
        raise RuntimeError(f"dropout scales by 1/(1 - p), which {input.dtype} cannot hold")
    scaled_mask = _mask(input.data, 1 - p)
    scaled_mask /= 1 - p
    return apply(DropoutGate, input, scaled_mask=scaled_mask)


def _mask(x: Array, p: float) -> Array:
    """Return ones (with probability ``p``) and zeros in the shape of ``x``, drawn in memory order.

    As in torch: a transposed matrix drops the same units as the matrix.
    """
    axes = list(range(x.ndim))
    if 0 not in x.strides:  # a repeated axis has no place in memory
        axes.sort(key=lambda axis: -abs(x.strides[axis]))
    drawn = bernoulli_mask(tuple(x.shape[axis] for axis in axes), p, x.dtype)
    return drawn.transpose(np.argsort(axes))


def _check_probability(p: float) -> None:
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


class Dropout(Module):
    """Dropout as a layer: active in training mode, the identity in evaluation mode.

    >>> Dropout(0.2)
    Dropout(p=0.2)
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        _check_probability(p)
        self.p = p

    def forward(self, input: Tensor) -> Tensor:
        return dropout(input, self.p, self.training)

    def extra_repr(self) -> str:
        return f"p={self.p}"
