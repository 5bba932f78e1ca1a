"""The oracle is asked where the verdict depends on it, and only there."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

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
from parity_tests.instrument.high_precision import Oracle
from parity_tests.instrument.judge import Comparison, verdict
from parity_tests.instrument.report import RECORDER
from parity_tests.instrument.tiers import Comparative
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
