"""What the learning-rate schedules refuse: the same exception types as torch, messages that say why;
and what they warn about."""

from __future__ import annotations

import math
import warnings
from typing import Any

import pytest

from parity_tests.instrument import Bad, bad_cases, offered


def optimizer_of(impl: Any, name: str = "SGD") -> Any:
    """An optimizer with two groups, the second with a rate of its own."""
    one, two = (impl.tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    options = {"momentum": 0.9} if name == "SGD" else {}
    return getattr(impl, name)(
        [{"params": [one]}, {"params": [two], "lr": 0.03}], lr=0.1, **options
    )


def _of(name: str, **options: Any) -> Any:
    return lambda impl: getattr(impl, name)(optimizer_of(impl), **options)


def _for_a_string(name: str, **options: Any) -> Any:
    return lambda impl: getattr(impl, name)("sgd", **options)


def _stepped(name: str, **options: Any) -> Any:
    return lambda impl: _steps(getattr(impl, name)(optimizer_of(impl), **options), 1)


def _cycle(**options: Any) -> Any:
    return lambda impl: impl.CyclicLR(
        optimizer_of(impl), **{"base_lr": 0.1, "max_lr": 1, **options}
    )


def _one(**options: Any) -> Any:
    return lambda impl: impl.OneCycleLR(optimizer_of(impl), max_lr=1, **options)


def _steps(scheduler: Any, times: int) -> None:
    for _ in range(times):
        scheduler.optimizer.step()
        scheduler.step()


PLAIN: dict[str, dict[str, Any]] = {
    "MultiStepLR": {"milestones": [3]},
    "ExponentialLR": {"gamma": 0.9},
    "PolynomialLR": {},
    "CosineAnnealingLR": {"T_max": 5},
}
BAD = [
    *(
        Bad(name, _for_a_string(name, **options), TypeError, "str is not an Optimizer")
        for name, options in PLAIN.items()
    ),
    *(
        Bad(name, _of(name, **options, last_epoch=3), KeyError, "initial_lr")
        for name, options in PLAIN.items()
    ),
    Bad("CosineAnnealingLR", _stepped("CosineAnnealingLR", T_max=0), ZeroDivisionError),
    Bad("StepLR", lambda impl: impl.StepLR("sgd", 2), TypeError, "str is not an Optimizer"),
    Bad(
        "StepLR",
        lambda impl: impl.StepLR(optimizer_of(impl), 2, last_epoch=3),
        KeyError,
        "initial_lr",
    ),
    Bad("StepLR", lambda impl: _steps(impl.StepLR(optimizer_of(impl), 0), 1), ZeroDivisionError),
    Bad(
        "LambdaLR",
        lambda impl: impl.LambdaLR(optimizer_of(impl), [math.exp]),
        ValueError,
        "Expected 2 lr_lambdas, but got 1",
    ),
    Bad("ConstantLR", lambda impl: impl.ConstantLR(optimizer_of(impl), 1.5), ValueError, "1.5"),
    Bad("ConstantLR", lambda impl: impl.ConstantLR(optimizer_of(impl), -1), ValueError, "-1"),
    Bad("LinearLR", lambda impl: impl.LinearLR(optimizer_of(impl), 0), ValueError, "Starting"),
    Bad("LinearLR", lambda impl: impl.LinearLR(optimizer_of(impl), 1.5), ValueError, "1.5"),
    Bad("LinearLR", lambda impl: impl.LinearLR(optimizer_of(impl), 1, -1), ValueError, "Ending"),
    Bad("LinearLR", lambda impl: impl.LinearLR(optimizer_of(impl), 1, 2), ValueError, "2"),
    *(
        Bad(
            "CosineAnnealingWarmRestarts", _of("CosineAnnealingWarmRestarts", **o), ValueError, says
        )
        for o, says in (
            ({"T_0": 0}, "T_0"),
            ({"T_0": 2.0}, "T_0"),
            ({"T_0": 2, "T_mult": 0}, "T_mult"),
            ({"T_0": 2, "T_mult": 1.5}, "T_mult"),
            ({"T_0": 2, "eta_min": "0"}, "eta_min"),
        )
    ),
    Bad(
        "CosineAnnealingWarmRestarts",
        lambda impl: impl.CosineAnnealingWarmRestarts(optimizer_of(impl), 3).step(-1),
        ValueError,
        "non-negative",
    ),
    Bad("CyclicLR", lambda impl: impl.CyclicLR("sgd", 0.1, 1), TypeError),
    Bad("CyclicLR", _cycle(base_lr=[0.1]), ValueError, "base_lr has 1 values"),
    Bad("CyclicLR", _cycle(max_lr=[0.1, 0.2, 0.3]), ValueError, "param_groups has 2"),
    Bad("CyclicLR", _cycle(mode="square"), ValueError, "mode is invalid"),
    Bad(
        "CyclicLR",
        lambda impl: impl.CyclicLR(optimizer_of(impl, "Adagrad"), 0.1, 1),
        ValueError,
        "momentum",
    ),
    Bad("OneCycleLR", lambda impl: impl.OneCycleLR("sgd", 1, 10), TypeError),
    Bad("OneCycleLR", _one(), ValueError, "total_steps"),
    Bad("OneCycleLR", _one(epochs=3), ValueError, "steps_per_epoch"),
    Bad("OneCycleLR", _one(total_steps=0), ValueError, "got 0"),
    Bad("OneCycleLR", _one(total_steps=2.5), ValueError, "2.5"),
    Bad("OneCycleLR", _one(epochs=0, steps_per_epoch=3), ValueError, "epochs"),
    Bad("OneCycleLR", _one(epochs=2, steps_per_epoch=-3), ValueError, "steps_per_epoch"),
    Bad("OneCycleLR", _one(total_steps=9, pct_start=1.5), ValueError, "pct_start"),
    Bad("OneCycleLR", _one(total_steps=9, pct_start=1), ValueError, "float"),
    Bad("OneCycleLR", _one(total_steps=9, anneal_strategy="exp"), ValueError, "exp"),
    Bad(
        "OneCycleLR",
        lambda impl: impl.OneCycleLR(optimizer_of(impl, "Adagrad"), 1, 10),
        ValueError,
        "momentum",
    ),
    Bad("OneCycleLR", lambda impl: _steps(_one(total_steps=4)(impl), 6), ValueError, "5 times"),
    *(
        Bad("ReduceLROnPlateau", _of("ReduceLROnPlateau", **o), ValueError, says)
        for o, says in (
            ({"factor": 1.0}, "< 1.0"),
            ({"mode": "best"}, "best"),
            ({"threshold_mode": "percent"}, "percent"),
            ({"min_lr": [0.1]}, "expected 2 min_lrs"),
        )
    ),
    Bad("ReduceLROnPlateau", lambda impl: impl.ReduceLROnPlateau("sgd"), TypeError),
    Bad(
        "SequentialLR",
        lambda impl: impl.SequentialLR(optimizer_of(impl), [], []),
        ValueError,
        "at least one",
    ),
    Bad(
        "SequentialLR",
        lambda impl: impl.SequentialLR(optimizer_of(impl), [3], []),
        TypeError,
        "optimizer",
    ),
    Bad(
        "SequentialLR",
        lambda impl: (lambda o: impl.SequentialLR(o, [impl.ReduceLROnPlateau(o)], []))(
            optimizer_of(impl)
        ),
        ValueError,
        "ReduceLROnPlateau",
    ),
    Bad(
        "SequentialLR",
        lambda impl: impl.SequentialLR(
            optimizer_of(impl), [impl.StepLR(optimizer_of(impl), 2)], []
        ),
        ValueError,
        "same optimizer",
    ),
    Bad(
        "SequentialLR",
        lambda impl: (lambda o: impl.SequentialLR(o, [impl.StepLR(o, 2)], [3]))(optimizer_of(impl)),
        ValueError,
        "milestones",
    ),
]


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)


def test_wrong_order_and_get_lr_warn(candidate, reference):
    """``scheduler.step()`` before ``optimizer.step()`` warns, and ``get_lr`` outside of a step."""
    offered(candidate, "StepLR", "SGD")
    for impl in (candidate, reference):
        scheduler = impl.StepLR(optimizer_of(impl), step_size=2)
        with pytest.warns(UserWarning, match=r"before `optimizer.step\(\)`"):
            scheduler.step()
        with pytest.warns(UserWarning, match="get_last_lr"):
            scheduler.get_lr()
        o = optimizer_of(impl)
        scheduler = impl.StepLR(o, step_size=2)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            o.step()
            scheduler.step()
