"""Losses of the error d = input − target of a regression: MSE, RMSE, L1, smooth L1, Huber.

    MSE        ℓ = d²                                            ℓ' = 2 d
    RMSE       L = √(mean d²)                                    ∂L/∂d = d / (n L), and 0 at L = 0
    L1         ℓ = |d|                                           ℓ' = sign d, 0 at 0
    Huber      ℓ = ½ d² if |d| ≤ δ else δ (|d| − ½ δ)            ℓ' = d cut off at ±δ
    smooth L1  ℓ = Huber / β with δ = β; L1 where β = 0

∂L/∂target = −∂L/∂input: (input − target)² and (target − input)² have the same gradient.

Sources: Legendre (1805) and Gauss (1809) for least squares; Huber (1964), "Robust Estimation of a
Location Parameter"; smooth L1, Girshick (2015), "Fast R-CNN".
"""

from __future__ import annotations

import numpy as np

from scratch.autograd import Array, Gate, Tensor, apply
from scratch.losses._common import (
    Loss,
    check_reduction,
    in_common_dtype,
    reduce,
    share,
    warn_if_broadcast,
)


class ErrorGate(Gate):
    """L = reduce ℓ(d), d = x − t;   ∂L/∂x = ℓ'(d) ∂L/∂ℓ = −∂L/∂t. A subclass says what ℓ is."""

    name = "loss"

    def forward(self, x: Array, t: Array, reduction: str, width: float) -> Array:
        if x.dtype != t.dtype or x.dtype.kind != "f":
            x, t = in_common_dtype(x, t, self.name)
        self.d = d = x - t
        self.reduction, self.width = reduction, width
        return reduce(self.loss(d), reduction)

    def backward(self, upstream: Array) -> tuple[Array | None, Array | None]:
        gradient = self.slope(self.d, share(upstream, self.reduction, self.d.size))
        return gradient, -gradient if self.needs[1] else None

    def loss(self, d: Array) -> Array:
        """ℓ(d)."""
        raise NotImplementedError

    def slope(self, d: Array, g: Array | float) -> Array:
        """ℓ'(d) g."""
        raise NotImplementedError


class MSEGate(ErrorGate):
    """ℓ = d²,   ℓ' = 2 d."""

    name = "mse_loss"

    def loss(self, d: Array) -> Array:
        return d * d

    def slope(self, d: Array, g: Array | float) -> Array:
        return d * (2.0 * g)


class L1Gate(ErrorGate):
    """ℓ = |d|,   ℓ' = sign d (0 at 0, and at NaN as in PyTorch)."""

    name = "l1_loss"

    def forward(self, x: Array, t: Array, reduction: str, width: float) -> Array:
        if x.dtype.kind == "b" or t.dtype.kind == "b":
            raise RuntimeError(f"l1_loss: cannot subtract bools ({x.dtype} and {t.dtype})")
        if x.dtype.kind != "f" and t.dtype.kind != "f":  # the distance of integers is an integer
            if reduction == "mean":
                raise RuntimeError("l1_loss: the mean of integers is none; use floats, or 'sum'")
            return reduce(np.abs(x - t), reduction)
        return super().forward(x, t, reduction, width)

    def loss(self, d: Array) -> Array:
        return np.abs(d)

    def slope(self, d: Array, g: Array | float) -> Array:
        return np.subtract(d > 0, d < 0, dtype=d.dtype) * g


class HuberGate(ErrorGate):
    """ℓ = ½ d² if |d| ≤ δ else δ (|d| − ½ δ),   ℓ' = d cut off at ±δ, with δ = ``width``.

    With m = min(|d|, δ) both branches are m (|d| − ½ m).
    """

    name = "huber_loss"

    def loss(self, d: Array) -> Array:
        size = np.abs(d)
        m = np.minimum(size, self.width)
        return m * (size - 0.5 * m)

    def slope(self, d: Array, g: Array | float) -> Array:
        return np.minimum(np.maximum(d, -self.width), self.width) * g


class SmoothL1Gate(HuberGate):
    """Huber's loss with δ = β = ``width``, divided by β: its slope far out is ±1."""

    name = "smooth_l1_loss"

    def loss(self, d: Array) -> Array:
        return super().loss(d) / self.width

    def slope(self, d: Array, g: Array | float) -> Array:
        return super().slope(d, 1.0) / self.width * g


