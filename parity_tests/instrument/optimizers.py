"""Optimizers under injected gradients: parameters and full state, at every step.

No feedback runs from parameters to gradients, so two correct implementations stay within a few
roundings per step whatever the learning rate. Two runs per gradient scale: free, where the errors
of the steps add up, and teacher-forced, where every step starts from torch's state.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from parity_tests.instrument import effort
from parity_tests.instrument import tolerances as table
from parity_tests.instrument.bits import ulp
from parity_tests.instrument.injected import Make, Run, Snapshot, sequence
from parity_tests.instrument.judge import Comparison, ParityError, judge
from parity_tests.instrument.sides import offered
from parity_tests.instrument.tiers import Tier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SCALES = (1.0, 1e-7)
_SHAPES = ((3, 4), (5,), ())


@dataclass(frozen=True)
class OfScale(Tier):
    """At most so many ulp of a given magnitude, both per element or for all."""

    ulps: float | np.ndarray = field(repr=False)
    scale: float | np.ndarray = field(repr=False)
    label: str = field(default="trajectory", init=False, repr=False)

    def allowed(self, c: Comparison) -> np.ndarray:
        """ulps × ulp(scale)."""
        allowed = np.asarray(self.ulps * ulp(np.asarray(self.scale), c.dtype))
        return np.broadcast_to(allowed, c.expected.shape)

    def unit(self, c: Comparison) -> np.ndarray:
        """The ulp of the scale."""
        return np.broadcast_to(ulp(np.asarray(self.scale), c.dtype), c.expected.shape)


class Entry(NamedTuple):
    """One array at one step: what it is, both sides, and how far apart they may be."""

    direction: str
    where: str
    actual: np.ndarray
    expected: np.ndarray
    ulps: float
    scale: float


def check_optimizer(
    candidate: Any,
    reference: Any,
    name: str,
    options: Mapping[str, Any],
    dtype: str,
    tier: Tier | None = None,
    device: str = "cpu",
    seed: int = 0,
    steps: int = 50,
    make: Make | None = None,
    shapes: tuple[tuple[int, ...], ...] = _SHAPES,
) -> None:
    """Hold an optimizer against torch's; raises ParityError at the first step that differs.

    tier: EXACT where hyperparameters are powers of two (gradients are then dyadic, the scales 1
    and 2⁻²³); default: a few ulp per step. make(impl, parameters, options) builds the optimizer;
    default: `impl.<name>(parameters, **options)`.
    """
    offered(candidate, name)
    make = make or (lambda impl, parameters, options: getattr(impl, name)(parameters, **options))
    for scale in SCALES if tier is None else (1.0, 2.0**-23):
        rng = np.random.default_rng([seed, len(str(options))])
        start, gradients = sequence(rng, shapes, dtype, steps, scale, tier is not None)
        theirs = Run(reference, make, options, start, device)
        ours = Run(candidate, make, options, start)
        title = f"{name}({_brief(options)}), gradients × {scale:g}"
        before, saved = theirs.snapshot(), theirs.state_dict()
        entries: list[Entry] = []
        for t, gradient in enumerate(gradients, start=1):
            theirs.step(gradient)
            ours.step(gradient)
            look, look_next = effort.looks(t, seed), effort.looks(t + 1, seed)
            if look or look_next:
                after = theirs.snapshot()
            if look:
                at = f"{title}, step {t}"
                limit = table.STEP_ULP.value + table.RUN_ULP_PER_STEP.value * (t - 1)
                entries += _pairs(name, at, ours.snapshot(), after, before, limit)
                forced = Run(candidate, make, options, before.parameters, saved=saved)
                forced.step(gradient)
                at = f"{title}, one step from torch's state {t - 1}"
                limit = table.STEP_ULP.value
                entries += _pairs(name, at, forced.snapshot(), after, before, limit)
            if look_next:
                before, saved = after, theirs.state_dict()
        _judge_all(name, device, entries, tier)


def _judge_all(op: str, device: str, entries: list[Entry], tier: Tier | None) -> None:
    """Judge all steps of each array at once; on failure one by one, to name the first."""

    def one(entry: Entry, limits: Tier) -> None:
        direction, where, actual, expected, *_ = entry
        dtype = str(expected.dtype)
        c = Comparison(op, direction, dtype, actual, expected, device=device, where=where)
        judge(c, tier or limits)

    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        if entry.actual.dtype != entry.expected.dtype or entry.actual.shape != entry.expected.shape:
            one(entry, OfScale(entry.ulps, entry.scale))
        groups.setdefault((entry.direction, str(entry.expected.dtype)), []).append(entry)
    try:
        for (direction, _), group in groups.items():
            sizes = [e.actual.size for e in group]
            ulps, scale = (np.repeat([e[i] for e in group], sizes) for i in (4, 5))
            actual = np.concatenate([e.actual.reshape(-1) for e in group])
            expected = np.concatenate([e.expected.reshape(-1) for e in group])
            one(Entry(direction, "all steps", actual, expected, 0, 0), OfScale(ulps, scale))
    except ParityError:
        for entry in entries:
            one(entry, OfScale(entry.ulps, entry.scale))
        raise


def _pairs(
    op: str, where: str, mine: Snapshot, theirs: Snapshot, before: Snapshot, ulps: float
) -> Iterator[Entry]:
    """Every array of two snapshots beside each other, with the magnitude that errors refer to."""
    if mine.groups != theirs.groups:
        raise ParityError(f"{op} · {where}\n  param_groups: {mine.groups}, torch: {theirs.groups}")
    scale = max(_largest(before.parameters), _largest(theirs.parameters))
    for i, (a, e) in enumerate(zip(mine.parameters, theirs.parameters, strict=True)):
        yield Entry("step: parameter", f"{where}, parameter {i} {e.shape}", a, e, ulps, scale)
    if list(mine.state) != list(theirs.state):
        have, want = list(mine.state), list(theirs.state)
        raise ParityError(f"{op} · {where}\n  state of parameters {have}, torch {want}")
    scales = _state_scales(before, theirs)
    for i, state in theirs.state.items():
        if set(mine.state[i]) != set(state):
            keys = f"{sorted(mine.state[i])}, torch {sorted(state)}"
            raise ParityError(f"{op} · {where}\n  state of parameter {i}: {keys}")
        for key, value in state.items():
            if value is None and mine.state[i][key] is None:
                continue
            at = f"{where}, parameter {i}, state {key!r}"
            a, e = _alike(mine.state[i][key], value, f"{op} · {at}")
            yield Entry(f"step: state {key}", at, a, e, ulps, scales[key])


def _state_scales(*snapshots: Snapshot) -> dict[str, float]:
    """The largest magnitude of each state key, over all parameters."""
    scales: dict[str, float] = {}
    for snapshot in snapshots:
        for state in snapshot.state.values():
            for key, value in state.items():
                if value is not None:
                    scales[key] = max(scales.get(key, 0.0), _largest([np.asarray(value)]))
    return scales


def _alike(actual: Any, expected: Any, where: str) -> tuple[np.ndarray, np.ndarray]:
    """Both as arrays; counters and other numbers may be a tensor, a float or an int."""
    if actual is None or expected is None:
        raise ParityError(f"{where}: {actual!r} where torch has {expected!r}")
    wanted = np.asarray(expected)
    if wanted.ndim == 0 and np.ndim(actual) == 0:
        return np.asarray(actual, dtype=wanted.dtype), wanted
    return np.asarray(actual), wanted


def _largest(arrays: list[np.ndarray]) -> float:
    return max((float(np.abs(a).max(initial=0.0)) for a in arrays), default=0.0)


def _brief(options: Mapping[str, Any]) -> str:
    return ", ".join(f"{k}={v!r}" for k, v in options.items())
