"""The oracle is asked where the verdict depends on it, and only there."""

from __future__ import annotations

import dataclasses
from typing import Any

import mpmath
import numpy as np
import pytest
import torch

import torch_ref
from parity_tests.instrument import (
    COMPARATIVE,
    COMPARATIVE_TENSOR,
    Bound,
    Case,
    ParityError,
    check,
    uniform,
)
from parity_tests.instrument.bits import ulp
from parity_tests.instrument.high_precision import Oracle, precision, split, to_mpf
from parity_tests.instrument.judge import Comparison, verdict
from parity_tests.instrument.report import RECORDER
from parity_tests.instrument.tiers import Comparative
from parity_tests.instrument.trial import Trial
from parity_tests.test_activations import elu, gelu, logsigmoid
from parity_tests.test_instrument import gate, torch_side

UNSHOWN = 7  # an element of which the report shows nothing
CASE = Case("tanh", inputs=(uniform(-0.5, 0.5, 5, 40),), variants="", oracle=lambda m, x: m.tanh(x))
TIERS = [COMPARATIVE, COMPARATIVE_TENSOR, Comparative(scale=np.abs)]


@pytest.fixture(autouse=True)
def _not_in_the_report():
    with RECORDER.set_aside():
        yield


def off_by(ulps: float, element: int = UNSHOWN) -> Any:
    """torch whose tanh has one element of the gradient off by so many ulp."""

    def gradient(g: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        slope = (g * (1 - torch.tanh(x) ** 2)).numpy().copy()
        at = np.unravel_index(element, slope.shape)
        slope[at] += ulps * ulp(slope[at], str(slope.dtype))
        return torch.from_numpy(slope)

    return torch_side("off", tanh=gate(torch.tanh, gradient))


@pytest.mark.parametrize("sparing", [False, True])
def test_every_element_that_is_refused_has_seen_the_oracle(dtype, sparing):
    """Torch's own errors excuse the candidate's at every element, and no other's do."""
    exact, wrong = torch_side("exact"), off_by(100.0)
    check(CASE, exact, wrong, dtype, sparing=sparing)
    check(CASE, wrong, wrong, dtype, sparing=sparing)
    with pytest.raises(ParityError) as caught:
        check(CASE, wrong, exact, dtype, sparing=sparing)
    assert "(0, 7)" in str(caught.value)
    assert "no oracle" not in str(caught.value)


def test_a_refusal_looks_at_all_of_torchs_errors():
    """12 ulp are refused, but not where torch is 8 ulp off elsewhere, though nobody asked there."""
    with pytest.raises(ParityError):
        check(CASE, off_by(12.0), torch_side("exact"), "float64")
    check(CASE, off_by(12.0), off_by(8.0, element=UNSHOWN + 1), "float64", sparing=True)


def test_what_both_sides_get_wrong_is_seen_under_some_seeds():
    """A sparing run asks the oracle about torch's own bits now and then."""

    def gradient(g: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return 1.001 * g * (1 - torch.tanh(x) ** 2)

    wrong = torch_side("wrong", tanh=gate(torch.tanh, gradient))
    tier = Bound(lambda u, g, x: (8 * u * np.abs(g),))
    case = dataclasses.replace(CASE, inputs=(uniform(-0.5, 0.5, 3),), grad_tier=tier)
    seen = 0
    for seed in range(100):
        try:
            check(case, wrong, wrong, "float64", seed=seed, sparing=True)
        except ParityError:
            seen += 1
    assert 0 < seen < 100


TOO_WIDE = {
    "a share": lambda u, x: 0.01 * np.abs(x),
    "a number": lambda u, x: 0.1,
    "a share besides": lambda u, x: 4 * u * np.abs(x) + 0.001,
}


@pytest.mark.parametrize("bound", TOO_WIDE.values(), ids=list(TOO_WIDE))
def test_a_bound_that_says_nothing_of_rounding_is_refused(bound, dtype):
    """With half the unit roundoff it is not smaller."""
    case = dataclasses.replace(CASE, tier=Bound(bound))
    with pytest.raises(ValueError, match="does not shrink with the unit roundoff"):
        check(case, torch_side("same"), torch_side("reference"), dtype)


@pytest.mark.parametrize("tier", TIERS, ids=repr)
def test_what_is_settled_no_oracle_refuses(tier, dtype, rng):
    """Around powers of two, where the ulp changes, and for oracles near, far, and between."""
    seen = 0
    for _ in range(40):
        size = 2.0 ** rng.integers(-3, 4, 64) * rng.choice([-1.0, 1.0], 64)
        step = ulp(size, dtype) / 2
        near = [(size + step * rng.integers(-6, 7, 64)).astype(dtype) for _ in range(2)]
        ours, theirs = near
        c = Comparison("x", "forward", dtype, ours, theirs, inputs=(theirs,))
        settled = tier.settled(c)
        for reach in (1.0, 8.0, 2.0**20, 2.0**60):
            high = near[1] + rng.uniform(-reach, reach, 64) * step
            known = dataclasses.replace(c, oracle=Oracle(high, np.zeros(64)))
            assert not (verdict(known, tier).bad & settled).any()
        seen += int(settled.sum())
    assert seen > 100


def normal_cdf(x: Any) -> Any:
    """Φ(x), with all digits far below 0."""
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def normal_pdf(x: Any) -> Any:
    """φ(x)."""
    return mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mpmath.pi)


# a case's formula; its value and its derivative, written so that nothing cancels below 0
FLAT = {
    "elu": (elu, mpmath.expm1, mpmath.exp),
    "logsigmoid": (
        logsigmoid,
        lambda x: x - mpmath.log1p(mpmath.exp(x)),
        lambda x: 1 / (1 + mpmath.exp(x)),
    ),
    "sigmoid": (
        lambda m, x: m.sigmoid(x),
        lambda x: mpmath.exp(x) / (1 + mpmath.exp(x)),
        lambda x: mpmath.exp(x) / (1 + mpmath.exp(x)) ** 2,
    ),
    "tanh": (lambda m, x: m.tanh(x), mpmath.tanh, lambda x: mpmath.sech(x) ** 2),
    "gelu": (gelu, lambda x: x * normal_cdf(x), lambda x: normal_cdf(x) + x * normal_pdf(x)),
}


def prepared(case: Case, x: np.ndarray) -> Any:
    """The trial of a case at x, with its oracles."""
    rng = np.random.default_rng(0)
    trial = Trial(case, (x,), "given", reference=torch_ref, dtype="float64", device="cpu", rng=rng)
    trial.prepare()
    return trial


#: Down to where e^x, and e^(-x²/2), are the smallest float64, and beyond.
DOWN = (-1e-9, -0.5, -20.0, -38.5, -75.0, -104.0, -300.0, -709.0, -745.0, -1e4)


@pytest.mark.parametrize("elementwise", [True, False])
@pytest.mark.parametrize("name", FLAT)
def test_the_oracle_keeps_its_digits_where_a_function_is_flat(name, elementwise):
    """Correctly rounded, however small beside the numbers that it is the difference of."""
    formula, value, derivative = FLAT[name]
    x = np.array(DOWN if elementwise else DOWN[1::3])
    case = Case(name, (lambda rng: x,), oracle=formula, elementwise=elementwise)
    trial = prepared(case, x)
    every = np.ones(x.shape, dtype=bool)
    with precision(1000):
        upstream = to_mpf(trial.upstreams[0])
        values = split([value(v) for v in to_mpf(x)])
        slopes = split([u * derivative(v) for u, v in zip(upstream, to_mpf(x), strict=True)])
    np.testing.assert_array_equal(trial.oracles.value(0, every).high, values.high)
    np.testing.assert_array_equal(trial.oracles.gradient(0, every).high, slopes.high)


@pytest.mark.parametrize("elementwise", [True, False])
def test_a_zero_is_a_zero_to_the_oracle_and_a_kink_a_kink(elementwise):
    """x - log x is lowest at 1, where f''' is not 0; |x - 1| has no derivative there."""
    x = np.array([0.25, 1.0, 4.0])

    def gradient(formula: Any) -> Any:
        case = Case("relu", (lambda rng: x,), oracle=formula, elementwise=elementwise)
        trial = prepared(case, x)
        trial.upstreams = [np.ones(3)]
        return trial.oracles.gradient(0, np.ones(3, dtype=bool)).high

    np.testing.assert_array_equal(gradient(lambda m, x: x - m.log(x)), [-3.0, 0.0, 0.75])
    np.testing.assert_array_equal(gradient(lambda m, x: abs(x - 1)), [-1.0, np.nan, 1.0])
