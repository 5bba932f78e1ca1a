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
