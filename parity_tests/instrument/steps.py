"""One step of an optimizer on both sides: what is compared, how far apart it may be, and its code."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from parity_tests.instrument import tolerances as table
from parity_tests.instrument.bits import ulp
from parity_tests.instrument.judge import Comparison, ParityError, judge
from parity_tests.instrument.sides import reading
from parity_tests.instrument.taken import known
from parity_tests.instrument.tiers import Tier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from parity_tests.instrument.injected import Run, Snapshot
    from parity_tests.instrument.recipe import Gradients, Path, Recipe


@dataclass(frozen=True)
class OfScale(Tier):
    """At most so many ulp of a given magnitude, both per element or for all."""

    ulps: float | np.ndarray
    scale: float | np.ndarray
    label: str = field(default="trajectory", init=False, repr=False)

    def __repr__(self) -> str:
        numbers = [
            f"{np.min(n):g}" if np.ndim(n) == 0 else f"{np.min(n):g}…{np.max(n):g}"
            for n in (self.ulps, self.scale)
        ]
        return f"OfScale({numbers[0]} ulp of {numbers[1]})"

    def allowed(self, c: Comparison) -> np.ndarray:
        """ulps × ulp(scale)."""
        allowed = np.asarray(self.ulps * ulp(np.asarray(self.scale), c.dtype))
        return np.broadcast_to(allowed, c.expected.shape)

    def unit(self, c: Comparison) -> np.ndarray:
        """The ulp of the scale."""
        return np.broadcast_to(ulp(np.asarray(self.scale), c.dtype), c.expected.shape)


@dataclass(frozen=True)
class OfSteps(Tier):
    """What so many free steps of an optimizer may differ by, in ulp of the tensor's largest value.

    In the report it is comparative: a few ulp, with torch as the yardstick.
    """

    steps: int
    label: str = field(default="comparative", init=False, repr=False)

    def allowed(self, c: Comparison) -> np.ndarray:
        """(STEP_ULP + RUN_ULP_PER_STEP (steps − 1)) × ulp(largest)."""
        ulps = table.STEP_ULP.value + table.RUN_ULP_PER_STEP.value * (self.steps - 1)
        return ulps * self.unit(c)

    def unit(self, c: Comparison) -> np.ndarray:
        """The ulp of the largest value."""
        largest = np.asarray(_largest([np.asarray(c.expected)]))
        return np.broadcast_to(ulp(largest, c.dtype), np.shape(c.expected))


class Entry(NamedTuple):
    """One array at one step: what it is, both sides, and how far apart they may be."""

    direction: str
    where: str
    actual: np.ndarray
    expected: np.ndarray
    ulps: float
    scale: float
    gradient: np.ndarray | None = None
    paste: Callable[[tuple[int, ...] | None], str] | None = None


@dataclass(frozen=True)
class Stage:
    """One step of one run: its name, and what a message needs to show it."""

    where: str
    path: Path
    t: int
    ulps: float
    #: The largest value so far of each group's parameters: an error made there stays as they fall.
    scales: tuple[float, ...]

    def of(self, i: int) -> str:
        """The step and a parameter."""
        at = f"{self.where}, parameter {i} {self.path.start[i].shape}"
        return at + self.path.recipe.group_text(i, len(self.path.start), self.t)

    def code(self, i: int, shown: str, index: tuple[int, ...] | None) -> str:
        """Code to paste for an element of parameter i: its value in the array `shown`."""
        return self.path.code_of_array(i, self.t, shown, index)

    def error(self, what: str, i: int, shown: str) -> ParityError:
        """A disagreement that is not one of numbers."""
        code = self.path.code(i, self.t, shown)
        return ParityError(f"{self.path.recipe.name} · {what}\n  paste:\n{code}")


def judge_all(op: str, device: str, entries: list[Entry], tier: Tier | None) -> None:
    """Judge all steps of each array at once; on failure one by one, to name the first."""
    __tracebackhide__ = True

    def one(entry: Entry, limits: Tier) -> None:
        __tracebackhide__ = True
        direction, where, actual, expected, *_ = entry
        dtype = str(expected.dtype)
        c = Comparison(op, direction, dtype, actual, expected, device=device, where=where)
        c.paste = entry.paste
        c.inputs = () if entry.gradient is None else (entry.gradient,)
        judge(c, tier or limits)

    groups: dict[tuple[str, np.dtype], list[Entry]] = {}
    for entry in entries:
        if entry.actual.dtype != entry.expected.dtype or entry.actual.shape != entry.expected.shape:
            one(entry, OfScale(entry.ulps, entry.scale))
        groups.setdefault((entry.direction, entry.expected.dtype), []).append(entry)
    try:
        for (direction, _), group in groups.items():
            sizes = [e.actual.size for e in group]
            ulps, scale = (np.repeat([e[i] for e in group], sizes) for i in (4, 5))
            actual = np.concatenate([e.actual.reshape(-1) for e in group])
            expected = np.concatenate([e.expected.reshape(-1) for e in group])
            one(Entry(direction, "all steps", actual, expected, 0, 0), OfScale(ulps, scale))
    except ParityError as error:
        of_all = error
    else:
        return
    for entry in entries:  # outside of the handler: what is said of all steps is not in its way
        one(entry, OfScale(entry.ulps, entry.scale))
    raise of_all


def compared(
    stage: Stage, run: Run, gradients: Gradients, theirs: Snapshot, before: Snapshot
) -> Iterator[Entry]:
    """Every array of both sides after a step, with the magnitude that errors refer to."""
    changed = run.changed(gradients)
    if changed is not None:
        what = f"{stage.of(changed)}\n  its gradient was changed by step()"
        raise stage.error(what, changed, "g, p.grad")
    mine = run.snapshot()
    if not run.keeps_state:
        theirs = theirs._replace(state={}, groups=[])
    groups = known(run.impl, stage.path.recipe.name, mine.groups, theirs.groups)
    if mine.groups != groups:
        what = f"{stage.where}\n  param_groups: {mine.groups}, torch: {groups}"
        raise stage.error(what, 0, "optimizer.param_groups")
    if {*mine.state} != {*theirs.state}:  # in torch's dict the first to be stepped is first
        have, want = sorted(mine.state), sorted(theirs.state)
        i = min({*have} ^ {*want}, default=0)
        what = f"{stage.where}\n  state of parameters {have}, torch {want}"
        raise stage.error(what, i, "optimizer.state_dict()['state']")
    for i, (a, e) in enumerate(zip(mine.parameters, theirs.parameters, strict=True)):
        code = partial(stage.code, i, reading(run.parameters[i], "p"))
        where = stage.of(i) + (", no gradient" if gradients[i] is None else "")
        scale = stage.scales[stage.path.recipe.group_of(i, len(gradients))]
        yield Entry("step: parameter", where, a, e, stage.ulps, scale, gradients[i], code)
    scales = _state_scales(before, theirs)
    for i, state in theirs.state.items():
        if set(mine.state[i]) != set(state):
            keys = f"{sorted(mine.state[i])}, torch {sorted(state)}"
            what = f"{stage.where}\n  state of parameter {i}: {keys}"
            raise stage.error(what, i, "optimizer.state_dict()['state']")
        for key, value in state.items():
            if value is None and mine.state[i][key] is None:
                continue
            at = f"{stage.of(i)}, state {key!r}"
            shown = f"optimizer.state_dict()['state'][0][{key!r}]"
            if value is None or mine.state[i][key] is None:
                what = f"{at}: {mine.state[i][key]!r} where torch has {value!r}"
                raise stage.error(what, i, shown)
            a, e = _alike(mine.state[i][key], value)
            code = partial(stage.code, i, f"np.asarray({shown})")
            scale = scales[key]
            yield Entry(f"step: state {key}", at, a, e, stage.ulps, scale, gradients[i], code)


def largest_of(recipe: Recipe, *parameters: list[np.ndarray]) -> tuple[float, ...]:
    """The largest magnitude of each group's parameters."""
    scales = [0.0] * len(recipe.groups)
    for arrays in parameters:
        for i, a in enumerate(arrays):
            k = recipe.group_of(i, len(arrays))
            scales[k] = max(scales[k], _largest([a]))
    return tuple(scales)


def _state_scales(*snapshots: Snapshot) -> dict[str, float]:
    """The largest magnitude of each state key, over all parameters."""
    scales: dict[str, float] = {}
    for snapshot in snapshots:
        for state in snapshot.state.values():
            for key, value in state.items():
                if value is not None:
                    scales[key] = max(scales.get(key, 0.0), _largest([np.asarray(value)]))
    return scales


def _alike(actual: Any, expected: Any) -> tuple[np.ndarray, np.ndarray]:
    """Both as arrays; counters and other numbers may be a tensor, a float or an int."""
    wanted = np.asarray(expected)
    if wanted.ndim == 0 and np.ndim(actual) == 0:
        return np.asarray(actual, dtype=wanted.dtype), wanted
    return np.asarray(actual), wanted


def _largest(arrays: list[np.ndarray]) -> float:
    return max((float(np.abs(a).max(initial=0.0)) for a in arrays), default=0.0)
