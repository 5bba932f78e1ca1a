"""Containers: modules that hold other modules or only change the shape of what passes through.

A feed-forward network is a composition, f = fₙ ∘ … ∘ f₂ ∘ f₁: :class:`Sequential`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from scratch.layers.module import Module

if TYPE_CHECKING:
    from scratch.autograd import Tensor


class Identity(Module):
    """f(x) = x, of any shape; takes and ignores any arguments, so that it can stand for a layer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002 # as torch has it
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return input


class Flatten(Module):
    """Merge the dimensions ``start_dim`` to ``end_dim`` into one: (N, H, W) → (N, H·W).

    Raises IndexError for a dimension that the input does not have, RuntimeError when ``start_dim``
    comes after ``end_dim``.
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Tensor) -> Tensor:
        shape = input.shape or (1,)
        start, end = (_dimension(d, len(shape)) for d in (self.start_dim, self.end_dim))
        if start > end:
            raise RuntimeError(
                f"flatten() has invalid args: start_dim {self.start_dim} comes after "
                f"end_dim {self.end_dim} for an input of shape {input.shape}"
            )
        merged = 1
        for length in shape[start : end + 1]:
            merged *= length
        return input.reshape(*shape[:start], merged, *shape[end + 1 :])

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Sequential(Module):
    """Modules applied one after another, each to the output of the one before.

    Takes them as arguments (their keys are "0", "1", …) or as one mapping from names to modules.

    >>> Sequential(Flatten(), Identity())
    Sequential(
      (0): Flatten(start_dim=1, end_dim=-1)
      (1): Identity()
    )
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        if len(args) == 1 and isinstance(args[0], Mapping):
            named = dict(args[0])
        else:
            named = {str(index): module for index, module in enumerate(args)}
        for name, module in named.items():
            if not isinstance(module, Module):
                raise TypeError(f"{type(module).__name__} is not a Module subclass")
            self.add_module(name, module)

    def forward(self, input: Any) -> Any:
        for module in self._modules.values():
            input = module(input)  # type: ignore[misc] # never None in here
        return input

    def append(self, module: Module) -> Sequential:
        """Add a module at the end; returns self."""
        self.add_module(str(len(self)), module)
        return self

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())  # type: ignore[arg-type] # never None in here

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return Sequential(dict(list(self._modules.items())[index]))
        return self._modules[self._name(index)]

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._name(index), module)

    def _name(self, index: int) -> str:
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is out of range for a Sequential of {len(self)}")
        return list(self._modules)[index]


def _dimension(dim: int, ndim: int) -> int:
    """Count a negative dimension from the end."""
    if not -ndim <= dim < ndim:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}], "
            f"but got {dim})"
        )
    return dim % ndim
