"""Orthogonal initial values: to the rounding of a QR factorisation, against 60 digits."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from mpmath import mp

from parity_tests.instrument import EXACT, Bound, assert_parity, offered, to_numpy
from parity_tests.instrument.high_precision import precision, to_mpf
from parity_tests.test_initializers import filled


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (6, 4), (4, 6), (3, 2, 2), (12, 12)], ids=str)
def test_orthogonal(shape, candidate, reference, dtype, seed):
    """Q of the same samples, against 60 digits, and orthonormal."""
    offered(candidate, "orthogonal_")
    rows, columns = shape[0], int(np.prod(shape[1:]))
    for k in range(4):
        options = {"gain": 0.5} if k else {}
        gain = options.get("gain", 1.0)
        mine, my_state, _ = filled(candidate, "orthogonal_", shape, dtype, options, seed + k)
        theirs, state, _ = filled(reference, "orthogonal_", shape, dtype, options, seed + k)
        assert_parity(my_state, state, EXACT, op="orthogonal_", direction="draws")
        generator = reference.Generator().manual_seed(seed + k)
        samples = to_numpy(reference.randn(rows, columns, dtype=dtype, generator=generator))
        oracle = gain * exact_q(samples).reshape(shape)
        tier = Bound(partial(factor_bound, samples, gain))
        assert_parity(mine, theirs, tier, op="orthogonal_", oracle=oracle)
        ours, torchs = (gram(to_numpy(q).reshape(rows, columns) / gain) for q in (mine, theirs))
        one = np.eye(min(rows, columns))
        tier = Bound(partial(gram_bound, samples))
        assert_parity(ours, torchs, tier, op="orthogonal_", direction="QᵀQ", oracle=one)


def roundings(samples):
    """n reflections with sums of m terms and 6 roundings each, as independent as those of a sum.

    Connolly and Higham (2023), "Probabilistic rounding error analysis of Householder QR".
    """
    n, m = sorted(samples.shape)
    return math.sqrt(n * (m + 6))


def factor_bound(samples, gain, u):
    """Q is that of samples that are off, and moves by √2/σ_min of what they are off.

    √2/σ_min: Sun (1991), "Perturbation bounds for the Cholesky and QR factorizations". A rounding
    for the gain.
    """
    off = math.sqrt(2) * roundings(samples) * u * np.linalg.norm(samples)
    return gain * (off / np.linalg.svd(samples, compute_uv=False)[-1] + u)


def gram_bound(samples, u):
    """Householder's Q, of n columns of length 1, is as far from one that is orthogonal; and gains."""
    return 2 * math.sqrt(min(samples.shape)) * roundings(samples) * u + 4 * u


def gram(q):
    """QᵀQ, or QQᵀ of a wide Q, summed in float64."""
    wide = q.astype(np.float64)
    return (wide @ wide.T if len(q) < q.shape[1] else wide.T @ wide).astype(q.dtype)


def exact_q(samples):
    """Q of the factorisation with positive diagonal of R, in 60 digits."""
    wide = samples.shape[0] < samples.shape[1]
    tall = samples.T if wide else samples
    with precision():
        q, r = mp.qr(mp.matrix(to_mpf(tall).tolist()), mode="skinny")
        k = tall.shape[1]
        signed = [[q[i, j] * mp.sign(r[j, j]) for j in range(k)] for i in range(tall.shape[0])]
    array = np.array(signed, dtype=object)
    return array.T if wide else array
