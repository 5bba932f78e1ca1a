"""What a failure says: where, by how much, the bits of both sides, and an input to paste."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from parity_tests.instrument.bits import hexadecimal, shortest, ulp
from parity_tests.instrument.written import defined, imports, literal, written

if TYPE_CHECKING:
    from parity_tests.instrument.case import Case
    from parity_tests.instrument.judge import Comparison
    from parity_tests.instrument.report import Record
    from parity_tests.instrument.tiers import Tier


def disagreement(
    c: Comparison,
    tier: Tier,
    record: Record,
    index: tuple[int, ...],
    bad: np.ndarray,
    error: np.ndarray,
    allowed: np.ndarray,
) -> str:
    """The whole message for one array that the tier refuses."""
    mine, theirs = c.actual[index], c.expected[index]
    lines = [c.title, f"  {int(bad.sum())} of {bad.size} elements differ; at index {index}:"]
    lines.append(f"    candidate  {shortest(mine):<26} {hexadecimal(mine)}")
    lines.append(f"    torch      {shortest(theirs):<26} {hexadecimal(theirs)}")
    if c.actual.dtype.kind == "f":
        truth, unit = c.truth.high[index], ulp(c.truth.high[index], c.dtype)
        name = "oracle" if c.known[index] else "no oracle"
        lines.append(f"    {name:<10} {shortest(truth)}")
        with np.errstate(all="ignore"):
            off = c.truth.error(c.actual)[index] / unit
            torch_off = c.truth.error(c.expected)[index] / unit
        lines.append(f"    distance   {off:.4g} ulp (torch: {torch_off:.4g} ulp)")
    if tier.exact:
        zeros = bool(((c.actual == c.expected) | ~bad).all())
        only = "; only the sign of zeros differs" if zeros else ""
        lines.append(f"  tier       exact: every bit as torch's{only}")
    else:
        a, e = float(allowed[index]), float(error[index])
        times = f", {e / a:.3g} × as much" if a > 0 and np.isfinite(e) else ""
        lines.append(f"  tier       {tier!r} allows {a:.3g}, observed {e:.3g}{times}")
    if c.inputs:
        lines.append(f"  inputs     {inputs_at(c, index)}")
    if c.paste is not None:
        lines.append("  paste:")
        lines.append(c.paste(index))
    return "\n".join(lines)


def inputs_at(c: Comparison, index: tuple[int, ...]) -> str:
    """The inputs' values at an index where they have the result's shape, else the index."""
    shown = []
    of_step = c.direction.startswith("step: ")
    for i, array in enumerate(c.inputs):
        if array.shape == c.actual.shape:
            name = "gradient" if of_step else f"x{i}"
            shown.append(f"{name}={shortest(array[index])} ({hexadecimal(array[index])})")
    if c.upstream is not None and c.upstream.shape == c.actual.shape:
        shown.append(f"upstream={shortest(c.upstream[index])}")
    return ", ".join(shown) or f"index {index}"


def snippet(
    module: str, call: str, arrays: list[np.ndarray], wrt: tuple[int, ...], upstream: Any
) -> str:
    """Code to paste: the inputs, the call (from `call_text`) and, for a gradient, its backward pass."""
    names = [f"x{i}" for i in range(len(arrays))]
    lines = ["import numpy as np", f"import {module} as impl"]
    for i, (name, array) in enumerate(zip(names, arrays, strict=True)):
        grad = ", requires_grad=True" if i in wrt and upstream is not None else ""
        lines.append(f"{name} = impl.tensor({literal(array)}{grad})")
    dtype = next((str(a.dtype) for a in arrays if a.dtype.kind == "f"), "float32")
    text = call.replace(_INPUTS, ", ".join(names)).replace(_DTYPE, dtype)
    *before, last = text.splitlines()
    first = "[0]" if upstream is not None and _PAIR.match(last) else ""  # (values, indices)
    lines += [*before, f"y = {last}{first}"]
    if upstream is None:
        lines.append("print(y)")
    else:
        lines.append(f"y.backward(impl.tensor({literal(upstream)}))")
        lines.append(f"print({', '.join(f'{names[i]}.grad' for i in wrt)})")
    lines[:0] = imports("\n".join(lines))
    return "\n".join("    " + line for line in lines)


#: What `call_text` writes where `snippet` puts the inputs' names, and their dtype.
_INPUTS, _DTYPE = "<inputs>", "<dtype>"
_PAIR = re.compile(r"impl\.Tensor\.(max|min)\(.*\bdim=")


def call_text(case: Case) -> str:
    """The call of a case as code: what it needs, then, in the last line, the expression."""
    options = "".join(f", {k}={written(v, _DTYPE)}" for k, v in case.options.items())
    if case.call is not None:
        return f"{_definition(case)}\ncall(impl, {_INPUTS}{options})"
    if case.name[0].isupper() and not case.name.startswith("Tensor."):
        return f"impl.{case.name}({options.removeprefix(', ')})({_INPUTS})"
    if case.name.startswith("Tensor.__"):
        return f"import operator\noperator.{case.name.removeprefix('Tensor.')}({_INPUTS}{options})"
    return f"impl.{case.name}({_INPUTS}{options})"


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
