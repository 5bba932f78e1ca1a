"""Gradients of functions: by the graph (grad, jacobian) and by differences (to check the graph)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Tensor | None, ...]:
    """Σ ∂outputs/∂input · grad_outputs for each of ``inputs``; no ``.grad`` is touched.

    Raises:
        RuntimeError: an input does not require a gradient; an output does not depend on any; an
            input was not used and ``allow_unused`` is False; shapes differ.
    """
    return torch.autograd.grad(
        outputs, inputs, grad_outputs, retain_graph=retain_graph, allow_unused=allow_unused
    )


def jacobian(f: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """J[k, i] = ∂f(x)_k/∂x_i, of shape ``f(x).shape + x.shape``.

    Raises:
        TypeError: ``x`` or f(x) is not a Tensor.
    """
    if not isinstance(x, Tensor):
        raise TypeError(f"jacobian: x must be a Tensor, got {type(x).__name__}")
    return torch.autograd.functional.jacobian(f, x)


@torch.no_grad()
def numerical_gradient(f: Callable[[Any], Any], x: Any, h: float = 1e-4) -> Any:
    """The gradient of a scalar function by central differences, in the form in which ``x`` came.

    ``x`` is a Tensor or a NumPy array; it is not changed. ``f`` receives a fresh Tensor or array
    and returns a number, or a Tensor or array with one element.

    Raises:
        TypeError: ``x`` is neither a Tensor nor a NumPy array, or it is not floating.
        ValueError: ``h`` is not positive, or f(x) is not a single number.
    """
    if isinstance(x, np.ndarray):
        return numerical_gradient(lambda t: f(t.numpy().copy()), torch.tensor(x), h).numpy()
    if not isinstance(x, Tensor):
        raise TypeError(
            f"numerical_gradient: x must be a Tensor or a NumPy array, got {type(x).__name__}"
        )
    if not x.is_floating_point():
        raise TypeError(f"numerical_gradient: x must hold floats, got {x.dtype}")
    if not h > 0:
        raise ValueError(f"numerical_gradient: h must be positive, got {h}")

    def at(flat: Tensor) -> float:
        value = f(flat.reshape(x.shape))
        shape = tuple(getattr(value, "shape", ()))
        if np.prod(shape) != 1:
            raise ValueError(f"numerical_gradient: f(x) must be a scalar, got shape {shape}")
        return float(value.item() if hasattr(value, "item") else value)

    start = x.detach().reshape(-1)
    gradient = torch.zeros_like(start)
    for i in range(start.numel()):
        above, below = start.clone(), start.clone()
        above[i] += h
        below[i] -= h
        gradient[i] = (at(above) - at(below)) / (2 * h)
    return gradient.reshape(x.shape)


def gradcheck(
    f: Callable[..., Tensor],
    inputs: Tensor | Sequence[Tensor],
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Whether the graph's gradient of ``f`` equals central differences with step ``eps``.

    Raises:
        ValueError: no input requires a gradient.
        RuntimeError: they differ (unless ``raise_exception`` is False): which input and element.
    """
    return torch.autograd.gradcheck(
        f, inputs, eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception
    )
