"""Initial values of parameters, drawn in place, so that signals neither vanish nor explode.

A layer with weights (out, in) has fan_in = in and fan_out = out (times the size of the receptive
field, for weights with more dimensions). With gain g of the activation that follows:

    Xavier    std = g √(2 / (fan_in + fan_out))      keeps variance forward and backward, on average
    He        std = g / √fan                         one direction, for rectifiers
    uniform   on [−√3 std, √3 std]

Sources: Glorot & Bengio (2010), "Understanding the difficulty of training deep feedforward neural
networks"; He et al. (2015), "Delving deep into rectifiers"; Saxe et al. (2014), "Exact solutions to
the nonlinear dynamics of learning in deep linear neural networks"; Mezzadri (2007), "How to generate
random matrices from the classical compact groups".
"""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

import numpy as np

from scratch.random import fill_normal, fill_truncated_normal, fill_uniform

if TYPE_CHECKING:
    from scratch.autograd import Tensor
    from scratch.random import Generator

__all__ = [
    "calculate_gain",
    "constant_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

_GAINS = {
    **dict.fromkeys(("linear", "sigmoid", "conv1d", "conv2d", "conv3d"), 1),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), 1),
    "tanh": 5.0 / 3,
    "relu": math.sqrt(2.0),
    "selu": 3.0 / 4,
}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The gain g by which weights before this activation are scaled up.

    1 for linear and sigmoid, 5/3 for tanh, √2 for relu, √(2/(1 + slope²)) for leaky_relu with
    negative slope ``param`` (0.01 by default), 3/4 for selu.

    Raises:
        ValueError: the activation is not known, or ``param`` is not a number.

    >>> calculate_gain("leaky_relu", 1.0)
    1.0
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, int | float):
            raise ValueError(f"negative_slope must be a number, got {param!r}")
        return math.sqrt(2.0 / (1 + slope**2))
    if nonlinearity not in _GAINS:
        known = ", ".join(sorted([*_GAINS, "leaky_relu"]))
        raise ValueError(f"Unsupported nonlinearity {nonlinearity!r}; expected one of {known}")
    return _GAINS[nonlinearity]


def uniform_(
    tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Fill with samples of U[a, b).

    Raises:
        RuntimeError: a > b, or a bound is beyond the range of the dtype.
        NotImplementedError: the dtype is not floating.
    """
    fill_uniform(tensor.data, a, b, generator)
    return tensor


def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Fill with samples of N(mean, std²).

    Raises:
        RuntimeError: std < 0.
        NotImplementedError: the dtype is not floating.
    """
    fill_normal(tensor.data, mean, std, generator)
    return tensor


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:
    """Fill with samples of N(mean, std²) that lie within [a, b].

    Raises:
        RuntimeError: std < 0, or a > b.
        NotImplementedError: the dtype is not floating.
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in trunc_normal_: "
            "the distribution of values may be incorrect",
            stacklevel=2,
        )
    fill_truncated_normal(tensor.data, mean, std, a, b, generator)
    return tensor


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with the number ``val``.

    Raises:
        TypeError: ``val`` is not a number.
    """
    if not isinstance(val, int | float | np.number):
        raise TypeError(f"constant_: val must be a number, got {type(val).__name__}")
    tensor.data[...] = val
    return tensor


def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones."""
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros."""
    return constant_(tensor, 0.0)


def eye_(tensor: Tensor) -> Tensor:
    """Fill with the identity matrix, cut off or padded with zeros to the shape (rows, columns).

    Raises:
        ValueError: the tensor has not two dimensions.
    """
    if tensor.ndim != 2:
        raise ValueError(f"eye_ expects a tensor with 2 dimensions, got shape {tensor.shape}")
    tensor.data[...] = np.eye(tensor.shape[0], tensor.shape[1])
    return tensor


def fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """How many inputs feed an output, and how many outputs an input feeds, for weights (out, in, …).

    Raises:
        ValueError: the tensor has fewer than two dimensions.
    """
    if tensor.ndim < 2:
        raise ValueError(
            f"fan in and fan out need a tensor with at least 2 dimensions, got shape {tensor.shape}"
        )
    receptive_field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * receptive_field, tensor.shape[0] * receptive_field


def _xavier_std(tensor: Tensor, gain: float) -> float:
    fan_in, fan_out = fan_in_and_fan_out(tensor)
    return gain * math.sqrt(2.0 / float(fan_in + fan_out))


def xavier_uniform_(
    tensor: Tensor, gain: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Fill with samples of U[−a, a), a = gain √(6 / (fan_in + fan_out)) (Glorot & Bengio, 2010).

    Raises:
        ValueError: the tensor has fewer than two dimensions.
    """
    a = math.sqrt(3.0) * _xavier_std(tensor, gain)
    return uniform_(tensor, -a, a, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with samples of N(0, std²), std = gain √(2 / (fan_in + fan_out)) (Glorot & Bengio, 2010).

    Raises:
        ValueError: the tensor has fewer than two dimensions.
    """
    return normal_(tensor, 0.0, _xavier_std(tensor, gain), generator)


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float | None:
    """gain/√fan, or None for a tensor without elements, which has nothing to fill."""
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
        return None
    if mode.lower() not in ("fan_in", "fan_out"):
        raise ValueError(f"mode must be 'fan_in' or 'fan_out', got {mode!r}")
    fan_in, fan_out = fan_in_and_fan_out(tensor)
    fan = fan_in if mode.lower() == "fan_in" else fan_out
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fill with samples of U[−bound, bound), bound = gain √(3 / fan) (He et al., 2015).

    ``a`` is the negative slope of the rectifier that follows, for leaky_relu.

    Raises:
        ValueError: fewer than two dimensions, or ``mode`` or ``nonlinearity`` is not known.
    """
    std = _kaiming_std(tensor, a, mode, nonlinearity)
    if std is None:
        return tensor
    bound = math.sqrt(3.0) * std
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fill with samples of N(0, std²), std = gain / √fan (He et al., 2015).

    ``a`` is the negative slope of the rectifier that follows, for leaky_relu.

    Raises:
        ValueError: fewer than two dimensions, or ``mode`` or ``nonlinearity`` is not known.
    """
    std = _kaiming_std(tensor, a, mode, nonlinearity)
    return tensor if std is None else normal_(tensor, 0.0, std, generator)


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Generator | None = None) -> Tensor:
    """Fill with gain · Q, Q uniform among the matrices with orthonormal rows or columns.

    Q comes from the factorisation QR of a matrix of standard normal samples, with the signs of R's
    diagonal moved into Q (Mezzadri, 2007). Dimensions after the first are taken as one (Saxe et al.,
    2014).

    Raises:
        ValueError: the tensor has fewer than two dimensions.
    """
    if tensor.ndim < 2:
        raise ValueError(f"orthogonal_ expects at least 2 dimensions, got shape {tensor.shape}")
    if not tensor.data.size:
        return tensor
    rows = tensor.shape[0]
    normal = fill_normal(np.empty((rows, tensor.data.size // rows), tensor.dtype), 0, 1, generator)
    wide = rows < normal.shape[1]
    q, r = np.linalg.qr(normal.T if wide else normal)
    q *= tensor.dtype.type(gain) * np.sign(np.diagonal(r))
    tensor.data[...] = (q.T if wide else q).reshape(tensor.shape)
    return tensor
