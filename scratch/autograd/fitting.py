"""What comes back from a gate, brought into the form of what went in.

Where broadcasting repeated an input, the chain rule adds up the gradients of the copies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scratch.autograd.gate import Array, Gate


def miscounted(node: Gate, gradients: tuple[object, ...]) -> RuntimeError:
    """What to raise when a gate returns more or fewer gradients than it has inputs."""
    return RuntimeError(
        f"{type(node).__name__}.backward returned {len(gradients)} gradients for "
        f"{len(node.inputs or ())} inputs; expected one each, None where nobody needs it"
    )


def fit(gradient: Array, like: Array) -> Array:
    """Bring a gradient to the shape and dtype of the input it belongs to.

    Broadcasting repeated the input, so by the chain rule its gradient is the sum over the copies.

    Raises:
        RuntimeError: the input's shape does not broadcast to the gradient's: the gate is wrong.
    """
    if type(gradient) is not np.ndarray:
        gradient = np.asarray(gradient)
    if gradient.shape != like.shape:
        total = gradient
        if gradient.ndim >= like.ndim:
            total = gradient.sum(axis=tuple(range(gradient.ndim - like.ndim)))
            lengths = zip(total.shape, like.shape, strict=True)
            stretched = tuple(i for i, (n, own) in enumerate(lengths) if n != own == 1)
            total = np.asarray(total.sum(axis=stretched, keepdims=True) if stretched else total)
        if total.shape != like.shape:
            raise RuntimeError(
                f"a gate returned a gradient of shape {gradient.shape} for an input of shape "
                f"{like.shape}, which is no broadcast of it"
            )
        gradient = total
    if gradient.dtype != like.dtype:
        gradient = gradient.astype(like.dtype)
    return gradient
