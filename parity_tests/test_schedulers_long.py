"""Schedules over a thousand epochs: rates that follow themselves, counters, cycles."""

from __future__ import annotations

import warnings

import pytest

from parity_tests.instrument import offered
from parity_tests.schedules import optimizer_of, same, same_state, settings
from parity_tests.test_schedulers import CASES

#: The first case of each schedule that has no end; OneCycleLR refuses steps beyond its own.
FIRST = {name: options for name, options in reversed(CASES) if name != "OneCycleLR"}
EPOCHS = 1_100


@pytest.mark.parametrize("name", FIRST)
def test_many_epochs(name, candidate, reference):
    """The same rates, bit for bit, where a run of the other tests is long over."""
    offered(candidate, name, "SGD")
    options = FIRST[name]
    if name == "LambdaLR":
        options = {"lr_lambda": lambda epoch: 1 / (1 + epoch)}
    optimizers = [optimizer_of(impl) for impl in (candidate, reference)]
    pairs = zip((candidate, reference), optimizers, strict=True)
    schedules = [getattr(impl, name)(o, **options) for impl, o in pairs]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch misses the optimizer's steps
        for epoch in range(1, EPOCHS + 1):
            for schedule in schedules:
                schedule.step()
            if epoch % 100 in (0, 11):
                ours, theirs = (schedule.get_last_lr() for schedule in schedules)
                same(ours, theirs, name, f"epoch {epoch}")
    same(settings(optimizers[0]), settings(optimizers[1]), name, f"epoch {EPOCHS}")
    same_state(schedules[0], schedules[1], name, f"epoch {EPOCHS}")
