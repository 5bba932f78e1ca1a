"""Losses of a score and a target of ±1: perceptron, hinge embedding, soft margin, multi-label."""

from __future__ import annotations

import numpy as np

from parity_tests.instrument import (
    EXACT_VALUE,
    Bad,
    Case,
    Comparative,
    bad_cases,
    cases,
    dyadic,
    normal,
    offered,
    probabilities,
    to_numpy,
    to_tensor,
    uniform,
    values,
)

REDUCTIONS = ["none", "mean", "sum"]
MARGINS: list[dict[str, object]] = [{}, {"margin": 0.5}]
MARGINS += [{"reduction": r, "margin": 2.0} for r in REDUCTIONS]
ALL_REDUCTIONS: list[dict[str, str]] = [{}, *({"reduction": r} for r in REDUCTIONS)]
WEIGHT = np.array([0.5, 2.0, 1.25])
INF, NAN = float("inf"), float("nan")


def signs(*shape):
    """±1 as floats."""
    return lambda rng: rng.choice([-1.0, 1.0], shape)


def integer_signs(*shape):
    """±1 as integers."""
    return lambda rng: rng.choice([-1, 1], shape)


def soft_margin(m, x, y, reduction="mean"):
    z = -y * x
    return m.reduce(m.maximum(z, 0) + m.log1p(m.exp(-m.absolute(z))), reduction)


def softplus(m, x):
    return m.maximum(x, 0) + m.log1p(m.exp(-m.absolute(x)))


def multilabel(m, x, t, weight=1, reduction="mean"):
    losses = weight * (t * softplus(m, -x) + (1 - t) * softplus(m, x))
    return m.reduce(m.mean(losses, axis=-1), reduction)


def summed(losses, reduction):
    """The scale of a reduced loss: twice its (positive) terms, for every rounding and the sum."""
    return {
        "none": lambda: losses,
        "mean": lambda: 2 * losses.sum() / max(losses.size, 1),
        "sum": lambda: 2 * losses.sum(),
    }[reduction]()


def soft_terms(x, y, reduction="mean"):
    return summed(np.logaddexp(0, -y * x), reduction)


def multilabel_scale(x, t, *w, weight=1, reduction="mean"):
    losses = abs(t) * np.logaddexp(0, -x) + abs(1 - t) * np.logaddexp(0, x)
    losses = losses * (w[0] if w else weight)
    return summed(2 * losses.sum(axis=-1) / max(losses.shape[-1], 1), reduction)


def multilabel_terms(g, x, t, weight=1, reduction="mean"):
    """w/C times (1 − t) σ(x) − t σ(−x) and ±softplus, which cancel; of a mean an nth."""
    g = np.broadcast_to(abs(g), x.shape[:-1])[..., None]
    g = g / max(g.size, 1) if reduction == "mean" else g
    each = 2 * g * weight / max(x.shape[-1], 1)
    return each * (abs(t) + abs(1 - t)), each * (1 + abs(x))


