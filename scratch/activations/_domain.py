"""What an activation may be applied to: floating-point tensors, as in PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scratch.autograd import Array


def require_floating(x: Array, name: str) -> None:
    """Check that ``x`` holds floating-point numbers.

    Raises:
        NotImplementedError: it does not.
    """
    if x.dtype.kind != "f":
        raise NotImplementedError(
            f"{name} is not implemented for {x.dtype}; convert the input, e.g. input.float()"
        )


def as_floating(x: Array) -> Array:
    """``x``, with integers and bools as float32, the default."""
    return x if x.dtype.kind == "f" else x.astype(np.float32)
