"""Penalties and clipping: the value and the gradient belong together, on both sides."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.instrument import (
    EXACT,
    Bad,
    Bound,
    Case,
    assert_parity,
    bad_cases,
    cases,
    covers,
    dot_bound,
    dyadic,
    offered,
    spread,
    to_numpy,
    to_tensor,
)

SHAPES = ((3, 4), (5,), (), (0,), (2, 3, 2))


def of_all(name, **options):
    """The penalty of several tensors together."""
    return lambda impl, *tensors: getattr(impl, name)(tensors, **options)


def sum_bound(power):
    """Σ |w|^power of n terms, in any order of sums, and the product with λ."""
    return lambda u, w, lam: dot_bound(w.size + 2, lam * (np.abs(w) ** power).sum(), u)


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


def parameters(impl, gradients, device="cpu"):
    """Zeros with these gradients; None for a parameter that has none."""
    made = []
    for g in gradients:
        shape = (2,) if g is None else g.shape
        dtype = np.float64 if g is None else g.dtype
        made.append(to_tensor(impl, np.zeros(shape, dtype), requires_grad=True, device=device))
        if g is not None:
            made[-1].grad = to_tensor(impl, np.array(g), device=device)
    return made


def both_clipped(candidate, reference, device, gradients, name, *args, **options):
    """(returned, gradients after) of both sides."""
    results = []
    for impl, where in ((candidate, "cpu"), (reference, device)):
        tensors = parameters(impl, gradients, where)
        returned = getattr(impl, name)(iter(tensors), *args, **options)
        results.append((returned, [p.grad for p in tensors]))
    return results


def dyadic_gradients(rng, dtype):
    """Gradients whose squares add up to a power of 4, so that even the 2-norm is exact."""
    signs = rng.choice([-1.0, 1.0], 64)
    return [signs[:32].reshape(4, 8).astype(dtype), None, signs[32:].astype(dtype)]


@pytest.mark.parametrize("norm_type", [1.0, 2.0, np.inf, -np.inf, 0.0, "inf"])
@pytest.mark.parametrize("max_norm", [1e9, 0.0])
def test_norm_is_exact_where_nothing_rounds(
    candidate, reference, rng, dtype, device, norm_type, max_norm
):
    offered(candidate, "clip_grad_norm_")
    mine, torchs = both_clipped(
        *(candidate, reference, device, dyadic_gradients(rng, dtype)),
        *("clip_grad_norm_", max_norm, norm_type),
    )
    assert_parity(mine, torchs, EXACT, op="clip_grad_norm_", device=device)


@pytest.mark.parametrize("norm_type", [1.0, 2.0, 3.0, 0.5, -1.0, np.inf, -np.inf])
def test_gradients_are_scaled_together(candidate, reference, rng, dtype, device, norm_type):
    offered(candidate, "clip_grad_norm_")
    gradients = [rng.normal(size=s).astype(dtype) for s in ((7, 5), (), (11,), (0,))]
    mine, torchs = both_clipped(
        candidate, reference, device, gradients, "clip_grad_norm_", 0.5, norm_type
    )
    flat = np.concatenate([g.astype(np.longdouble).reshape(-1) for g in gradients])
    extremum = {np.inf: np.max, -np.inf: np.min}.get(norm_type)
    if extremum is not None:
        norm = extremum(np.abs(flat))
    else:
        norm = (np.abs(flat) ** norm_type).sum() ** (1 / np.longdouble(norm_type))
    truth = np.append(flat * np.minimum(0.5 / (norm + np.longdouble(1e-6)), 1), norm)

    # a sum of positive terms, the root 1/p that magnifies its error, a division, a product
    def bound(u):
        return 16 * max(1, 1 / abs(norm_type)) * u * np.abs(truth).astype(np.float64)

    ours, theirs = (
        np.concatenate([to_numpy(a).reshape(-1) for a in (*g, n)]) for n, g in (mine, torchs)
    )
    oracle = truth.astype(np.float64)
    assert_parity(ours, theirs, Bound(bound), op="clip_grad_norm_", device=device, oracle=oracle)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_norm_that_is_not_finite(candidate, reference, dtype, device, value):
    offered(candidate, "clip_grad_norm_")
    gradients = [np.array([3.0, value], dtype), np.ones(2, dtype)]
    mine, torchs = both_clipped(candidate, reference, device, gradients, "clip_grad_norm_", 1.0)
    assert_parity(mine, torchs, EXACT, op="clip_grad_norm_", device=device)
    for impl in (candidate, reference):
        tensors = parameters(impl, gradients)
        with pytest.raises(RuntimeError, match="norm"):
            impl.clip_grad_norm_(tensors, 1.0, error_if_nonfinite=True)
        assert_parity([t.grad for t in tensors], gradients, EXACT, op="clip_grad_norm_")


#: 0, 1, NaN and infinities alone, together and apart: every number is exact, so every norm is.
UNUSUAL = {
    "zeros": [[0.0, -0.0], [0.0]],
    "a gradient of zeros": [[0.0, 3.0, 0.0, -4.0], [0.0, -0.0], [-0.0]],
    "zeros among others": [[0.0, 3.0, 0.0, -4.0]],
    "nan": [[3.0, np.nan, 4.0]],
    "nan first": [[np.nan, 3.0]],
    "nan elsewhere": [[3.0, 4.0], [1.0, np.nan], [0.0]],
    "nan alone": [[np.nan], [2.0]],
    "inf": [[3.0, np.inf], [0.0]],
    "minus inf elsewhere": [[3.0, 4.0], [-np.inf, 1.0]],
    "both": [[np.inf, np.nan], [1.0]],
    "both apart": [[np.inf, 1.0], [0.0, np.nan]],
    "both apart, turned": [[np.nan, 1.0], [0.0, np.inf]],
}


@pytest.mark.parametrize("norm_type", [0, 1, 2, np.inf, -np.inf])
@pytest.mark.parametrize("kind", UNUSUAL)
def test_norms_of_zeros_nan_and_infinities(candidate, reference, dtype, device, norm_type, kind):
    """Every norm treats them as torch does, and refuses the same ones where it is asked to."""
    offered(candidate, "clip_grad_norm_")
    gradients = [np.array(g, dtype) for g in UNUSUAL[kind]]
    for strict in (False, True):
        results = []
        for impl, where in ((candidate, "cpu"), (reference, device)):
            tensors, norm = parameters(impl, gradients, where), None
            try:
                norm = impl.clip_grad_norm_(tensors, 2.0, norm_type, error_if_nonfinite=strict)
            except RuntimeError:
                assert strict
            results.append({"norm": norm, "gradients": [t.grad for t in tensors]})
        direction = f"norm of order {norm_type}, {kind}, error_if_nonfinite={strict}"
        assert (results[0]["norm"] is None) == (results[1]["norm"] is None), direction
        ours, theirs = results
        assert_parity(ours, theirs, EXACT, op="clip_grad_norm_", direction=direction, device=device)


@pytest.mark.parametrize("clip_value", [0.5, 0.0, 100.0])
def test_values_are_clipped(candidate, reference, rng, dtype, device, clip_value):
    offered(candidate, "clip_grad_value_")
    gradients = [rng.normal(size=(5, 4)).astype(dtype), None]
    gradients.append(np.array([0.5, -0.5, np.inf, -np.inf, np.nan, -0.0], dtype))
    mine, torchs = both_clipped(
        candidate, reference, device, gradients, "clip_grad_value_", clip_value
    )
    assert_parity(mine, torchs, EXACT, op="clip_grad_value_", device=device)


def test_clipping_writes_into_the_gradient_that_is_there(candidate):
    offered(candidate, "clip_grad_norm_", "clip_grad_value_")
    (p,) = parameters(candidate, [np.array([3.0, 4.0])])
    before = to_numpy(p.grad)
    candidate.clip_grad_norm_(p, 1.0)
    candidate.clip_grad_value_(p, 0.7)
    assert np.shares_memory(before, to_numpy(p.grad))
    assert before.tolist()[1] == 0.7


def test_the_norm_is_euclidean_by_default_and_left_alone_below_the_limit(candidate):
    offered(candidate, "clip_grad_norm_")
    (p,) = parameters(candidate, [np.array([3.0, 4.0])])
    assert candidate.clip_grad_norm_([p], 6.0).item() == 5.0
    assert p.grad.tolist() == [3.0, 4.0]


def test_there_may_be_nothing_to_clip(candidate, reference):
    offered(candidate, "clip_grad_norm_", "clip_grad_value_")
    for gradients in ([], [None]):
        mine, torchs = both_clipped(candidate, reference, "cpu", gradients, "clip_grad_norm_", 1.0)
        assert_parity(mine[0], torchs[0], EXACT, op="clip_grad_norm_")


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


covers("clip_grad_norm_", "clip_grad_value_")
