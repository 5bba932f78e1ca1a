"""Losses of the error of a regression: what they refuse."""

from __future__ import annotations

import pytest

from parity_tests.instrument import Bad, bad_cases
from parity_tests.test_losses_regression import LOSSES


def on(name, x, t, **options):
    """A call of `name` on tensors of x and t; options that are lists become tensors."""

    def call(impl):
        lifted = {k: impl.tensor(v) if isinstance(v, list) else v for k, v in options.items()}
        return getattr(impl, name)(impl.tensor(x), impl.tensor(t), **lifted)

    return call


def through(layer, **options):
    """A call of a layer made with these options."""
    return lambda impl: getattr(impl, layer)(**options)(impl.tensor(ONE), impl.tensor(ONE))


ONE = [1.0, 2.0]
BAD = [
    bad
    for name, layer, *_ in LOSSES
    for bad in (
        Bad(name, on(name, ONE, ONE, reduction="median"), ValueError, says="median"),
        Bad(name, on(name, ONE, ONE, reduction=None), ValueError, says="None is not"),
        Bad(layer, through(layer, reduction="median"), ValueError, says="median"),
    )
]
BAD += [
    bad
    for name in ("mse_loss", "l1_loss", "huber_loss")
    for bad in (
        Bad(name, on(name, ONE, ONE, weight=[1.0]), ValueError, says="(1,)", id="weight"),
        Bad(name, on(name, ONE, ONE, weight=ONE, reduction="median"), ValueError, id="reduction"),
    )
]
BAD += [
    *(
        Bad(name, on(name, [1], [1]), NotImplementedError, says="int64", id="integers")
        for name in ("mse_loss", "smooth_l1_loss", "huber_loss")
    ),
    Bad("l1_loss", on("l1_loss", [1.0], [True]), RuntimeError, says="bool", id="bool"),
    Bad("l1_loss", on("l1_loss", [1], [2]), RuntimeError, says="mean", id="mean of integers"),
    Bad("smooth_l1_loss", on("smooth_l1_loss", ONE, ONE, beta=-1.0), RuntimeError, says="-1.0"),
    Bad("huber_loss", on("huber_loss", ONE, ONE, delta=0.0), RuntimeError, says="0.0"),
    Bad("rmse_loss", on("rmse_loss", ONE, ONE, reduction="median"), ValueError, says="median"),
    Bad("RMSELoss", through("RMSELoss", reduction="median"), ValueError, says="median"),
]


@pytest.mark.filterwarnings("ignore:Using a target size")
@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)


@pytest.mark.filterwarnings("ignore:Using a target size")
@bad_cases([Bad(n, on(n, [1.0, 2.0, 3.0], ONE), RuntimeError, says="(3,)") for n, *_ in LOSSES])
def test_shapes_that_do_not_broadcast(bad, check_bad):
    check_bad(bad)
