"""What a failure says: where, by how much, the bits of both sides, and an input to paste."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from parity_tests.instrument import again
from parity_tests.instrument.bits import hexadecimal, shortest, ulp

if TYPE_CHECKING:
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
    return "\n".join(lines) + ("" if c.paste else again.text())


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
