"""Losses between distributions: Kullback–Leibler divergence, Gaussian negative log-likelihood.

    KL            ℓ = t (log t − x), x = log q                     ∂ℓ/∂x = −t,   ∂ℓ/∂t = log t + 1 − x
                  with log targets s = log t: ℓ = e^s (s − x)      ∂ℓ/∂x = −e^s, ∂ℓ/∂s = e^s (s − x + 1)
    Gaussian NLL  ℓ = ½ (log v + d²/v) (+ ½ log 2π), d = x − t     ∂ℓ/∂x = d/v,  ∂ℓ/∂v = ½ (1/v − d²/v²)

Cross-entropy is entropy plus KL, so both have the same gradient with respect to q. With a fixed
variance the Gaussian NLL is the squared error up to constants.

Sources: Kullback and Leibler (1951), "On Information and Sufficiency"; Nix and Weigend (1994),
"Estimating the Mean and Variance of the Target Probability Distribution".
"""

from __future__ import annotations

import math
import warnings

import numpy as np

from scratch.autograd import Array, Gate, Tensor, apply, wrap
from scratch.losses._common import (
    REDUCTIONS,
    Loss,
    broadcast_shape,
    check_reduction,
    check_tensors,
    in_common_dtype,
    reduce,
    share,
)


class KLDivGate(Gate):
    """ℓ = t (log t − x), 0 at t = 0;   ∂ℓ/∂x = −t,   ∂ℓ/∂t = log t + 1 − x, which is not at t = 0."""

    def forward(self, x: Array, t: Array, reduction: str) -> Array:
        x, t = np.broadcast_arrays(*in_common_dtype(x, t, "kl_div"))
        self.x, self.t, self.reduction = x, t, reduction
        losses = np.where(t == 0, 0, t * np.log(t)) - t * x
        self.size = losses.size
        return reduce(losses, reduction)

    def backward(self, upstream: Array) -> tuple[Array, Array | None]:
        g = share(upstream, self.reduction, self.size)
        x, t = self.x, self.t
        to_target = g * np.where(t > 0, np.log(t) + 1.0 - x, np.nan) if self.needs[1] else None
        return -t * g, to_target


class KLDivLogGate(Gate):
    """ℓ = e^s (s − x),   ∂ℓ/∂x = −e^s,   ∂ℓ/∂s = e^s (s − x + 1)."""

    def forward(self, x: Array, s: Array, reduction: str) -> Array:
        x, s = np.broadcast_arrays(*in_common_dtype(x, s, "kl_div"))
        self.t, self.reduction = np.exp(s), reduction
        self.losses = losses = self.t * (s - x)
        return reduce(losses, reduction)

    def backward(self, upstream: Array) -> tuple[Array, Array | None]:
        g = share(upstream, self.reduction, self.losses.size)
        return -self.t * g, g * (self.losses + self.t) if self.needs[1] else None


def kl_div(
    input: Tensor, target: Tensor, reduction: str = "mean", log_target: bool = False
) -> Tensor:
    """Σ t (log t − x) for log-probabilities x = ``input`` and probabilities t = ``target``.

    ``log_target``: the target, too, is a log-probability. ``reduction="batchmean"`` divides the sum
    by the batch size, which is the divergence; "mean" divides by the number of elements, and warns.

    Raises:
        ValueError: unknown ``reduction``.
        RuntimeError: integers, or shapes that do not broadcast.

    >>> from scratch import kl_div, tensor
    >>> half = tensor([[0.5, 0.5]])
    >>> kl_div(half.log(), half, reduction="batchmean").item()
    0.0
    """
    check_tensors("kl_div", input, target)
    if reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math definition.",
            stacklevel=2,
        )
    check_reduction(reduction, (*REDUCTIONS, "batchmean"))
    if input.dtype.kind != "f" or target.dtype.kind != "f":
        raise RuntimeError(
            f"kl_div: Integral inputs not supported, got {input.dtype} and {target.dtype}"
        )
    broadcast_shape(input.shape, target.shape)
    gate = KLDivLogGate if log_target else KLDivGate
    if reduction != "batchmean":
        return apply(gate, input, target, reduction=reduction)
    total = apply(gate, input, target, reduction="sum")
    return total / float(input.shape[0]) if input.ndim else total


