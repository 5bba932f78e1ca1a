"""What one side gives for a trial: run, compare values and gradients, check side effects."""

from __future__ import annotations

import warnings
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from parity_tests.instrument import effects, oracles
from parity_tests.instrument.asking import missing
from parity_tests.instrument.bad import builtin_type, same_refusal
from parity_tests.instrument.bits import same_bits
from parity_tests.instrument.inputs import LAYOUTS
from parity_tests.instrument.judge import Comparison, ParityError, judge, obvious
from parity_tests.instrument.lacking import Partial, not_offered
from parity_tests.instrument.program import Program
from parity_tests.instrument.sides import Forward, forward
from parity_tests.instrument.tiers import EXACT_VALUE
from parity_tests.instrument.written import element

if TYPE_CHECKING:
    from collections.abc import Callable

    from parity_tests.instrument.tiers import Tier
    from parity_tests.instrument.trial import Trial

_T = TypeVar("_T")
Index = tuple[int, ...]
#: How often a sparing run looks at an oracle that the verdict does not need: at one element of one
#: array in eight. What is left out under one seed is looked at under another.
_SAMPLED = 1 / 8


class LeakError(ParityError):
    """A NumPy warning got out; the numbers behind it are judged once more without it."""


class Held:
    """The candidate on a trial's inputs in one memory layout, beside what torch gave."""

    def __init__(self, trial: Trial, candidate: Any, layout: str) -> None:
        self.trial, self.candidate, self.layout = trial, candidate, layout
        self.change: Callable[[np.ndarray], np.ndarray] = LAYOUTS.get(layout, np.array)
        self.arrays = [self.change(a) for a in trial.arrays]
        self.result: Forward | None = None
        variant = layout or trial.variant
        self.where = f"{trial.case}" + ("" if variant == "plain" else f" [{variant}]")
        self.title = f"{trial.case.name} · {trial.dtype} · {self.where}"
        self.of_zeros: ParityError | None = None

    def hold(self) -> None:
        """Run the candidate, and judge what it gives; the sign of a zero last."""
        __tracebackhide__ = True
        self._hold()
        if self.of_zeros is not None:
            raise self.of_zeros

    def _hold(self) -> None:
        __tracebackhide__ = True
        trial, plain = self.trial, self.trial.variant == "plain" and not self.layout
        before = [a.copy() for a in self.arrays]
        grads: list[np.ndarray | None] | None = []
        function = trial.function(self.candidate, trial.dtype)
        sides = self.candidate, function, self.arrays, trial.wrt
        self.result = result = self._run(lambda: forward(*sides))
        if result is None:
            return
        if trial.error is None:
            self._judge_values(result)
            effects.no_alias(self, result)
        upstreams = trial.upstreams
        if self.layout in ("transposed", "strided", "reversed"):
            upstreams = [self.change(u) for u in upstreams]
        if any(result.tracked) and upstreams:
            grads = self._run(lambda: result.pullback(upstreams, plain))
        if grads is None:
            return
        if trial.error is not None:
            kind = builtin_type(trial.error).__name__
            self.refuse(f"accepted; torch raises {kind}: {trial.error}", "y")
        self._judge_gradients(grads)
        effects.leaves_alone(self, before, grads)
        if plain:
            effects.can_run_again(self, result, [None if g is None else g.copy() for g in grads])

    def _run(self, function: Callable[[], _T]) -> _T | None:
        """What the candidate's code gives; None where it raises what torch raised."""
        __tracebackhide__ = True
        try:
            return function()
        except Exception as error:
            if missing(self.candidate, error, self.trial.case):
                not_offered(self.candidate, str(self.trial.case))
            self._same_error(error)
            return None

    def refuse(self, says: str, shown: str = "", backward: bool = False, **more: Any) -> None:
        """A disagreement that is not one of numbers; the program prints `shown`."""
        __tracebackhide__ = True
        code = self.program().code(shown, backward, **more)
        direction = "gradient" if backward else "forward"
        raise ParityError(f"{self.title}\n  {says}\n  paste:\n{code}", direction=direction)

    def _same_error(self, error: Exception) -> None:
        """The candidate raised: torch must have raised the same type."""
        __tracebackhide__ = True
        theirs, backward = self.trial.error, self.result is not None
        try:
            if isinstance(error, RuntimeWarning):
                self._leaks(error, backward)
            if theirs is None:
                self.refuse(f"raises {error!r}; torch does not", backward=backward)
            elif not same_refusal(self.candidate, error, builtin_type(theirs)):
                self.refuse(f"raises {error!r}; torch raises {theirs!r}", backward=backward)
        except ParityError as refused:
            raise refused from error

    def _leaks(self, warning: RuntimeWarning, backward: bool) -> None:
        __tracebackhide__ = True
        try:
            own = isinstance(self.candidate, Partial)
            opt_out = "; LEAKS_WARNINGS = True in the module lets it" if own else ""
            self.refuse(f"leaks the NumPy warning {warning}{opt_out}", backward=backward)
        except ParityError as refused:
            raise LeakError(str(refused), direction=refused.direction) from warning

    def _judge_values(self, result: Forward) -> None:
        __tracebackhide__ = True
        trial, outputs = self.trial, result.outputs
        if len(outputs) != len(trial.values):
            self.refuse(f"{len(outputs)} outputs; torch has {len(trial.values)}", "y")
        if result.tracked != trial.tracked:
            self.refuse(
                f"requires_grad of the outputs: candidate {result.tracked}, torch {trial.tracked}",
                "y",
            )
        tier = trial.case.tier_for(trial.dtype)
        for i, (actual, expected) in enumerate(zip(outputs, trial.values, strict=True)):
            direction = "forward" if len(outputs) == 1 else f"forward, output {i}"
            sample = not trial.sparing or trial.rng.random() < _SAMPLED
            if not self._clear(actual, expected, tier, sample):
                self._judge(self._comparison(direction, actual, expected, i), tier, i, sample)

    def _judge_gradients(self, grads: list[np.ndarray | None]) -> None:
        __tracebackhide__ = True
        trial = self.trial
        tier = trial.case.tier_for(trial.dtype, gradient=True)
        if tier.exact and isinstance(self.candidate, Partial):
            tier = EXACT_VALUE  # g * (x > 0) is as right as torch's: which zero it is, nobody sees
        for position, (actual, expected) in enumerate(zip(grads, trial.grads, strict=True)):
            direction = f"gradient of input {trial.argument(position)}"
            if actual is None or expected is None:
                if actual is not expected:
                    given = "no gradient" if actual is None else "a gradient"
                    shown = self.program().gradient(position)
                    self.refuse(f"{direction}: {given}, unlike torch", shown, True)
                continue
            sample = not trial.sparing or trial.rng.random() < _SAMPLED
            if not self._clear(actual, expected, tier, sample):
                c = self._comparison(direction, actual, expected, position, gradient=True)
                self._judge(c, tier, position, sample)

    def _clear(self, actual: np.ndarray, expected: np.ndarray, tier: Tier, sample: bool) -> bool:
        """Whether a sparing run need not judge: no oracle can refuse, or torch's bits, unsampled."""
        if not self.trial.sparing:
            return False
        same = actual.dtype == expected.dtype and actual.shape == expected.shape
        unsampled = not sample and same and bool(same_bits(actual, expected).all())
        return unsampled or obvious(actual, expected, tier)

    def _judge(self, c: Comparison, tier: Tier, number: int, sample: bool) -> None:
        """Judge an output, or a gradient (with its `number`), with the truth that it needs."""
        __tracebackhide__ = True
        trial, gradient = self.trial, c.upstream is not None
        ask = trial.oracles.gradient if gradient else trial.oracles.value
        want = np.ones(c.expected.shape, dtype=bool)
        if gradient:
            want = trial.oracles.shown(c.expected)
        if trial.sparing and (tier.proves or not sample):
            want = np.zeros_like(want)
        elif trial.sparing:
            want = one_of(want, trial.rng)
        with warnings.catch_warnings():  # those of a bound's formula are not the candidate's
            warnings.simplefilter("ignore")
            try:
                judge(oracles.informed(c, tier, partial(ask, number), want), tier)
            except ParityError as error:
                if not error.of_zeros:
                    raise
                self.of_zeros = self.of_zeros or error

    def _comparison(
        self,
        direction: str,
        actual: np.ndarray,
        expected: np.ndarray,
        number: int,
        gradient: bool = False,
    ) -> Comparison:
        """One array beside torch's: an output, or a gradient, by its number."""
        trial = self.trial
        return Comparison(
            trial.case.name,
            direction,
            trial.dtype,
            actual,
            expected,
            device=trial.device,
            inputs=trial.repeat(trial.arrays),
            options=trial.case.options,
            upstream=trial.upstreams[0] if gradient else None,
            position=number if gradient else 0,
            twice=trial.twice,
            where=self.where,
            paste=partial(self._code, number, gradient, actual),
        )

    def program(self, arrays: Any = None, upstreams: Any = None) -> Program:
        """What the candidate was asked to do, as code; on these arrays instead of all."""
        trial = self.trial
        return Program(
            self.candidate,
            trial.case,
            trial.arrays if arrays is None else arrays,
            trial.wrt,
            trial.upstreams if upstreams is None else upstreams,
            self.result,
            trial.twice,
            self.layout if arrays is None else "",
        )

    def _code(self, number: int, gradient: bool, actual: np.ndarray, index: Index | None) -> str:
        """Code that prints the failing element; for it alone where that shows the same."""
        alone = None if index is None else self._alone(number, gradient, actual[index], index)
        program = self.program() if alone is None else self.program(*alone)
        shown = program.gradient(number) if gradient else program.output(number)
        return program.code(element(shown, index if alone is None else (0,)), backward=gradient)

    def _alone(
        self, number: int, gradient: bool, seen: Any, index: Index
    ) -> tuple[list[np.ndarray], list[np.ndarray]] | None:
        """The inputs and the upstream at an index, if the candidate gives for these what was seen."""
        trial = self.trial
        shape = trial.values[0].shape
        every = [*trial.arrays, *trial.upstreams]
        if not (trial.case.elementwise and index and all(a.shape == shape for a in every)):
            return None
        arrays = [a[index].reshape(1) for a in trial.arrays]
        upstreams = [u[index].reshape(1) for u in trial.upstreams]
        try:
            function = trial.function(self.candidate, trial.dtype)
            result = forward(self.candidate, function, [a.copy() for a in arrays], trial.wrt)
            found = (result.pullback(upstreams, False) if gradient else result.outputs)[number]
        except Exception:
            return None
        seen = np.asarray(seen).reshape(1)
        if found is None or found.dtype != seen.dtype or found.shape != seen.shape:
            return None
        return (arrays, upstreams) if same_bits(found, seen).all() else None


def one_of(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One of the places where the mask is true; none if there is none."""
    places, one = np.flatnonzero(mask), np.zeros(mask.size, dtype=bool)
    if places.size:
        one[rng.choice(places)] = True
    return one.reshape(mask.shape)
