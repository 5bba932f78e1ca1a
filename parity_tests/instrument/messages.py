"""What a failure says: where, by how much, the bits of both sides, and an input to paste."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from parity_tests.instrument.bits import hexadecimal, shortest, ulp

if TYPE_CHECKING:
    from parity_tests.instrument.case import Case
    from parity_tests.instrument.judge import Comparison
    from parity_tests.instrument.report import Record
    from parity_tests.instrument.tiers import Tier

_SHOWN = 48


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
    for i, array in enumerate(c.inputs):
        if array.shape == c.actual.shape:
            shown.append(f"x{i}={shortest(array[index])} ({hexadecimal(array[index])})")
    if c.upstream is not None and c.upstream.shape == c.actual.shape:
        shown.append(f"upstream={shortest(c.upstream[index])}")
    return ", ".join(shown) or f"index {index}"


def literal(array: np.ndarray) -> str:
    """An array as code that makes the same bits."""
    if array.size > _SHOWN:
        return f"...  # {array.dtype} {array.shape}: run the case's seed to make it"
    data = _nested(array)
    return f"np.array({data}, dtype={str(array.dtype)!r})"


def _nested(array: np.ndarray) -> str:
    """The elements as nested lists, each number in its shortest form."""
    if array.ndim:
        return "[" + ", ".join(_nested(row) for row in array) + "]"
    text = shortest(array)
    sign, word = text[: text.startswith("-")], text.lstrip("-")
    return f"{sign}np.{word}" if word in ("inf", "nan") else text


def snippet(
    module: str, call: str, arrays: list[np.ndarray], wrt: tuple[int, ...], upstream: Any
) -> str:
    """Code to paste: the inputs, the call and, for a gradient, the backward pass."""
    names = [f"x{i}" for i in range(len(arrays))]
    lines = ["import numpy as np", f"import {module} as impl"]
    for i, (name, array) in enumerate(zip(names, arrays, strict=True)):
        grad = ", requires_grad=True" if i in wrt and upstream is not None else ""
        lines.append(f"{name} = impl.tensor({literal(array)}{grad})")
    lines.append(f"y = {call.format(', '.join(names))}")
    if upstream is None:
        lines.append("print(y)")
    else:
        lines.append(f"y.backward(impl.tensor({literal(upstream)}))")
        lines.append(f"print({', '.join(f'{names[i]}.grad' for i in wrt)})")
    return "\n".join("    " + line for line in lines)


def call_text(case: Case) -> str:
    """The call of a case as code, with {} where the inputs' names go."""
    if case.call is not None:
        try:
            source = inspect.getsource(case.call)
        except OSError:
            source = repr(case.call)
        return "case.call(impl, {})  # " + " ".join(source.split()).replace("{", "(")
    options = ", ".join(f"{k}={v!r}" for k, v in case.options.items())
    options = options.replace("{", "{{").replace("}", "}}")
    if case.name[0].isupper() and not case.name.startswith("Tensor."):
        return f"impl.{case.name}({options})({{}})"
    return f"impl.{case.name}({{}}{', ' * bool(options)}{options})"
