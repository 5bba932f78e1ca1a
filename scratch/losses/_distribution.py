"""Cross-entropy with a distribution q over the classes, and label smoothing, which is one.

    ℓ = −Σ_c q_c log softmax(x)_c        ∂ℓ/∂x = softmax(x) Σ_c q_c − q        ∂ℓ/∂q = −log softmax(x)

q need not sum to 1: class weights are factors of it.
"""

from __future__ import annotations

import numpy as np

from scratch.activations.softmax import shifted
from scratch.autograd import Array, Gate, Tensor, apply, wrap
from scratch.losses._classes import (
    Labels,
    check_class_weight,
    class_count,
    from_rows,
    positions,
    to_rows,
)


class SoftCrossEntropyGate(Gate):
    """ℓ = −Σ_c q_c log p_c, p = softmax(x);   ∂ℓ/∂x = p Σ_c q_c − q,   ∂ℓ/∂q = −log p."""

    def forward(
        self, x: Array, q: Array, reduction: str, total: float, ignored: Array | None
    ) -> Array:
        self.shape, self.reduction, self.total, self.ignored = x.shape, reduction, total, ignored
        self.log_p = log_p = shifted(to_rows(x), 1)
        log_p -= np.log(np.add.reduce(np.exp(log_p), 1, keepdims=True))
        self.q = to_rows(q)
        losses = -np.add.reduce(self.q * log_p, 1)
        if ignored is not None:
            losses[ignored] = 0
        if reduction == "mean":
            return np.add.reduce(losses) / total
        if reduction == "sum":
            return np.add.reduce(losses)
        return losses.reshape(positions(self.shape))

    def backward(self, upstream: Array) -> tuple[Array | None, Array | None]:
        g = upstream / self.total if self.reduction == "mean" else upstream
        if self.ignored is not None:
            g = np.where(self.ignored, 0, g.reshape(-1))
        g = g.reshape(-1, 1)
        to_x = to_q = None
        if self.needs[0]:
            to_x = np.exp(self.log_p) * np.add.reduce(self.q, 1, keepdims=True)
            to_x -= self.q
            to_x = from_rows(to_x * g, self.shape)
        if self.needs[1]:
            to_q = from_rows(-self.log_p * g, self.shape)
        return to_x, to_q


def _check_smoothing(label_smoothing: float) -> None:
    if label_smoothing > 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")


def smoothed_loss(
    input: Tensor, labels: Labels, weight: Tensor | None, reduction: str, eps: float
) -> Tensor:
    """q = w (ε/C + (1 − ε) onehot(y)); the mean divides by Σ w_y."""
    _check_smoothing(eps)
    classes, count = class_count(input.shape), labels.flat.size
    class_weight = np.ones(classes, input.dtype) if weight is None else weight.data
    q = np.tile(class_weight * (eps / classes), (count, 1))
    q.reshape(-1)[labels.flat] += (1.0 - eps) * class_weight[labels.flat % classes]
    if labels.ignored is not None:
        q[labels.ignored] = 0
    total = count if labels.weight is None else labels.weight.sum()
    return apply(
        SoftCrossEntropyGate,
        input,
        wrap(from_rows(q, input.shape)),
        reduction=reduction,
        total=total,
        ignored=labels.ignored,
    )


def distribution_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None,
    ignore_index: int,
    reduction: str,
    eps: float,
) -> Tensor:
    """q = w ((1 − ε) target + ε/C), with gradients to the target and the weight."""
    if target.dtype.kind != "f":
        raise RuntimeError(
            f"Expected floating point type for target with class probabilities, got {target.dtype}"
        )
    if ignore_index >= 0:
        raise RuntimeError("ignore_index is not supported for floating point target")
    if input.ndim == 0:
        raise IndexError("cross_entropy: input needs a dimension of classes")
    _check_smoothing(eps)
    if input.dtype.kind != "f":
        raise NotImplementedError(f"cross_entropy is not implemented for {input.dtype}")
    classes = class_count(input.shape)
    q = target * (1.0 - eps) + eps / classes if eps > 0 and classes else target
    if weight is not None:
        if weight.shape != (classes,):
            check_class_weight(weight.data, input.data, classes)
        q = q * weight.reshape((classes,) + (1,) * max(input.ndim - 2, 0))
    count = input.data.size // classes if classes else 0
    return apply(SoftCrossEntropyGate, input, q, reduction=reduction, total=count, ignored=None)
