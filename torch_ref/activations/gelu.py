"""GELU, by PyTorch: x Φ(x), Φ the normal distribution function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch.nn import GELU

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["GELU", "gelu"]


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """x Φ(x), element by element; ``approximate="tanh"``: the form with tanh in place of erf.

    Raises:
        RuntimeError: ``approximate`` is neither "none" nor "tanh".
        NotImplementedError: ``input`` is not floating-point.
    """
    return F.gelu(input, approximate=approximate)
