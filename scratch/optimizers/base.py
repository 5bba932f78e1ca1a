"""Optimizer: what every method of fitting by gradients has in common.

    θ ← θ − α · direction(g, state),   g = ∂L/∂θ

Parameters come in groups with options of their own. A method is two short functions: ``_advance``
does the arithmetic of one step that does not depend on the data (bias corrections, decays), in
Python floats; the update rule that it returns does the rest, on flat arrays and in place. The
memory they work on is laid out by :mod:`scratch.optimizers.flat`. Names, options, errors and the
structure of ``state_dict`` are PyTorch's, so that a state moves from one side to the other.

Source: Robbins & Monro (1951), "A stochastic approximation method", for the scheme; PyTorch's
``torch.optim.Optimizer`` for the interface.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from scratch.autograd import Tensor, wrap
from scratch.autograd.engine import enable_grad
from scratch.autograd.quiet import quietly
from scratch.optimizers.flat import LayoutChangedError, pack
from scratch.optimizers.groups import new_group, numbered, packed, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scratch.optimizers.flat import Counters, Run, Slab
    from scratch.optimizers.groups import Group

    Params = Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]]
    Rule = Callable[..., None]
    Advance = tuple[Counters, Rule, tuple[float, ...]]

_PHRASES = {"lr": "learning rate", "eps": "epsilon value"}


def require_nonnegative(**values: float) -> None:
    """Raise ValueError for the first value that is negative or not a number."""
    for name, value in values.items():
        if not value >= 0.0:
            raise ValueError(f"Invalid {_PHRASES.get(name, f'{name} value')}: {value}")


def require_betas(betas: tuple[float, float]) -> None:
    """Raise ValueError unless both decay rates lie in [0, 1), IndexError if they are not two."""
    if len(betas) < 2:
        raise IndexError(f"betas must be two numbers, got {betas}")
    for i, beta in enumerate(betas):
        if not 0.0 <= beta < 1.0:
            raise ValueError(f"Invalid beta parameter at index {i}: {beta}")


class Optimizer:
    """Base class of all optimizers.

    A subclass defines ``_advance`` and, where the method keeps a memory, ``scalars``, ``moments``
    and what they start from.

    Args:
        params: tensors, or (name, tensor) pairs, or dicts with a key ``"params"`` and options.
        defaults: the options of groups that do not say otherwise.

    Attributes:
        param_groups: one dict per group: its ``"params"`` and its options.
        state: per parameter its state arrays, views of what the rules work on, and its counters as
            0-d arrays, which are only shown. To replace anything, use ``load_state_dict``.

    Raises:
        TypeError: ``params`` is a Tensor or a set, or holds something that is not a Tensor.
        ValueError: no parameters, a parameter in two groups, or one that is not a leaf.
    """

    scalars: tuple[str, ...] = ()
    """Names of the counters per parameter that the state shows, ``"step"`` first."""

    scalar_dtype: np.dtype[Any] = np.dtype(np.float32)
    """In what the state shows them: PyTorch's default dtype, whatever the parameter's."""

    moments: tuple[str, ...] = ()
    """Names of the state arrays, in the order in which the rule takes them."""

    def __init__(self, params: Params, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                f"but got {type(params).__name__}; put it in a list"
            )
        self.defaults = defaults
        self.state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[Group] = []
        self._slabs: list[list[Slab]] = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)  # type: ignore[arg-type] # checked there

    def _advance(self, group: Group, counters: Counters) -> Advance:
        """The part of one step that does not depend on the data.

        Returns the counters after the step, the update rule, and its coefficients. The rule is
        called as ``rule(p, g, *moments, a, b, *coefficients)`` with flat arrays: it changes ``p``
        and the moments in place, may use ``a`` and ``b`` as it likes, and leaves ``g`` alone.
        Coefficients arrive as 0-d arrays of the parameters' dtype.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define a step")

    def _moments(self, _group: Group) -> tuple[str, ...]:
        """``moments``, where a group's options decide about them."""
        return self.moments

    def _start(self, _group: Group) -> Counters:
        """The counters of a parameter before its first step."""
        return (0.0,)

    def _restored(self, saved: dict[str, Any]) -> Counters:
        """The counters of a parameter whose state was saved as ``saved``."""
        return tuple(float(saved[name]) for name in self.scalars)

    def _initial(self, _group: Group, _name: str) -> float:
        """What a moment is filled with before the first step."""
        return 0.0

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Perform one step; parameters whose gradient is None are left as they are.

        Args:
            closure: called first, to compute the loss and its gradients anew, also within
                ``no_grad``; its value is returned.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        try:
            self._gather()
        except LayoutChangedError:
            self._lay_out(dict(self.state))
            self._gather()
        self._update()
        return loss

    def _gather(self) -> None:
        for slabs in self._slabs:
            for slab in slabs:
                slab.gather()

    @quietly  # a run that diverges has inf and NaN as values, as in PyTorch
    def _update(self) -> None:
        for group, slabs in zip(self.param_groups, self._slabs, strict=True):
            slots = self._moments(group)
            for slab in slabs:
                if slab.planned_for != (slab.present, slots):
                    self._plan(group, slab, slots)
                for run in slab.runs:
                    self._update_run(group, slab, run)

    def _update_run(self, group: Group, slab: Slab, run: Run) -> None:
        """One step of parameters that have come equally far, block by block."""
        counters, rule, coefficients = self._advance(group, run.counters)
        run.advance_to(counters)
        cells = slab.cells(coefficients)
        decay, maximize = float(group.get("weight_decay", 0)), group.get("maximize", False)
        shrink = (
            1 - float(group["lr"]) * decay
            if decay and group.get("decoupled_weight_decay")
            else None
        )
        whole = None if slab.packed else slab.params[0].grad.data.reshape(-1)  # type: ignore[union-attr] # present
        for p, g, spare, rest in run.blocks:
            if whole is not None:
                g = whole[g]
            if maximize:
                g = np.negative(g, spare)
            if shrink is not None:
                np.multiply(p, shrink, p)
            elif decay:
                np.multiply(p, decay, rest[-1])
                g = np.add(g, rest[-1], spare)
            rule(p, g, *rest, *cells)

    def _plan(self, group: Group, slab: Slab, slots: tuple[str, ...]) -> None:
        """Divide a slab into runs, after starting the parameters that take their first step."""
        slab.settle()
        present = [i for i in range(len(slab.params)) if slab.present is None or slab.present[i]]
        for i in present:
            self._begin(group, slab, i, slots)
        slab.plan(present, slots)
        slab.planned_for = (slab.present, slots)

    def _begin(self, group: Group, slab: Slab, i: int, slots: tuple[str, ...]) -> None:
        """Give parameter i what it lacks: its counters, and its state arrays filled and shown."""
        start = dict(zip(self.scalars, self._start(group), strict=False))
        if slab.counters[i] is None:
            slab.counters[i] = self._start(group)
        for name in (*self.scalars, *slots):
            state = self.state[slab.params[i]]
            if name not in state:
                view = slab.shown(i, name)
                view.fill(start[name] if name in start else self._initial(group, name))
                state[name] = wrap(view)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients (they become None), or fill them with zeros."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    p.grad = None
                elif p.grad is not None:
                    p.grad.data.fill(0)

    def add_param_group(self, param_group: Group) -> None:
        """Optimize further parameters: ``{"params": …, option: value, …}``.

        Raises:
            TypeError: not a dict, its parameters are a set, or one of them is not a Tensor.
            ValueError: a parameter is not a leaf, or is in another group.
        """
        group = new_group(param_group, self.defaults, self.param_groups)
        self.param_groups.append(group)
        self._slabs.append(self._packed(group))

    def _packed(self, group: Group) -> list[Slab]:
        return pack(group["params"], dict.fromkeys(self.scalars, self.scalar_dtype))

    def state_dict(self) -> dict[str, Any]:
        """``{"state": {number: {name: tensor}}, "param_groups": [...]}``, as PyTorch structures it.

        The tensors are the live ones, views of flat memory: copy them to keep them.
        """
        number = numbered(self.param_groups)
        return {
            "state": {i: self.state[p] for p, i in number.items() if p in self.state},
            "param_groups": packed(self.param_groups),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a saved state; arrays are copied and take the dtype of their parameter.

        Raises:
            ValueError: it belongs to other groups or to parameters of other shapes.
        """
        groups, param_of = unpacked(state_dict["param_groups"], self.param_groups, self.defaults)
        self.param_groups = groups
        self._lay_out({param_of[i]: s for i, s in state_dict["state"].items() if i in param_of})

    def _lay_out(self, saved: dict[Tensor, dict[str, Any]]) -> None:
        """Make the slabs anew and fill them with a saved state."""
        self._slabs = [self._packed(group) for group in self.param_groups]
        self.state = defaultdict(dict)
        for slab in (slab for slabs in self._slabs for slab in slabs):
            for i, p in enumerate(slab.params):
                if saved.get(p):
                    self._restore(slab, i, saved[p])

    def _restore(self, slab: Slab, i: int, saved: dict[str, Any]) -> None:
        state = self.state[slab.params[i]]
        for name, value in saved.items():
            if value is None:
                continue
            view, value = slab.shown(i, name), np.asarray(value)
            if value.shape != view.shape:
                raise ValueError(
                    f"loaded state {name!r} has shape {value.shape}, its parameter {view.shape}"
                )
            view[...] = value
            state[name] = wrap(view)
        slab.counters[i] = self._restored(saved)

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "param_groups": self.param_groups, "state": self.state}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.defaults, self.param_groups = state["defaults"], state["param_groups"]
        self._lay_out(dict(state["state"]))

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            options = sorted(group.keys() - {"params"})
            lines += [""] * (i > 0)
            lines += [f"Parameter Group {i}", *(f"    {k}: {group[k]}" for k in options)]
        return "\n".join([*lines, ")"])
