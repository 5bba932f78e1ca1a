"""Losses of the error of a regression: MSE, RMSE, L1, smooth L1, Huber; functions and layers."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.instrument import (
    EXACT,
    EXACT_VALUE,
    Bad,
    Case,
    Comparative,
    bad_cases,
    cases,
    dyadic,
    integers,
    normal,
    offered,
    to_numpy,
    to_tensor,
    uniform,
    values,
)

REDUCTIONS = ["none", "mean", "sum"]


def huber(m, d, delta):
    size = m.absolute(d)
    return m.where(size <= delta, d * d / 2, delta * (size - delta / 2))


def smooth_l1(m, d, beta):
    return huber(m, d, beta) / beta if beta else m.absolute(d)


# function, layer, ℓ(d) in high precision, options: powers of two among them keep values exact
LOSSES = [
    ("mse_loss", "MSELoss", lambda m, d: d * d, [{}]),
    ("l1_loss", "L1Loss", lambda m, d: m.absolute(d), [{}]),
    ("smooth_l1_loss", "SmoothL1Loss", smooth_l1, [{"beta": b} for b in (1.0, 0.5, 2.0, 0.0)]),
    ("huber_loss", "HuberLoss", huber, [{"delta": d} for d in (1.0, 0.5, 2.0)]),
]
ROUNDED = {"smooth_l1_loss": {"beta": 0.7}, "huber_loss": {"delta": 1.3}}


def oracle(loss, weighted=False):
    def value(m, x, t, *weight, reduction="mean", **options):
        losses = loss(m, x - t, **options)
        return m.reduce(losses, reduction)

    return value


def weighted_oracle(name, loss):
    def value(m, x, t, w, reduction="mean", **options):
        losses = loss(m, x - t, **options) * w
        if reduction == "mean":
            return m.sum(losses) / (m.sum(w) if name != "huber_loss" else w.size)
        return m.reduce(losses, reduction)

    return value


def terms(name):
    """The scale of a reduced loss: twice its (positive) terms, for every rounding and the sum."""

    def scale(x, t, *w, reduction="mean", beta=1.0, delta=1.0, **options):
        d = abs(x - t)
        losses = {"mse_loss": d * d, "rmse_loss": d * d}.get(name, d) * (w[0] if w else 1)
        if reduction == "none":
            return losses
        total = 2 * losses.sum()
        total = total if reduction == "sum" else total / max(losses.size, 1)
        return np.sqrt(total) if name == "rmse_loss" else total

    return Comparative(scale=scale)


def weighted(name):
    return lambda impl, x, t, w, **options: getattr(impl, name)(x, t, weight=w, **options)


def cases_of(name, layer, loss, options):
    for option in options:
        for reduction in REDUCTIONS:
            both = {"reduction": reduction, **option}
            pair = (dyadic(4, 8), dyadic(4, 8))
            yield Case(name, pair, options=both, tier=EXACT_VALUE)
            yield Case(layer, pair, options=both, tier=EXACT_VALUE, variants="")
    option = ROUNDED.get(name, options[0])
    for reduction in REDUCTIONS:
        yield Case(
            name,
            (normal(5, 3), normal(5, 3)),
            options={"reduction": reduction, **option},
            oracle=oracle(loss),
            tier=terms(name),
            elementwise=reduction == "none",
            kinks=tuple(option.values()),
            id=f"{reduction}-rounded",
        )
    for shapes in (((5, 3), (3,)), ((5, 1), (5, 3)), ((), (4,))):
        yield Case(
            name,
            tuple(normal(*s) for s in shapes),
            oracle=oracle(loss),
            tier=terms(name),
            grad_tier=Comparative(scale="tensor"),  # the sum over the copies may cancel
            variants="",
            id=f"{shapes[0]} and {shapes[1]}",
        )
    if name != "smooth_l1_loss":
        for reduction in REDUCTIONS:
            yield Case(
                name,
                (normal(5, 3), normal(5, 3), uniform(0.5, 2.0, 5, 3)),
                options={"reduction": reduction},
                oracle=weighted_oracle(name, loss if name != "huber_loss" else unit_huber),
                call=weighted(name),
                tier=terms(name),
                grad_tier=Comparative(scale="tensor"),  # ∂L/∂w is ℓ − L: a difference
                id=f"{reduction}-weight",
            )


def unit_huber(m, d):
    return huber(m, d, 1)


PLAIN = [case for row in LOSSES for case in cases_of(*row)]
PLAIN += [
    Case(
        "rmse_loss",
        (normal(5, 3), normal(5, 3)),
        options={"reduction": reduction},
        oracle=lambda m, x, t, reduction: m.sqrt(m.reduce((x - t) ** 2, reduction)),
        tier=terms("rmse_loss"),
    )
    for reduction in REDUCTIONS
]
PLAIN += [
    Case(
        "RMSELoss",
        (normal(5, 3), normal(5, 3)),
        oracle=lambda m, x, t: m.sqrt(m.mean((x - t) ** 2)),
        tier=terms("rmse_loss"),
    ),
    Case("rmse_loss", (dyadic(2, 3), values(0.0)), why="kink", call=lambda impl, x, _:
         impl.rmse_loss(x, x.detach()), id="at zero", variants="", wrt=(0,)),
    *(
        Case(
            name,
            (normal(4), integers(-3, 4, 4)),
            oracle=oracle(loss),
            tier=terms(name),
            variants="",
            id="integer target",
        )
        for name, _, loss, _ in LOSSES[:2]
    ),
    *(
        Case("l1_loss", (integers(-3, 4, 4, 2), integers(-3, 4, 4, 2)), tier=EXACT, wrt=(),
             options={"reduction": reduction}, variants="", dtypes=("float64",), id=f"of integers, {reduction}")
        for reduction in ("none", "sum")
    ),
]  # fmt: skip


@cases(PLAIN)
def test_value_and_gradient(case, check):
    check(case)


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"])
def test_another_size_of_target_warns(name, candidate, reference):
    offered(candidate, name)
    for impl in (candidate, reference):
        x, t = impl.tensor([[1.0], [2.0]]), impl.tensor([1.0, 2.0])
        with pytest.warns(UserWarning, match="different to the input size"):
            assert getattr(impl, name)(x, t, reduction="none").shape == (2, 2)


def test_mixed_precision_promotes_the_value_and_not_the_gradient(candidate, reference):
    offered(candidate, "mse_loss")
    for impl in (candidate, reference):
        x = to_tensor(impl, np.array([1.0, 2.0], np.float32), requires_grad=True)
        loss = impl.mse_loss(x, to_tensor(impl, np.array([0.0, 4.0])))
        loss.backward()
        assert (to_numpy(loss).dtype, to_numpy(x.grad).dtype) == (np.float64, np.float32)


def test_the_gradient_of_rmse_at_zero_is_zero(candidate):
    offered(candidate, "rmse_loss")
    x = candidate.tensor([1.0, -2.0], requires_grad=True)
    candidate.rmse_loss(x, candidate.tensor([1.0, -2.0])).backward()
    np.testing.assert_array_equal(to_numpy(x.grad), [0.0, 0.0])


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
]  # fmt: skip
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
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:Using a target size")
@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)


@pytest.mark.filterwarnings("ignore:Using a target size")
@bad_cases([Bad(n, on(n, [1.0, 2.0, 3.0], ONE), RuntimeError, says="(3,)") for n, *_ in LOSSES])
def test_shapes_that_do_not_broadcast(bad, check_bad):
    check_bad(bad)
