"""Module: a piece of a network that owns its parameters and its sub-modules.

A module is a function with state. What it learns are its **parameters** θ; what it keeps but does
not learn (running averages) are its **buffers**; modules nest, and whatever is asked of the whole
(its parameters, its mode, its state) is asked of the tree, in the order of assignment.

Names are paths through that tree, ``"0.weight"``, and the same on both sides.

Source: the interface is that of ``torch.nn.Module`` (Paszke et al., 2019, "PyTorch: An Imperative
Style, High-Performance Deep Learning Library").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from scratch.autograd import Tensor, resolve_dtype
from scratch.layers.parameter import Parameter
from scratch.layers.state import IncompatibleKeys, load_state, named_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Module:
    """Base of every layer, loss and network: subclass it and define ``forward``.

    Assigning a :class:`Parameter` or a :class:`Module` to an attribute registers it.

    >>> from scratch.autograd import tensor
    >>> class Scale(Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.factor = Parameter(tensor([2.0]))
    ...
    ...     def forward(self, input):
    ...         return input * self.factor
    >>> [name for name, _ in Scale().named_parameters()]
    ['factor']
    """

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]
    _transient: set[str]  # buffers that are not part of the state

    def __init__(self) -> None:
        vars(self).update(_parameters={}, _buffers={}, _modules={}, _transient=set(), training=True)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output; each subclass defines it."""
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function'
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.forward(*args, **kwargs)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Let a call of the module be a call of its ``forward``, with nothing in between."""
        super().__init_subclass__(**kwargs)
        if "forward" in vars(cls) and "__call__" not in vars(cls):
            cls.__call__ = cls.forward  # type: ignore[method-assign] # that is the point

    # An attribute is written once and read at every step. So the registries are kept when it is
    # written, and reading it is an ordinary attribute access.

    def __setattr__(self, name: str, value: Any) -> None:
        attributes = vars(self)
        if "_modules" not in attributes:
            raise AttributeError(f"cannot assign {name!r} before Module.__init__() call")
        for registry, kind, noun in _REGISTRIES:
            if name in attributes[registry]:
                if not (value is None or isinstance(value, kind)):
                    raise TypeError(
                        f"cannot assign {type(value).__name__!r} as {noun} {name!r} "
                        f"({kind.__name__} or None expected)"
                    )
                attributes[registry][name] = value
                break
        else:
            if isinstance(value, Parameter):
                self._parameters[name] = value
            elif isinstance(value, Module):
                self._modules[name] = value
        attributes[name] = value

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        for registry, _, _ in _REGISTRIES:
            vars(self)[registry].pop(name, None)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is kept but not learned; a ``persistent`` one is part of the state."""
        self._register("_buffers", name, tensor)
        if not persistent:
            self._transient.add(name)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter under ``name``, or None where an optional one is absent."""
        self._register("_parameters", name, param)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a child under ``name``."""
        self._register("_modules", name, module)

    def _register(self, registry: str, name: str, value: object) -> None:
        kind, noun = next((kind, noun) for r, kind, noun in _REGISTRIES if r == registry)
        if not isinstance(name, str):
            raise TypeError(f"the name of a {noun} is a string, got {type(name).__name__}")
        if "." in name or not name:
            raise KeyError(f"the name of a {noun} can't be empty or contain '.', got {name!r}")
        if hasattr(self, name) and name not in vars(self)[registry]:
            raise KeyError(f"attribute {name!r} already exists")
        if not (value is None or isinstance(value, kind)):
            raise TypeError(
                f"{noun} {name!r} is a {kind.__name__} or None, got {type(value).__name__}"
            )
        vars(self)[registry][name] = vars(self)[name] = value

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all below it, each once, parents first."""
        seen: set[int] = set()
        for name, module in self._walk(prefix):
            if id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def _walk(self, prefix: str) -> Iterator[tuple[str, Module]]:
        yield prefix, self
        for name, child in self._modules.items():
            if child is not None:
                yield from child._walk(f"{prefix}.{name}" if prefix else name)

    def _named_tensors(self, registry: str, prefix: str, recurse: bool) -> Iterator[Any]:
        seen: set[int] = set()
        for path, module in self.named_modules(prefix) if recurse else [(prefix, self)]:
            for name, held in vars(module)[registry].items():
                if held is not None and id(held) not in seen:
                    seen.add(id(held))
                    yield f"{path}.{name}" if path else name, held

    def modules(self) -> Iterator[Module]:
        """This module and all below it, each once."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly below this one, each once."""
        seen: set[int] = set()
        for name, child in self._modules.items():
            if child is not None and id(child) not in seen:
                seen.add(id(child))
                yield name, child

    def children(self) -> Iterator[Module]:
        """The modules directly below this one, each once."""
        return (child for _, child in self.named_children())

    def named_parameters(
        self, prefix: str = "", recurse: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters with their paths; one that is shared appears once, under its first."""
        return self._named_tensors("_parameters", prefix, recurse)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters, for an optimizer."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Tensor]]:
        """The buffers with their paths."""
        return self._named_tensors("_buffers", prefix, recurse)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def state_dict(self, *, prefix: str = "") -> dict[str, Tensor]:
        """Parameters and persistent buffers by path: detached, sharing the arrays of the module.

        An optimizer that is made later moves small parameters into memory of its own; what was taken
        before then no longer follows them.
        """
        return {name: held.detach() for name, held in named_state(self, prefix)}

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True
    ) -> IncompatibleKeys:
        """Copy the values of ``state_dict`` (tensors or arrays) into this module.

        All or nothing: when anything is wrong, nothing has been changed.

        Raises RuntimeError that names every missing key, unexpected key and wrong shape; with
        ``strict=False`` the first two are returned instead.
        """
        return load_state(self, state_dict, strict)

    def train(self, mode: bool = True) -> Self:
        """Switch the tree to training: dropout drops, batch norm uses the batch."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Switch the tree to evaluation."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Freeze (False) or unfreeze the parameters."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of the parameters (or fill them with zeros)."""
        for parameter in self.parameters():
            if set_to_none:
                parameter.grad = None
            elif parameter.grad is not None:
                parameter.grad.zero_()

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call ``fn`` on every module below, children first, then on this one."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def to(self, dtype: Any) -> Self:
        """Cast the floating-point parameters and buffers, in place; do it before the optimizer."""
        target = resolve_dtype(dtype)
        if not np.issubdtype(target, np.floating):
            raise TypeError(f"Module.to only accepts floating point dtypes, but got {target}")
        for held in [*self.parameters(), *self.buffers()]:
            if np.issubdtype(held.dtype, np.floating):
                held.data = held.data.astype(target)
                if held.grad is not None:
                    held.grad = held.grad.to(target)
        return self

    def float(self) -> Self:
        """Cast to float32."""
        return self.to("float32")

    def double(self) -> Self:
        """Cast to float64."""
        return self.to("float64")

    def extra_repr(self) -> str:
        """Return what a subclass shows between its parentheses."""
        return ""

    def __repr__(self) -> str:
        """One line per child, indented, as torch prints a module."""
        extra = self.extra_repr()
        if not self._modules:
            return f"{type(self).__name__}({extra})"
        lines = extra.splitlines()
        lines += [f"({name}): {child!r}" for name, child in self._modules.items()]
        body = "\n".join(lines).replace("\n", "\n  ")
        return f"{type(self).__name__}(\n  {body}\n)"


_REGISTRIES: tuple[tuple[str, type, str], ...] = (
    ("_parameters", Parameter, "parameter"),
    ("_modules", Module, "child module"),
    ("_buffers", Tensor, "buffer"),
)
