"""The truncated normal distribution where it is decided how, and at the very bounds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from parity_tests.instrument import EXACT, assert_parity, covers, offered, to_numpy, to_tensor

covers("trunc_normal_")


def cut(impl, array, seed, *options):
    offered(impl, "trunc_normal_", "Generator")
    generator = impl.Generator().manual_seed(seed)
    return impl.trunc_normal_(to_tensor(impl, array), *options, generator=generator)


@pytest.mark.parametrize("mean", [0.0, 1.5, -2.0])
@pytest.mark.parametrize("std", [0.5, 1.0, 3.0])
def test_which_way_normal_samples_are_cut(candidate, reference, mean, std):
    """Drawn again where three in ten are kept, else drawn uniformly and accepted by density."""
    offered(candidate, "trunc_normal_", "Generator")
    for low, high in (
        (-0.38, 0.38),
        (-0.39, 0.39),
        (0.5, 1.6),
        (0.5, 1.8),
        (-3.0, -0.4),
        (1.0, 4.0),
    ):
        drawn = [
            impl.trunc_normal_(
                *(to_tensor(impl, np.ones(20)), mean, std, mean + std * low, mean + std * high),
                generator=impl.Generator().manual_seed(4),
            )
            for impl in (candidate, reference)
        ]
        assert_parity(drawn[0], drawn[1], EXACT, op="trunc_normal_", direction="value")


def chance(low, high):
    """That a standard normal sample lies in between, rounded as torch rounds it."""
    return (1.0 + math.erf(high / math.sqrt(2.0))) / 2.0 - (
        1.0 + math.erf(low / math.sqrt(2.0))
    ) / 2.0


#: Where the chance is 0.3 to the last bit; in the second, only if it is rounded as in torch.
THREE_IN_TEN = [(-1.0, -0.10382212534995544), (-0.38532046640756784, 0.3853204664075675)]


@pytest.mark.parametrize("bounds", THREE_IN_TEN, ids=str)
def test_where_exactly_three_in_ten_are_kept(candidate, reference, bounds):
    """They are not drawn again: only where more are kept. One bit more, and they are."""
    low, high = bounds
    above = high
    while chance(low, above) <= 0.3:
        above = math.nextafter(above, 2.0)
    for b in (high, above):
        mine, torchs = (cut(i, np.ones(20), 4, 0.0, 1.0, low, b) for i in (candidate, reference))
        assert_parity(mine, torchs, EXACT, op="trunc_normal_", direction="value")


def test_bounds_that_are_drawn(candidate, reference, dtype):
    """A sample that is a bound to the last bit is within."""
    offered(candidate, "randn", "Generator")
    drawn = np.sort(
        to_numpy(reference.randn(20, dtype=dtype, generator=reference.Generator().manual_seed(4)))
    )
    low, high = float(drawn[3]), float(drawn[-4])
    mine, torchs = (
        cut(impl, np.ones(20, dtype), 4, 0.0, 1.0, low, high) for impl in (candidate, reference)
    )
    assert {low, high} <= set(to_numpy(torchs).tolist())
    assert_parity(mine, torchs, EXACT, op="trunc_normal_", direction="value")


def test_a_density_that_is_drawn(candidate, reference):
    """ln u is −z²/2 to the last bit: accepted.

    With this seed ln u lies within 1/1000 of a unit in the last place from a number of float64, so
    that every logarithm gives that number.
    """
    options = (0.0, 3.7348655247359206, 0.0, 1.0)
    mine, torchs = (cut(impl, np.ones(1), 1187, *options) for impl in (candidate, reference))
    first, u = to_numpy(
        reference.rand(2, dtype="float64", generator=reference.Generator().manual_seed(1187))
    ).tolist()
    assert math.log(u) == -0.5 * (first / options[1]) ** 2
    assert to_numpy(torchs).tolist() == [first]
    assert_parity(mine, torchs, EXACT, op="trunc_normal_", direction="value")
