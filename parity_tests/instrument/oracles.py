"""The truth: torch_ref in float64 for float32, mpmath in 60 digits and more for float64.

Gradients there are central differences of upstream·f, two evaluations per element, or four where
60 digits are too few (see `differences`). So the truth is computed where it is asked for: `informed`
asks for what the report shows, and for every element whose verdict depends on it.
"""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np

from parity_tests.instrument import differences
from parity_tests.instrument import high_precision as m
from parity_tests.instrument import tolerances as table
from parity_tests.instrument.high_precision import Oracle
from parity_tests.instrument.inputs import to_dtype
from parity_tests.instrument.judge import verdict
from parity_tests.instrument.sides import forward

if TYPE_CHECKING:
    from collections.abc import Callable

    from parity_tests.instrument.judge import Comparison
    from parity_tests.instrument.tiers import Tier
    from parity_tests.instrument.trial import Trial

#: The report shows the error of so many elements of a bigger array's gradient, spread over it.
_SHOWN = 24

Ask = "Callable[[np.ndarray], Oracle | None]"


def informed(c: Comparison, tier: Tier, ask: Any, want: np.ndarray) -> Comparison:
    """The comparison with as much of the truth as its verdict needs.

    ask(mask) gives the oracle, NaN where it was not asked for. First asked for: what is wanted
    anyway, and where the tier cannot do without. A comparison that is refused still is asked for in
    full: torch's largest error, which excuses others in some tiers, may be elsewhere.
    """
    if c.actual.dtype != c.expected.dtype or c.actual.shape != c.expected.shape:
        return c
    if c.actual.dtype.kind != "f" or c.actual.size == 0:
        return c
    if tier.exact:
        first = np.zeros(c.actual.shape, dtype=bool)
    else:
        with np.errstate(all="ignore"):
            first = want | ~tier.settled(c)
        c = dataclasses.replace(c, oracle=ask(first))
    if first.all() or not verdict(c, tier).bad.any():
        return c
    return dataclasses.replace(c, oracle=ask(np.ones_like(first)))


class Oracles:
    """The truth about one trial. This one knows nothing: torch has to stand in."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial

    def value(self, output: int, where: np.ndarray) -> Oracle | None:
        """An output's values, NaN where they are not defined, and where they were not asked for."""
        return None

    def gradient(self, position: int, where: np.ndarray) -> Oracle | None:
        """The gradient of an input (`position` in wrt), likewise."""
        return None

    def shown(self, array: np.ndarray) -> np.ndarray:
        """Which elements of a gradient the report shows."""
        return np.ones(array.shape, dtype=bool)


class Float64(Oracles):
    """torch_ref on the same numbers in float64, on the CPU; all of it at once."""

    @cached_property
    def _results(self) -> tuple[list[Oracle], list[Oracle]]:
        trial = self.trial
        arrays = [to_dtype(a, "float64") for a in trial.arrays]
        function = trial.function(trial.reference, "float64")
        result = forward(trial.reference, function, arrays, trial.wrt)
        values = [_exactly(v) for v in result.outputs]
        if not any(trial.tracked):
            return values, []
        grads = result.pullback([u.astype(np.float64) for u in trial.upstreams], False)
        return values, [_exactly(np.zeros(()) if g is None else g) for g in grads]

    def value(self, output: int, where: np.ndarray) -> Oracle | None:
        return self._results[0][output] if where.any() else None

    def gradient(self, position: int, where: np.ndarray) -> Oracle | None:
        return self._results[1][position] if where.any() else None


class Elementwise(Oracles):
    """The case's formula element by element, each in the digits that it needs."""

    def __init__(self, trial: Trial) -> None:
        super().__init__(trial)
        self.shape, size = trial.values[0].shape, trial.values[0].size
        self.formula, self.flat = _formula(trial), [a.reshape(-1) for a in trial.arrays]
        self.high = np.full((1 + len(trial.wrt), size), np.nan)
        self.low, self.done = np.zeros_like(self.high), np.zeros(self.high.shape, dtype=bool)
        self.points: dict[int, differences.Point] = {}

    def value(self, output: int, where: np.ndarray) -> Oracle | None:
        return self._row(0, where)

    def gradient(self, position: int, where: np.ndarray) -> Oracle | None:
        return self._row(1 + position, where)

    def _row(self, row: int, where: np.ndarray) -> Oracle:
        for i in np.flatnonzero(where.reshape(-1) & ~self.done[row]):
            with m.precision():
                one = m.split(self._at(int(i), row))
            self.high[row, i], self.low[row, i] = one.high[()], one.low[()]
            self.done[row, i] = True
        oracle = Oracle(self.high[row].reshape(self.shape), self.low[row].reshape(self.shape))
        if row == 0:
            _sane(self.trial, oracle, self.trial.values[0])
        return oracle

    def _at(self, i: int, row: int) -> Any:
        """The value, or upstream × a partial derivative, at one point."""
        if i not in self.points:
            self.points[i] = differences.Point(self.formula, [float(a[i]) for a in self.flat])
        if row == 0:
            return self.points[i].value
        upstream = float(self.trial.upstreams[0].reshape(-1)[i])
        return upstream * self.points[i].partial(self.trial.wrt[row - 1])


