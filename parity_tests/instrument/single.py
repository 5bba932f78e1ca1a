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
from parity_tests.instrument.sides import forward

if TYPE_CHECKING:
    from parity_tests.instrument.trial import Trial


def hold_one_by_one(trial: Trial, candidate: Any) -> None:
    """Differentiate for every input alone; raises ParityError where the result is another."""
    if len(trial.wrt) < 2 or not any(trial.tracked):
        return
    together = _gradients(trial, candidate, trial.wrt)
    for i, expected in zip(trial.wrt, together, strict=True):
        actual = _gradients(trial, candidate, (i,))[0]
        title = f"{trial.case.name} · gradient of input {i} · {trial.dtype} · {trial.case}"
        said = f"{title}\n  when only this input requires a gradient, it "
        if (actual is None) != (expected is None):
            raise ParityError(said + ("gets none" if actual is None else "gets one"))
        if actual is None or expected is None:
            continue
        if actual.shape != expected.shape or actual.dtype != expected.dtype:
            raise ParityError(
                f"{said}has shape {actual.shape} and dtype {actual.dtype}, not {expected.shape} "
                f"and {expected.dtype}"
            )
        wrong = np.argwhere(~same_bits(actual, expected))
        if wrong.size:
            at = tuple(int(k) for k in wrong[0])
            raise ParityError(f"{said}is {actual[at]!r} at {at}, not {expected[at]!r}")


def _gradients(trial: Trial, candidate: Any, wrt: tuple[int, ...]) -> list[np.ndarray | None]:
    arrays = [a.copy() for a in trial.arrays]
    result = forward(candidate, trial.function(candidate, trial.dtype), arrays, wrt)
    if not any(result.tracked):
        return [None] * len(wrt)
    return result.pullback(trial.upstreams, False)
