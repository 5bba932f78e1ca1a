"""Random Fourier features against 60 digits and their kernel; polynomials and scales as scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from mpmath import mp

from parity_tests.instrument import (
    Bound,
    assert_parity,
    covers,
    high_precision,
    offered,
    options_grid,
    to_numpy,
    to_tensor,
)
from parity_tests.instrument import tolerances as table
from parity_tests.instrument.high_precision import to_mpf
from parity_tests.instrument.report import RECORDER
from parity_tests.test_features import kernel, kernel_bound
from parity_tests.test_random import NORMAL_TIER

covers("random_fourier_features")


def test_random_fourier_features_are_the_same_from_the_same_seed(
    candidate, reference, rng, dtype, device
):
    offered(candidate, "random_fourier_features", "manual_seed", "Generator")
    x, M, gamma = rng.normal(size=(20, 3)).astype(dtype), 16, 0.5
    upstream = np.linspace(-1, 1, 20 * M).reshape(20, M).astype(dtype)
    results = []
    for impl, where in ((candidate, "cpu"), (reference, device)):
        X = to_tensor(impl, x, requires_grad=True, device=where)
        impl.manual_seed(5)
        phi = impl.random_fourier_features(X, M, gamma=gamma)
        phi.backward(to_tensor(impl, upstream, device=where))
        own = impl.random_fourier_features(X, M, gamma, generator=impl.Generator().manual_seed(5))
        results.append([phi, X.grad])
        assert to_numpy(own).tolist() == to_numpy(phi).tolist()
    generator = reference.Generator().manual_seed(5)
    drawn = (reference.randn(3, M, generator=generator, dtype=X.dtype),
             reference.rand(M, generator=generator, dtype=X.dtype))  # fmt: skip # in this order
    W, b = (to_numpy(a) for a in drawn)
    bounds = map(Bound, fourier_bounds(x, W, b, upstream, gamma))
    oracles = fourier(to_mpf(x), to_mpf(W), to_mpf(b), to_mpf(upstream), gamma)
    op = "random_fourier_features"
    for mine, torchs, bound, oracle in zip(*results, bounds, oracles, strict=True):
        assert_parity(mine, torchs, bound, op=op, device=device, oracle=oracle)


def fourier(X, W, b, upstream, gamma):
    """φ = √(2/M) cos(x·w√(2γ) + 2πb), and the gradient of X, in 60 digits."""
    with high_precision.precision():
        W, b, scale = W * mp.sqrt(2 * gamma), b * (2 * mp.pi), mp.sqrt(mp.mpf(2) / len(b))
        slopes = upstream * high_precision.sin(X @ W + b)
        return scale * high_precision.cos(X @ W + b), -scale * slopes @ W.T


def fourier_bounds(X, W, b, upstream, gamma):
    """How far φ and the gradient may be off, as functions of u, each operation rounding once.

    The argument a: √(2γ) and its product with w, D products, D − 1 sums and + b; b's are fewer. cos
    and sin pass its error on and add their own, of 4 ulp ("libm") or 8u; φ has the factor √(2/M) and
    its product besides. So has the gradient, and products with the upstream, w and √(2γ) rounded
    twice, and M − 1 sums.
    """
    D, M = W.shape
    wide = np.abs(W) * np.sqrt(2 * gamma)
    scale, libm = np.sqrt(2 / M), 2 * table.ULP["libm"].value
    normals = 0 if NORMAL_TIER.exact else libm
    a = (D + 3) * (np.abs(X) @ wide + 2 * np.pi * b) + normals * np.abs(X) @ wide
    slopes = np.abs(upstream) * (a + libm + 5 + M - 1 + normals)
    return lambda u: u * scale * (a + libm + 2), lambda u: u * scale * slopes @ wide.T


def test_random_fourier_features_approximate_the_kernel(candidate, rng):
    offered(candidate, "random_fourier_features", "radial_basis_features", "manual_seed")
    candidate.manual_seed(0)
    X, M = to_tensor(candidate, rng.normal(size=(30, 2))), 20_000
    phi = to_numpy(candidate.random_fourier_features(X, M, gamma=0.3))
    exact = to_numpy(candidate.radial_basis_features(X, X, gamma=0.3))
    # cos(w·d) + cos(w·s + 2b): variances of at most 1/2 each, w normal and b uniform
    bound = Bound(lambda u: table.STANDARD_DEVIATIONS.value / np.sqrt(M), chance=True)
    with RECORDER.set_aside():  # its error is one of chance, and no matter of ulp
        assert_parity(phi @ phi.T, exact, bound, op="random_fourier_features", direction="φφᵀ")


def squared_out(u, X, C, gamma):
    """scikit-learn computes ‖x‖² − 2x·c + ‖c‖², whose terms cancel: D + 2 roundings of each."""
    terms = ((np.abs(X[:, None]) + np.abs(C)) ** 2).sum(-1)
    return (X.shape[1] + 3) * u * gamma * terms * kernel(np, X, C, gamma)


def products(n, values):
    """n roundings of each value."""
    return lambda u: n * u * np.abs(values)


def standardized(u, X):
    """(x − mean)/std: n + 1 roundings of the mean, (n + 5)/2 of the std, difference, quotient."""
    n, std = len(X), X.std(0)
    z = np.abs(X - X.mean(0)) / std
    return u * ((n + 1) * np.abs(X).mean(0) / std + z * ((n + 5) / 2 + 2))


def test_scikit_learn_agrees_on_polynomials_and_kernels(candidate, rng):
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    pairwise = pytest.importorskip("sklearn.metrics.pairwise")
    offered(candidate, "polynomial_features", "radial_basis_features", "standardize")
    x = rng.normal(size=(9, 3))
    X = to_tensor(candidate, x)

    def agree(name, ours, theirs, bound):
        direction = "forward, scikit-learn"
        assert_parity(ours, theirs, Bound(bound), op=name, direction=direction)

    for options in options_grid(degree=[1, 2, 4], interaction_only=[False, True]):
        theirs = preprocessing.PolynomialFeatures(**options).fit_transform(x)
        agree(
            "polynomial_features",
            candidate.polynomial_features(X, **options),
            theirs,
            products(options["degree"] - 1, theirs),
        )
    agree(
        "radial_basis_features",
        candidate.radial_basis_features(X, X[:4], 0.7),
        pairwise.rbf_kernel(x, x[:4], 0.7),
        lambda u: squared_out(u, x, x[:4], 0.7) + kernel_bound(u, x, x[:4], 0.7),
    )
    agree(
        "standardize",
        candidate.standardize(X)[0],
        preprocessing.StandardScaler().fit_transform(x),
        lambda u: standardized(u, x),
    )
