"""User-defined gates, in the form of ``torch.autograd.Function``.

A subclass writes two static methods on tensors; the same text runs in PyTorch:

>>> from scratch import Function, tensor
>>> class Cube(Function):
...     @staticmethod
...     def forward(ctx, x):
...         ctx.save_for_backward(x)
...         return x * x * x
...     @staticmethod
...     def backward(ctx, upstream):
...         (x,) = ctx.saved_tensors
...         return upstream * 3 * x * x
>>> x = tensor(2.0, requires_grad=True)
>>> Cube.apply(x).backward()
>>> x.grad
tensor(12.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scratch.autograd.engine import Tensor, apply, no_grad, wrap
from scratch.autograd.gate import Gate

if TYPE_CHECKING:
    from scratch.autograd.gate import Array


class Context:
    """What ``forward`` leaves for ``backward``: saved tensors and any attribute."""

    def __init__(self, needs_input_grad: tuple[bool, ...]) -> None:
        self.needs_input_grad = needs_input_grad
        self.saved_tensors: tuple[Any, ...] = ()

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep ``tensors`` as ``ctx.saved_tensors``."""
        self.saved_tensors = tensors


class Function:
    """An operation with a gradient written by hand: subclass, then call ``.apply``."""

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Tensor:
        """Compute the output tensor; called without recording."""
        raise NotImplementedError("a Function must define forward(ctx, ...)")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Return the gradient for each argument of ``forward`` (None where there is none)."""
        raise NotImplementedError("a Function must define backward(ctx, upstream) to be derived")

    @classmethod
    def apply(cls, *args: Any) -> Tensor:
        """Run the function on ``args`` and record it.

        Raises:
            TypeError: ``forward`` does not return a Tensor.
            RuntimeError: in the backward pass, if ``backward`` returns the wrong number of
                gradients or one of the wrong shape.
        """
        tensors = tuple(a for a in args if isinstance(a, Tensor))
        return apply(_UserGate, *tensors, function=cls, arguments=args)


class _UserGate(Gate):
    """The gate that runs a user's Function: arrays to tensors and back."""

    def forward(
        self, *arrays: Array, function: type[Function], arguments: tuple[Any, ...]
    ) -> Array:
        self.function = function
        self.is_tensor = tuple(isinstance(a, Tensor) for a in arguments)
        needs = iter(self.needs)
        self.shapes = [a.shape for a in arrays]
        self.context = Context(tuple(is_tensor and next(needs) for is_tensor in self.is_tensor))
        with no_grad():
            output = function.forward(self.context, *arguments)
        if not isinstance(output, Tensor):
            raise TypeError(
                f"{function.__name__}.forward must return a Tensor, got {type(output).__name__}"
            )
        return output.data

    def backward(self, upstream: Array) -> tuple[Array | None, ...]:
        name = self.function.__name__
        with no_grad():
            returned = self.function.backward(self.context, wrap(upstream.copy()))
        gradients = returned if isinstance(returned, tuple) else (returned,)
        if len(gradients) != len(self.is_tensor):
            raise RuntimeError(
                f"function {name}Backward returned an incorrect number of gradients "
                f"(expected {len(self.is_tensor)}, got {len(gradients)})"
            )
        kept = [g for g, is_tensor in zip(gradients, self.is_tensor, strict=True) if is_tensor]
        for i, (g, shape) in enumerate(zip(kept, self.shapes, strict=True)):
            if g is not None and g.shape != shape:
                raise RuntimeError(
                    f"function {name}Backward returned an invalid gradient at index {i}: "
                    f"got {g.shape} but expected shape compatible with {shape}"
                )
        # Copies: the user may have returned one array twice, or one that was saved.
        return tuple(None if g is None else g.data.copy() for g in kept)
