"""Learning-rate schedules: the same rates, momenta and saved states as torch, bit for bit.

Rates are Python floats computed in the same order on both sides, so the tier is exact.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import pytest

from parity_tests.instrument import covering_array, covers, offered
from parity_tests.schedules import Halving, optimizer_of, same, saved, settings

EPOCHS = 60


CASES: list[tuple[str, dict[str, Any]]] = [
    ("LambdaLR", {"lr_lambda": lambda epoch: 0.95**epoch}),
    ("LambdaLR", {"lr_lambda": [lambda epoch: 0.9**epoch, Halving(7)]}),
    *(("StepLR", {"step_size": n, "gamma": g}) for n in (1, 7) for g in (0.1, 0.9)),
    ("MultiStepLR", {"milestones": [5, 9, 9, 31], "gamma": 0.3}),
    ("MultiStepLR", {"milestones": [], "gamma": 0.3}),
    ("ConstantLR", {}),
    ("ConstantLR", {"factor": 0.3, "total_iters": 11}),
    ("ConstantLR", {"factor": 1.0, "total_iters": 0}),
    ("ConstantLR", {"factor": 0.0, "total_iters": 99}),
    ("LinearLR", {}),
    ("LinearLR", {"start_factor": 0.07, "end_factor": 0.9, "total_iters": 17}),
    ("LinearLR", {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 13}),
    ("ExponentialLR", {"gamma": 0.93}),
    *(("PolynomialLR", {"total_iters": n, "power": p}) for n in (5, 33) for p in (1.0, 2.3)),
    *(("CosineAnnealingLR", {"T_max": T, "eta_min": e}) for T in (1, 10, 37) for e in (0.0, 0.01)),
    *(
        ("CosineAnnealingWarmRestarts", {"T_0": T, "T_mult": m, "eta_min": e})
        for T, m, e in ((10, 1, 0.0), (3, 2, 0.01), (1, 1, 0.0), (4, 3, 0.0))
    ),
    *(
        ("CyclicLR", options)
        for options in covering_array(
            base_lr=[0.01, [0.01, 0.02]],
            max_lr=[0.1, [0.3, 0.2]],
            step_size_up=[4, 7],
            step_size_down=[None, 9],
            mode=["triangular", "triangular2", "exp_range"],
            gamma=[1.0, 0.97],
            cycle_momentum=[True, False],
            base_momentum=[0.8, [0.7, 0.75]],
        )
    ),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.1}),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 5, "scale_fn": Halving(2)}),
    (
        "CyclicLR",
        {
            **{"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 5, "scale_mode": "iterations"},
            "scale_fn": lambda x: 1 / (1 + x),
        },
    ),
    *(
        ("OneCycleLR", options)
        for options in covering_array(
            max_lr=[0.1, [0.3, 0.2]],
            total_steps=[EPOCHS - 1, 71],
            pct_start=[0.3, 0.15],
            anneal_strategy=["cos", "linear"],
            cycle_momentum=[True, False],
            base_momentum=[0.85, [0.8, 0.9]],
            max_momentum=[0.95, [0.92, 0.93]],
            div_factor=[25.0, 3.0],
            final_div_factor=[1e4, 7.0],
            three_phase=[False, True],
        )
    ),
    *(("OneCycleLR", {"max_lr": 0.1, "total_steps": 71, "pct_start": p}) for p in (0.0, 1.0)),
    ("OneCycleLR", {"max_lr": 0.1, "epochs": 6, "steps_per_epoch": 10}),
    ("OneCycleLR", {"max_lr": 0.1, "epochs": 1, "steps_per_epoch": 60}),
]
METRICS = [1.0, 0.9, 0.95, 0.9, 0.89999, 0.91, 0.9, 0.8, *[0.8] * 12, 0.5, math.nan, math.inf, 0.5]
PLATEAUS = covering_array(
    mode=["min", "max"],
    factor=[0.1, 0.7],
    patience=[0, 2],
    threshold=[1e-4, 0.1],
    threshold_mode=["rel", "abs"],
    cooldown=[0, 3],
    min_lr=[0, [0.02, 0.001]],
    eps=[1e-8, 0.01],
)
covers("ReduceLROnPlateau", "SequentialLR", *(name for name, _ in CASES))


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize(
    ("name", "options"), CASES, ids=[f"{n}-{i}" for i, (n, _) in enumerate(CASES)]
)
def test_rates_and_state(candidate, reference, name, options, optimizer):
    """Rates, momenta and state after each epoch, and the same again after a reload at mid-run."""
    offered(candidate, name, optimizer)
    optimizers = [optimizer_of(impl, optimizer) for impl in (candidate, reference)]
    ours, theirs = (
        getattr(impl, name)(o, **options)
        for impl, o in zip((candidate, reference), optimizers, strict=True)
    )
    for epoch in range(EPOCHS):
        where = f"epoch {epoch}"
        same(ours.get_last_lr(), theirs.get_last_lr(), name, where)
        same(settings(optimizers[0]), settings(optimizers[1]), name, where)
        assert saved(ours) == saved(theirs), f"{name}: state_dict at {where}"
        if epoch == EPOCHS // 2:
            ours.load_state_dict(theirs.state_dict())
            theirs.load_state_dict(ours.state_dict())
        for o in optimizers:
            o.step()
        if epoch < EPOCHS - 1:
            ours.step()
            theirs.step()


@pytest.mark.parametrize("options", PLATEAUS, ids=str)
def test_reduce_on_plateau(candidate, reference, options):
    """The same reductions at the same epochs, with ties, NaN and infinity among the metrics."""
    offered(candidate, "ReduceLROnPlateau", "SGD")
    optimizers = [optimizer_of(impl) for impl in (candidate, reference)]
    ours, theirs = (
        impl.ReduceLROnPlateau(o, **options)
        for impl, o in zip((candidate, reference), optimizers, strict=True)
    )
    for epoch, metric in enumerate(METRICS):
        ours.step(metric)
        theirs.step(metric)
        where = f"epoch {epoch}, a metric of {metric}"
        same(ours.get_last_lr(), theirs.get_last_lr(), "ReduceLROnPlateau", where)
        assert saved(ours).keys() == saved(theirs).keys(), "ReduceLROnPlateau: state_dict"
        for count in ("num_bad_epochs", "in_cooldown"):
            mine, torchs = getattr(ours, count), getattr(theirs, count)
            same(mine, torchs, "ReduceLROnPlateau", f"{count} after {where}")
        if epoch == 9:
            ours.load_state_dict(theirs.state_dict())


SEQUENCES = {
    "warm-up, then decay": lambda impl, o: impl.SequentialLR(
        o,
        [impl.ConstantLR(o, factor=0.1, total_iters=20), impl.ExponentialLR(o, gamma=0.9)],
        [20],
    ),
    "linear, cosine, steps": lambda impl, o: impl.SequentialLR(
        o,
        [
            impl.LinearLR(o, start_factor=0.2, total_iters=5),
            impl.CosineAnnealingLR(o, T_max=9),
            impl.StepLR(o, step_size=3),
        ],
        [5, 17],
    ),
    "nested": lambda impl, o: impl.SequentialLR(
        o,
        [
            impl.SequentialLR(
                o, [impl.LinearLR(o, total_iters=3), impl.ExponentialLR(o, gamma=0.8)], [3]
            ),
            impl.PolynomialLR(o, total_iters=10),
        ],
        [8],
    ),
    "at once": lambda impl, o: impl.SequentialLR(
        o, [impl.StepLR(o, 2), impl.CosineAnnealingWarmRestarts(o, 4)], [0]
    ),
}


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_sequence(candidate, reference, sequence):
    """Hand-over at the milestones, rates and nested state."""
    offered(candidate, "SequentialLR", "SGD")
    optimizers = [optimizer_of(impl) for impl in (candidate, reference)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a nested sequence steps while it is made, in torch too
        ours, theirs = (
            SEQUENCES[sequence](impl, o)
            for impl, o in zip((candidate, reference), optimizers, strict=True)
        )
    for epoch in range(EPOCHS):
        same(ours.get_last_lr(), theirs.get_last_lr(), "SequentialLR", f"epoch {epoch}")
        assert ours.state_dict() == theirs.state_dict(), f"SequentialLR: state_dict at {epoch}"
        if epoch == 11:
            ours.load_state_dict(theirs.state_dict())
        for o in optimizers:
            o.step()
        ours.step()
        theirs.step()


def test_two_schedules_on_one_optimizer(candidate, reference):
    """Schedules multiply the rate that they find, so they can act together."""
    offered(candidate, "ExponentialLR", "StepLR", "SGD")
    rates = []
    for impl in (candidate, reference):
        o = optimizer_of(impl)
        pair = [impl.ExponentialLR(o, gamma=0.9), impl.StepLR(o, step_size=3, gamma=0.5)]
        path = []
        for _ in range(20):
            o.step()
            for scheduler in pair:
                scheduler.step()
            path.append(pair[-1].get_last_lr())
        rates.append(path)
    same(rates[0], rates[1], "StepLR", "two schedules")


def test_warm_restarts_at_fractions_of_an_epoch(candidate, reference):
    """``step(epoch)`` with a fraction, forwards and back."""
    offered(candidate, "CosineAnnealingWarmRestarts", "SGD")
    for options in ({"T_0": 4}, {"T_0": 3, "T_mult": 2}, {"T_0": 2, "T_mult": 3}):
        rates = []
        for impl in (candidate, reference):
            o = optimizer_of(impl)
            scheduler = impl.CosineAnnealingWarmRestarts(o, **options)
            path = []
            for epoch in (0, 0.25, 2.9, 3, 3.5, 8.75, 9, 20.1, 1.5):
                o.step()
                scheduler.step(epoch)
                path.append([*scheduler.get_last_lr(), scheduler.last_epoch, scheduler.T_i])
            rates.append(path)
        same(rates[0], rates[1], "CosineAnnealingWarmRestarts", str(options))


def test_step_still_returns_the_loss(candidate, reference):
    """A schedule leaves ``optimizer.step`` as it was: its closure and its result."""
    offered(candidate, "StepLR", "SGD")
    for impl in (candidate, reference):
        o = optimizer_of(impl)
        impl.StepLR(o, step_size=2)
        assert o.step(lambda: 3.5) == 3.5
