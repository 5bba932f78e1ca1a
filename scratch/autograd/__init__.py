"""Automatic differentiation: a tensor that records a graph of gates, and gradients from it.

Read in this order: ``gate`` (one operation), ``arithmetic``, ``reductions`` and ``shaping`` (the
operations), ``engine`` (graph and backward pass), ``operators`` (what a tensor can do), ``function``
(gates of your own), ``checks`` (gradients against differences).
"""

from scratch.autograd.checks import grad, gradcheck, jacobian, numerical_gradient
from scratch.autograd.dtypes import resolve_dtype as resolve_dtype
from scratch.autograd.engine import Tensor, no_grad
from scratch.autograd.engine import apply as apply
from scratch.autograd.engine import is_grad_enabled as is_grad_enabled
from scratch.autograd.engine import wrap as wrap
from scratch.autograd.fitting import fit as fit
from scratch.autograd.function import Function
from scratch.autograd.gate import Array as Array
from scratch.autograd.gate import Gate as Gate
from scratch.autograd.tensor import as_tensor as as_tensor
from scratch.autograd.tensor import cat, maximum, minimum, stack, tensor, where

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
