"""Optimizers under injected gradients: parameters and full state, at every step.

No feedback runs from parameters to gradients, so two correct implementations stay within a few
roundings per step whatever the learning rate. Two runs per gradient scale: free, where the errors
of the steps add up, and teacher-forced, where every step starts from torch's state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from parity_tests.instrument import tolerances as table
from parity_tests.instrument.bits import ulp
from parity_tests.instrument.judge import Comparison, ParityError, judge
from parity_tests.instrument.sides import offered, to_numpy, to_tensor
from parity_tests.instrument.tiers import Tier

SCALES = (1.0, 1e-7)
_SHAPES = ((3, 4), (5,), ())
#: Entries of a parameter group that steer torch's execution, not the mathematics.
EXECUTION = ("foreach", "fused", "capturable", "differentiable", "decoupled_weight_decay", "params")

Gradients = list[np.ndarray | None]
Make = Callable[[Any, list[Any], Mapping[str, Any]], Any]


@dataclass(frozen=True)
class OfScale(Tier):
    """At most this many ulp of a given magnitude."""

    ulps: float
    scale: float
    label: str = field(default="trajectory", init=False, repr=False)

    def allowed(self, c: Comparison) -> np.ndarray:
        """ulps × ulp(scale)."""
        return np.full(c.expected.shape, self.ulps * float(ulp(np.array(self.scale), c.dtype)))


class Snapshot(NamedTuple):
    """Parameters, and state by parameter and torch's key, after a step."""

    parameters: list[np.ndarray]
    state: dict[int, dict[str, Any]]
    groups: list[dict[str, Any]]


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
        start, gradients = _sequence(rng, shapes, dtype, steps, scale, tier is not None)
        theirs = Run(reference, make, options, start, device)
        ours = Run(candidate, make, options, start)
        title = f"{name}({_brief(options)}), gradients × {scale:g}"
        before = theirs.snapshot()
        saved = theirs.state_dict()
        for t, gradient in enumerate(gradients, start=1):
            theirs.step(gradient)
            ours.step(gradient)
            after = theirs.snapshot()
            limit = table.RUN_ULP_PER_STEP.value * t
            where = f"{title}, step {t}"
            mine = ours.snapshot()
            for c, magnitude in _pairs(name, dtype, device, where, mine, after, before):
                judge(c, tier or OfScale(limit, magnitude))
            forced = Run(candidate, make, options, before.parameters, saved=saved)
            forced.step(gradient)
            where = f"{title}, one step from torch's state {t - 1}"
            limit = table.STEP_ULP.value
            for c, magnitude in _pairs(
                name, dtype, device, where, forced.snapshot(), after, before
            ):
                judge(c, tier or OfScale(limit, magnitude))
            before, saved = after, theirs.state_dict()


class Run:
    """One side's optimizer over its parameters."""

    def __init__(
        self,
        impl: Any,
        make: Make,
        options: Mapping[str, Any],
        start: list[np.ndarray],
        device: str = "cpu",
        saved: Mapping[str, Any] | None = None,
    ) -> None:
        self.impl, self.device = impl, device
        self.parameters = [
            impl.Parameter(to_tensor(impl, np.array(a), device=device)) for a in start
        ]
        self.optimizer = make(impl, self.parameters, options)
        if saved is not None:
            self.optimizer.load_state_dict(_translate(impl, saved))

    def step(self, gradients: Gradients) -> None:
        """Give every parameter its gradient (None: it took no part in the loss), and step."""
        self.optimizer.zero_grad()
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            if gradient is not None:
                constant = to_tensor(self.impl, np.array(gradient), device=self.device)
                (parameter * constant).sum().backward()
        self.optimizer.step()

    def state_dict(self) -> dict[str, Any]:
        """The optimizer's state_dict, its tensors as arrays of their own."""
        saved = self.optimizer.state_dict()
        state = {i: {k: _array(v) for k, v in s.items()} for i, s in saved["state"].items()}
        return {"state": state, "param_groups": [dict(g) for g in saved["param_groups"]]}

    def snapshot(self) -> Snapshot:
        """Everything that a step may change, copied."""
        saved = self.state_dict()
        groups = [
            {k: v for k, v in group.items() if k not in EXECUTION}
            for group in saved["param_groups"]
        ]
        return Snapshot([to_numpy(p).copy() for p in self.parameters], saved["state"], groups)


