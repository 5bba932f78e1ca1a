"""Clipping of gradients, by their common norm and by value."""

from __future__ import annotations

import numpy as np
import pytest
from mpmath import mpf

from parity_tests.instrument import (
    COMPARATIVE,
    EXACT,
    assert_parity,
    covers,
    offered,
    to_numpy,
    to_tensor,
)
from parity_tests.instrument.high_precision import precision, to_mpf
from parity_tests.instrument.lacking import words

covers("clip_grad_norm_", "clip_grad_value_")


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
    ours, theirs = (
        np.concatenate([to_numpy(a).reshape(-1) for a in (*g, n)]) for n, g in (mine, torchs)
    )
    with precision():
        flat = to_mpf(np.concatenate([g.reshape(-1) for g in gradients]))
        truth = clipped(flat, 0.5, norm_type)
    where = f"norm of order {norm_type}"
    assert_parity(ours, theirs, COMPARATIVE, op="clip_grad_norm_", direction=where,
                  device=device, oracle=truth)  # fmt: skip # one thought


def clipped(flat, max_norm, p):
    """The gradients scaled to the norm, then the norm, in 60 digits."""
    extremum = {np.inf: np.max, -np.inf: np.min}.get(p)
    norm = extremum(np.abs(flat)) if extremum else (np.abs(flat) ** p).sum() ** (1 / mpf(p))
    return np.append(flat * min(max_norm / (norm + mpf(1) / 10**6), mpf(1)), norm)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_norm_that_is_not_finite(candidate, reference, dtype, device, value):
    offered(candidate, "clip_grad_norm_")
    gradients = [np.array([3.0, value], dtype), np.ones(2, dtype)]
    mine, torchs = both_clipped(candidate, reference, device, gradients, "clip_grad_norm_", 1.0)
    assert_parity(mine, torchs, EXACT, op="clip_grad_norm_", device=device)
    for impl in (candidate, reference):
        tensors = parameters(impl, gradients)
        with pytest.raises(RuntimeError, match=words(impl, "norm")):
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


@pytest.mark.parametrize("name", ["clip_grad_norm_", "clip_grad_value_"])
def test_every_one_of_many_gradients_is_clipped(candidate, reference, dtype, device, name):
    """Seven of them, with gaps, each beyond the bound in its own way: powers of 2, so exact."""
    offered(candidate, name)
    signs = np.array([[1.0, -1.0], [1.0, 1.0], [-1.0, -1.0], [-1.0, 1.0]])
    gradients: list[np.ndarray | None] = [(s * 2.0**k).astype(dtype) for k, s in enumerate(signs)]
    gradients = [None, *gradients, None, *reversed(gradients), np.array(-4.0, dtype)]
    # where the norm is clipped to 0 the 10⁻⁶ beside it does not matter: every element is a zero
    bounds = (0.5, 0.0) if name == "clip_grad_value_" else (0.0,)
    for bound in bounds:
        mine, torchs = both_clipped(candidate, reference, device, gradients, name, bound)
        where = f"{len(gradients)} parameters, to {bound}"
        assert_parity(mine[1], torchs[1], EXACT, op=name, direction=where, device=device)


def test_clipping_writes_into_the_gradient_that_is_there(candidate):
    offered(candidate, "clip_grad_norm_", "clip_grad_value_")
    (p,) = parameters(candidate, [np.array([3.0, 4.0])])
    before = to_numpy(p.grad)
    candidate.clip_grad_norm_(p, 1.0)
    candidate.clip_grad_value_(p, 0.7)
    assert np.shares_memory(before, to_numpy(p.grad)), "clip_grad_*: not in place"
    assert before.tolist()[1] == 0.7, "clip_grad_value_: not in place"


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