# The perceptron's data are dyadic: its losses and gradients are exact in any order.
POINTS = values([0.0, 0.0, -0.0, -0.0, 2.5, 2.5, -1.5, -1.5])
SIDES = values([1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0])
TABLE = [
    *(
        case
        for name in ("perceptron_loss", "PerceptronLoss")
        for options in ALL_REDUCTIONS
        for case in (
            Case(name, (dyadic(4, 8), signs(4, 8)), options, tier=EXACT_VALUE, wrt=(0,)),
            Case(name, (POINTS, SIDES), options, tier=EXACT_VALUE, variants="", id="kinks"),
        )
    ),
    Case("perceptron_loss", (dyadic(8), integer_signs(8)), tier=EXACT_VALUE, id="integer target"),
    Case("perceptron_loss", (values([NAN, NAN, INF, -INF]), values([1.0, -1.0, -1.0, 1.0])),
         {"reduction": "none"}, tier=EXACT_VALUE, variants="", id="nan and inf"),
    *(
        case
        for name in ("hinge_embedding_loss", "HingeEmbeddingLoss")
        for options in MARGINS
        for case in (
            Case(name, (dyadic(4, 8), signs(4, 8)), options, tier=EXACT_VALUE, wrt=(0,)),
            Case(name, (values([0.5, 1.0, 2.0, 0.0]), values([-1.0, -1.0, -1.0, 0.5])), options,
                 tier=EXACT_VALUE, variants="", wrt=(0,), id="kinks"),
        )
    ),
    Case("hinge_embedding_loss", (values([NAN, NAN, INF, INF, -INF, -INF]),
                                  values([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])),
         {"reduction": "none"}, tier=EXACT_VALUE, variants="", wrt=(0,), id="nan and inf"),
    *(
        Case("hinge_embedding_loss", (dyadic(*a), signs(*b)), tier=EXACT_VALUE, variants="",
             wrt=(0,), id=f"{a} and {b}")
        for a, b in (((4, 8), (8,)), ((8,), (4, 8)))
    ),
    Case("hinge_embedding_loss", (dyadic(8), integer_signs(8)), tier=EXACT_VALUE, id="integers"),
    *(
        Case(name, (normal(5, 3, scale=4.0), signs(5, 3)), {"reduction": r}, oracle=soft_margin, tier=Comparative(scale=soft_terms),
             wrt=(0,))
        for name in ("soft_margin_loss", "SoftMarginLoss")
        for r in REDUCTIONS
    ),
    Case("soft_margin_loss", (normal(5, 3), signs(3)), oracle=soft_margin, tier=Comparative(scale=soft_terms), wrt=(0,), variants="",
         id="row"),
    Case("soft_margin_loss", (normal(6), integer_signs(6)), oracle=soft_margin, tier=Comparative(scale=soft_terms), id="integers"),
    Case("soft_margin_loss", (values([NAN, INF, -INF, 20.0]), values([-1.0, 1.0, -1.0, 1.0])),
         {"reduction": "none"}, why="infinities: torch's conventions", wrt=(0,), variants="",
         id="nan and inf"),
    *(
        Case(
            name,
            (normal(5, 3, scale=3.0), probabilities(5, 3)),
            {"reduction": r, **weight},
            oracle=multilabel,
            tier=Comparative(scale=multilabel_scale),
            grad_tier=Comparative(scale=multilabel_terms),
        )
        for name in ("multilabel_soft_margin_loss", "MultiLabelSoftMarginLoss")
        for r in REDUCTIONS
        for weight in ({}, {"weight": WEIGHT})
    ),
    *(
        Case("multilabel_soft_margin_loss", (normal(*shape), probabilities(*shape)),
             {"reduction": "none"}, oracle=multilabel, tier=Comparative(scale=multilabel_scale), id=str(shape),
             grad_tier=Comparative(scale=multilabel_terms))
        for shape in ((3,), (2, 3, 4))
    ),
    Case("multilabel_soft_margin_loss", (normal(4, 3), probabilities(4, 3), uniform(0.5, 2, 3)),
         oracle=multilabel, tier=Comparative(scale=multilabel_scale), id="gradient of the weight",
         call=lambda impl, x, t, w: impl.multilabel_soft_margin_loss(x, t, weight=w),
         grad_tier=Comparative(scale="tensor"), variants=""),
    Case("multilabel_soft_margin_loss",
         (values([[1e4], [-1e4], [INF], [-INF], [INF]]), values([[1.0], [1.0], [1.0], [1.0], [0.0]])),
         {"reduction": "none"}, why="infinities: torch's conventions", variants="", id="huge"),
]  # fmt: skip # a table


@cases(TABLE)
def test_value_and_gradient(case, check):
    check(case)


def test_a_score_of_zero_for_a_negative_is_a_mistake(candidate):
    """From w = 0 every score is 0: the negatives are mistakes of loss 0, and they must push."""
    offered(candidate, "perceptron_loss")
    s = candidate.tensor([0.0, 0.0], requires_grad=True)
    loss = candidate.perceptron_loss(s, candidate.tensor([1.0, -1.0]))
    loss.backward()
    assert loss.item() == 0.0
    np.testing.assert_array_equal(to_numpy(s.grad), [0.0, 1.0])


