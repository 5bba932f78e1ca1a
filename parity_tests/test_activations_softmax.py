"""Softmax, log-softmax and softmin along a dimension: functions and layer classes."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.instrument import (
    COMPARATIVE,
    Bad,
    Case,
    Comparative,
    assert_parity,
    bad_cases,
    cases,
    normal,
    offered,
    to_tensor,
    values,
)
from parity_tests.instrument.lacking import warned


def probabilities(m, x, dim, sign=1):
    e = m.exp(sign * x)
    return e / m.sum(e, axis=dim, keepdims=True)


ORACLES = {
    "softmax": probabilities,
    "log_softmax": lambda m, x, dim: m.log(probabilities(m, x, dim)),
    "softmin": lambda m, x, dim: probabilities(m, x, dim, -1),
}
CLASSES = {"softmax": "Softmax", "log_softmax": "LogSoftmax", "softmin": "Softmin"}


def terms(name):
    """The terms of p (g − Σ g p) and of g − p Σ g, which cancel; and of x − log Σ e^x."""

    def sizes(g, x, dim=None, dtype=None):
        z = -x if name == "softmin" else x
        with np.errstate(all="ignore"):
            e = np.exp(z - z.max(axis=dim, keepdims=True))
            p = e / e.sum(axis=dim, keepdims=True)
        if name == "log_softmax":
            return (np.maximum(abs(g), p * abs(g).sum(axis=dim, keepdims=True)),)
        return (p * (abs(g) + (abs(g) * p).sum(axis=dim, keepdims=True)),)

    return Comparative(scale=sizes)


def logits_scale(x, dim=None, dtype=None):
    return np.broadcast_to(abs(x).max(axis=dim, keepdims=True), x.shape)


def along(name, inputs, dim, id="", **more):
    return Case(
        name,
        inputs,
        options={"dim": dim},
        oracle=ORACLES[more.pop("of", name)],
        tier=Comparative(scale=logits_scale) if "og" in name else COMPARATIVE,
        grad_tier=more.pop("grad_tier", terms(more.pop("kind", name))),
        id=f"{id}dim={dim}",
        **more,
    )


ALONG = [
    case
    for name, layer in CLASSES.items()
    for case in [
        along(name, (normal(4, 7, scale=3.0),), 1),
        along(name, (normal(4, 7),), 0),
        along(name, (normal(2, 3, 4),), -2),
        along(name, (normal(9),), 0, id="vector-"),
        along(name, (normal(3, 1),), 1, id="one class-"),
        along(name, (values([[1e4, -1e4, 0.0], [1e4, 1e4, 1e4]]),), 1, id="huge-"),
        along(layer, (normal(4, 7),), 1, of=name, kind=name),
        Case(
            name,
            (normal(3, 4),),
            options={"dim": 1, "dtype": "float64"},
            dtypes=("float32",),
            grad_tier=terms(name),
            id="dtype",
        ),
        *(
            Case(
                name,
                (values([[v, 1.0, 2.0]]),),
                options={"dim": 1},
                grad_tier=terms(name),
                why="infinities and NaN: the conventions are torch's",
                variants="",
                id=f"one is {v}",
            )
            for v in (float("inf"), float("-inf"), float("nan"))
        ),
        Case(
            name,
            (normal(),),
            options={"dim": -1},
            why="0-d: constant",
            variants="",
            id="0-d",
        ),
    ]
]


@cases(ALONG)
def test_along_a_dimension(case, check):
    check(case)


def on(data, name, dim):
    """A call of the function `name` on a tensor of `data`."""
    return lambda impl: getattr(impl, name)(impl.tensor(data), dim)


def through(layer, dim):
    """A call of a layer on a vector."""
    return lambda impl: getattr(impl, layer)(dim)(impl.tensor([1.0, 2.0]))


BAD = [
    bad
    for f, layer in CLASSES.items()
    for bad in (
        Bad(f, on([1, 2], f, 0), NotImplementedError, says="int64"),
        Bad(f, on([1.0, 2.0], f, 1), IndexError, says="[-1, 0]"),
        Bad(f, on([1.0, 2.0], f, -2), IndexError, id="negative"),
        Bad(f, on([1.0, 2.0], f, 0.5), TypeError, says="float"),
        Bad(f, on([1.0, 2.0], f, (0, 1)), TypeError, id="two"),
        Bad(layer, through(layer, 3), IndexError, says="3"),
    )
]


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("shape", [(), (2,), (2, 3), (2, 3, 2), (2, 1, 2, 2)], ids=str)
def test_an_implicit_dimension_warns(name, shape, candidate, reference, rng):
    offered(candidate, name)
    array = rng.standard_normal(shape)
    with warned(candidate, UserWarning, "Implicit dimension choice"):
        actual = getattr(candidate, name)(to_tensor(candidate, array))
    with warned(reference, UserWarning, "Implicit dimension choice"):
        expected = getattr(reference, name)(to_tensor(reference, array))
    assert_parity(actual, expected, COMPARATIVE, op=name)


@pytest.mark.parametrize("layer", CLASSES.values())
def test_layers_print_as_in_torch(layer, candidate, reference):
    offered(candidate, layer)
    for dim in (1, None):
        assert repr(getattr(candidate, layer)(dim)) == repr(getattr(reference, layer)(dim))
