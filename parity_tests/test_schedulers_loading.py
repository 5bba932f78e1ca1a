"""States loaded into a schedule that had got elsewhere, with other options: all of it is replaced.

A schedule that loads its own state is the same schedule whether it loads anything or not.
"""

from __future__ import annotations

import copy
import itertools
import warnings
from typing import Any

import pytest

from parity_tests.instrument import covers, offered
from parity_tests.instrument.lacking import words
from parity_tests.schedules import optimizer_of, same, same_state, settings
from parity_tests.test_schedulers import CASES, METRICS, PLATEAUS

covers("ReduceLROnPlateau")

TRIANGLE: dict[str, Any] = {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 5}
OWN_SHAPE = {**TRIANGLE, "scale_fn": lambda x: 1 / (1 + x)}
#: Whose state is loaded, and the options of the schedule that loads it.
PAIRS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    *(
        (name, saver, loader)
        for (name, saver), (other, loader) in itertools.pairwise([*CASES, *CASES[:1]])
        if name == other
        and "scale_fn" not in {**saver, **loader}
        # the bounds of the momentum stand in the groups, and are the optimizer's to load
        and saver.get("cycle_momentum") == loader.get("cycle_momentum")
    ),
    ("LambdaLR", CASES[1][1], {"lr_lambda": lambda epoch: 0.5**epoch}),
    ("ExponentialLR", {"gamma": 0.93}, {"gamma": 0.5}),
    ("CyclicLR", {**OWN_SHAPE, "scale_mode": "iterations"}, OWN_SHAPE),
    ("CyclicLR", {**OWN_SHAPE, "scale_mode": "iterations"}, TRIANGLE),
]


def stepped(scheduler: Any, steps: int) -> Any:
    for _ in range(steps):
        scheduler.optimizer.step()
        scheduler.step()
    return scheduler


def go_on_alike(sides: list[Any], name: str, steps: int = 12) -> None:
    """States are torch's right after loading and after more steps, rates at every step."""
    same_state(sides[0], sides[1], name, "loaded")
    for t in range(1, steps + 1):
        ours, theirs = (stepped(side, 1) for side in sides)
        where = f"step {t} after loading"
        same(ours.get_last_lr(), theirs.get_last_lr(), name, where)
    same(settings(ours.optimizer), settings(theirs.optimizer), name, f"groups after {steps}")
    same_state(ours, theirs, name, f"{steps} steps after loading")


@pytest.mark.parametrize(
    ("name", "saver", "loader"), PAIRS, ids=[f"{n}-{i}" for i, (n, *_) in enumerate(PAIRS)]
)
def test_another_schedule_goes_on(candidate, reference, name, saver, loader):
    """Options that are part of the state come with it."""
    offered(candidate, name, "SGD")
    sides = []
    for impl in (candidate, reference):
        old, new = (getattr(impl, name)(optimizer_of(impl), **o) for o in (saver, loader))
        saved = copy.deepcopy(stepped(old, 11).state_dict())
        stepped(new, 4).load_state_dict(saved)
        sides.append(new)
    go_on_alike(sides, name)


@pytest.mark.parametrize("steps", [3, 9, 12])
@pytest.mark.parametrize("number", range(len(PLATEAUS)))
def test_another_plateau_goes_on(candidate, reference, number, steps):
    """Best metric, bad epochs and cooldown, and by what rule metrics are compared."""
    offered(candidate, "ReduceLROnPlateau", "SGD")
    options, others = PLATEAUS[number], PLATEAUS[number - 1]
    sides = []
    for impl in (candidate, reference):
        old, new = (impl.ReduceLROnPlateau(optimizer_of(impl), **o) for o in (options, others))
        for metric in METRICS[:steps]:
            old.step(metric)
        for metric in METRICS[-2:]:
            new.step(metric)
        new.load_state_dict(copy.deepcopy(old.state_dict()))
        sides.append(new)
    same_state(sides[0], sides[1], "ReduceLROnPlateau", "loaded")
    for epoch, metric in enumerate(METRICS[steps:], start=1):
        for side in sides:
            side.step(metric)
        ours, theirs = sides
        rates = ours.get_last_lr(), theirs.get_last_lr()
        same(*rates, "ReduceLROnPlateau", f"epoch {epoch} after loading")
    same_state(sides[0], sides[1], "ReduceLROnPlateau", "at the end")


def test_a_plateaus_worst_metric_follows_from_its_mode(candidate, reference):
    """It need not be saved; and a state with a mode that does not exist is refused."""
    offered(candidate, "ReduceLROnPlateau", "SGD")
    sides = []
    for impl in (candidate, reference):
        saved = impl.ReduceLROnPlateau(optimizer_of(impl), mode="max").state_dict()
        new = impl.ReduceLROnPlateau(optimizer_of(impl), mode="min")
        new.load_state_dict({k: v for k, v in saved.items() if k != "mode_worse"})
        sides.append(new)
        for wrong in ({"mode": "neither"}, {"threshold_mode": "neither"}):
            with pytest.raises(ValueError, match=words(impl, "neither")):
                impl.ReduceLROnPlateau(optimizer_of(impl)).load_state_dict({**saved, **wrong})
    same_state(sides[0], sides[1], "ReduceLROnPlateau", "loaded without the worst")


def test_a_metric_that_is_a_tensor(candidate, reference):
    """Taken as a number: what is written into it later is not the best metric."""
    offered(candidate, "ReduceLROnPlateau", "SGD", "tensor")
    sides = []
    for impl in (candidate, reference):
        plateau = impl.ReduceLROnPlateau(optimizer_of(impl), patience=0)
        loss = impl.tensor([1.5], requires_grad=True)
        plateau.step((loss * 2.0).sum().detach())
        sides.append(plateau)
        whole = impl.tensor(0.5)
        plateau.step(whole)
        whole.zero_()
        plateau.step(impl.tensor([0.25]))
        plateau.step(impl.tensor(4))
        kind = type(plateau.state_dict()["best"])
        assert kind is float, f"ReduceLROnPlateau: best is a {kind.__name__}, expected a float"
    same_state(sides[0], sides[1], "ReduceLROnPlateau", "after metrics that are tensors")


def in_turn(impl: Any, gamma: float, factor: float, milestone: int) -> Any:
    """A sequence within, then two schedules, on one optimizer."""
    o = optimizer_of(impl)
    inner = [
        impl.LinearLR(o, start_factor=factor, total_iters=5),
        impl.StepLR(o, step_size=2, gamma=gamma),
    ]
    parts = [impl.SequentialLR(o, inner, [3]), impl.CosineAnnealingLR(o, T_max=milestone)]
    return impl.SequentialLR(o, [*parts, impl.ExponentialLR(o, gamma=gamma)], [milestone, 17])


@pytest.mark.parametrize("steps", [2, 7, 12, 19], ids="within {}".format)
def test_another_sequence_goes_on(candidate, reference, steps):
    """The states of the schedules within are loaded, too, as deep as they stand."""
    offered(candidate, "SequentialLR", "SGD")
    sides = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a nested sequence steps while it is made, in torch too
        for impl in (candidate, reference):
            old, new = in_turn(impl, 0.9, 0.25, 6), in_turn(impl, 0.5, 0.75, 4)
            saved = copy.deepcopy(stepped(old, steps).state_dict())
            stepped(new, 9).load_state_dict(saved)
            sides.append(new)
    go_on_alike(sides, "SequentialLR")
