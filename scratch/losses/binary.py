"""Binary cross-entropy: the negative log-likelihood of a Bernoulli variable.

    BCE              ℓ = −w [t log p + (1 − t) log(1 − p)]                    ∂ℓ/∂p = w (p − t) / (p (1 − p))
    BCE with logits  the same with p = σ(x), w_+ the weight of positives:
                     ℓ = w [w_+ t softplus(−x) + (1 − t) softplus(x)]         ∂ℓ/∂x = w (σ(x) − t) for w_+ = 1

softplus(±x) = max(±x, 0) + log(1 + e^-|x|) is finite at any logit, where log(σ(x)) is not.

Source: Bishop (1995), "Neural Networks for Pattern Recognition", § 6.7; Good (1952), "Rational
Decisions".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from scratch.activations.smooth import log1p_exp_minus_abs, sigma
from scratch.autograd import Array, Gate, Tensor, apply
from scratch.losses._common import (
    WeightedLoss,
    broadcast_shape,
    check_same_size,
    constant,
    reduce,
    share,
)

_LOG_FLOOR = -100.0  # PyTorch's: a probability of 0 costs 100, not infinity
_VARIANCE_FLOOR = float(
    np.float32(1e-12)
)  # PyTorch's, in both precisions: p (1 − p) is at least this


class BCEGate(Gate):
    """ℓ = −w [t log p + (1 − t) log(1 − p)], logs at least −100;   ∂ℓ/∂p = w (p − t) / (p (1 − p))."""

    def forward(self, p: Array, t: Array, weight: Array | None, reduction: str) -> Array:
        for values, name in ((p, "input"), (t, "target")):
            if not ((values >= 0) & (values <= 1)).all():
                raise RuntimeError(f"all elements of {name} should be between 0 and 1")
        self.p, self.t, self.weight, self.reduction = p, t, weight, reduction
        losses = (t - 1.0) * np.maximum(np.log1p(-p), _LOG_FLOOR)
        losses -= t * np.maximum(np.log(p), _LOG_FLOOR)
        if weight is not None:
            losses = losses * weight
        return reduce(losses, reduction)

    def backward(self, upstream: Array) -> tuple[Array | None, Array | None]:
        p, t = self.p, self.t
        g = share(upstream, self.reduction, p.size)
        if self.weight is not None:
            g = g * self.weight
        variance = np.maximum((1.0 - p) * p, _VARIANCE_FLOOR)
        to_target = g * (np.log1p(-p) - np.log(p)) if self.needs[1] else None
        return g * ((p - t) / variance), to_target


class BCEWithLogitsGate(Gate):
    """ℓ = (1 − t) x + max(−x, 0) + log(1 + e^-|x|),   ∂ℓ/∂x = σ(x) − t,   ∂ℓ/∂t = −x."""

    def forward(self, x: Array, t: Array, weight: Array | None, reduction: str) -> Array:
        self.x, self.t, self.weight, self.reduction = x, t, weight, reduction
        self.lower, self.e = np.minimum(x, 0.0), np.exp(-np.abs(x))
        losses = (1.0 - t) * x
        losses -= self.lower
        losses += np.log1p(self.e)
        if weight is not None:
            losses = losses * weight
        return reduce(losses, reduction)

    def backward(self, upstream: Array) -> tuple[Array | None, Array | None]:
        g = share(upstream, self.reduction, self.x.size)
        if self.weight is not None:
            g = g * self.weight
        gradient = np.exp(self.lower) / (self.e + 1.0)  # σ(x)
        gradient -= self.t
        gradient *= g
        return gradient, -self.x * g if self.needs[1] else None


class PositiveWeightGate(Gate):
    """ℓ = w₊ t softplus(−x) + (1 − t) softplus(x), all times w.

    ∂ℓ/∂x = (w₊ t + 1 − t) σ(x) − w₊ t,   ∂ℓ/∂t = w₊ softplus(−x) − softplus(x).
    """

    def forward(
        self, x: Array, t: Array, weight: Array | None, reduction: str, pos_weight: Array
    ) -> Array:
        self.x, self.t, self.weight, self.reduction = x, t, weight, reduction
        self.pos_weight = pos_weight = np.asarray(pos_weight, t.dtype)
        rest = log1p_exp_minus_abs(x)
        self.minus, self.plus = np.maximum(-x, 0.0) + rest, np.maximum(x, 0.0) + rest
        losses = pos_weight * t * self.minus + (1.0 - t) * self.plus
        if weight is not None:
            losses = losses * weight
        return reduce(losses, reduction)

    def backward(self, upstream: Array) -> tuple[Array | None, Array | None]:
        g = share(upstream, self.reduction, self.x.size)
        if self.weight is not None:
            g = g * self.weight
        positive = self.pos_weight * self.t
        gradient = (positive + 1.0 - self.t) * sigma(self.x) - positive
        to_target = self.pos_weight * self.minus - self.plus if self.needs[1] else None
        return gradient * g, None if to_target is None else to_target * g


def _weights(weight: Array | None, like: Array, name: str) -> Array | None:
    """``weight`` in the dtype of ``like``, checked to broadcast to its shape."""
    if weight is None:
        return None
    if weight.shape != like.shape and broadcast_shape(weight.shape, like.shape) != like.shape:
        raise RuntimeError(f"{name} of shape {weight.shape} must broadcast to {like.shape}")
    return weight.astype(like.dtype, copy=False)


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    """−w [t log p + (1 − t) log(1 − p)] of probabilities ``input``; each log is at least −100.

    Prefer :func:`binary_cross_entropy_with_logits`, which loses nothing near 0 and 1.

    Raises:
        ValueError: shapes differ, or unknown ``reduction``.
        RuntimeError: a value outside [0, 1], dtypes that differ, a ``weight`` that does not
            broadcast or wants a gradient.

    >>> from scratch import binary_cross_entropy, tensor
    >>> binary_cross_entropy(tensor([0.0, 1.0]), tensor([0.0, 0.0])).item()
    50.0
    """
    check_same_size(input, target)
    if input.dtype != target.dtype:
        raise RuntimeError(f"Found dtype {target.dtype} but expected {input.dtype}")
    if input.dtype.kind != "f":
        raise NotImplementedError(f"binary_cross_entropy is not implemented for {input.dtype}")
    w = _weights(constant(weight, "weight", "binary_cross_entropy"), input.data, "weight")
    return apply(BCEGate, input, target, weight=w, reduction=reduction)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """Binary cross-entropy of σ(x), from the logits x themselves: finite for any logit.

    ``weight`` rescales every loss, ``pos_weight`` the part of the positives (t = 1); both broadcast
    to the input. Value and gradient take the dtype of the target.

    Raises:
        ValueError: shapes differ, or unknown ``reduction``.
        RuntimeError: an integer target, a weight that does not broadcast or wants a gradient.
        NotImplementedError: integer logits.

    >>> from scratch import binary_cross_entropy_with_logits, tensor
    >>> binary_cross_entropy_with_logits(tensor([1e4, 0.0]), tensor([1.0, 1.0])).item()
    0.3465735912322998
    """
    check_same_size(input, target)
    name = "binary_cross_entropy_with_logits"
    x, t = input, target
    if x.data.dtype != t.data.dtype or t.data.dtype.kind != "f":
        if x.dtype.kind != "f":
            raise NotImplementedError(f"{name} is not implemented for {x.dtype}")
        if t.dtype.kind != "f":
            raise RuntimeError(f"{name}: the target must be floating-point, got {t.dtype}")
        x = x.to(t.dtype)
    w = None if weight is None else _weights(constant(weight, "weight", name), t.data, "weight")
    if pos_weight is None:
        return apply(BCEWithLogitsGate, x, t, weight=w, reduction=reduction)
    positive = _weights(constant(pos_weight, "pos_weight", name), t.data, "pos_weight")
    return apply(PositiveWeightGate, x, t, weight=w, reduction=reduction, pos_weight=positive)


class BCELoss(WeightedLoss):
    """:func:`binary_cross_entropy` as a layer."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return binary_cross_entropy(input, target, self.weight, self.reduction)


class BCEWithLogitsLoss(WeightedLoss):
    """:func:`binary_cross_entropy_with_logits` as a layer."""

    pos_weight: Any

    def __init__(
        self,
        weight: Tensor | None = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(weight, reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return binary_cross_entropy_with_logits(
            input, target, self.weight, self.reduction, self.pos_weight
        )
