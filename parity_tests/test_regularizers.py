"""Penalties, and what both they and clipping refuse."""

from __future__ import annotations

import numpy as np

from parity_tests.instrument import (
    EXACT,
    Bad,
    Bound,
    Case,
    assert_parity,
    bad_cases,
    cases,
    dot_bound,
    dyadic,
    offered,
    spread,
    to_tensor,
)

SHAPES = ((3, 4), (5,), (), (0,), (2, 3, 2))


def of_all(name, **options):
    """The penalty of several tensors together."""
    return lambda impl, *tensors: getattr(impl, name)(tensors, **options)


def sum_bound(power):
    """λ Σ |w|^power: power − 1 products, n − 1 sums in any order, λ rounded, and its product."""
    return lambda u, w, lam: dot_bound(w.size + power, lam * (np.abs(w) ** power).sum(), u)


CASES = [
    *(
        Case(name, inputs=(dyadic(8, 8),), options=options, tier=EXACT)
        for name, options in [
            ("l1_penalty", {}),
            ("l1_penalty", {"lam": 0.25}),
            ("l1_penalty", {"lam": 0.0}),
            ("l2_penalty", {}),
            ("l2_penalty", {"lam": 0.25}),
            ("elastic_net_penalty", {}),
            ("elastic_net_penalty", {"lam1": 0.5, "lam2": 0.125}),
        ]
    ),
    *(
        Case(
            name,
            inputs=tuple(dyadic(*shape) for shape in SHAPES),
            tier=EXACT,
            call=of_all(name),
            variants="transposed strided reversed",
            id="several",
        )
        for name in ("l1_penalty", "l2_penalty", "elastic_net_penalty")
    ),
    Case(
        "l2_penalty", inputs=(dyadic(5003),), tier=EXACT, variants="strided", id="more than a block"
    ),
    Case(
        "l1_penalty",
        inputs=(spread(13, 11),),
        options={"lam": 0.3},
        tier=Bound(sum_bound(1)),
        oracle=lambda m, w, lam: lam * m.sum(m.absolute(w)),
        variants="transposed",
    ),
    Case(
        "l2_penalty",
        inputs=(spread(13, 11),),
        options={"lam": 0.3},
        tier=Bound(sum_bound(2)),
        oracle=lambda m, w, lam: lam * m.sum(w * w),
        variants="transposed",
    ),
]


@cases(CASES)
def test_value_and_gradient(case, check):
    check(case)


def test_l1_is_no_norm_and_its_slope_at_zero_is_zero(candidate):
    offered(candidate, "l1_penalty")
    w = to_tensor(candidate, np.array([3.0, -4.0, 0.0, -0.0]), requires_grad=True)
    penalty = candidate.l1_penalty(w, 0.5)
    penalty.backward()
    assert penalty.item() == 3.5
    assert w.grad.tolist() == [0.5, -0.5, 0.0, 0.0]


def test_weight_decay_is_twice_the_l2_penalty(candidate, rng):
    offered(candidate, "l2_penalty", "SGD")
    values = rng.integers(-32, 33, 16) / 8.0
    a, b = (to_tensor(candidate, values.copy(), requires_grad=True) for _ in range(2))
    plain = candidate.SGD([a], lr=0.125)
    decayed = candidate.SGD([b], lr=0.125, weight_decay=0.5)
    candidate.l2_penalty([a], 0.25).backward()
    (b * 0.0).sum().backward()
    plain.step()
    decayed.step()
    assert_parity(a, b, EXACT, op="l2_penalty", direction="as weight decay")


def refused(name, *arguments, **options):
    """A call with one parameter and these arguments."""
    return lambda impl: getattr(impl, name)([impl.tensor([1.0])], *arguments, **options)


def refused_list(name, parameters):
    """A call with these in the place of the parameters."""
    return lambda impl: getattr(impl, name)(parameters)


BAD = [
    *(
        bad
        for name in ("l1_penalty", "l2_penalty", "elastic_net_penalty")
        for bad in (
            Bad(name, refused(name, -1.0), ValueError, says="-1.0", id="negative"),
            Bad(name, refused(name, float("nan")), ValueError, says="nan", id="nan"),
            Bad(name, refused_list(name, []), ValueError, id="none"),
            Bad(name, refused_list(name, [1.0]), TypeError, says="float"),
        )
    ),
    Bad("elastic_net_penalty", refused("elastic_net_penalty", 1.0, -2.0), ValueError, says="-2.0"),
    Bad("clip_grad_norm_", refused("clip_grad_norm_", -1.0), ValueError, says="max_norm"),
    Bad("clip_grad_value_", refused("clip_grad_value_", -1.0), ValueError, says="clip_value"),
]


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