class Whole(Oracles):
    """The case's formula on whole arrays; gradients by moving one input element at a time."""

    def __init__(self, trial: Trial) -> None:
        super().__init__(trial)
        self.formula = _formula(trial)
        self.grads: dict[int, tuple[Oracle, np.ndarray]] = {}
        self.known: dict[int, Any] = {}  # the loss here, by the digits in which it was evaluated

    @cached_property
    def _inputs(self) -> list[np.ndarray]:
        return [m.to_mpf(a) for a in self.trial.arrays]

    @cached_property
    def _numbers(self) -> list[float]:
        floats = [a for a in self.trial.arrays if a.dtype.kind == "f"]
        return [float(v) for a in floats for v in a.reshape(-1)]

    @cached_property
    def _values(self) -> list[Oracle] | None:
        digits, size = differences.digits(self._numbers), differences.size(*self._numbers)
        with m.precision(digits):
            outputs = differences.attempt(lambda: self._outputs(self._inputs))
            if not isinstance(outputs, list):
                return None
        if not all(differences.enough(v, size, digits) for o in outputs for v in o.flat):
            with m.precision(differences.more(size)):
                outputs = self._outputs(self._inputs)
        with m.precision():
            oracles = [m.split(o) for o in outputs]
        for oracle, value in zip(oracles, self.trial.values, strict=True):
            _sane(self.trial, oracle, value)
        return oracles

    def value(self, output: int, where: np.ndarray) -> Oracle | None:
        return None if not where.any() or self._values is None else self._values[output]

    def gradient(self, position: int, where: np.ndarray) -> Oracle | None:
        if not where.any() or self._values is None:
            return None
        x = self._inputs[self.trial.wrt[position]]
        if position not in self.grads:
            unknown = Oracle(np.full(x.shape, np.nan), np.zeros(x.shape))
            self.grads[position] = unknown, np.zeros(x.shape, dtype=bool)
        oracle, done = self.grads[position]
        for index in map(tuple, np.argwhere(where & ~done)):
            with m.precision():
                one = m.split(self._slope(self.trial.wrt[position], index))
            oracle.high[index], oracle.low[index] = one.high[()], one.low[()]
        done |= where
        return oracle

    def shown(self, array: np.ndarray) -> np.ndarray:
        """Of a bigger array only some elements, spread over it."""
        stride = max(1, -(-array.size // _SHOWN))
        return (np.arange(array.size) % stride == 0).reshape(array.shape)

    def _here(self) -> Any:
        digits = mpmath.mp.dps
        if digits not in self.known:
            self.known[digits] = self._loss(self._inputs)
        return self.known[digits]

    @cached_property
    def _errors(self) -> Any:
        """The size of what is added up: the inputs, and each output's share in the loss."""
        assert self._values is not None
        shares = [
            abs(float(v) * float(u))
            for o, w in zip(self._values, self.trial.upstreams, strict=True)
            for v, u in zip(o.high.flat, w.flat, strict=True)
        ]
        return differences.size(*self._numbers, *shares) * (1 + len(shares))

    def _slope(self, i: int, index: tuple[int, ...]) -> Any:
        """∂loss/∂inputs[i][index]; NaN where it is not defined."""

        def moved(step: Any) -> Any:
            changed = self._inputs[i].copy()
            changed[index] += step
            return self._loss([*self._inputs[:i], changed, *self._inputs[i + 1 :]])

        x, digits = self._inputs[i][index], differences.digits(self._numbers)
        return differences.derivative(moved, self._here, x, self._errors, digits)

    def _loss(self, arrays: list[np.ndarray]) -> Any:
        """Σ upstream · output over the tracked outputs."""
        trial = self.trial
        pairs = zip(self._outputs(arrays), self._weights, trial.tracked, strict=True)
        return sum((np.sum(o * w) for o, w, tracked in pairs if tracked), mpmath.mpf(0))

    @cached_property
    def _weights(self) -> list[np.ndarray]:
        return [m.to_mpf(u) for u in self.trial.upstreams]

    def _outputs(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        """The formula's results as object arrays of the outputs' shapes."""
        result = self.formula(*arrays)
        results = result if isinstance(result, (tuple, list)) else [result]
        outputs = [np.asarray(r, dtype=object) for r in results]
        for a, v in zip(outputs, self.trial.values, strict=True):
            if a.shape != v.shape:
                raise AssertionError(
                    f"{self.trial.case}: the oracle has shape {a.shape}, torch's value {v.shape}"
                )
        return outputs


def of(trial: Trial) -> Oracles:
    """What there is to know about a trial that torch has answered."""
    if trial.dtype == "float32":
        return Float64(trial)
    if trial.case.oracle is None:
        return Oracles(trial)
    shapes = [v.shape for v in trial.values]
    same = len(shapes) == 1 and all(a.shape == shapes[0] for a in trial.arrays)
    return Elementwise(trial) if trial.case.elementwise and same else Whole(trial)


def _exactly(array: np.ndarray) -> Oracle:
    high = array.astype(np.float64)
    return Oracle(high, np.zeros(high.shape))


def _formula(trial: Trial) -> Callable[..., Any]:
    case = trial.case
    assert case.oracle is not None
    options = {
        k: m.to_mpf(v.astype("float64")) if isinstance(v, np.ndarray) and v.dtype.kind == "f" else v
        for k, v in case.options.items()
    }
    return lambda *inputs: case.oracle(m, *trial.repeat(inputs), **options)  # type: ignore[misc] # there is one


def _sane(trial: Trial, oracle: Oracle, value: np.ndarray) -> None:
    """A formula that is not the operation's is a fault of the case, not of the candidate."""
    both = np.isfinite(oracle.high) & np.isfinite(value)
    if trial.variant not in ("plain", "long") or value.dtype.kind != "f" or not both.any():
        return
    gap = float(np.max(oracle.error(value)[both]))
    scale = float(np.max(np.abs(value[both])))
    if gap > table.ORACLE_SANITY.value * scale:
        raise AssertionError(
            f"{trial.case}: the case's oracle is off torch by {gap:.3g} (values up to "
            f"{scale:.3g}): its formula is not the operation's"
        )
