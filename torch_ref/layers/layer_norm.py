"""Layer norm: PyTorch's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F

from torch_ref.autograd import resolve_dtype

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from torch_ref.autograd.tensor import DTypeLike


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Normalize each sample over its last dimensions, those of ``normalized_shape``.

    Shapes: input (*, *normalized_shape), weight and bias normalized_shape.
    """
    return F.layer_norm(input, normalized_shape, weight, bias, eps)


class LayerNorm(torch.nn.LayerNorm):
    """``torch.nn.LayerNorm`` over the last dimensions, of the lengths ``normalized_shape``."""

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        dtype: DTypeLike = None,
        *,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__(
            normalized_shape,
            eps,
            elementwise_affine,
            bias,
            dtype=resolve_dtype(dtype),
            device=device,
        )
