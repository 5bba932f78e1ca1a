"""Parameter: a tensor that is learned, the θ of θ ← θ − α ∂L/∂θ.

Source: the interface is that of ``torch.nn.Parameter`` (Paszke et al., 2019).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from scratch._memory import aligned_empty
from scratch.autograd import Tensor, resolve_dtype, wrap


class Parameter(Tensor):
    """A leaf of the graph that a module lists among its parameters.

    It shares the array of ``data``. Raises TypeError when ``data`` is not a tensor, RuntimeError
    when it is to require a gradient and is not floating point.

    >>> from scratch.autograd import tensor
    >>> Parameter(tensor([1.0])).requires_grad
    True
    """

    __slots__ = ()

    def __init__(self, data: Tensor, requires_grad: bool = True) -> None:
        if not isinstance(data, Tensor):
            raise TypeError(f"a Parameter is made from a Tensor, got {type(data).__name__}")
        self.data = data.data
        self.grad = None
        self.grad_fn = None
        self.requires_grad = False
        if requires_grad:
            self.requires_grad_()

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        """A parameter of its own, without the gradient."""
        return type(self)(wrap(self.data.copy()), self.requires_grad)

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"


def empty_parameter(shape: tuple[int, ...], dtype: Any = None) -> Parameter:
    """Return a parameter of the given shape and dtype (float32), its values still to be set.

    Raises RuntimeError for a negative length.
    """
    if any(length < 0 for length in shape):
        raise RuntimeError(f"a parameter cannot have a negative dimension, got shape {shape}")
    dtype = np.dtype(np.float32) if dtype is None else resolve_dtype(dtype)
    return Parameter(wrap(aligned_empty(shape, dtype)))
