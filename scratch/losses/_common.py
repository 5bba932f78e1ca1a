"""What the losses share: reductions, common dtypes, and the checks that several of them make.

A reduction turns one loss per element into L: "mean" Σ ℓ / n, "sum" Σ ℓ, or "none", the losses
themselves. So ∂L/∂ℓ is upstream / n, or upstream: the ``share`` of each element.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from scratch.autograd import Tensor, is_grad_enabled
from scratch.layers import Module

if TYPE_CHECKING:
    from scratch.autograd import Array

REDUCTIONS = ("none", "mean", "sum")


def check_reduction(reduction: str, allowed: tuple[str, ...] = REDUCTIONS) -> None:
    """Check that ``reduction`` is one of ``allowed``.

    Raises:
        ValueError: it is not.
    """
    if reduction not in allowed:
        raise ValueError(
            f"{reduction} is not a valid value for reduction; use one of {', '.join(allowed)}"
        )


def reduce(losses: Array, reduction: str) -> Array:
    """The mean, the sum, or the losses themselves. The mean of nothing is NaN."""
    if reduction == "mean":
        return np.add.reduce(losses, None) / losses.size
    if reduction == "sum":
        return np.add.reduce(losses, None, np.int64 if losses.dtype.kind == "u" else None)
    check_reduction(reduction)
    return losses


def share(upstream: Array, reduction: str, size: int) -> Array | float:
    """∂L/∂ℓ of each of ``size`` losses ℓ; one number, if it is of a mean (of no losses, any)."""
    return upstream.item() / (size or 1) if reduction == "mean" else upstream


def in_common_dtype(x: Array, t: Array, name: str) -> tuple[Array, Array]:
    """Both arrays in the dtype in which they combine; next to floats, integers take theirs.

    Raises:
        NotImplementedError: neither is floating-point.
    """
    if x.dtype.kind == t.dtype.kind:
        dtype = np.promote_types(x.dtype, t.dtype)
    else:
        dtype = x.dtype if x.dtype.kind == "f" else t.dtype
    if dtype.kind != "f":
        raise NotImplementedError(
            f"{name} is not implemented for {x.dtype} and {t.dtype}; "
            "at least one of input and target must be floating-point"
        )
    return x.astype(dtype, copy=False), t.astype(dtype, copy=False)


def warn_if_broadcast(input: Tensor, target: Tensor) -> None:
    """Warn, as PyTorch does, when sizes differ: broadcasting a target is rarely meant.

    Raises:
        RuntimeError: the shapes do not even broadcast.
    """
    a, b = input.data.shape, target.data.shape
    if a == b:
        return
    warnings.warn(
        f"Using a target size ({b}) that is different to the input size ({a}). "
        "This will likely lead to incorrect results due to broadcasting. "
        "Please ensure they have the same size.",
        stacklevel=4,
    )
    broadcast_shape(a, b)


def broadcast_shape(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that ``shapes`` broadcast to.

    Raises:
        RuntimeError: there is none.
    """
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise RuntimeError(
            f"shapes {' and '.join(map(str, shapes))} do not broadcast: each dimension, counted "
            "from the last, must be equal in all or 1"
        ) from None


def check_tensors(loss: str, input: object, target: object) -> None:
    """Check that both are tensors.

    Raises:
        TypeError: one is not.
    """
    if not (isinstance(input, Tensor) and isinstance(target, Tensor)):
        raise TypeError(
            f"{loss}: input and target must be Tensors, "
            f"got {type(input).__name__} and {type(target).__name__}"
        )


def check_same_size(input: Tensor, target: Tensor) -> None:
    """Check that the shapes are equal; this loss does not broadcast its target.

    Raises:
        ValueError: they are not.
    """
    if input.data.shape != target.data.shape:
        raise ValueError(
            f"Target size ({target.shape}) must be the same as input size ({input.shape})"
        )


def constant(tensor: Tensor | None, name: str, loss: str) -> Array | None:
    """The values of an option with respect to which ``loss`` has no gradient.

    Raises:
        RuntimeError: a gradient is asked for.
    """
    if tensor is None:
        return None
    if tensor.requires_grad and is_grad_enabled():
        raise RuntimeError(
            f"{loss} is not differentiable with respect to {name!r}; detach() it first"
        )
    return tensor.data


class Loss(Module):
    """A criterion as a layer: ``criterion(input, target)``; ``reduction`` says how to sum up."""

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction


class WeightedLoss(Loss):
    """A criterion with rescaling weights, kept as a buffer: they move and are saved with it."""

    weight: Any

    def __init__(self, weight: Tensor | None = None, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)