def test_the_soft_margin_is_finite_where_torch_overflows(candidate, reference, dtype):
    offered(candidate, "soft_margin_loss")
    array, y = np.array([-1e4, -800.0], dtype), np.ones(2, dtype)
    x = to_tensor(candidate, array, requires_grad=True)
    losses = candidate.soft_margin_loss(x, to_tensor(candidate, y), reduction="none")
    losses.sum().backward()
    np.testing.assert_array_equal(to_numpy(losses), [1e4, 800.0])
    np.testing.assert_array_equal(to_numpy(x.grad), [-1.0, -1.0])
    theirs = reference.soft_margin_loss(to_tensor(reference, array), to_tensor(reference, y))
    assert np.isinf(to_numpy(theirs))  # when this fails, torch has been mended


def on(name, x, y, **options):
    """A call of `name` on tensors of x and y."""
    return lambda impl: getattr(impl, name)(impl.tensor(x), impl.tensor(y), **options)


def of_list(name):
    """A call of `name` on a list."""
    return lambda impl: getattr(impl, name)([1.0], impl.tensor([1.0]))


def through(layer, **options):
    """A call of a layer made with these options."""
    return lambda impl: getattr(impl, layer)(**options)(impl.tensor(ONE), impl.tensor(ONE))


PERCEPTRON, HINGE, SOFT = "perceptron_loss", "hinge_embedding_loss", "soft_margin_loss"
MULTI = "multilabel_soft_margin_loss"
ONE, MATRIX = [1.0, 1.0], [[1.0, 1.0, 1.0]] * 2
LAYERS = ("PerceptronLoss", "HingeEmbeddingLoss", "SoftMarginLoss", "MultiLabelSoftMarginLoss")
BAD = [
    *(
        Bad(f, on(f, ONE, ONE, reduction="median"), ValueError, says="median")
        for f in (PERCEPTRON, HINGE, SOFT, MULTI)
    ),
    *(Bad(f, of_list(f), TypeError, says="list") for f in (HINGE, SOFT, MULTI)),
    *(Bad(c, through(c, reduction="median"), ValueError, says="median") for c in LAYERS),
    *(Bad(f, on(f, MATRIX, ONE), RuntimeError, id="shape") for f in (HINGE, SOFT, MULTI)),
    Bad(PERCEPTRON, on(PERCEPTRON, MATRIX, ONE), ValueError, says="(2,)", id="shape"),
    Bad(PERCEPTRON, on(PERCEPTRON, ONE, [1.0, 0.0]), ValueError, says="+1 or -1"),
    Bad(PERCEPTRON, on(PERCEPTRON, ONE, [1.0, float("nan")]), ValueError, says="+1 or -1", id="nan"),
    Bad(PERCEPTRON, on(PERCEPTRON, [1, 2], [1, -1]), NotImplementedError, says="int64"),
    Bad(HINGE, on(HINGE, [1, 2], [1, -1]), RuntimeError, says="int64", id="integers"),
    Bad(SOFT, on(SOFT, ONE, MATRIX), RuntimeError, says="(2, 3)", id="bigger"),
    Bad(SOFT, on(SOFT, [1, 2], [1, -1]), RuntimeError, says="int64", id="integers"),
    Bad(SOFT, lambda impl: impl.soft_margin_loss(
        impl.tensor(ONE), impl.tensor(ONE, requires_grad=True)), RuntimeError, says="target"),
    Bad(MULTI, on(MULTI, ONE, [True, False]), RuntimeError, says="bool"),
    Bad(MULTI, on(MULTI, 1.0, 1.0), IndexError, says="dimension"),
    Bad("MultiLabelSoftMarginLoss", through("MultiLabelSoftMarginLoss", weight=ONE), TypeError),
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