def _array(value: Any) -> Any:
    return to_numpy(value).copy() if hasattr(value, "detach") else value


def _translate(impl: Any, saved: Mapping[str, Any]) -> dict[str, Any]:
    """A state_dict of arrays with this side's tensors, without torch's execution options."""
    lift = {
        i: {k: to_tensor(impl, v.copy()) if isinstance(v, np.ndarray) else v for k, v in s.items()}
        for i, s in saved["state"].items()
    }
    dropped = set(EXECUTION) - {"params"}
    groups = [{k: v for k, v in g.items() if k not in dropped} for g in saved["param_groups"]]
    return {"state": lift, "param_groups": groups}


def _sequence(
    rng: np.random.Generator,
    shapes: tuple[tuple[int, ...], ...],
    dtype: str,
    steps: int,
    scale: float,
    dyadic: bool,
) -> tuple[list[np.ndarray], list[Gradients]]:
    """Start parameters and gradients; some gradients are zero, some missing."""

    def draw(shape: tuple[int, ...], factor: float) -> np.ndarray:
        drawn = rng.integers(-32, 33, shape) / 8.0 if dyadic else rng.standard_normal(shape)
        return np.asarray(drawn * factor, dtype=dtype)

    start = [draw(shape, 1.0) for shape in shapes]
    gradients: list[Gradients] = []
    for t in range(steps):
        row: Gradients = [draw(shape, scale) for shape in shapes]
        if t % 7 == 3 and len(shapes) > 1:
            row[1] = None
        if t % 11 == 5:
            row[0] = np.zeros(shapes[0], dtype=dtype)
        gradients.append(row)
    return start, gradients


def _pairs(
    op: str,
    dtype: str,
    device: str,
    where: str,
    mine: Snapshot,
    theirs: Snapshot,
    before: Snapshot,
) -> Iterator[tuple[Comparison, float]]:
    """Every array of two snapshots beside each other, with the magnitude that errors refer to."""
    if mine.groups != theirs.groups:
        raise ParityError(f"{op} · {where}\n  param_groups: {mine.groups}, torch: {theirs.groups}")
    scale = max(_largest(before.parameters), _largest(theirs.parameters))
    for i, (a, e) in enumerate(zip(mine.parameters, theirs.parameters, strict=True)):
        at = f"{where}, parameter {i} {e.shape}"
        yield Comparison(op, "step: parameter", dtype, a, e, device=device, where=at), scale
    if list(mine.state) != list(theirs.state):
        raise ParityError(
            f"{op} · {where}\n  state of {list(mine.state)}, not {list(theirs.state)}"
        )
    for i, state in theirs.state.items():
        if set(mine.state[i]) != set(state):
            raise ParityError(
                f"{op} · {where}\n  state of parameter {i} has {sorted(mine.state[i])}, "
                f"torch {sorted(state)}"
            )
        for key, value in state.items():
            same_key = [
                s[key] for snap in (before, theirs) for s in snap.state.values() if key in s
            ]
            if value is None and mine.state[i][key] is None:
                continue
            a, e = _alike(mine.state[i][key], value)
            at = f"{where}, parameter {i}, state {key!r}"
            kind = str(e.dtype)
            c = Comparison(op, f"step: state {key}", kind, a, e, device=device, where=at)
            yield c, _largest([np.asarray(v) for v in same_key if v is not None])


def _alike(actual: Any, expected: Any) -> tuple[np.ndarray, np.ndarray]:
    """Both as arrays; counters and other numbers may be a tensor, a float or an int."""
    if actual is None or expected is None:
        raise ParityError(f"state is {actual!r} where torch has {expected!r}")
    wanted = np.asarray(expected)
    if wanted.ndim == 0 and np.ndim(actual) == 0:
        return np.asarray(actual, dtype=wanted.dtype), wanted
    return np.asarray(actual), wanted


def _largest(arrays: list[np.ndarray]) -> float:
    finite = [np.max(np.abs(a), initial=0.0, where=np.isfinite(a)) for a in arrays]
    return float(max(finite, default=0.0))


def _brief(options: Mapping[str, Any]) -> str:
    return ", ".join(f"{k}={v!r}" for k, v in options.items())