class GaussianNLLGate(Gate):
    """ℓ = ½ (log v + d²/v) + constant, d = x − t;   d/v, −d/v and ½ (1/v − d²/v²).

    v is the variance, at least eps; the derivative ignores that cut, as PyTorch's does.
    """

    def forward(
        self, x: Array, t: Array, variance: Array, full: bool, eps: float, reduction: str
    ) -> Array:
        self.v = v = np.maximum(variance, eps)
        self.d = d = x - t
        self.reduction = reduction
        losses = 0.5 * (np.log(v) + d * d / v)
        if full:
            losses = losses + 0.5 * math.log(2 * math.pi)
        self.size = losses.size
        return reduce(losses, reduction)

    def backward(self, upstream: Array) -> tuple[Array, Array, Array | None]:
        d, v = self.d, self.v
        g = share(upstream, self.reduction, self.size)
        to_input = d / v * g
        to_variance = 0.5 * ((1.0 - d * d / v) / v) * g if self.needs[2] else None
        return to_input, -to_input, to_variance


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """½ (log v + (x − t)²/v): the negative log-likelihood of t under N(x, v), v = max(var, eps).

    ``var`` has the shape of ``input``; or lacks its last dimension; or has 1 in one dimension; or is
    a float. ``full`` adds the constant ½ log 2π.

    Raises:
        ValueError: a negative or wrongly shaped ``var``, or unknown ``reduction``.
        RuntimeError: input and target do not broadcast.
    """
    if isinstance(var, float):
        if var < 0:
            raise ValueError(f"var has negative entry/entries: {var}")
        var = wrap(np.full_like(input.data, var))
    elif not isinstance(var, Tensor):
        raise TypeError(f"var must be a Tensor or a float, got {type(var).__name__}")
    elif (var.data < 0).any():
        raise ValueError("var has negative entry/entries")
    if var.dtype.kind != "f":
        raise RuntimeError(f"var must be floating-point, got {var.dtype}")
    var = _with_last_dimension(var, input.shape)
    check_reduction(reduction)
    broadcast_shape(input.shape, target.shape, var.shape)
    dtype = np.result_type(*(v.dtype for v in (input, target, var) if v.dtype.kind == "f"))
    x, t, v = input.to(dtype), target.to(dtype), var.to(dtype)
    return apply(GaussianNLLGate, x, t, v, full=full, eps=eps, reduction=reduction)


def _with_last_dimension(var: Tensor, shape: tuple[int, ...]) -> Tensor:
    """``var`` so that it broadcasts to ``shape``: one variance per element, or per sample."""
    if var.shape == shape:
        return var
    if var.shape == shape[:-1]:
        return var.reshape((*var.shape, 1))
    stretched = [v for n, v in zip(shape, var.shape, strict=False) if n != v]
    if var.ndim == len(shape) and sum(stretched) == 1:
        return var
    raise ValueError(
        f"var is of incorrect size: {var.shape} for an input of {shape}; give it the input's shape, "
        "that without the last dimension, or with 1 in one dimension"
    )


class KLDivLoss(Loss):
    """:func:`kl_div` as a layer."""

    def __init__(self, reduction: str = "mean", log_target: bool = False) -> None:
        super().__init__(reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return kl_div(input, target, self.reduction, self.log_target)


class GaussianNLLLoss(Loss):
    """:func:`gaussian_nll_loss` as a layer."""

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Tensor, target: Tensor, var: Tensor | float) -> Tensor:
        return gaussian_nll_loss(input, target, var, self.full, self.eps, self.reduction)
