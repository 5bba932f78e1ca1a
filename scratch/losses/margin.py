"""Losses of a score s and a target of ±1: is the margin y s large enough?

    perceptron       ℓ = max(−y s, 0)                                     −y on a mistake, else 0
    hinge embedding  ℓ = s where y = 1, max(0, margin − s) where y = −1   1, or −1 where s ≤ margin
    soft margin      ℓ = log(1 + e^(−y s))                                −y σ(−y s)
    multi-label      the mean over the labels of the soft margin, targets 0 and 1

A **mistake** is a prediction sign(s) ≠ y with sign(0) = +1. So s = 0 with y = −1 is a mistake of
loss 0, and its gradient is −y, not 0: from w = 0, the usual start, a perceptron must get away.

Sources: Rosenblatt (1958), "The Perceptron"; Hadsell et al. (2006), "Dimensionality Reduction by
Learning an Invariant Mapping" (hinge embedding).
"""

from __future__ import annotations

import numpy as np

from scratch.activations import logsigmoid
from scratch.activations.smooth import log1p_exp_minus_abs, sigma
from scratch.autograd import Array, Gate, Tensor, apply
from scratch.losses._common import (
    Loss,
    WeightedLoss,
    broadcast_shape,
    check_reduction,
    check_same_size,
    check_tensors,
    constant,
    reduce,
    share,
)


class PerceptronGate(Gate):
    """ℓ = −y s on the mistakes, 0 elsewhere;   ∂ℓ/∂s = −y and ∂ℓ/∂y = −s on the mistakes."""

    def forward(self, s: Array, y: Array, reduction: str) -> Array:
        right = np.where(y > 0, s >= 0, s < 0)  # NaN is never right
        self.s, self.y, self.mistake, self.reduction = s, y, ~right, reduction
        return reduce(np.where(self.mistake, -y * s, 0), reduction)

    def backward(self, upstream: Array) -> tuple[Array, Array]:
        g = share(upstream, self.reduction, self.s.size)
        return np.where(self.mistake, -self.y * g, 0), np.where(self.mistake, -self.s * g, 0)


def perceptron_loss(input: Tensor, target: Tensor, reduction: str = "sum") -> Tensor:
    """Σ max(−y s, 0) over scores s = ``input`` and classes y = ``target``, each +1 or −1.

    It is a sum by default, E(w) = Σ_mistakes −y wᵀx, so that one step of gradient descent is the
    batch perceptron rule w ← w + η Σ_mistakes y x. A score of 0 predicts +1.

    Raises:
        ValueError: shapes differ, a target that is not ±1, or unknown ``reduction``.
        NotImplementedError: ``input`` is not floating-point.

    >>> from scratch import perceptron_loss, tensor
    >>> s = tensor([0.0, 0.0, -2.0], requires_grad=True)
    >>> loss = perceptron_loss(s, tensor([1, -1, 1]))
    >>> loss.backward()
    >>> loss.item(), s.grad.tolist()
    (2.0, [0.0, 1.0, -1.0])
    """
    check_same_size(input, target)
    if input.dtype.kind != "f":
        raise NotImplementedError(f"perceptron_loss is not implemented for {input.dtype}")
    if not (np.abs(target.data) == 1).all():
        raise ValueError("perceptron_loss: every target must be +1 or -1 (for 0 and 1: 2 t - 1)")
    return apply(PerceptronGate, input, target.to(input.dtype), reduction=reduction)


class HingeEmbeddingGate(Gate):
    """ℓ = [y ≠ −1] x + [y ≠ 1] max(0, margin − x),   ∂ℓ/∂x = [y ≠ −1] − [y ≠ 1][x ≤ margin]."""

    def forward(self, x: Array, y: Array, margin: float, reduction: str) -> Array:
        margin = x.dtype.type(margin)  # cut off to an integer beside integers, as in PyTorch
        self.x, self.margin, self.reduction = x, margin, reduction
        self.near, self.far = y != -1, y != 1
        zero = x.dtype.type(0)
        losses = np.where(self.far, np.maximum(margin - x, zero), zero)
        losses = losses + np.where(self.near, x, zero)
        self.size = losses.size
        return reduce(losses, reduction)

    def backward(self, upstream: Array) -> tuple[Array, None]:
        g = share(upstream, self.reduction, self.size)
        inside = self.far & (self.margin - self.x >= 0)
        zero = self.x.dtype.type(0)  # not [near] g − [inside] g: 0 · ∞ is no 0
        return np.where(self.near, g, zero) - np.where(inside, g, zero), None


