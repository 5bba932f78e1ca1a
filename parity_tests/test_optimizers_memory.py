"""Optimizers and memory: gradients however they lie in it, those that somebody holds, long counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_tests.driven import KINDS, Side, agree, draw, kinds
from parity_tests.instrument import (
    COMPARATIVE_TENSOR,
    EXACT,
    Bound,
    assert_parity,
    dot_bound,
    offered,
    to_numpy,
    to_tensor,
)
from parity_tests.instrument.inputs import LAYOUTS
from parity_tests.instrument.lacking import keeps_state, not_offered
from parity_tests.instrument.sides import parameter
from parity_tests.instrument.steps import OfSteps
from parity_tests.instrument.taken import within

#: One parameter of each layout; the last has more than the 128 KiB that are a slab by themselves.
LAID = {
    "transposed": (3, 4),
    "strided": (2, 5),
    "reversed": (2, 3, 2),
    "broadcast": (4, 3),
    "as it comes": (3,),
    "transposed, large": (182, 181),
}


def lie(name: str, array: np.ndarray) -> np.ndarray:
    """The values of an array (of "broadcast", the first row), in this layout."""
    layout = LAYOUTS.get(name.partition(",")[0])
    return array if layout is None else layout(array)


class Laid(Side):
    """Parameters and gradients that are laid out in memory like LAID."""

    def __init__(self, impl: Any, kind: str, start: list[np.ndarray], options: Any) -> None:
        super().__init__(impl, kind, start, options=options)
        pairs = zip(LAID, start, strict=True)
        own = [lie(name, a) if name != "broadcast" else a for name, a in pairs]
        self.parameters = [parameter(impl, a) for a in own]
        self.optimizer = getattr(impl, kind.partition("-")[0])(self.parameters, **options)

    def step(self, gradients: Any) -> None:
        self.optimizer.zero_grad()
        for p, g in zip(self.parameters, gradients, strict=True):
            p.grad = to_tensor(self.impl, g)
        self.optimizer.step()
        for p, g in zip(self.parameters, gradients, strict=True):
            op = type(self.optimizer).__name__
            assert_parity(p.grad, g, EXACT, op=op, direction="the gradient after the step")


@kinds
def test_gradients_however_they_lie_in_memory(kind, candidate, reference, rng, dtype):
    """A step is element by element: the element is where the index says, not where memory has it."""
    name = kind.partition("-")[0]
    offered(candidate, name)
    options = within(candidate, reference, name, KINDS[kind])
    start = draw(rng, dtype, LAID.values())
    ours, theirs = (Laid(i, kind, start, options) for i in (candidate, reference))
    for t in range(2):
        drawn = draw(rng, dtype, LAID.values())
        row = [lie(layout, g) for layout, g in zip(LAID, drawn, strict=True)]
        for side in (ours, theirs):
            side.step(row)
        agree(ours, theirs, f"step {t}, {', '.join(LAID)}", tier=OfSteps(t + 1))


def test_zero_grad_zeroes_what_somebody_holds(candidate, reference, dtype):
    """``zero_grad(set_to_none=False)`` writes zeros into the gradient, over NaN and ∞ too."""
    offered(candidate, "SGD")
    seen = []
    for impl in (candidate, reference):
        x = parameter(impl, np.array([2.0, -4.0, 1.0], dtype))
        optimizer = impl.SGD([x], lr=0.25)
        (x * to_tensor(impl, np.array([np.nan, np.inf, 1.0], dtype))).sum().backward()
        held = x.grad
        optimizer.zero_grad(set_to_none=False)
        seen.append([to_numpy(held).copy(), to_numpy(x.grad).copy(), x.grad is held])
    direction = "what was held, the gradient, the same tensor"
    assert_parity(seen[0], seen[1], EXACT, op="Optimizer.zero_grad", direction=direction)


COUNTING = [k for k in KINDS if k.partition("-")[0] not in ("SGD", "LookaheadNesterov")]


@pytest.mark.parametrize("kind", COUNTING)
@pytest.mark.parametrize("t", [127, 1_000, 70_001])
def test_a_count_of_many_steps(kind, t, candidate, reference, rng):
    """From a state in which so many steps have been taken, which is what a long run comes to.

    In float32: of float64 torch loads counters as float64 and goes on from float32 ones.
    """
    name = kind.partition("-")[0]
    offered(candidate, name)
    options = within(candidate, reference, name, KINDS[kind])
    start = draw(rng, "float32", ((3,), ()))
    ours, theirs = (Side(i, kind, start, options=options) for i in (candidate, reference))
    if not keeps_state(candidate, ours.optimizer, "load_state_dict"):
        not_offered(candidate, f"{name}.load_state_dict")
    row = draw(rng, "float32", ((3,), ()))
    theirs.step(row)
    saved = theirs.saved()
    for state in saved["state"].values():
        state["step"] = np.full_like(state["step"], t)
    for side, values in ((ours, theirs.values()), (theirs, theirs.values())):
        for p, value in zip(side.parameters, values, strict=True):
            p.data = side.native(value)
        side.load(saved)
    for more in range(2):
        row = draw(rng, "float32", ((3,), ()))
        for side in (ours, theirs):
            side.step(row)
        agree(ours, theirs, f"step {t + more + 1}")


@pytest.mark.parametrize("kind", ["Adam", "NAdam"])
def test_a_run_of_many_steps(kind, candidate, reference, rng):
    """1,100 steps of five numbers, without a look at the state.

    Each rounds a number of at most 4 once (it begins below 2, and a step is about as long as the
    rate, 0.001 or 0.002); the dozen roundings of the step itself are those of a number so small.
    """
    offered(candidate, kind)
    steps = 1_100
    start, gradients = rng.uniform(-1.5, 1.5, 5), rng.standard_normal((steps, 5))
    ends = []
    for impl in (candidate, reference):
        x = parameter(impl, start.copy())
        optimizer = getattr(impl, kind)([x])
        for g in gradients:
            x.grad = to_tensor(impl, g)
            optimizer.step()
        ends.append(x)
    tier = Bound(lambda u: dot_bound(steps, np.full(5, 4.0), u))
    assert_parity(ends[0], ends[1], tier, op=kind, direction=f"{steps} steps")


@pytest.mark.parametrize("name", ["clip_grad_norm_", "clip_grad_value_"])
def test_a_parameter_listed_twice_is_clipped_twice(name, candidate, reference, dtype):
    """It counts twice in the norm, 10 here, and its gradient is scaled twice."""
    offered(candidate, name)
    seen = []
    for impl in (candidate, reference):
        pair = [(parameter(impl, np.zeros(2, dtype)), g) for g in ([3.0, 4.0], [5.0, 5.0])]
        for p, g in pair:
            p.grad = to_tensor(impl, np.array(g, dtype))
        x, y = (p for p, _ in pair)
        norm = getattr(impl, name)([x, y, x], 4.0)
        seen.append([*([] if norm is None else [norm]), x.grad, y.grad])
    assert_parity(seen[0], seen[1], COMPARATIVE_TENSOR, op=name, direction="listed twice")
