"""Automatic differentiation by PyTorch, under the names that ``scratch.autograd`` uses."""

from torch_ref.autograd.checks import grad, gradcheck, jacobian, numerical_gradient
from torch_ref.autograd.engine import Tensor, no_grad
from torch_ref.autograd.function import Function
from torch_ref.autograd.tensor import cat, maximum, minimum, stack, tensor, where
from torch_ref.autograd.tensor import resolve_dtype as resolve_dtype

__all__ = [
    "Function",
    "Tensor",
    "cat",
    "grad",
    "gradcheck",
    "jacobian",
    "maximum",
    "minimum",
    "no_grad",
    "numerical_gradient",
    "stack",
    "tensor",
    "where",
]
