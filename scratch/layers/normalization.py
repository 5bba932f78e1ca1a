"""Normalization: give what enters a layer mean 0 and variance 1, then let it learn its own scale.

    x̂ = (x − μ) / √(σ² + ε)        y = γ x̂ + β

**Batch norm** takes μ and σ² of each channel over the batch (while training; over the running
averages of the batches seen, in evaluation), **layer norm** those of each sample over its features.
With g = ∂L/∂x̂ = γ · upstream and means over the same m values as μ, the chain rule through μ and
σ² gives

    ∂L/∂x = (g − mean(g) − x̂ · mean(g x̂)) / √(σ² + ε)
    ∂L/∂γ = Σ upstream · x̂        ∂L/∂β = Σ upstream

and only ∂L/∂x = g / √(σ² + ε) where μ and σ² are constants. Both run in float64 inside, in two
passes (first μ, then the mean of (x − μ)²): the difference x − μ is where a large mean destroys
float32.

Source: Ioffe & Szegedy (2015), "Batch Normalization"; Ba, Kiros & Hinton (2016), "Layer
Normalization"; two passes: Chan, Golub & LeVeque (1983).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from scratch.autograd import Array, Gate, Tensor, apply, wrap
from scratch.autograd.quiet import quietly

Axes = tuple[int, ...]


class Normalize(Gate):
    """y = γ x̂ + β,  x̂ = (x − μ)/√(σ² + ε);  ∂L/∂x = (g − mean(g) − x̂ mean(g x̂))/√(σ² + ε)

    ``centred`` is x − μ. ``axes`` are those that μ and σ² were taken over (none: they are
    constants); γ and β have the length of x along ``affine_axes``, and are broadcast along the rest.
    """

    def forward(
        self,
        x: Array,
        gamma: Array | None = None,
        beta: Array | None = None,
        *,
        centred: Array,
        var: Array,
        eps: float,
        axes: Axes,
        affine_axes: Axes,
    ) -> Array:
        self.axes = axes
        self.others = tuple(axis for axis in range(x.ndim) if axis not in affine_axes)
        shape = [n if axis in affine_axes else 1 for axis, n in enumerate(x.shape)]
        self.gamma = 1.0 if gamma is None else gamma.reshape(shape)
        self.inv_std = 1 / np.sqrt(var + eps)
        self.x_hat = y = centred * self.inv_std
        if gamma is not None:
            y = y * self.gamma
        if beta is not None:
            y = y + beta.reshape(shape)
        return y.astype(x.dtype, copy=False)

    def backward(self, upstream: Array) -> tuple[Array | None, ...]:
        x_hat, axes = self.x_hat, self.axes
        need_x, need_gamma, need_beta = (*self.needs, False, False)[:3]
        dx = dgamma = dbeta = None
        if need_gamma:
            dgamma = np.add.reduce(upstream * x_hat, self.others)
        if need_beta:
            dbeta = np.add.reduce(upstream, self.others, np.float64)
        if need_x:
            g = upstream * self.gamma
            if axes:
                g = g - mean(g, axes)
                g -= x_hat * mean(g * x_hat, axes)  # that of g, as mean(x̂) is 0, but rounded less
            dx = g * self.inv_std
        return (dx, dgamma, dbeta)[: len(self.needs)]


def mean(x: Array, axes: Axes) -> Array:
    """Return the mean of ``x`` over ``axes``, which stay with length 1, in float64."""
    count = math.prod(x.shape[axis] for axis in axes)
    return np.add.reduce(x, axes, np.float64, keepdims=True) / count


@quietly
def moments(x: Array, axes: Axes) -> tuple[Array, Array, Array]:
    """Return μ, x − μ and σ² (biased) of ``x`` over ``axes``, in float64, in two passes.

    The rounded μ leaves a mean in x − μ, which is taken out as well: constants give exactly 0.
    """
    mu = mean(x, axes)
    centred = x - mu
    centred -= mean(centred, axes)
    return mu, centred, mean(np.square(centred), axes)


def normalize(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    *,
    centred: Array,
    var: Array,
    eps: float,
    axes: Axes,
    affine_axes: Axes,
) -> Tensor:
    """Apply the gate to x, to x and γ, or to x, γ and β; a β alone gets a γ of ones.

    Raises RuntimeError when γ or β lack the lengths of x along ``affine_axes``, or its dtype.
    """
    shape = tuple(input.shape[axis] for axis in affine_axes)
    check_fits("weight", weight, shape, input.dtype)
    check_fits("bias", bias, shape, input.dtype)
    check_floating(input)
    if weight is None and bias is not None:
        weight = wrap(np.ones(shape, input.dtype))
    given = [held for held in (input, weight, bias) if held is not None]
    options = {"centred": centred, "var": var, "eps": eps}
    return apply(Normalize, *given, **options, axes=axes, affine_axes=affine_axes)


def check_fits(name: str, held: Tensor | None, shape: tuple[int, ...], dtype: Any) -> None:
    """Raise RuntimeError when ``held`` has another shape or dtype than the input asks for."""
    if held is None:
        return
    if held.shape != shape:
        raise RuntimeError(f"{name} should have shape {shape} to fit the input, got {held.shape}")
    if held.dtype != dtype:
        raise RuntimeError(f"mixed dtype: the input has {dtype}, {name} has {held.dtype}")


def check_floating(input: Tensor) -> None:
    """Raise NotImplementedError for integers and bools, as torch does."""
    if input.dtype.kind != "f":
        raise NotImplementedError(f"normalization is not implemented for {input.dtype}")
