"""Feature maps with their gradients, and the encodings of data, exact wherever nothing rounds."""

from __future__ import annotations

import numpy as np

from parity_tests.instrument import (
    COMPARATIVE,
    COMPARATIVE_TENSOR,
    EXACT,
    Bad,
    Bound,
    Case,
    assert_parity,
    bad_cases,
    cases,
    dyadic,
    labels,
    normal,
    offered,
    options_grid,
    to_tensor,
    uniform,
    values,
)

LAYOUTS = "transposed strided reversed broadcast empty"
CONSTANT = [[0.1, 1.0, 7.0], [0.1, 2.0, 7.0], [0.1, 4.0, 7.0]]


def kernel(m, X, C, gamma=1.0):
    return m.exp(-gamma * m.sum((X[:, None] - C) ** 2, -1))


def kernel_bound(u, X, C, gamma=1.0):
    """exp(−a) makes relative errors of the absolute ones of a, and adds its own 2.52 ulp.

    a = γ Σ (x − c)²: a difference, twice in its square, which is rounded too; D − 1 sums; γ, D + 3
    roundings in all. An ulp is at most 2u; 2.52 is what NumPy documents for its vector code.
    """
    a = gamma * ((X[:, None] - C) ** 2).sum(-1)
    return u * ((X.shape[1] + 3) * a + 2 * 2.52) * np.exp(-a)


def kernel_slope_bound(u, g, X, C, gamma=1.0):
    """Terms −2γ g (x − c) φ have φ's error and five roundings more; n of them n − 1 by being added."""
    d = X[:, None] - C
    terms = 2 * gamma * np.abs((g * kernel(np, X, C, gamma))[..., None] * d)
    errors = (X.shape[1] + 3) * gamma * (d**2).sum(-1, keepdims=True) + 2 * 2.52 + 5
    by_sample, by_centre = errors + len(C) - 1, errors + len(X) - 1
    return u * (terms * by_sample).sum(1), u * (terms * by_centre).sum(0)


def scores(m, X, correction=0):
    """z, mean and std of the oracle."""
    mean = m.sum(X, 0) / len(X)
    std = m.sqrt(m.sum((X - mean) ** 2, 0) / (len(X) - correction))
    return [(X - mean) / std, mean, std]


CASES = [
    *(
        Case(
            "polynomial_features",
            inputs=(lambda rng, D=D: rng.integers(-8, 9, (6, D)) / 4.0,),
            options=options,
            tier=EXACT,
            id="-".join(map(str, (D, *options.values()))),
        )
        for D in (1, 3)
        for options in options_grid(
            degree=[1, 2, 4], interaction_only=[False, True], include_bias=[True, False]
        )
        if D > 1 or options["degree"] == 1 or not options["interaction_only"]
    ),
    Case("polynomial_features", inputs=(dyadic(4, 2),), tier=EXACT, id="by default"),
    Case("polynomial_features", inputs=(dyadic(4, 2),), options={"degree": 0}, tier=EXACT, wrt=()),
    Case(
        "polynomial_features",
        inputs=(normal(7, 3),),
        options={"degree": 3},
        tier=EXACT,  # each monomial is one more product, in the same order on both sides
        grad_tier=COMPARATIVE_TENSOR,
        dtypes=("float32",),
        id="normal",
    ),
    *(
        Case(
            "radial_basis_features",
            inputs=(normal(6, 3), normal(4, 3)),
            options=options,
            tier=Bound(kernel_bound),
            grad_tier=COMPARATIVE_TENSOR,
            oracle=kernel,
            variants=LAYOUTS,
        )
        for options in ({}, {"gamma": 0.25}, {"gamma": 3.0})
    ),
    Case(
        "radial_basis_features",
        inputs=(uniform(1e4, 1.0001e4, 5, 2), uniform(1e4, 1.0001e4, 3, 2)),
        tier=Bound(kernel_bound),
        grad_tier=COMPARATIVE_TENSOR,
        oracle=kernel,
        variants="transposed",
        id="far from zero",
    ),
    *(
        Case(
            "radial_basis_features",
            inputs=(normal(N, D), normal(M, D)),
            tier=Bound(kernel_bound),
            grad_tier=Bound(kernel_slope_bound),  # too few elements for torch's largest error
            oracle=kernel,
            variants="transposed",
            id=f"{N} samples, {D} features, {M} centres",
        )
        for N, D, M in ((1, 3, 4), (4, 3, 1), (4, 1, 3), (1, 1, 1))
    ),
    *(
        Case(
            "standardize",
            inputs=(uniform(0.5, 3.0, 40, 3),),
            options={"correction": correction},
            tier=COMPARATIVE_TENSOR,
            oracle=scores,
        )
        for correction in (0, 1)
    ),
    Case("standardize", inputs=(values(CONSTANT),), tier=COMPARATIVE, id="constant columns",
         why="a std of 0 is 1 by convention: torch is the yardstick", variants="transposed"),
    Case(
        "standardize",
        inputs=(dyadic(5, 3), dyadic(3), values([0.5, 1.0, 4.0])),
        tier=EXACT,
        variants=LAYOUTS,
        id="given",
    ),
    Case("standardize", inputs=(values([[1.0, -0.0], [3.0, 0.0]]),), tier=EXACT, id="exact"),
    Case("one_hot", inputs=(labels(5, 7),), tier=EXACT, id="7"),
    Case("one_hot", inputs=(labels(1_031, 9),), options={"num_classes": 1_031}, tier=EXACT),
    Case("one_hot", inputs=(labels(4, 3, 2),), options={"num_classes": 6}, tier=EXACT),
    Case("one_hot", inputs=(values(2),), tier=EXACT, id="0-d"),
    Case("one_hot", inputs=(values(np.zeros(0, int)),), options={"num_classes": 3}, tier=EXACT),
    Case("one_hot", inputs=(values(np.zeros(0, int)),), options={"num_classes": 1}, tier=EXACT),
    *(
        Case("region_codes", inputs=(draw(40, 2), draw(3, 3)), tier=EXACT, id=name,
             variants="transposed strided reversed broadcast")
        for name, draw in (("normal", normal), ("dyadic", dyadic))
    ),
]  # fmt: skip # a table


