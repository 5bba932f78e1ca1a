"""Features at the edges: overflow, one sample, weights and statistics in another precision."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.instrument import EXACT, Bad, assert_parity, bad_cases, offered

X = np.array([[0.0, 1.0], [2.0, 3.0]])
NAN = [np.nan, 1.0]
HALF = np.array([1.0, 1.0], np.float16)
BAD = [
    Bad("standardize", lambda i: i.standardize(X, NAN, [1.0, 1.0]), ValueError, "mean must be"),
    Bad("standardize", lambda i: i.standardize(X, [1.0, 1.0], NAN), ValueError, "std must be"),
    Bad("standardize", lambda i: i.standardize(X, HALF, [1.0, 1.0]), TypeError, "mean must be"),
    Bad("standardize", lambda i: i.standardize(X, [1.0, 1.0], HALF), TypeError, "std must be"),
    Bad("region_codes", lambda i: i.region_codes(X, [1.0, 2.0, 3.0]), ValueError, "weights must"),
]


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)


EDGES = {
    "one sample": [[3.0, -4.0]],
    "squares overflow": [[1e200, 1.0], [-1e200, 2.0]],
    "sums overflow": [[1.5e308, 1.0], [1.5e308, 2.0], [1.0, 3.0]],
}


@pytest.mark.parametrize("edge", EDGES)
def test_standardize_at_the_edges(candidate, reference, edge):
    offered(candidate, "standardize")
    mine, torchs = (impl.standardize(np.array(EDGES[edge])) for impl in (candidate, reference))
    assert_parity(mine, torchs, EXACT, op="standardize", direction=edge)


def test_standardize_by_tiny_units(candidate, reference):
    """New data may overflow in the units of the old."""
    offered(candidate, "standardize")
    given = np.array([[1.0], [-1e300]]), np.array([0.0]), np.array([1e-20])
    mine, torchs = (impl.standardize(*given) for impl in (candidate, reference))
    assert_parity(mine, torchs, EXACT, op="standardize", direction="small std")


def test_statistics_are_made_in_float64(candidate):
    """The mean of 2²⁴, 1, 1, 1 is 4194304.75; in float32 the ones would be lost."""
    offered(candidate, "standardize")
    column = np.array([[2.0**24], [1.0], [1.0], [1.0]], np.float32)
    _, mean, std = candidate.standardize(column)
    assert mean.tolist() == [4194305.0]
    assert std.tolist() == [float(np.float32(column.astype(np.float64).std()))]


def test_codes_are_those_of_the_rounded_weights(candidate, reference):
    """And of scores that overflow."""
    offered(candidate, "region_codes")
    x = np.array([[1.0], [-3.0]], np.float32)
    weights = np.array([[1.0, -(1 + 2.0**-40)], [0.0, 3e38], [0.0, -3e38]])
    mine, torchs = (impl.region_codes(x, weights) for impl in (candidate, reference))
    assert mine.tolist() == [[1, 1, 0], [1, 0, 1]]
    assert_parity(mine, torchs, EXACT, op="region_codes")


def test_the_kernel_is_one_wide_by_default(candidate):
    offered(candidate, "random_fourier_features", "Generator")
    mine, one = (
        candidate.random_fourier_features(X, 4, *g, generator=candidate.Generator().manual_seed(1))
        for g in ((), (1.0,))
    )
    assert_parity(mine, one, EXACT, op="random_fourier_features", direction="default")
