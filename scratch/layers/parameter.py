"""Parameter: a tensor that is learned, the θ of θ ← θ − α ∂L/∂θ.

Source: the interface is that of ``torch.nn.Parameter`` (Paszke et al., 2019).
"""

from __future__ import annotations

from scratch.autograd import Tensor


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
        super().__init__(data.data, requires_grad)

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"
