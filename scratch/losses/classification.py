"""Cross-entropy: the negative log-likelihood of a categorical variable.

    NLL                   ℓ = −w_y x_y, x = log p                   ∂ℓ/∂x_c = −w_y 1[c = y]
    cross-entropy         ℓ = w_y (log Σ_c e^(x_c) − x_y)           ∂ℓ/∂x = w_y (softmax(x) − onehot(y))
    with a distribution q ℓ = −Σ_c q_c log softmax(x)_c             ∂ℓ/∂x = softmax(x) Σ_c q_c − q

y is the label, w the class weights; "mean" divides by Σ w_y, and ignored labels count nowhere.
Label smoothing ε is the distribution (1 − ε) onehot(y) + ε/C. Softmax and logarithm are one gate, so
that value and gradient are finite at any logits.

Sources: Bridle (1990), "Probabilistic Interpretation of Feedforward Classification Network Outputs";
label smoothing, Szegedy et al. (2016), "Rethinking the Inception Architecture for Computer Vision".
"""

from __future__ import annotations

import numpy as np

from scratch.activations.softmax import shifted
from scratch.autograd import Array, Gate, Tensor, apply
from scratch.autograd.dtypes import plain
from scratch.losses._classes import (
    Labels,
    check_class_weight,
    class_count,
    from_rows,
    positions,
    read_labels,
    row_sum,
    to_rows,
)
from scratch.losses._common import WeightedLoss, check_reduction, check_tensors, constant
from scratch.losses._distribution import distribution_loss, smoothed_loss


class LabelGate(Gate):
    """A loss per row, by label: what NLL and cross-entropy have in common."""

    def reduce(
        self, losses: Array, labels: Labels, shape: tuple[int, ...], reduction: str
    ) -> Array:
        """Weigh and reduce the (M,) losses; remember what backward needs."""
        self.labels, self.shape, self.reduction = labels, shape, reduction
        weight, self.total = labels.weight, losses.size
        if weight is not None:
            weight = weight.astype(losses.dtype, copy=False)
            losses = losses * weight
            self.total = np.add.reduce(weight)
        if labels.ignored is not None:
            losses[labels.ignored] = 0  # even where the product is 0 · ∞
        if reduction == "mean":
            return np.add.reduce(losses) / self.total
        if reduction == "sum":
            return np.add.reduce(losses)
        return losses.reshape(positions(shape))

    def share(self, upstream: Array) -> Array:
        """∂L/∂ℓ per row, (M,) or a number."""
        g = upstream / self.total if self.reduction == "mean" else upstream.reshape(-1)
        if self.labels.weight is not None:
            g = g * self.labels.weight.astype(upstream.dtype, copy=False)
        if self.labels.ignored is not None:
            g[self.labels.ignored] = 0  # even where all are ignored, and g is 0 / 0
        return g


class NLLGate(LabelGate):
    """ℓ = −w_y x_y,   ∂ℓ/∂x_c = −w_y 1[c = y]."""

    def forward(self, x: Array, labels: Labels, reduction: str) -> Array:
        return self.reduce(-to_rows(x).take(labels.flat), labels, x.shape, reduction)

    def backward(self, upstream: Array) -> Array:
        gradient = np.zeros(self.shape, upstream.dtype)
        rows = to_rows(gradient)
        rows.reshape(-1)[self.labels.flat] = -self.share(upstream)
        return from_rows(rows, self.shape)


class CrossEntropyGate(LabelGate):
    """ℓ = w_y (log Σ e^x − x_y),   ∂ℓ/∂x = w_y (softmax(x) − onehot(y))."""

    def forward(self, x: Array, labels: Labels, reduction: str) -> Array:
        z = shifted(to_rows(x), 1)
        self.e = e = np.exp(z)
        self.sum = row_sum(e)
        losses = np.log(self.sum)
        losses -= z.take(labels.flat)
        return self.reduce(losses, labels, x.shape, reduction)

    def backward(self, upstream: Array) -> Array:
        g = self.share(upstream)
        gradient = self.e * (g / self.sum)[:, None]
        gradient.reshape(-1)[self.labels.flat] -= g
        return from_rows(gradient, self.shape)


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """−w_y x_y for log-probabilities x (N, C, …) and labels y (N, …); or (C,) and ().

    Raises:
        ValueError: batch sizes differ, or unknown ``reduction``.
        RuntimeError: another shape or a dtype is wrong, or ``weight`` wants a gradient.
        IndexError: a label that is neither in 0 … C − 1 nor ``ignore_index``.
    """
    check_tensors("nll_loss", input, target)
    if input.ndim == 0:
        raise ValueError("nll_loss: expected an input of 1 or more dimensions, got 0")
    if input.dtype.kind != "f":
        raise NotImplementedError(f"nll_loss is not implemented for {input.dtype}")
    check_reduction(reduction)
    labels = _labels("nll_loss", input, target, weight, ignore_index)
    return apply(NLLGate, input, labels=labels, reduction=reduction)


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Cross-entropy between softmax(``input``) and ``target``: labels, or class probabilities.

    ``input`` holds logits (C,), (N, C) or (N, C, d1, …). ``target`` holds integer labels (), (N,) or
    (N, d1, …), or, in the input's shape, a distribution over the classes.

    Raises:
        ValueError: batch sizes differ, or unknown ``reduction``.
        RuntimeError: another shape or a dtype is wrong, ``label_smoothing`` above 1,
            ``ignore_index`` with probabilities, or a ``weight`` of labels that wants a gradient.
        IndexError: a label that is neither in 0 … C − 1 nor ``ignore_index``.

    >>> from scratch import cross_entropy, tensor
    >>> cross_entropy(tensor([[1e4, -1e4]]), tensor([1])).item()
    20000.0
    """
    check_tensors("cross_entropy", input, target)
    check_reduction(reduction)
    label_smoothing = plain(label_smoothing)
    if target.data.shape == input.data.shape:
        return distribution_loss(input, target, weight, ignore_index, reduction, label_smoothing)
    if input.data.dtype.kind != "f":
        raise NotImplementedError(f"cross_entropy is not implemented for {input.dtype}")
    labels = _labels("cross_entropy", input, target, weight, ignore_index)
    if label_smoothing > 0:
        return smoothed_loss(input, labels, weight, reduction, label_smoothing)
    return apply(CrossEntropyGate, input, labels=labels, reduction=reduction)


def _labels(
    loss: str, input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int
) -> Labels:
    """The checked labels of ``input``; see :func:`read_labels`."""
    ignore_index = plain(ignore_index)
    if isinstance(ignore_index, bool) or not isinstance(ignore_index, int):
        raise TypeError(f"ignore_index must be int, not {type(ignore_index).__name__}")
    w = constant(weight, "weight", loss)
    if w is not None:
        check_class_weight(w, input.data, class_count(input.data.shape))
    return read_labels(target.data, input.data.shape, w, ignore_index)


class NLLLoss(WeightedLoss):
    """:func:`nll_loss` as a layer."""

    def __init__(
        self, weight: Tensor | None = None, ignore_index: int = -100, reduction: str = "mean"
    ) -> None:
        super().__init__(weight, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return nll_loss(input, target, self.weight, self.ignore_index, self.reduction)


class CrossEntropyLoss(WeightedLoss):
    """:func:`cross_entropy` as a layer."""

    def __init__(
        self,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return cross_entropy(
            input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing
        )
