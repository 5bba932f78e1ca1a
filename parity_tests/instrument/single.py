"""One input at a time requires a gradient: what a user has who freezes a weight.

An operation may leave out the work for inputs that need no gradient; if it looks at the wrong one, a
suite that always asks for all of them sees nothing. Leaving out work is no reason for other numbers,
so this is the candidate against itself, to the bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from parity_tests.instrument.bits import same_bits
from parity_tests.instrument.judge import ParityError
from parity_tests.instrument.program import Program
from parity_tests.instrument.sides import forward
from parity_tests.instrument.written import element

if TYPE_CHECKING:
    from parity_tests.instrument.sides import Forward
    from parity_tests.instrument.trial import Trial


def hold_one_by_one(trial: Trial, candidate: Any) -> None:
    """Differentiate for every input alone; raises ParityError where the result is another."""
    if len(trial.wrt) < 2 or not any(trial.tracked):
        return
    _, together = _gradients(trial, candidate, trial.wrt)
    for i, expected in zip(trial.wrt, together, strict=True):
        result, (actual,) = _gradients(trial, candidate, (i,))
        says, index = _difference(actual, expected)
        if says:
            told = candidate, trial.case, trial.arrays, (i,), trial.upstreams, result
            program = Program(*told)
            shown = program.gradient(0)
            if actual is not None:
                shown = element(shown, index)
            title = f"{trial.case.name} · gradient of input {i} · {trial.dtype} · {trial.case}"
            raise ParityError(
                f"{title}\n  when only this input requires a gradient, it {says}\n  paste:\n"
                + program.code(shown, backward=any(result.tracked)),
                direction=f"gradient of input {i}",
            )


def _difference(
    actual: np.ndarray | None, expected: np.ndarray | None
) -> tuple[str, tuple[int, ...] | None]:
    """What another gradient is, and at which index; empty where it is the same."""
    if actual is None or expected is None:
        return "" if actual is expected else "gets none" if actual is None else "gets one", None
    if actual.shape != expected.shape or actual.dtype != expected.dtype:
        wanted = f"{expected.shape} and {expected.dtype}"
        return f"has shape {actual.shape} and dtype {actual.dtype}, not {wanted}", None
    wrong = np.argwhere(~same_bits(actual, expected))
    if not wrong.size:
        return "", None
    at = tuple(int(k) for k in wrong[0])
    return f"is {actual[at]!r} at {at}, not {expected[at]!r}", at


def _gradients(
    trial: Trial, candidate: Any, wrt: tuple[int, ...]
) -> tuple[Forward, list[np.ndarray | None]]:
    arrays = [a.copy() for a in trial.arrays]
    result = forward(candidate, trial.function(candidate, trial.dtype), arrays, wrt)
    if not any(result.tracked):
        return result, [None] * len(wrt)
    return result, result.pullback(trial.upstreams, False)
