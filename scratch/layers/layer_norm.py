"""Layer norm: normalize each sample over its features; the batch plays no part.

    x̂ = (x − μ) / √(σ² + ε)        y = γ x̂ + β        μ, σ² of one sample over its features

So training and evaluation are the same, and a batch of one is as good as any.

Source: Ba, Kiros & Hinton (2016), "Layer Normalization".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scratch.autograd.dtypes import plain
from scratch.layers.module import Module
from scratch.layers.normalization import moments, normalize
from scratch.layers.parameter import Parameter, empty_parameter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scratch.autograd import Tensor


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Normalize each sample over its last dimensions, those of ``normalized_shape``.

    Shapes: input (*, *normalized_shape), weight and bias normalized_shape.

    Raises RuntimeError for shapes or dtypes that do not fit.

    >>> from scratch.autograd import tensor
    >>> layer_norm(tensor([[1.0, 3.0]]), (2,), eps=0.0).tolist()
    [[-1.0, 1.0]]
    """
    shape = tuple(normalized_shape)
    start = input.ndim - len(shape)
    if not shape:
        raise RuntimeError("Expected normalized_shape to be at least 1-dimensional, got ()")
    if start < 0 or input.shape[start:] != shape:
        raise RuntimeError(
            f"Given normalized_shape={shape}, expected input with shape (*, {', '.join(map(str, shape))}), "
            f"but got input of shape {input.shape}"
        )
    axes = tuple(range(start, input.ndim))
    _, centred, var = moments(input.data, axes)
    return normalize(
        input, weight, bias, centred=centred, var=var, eps=eps, axes=axes, affine_axes=axes
    )


class LayerNorm(Module):
    """Layer norm over the last dimensions, of the lengths ``normalized_shape`` (or one length).

    ``weight`` γ starts at 1 and ``bias`` β at 0, both of shape ``normalized_shape``; without
    ``elementwise_affine`` there are none.

    >>> LayerNorm(3)
    LayerNorm((3,), eps=1e-05, elementwise_affine=True, bias=True)
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        normalized_shape = plain(normalized_shape)
        if isinstance(normalized_shape, int):
            normalized_shape = (normalized_shape,)
        self.normalized_shape = tuple(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        for name, wanted in (("weight", elementwise_affine), ("bias", elementwise_affine and bias)):
            held = empty_parameter(self.normalized_shape, dtype) if wanted else None
            self.register_parameter(name, held)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set γ = 1 and β = 0."""
        for held, value in ((self.weight, 1), (self.bias, 0)):
            if held is not None:
                held.data.fill(value)

    def forward(self, input: Tensor) -> Tensor:
        return layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        )
