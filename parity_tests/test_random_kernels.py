"""How torch's kernels round: with and without vector instructions, in the last bit."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from parity_tests.instrument import EXACT, assert_parity, environment
from parity_tests.test_random import KNOWN_KERNELS

STREAMS = Path(__file__).with_name("test_random.py")


@pytest.mark.parametrize("capability", ["default", "avx2"])
def test_streams_of_other_kernels(capability, request, exhaustive):
    """torch without and with vector kernels: other last bits, and the same ones here."""
    if not KNOWN_KERNELS:
        pytest.skip("the other kernels are those of x86-64 Linux")
    if capability == "avx2" and not exhaustive:
        pytest.skip("torch has no AVX-512 kernels for these: --exhaustive shows it")
    order = ("default", "avx2", "avx512")
    here = request.config.stash[environment.KEY]["cpu capability"].lower()
    if here not in order or order.index(here) <= order.index(capability):
        pytest.skip(f"this run has {here} kernels: no other to try here")
    again = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *(f"--candidate={request.config.getoption('--candidate')}", "-k", "test_stream"),
            STREAMS,
        ],
        env=os.environ | {"ATEN_CPU_CAPABILITY": capability},
        cwd=STREAMS.parent.parent,
        capture_output=True,
        text=True,
    )
    assert again.returncode == 0, again.stdout[-4000:] + again.stderr[-4000:]


def test_fma(candidate, dtype):
    """a b + c rounded once, against exact rational arithmetic."""
    fma = kernels(candidate, "fused").fma
    rng = np.random.default_rng(1)
    for b, c in (
        (0.2, -0.1),
        (1 / 3, 1e-8),
        (7.7, 1000.0),
        (1.0, 2.0**-70),
        (-3.3, 2.5),
        (0.7, 1.0),
    ):
        a = rng.random(1000).astype(dtype)
        b, c = float(a.dtype.type(b)), float(a.dtype.type(c))
        exact = [Fraction(float(x)) * Fraction(b) + Fraction(c) for x in a]
        assert_parity(fma(a, b, c), rounded(exact, a.dtype), EXACT, op="fma")


def test_what_a_product_was_rounded_by(candidate, dtype):
    """a b − RN(a b) is a number of the dtype, and no bit of it is lost."""
    fma = kernels(candidate, "fused").fma
    rng = np.random.default_rng(2)
    for b in rng.random(200).astype(dtype):
        a = rng.random(1).astype(dtype)
        off = Fraction(float(a[0])) * Fraction(float(b)) - Fraction(float((a * b)[0]))
        expected = np.array([float(off)], dtype)
        assert Fraction(float(expected[0])) == off
        assert_parity(fma(a, float(b), -float((a * b)[0])), expected, EXACT, op="fma")


def test_products_without_fused_kernels(candidate, monkeypatch, dtype):
    """Rounded twice, the product and the sum."""
    module = kernels(candidate, "fused")
    monkeypatch.setattr(module, "fused_kernels", lambda: False)
    a = np.array([1.0 + 2.0**-12, -3.0, 0.7], dtype)
    b, c = a.dtype.type(1.0 + 2.0**-12), a.dtype.type(0.3)
    assert_parity(module.multiply_add(a, float(b), float(c)), a * b + c, EXACT, op="multiply_add")


#: Products of odd multiples of these, each plus one, end in half a unit in the last place.
HALF = {"float32": (2.0**-12, 2.0**-12), "float64": (2.0**-26, 2.0**-27)}


def test_products_too_large_to_be_split(candidate):
    """Beyond 2⁹⁷⁰ the product and the sum are rounded, each once."""
    fused = kernels(candidate, "fused").fma(np.array([1.0, -0.5, 1.5]), 2.0**1000, 3.0 * 2.0**950)
    expected = np.array([1.0, -0.5, 1.5]) * 2.0**1000 + 3.0 * 2.0**950
    assert_parity(fused, expected, EXACT, op="fma")


@pytest.mark.parametrize("c", [2.0**-120, -(2.0**-120), 2.0**-60, -(2.0**-60), 3 * 2.0**-54])
def test_products_halfway_between_two_numbers(candidate, dtype, c):
    """The least that is added decides which one it is; it must not be lost in a wider sum.

    ¾ of a unit in the last place of float64, rounded up there, is not to be taken off again whole.
    """
    first, second = HALF[dtype]
    odd = np.arange(-39, 40, 2)
    a = np.concatenate([1 + first * odd, -1 - first * odd]).astype(dtype)
    for b in 1 + second * odd[::5]:
        exact = [Fraction(float(x)) * Fraction(float(b)) + Fraction(c) for x in a]
        fused = kernels(candidate, "fused").fma(a, float(b), c)
        assert_parity(fused, rounded(exact, a.dtype), EXACT, op="fma")


def test_a_product_of_zero_and_nothing(candidate, dtype):
    """−0 + 0 is 0."""
    zero = kernels(candidate, "fused").fma(np.zeros(2, dtype), -1.0, 0.0)
    assert not np.signbit(zero).any()


def rounded(exact, dtype):
    """Fractions to the nearest number of the dtype; Python rounds them correctly to float64."""
    if dtype == np.float64:
        return np.array([float(q) for q in exact])
    near = [np.float32(float(q)) for q in exact]
    around = [
        (np.nextafter(f, np.float32(-np.inf)), f, np.nextafter(f, np.float32(np.inf))) for f in near
    ]
    return np.array(
        [min(fs, key=lambda f: abs(Fraction(float(f)) - q)) for fs, q in zip(around, exact, strict=True)]
    )  # fmt: skip # a formula


def test_polynomials_need_no_exact_fma(candidate, exhaustive, monkeypatch):
    """Rounding twice in the float32 logarithm, sine and cosine never changes a bit of theirs."""
    box_muller = kernels(candidate, "box_muller")
    add_to_odd = kernels(candidate, "fused")._add_to_odd
    k = np.arange(0, 2**24, 1 if exhaustive else 97, dtype=np.uint32)
    for part in np.array_split(k, 64):
        u = part.astype(np.float32) * np.float32(2.0**-24)
        twice = [box_muller._log(1 - u), *box_muller._cos_sin_cephes(u)]
        with monkeypatch.context() as patch:
            patch.setattr(
                box_muller,
                "_fma",
                lambda a, b, c: add_to_odd(
                    a.astype(np.float64) * b, np.broadcast_to(np.float64(c), a.shape)
                ).astype(np.float32),
            )
            once = [box_muller._log(1 - u), *box_muller._cos_sin_cephes(u)]
        assert_parity(twice, once, EXACT, op="box_muller")


def kernels(candidate, module):
    """A module behind scratch.random; other candidates have none."""
    if candidate.__name__ != "scratch":
        pytest.skip("looks inside scratch")
    return import_module(f"scratch.random.{module}")
