"""Likelihood and information: values, gradients, and 0 log 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_tests.instrument import (
    COMPARATIVE,
    COMPARATIVE_TENSOR,
    Bad,
    Bound,
    Case,
    Comparative,
    bad_cases,
    cases,
    labels,
    normal,
    options_grid,
    probabilities,
    simplex,
    uniform,
    values,
)

REDUCTIONS = options_grid(reduction=["none", "mean", "sum"])
LAYOUTS = "transposed strided reversed broadcast empty"
CORNERS = "the corners where 0 log 0 is 0 by convention: torch is the yardstick"


def bernoulli(m, p, y, reduction):
    return m.reduce(-(y * m.log(p) + (1 - y) * m.log(1 - p)), reduction)


def bernoulli_slopes(upstream, p, y, reduction):
    """The sizes of what is subtracted in ∂f/∂p and ∂f/∂y."""
    scale = np.abs(upstream) / (p.size if reduction == "mean" else 1)
    return scale * (y / p + (1 - y) / (1 - p)), scale * (np.abs(np.log(p)) + np.abs(np.log1p(-p)))


def categorical(m, p, y, reduction):
    return m.reduce(-m.log(p[np.arange(len(y)), y]), reduction)


def categorical_bound(u, p, y, reduction="mean"):
    """A logarithm is off by 4 ulp, a sum of terms of one sign by a rounding for each."""
    losses = -np.log(np.take_along_axis(p, y[..., None], -1))
    if reduction == "none":
        return 8 * u * losses[..., 0]
    total = (losses.size + 9) * u * losses.sum()
    return total / losses.size if reduction == "mean" else total


def gaussian(m, mu, y, sigma, reduction):
    nll = (y - mu) ** 2 / (2 * sigma**2) + m.log(sigma) + m.log(2 * +m.pi) / 2
    return m.reduce(nll, reduction)


def gaussian_slopes(upstream, mu, y, sigma=None, reduction="mean"):
    """The sizes of d/σ² and of what is subtracted in (1 − d²/σ²)/σ."""
    sigma = np.ones_like(mu) if sigma is None else sigma
    scale = np.abs(upstream) / (mu.size if reduction == "mean" else 1)
    d = np.abs(y - mu)
    return scale * d / sigma**2, scale * d / sigma**2, scale * (1 + (d / sigma) ** 2) / sigma


def divergence_terms(p, q, dim=-1):
    """The sizes of p log p and p log q, which are subtracted."""
    return (p * (np.abs(np.log(p)) + np.abs(np.log(q)))).sum(dim)


def divergence_slopes(g, p, q, dim=-1):
    """log p + 1 − log q, and −p/q; where p is q their sum is 0, and only these say how much 0 is."""
    g = np.abs(np.expand_dims(g, dim))
    return g * (np.abs(np.log(p)) + 1 + np.abs(np.log(q))), g * p / q


def columns(rng):
    """Distributions that stand in columns."""
    return simplex(6, 5)(rng).T


ENTROPY: dict[str, Any] = {"tier": COMPARATIVE, "grad_tier": COMPARATIVE_TENSOR}
CASES = [
    Case(
        "logit",
        inputs=(probabilities(5, 7),),
        oracle=lambda m, p: m.log(p / (1 - p)),
        elementwise=True,
        kinks=(0.5,),
    ),
    Case(
        "logit",
        inputs=(uniform(-0.25, 1.25, 5, 7),),
        options={"eps": 0.125},
        oracle=lambda m, p, eps: m.log(
            m.minimum(m.maximum(p, eps), 1 - eps) / (1 - m.minimum(m.maximum(p, eps), 1 - eps))
        ),
        elementwise=True,
        # without NaN: its slope is 0 or NaN with torch's plain or vector kernels
        specials=(0.0, -0.0, 1.0, 0.125, 0.875, 0.5, -1.0, 2.0, np.inf, -np.inf),
    ),
    Case(
        "odds",
        inputs=(probabilities(5, 7),),
        oracle=lambda m, p: p / (1 - p),
        elementwise=True,
        specials=(0.0, 1.0, 0.5, 0.25),
    ),
    *(
        Case(
            "bernoulli_nll",
            inputs=(probabilities(6, 3), probabilities(6, 3)),
            options=options,
            grad_tier=Comparative(scale=bernoulli_slopes),
            oracle=bernoulli,
        )
        for options in REDUCTIONS
    ),
    Case(
        "bernoulli_nll",
        inputs=(values([0.0, 0.0, 1.0, 1.0, 0.5]), values([0.0, 1.0, 0.0, 1.0, 1.0])),
        options={"reduction": "none"},
        why=CORNERS,
        variants="",
        id="corners",
    ),
    Case(
        "bernoulli_nll",
        inputs=(uniform(1e-12, 1e-9, 20), values([0.0, 1.0] * 10)),
        options={"reduction": "none"},
        oracle=bernoulli,
        wrt=(0,),
        id="tiny",
    ),
    *(
        Case(
            "categorical_nll",
            inputs=(simplex(6, 4), labels(4, 6)),
            options=options,
            tier=Bound(categorical_bound),
            oracle=categorical,
        )
        for options in REDUCTIONS
    ),
    Case(
        "categorical_nll",
        inputs=(simplex(3, 257), values([255, 128, 5])),  # more than a byte can tell apart
        options={"reduction": "none"},
        tier=Bound(categorical_bound),
        dtypes=("float32",),
        variants="",
        id="many classes",
    ),
    Case(
        "categorical_nll",
        inputs=(simplex(5, 3, 4), labels(4, 5, 3)),
        tier=Bound(categorical_bound),
        oracle=lambda m, p, y: -m.mean(m.log(np.take_along_axis(p, y[..., None], -1))),
        id="more dimensions",
    ),
    Case(
        "categorical_nll",
        inputs=(values([[0.0, 1.0], [1.0, 0.0]]), values([0, 0])),
        why=CORNERS,
        variants="",
        id="impossible",
    ),
    *(
        Case(
            "gaussian_nll",
            inputs=(normal(6, 3), normal(6, 3), uniform(0.5, 2.0, 6, 3)),
            options=options,
            grad_tier=Comparative(scale=gaussian_slopes),
            variants=LAYOUTS,
            oracle=gaussian,
        )
        for options in REDUCTIONS
    ),
    Case(
        "gaussian_nll",
        inputs=(normal(6, 3), normal(6, 3)),
        oracle=lambda m, mu, y: m.reduce((y - mu) ** 2 / 2 + m.log(2 * +m.pi) / 2, "mean"),
        grad_tier=Comparative(scale=gaussian_slopes),
        variants=LAYOUTS,
        id="unit",
    ),
    Case(
        "entropy", inputs=(simplex(6, 5),), oracle=lambda m, p: -m.sum(p * m.log(p), -1), **ENTROPY
    ),
    Case(
        "entropy",
        inputs=(columns,),
        options={"dim": 0},
        oracle=lambda m, p, dim: -m.sum(p * m.log(p), dim),
        **ENTROPY,
    ),
    Case(
        "distribution_cross_entropy",
        inputs=(simplex(6, 5), simplex(6, 5)),
        oracle=lambda m, p, q: -m.sum(p * m.log(q), -1),
        grad_tier=COMPARATIVE_TENSOR,
    ),
    *(
        Case(
            "kl_divergence",
            inputs=inputs,
            options=options,
            tier=Comparative(scale=divergence_terms),
            grad_tier=Comparative(scale=divergence_slopes),
            oracle=lambda m, p, q, dim=-1: m.sum(p * (m.log(p) - m.log(q)), dim),
        )
        for inputs, options in [
            ((simplex(6, 5), simplex(6, 5)), {}),
            ((columns, columns), {"dim": 0}),
        ]
    ),
    *(
        Case(
            name,
            inputs=(
                values([[0.0, 1.0, 0.0], [0.5, 0.5, 0.0], [0.5, 0.0, 0.5]]),
                values([[0.0, 0.5, 0.5], [0.5, 0.5, 0.0], [0.0, 0.5, 0.5]]),
            ),
            why=CORNERS,
            variants="",
            id="corners",
        )
        for name in ("distribution_cross_entropy", "kl_divergence")
    ),
    Case("entropy", inputs=(values([[0.0, 1.0]]),), why=CORNERS, variants="", id="certain"),
]


@cases(CASES)
def test_value_and_gradient(case, check):
    check(case)


def refused(name, *arguments, **options):
    return lambda impl: getattr(impl, name)(*arguments, **options)


HALVES, WRONG_SUM, NEGATIVE = [0.5, 0.5], [0.5, 0.25], [1.5, -0.5]
BAD = [
    Bad("logit", refused("logit", "three"), TypeError),
    Bad("odds", refused("odds", [1.5]), ValueError, says="[0, 1]"),
    Bad("odds", refused("odds", [float("nan")]), ValueError, says="nan", id="nan"),
    Bad("bernoulli_nll", refused("bernoulli_nll", [1.5], [1.0]), ValueError, says="probs"),
    Bad("bernoulli_nll", refused("bernoulli_nll", [0.5], [2.0]), ValueError, says="target", id="y"),
    Bad("bernoulli_nll", refused("bernoulli_nll", HALVES, [1.0]), ValueError, says="(1,)", id="N"),
    Bad("categorical_nll", refused("categorical_nll", [WRONG_SUM], [0]), ValueError, says="0.75"),
    Bad("categorical_nll", refused("categorical_nll", [HALVES], [0, 1]), ValueError, id="shape"),
    Bad("categorical_nll", refused("categorical_nll", [HALVES], [2]), IndexError, says="target 2"),
    Bad("categorical_nll", refused("categorical_nll", [HALVES], [-1]), IndexError, id="negative"),
    Bad("categorical_nll", refused("categorical_nll", [HALVES], [1.0]), RuntimeError, says="float"),
    Bad("gaussian_nll", refused("gaussian_nll", [0.0], [0.0], 0.0), ValueError, says="positive"),
    Bad("gaussian_nll", refused("gaussian_nll", [0.0], [0.0, 1.0]), ValueError, id="shape"),
    Bad("gaussian_nll", refused("gaussian_nll", HALVES, HALVES, [1.0]), ValueError, id="std shape"),
    *(
        Bad(name, refused(name, *arguments, reduction="median"), ValueError, says="median", id="r")
        for name, arguments in [
            ("bernoulli_nll", ([0.5], [1.0])),
            ("categorical_nll", ([HALVES], [0])),
            ("gaussian_nll", ([0.0], [1.0])),
        ]
    ),
    *(
        Bad(name, refused(name, *([p] * n)), ValueError, says=says, id=says)
        for name, n in (("entropy", 1), ("distribution_cross_entropy", 2), ("kl_divergence", 2))
        for p, says in ((WRONG_SUM, "0.75"), (NEGATIVE, "[0, 1]"))
    ),
    Bad("entropy", refused("entropy", HALVES, dim=1), IndexError),
    *(
        Bad(name, refused(name, HALVES, [HALVES]), ValueError, says="(1, 2)", id="shape")
        for name in ("distribution_cross_entropy", "kl_divergence")
    ),
]


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
