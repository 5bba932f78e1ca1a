"""Random numbers at the edges: the ends of ranges, other machines' kernels, products halfway."""

from __future__ import annotations

import platform
from fractions import Fraction

import numpy as np
import pytest

from parity_tests.instrument import (
    EXACT,
    Bad,
    Ulp,
    assert_parity,
    bad_cases,
    covers,
    offered,
    to_numpy,
    to_tensor,
)
from parity_tests.test_random_kernels import kernels, rounded

covers("bernoulli", "uniform_")

LARGEST = float(np.finfo(np.float32).max)


@pytest.mark.parametrize("bounds", [(-LARGEST, 0.0), (0.0, LARGEST), (LARGEST, LARGEST)])
def test_uniform_over_all_there_is(candidate, reference, bounds):
    """Both bounds may be the largest number, and so may their distance."""
    offered(candidate, "uniform_", "Generator")
    drawn = []
    for impl in (candidate, reference):
        generator = impl.Generator().manual_seed(3)
        drawn.append(impl.uniform_(to_tensor(impl, np.ones(40, np.float32)), *bounds, generator))
    assert_parity(drawn[0], drawn[1], EXACT, op="uniform_", direction="value")


def test_certain_coins(candidate, reference):
    """Probabilities of 0 and 1 are some."""
    for impl in (candidate, reference):
        offered(impl, "bernoulli")
        assert impl.bernoulli(impl.tensor([0.0, 1.0, 0.0, 1.0])).tolist() == [0.0, 1.0, 0.0, 1.0]


def test_a_coin_whose_number_is_its_probability(candidate, reference, dtype):
    """u < p, not u ≤ p."""
    for impl in (candidate, reference):
        offered(impl, "bernoulli", "rand", "Generator")
        u = impl.rand(20, dtype=dtype, generator=impl.Generator().manual_seed(5))
        coins = impl.bernoulli(u, generator=impl.Generator().manual_seed(5))
        assert not to_numpy(coins).any()


def _uniform(low: float, high: float):
    return lambda impl: impl.uniform_(impl.tensor([1.0, 2.0]), low, high)


INFINITE = float("inf")
BAD = [
    Bad("bernoulli", lambda i: i.bernoulli(i.tensor([0.5]), 1.5), RuntimeError, "p=1.5"),
    Bad("uniform_", _uniform(-LARGEST, LARGEST), RuntimeError, "to - from", id="too wide"),
    Bad("uniform_", _uniform(-INFINITE, 0.0), RuntimeError, "from", id="from"),
    Bad("uniform_", _uniform(0.0, INFINITE), RuntimeError, "to", id="to"),
]


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)


@pytest.mark.parametrize(
    ("machine", "is_x86"),
    [
        *((name, True) for name in ("x86_64", "AMD64", "i386", "i686")),
        *((name, False) for name in ("arm64", "aarch64", "ppc64le", "")),
    ],
)
def test_machines(candidate, monkeypatch, machine, is_x86):
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert kernels(candidate, "fused")._is_x86() == is_x86


def test_a_feature_that_nobody_has_heard_of(candidate):
    assert kernels(candidate, "fused")._cpu_has("NO SUCH FEATURE") is False


def test_normal_samples_without_vector_kernels(candidate, monkeypatch):
    """The same numbers from the C library, to its precision and that of a product."""
    module = kernels(candidate, "box_muller")
    monkeypatch.setattr(module, "vector_kernels", lambda: False)
    u = np.random.default_rng(1).integers(0, 2**24, (50, 2, 8)) * 2.0**-24
    plain = module.box_muller(u.astype(np.float32))
    assert plain.dtype == np.float32
    angles = (2 * np.pi * u[:, 1]).astype(np.float32).astype(np.float64)
    r = np.sqrt(-2 * np.log(1 - u[:, 0]))
    exact = np.stack([r * np.cos(angles), r * np.sin(angles)], 1)
    assert_parity(plain, exact.astype(np.float32), Ulp("libm"), op="box_muller")


def test_products_without_fused_kernels(candidate, monkeypatch, dtype):
    """Rounded twice, the product and the sum."""
    module = kernels(candidate, "fused")
    monkeypatch.setattr(module, "fused_kernels", lambda: False)
    a = np.array([1.0 + 2.0**-12, -3.0, 0.7], dtype)
    b, c = a.dtype.type(1.0 + 2.0**-12), a.dtype.type(0.3)
    assert_parity(module.multiply_add(a, float(b), float(c)), a * b + c, EXACT, op="multiply_add")


HALF = {"float32": (1 + 2.0**-12, 1 + 2.0**-12), "float64": (1 + 2.0**-26, 1 + 2.0**-27)}


@pytest.mark.parametrize("c", [2.0**-120, -(2.0**-120), 1.0 + 2.0**-20])
def test_products_halfway_between_two_numbers(candidate, dtype, c):
    """The least that is added decides which one it is; it must not be lost in a wider sum."""
    a, b = HALF[dtype]
    exact = [Fraction(a) * Fraction(b) + Fraction(c)]
    fused = kernels(candidate, "fused").fma(np.array([a], dtype), b, c)
    assert_parity(fused, rounded(exact, fused.dtype), EXACT, op="fma")


def test_a_product_of_zero_and_nothing(candidate, dtype):
    """−0 + 0 is 0."""
    zero = kernels(candidate, "fused").fma(np.zeros(2, dtype), -1.0, 0.0)
    assert not np.signbit(zero).any()
