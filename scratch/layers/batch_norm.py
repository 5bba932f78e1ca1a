"""Batch norm: normalize each channel over the batch, so that no layer waits for the one before.

While training, with m values per channel (m = N, or N·L for inputs (N, C, L)):

    x̂ = (x − μ) / √(σ² + ε)        y = γ x̂ + β        μ, σ² over the batch, σ² biased (1/m)

and the running averages follow, r ← (1 − momentum) r + momentum · batch value, with the unbiased
variance, 1/(m − 1). In evaluation they take the place of μ and σ².

Source: Ioffe & Szegedy (2015), "Batch Normalization: Accelerating Deep Network Training by
Reducing Internal Covariate Shift".
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from scratch.autograd import Array, Tensor, wrap
from scratch.layers.module import Module
from scratch.layers.normalization import check_fits, check_floating, moments, normalize
from scratch.layers.parameter import Parameter, empty_parameter


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Normalize each channel C over the batch (``training``) or by the running averages.

    Shapes: input (N, C, *), all others (C,). While training, the running averages (when given) are
    updated in place: r ← (1 − momentum) r + momentum · batch value, the variance unbiased (m − 1).

    Raises ValueError for one value per channel while training and for a bad ``eps``, RuntimeError
    for shapes or dtypes that do not fit.
    """
    _check_batch_norm(input, running_mean, running_var, training, eps)
    for name, running in (("running_mean", running_mean), ("running_var", running_var)):
        check_fits(name, running, input.shape[1:2], input.dtype)
    x = input.data
    axes = (0, *range(2, x.ndim))
    if training:
        mu, centred, var = moments(x, axes)
        count = math.prod(x.shape[axis] for axis in axes)
    else:
        mu, var = (
            running.data.astype(np.float64).reshape(-1, *(1 for _ in axes[1:]))
            for running in (running_mean, running_var)
            if running is not None
        )
        centred = x - mu
    output = normalize(
        input,
        weight,
        bias,
        centred=centred,
        var=var,
        eps=eps,
        axes=axes if training else (),
        affine_axes=(1,),
    )
    if training and running_mean is not None and running_var is not None and count:
        _average(running_mean.data, mu, momentum)
        _average(running_var.data, var * (count / (count - 1)), momentum)
    return output


def _average(running: Array, new: Array, momentum: float) -> None:
    """r ← (1 − momentum) r + momentum · new, in place, rounded once."""
    running[...] = (1 - momentum) * running.astype(np.float64) + momentum * new.ravel()


def _check_batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    eps: float,
) -> None:
    if not training and (running_mean is None or running_var is None):
        raise RuntimeError("running_mean and running_var must be defined in evaluation mode")
    if (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    shape = input.shape
    if training and math.prod(shape[:1] + shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got {shape}")
    if training and eps <= 0.0:
        raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    if eps < 0.0:
        raise ValueError(f"batch_norm eps must be non-negative, but got {eps}")
    check_floating(input)
    if len(shape) < 2:
        raise RuntimeError(f"batch_norm: expected input of shape (N, C, *), got {shape}")


class BatchNorm1d(Module):
    """Batch norm of inputs (N, C) or (N, C, L), C = ``num_features``.

    ``weight`` γ starts at 1, ``bias`` β at 0, ``running_mean`` at 0, ``running_var`` at 1.
    ``momentum=None`` makes the running averages plain averages of all batches seen, which
    ``num_batches_tracked`` counts; without ``track_running_stats`` evaluation uses the batch too.

    Raises ValueError for other than two or three dimensions, and while training for a single value
    per channel, whose variance says nothing.

    >>> BatchNorm1d(3)
    BatchNorm1d(3, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
    """

    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        shape = (num_features,)
        self.register_parameter("weight", empty_parameter(shape, dtype) if affine else None)
        self.register_parameter("bias", empty_parameter(shape, dtype) if affine and bias else None)
        for name in ("running_mean", "running_var"):
            buffer = empty_parameter(shape, dtype).detach() if track_running_stats else None
            self.register_buffer(name, buffer)
        counter = wrap(np.array(0)) if track_running_stats else None
        self.register_buffer("num_batches_tracked", counter)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget the batches seen: mean 0, variance 1, count 0."""
        for held, value in (
            (self.running_mean, 0),
            (self.running_var, 1),
            (self.num_batches_tracked, 0),
        ):
            if held is not None:
                held.data.fill(value)

    def reset_parameters(self) -> None:
        """Set γ = 1 and β = 0 and forget the batches seen."""
        self.reset_running_stats()
        for held, value in ((self.weight, 1), (self.bias, 0)):
            if held is not None:
                held.data.fill(value)

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (2, 3):
            raise ValueError(f"expected 2D or 3D input (got {input.ndim}D input)")
        tracks = self.training and self.track_running_stats
        seen = self.num_batches_tracked if tracks else None
        momentum = 0.0 if self.momentum is None else self.momentum
        if seen is not None and self.momentum is None:
            momentum = 1 / (int(seen.data) + 1)
        tracked = tracks or not self.training
        output = batch_norm(
            input,
            self.running_mean if tracked else None,
            self.running_var if tracked else None,
            self.weight,
            self.bias,
            self.training or self.running_mean is None,
            momentum,
            self.eps,
        )
        if seen is not None:
            seen.data += 1
        return output

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, bias={self.bias is not None}, "
            f"track_running_stats={self.track_running_stats}"
        )