def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, reduction: str = "mean"
) -> Tensor:
    """x where y = 1, max(0, margin − x) where y = −1: distances of similar and dissimilar pairs.

    Raises:
        ValueError: unknown ``reduction``.
        RuntimeError: the shapes do not broadcast, ``input`` is bool, or the mean of integers.
    """
    check_tensors("hinge_embedding_loss", input, target)
    broadcast_shape(input.shape, target.shape)
    if input.dtype.kind == "b" or (input.dtype.kind != "f" and reduction == "mean"):
        raise RuntimeError(f"hinge_embedding_loss: no {reduction!r} of {input.dtype}; use floats")
    y = target.detach()  # a label: no gradient flows to it
    return apply(HingeEmbeddingGate, input, y, margin=margin, reduction=reduction)


class SoftMarginGate(Gate):
    """ℓ = log(1 + e^-z) with z = y x,   ∂ℓ/∂x = −y σ(−z)."""

    def forward(self, x: Array, y: Array, reduction: str) -> Array:
        if y.dtype.kind == "b" and self.needs[0]:
            raise RuntimeError("soft_margin_loss: the labels are +1 and -1, bools have no sign")
        y = y.astype(x.dtype, copy=False)
        self.y, self.z, self.reduction = y, y * x, reduction
        return reduce(np.maximum(-self.z, 0.0) + log1p_exp_minus_abs(self.z), reduction)

    def backward(self, upstream: Array) -> tuple[Array, None]:
        g = share(upstream, self.reduction, self.z.size)
        return -self.y * sigma(-self.z) * g, None


def soft_margin_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """log(1 + e^(−y x)), y = ±1: the logistic loss. Finite at any x, where PyTorch's is not.

    ``target`` broadcasts to the shape of ``input``; value and gradient have the input's dtype.

    Raises:
        ValueError: unknown ``reduction``.
        RuntimeError: ``target`` does not broadcast, or wants a gradient; integer ``input``;
            a bool ``target`` where a gradient is wanted.
    """
    check_tensors("soft_margin_loss", input, target)
    y = constant(target, "target", "soft_margin_loss")
    assert y is not None
    if broadcast_shape(input.shape, y.shape) != input.shape:
        raise RuntimeError(f"target of shape {y.shape} must broadcast to the input's {input.shape}")
    if input.dtype.kind != "f":
        raise RuntimeError(f"soft_margin_loss is not implemented for {input.dtype}")
    return apply(SoftMarginGate, input, target, reduction=reduction)


def multilabel_soft_margin_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    """−Σ_c w_c [t_c log σ(x_c) + (1 − t_c) log σ(−x_c)] / C; input and target (N, C) or (C,).

    One loss per sample; ``reduction`` is over the samples.

    Raises:
        ValueError: unknown ``reduction``.
        RuntimeError: the shapes do not broadcast.
        IndexError: ``input`` has no dimension.
    """
    check_tensors("multilabel_soft_margin_loss", input, target)
    losses = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        losses = losses * weight
    if input.ndim == 0:
        raise IndexError("multilabel_soft_margin_loss: input needs a last dimension of classes")
    losses = losses.sum(-1) / input.shape[-1]  # of no class: 0/0
    check_reduction(reduction)
    return {"none": lambda: losses, "mean": losses.mean, "sum": losses.sum}[reduction]()


class PerceptronLoss(Loss):
    """:func:`perceptron_loss` as a layer; a sum by default."""

    def __init__(self, reduction: str = "sum") -> None:
        super().__init__(reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return perceptron_loss(input, target, self.reduction)


class HingeEmbeddingLoss(Loss):
    """:func:`hinge_embedding_loss` as a layer."""

    def __init__(self, margin: float = 1.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return hinge_embedding_loss(input, target, self.margin, self.reduction)


class SoftMarginLoss(Loss):
    """:func:`soft_margin_loss` as a layer."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return soft_margin_loss(input, target, self.reduction)


class MultiLabelSoftMarginLoss(WeightedLoss):
    """:func:`multilabel_soft_margin_loss` as a layer."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return multilabel_soft_margin_loss(input, target, self.weight, self.reduction)
