"""Saved state, groups and counters: an optimizer's memory is torch's, and moves between the sides."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from parity_tests.driven import Side, agree, kinds, pairs
from parity_tests.instrument import EXACT, assert_parity, check_optimizer, covers

covers("Optimizer")


@pytest.fixture
def pair(candidate, reference, rng, dtype):
    return pairs(candidate, reference, rng, dtype)


@kinds
def test_state_before_and_after_the_first_step(pair, kind):
    """The same keys, dtypes and shapes, for the parameters that have been stepped."""
    ours, theirs, gradients = pair(kind)
    agree(ours, theirs, "before")
    some = [None, *gradients()[1:]]
    for side in (ours, theirs):
        side.step(some)
    agree(ours, theirs, "after a step without the first parameter")


@kinds
def test_printed_with_the_options_of_every_group(pair, kind):
    ours, theirs, _ = pair(kind, lambda p: [{"params": p[:2]}, {"params": p[2:], "lr": 0.5}])
    assert repr(ours.optimizer) == repr(theirs.optimizer)


@kinds
def test_parameters_that_lag_behind(pair, kind, rng):
    """Each parameter counts its own steps, in any pattern of missing gradients."""
    ours, theirs, gradients = pair(kind)
    for t in range(12):
        row = [g if rng.random() < 0.6 else None for g in gradients()]
        for side in (ours, theirs):
            side.step(row)
        agree(ours, theirs, f"step {t}")


@pytest.mark.parametrize("name", ["SGD", "Adam", "Rprop"])
def test_parameters_larger_than_a_block(candidate, reference, name, dtype, seed):
    """Small and large parameters, 0-d and empty ones among each other."""
    shapes = ((3,), (211, 313), (), (0, 4), (65536,), (2, 2))
    check_optimizer(candidate, reference, name, {}, dtype, shapes=shapes, steps=5, seed=seed)


@kinds
def test_groups_with_options_of_their_own(pair, kind):
    """A group overrides the defaults, at any time; groups can be added later."""

    def groups(p: list[Any]) -> list[dict[str, Any]]:
        return [{"params": p[:2]}, {"params": p[2:4], "lr": 0.5}]

    ours, theirs, gradients = pair(kind, groups)
    for t in range(6):
        if t == 2:
            for side in (ours, theirs):
                side.optimizer.add_param_group({"params": side.parameters[4], "lr": 0.25})
        if t == 4:
            for side in (ours, theirs):
                side.optimizer.param_groups[0]["lr"] = 0.0625
        row = gradients()
        for side in (ours, theirs):
            side.step(row)
        agree(ours, theirs, f"step {t}")


def test_two_dtypes_in_one_optimizer(candidate, reference, rng):
    """Each parameter, gradient and state array keeps its own."""
    start = [np.ones(3, "float32"), np.ones(2, "float64"), np.full((2, 2), 2, "float32")]
    sides = [Side(impl, "Adam", start) for impl in (candidate, reference)]
    for t in range(4):
        row = [np.asarray(rng.standard_normal(a.shape), a.dtype) for a in start]
        for side in sides:
            side.step(row)
        agree(sides[0], sides[1], f"step {t}")


@kinds
def test_saved_state_moves_between_the_sides(pair, candidate, reference, kind):
    """Torch's state continues in the candidate and back, as if there had been one optimizer."""
    ours, theirs, gradients = pair(kind)
    for t in range(4):
        row = [None if (i, t) == (1, 0) else g for i, g in enumerate(gradients())]
        for side in (ours, theirs):
            side.step(row)
    resumed = Side(candidate, kind, theirs.values())
    resumed.load(theirs.saved())
    back = Side(reference, kind, resumed.values())
    back.load(resumed.saved())
    # torch gives every loaded 0-d state but "step" the parameter's dtype, so that its NAdam goes
    # on in another precision than it had before
    agree(resumed, back, "loaded", counters_as="float32")
    for t in range(4):
        row = gradients()
        for side in (resumed, back, theirs):
            side.step(row)
        agree(resumed, theirs, f"step {t} after loading")
        if (kind, str(back.values()[0].dtype)) != ("NAdam", "float64"):  # see the comment above:
            agree(resumed, back, f"step {t} after loading twice", counters_as="float32")


@kinds
def test_copies_and_pickles(pair, kind):
    """A copied or unpickled optimizer goes on alone."""
    ours, _, gradients = pair(kind)
    ours.step(gradients())
    whole = (ours.parameters, ours.optimizer)
    copies = []
    for parameters, optimizer in (copy.deepcopy(whole), pickle.loads(pickle.dumps(whole))):
        side = copy.copy(ours)
        side.parameters, side.optimizer = parameters, optimizer
        copies.append(side)
    row = gradients()
    for side in (ours, *copies):
        side.step(row)
    for side in copies:
        assert_parity(side.values(), ours.values(), EXACT, op=kind)
        assert_parity(side.saved()["state"], ours.saved()["state"], EXACT, op=kind)
