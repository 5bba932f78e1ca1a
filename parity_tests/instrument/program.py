"""A trial as a program to paste: it does with the candidate what the suite did, and prints the rest.

Tensors are made, used and read as this candidate's are (see `sides`); a library without tensors of
its own goes through its `vjp`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from parity_tests.instrument.sides import is_torch, reading, wrapper
from parity_tests.instrument.written import defined, imports, laid_out, literal, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from parity_tests.instrument.case import Case
    from parity_tests.instrument.sides import Forward


@dataclass(frozen=True)
class Program:
    """A case on these arrays; `result` is what the candidate gave, None where it gave nothing.

    wrt, upstreams and result are those of the run; `twice`: the first array is the first and the
    second argument; `layout`: how the arrays lie in memory.
    """

    candidate: Any
    case: Case
    arrays: Sequence[np.ndarray]
    wrt: tuple[int, ...]
    upstreams: Sequence[np.ndarray] = ()
    result: Forward | None = None
    twice: bool = False
    layout: str = ""

    def code(self, shown: str = "", backward: bool = False, again: bool = False) -> str:
        """The program; `shown` is printed at its end. `again`: backward once more, shown both times."""
        lines = ["import numpy as np", f"import {self.candidate.__name__} as impl"]
        for i, (name, array) in enumerate(zip(self._names, self.arrays, strict=True)):
            lines.append(f"{name} = {self._tensor(array, self.layout, i in self.wrt)}")
        *before, call = self._call().splitlines()
        lines += before
        if self._functional and self.wrt:
            names = ", ".join(self._names)
            lines.append(f"y, pullback = impl.vjp(lambda {names}: {call}, {self.wrt}, {names})")
        else:
            lines.append(f"y = {call}")
        printed = [f"print({shown})"] if shown else []
        if self._functional:
            lines += [f"pullback({self._upstream(0)})"] if backward and not shown else printed
            lines += printed if again else []
        elif backward:
            lines += self._backward(again) + printed
            if again:
                lines += [f"{self._names[i]}.grad = None" for i in self.wrt]
                lines += self._backward(False) + printed
        else:
            lines += printed
        lines[:0] = imports("\n".join(lines))
        return "\n".join("    " + line for line in lines)

    def input(self, i: int) -> str:
        """Array number i, read back from its tensor."""
        name = self._names[i]
        return f"np.asarray({name})" if self._functional else reading(self._input(i), name)

    def output(self, i: int) -> str:
        """Output number i as an array."""
        if self.result is None or self._functional:
            return "np.asarray(y)"
        path, leaf = self.result.leaves[i]
        return reading(leaf, f"y{path}")

    def gradient(self, position: int) -> str:
        """The gradient of an input, by its position in wrt, as an array; or None."""
        i = self.wrt[position]
        if self._functional:
            return f"np.asarray(pullback({self._upstream(0)})[{position}])"
        grad = getattr(self._input(i), "grad", None)
        name = f"{self._names[i]}.grad"
        return name if grad is None else reading(grad, name)

    @property
    def _functional(self) -> bool:
        return hasattr(self.candidate, "vjp")

    @property
    def _names(self) -> list[str]:
        """One per array, numbered as the arguments are."""
        return [f"x{i + (self.twice and i > 0)}" for i in range(len(self.arrays))]

    def _input(self, i: int) -> Any:
        return None if self.result is None or not self.result.tensors else self.result.tensors[i]

    def _tensor(self, array: np.ndarray, layout: str, requires_grad: bool = False) -> str:
        """Code that makes the array's tensor, in the layout if it has one."""
        text, track = literal(array), ", requires_grad=True" if requires_grad else ""
        if is_torch(self.candidate):
            layout = ""  # torch gets them contiguous
        if layout:
            text = laid_out(text, array, layout)
        if self._functional:
            return f"impl.lift({text})" if "lift" in vars(self.candidate) else text
        if layout:
            at = wrapper(self.candidate)[0]
            return f"impl.{at}({text}{track})" if at else f"impl.tensor(np.array({text}){track})"
        return f"impl.tensor({text}{track})"

    def _upstream(self, i: int) -> str:
        array, layout = self.upstreams[i], self.layout if self.layout != "broadcast" else ""
        if self._functional:
            return laid_out(literal(array), array, layout) if layout else literal(array)
        return self._tensor(array, layout)

    def _backward(self, keep: bool) -> list[str]:
        """As `sides.forward` pulls back: through one output after the other."""
        if self.result is None:
            return [f"y.backward({self._upstream(0)})"] if len(self.upstreams) == 1 else []
        tracked = [i for i, t in enumerate(self.result.tracked) if t]
        lines = []
        for i in tracked:
            more = ", retain_graph=True" if keep or i != tracked[-1] else ""
            lines.append(f"y{self.result.leaves[i][0]}.backward({self._upstream(i)}{more})")
        return lines

    def _call(self) -> str:
        """The call of the case as code: what it needs, then, in the last line, the expression."""
        case, names = self.case, self._names
        inputs = ", ".join([names[0], *names] if self.twice else names)
        dtype = next((str(a.dtype) for a in self.arrays if a.dtype.kind == "f"), "float32")
        make = "impl.tensor({})"
        if self._functional:
            make = "impl.lift({})" if "lift" in vars(self.candidate) else "{}"
        options = "".join(f", {k}={written(v, dtype, make)}" for k, v in case.options.items())
        if case.call is not None:
            return f"{_definition(case)}\ncall(impl, {inputs}{options})"
        if isinstance(getattr(self.candidate, case.name, None), type):
            return f"impl.{case.name}({options.removeprefix(', ')})({inputs})"
        if case.name.startswith("Tensor.__"):
            name = case.name.removeprefix("Tensor.")
            return f"import operator\noperator.{name}({inputs}{options})"
        return f"impl.{case.name}({inputs}{options})"


def _definition(case: Case) -> str:
    """Code that defines ``call``: its text; else where the case stands among the tests."""
    text = defined(case.call)
    if text is not None:
        return text
    for module in [m for name, m in sys.modules.items() if name.startswith("parity_tests.test_")]:
        for name, value in vars(module).items():
            for i, mark in enumerate(getattr(value, "pytestmark", ())):
                table = mark.args[0] if mark.name == "parity_cases" else ()
                at = next((j for j, other in enumerate(table) if other is case), None)
                if at is not None:
                    found = f"from {module.__name__} import {name} as test"
                    return f"{found}\ncall = test.pytestmark[{i}].args[0][{at}].call"
    return f"call = ...  # {case.call!r}: its text is not to be had"
