"""How an optimizer is made, with groups of options that may take turns; and as code to paste."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from parity_tests.instrument.written import element, literal, number, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Gradients = list[np.ndarray | None]
_LARGE = 48  # below, the failing element stands alone; above, the parameter is filled with it


def _brief(options: Mapping[str, Any]) -> str:
    return ", ".join(f"{k}={v!r}" for k, v in options.items())


@dataclass(frozen=True)
class Recipe:
    """An optimizer of either side over parameters that are divided among groups of options.

    turns: after so many steps each group takes over the options of the next, as schedulers change
    them; 0: never.
    """

    name: str
    groups: Sequence[Mapping[str, Any]]
    turns: int = 0

    def __str__(self) -> str:
        if len(self.groups) > 1:
            return f"{self.name} of {len(self.groups)} groups"
        return f"{self.name}({_brief(self.groups[0])})"

    def group_text(self, i: int, count: int, t: int) -> str:
        """The group of parameter i and its options at step t, where there are several."""
        k = self.group_of(i, count)
        return f", group {k} ({_brief(self.options(k, t))})" if len(self.groups) > 1 else ""

    def group_of(self, i: int, count: int) -> int:
        """The group of parameter i of `count`: equal parts, the first ones larger by one."""
        size, larger = divmod(count, len(self.groups))
        rest = i - larger * (size + 1)
        return i // (size + 1) if rest < 0 else larger + rest // size

    def options(self, k: int, t: int) -> Mapping[str, Any]:
        """The options of group k at step t = 1, 2, …"""
        turned = (t - 1) // self.turns if self.turns else 0
        return self.groups[(k + turned) % len(self.groups)]

    def build(self, impl: Any, parameters: list[Any], t: int = 1) -> Any:
        """The optimizer of one side, with the options of step t."""
        kind = getattr(impl, self.name)
        if len(self.groups) == 1:
            return kind(parameters, **self.options(0, t))
        count = range(len(parameters))
        of = [self.group_of(i, len(parameters)) for i in count]
        return kind(
            [
                {"params": [parameters[i] for i in count if of[i] == k], **self.options(k, t)}
                for k in range(len(self.groups))
            ]
        )

    def take_turns(self, optimizer: Any, t: int) -> None:
        """Give the groups of an optimizer the options of step t."""
        if self.turns:
            for k, group in enumerate(optimizer.param_groups):
                group.update(self.options(k, t))


@dataclass(frozen=True)
class Path:
    """One optimizer's way: what it starts from and which gradients it is given, to write as code.

    wrapped: parameters are made by Parameter; given: their gradients are set, not computed.
    """

    recipe: Recipe
    module: str
    start: list[np.ndarray]
    gradients: list[Gradients]
    first: int = 1
    saved: Mapping[str, Any] | None = None
    wrapped: bool = True
    given: bool = False

    def code_of_array(self, i: int, last: int, shown: str, index: tuple[int, ...] | None) -> str:
        """The same, of `shown` the element at the index; without one, its dtype and shape."""
        shape, large = self.start[i].shape, self.start[i].size > _LARGE
        if index is None:
            text = element(shown, None)
        else:
            text = (
                element(shown, index) if large and len(index) == len(shape) else f"{shown}.flat[0]"
            )
        return self.code(i, last, text, index)

    def code(self, i: int, last: int, shown: str, index: tuple[int, ...] | None = None) -> str:
        """Steps up to `last` of parameter i, for the element at an index alone.

        Rules are element-wise, so a parameter of that element shows the same; of a large one, which
        an implementation may treat otherwise, all elements are that one.
        """
        shape, dtype = self.start[i].shape, self.start[i].dtype
        if index is None or len(index) != len(shape):
            index = (0,) * len(shape)
        size = self.start[i].size
        kind = f"dtype={str(dtype)!r}"

        def filled(value: str, more: str = "") -> str:
            if size > _LARGE or not size:
                return f"impl.tensor(np.full({shape}, {value}, {kind}){more})"
            return f"impl.tensor(np.array([{value}], {kind}){more})"

        def element(a: np.ndarray | None) -> str:
            return "None" if a is None else number(a[index]) if size else "0.0"

        k = self.recipe.group_of(i, len(self.start))
        lines = ["import numpy as np", f"import {self.module} as impl"]
        start = element(self.start[i])
        wrapped = f"impl.Parameter({filled(start)})"
        lines.append(f"p = {wrapped if self.wrapped else filled(start, ', requires_grad=True')}")
        lines.append(f"optimizer = {self._made(k)}")
        if self.saved is not None:
            lines += self._loaded(self.saved["state"].get(i, {}), shape, index, filled)
        gradients = [element(row[i]) for row in self.gradients[self.first - 1 : last]]
        if self.recipe.turns:
            turns = [written(dict(self.recipe.options(k, t)), str(dtype)) for t in self._ts(last)]
            steps = ", ".join(f"({g}, {o})" for g, o in zip(gradients, turns, strict=True))
            lines += [f"for g, options in [{steps}]:"]
            lines += ["    optimizer.param_groups[0].update(options)"]
        else:
            lines += [f"for g in [{', '.join(gradients)}]:"]
        lines += ["    optimizer.zero_grad()"]
        g = filled("g")
        inject = f"p.grad = {g}" if self.given else f"(p * {g}).sum().backward()"
        none = "None" in gradients
        lines += ["    if g is not None:", f"        {inject}"] if none else [f"    {inject}"]
        lines += ["    optimizer.step()", f"print({shown})"]
        return "\n".join("    " + line for line in lines)

    def _ts(self, last: int) -> range:
        return range(self.first, last + 1)

    def _made(self, k: int) -> str:
        options = self.recipe.options(k, self.first)
        if len(self.recipe.groups) == 1:
            shown = "".join(f", {key}={written(v)}" for key, v in options.items())
            return f"impl.{self.recipe.name}([p]{shown})"
        shown = "".join(f", {key!r}: {written(v)}" for key, v in options.items())
        return f"impl.{self.recipe.name}([{{'params': [p]{shown}}}])"

    def _loaded(
        self, state: Mapping[str, Any], shape: tuple[int, ...], index: tuple[int, ...], filled: Any
    ) -> list[str]:
        """The state that the step starts from, of the element alone."""
        shown = []
        for key, value in state.items():
            if isinstance(value, np.ndarray) and value.ndim and value.shape == shape:
                text = filled(number(value[index]) if value.size else "0.0")
            elif isinstance(value, np.ndarray):
                text = f"impl.tensor({literal(value)})"
            else:
                text = written(value)
            shown.append(f"{key!r}: {text}")
        saved = f"{{0: {{{', '.join(shown)}}}}}" if shown else "{}"
        return [
            "groups = optimizer.state_dict()['param_groups']",
            f"optimizer.load_state_dict({{'state': {saved}, 'param_groups': groups}})",
        ]
