"""Losses of the error of a regression: MSE, RMSE, L1, smooth L1, Huber; functions and layers."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.instrument import (
    EXACT,
    EXACT_VALUE,
    Bound,
    Case,
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
from parity_tests.instrument.lacking import warned

REDUCTIONS = ["none", "mean", "sum"]


def huber(m, d, delta=1):
    size = m.absolute(d)
    return m.where(size <= delta, d * d / 2, delta * (size - delta / 2))


def smooth_l1(m, d, beta=1):
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


def divides_by_weights(name, w, reduction):
    """Whether the mean is one of weights: Σ w is rounded n − 1 times, where n is exact."""
    return bool(w) and reduction == "mean" and name != "huber_loss"


def loss_bound(name, loss):
    """Eight roundings of a loss, d's counted twice; n − 1 of a sum of one sign, a mean's division."""

    def bound(u, x, t, *w, reduction="mean", **options):
        losses = loss(np, x - t, **options) * (w[0] if w else 1.0)
        if reduction == "none":
            return 8 * u * losses
        n, total, roundings = losses.size, losses.sum(), losses.size + 8
        if reduction == "mean":
            divided = divides_by_weights(name, w, reduction)
            total = total / (w[0].sum() if divided else n)
            roundings += n - 1 if divided else 0
        return roundings * u * total

    return Bound(bound)


def root_roundings(n, reduction):
    """Those of √: half of d's (twice), its square's, a sum's and a mean's; and one of its own."""
    return (3 + {"none": 0, "sum": n - 1, "mean": n}[reduction]) / 2 + 1


def root(d, reduction):
    return np.sqrt({"none": d * d, "sum": (d * d).sum(), "mean": (d * d).mean()}[reduction])


def root_bound(u, x, t, reduction="mean"):
    return root_roundings(x.size, reduction) * u * root(x - t, reduction)


def root_slope_bound(u, g, x, t, reduction="mean"):
    """g/n · d / L: L is off as above, and d, two quotients and a product are rounded; 0 where L is."""
    d = x - t
    L = root(d, reduction)
    slope = np.abs(g * d) / np.where(L == 0, 1, L)
    slope = slope / d.size if reduction == "mean" else slope
    return ((root_roundings(d.size, reduction) + 4) * u * slope,) * 2


def slope_bound(name, loss):
    """∂L/∂d = g ℓ' w/Σw and ∂L/∂w = g ℓ/Σw − g Σℓw/(Σw)², of sums of one sign.

    ∂L/∂d: d, ℓ', g/n and two products are rounded; Σw besides, and the sum of the copies of an x or
    t that was broadcast. ∂L/∂w: ℓ (5, d counted twice), g/n and a product; where Σw divides, Σw and
    the difference too, and in the second term ℓ, ℓw, Σℓw, Σw twice, two quotients, a product.
    """

    def bound(u, g, x, t, *w, reduction="mean", **options):
        d, n = x - t, (x - t).size
        largest = options.get("delta", options.get("beta", 1.0))
        slope = {
            "mse_loss": 2 * np.abs(d),
            "l1_loss": np.ones(d.shape),
            "huber_loss": np.minimum(np.abs(d), largest),
            "smooth_l1_loss": np.minimum(np.abs(d) / largest, 1.0) if largest else np.ones(d.shape),
        }[name]
        losses, divided = loss(np, d, **options), divides_by_weights(name, w, reduction)
        total = (w[0].sum() if divided else n) if reduction == "mean" else 1
        g, of_total = np.abs(g) / total, n - 1 if divided else 0
        each = u * g * slope * (w[0] if w else 1.0)
        to_x, to_t = ((5 + of_total + n // max(a.size, 1) - 1) * each for a in (x, t))
        to_w = (7 + of_total + divided) * u * g * losses
        if divided:
            to_w = to_w + (3 * n + 7) * u * g * (losses * w[0]).sum() / total
        return (to_x, to_t, to_w)

    return Bound(bound)


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
            tier=loss_bound(name, loss),
            elementwise=reduction == "none",
            kinks=tuple(option.values()),
            id=f"{reduction}-rounded",
        )
    for shapes in (((5, 3), (3,)), ((5, 1), (5, 3)), ((), (4,))):
        yield Case(
            name,
            tuple(normal(*s) for s in shapes),
            oracle=oracle(loss),
            tier=loss_bound(name, loss),
            grad_tier=slope_bound(name, loss),
            variants="",
            id=f"{shapes[0]} and {shapes[1]}",
        )
    if name != "smooth_l1_loss":
        for reduction in REDUCTIONS:
            yield Case(
                name,
                (normal(5, 3), normal(5, 3), uniform(0.5, 2.0, 5, 3)),
                options={"reduction": reduction},
                oracle=weighted_oracle(name, loss),
                call=weighted(name),
                tier=loss_bound(name, loss),
                grad_tier=slope_bound(name, loss),
                id=f"{reduction}-weight",
            )


PLAIN = [case for row in LOSSES for case in cases_of(*row)]
PLAIN += [
    Case(
        "rmse_loss",
        (normal(5, 3), normal(5, 3)),
        options={"reduction": reduction},
        oracle=lambda m, x, t, reduction: m.sqrt(m.reduce((x - t) ** 2, reduction)),
        tier=Bound(root_bound),
        grad_tier=Bound(root_slope_bound),
    )
    for reduction in REDUCTIONS
]
PLAIN += [
    Case(
        "RMSELoss",
        (normal(5, 3), normal(5, 3)),
        oracle=lambda m, x, t: m.sqrt(m.mean((x - t) ** 2)),
        tier=Bound(root_bound),
        grad_tier=Bound(root_slope_bound),
    ),
    Case("rmse_loss", (dyadic(2, 3), values(0.0)), why="kink", call=lambda impl, x, _:
         impl.rmse_loss(x, x.detach()), id="at zero", variants="", wrt=(0,)),
    *(
        Case(
            name,
            (normal(4), integers(-3, 4, 4)),
            oracle=oracle(loss),
            tier=loss_bound(name, loss),
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
]  # fmt: skip # a table


@cases(PLAIN)
def test_value_and_gradient(case, check):
    check(case)


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"])
def test_another_size_of_target_warns(name, candidate, reference):
    offered(candidate, name)
    for impl in (candidate, reference):
        x, t = impl.tensor([[1.0], [2.0]]), impl.tensor([1.0, 2.0])
        with warned(impl, UserWarning, "different to the input size"):
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
