"""The border between tensors of any implementation and NumPy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


def to_array(tensor: Any) -> NDArray[Any]:
    """The values of a tensor of either implementation, on whatever device, without its graph."""
    values = tensor.detach()
    if hasattr(values, "cpu"):
        values = values.cpu()
    return values.numpy()


def parameter_arrays(model: Any) -> dict[str, NDArray[Any]]:
    """Each parameter's values by its name."""
    return {name: to_array(parameter) for name, parameter in model.named_parameters()}


def gradient_arrays(model: Any) -> dict[str, NDArray[Any]]:
    """Each parameter's gradient by its name; those without one are left out."""
    return {
        name: to_array(parameter.grad)
        for name, parameter in model.named_parameters()
        if parameter.grad is not None
    }
