"""The linear layer: every output is a weighted sum of the inputs plus a bias.

    y = x Wᵀ + b        x: (N, in), W: (out, in), b: (out,), y: (N, out)

With the upstream gradient G = ∂L/∂y, (N, out), the rule for matrix products gives

    ∂L/∂x = G W        ∂L/∂W = Gᵀ x        ∂L/∂b = 1ᵀ G   (every row uses the same bias)

Source: Rosenblatt (1958), "The perceptron", for the weighted sum; Rumelhart, Hinton & Williams
(1986), "Learning representations by back-propagating errors", for its gradient.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from scratch.autograd import Array, Gate, Tensor, apply
from scratch.initializers import kaiming_uniform_, uniform_
from scratch.layers.module import Module
from scratch.layers.parameter import Parameter, empty_parameter


class LinearGate(Gate):
    """y = x Wᵀ + b,   ∂L/∂x = G W,   ∂L/∂W = Gᵀ x,   ∂L/∂b = 1ᵀ G"""

    def forward(self, x: Array, W: Array, b: Array | None = None) -> Array:
        self.x, self.W, self.b = x, W, b
        if x.dtype != W.dtype or (b is not None and b.dtype != W.dtype):
            raise _misfit("dtypes", x.dtype, W.dtype, b if b is None else b.dtype)
        try:
            y = x.dot(W.T) if x.ndim == 2 == W.ndim else _collapsed(x, W)
            if b is not None:
                y += b
        except ValueError:
            raise _misfit("shapes", x.shape, W.shape, b if b is None else b.shape) from None
        return y

    def backward(self, upstream: Array) -> tuple[Array | None, ...]:
        x, W, b, G = self.x, self.W, self.b, upstream
        if x.ndim != 2:
            x, G = _rows(x), _rows(G)
        dx = G.dot(W) if self.needs[0] else None
        if dx is not None and self.x.ndim != 2:
            dx = dx.reshape(self.x.shape)
        dW = G.T.dot(x) if self.needs[1] else None
        if b is None:
            return dx, dW
        if not self.needs[2]:
            return dx, dW, None
        return dx, dW, column_sum(G) if b.ndim <= 1 else upstream


def _collapsed(x: Array, W: Array) -> Array:
    """Return x Wᵀ for an ``x`` (*, in): every dimension before the last counts samples."""
    if W.ndim != 2 or not x.ndim or x.shape[-1] != W.shape[1]:
        raise ValueError("linear takes x (*, in) and W (out, in)")
    return _rows(x).dot(W.T).reshape(*x.shape[:-1], W.shape[0])


def _rows(x: Array) -> Array:
    """Return ``x`` (*, D) as a matrix (N, D)."""
    return x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


def _misfit(what: str, x: object, W: object, b: object) -> RuntimeError:
    return RuntimeError(
        f"linear: the {what} of input, weight and bias do not fit together: {x}, {W}, {b}; "
        "expected (*, in), (out, in), (out,) and one dtype"
    )


def column_sum(G: Array) -> Array:
    """1ᵀ G, the sum of the rows of ``G`` (N, C), as a product with a row of ones.

    In blocks, then over the sums of the blocks: the rounding error of one long running sum grows
    with N, that of a tree only with its depth (Higham, 2002, "Accuracy and Stability of Numerical
    Algorithms", section 4.2).
    """
    while len(G) > BLOCK:
        whole = len(G) // BLOCK
        blocks = G[: whole * BLOCK].reshape(whole, BLOCK, G.shape[1])
        G = np.concatenate([_ones(BLOCK, G.dtype) @ blocks, G[whole * BLOCK :]])
    return _ones(len(G), G.dtype).dot(G)


BLOCK = 128


@cache
def _ones(n: int, dtype: Any) -> Array:
    return np.ones(n, dtype)


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Apply y = x Wᵀ + b.

    Shapes: input (*, in), weight (out, in), bias (out,), result (*, out); ``*`` is any number of
    dimensions, also none. A weight (in,) is one output without a dimension of its own: result (*).

    Raises RuntimeError when shapes or dtypes do not fit together.

    >>> from scratch.autograd import tensor
    >>> linear(tensor([[1.0, 2.0]]), tensor([[3.0, 4.0]]), tensor([0.5])).tolist()
    [[11.5]]
    """
    if bias is not None:
        return apply(LinearGate, input, weight, bias)
    if not (isinstance(input, Tensor) and isinstance(weight, Tensor)):
        kinds = f"{type(input).__name__} and {type(weight).__name__}"
        raise TypeError(f"linear: input and weight must be Tensors, got {kinds}")
    if weight.ndim == 1:
        return linear(input, weight.reshape(1, -1)).reshape(input.shape[:-1])
    return apply(LinearGate, input, weight)


class Linear(Module):
    """A layer y = x Wᵀ + b with ``weight`` (out_features, in_features), ``bias`` (out_features).

    Both start uniform in ±1/√in_features: the weight by ``kaiming_uniform_`` with a = √5, as in
    torch (He et al., 2015, "Delving Deep into Rectifiers"; LeCun et al., 1998, "Efficient
    BackProp").

    >>> Linear(3, 4)
    Linear(in_features=3, out_features=4, bias=True)
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, dtype: Any = None
    ) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.weight = empty_parameter((out_features, in_features), dtype)
        self.register_parameter("bias", empty_parameter((out_features,), dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights and biases from the global generator."""
        kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features > 0 else 0
            uniform_(self.bias, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        return linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )
