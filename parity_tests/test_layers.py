"""Layers: linear, dropout, batch norm, layer norm, and the Module that holds them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_tests.instrument import (
    COMPARATIVE_TENSOR,
    EXACT,
    Bad,
    Bound,
    Case,
    assert_parity,
    bad_cases,
    cases,
    dot_bound,
    dyadic,
    normal,
    offered,
    options_grid,
    to_tensor,
)


def linear_bound(u, x, W, b=0.0):
    return dot_bound(W.shape[-1] + 1, np.abs(x) @ np.abs(W.T) + np.abs(b), u)


def linear_gradient_bound(u, upstream, x, W, b=None):
    G, X = (np.abs(a.reshape(-1, a.shape[-1])) for a in (upstream, x))
    dx = dot_bound(len(W), (G @ np.abs(W)).reshape(x.shape), u)
    return dx, dot_bound(len(G), G.T @ X, u), dot_bound(len(G), G.sum(axis=0), u)


def linear_oracle(m, x, W, b=0):
    return x @ W.T + b


def seeded(layer):
    """A layer made after manual_seed(0), in the dtype of its input, applied to it."""

    def call(impl, x, **options):
        impl.manual_seed(0)
        made = layer(impl, **options)
        return (made.double() if "float64" in str(x.dtype) else made)(x)

    return call


def dropped(impl, x, **options):
    impl.manual_seed(1)
    return impl.dropout(x, **options)


CANCELS = "no formula of the weights, which are drawn: torch is the yardstick"
LINEAR: dict[str, Any] = {
    "tier": Bound(linear_bound),
    "grad_tier": Bound(linear_gradient_bound),
    "oracle": linear_oracle,
}
CASES = [
    Case("linear", inputs=(dyadic(5, 7), dyadic(3, 7), dyadic(3)), tier=EXACT),
    Case("linear", inputs=(dyadic(5, 7), dyadic(3, 7)), tier=EXACT, id="no bias"),
    Case("linear", inputs=(dyadic(7), dyadic(3, 7), dyadic(3)), tier=EXACT, id="one sample"),
    Case("linear", inputs=(dyadic(2, 5, 7), dyadic(3, 7), dyadic(3)), tier=EXACT, id="3-D"),
    Case("linear", inputs=(dyadic(2, 3, 2, 7), dyadic(3, 7), dyadic(3)), tier=EXACT, id="4-D"),
    Case("linear", inputs=(dyadic(2, 1, 3, 2, 7), dyadic(4, 7), dyadic(4)), tier=EXACT, id="5-D"),
    Case("linear", inputs=(dyadic(2, 3, 2, 7), dyadic(3, 7)), tier=EXACT, id="4-D, no bias"),
    Case("linear", inputs=(dyadic(2, 3, 2, 7), dyadic(7)), tier=EXACT, id="4-D, 1-D weight"),
    Case("linear", inputs=(dyadic(5, 7), dyadic(7)), tier=EXACT, id="1-D weight"),
    Case("linear", inputs=(dyadic(2, 5, 7), dyadic(7)), tier=EXACT, id="3-D, 1-D weight"),
    Case("linear", inputs=(dyadic(5, 7), dyadic(3, 7), dyadic(1)), tier=EXACT, id="bias (1,)"),
    Case("linear", inputs=(dyadic(5, 7), dyadic(3, 7), dyadic()), tier=EXACT, id="0-d bias"),
    Case("linear", inputs=(dyadic(5, 0), dyadic(3, 0), dyadic(3)), tier=EXACT, id="no features"),
    Case("linear", inputs=(dyadic(260, 4), dyadic(3, 4), dyadic(3)), tier=EXACT, id="blocks"),
    Case("linear", inputs=(normal(9, 40), normal(6, 40), normal(6)), id="normal", **LINEAR),
    Case("linear", inputs=(normal(300, 4), normal(3, 4), normal(3)), id="many rows", **LINEAR),
    Case("Linear", inputs=(normal(5, 6),), call=seeded(lambda impl: impl.Linear(6, 4)),
         why=CANCELS, tier=COMPARATIVE_TENSOR, grad_tier=COMPARATIVE_TENSOR),
    Case("Linear", inputs=(normal(5, 6),), id="no bias", why=CANCELS, tier=COMPARATIVE_TENSOR,
         call=seeded(lambda impl: impl.Linear(6, 4, bias=False)), grad_tier=COMPARATIVE_TENSOR),
    # torch draws a mask in the order of memory, and here has no transposed input: see below
    *(Case("dropout", inputs=(normal(7, 9),), options=options, call=dropped, tier=EXACT,
           variants="strided reversed broadcast empty scalar")
      for options in options_grid(p=[0.0, 0.1, 0.5, 0.9, 1.0], training=[True, False])),
    Case("Dropout", inputs=(normal(7, 9),), options={"p": 0.3}, tier=EXACT,
         call=seeded(lambda impl, p: impl.Dropout(p)), variants="empty scalar"),
    Case("Dropout", inputs=(normal(7, 9),), tier=EXACT, id="eval",
         call=seeded(lambda impl: impl.Dropout().eval())),
    *(Case("Flatten", inputs=(dyadic(2, 3, 4),), options=options, tier=EXACT)
      for options in [{}, {"start_dim": 0}, {"start_dim": 0, "end_dim": 1}, {"start_dim": -2}]),
    Case("Flatten", inputs=(dyadic(),), options={"start_dim": 0}, tier=EXACT, id="0-d"),
    Case("Identity", inputs=(dyadic(2, 3),), tier=EXACT, variants="strided empty scalar",
         call=lambda impl, x: impl.Identity(54, unused=True)(x)),
]  # fmt: skip # a table


@cases(CASES)
def test_value_and_gradient(case, check):
    check(case)


def ones(impl, *shape, dtype="float32"):
    return impl.tensor(np.ones(shape, dtype))


BAD = [
    Bad("linear", lambda i: i.linear(ones(i, 2, 3), ones(i, 4, 5)), RuntimeError, "(4, 5)"),
    Bad("linear", lambda i: i.linear(ones(i, 2, 3), ones(i, 4, 3), ones(i, 3)), RuntimeError,
        id="bias of another length"),
    Bad("linear", lambda i: i.linear(ones(i, 2, 3), ones(i, 4, 3, dtype="float64")),
        RuntimeError, "float64", id="dtypes"),
    Bad("linear", lambda i: i.linear(ones(i, 2, 3), ones(i, 4, 3), ones(i, 4, dtype="float64")),
        RuntimeError, "float64", id="bias dtype"),
    Bad("linear", lambda i: i.linear(ones(i), ones(i, 4, 3)), RuntimeError, id="0-d input"),
    Bad("linear", lambda i: i.linear(ones(i, 2, 3), ones(i, 1, 4, 3)), RuntimeError, id="3-D weight"),
    Bad("linear", lambda i: i.linear(ones(i, 2, 3), ones(i, 3), ones(i, 1)), RuntimeError,
        id="1-D weight with bias"),
    Bad("linear", lambda i: i.linear(ones(i, 2, 3), 3.0), TypeError, "float", id="a number as weight"),
    Bad("linear", lambda i: i.linear([1.0], ones(i, 2, 1)), TypeError, "list", id="a list as input"),
    Bad("Linear", lambda i: i.Linear(3, 4)([[1.0, 2.0, 3.0]]), TypeError, "list"),
    Bad("Linear", lambda i: i.Linear(3, 4)(ones(i, 2, 5)), RuntimeError, "(2, 5)"),
    Bad("Linear", lambda i: i.Linear(-3, 4), RuntimeError, "-3", id="negative"),
    Bad("Linear", lambda i: i.Linear(3.5, 4), TypeError, id="fraction"),
    Bad("dropout", lambda i: i.dropout(ones(i, 3), 1.5), ValueError, "1.5"),
    Bad("dropout", lambda i: i.dropout(ones(i, 3), -0.1), ValueError, "-0.1", id="negative"),
    Bad("Dropout", lambda i: i.Dropout(2), ValueError, "2"),
    Bad("Dropout", lambda i: i.Dropout("half"), TypeError),
    Bad("Flatten", lambda i: i.Flatten(3)(ones(i, 2, 3)), IndexError, "3"),
    Bad("Flatten", lambda i: i.Flatten(1, 0)(ones(i, 2, 3)), RuntimeError),
    Bad("Identity", lambda i: i.Identity()(), TypeError, "input", id="nothing"),
    Bad("Identity", lambda i: i.Identity()(ones(i, 2), ones(i, 2)), TypeError, id="two inputs"),
    Bad("Identity", lambda i: i.Identity().load_state_dict({"weight": ones(i, 2)}), RuntimeError,
        '"weight"', id="a weight"),
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)


@pytest.mark.parametrize("sizes", [(784, 512), (1, 1), (3, 5), (64, 10)])
def test_initial_weights_are_the_same_bits(sizes, candidate, reference):
    offered(candidate, "Linear", "manual_seed")
    layers = []
    for impl in (candidate, reference):
        impl.manual_seed(0)
        layers.append([impl.Linear(*sizes), impl.Linear(*sizes, bias=False, dtype="float64")])
    for mine, theirs in zip(*layers, strict=True):
        assert_parity(mine.state_dict(), theirs.state_dict(), EXACT, op="Linear")


@pytest.mark.parametrize("p", [0.25, 0.5])
def test_dropout_draws_in_the_order_of_memory(p, candidate, reference, dtype):
    offered(candidate, "dropout", "manual_seed")
    x = np.ones((5, 8), dtype)
    mine, theirs = (
        (impl.manual_seed(3), impl.dropout(impl.tensor(x).T, p))[1]
        for impl in (candidate, reference)
    )
    assert_parity(mine, theirs, EXACT, op="dropout", direction="transposed input")


def test_an_unused_input_gradient_is_not_computed(candidate):
    offered(candidate, "linear")
    x = to_tensor(candidate, np.ones((2, 3), np.float32))
    weight = to_tensor(candidate, np.ones((4, 3), np.float32), requires_grad=True)
    candidate.linear(x, weight).sum().backward()
    assert x.grad is None
    assert weight.grad is not None
