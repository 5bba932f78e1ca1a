"""How far layers may be off: roundings counted through normalization, linear layers, activations.

x̂ = (x − μ)/√(σ² + ε): a mean of n terms has n + 1 roundings; x − μ is off by what μ is; σ², a mean of squares, by twice
that; 1/√ by half of what σ² + ε is off, and 4 roundings. A sum of products over n inputs and a bias
has n + 1. All to first order in u.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

Array = np.ndarray[Any, np.dtype[Any]]
Axes = tuple[int, ...]


def scaled(
    u: float, d: Array, var: Array, off_d: Array, off_var: Array | float, eps: float
) -> tuple[Array, Array, Array]:
    """|x̂| of d = x − μ, how far it may be off, and how far 1/√(σ² + ε) is of itself."""
    inv_std = 1 / np.sqrt(var + eps)
    x_hat, relative = np.abs(d) * inv_std, off_var * inv_std**2 / 2 + 4 * u
    return x_hat, inv_std * off_d + x_hat * relative, relative


def moments(u: float, x: Array, axes: Axes) -> tuple[Array, Array, Array, Array]:
    """μ and σ² with how far they may be off: sums of n rounded terms, in a d that μ is off by."""
    n = math.prod(x.shape[axis] for axis in axes)
    mean = x.mean(axes, keepdims=True)
    d = np.abs(x - mean)
    var = np.square(d).mean(axes, keepdims=True)
    off_mean = (n + 1) * u * np.abs(x).mean(axes, keepdims=True)
    return mean, var, off_mean, 2 * d.mean(axes, keepdims=True) * off_mean + (n + 4) * u * var


def normalized(u: float, x: Array, axes: Axes, eps: float = 1e-5) -> tuple[Array, Array, Array]:
    """`scaled` of x by its own moments."""
    mean, var, off_mean, off_var = moments(u, x, axes)
    return scaled(u, x - mean, var, off_mean + u * np.abs(x - mean), off_var, eps)


def slope_bound(u: float, g: Array, x: Array, axes: Axes, eps: float = 1e-5) -> Array:
    """(g − mean g − x̂ mean g x̂)/σ: x̂ and σ are off, and each term is rounded.

    The last one most: a product, a mean of n terms (n roundings), another product, and then the
    difference and 1/σ, which all terms have: n + 4.
    """
    n = math.prod(x.shape[axis] for axis in axes)
    x_hat, off, relative = normalized(u, x, axes, eps)
    g, inv_std = np.abs(g), 1 / np.sqrt(x.var(axes, keepdims=True) + eps)
    along, off_along = ((g * v).mean(axes, keepdims=True) for v in (x_hat, off))
    sizes = g + g.mean(axes, keepdims=True) + x_hat * along
    moved = off * along + x_hat * off_along
    return inv_std * (((n + 4) * u + relative) * sizes + moved)


class Limits:
    """How far a layer's results may be off, batch after batch."""

    def __init__(
        self, u: float, name: str, options: Mapping[str, Any], values: Mapping[str, Array]
    ) -> None:
        self.u, self.name, self.options = u, name, options
        self.w: Any
        self.w, self.b = (np.abs(values.get(key, 0.0)) for key in ("weight", "bias"))
        self.w = self.w if "weight" in values else 1.0
        self.keys, self.count = list(values), values.get("num_batches_tracked", 0)
        self.mean: Any = values.get("running_mean")
        self.var: Any = values.get("running_var")
        self.off_mean: Any = 0.0
        self.off_var: Any = 0.0

    def batch(self, x: Array, g: Array, training: bool) -> list[Any]:
        """Of y, of the gradients of weight and bias, and of the state."""
        u, n = self.u, len(x)
        if self.name == "Linear":
            size = np.abs(x) @ np.reshape(self.w, (-1, x.shape[1])).T
            y, weight = (x.shape[1] + 1) * u * (size + self.b), n * u * g.T @ np.abs(x)
        else:
            x_hat, off, _ = self.normalized(x, training)
            y = self.w * off + 2 * u * (self.w * x_hat + self.b)
            weight = (g * (off + (n + 1) * u * x_hat)).sum(0)
        own = {"weight": weight, "bias": n * u * g.sum(0)}
        state = {"running_mean": self.off_mean, "running_var": self.off_var}
        return [
            y,
            *(v for k, v in own.items() if k in self.keys),
            *(state.get(k, 0.0) for k in self.keys),
        ]

    def normalized(self, x: Array, training: bool) -> tuple[Array, Array, Array]:
        """By the sample, by the batch, or by the averages, which follow the batch in training."""
        eps = self.options.get("eps", 1e-5)
        if self.name == "LayerNorm" or self.mean is None:
            return normalized(self.u, x, (1,) if self.name == "LayerNorm" else (0,), eps)
        if not training:
            off = self.off_mean + self.u * (np.abs(x) + np.abs(self.mean))
            return scaled(self.u, x - self.mean, self.var, off, self.off_var, eps)
        self.count += 1
        part = self.options.get("momentum", 0.1) or 1 / self.count
        mean, var, off_mean, off_var = (v[0] for v in moments(self.u, x, (0,)))
        more = len(x) / (len(x) - 1)
        self.off_mean = (1 - part) * self.off_mean + part * off_mean
        self.off_var = (1 - part) * self.off_var + part * more * off_var
        self.off_mean = self.off_mean + 4 * self.u * (np.abs(self.mean) + np.abs(mean))
        self.off_var = self.off_var + 4 * self.u * (self.var + more * var)
        self.mean = (1 - part) * self.mean + part * mean
        self.var = (1 - part) * self.var + part * more * var
        return normalized(self.u, x, (0,), eps)


