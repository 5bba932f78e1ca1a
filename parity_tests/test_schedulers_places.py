"""Schedules from where they seldom start: resumed, at a given epoch, with other groups than before."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from parity_tests.instrument import offered
from parity_tests.instrument.lacking import words
from parity_tests.schedules import Halving, optimizer_of, same, same_state, saved
from parity_tests.test_schedulers import CASES, METRICS, SEQUENCES

IDS = [f"{n}-{i}" for i, (n, _) in enumerate(CASES)]


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_resumed_at_an_epoch(candidate, reference, name, options):
    """A second schedule on the same optimizer goes on where the first one was."""
    offered(candidate, name, "SGD")
    paths = []
    for impl in (candidate, reference):
        o = optimizer_of(impl)
        first = getattr(impl, name)(o, **options)
        for _ in range(6):
            o.step()
            first.step()
        second = getattr(impl, name)(o, **options, last_epoch=first.last_epoch)
        path = [[second.get_last_lr(), saved(second)]]
        for _ in range(12):
            o.step()
            second.step()
            path.append([second.get_last_lr(), saved(second)])
        paths.append(path)
    for epoch, (mine, torchs) in enumerate(zip(*paths, strict=True)):
        same(mine[0], torchs[0], name, f"{epoch} epochs after")
        assert mine[1] == torchs[1], f"{name}: state_dict, {epoch} epochs after"


@pytest.mark.parametrize(
    ("name", "options"), [*CASES, ("MultiStepLR", {"milestones": [3, 8]}), ("PolynomialLR", {})]
)
def test_closed_forms(candidate, reference, name, options):
    """The rates of an epoch without those before it; a sequence begins a schedule by them."""
    offered(candidate, name, "SGD")
    ours, theirs = (
        getattr(impl, name)(optimizer_of(impl), **options) for impl in (candidate, reference)
    )
    has = [hasattr(side, "_get_closed_form_lr") for side in (ours, theirs)]
    assert has[0] == has[1], f"{name}: whether there is a closed form"
    if not hasattr(theirs, "_get_closed_form_lr") or options.get("total_iters") == 0:
        return
    for epoch in (0, 1, 3, 4, 5, 9, 17, 33, 40):
        ours.last_epoch = theirs.last_epoch = epoch
        same(ours._get_closed_form_lr(), theirs._get_closed_form_lr(), name, f"epoch {epoch}")


@pytest.mark.parametrize("name", ["CyclicLR", "LambdaLR"])
def test_a_callable_object_is_saved(candidate, reference, name):
    """What a user's object remembers comes back with the schedule's state."""
    offered(candidate, name, "SGD")
    rates = []
    for impl in (candidate, reference):
        made = []
        for every in (2, 5):
            shape: dict[str, Any] = {"scale_fn": Halving(every), "base_lr": 0.01, "max_lr": 0.1}
            shape["step_size_up"] = (
                1  # a cycle every two steps: its number is what the object is told
            )
            options = {"lr_lambda": Halving(every)} if name == "LambdaLR" else shape
            made.append(getattr(impl, name)(optimizer_of(impl), **options))
        made[1].load_state_dict(made[0].state_dict())
        path = []
        for _ in range(9):
            made[1].optimizer.step()
            made[1].step()
            path.append(made[1].get_last_lr())
        rates.append(path)
    same(rates[0], rates[1], name, "with the other's state")


PLATEAUS: dict[str, tuple[dict[str, Any], list[float]]] = {
    "rising": ({"mode": "max", "patience": 1}, [0.1 * k for k in range(9)] + [0.8] * 9),
    "falling": ({"mode": "max", "patience": 1}, [-m for m in METRICS]),
    "default": ({}, [1.0, *[0.9999] * 13, 0.8, *[0.8] * 13, 0.5, *[0.5] * 24]),
    "relative, at the edge": ({"threshold": 0.25, "patience": 0}, [4.0, 3.0, 2.0, 1.5, 1.0]),
    "absolute, at the edge": (
        {"threshold": 0.25, "patience": 0, "threshold_mode": "abs"},
        [4.0, 3.75, 3.5, 3.0, 2.75],
    ),
    "relative, at the upper edge": (
        {"mode": "max", "threshold": 0.25, "patience": 0},
        [4.0, 5.0, 6.0, 7.5, 9.0, 9.5],
    ),
    "absolute, at the upper edge": (
        {"mode": "max", "threshold": 0.25, "patience": 0, "threshold_mode": "abs"},
        [4.0, 4.25, 4.5, 5.0, 5.25],
    ),
    "negative": ({"mode": "max", "threshold": 0.25, "patience": 0}, [-4.0, -5.0, -3.0, -2.0, -2.5]),
    "a change of eps": ({"factor": 0.5, "eps": 0.05, "patience": 0}, [1.0] * 4),
}


@pytest.mark.parametrize("case", PLATEAUS)
def test_plateaus(candidate, reference, case):
    """The full state after every metric, from the very start."""
    offered(candidate, "ReduceLROnPlateau", "SGD")
    options, metrics = PLATEAUS[case]
    ours, theirs = (
        impl.ReduceLROnPlateau(optimizer_of(impl), **options) for impl in (candidate, reference)
    )
    same_state(ours, theirs, "ReduceLROnPlateau", "before any metric")
    for epoch, metric in enumerate(metrics):
        ours.step(metric)
        theirs.step(metric)
        where = f"epoch {epoch}, a metric of {metric}"
        same(ours.get_last_lr(), theirs.get_last_lr(), "ReduceLROnPlateau", where)
        same_state(ours, theirs, "ReduceLROnPlateau", where)


@pytest.mark.parametrize("min_lr", [0.02, [0.02, 0.03]], ids=["one", "each"])
def test_a_group_that_came_later(candidate, reference, min_lr):
    """One lower bound holds for it too; of several, one is missing."""
    offered(candidate, "ReduceLROnPlateau", "SGD")
    rates = []
    for impl in (candidate, reference):
        o = optimizer_of(impl)
        scheduler = impl.ReduceLROnPlateau(o, patience=0, min_lr=min_lr)
        o.add_param_group({"params": [impl.tensor([1.0], requires_grad=True)], "lr": 0.5})
        scheduler.step(1.0)
        if isinstance(min_lr, list):
            with pytest.raises(RuntimeError, match=words(impl, "min_lrs")):
                scheduler.step(1.0)
        else:
            scheduler.step(1.0)
            rates.append([scheduler.get_last_lr(), scheduler.min_lrs])
    if rates:
        same(rates[0], rates[1], "ReduceLROnPlateau", "after another group")


EARLY = {
    "from epoch 1": lambda impl, o: impl.SequentialLR(
        o, [impl.ConstantLR(o, factor=0.5), impl.ExponentialLR(o, gamma=0.9)], [1]
    ),
    "three at once": lambda impl, o: impl.SequentialLR(
        o,
        [impl.StepLR(o, 2), impl.ExponentialLR(o, gamma=0.5), impl.LinearLR(o, total_iters=4)],
        [0, 2],
    ),
}


@pytest.mark.parametrize("sequence", EARLY)
def test_early_milestones(candidate, reference, sequence):
    offered(candidate, "SequentialLR", "SGD")
    assert sequence not in SEQUENCES
    optimizers = [optimizer_of(impl) for impl in (candidate, reference)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = (
            EARLY[sequence](impl, o)
            for impl, o in zip((candidate, reference), optimizers, strict=True)
        )
    for epoch in range(8):
        same(ours.get_last_lr(), theirs.get_last_lr(), "SequentialLR", f"epoch {epoch}")
        for o in optimizers:
            o.step()
        ours.step()
        theirs.step()