@cases(CASES)
def test_value_and_gradient(case, check):
    check(case)


def refused(name, *arguments, **options):
    return lambda impl: getattr(impl, name)(*arguments, **options)


X = np.array([[0.0, 1.0], [2.0, 3.0]])
NAN = np.array([[0.0, np.nan]])
BAD = [
    *(
        Bad(name, refused(name, X[0], *rest), ValueError, says="(N, D)", id="1-D")
        for name, rest in [
            ("polynomial_features", ()),
            ("radial_basis_features", (X,)),
            ("random_fourier_features", (3,)),
            ("region_codes", (X,)),
            ("standardize", ()),
        ]
    ),
    Bad("polynomial_features", refused("polynomial_features", X, -1), ValueError, says="-1"),
    Bad(
        "polynomial_features",
        refused("polynomial_features", X, 0, include_bias=False),
        ValueError,
        id="nothing",
    ),
    Bad("radial_basis_features", refused("radial_basis_features", X, [[1.0]]), ValueError,
        says="(2, 2) and (1, 1)"),
    Bad("radial_basis_features", refused("radial_basis_features", X, X, 0.0), ValueError,
        says="gamma", id="gamma"),
    Bad("random_fourier_features", refused("random_fourier_features", X, 0), ValueError,
        says="num_features"),
    Bad("random_fourier_features", refused("random_fourier_features", X, 3, -1.0), ValueError,
        says="gamma", id="gamma"),
    Bad("region_codes", refused("region_codes", X, [[1.0, 2.0]]), ValueError, says="(K, 3)"),
    Bad("region_codes", refused("region_codes", NAN, [[1.0, 2.0, 3.0]]), ValueError, id="NaN"),
    Bad("standardize", refused("standardize", NAN), ValueError, says="index (0, 1)"),
    Bad("standardize", refused("standardize", X[:0]), ValueError, says="0", id="empty"),
    Bad("standardize", refused("standardize", X[:1], correction=1), ValueError, id="one"),
    Bad("standardize", refused("standardize", X, mean=[0.0, 0.0]), ValueError, says="both"),
    Bad("standardize", refused("standardize", X, [0.0], [1.0]), ValueError, says="(2,)", id="D"),
    Bad("standardize", refused("standardize", X, [0.0, 0.0], [1.0, 0.0]), ValueError,
        says="positive", id="std"),
    Bad("one_hot", refused("one_hot", [0, -1]), RuntimeError, says="-1"),
    Bad("one_hot", refused("one_hot", [0, 3], 3), RuntimeError, says="3", id="range"),
    Bad("one_hot", refused("one_hot", [0.0, 1.0]), RuntimeError, says="float", id="float"),
    Bad("one_hot", refused("one_hot", [True]), RuntimeError, says="bool", id="bool"),
    Bad("one_hot", refused("one_hot", np.zeros(0, int)), RuntimeError, id="empty"),
    Bad("one_hot", refused("one_hot", [0], 0), RuntimeError, id="no class"),
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)


def test_new_data_in_the_units_of_the_training_data(candidate, rng, dtype):
    offered(candidate, "standardize")
    X = to_tensor(candidate, rng.uniform(1, 2, (30, 2)).astype(dtype))
    z, mean, std = candidate.standardize(X)
    again = candidate.standardize(X[:7], mean, std)[0]
    assert_parity(again, z[:7], EXACT, op="standardize", direction="new data")


def test_three_lines_and_their_codes(candidate):
    """x₁ ≥ 1, x₂ ≥ 1 and x₁ + x₂ ≥ 1: the regions of the sources are named by three bits."""
    offered(candidate, "region_codes", "Perceptron")
    lines = [[-1.0, 1.0, 0.0], [-1.0, 0.0, 1.0], [-1.0, 1.0, 1.0]]
    points = [[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0], [0.75, 0.75]]
    codes = candidate.region_codes(points, lines)
    assert codes.tolist() == [[0, 0, 0], [1, 0, 1], [0, 1, 1], [1, 1, 1], [0, 0, 1]]
    perceptrons = [candidate.Perceptron(2) for _ in lines]
    for p, line in zip(perceptrons, lines, strict=True):
        p.weights = line
    by_hand = candidate.region_codes(points, [p.weights for p in perceptrons])
    assert by_hand.tolist() == codes.tolist()


def test_rings_become_separable(candidate, rng):
    offered(candidate, "polynomial_features", "Perceptron")
    angle, radius = rng.uniform(0, 2 * np.pi, 200), np.repeat([1.0, 2.0], 100)
    x = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
    X, y = to_tensor(candidate, x), to_tensor(candidate, np.repeat([1, -1], 100))
    phi = candidate.polynomial_features(X, 2, include_bias=False)
    plain = candidate.Perceptron(2).fit(X, y, max_epochs=50)
    mapped = candidate.Perceptron(phi.shape[1]).fit(phi, y, max_epochs=500)
    assert (plain.converged, mapped.converged) == (False, True)