#: Of each activation φ the largest |φ′| and |φ″|, and |φ(0)|; off its kinks, which no z comes near.
ACTIVATIONS: dict[str | None, tuple[float, float, float]] = {
    **dict.fromkeys((None, "relu", "leaky_relu", "hardtanh"), (1.0, 0.0, 0.0)),
    **dict.fromkeys(("step", "sign"), (0.0, 0.0, 1.0)),
    **dict.fromkeys(("softmax", "softmin"), (1.0, 1.0, 1.0)),
    **dict.fromkeys(("tanh", "elu", "celu"), (1.0, 1.0, 0.0)),
    **dict.fromkeys(("softplus", "logsigmoid"), (1.0, 0.25, 0.7)),
    "sigmoid": (0.25, 0.1, 0.5),
    "selu": (1.76, 1.76, 0.0),
    "gelu": (1.13, 0.8, 0.0),
    "silu": (1.1, 0.5, 0.0),
    "log_softmax": (2.0, 1.0, 2.0),
}
MIXING = ("softmax", "softmin", "log_softmax")


def _forward(
    u: float, x: Array, weights: tuple[Array, ...], names: list[str | None]
) -> tuple[Array, list[Array]]:
    """How far the output may be off, and what enters each activation.

    16 roundings of an activation: 4 ulp for each of two functions in it, or the shift, the
    exponential and the sum of a softmax.
    """
    size, off = np.abs(x), np.zeros(x.shape)
    entering = []
    for W, b, name in zip(weights[::2], weights[1::2], names, strict=True):
        size = size @ np.abs(W).T + np.abs(b)
        off = off @ np.abs(W).T + (W.shape[1] + 1) * u * size
        entering.append(off)
        slope, _, at_zero = ACTIVATIONS[name]
        size = slope * _mixed(size, name) + at_zero
        off = slope * _mixed(off, name) + (0 if name is None else 16 * u * size)
    return off, entering


def _mixed(values: Array, name: str | None) -> Array:
    """A softmax has every value in every other."""
    if name not in MIXING:
        return values
    return np.broadcast_to(values.sum(-1, keepdims=True), values.shape)


def network_bound(
    u: float,
    x: Array,
    *weights: Array,
    activation: str | None = "relu",
    output: str | None = None,
    **_: Any,
) -> Array:
    """Of φ(… φ(x W₁ᵀ + b₁) …) W_nᵀ + b_n, with a head perhaps."""
    names = [activation] * (len(weights) // 2 - 1) + [output]
    return _forward(u, x, weights, names)[0]


def network_slope_bound(
    u: float,
    g: Array,
    x: Array,
    *weights: Array,
    activation: str | None = "relu",
    output: str | None = None,
    **_: Any,
) -> tuple[Array]:
    """Of the gradient for x: φ′ is rounded, and taken where z is off."""
    names = [activation] * (len(weights) // 2 - 1) + [output]
    entering = _forward(u, x, weights, names)[1]
    size, off = np.abs(g), np.zeros(g.shape)
    for W, name, off_z in zip(weights[-2::-2], names[::-1], entering[::-1], strict=True):
        slope, curvature, _at_zero = ACTIVATIONS[name]
        moved = curvature * _mixed(off_z, name) * _mixed(size, name)
        rounded = 0 if name is None else 16 * u * slope
        off = slope * _mixed(off, name) + moved + rounded * _mixed(size, name)
        size = slope * _mixed(size, name)
        off, size = off @ np.abs(W) + (len(W) + 1) * u * (size @ np.abs(W)), size @ np.abs(W)
    return (off,)
