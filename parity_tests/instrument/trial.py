"""One set of inputs through both sides: run, compare values and gradients, check side effects."""

from __future__ import annotations

import warnings
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from parity_tests.instrument import effects, oracles
from parity_tests.instrument.bad import builtin_type
from parity_tests.instrument.inputs import LAYOUTS
from parity_tests.instrument.judge import Comparison, ParityError, judge, obvious
from parity_tests.instrument.messages import call_text, snippet
from parity_tests.instrument.sides import (
    Forward,
    forward,
    lacks,
    lift_options,
    not_offered,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from parity_tests.instrument.case import Case
    from parity_tests.instrument.tiers import Tier

_T = TypeVar("_T")
#: Of a gradient whose tier asks for the oracle, a sparing run computes about one element, drawn anew.
_SAMPLED = 1.0


class Trial:
    """The inputs of one variant of a case, torch's answer to them, and the oracle's."""

    def __init__(
        self,
        case: Case,
        arrays: tuple[np.ndarray, ...],
        variant: str,
        *,
        reference: Any,
        dtype: str,
        device: str,
        rng: np.random.Generator,
        twice: bool = False,
        sparing: bool = False,
    ) -> None:
        self.case, self.arrays, self.variant = case, arrays, variant
        self.reference, self.dtype, self.device = reference, dtype, device
        self.rng, self.twice, self.sparing = rng, twice, sparing
        wrt = list(range(len(arrays) + twice) if case.wrt is None else case.wrt)
        if twice:
            wrt = sorted({max(i - 1, 0) for i in wrt})
        self.wrt = tuple(i for i in wrt if arrays[i].dtype.kind == "f")
        self.ready = False
        self.upstreams: list[np.ndarray] = []
        self.error: Exception | None = None

    def function(self, impl: Any, dtype: str, device: str = "cpu") -> Callable[..., Any]:
        """The operation of one side as a function of tensors."""
        self.lifted = options = lift_options(impl, self.case.options, dtype, device)

        def apply(*tensors: Any) -> Any:
            return self.case.apply(impl, self.repeat(tensors), options)

        return apply

    def repeat(self, tensors: tuple[Any, ...]) -> tuple[Any, ...]:
        """The first tensor as first and second argument, in the "twice" variant."""
        return (tensors[0], *tensors) if self.twice else tensors

    def prepare(self) -> None:
        """Torch's values and gradients, and the oracle's, once."""
        if self.ready:
            return
        self.ready = True
        function = self.function(self.reference, self.dtype, self.device)
        try:
            result = forward(self.reference, function, self.arrays, self.wrt, self.device)
            self.values, self.tracked = result.outputs, result.tracked
            self.aliases = result.aliases or []
            self.upstreams = [self._upstream(v) for v in self.values]
            self.grads = result.pullback(self.upstreams, False) if any(self.tracked) else []
        except Exception as error:
            if self.variant == "plain":
                raise
            self.error = error
            return
        self.oracles = oracles.of(self)

    def _upstream(self, value: np.ndarray) -> np.ndarray:
        """Random, non-uniform, without zeros."""
        if self.case.upstream_kind(self.dtype) == "dyadic":
            magnitude = self.rng.integers(1, 17, value.shape) / 8.0
        else:
            magnitude = self.rng.uniform(0.25, 2.0, value.shape)
        signed = magnitude * self.rng.choice([-1.0, 1.0], value.shape)
        return np.asarray(signed, dtype=value.dtype if value.dtype.kind == "f" else self.dtype)

    def hold(self, candidate: Any, layout: str) -> None:
        """Run the candidate on these inputs in a memory layout, and judge what it gives."""
        __tracebackhide__ = True
        change = LAYOUTS.get(layout, np.array)
        plain = self.variant == "plain" and not layout
        arrays = [change(a) for a in self.arrays]
        before = [a.copy() for a in arrays]
        where = self._where(layout)
        grads: list[np.ndarray | None] | None = []
        function = self.function(candidate, self.dtype)
        result = self._run(candidate, where, lambda: forward(candidate, function, arrays, self.wrt))
        if result is None:
            return
        if self.error is None:
            self._judge_values(candidate, result, where)
            self._no_alias(result, where)
        upstreams = self.upstreams
        if layout in ("transposed", "strided", "reversed"):
            upstreams = [change(u) for u in upstreams]
        if any(result.tracked) and upstreams:
            grads = self._run(candidate, where, lambda: result.pullback(upstreams, plain))
        if grads is None:
            return
        if self.error is not None:
            kind = builtin_type(self.error).__name__
            raise ParityError(
                f"{self._title(where)}\n  accepted; torch raises {kind}: {self.error}"
            )
        self._judge_gradients(candidate, grads, where)
        self._no_side_effects(before, arrays, grads, where)
        if plain:
            kept = [None if g is None else g.copy() for g in grads]
            self._only_the_result(result, kept, where)

    def _run(self, candidate: Any, where: str, function: Callable[[], _T]) -> _T | None:
        """What the candidate's code gives; None where it raises what torch raised."""
        __tracebackhide__ = True
        try:
            return function()
        except Exception as error:
            if lacks(candidate, error):
                not_offered(candidate, str(self.case))
            self._same_error(error, where)
            return None

    def _where(self, layout: str) -> str:
        variant = layout or self.variant
        return f"{self.case}" + ("" if variant == "plain" else f" [{variant}]")

    def _title(self, where: str) -> str:
        return f"{self.case.name} · {self.dtype} · {where}"

    def _same_error(self, error: Exception, where: str) -> None:
        """The candidate raised: torch must have raised the same type."""
        __tracebackhide__ = True
        title = self._title(where)
        if isinstance(error, RuntimeWarning):
            raise ParityError(f"{title}\n  leaks the NumPy warning {error}") from error
        if self.error is None:
            raise ParityError(f"{title}\n  raises {error!r}; torch does not") from error
        if builtin_type(self.error) is not builtin_type(error):
            raise ParityError(f"{title}\n  raises {error!r}; torch raises {self.error!r}")

    def _judge_values(self, candidate: Any, result: Forward, where: str) -> None:
        __tracebackhide__ = True
        outputs, title = result.outputs, self._title(where)
        if len(outputs) != len(self.values):
            raise ParityError(f"{title}\n  {len(outputs)} outputs; torch has {len(self.values)}")
        if result.tracked != self.tracked:
            raise ParityError(
                f"{title}\n  requires_grad of the outputs: candidate {result.tracked}, torch "
                f"{self.tracked}"
            )
        for i, (actual, expected) in enumerate(zip(outputs, self.values, strict=True)):
            direction = "forward" if len(outputs) == 1 else f"forward, output {i}"
            tier = self.case.tier_for(self.dtype)
            if not (self.sparing and obvious(actual, expected, tier)):
                c = self._comparison(candidate, direction, actual, expected, where)
                self._judge(c, tier, i)

    def _judge_gradients(self, candidate: Any, grads: list[np.ndarray | None], where: str) -> None:
        __tracebackhide__ = True
        for position, (actual, expected) in enumerate(zip(grads, self.grads, strict=True)):
            direction = f"gradient of input {self.wrt[position]}"
            if actual is None or expected is None:
                if actual is not expected:
                    given = "no gradient" if actual is None else "a gradient"
                    raise ParityError(f"{self._title(where)}\n  {direction}: {given}, unlike torch")
                continue
            tier = self.case.tier_for(self.dtype, gradient=True)
            if not (self.sparing and obvious(actual, expected, tier)):
                c = self._comparison(candidate, direction, actual, expected, where, position)
                self._judge(c, tier, position)

    def _judge(self, c: Comparison, tier: Tier, number: int) -> None:
        """Judge an output, or a gradient (with its `number`), with the truth that it needs."""
        __tracebackhide__ = True
        gradient = c.upstream is not None
        ask = self.oracles.gradient if gradient else self.oracles.value
        want = self.oracles.shown(c.expected) if gradient else np.ones(c.expected.shape, dtype=bool)
        if self.sparing and tier.proves:
            want = np.zeros_like(want)
        elif self.sparing and gradient:
            want = want & (self.rng.random(want.shape) < _SAMPLED / max(want.sum(), 1))
        with warnings.catch_warnings():  # those of a bound's formula are not the candidate's
            warnings.simplefilter("ignore")
            judge(oracles.informed(c, tier, partial(ask, number), want), tier)

    def _comparison(
        self,
        candidate: Any,
        direction: str,
        actual: np.ndarray,
        expected: np.ndarray,
        where: str,
        position: int | None = None,
    ) -> Comparison:
        """One array beside torch's; `position` is that of a gradient among `wrt`."""
        return Comparison(
            self.case.name,
            direction,
            self.dtype,
            actual,
            expected,
            device=self.device,
            inputs=self.repeat(self.arrays),
            options=self.case.options,
            upstream=None if position is None else self.upstreams[0],
            position=position or 0,
            where=where,
            paste=partial(self._code, candidate.__name__, position is not None),
        )

    def _code(self, module: str, gradient: bool, index: tuple[int, ...]) -> str:
        """Code to paste for the failing element alone where the case is elementwise, else for all."""
        arrays, upstream = list(self.arrays), self.upstreams[0] if gradient else None
        shape = self.values[0].shape
        if self.case.elementwise and all(a.shape == shape for a in arrays) and index:
            arrays = [a[index].reshape(1) for a in arrays]
            upstream = None if upstream is None else upstream[index].reshape(1)
        return snippet(module, call_text(self.case), arrays, self.wrt, upstream)

    def _no_side_effects(
        self,
        before: list[np.ndarray],
        after: list[np.ndarray],
        grads: list[np.ndarray | None],
        where: str,
    ) -> None:
        __tracebackhide__ = True
        title = self._title(where)
        if (i := effects.changed(before, after)) is not None:
            raise ParityError(f"{title}\n  input {i} was changed by the call")
        if (i := effects.shared(grads, after)) is not None:
            raise ParityError(
                f"{title}\n  the gradient of input {self.wrt[i]} shares memory with another "
                "gradient or an input"
            )

    def _no_alias(self, result: Forward, where: str) -> None:
        __tracebackhide__ = True
        if own := set(result.aliases or ()) - set(self.aliases):
            raise ParityError(
                f"{self._title(where)}\n  output {min(own)} shares memory with an input, unlike "
                "torch's: who writes to one changes the other"
            )

    def _only_the_result(self, result: Forward, grads: list[np.ndarray | None], where: str) -> None:
        """No option changed, and the same gradient a second time."""
        __tracebackhide__ = True
        title = self._title(where)
        if (name := effects.changed_option(self.case.options, self.lifted)) is not None:
            raise ParityError(f"{title}\n  the option {name} was changed by the call")
        if any(result.tracked) and self.upstreams:
            i = effects.again(result, self.upstreams, grads)
            if i is not None:
                raise ParityError(
                    f"{title}\n  the gradient of input {self.wrt[i]} is another one when backward "
                    "runs a second time (retain_graph=True): the first overwrote what it needs"
                )