class RMSEGate(MSEGate):
    """L = √(reduce d²),   ∂L/∂d = d / L · ∂L²/∂ℓ, and 0 where L = 0: the smallest subgradient."""

    name = "rmse_loss"

    def forward(self, x: Array, t: Array, reduction: str, width: float) -> Array:
        self.root = root = np.sqrt(super().forward(x, t, reduction, width))
        return root

    def slope(self, d: Array, g: Array | float) -> Array:
        root = np.where(self.root == 0, 1, self.root)  # there d is 0, and so is the gradient
        return d * (g / root)


def _error_loss(
    gate: type[ErrorGate],
    input: Tensor,
    target: Tensor,
    reduction: str,
    weight: Tensor | None = None,
    width: float = 1.0,
) -> Tensor:
    warn_if_broadcast(input, target)
    if weight is None:
        return apply(gate, input, target, reduction=reduction, width=width)
    check_reduction(reduction)
    if weight.shape != input.shape:
        raise ValueError(
            f"Weights and input must have the same size, got {weight.shape} and {input.shape}"
        )
    losses = apply(gate, input, target, reduction="none", width=width) * weight
    if reduction == "none":
        return losses
    if reduction == "sum":
        return losses.sum()
    return losses.mean() if gate is HuberGate else losses.sum() / weight.sum()


def mse_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", weight: Tensor | None = None
) -> Tensor:
    """Mean squared error, Σ w (input − target)² / Σ w; ``weight`` w of the input's shape, or 1.

    A target of another size is broadcast, with a warning, as in PyTorch.

    Raises:
        ValueError: unknown ``reduction``, or ``weight`` of another shape.
        RuntimeError: the shapes do not broadcast.

    >>> from scratch import mse_loss, tensor
    >>> mse_loss(tensor([1.0, 3.0]), tensor([0.0, 0.0])).item()
    5.0
    """
    return _error_loss(MSEGate, input, target, reduction, weight)


def rmse_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """The square root of :func:`mse_loss` with the same ``reduction``, in the target's unit.

    Where the loss is 0, √ has no derivative; the gradient there is 0 (not NaN, which the chain rule
    would make of ∞ · 0). Errors as in :func:`mse_loss`.
    """
    return _error_loss(RMSEGate, input, target, reduction)


def l1_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", weight: Tensor | None = None
) -> Tensor:
    """Mean absolute error, Σ w |input − target| / Σ w. Errors as in :func:`mse_loss`."""
    return _error_loss(L1Gate, input, target, reduction, weight)


def smooth_l1_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", beta: float = 1.0
) -> Tensor:
    """½ d²/β where |d| < β, else |d| − ½ β; ``beta=0`` is the L1 loss.

    Raises RuntimeError if ``beta`` is negative; else as :func:`mse_loss`.
    """
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss does not support negative values for beta, got {beta}")
    gate = L1Gate if beta == 0 else SmoothL1Gate
    return _error_loss(gate, input, target, reduction, width=beta)


def huber_loss(
    input: Tensor,
    target: Tensor,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: Tensor | None = None,
) -> Tensor:
    """½ d² where |d| ≤ δ, else δ (|d| − ½ δ); "mean" of w ℓ divides by n, not by Σ w, as PyTorch's.

    Raises RuntimeError if ``delta`` is not positive, or input and target differ in dtype; else as
    :func:`mse_loss`.
    """
    if delta <= 0:
        raise RuntimeError(
            f"huber_loss does not support non-positive values for delta, got {delta}"
        )
    if input.dtype != target.dtype:
        raise RuntimeError(
            f"huber_loss: expected a target of the input's dtype {input.dtype}, got {target.dtype}"
        )
    return _error_loss(HuberGate, input, target, reduction, weight, width=delta)


class MSELoss(Loss):
    """:func:`mse_loss` as a layer."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return mse_loss(input, target, self.reduction)


class RMSELoss(Loss):
    """:func:`rmse_loss` as a layer."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return rmse_loss(input, target, self.reduction)


class L1Loss(Loss):
    """:func:`l1_loss` as a layer."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return l1_loss(input, target, self.reduction)


class SmoothL1Loss(Loss):
    """:func:`smooth_l1_loss` as a layer."""

    def __init__(self, reduction: str = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return smooth_l1_loss(input, target, self.reduction, self.beta)


class HuberLoss(Loss):
    """:func:`huber_loss` as a layer."""

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return huber_loss(input, target, self.reduction, self.delta)
