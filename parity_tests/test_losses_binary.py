"""Binary cross-entropy of probabilities and of logits: functions and layers."""

from __future__ import annotations

import numpy as np

from parity_tests.instrument import (
    Bad,
    Case,
    Comparative,
    bad_cases,
    cases,
    normal,
    offered,
    options_grid,
    probabilities,
    to_numpy,
    to_tensor,
    values,
)
from parity_tests.options import OURS

REDUCTIONS = ["none", "mean", "sum"]
WEIGHT = np.array([0.5, 2.0, 1.25])
POSITIVE = np.array([3.0, 0.25, 1.5])


def hard(*shape):
    """0 and 1 as floats."""
    return lambda rng: rng.integers(0, 2, shape).astype(float)


def bce(m, p, t, reduction="mean", weight=1):
    return m.reduce(-weight * (t * m.log(p) + (1 - t) * m.log(1 - p)), reduction)


def softplus(m, x):
    return m.maximum(x, 0) + m.log1p(m.exp(-m.absolute(x)))


def with_logits(m, x, t, reduction="mean", weight=1, pos_weight=1):
    losses = pos_weight * t * softplus(m, -x) + (1 - t) * softplus(m, x)
    return m.reduce(weight * losses, reduction)


def shares(g, x, reduction="mean", weight=1, **_):
    """|∂L/∂ℓ| w of each element: of a mean, an nth of the upstream."""
    g = abs(g) / max(x.size, 1) if reduction == "mean" else abs(g)
    return np.broadcast_to(g, x.shape) * weight


def bce_scales(g, p, t, **options):
    """(p − t) / (p (1 − p)), where p − t cancels; log(1 − p) − log p, zero at ½."""
    g = shares(g, p, **options)
    return g * np.maximum(p, t) / (p * (1 - p)), g * (abs(np.log(p)) + abs(np.log1p(-p)))


def mass(t):
    """|t| + |1 − t|: 1 for a probability, more for the t = x of the variant "twice"."""
    return abs(t) + abs(1 - t)


def logit_scales(g, x, t, **options):
    """σ(x) − t cancels where the prediction is right; −x, or a difference of two softplus."""
    g = shares(g, x, **options)
    g = g * np.maximum(options.get("pos_weight", 1), 1) * mass(t)
    return g, g * (1 + abs(x))


def summed(size, reduction):
    """The scale of a reduced loss: twice its terms, for the roundings of every term and the sum."""
    return {"none": lambda: size, "mean": lambda: 2 * size.sum() / max(size.size, 1),
            "sum": lambda: 2 * size.sum()}[reduction]()  # fmt: skip # a formula


def bce_terms(p, t, reduction="mean", weight=1):
    """−t log p − (1 − t) log(1 − p): all terms positive."""
    return summed(abs(t * np.log(p) + (1 - t) * np.log1p(-p)) * weight, reduction)


def logit_terms(x, t, reduction="mean", weight=1, pos_weight=1):
    """(1 − t) x + max(−x, 0) + …, whose first two terms cancel for a soft target."""
    return summed((1 + abs(x)) * mass(t) * weight * np.maximum(pos_weight, 1), reduction)


BCE_OPTIONS: list[dict[str, object]] = [{}, {"weight": WEIGHT}, {"reduction": "sum"}]
BCE_GRADIENT = Comparative(scale=bce_scales)
BCE_TIER = Comparative(scale=bce_terms)
PLAIN = [
    case
    for reduction in REDUCTIONS
    for weight in ({}, {"weight": WEIGHT}, {"weight": WEIGHT.reshape(1, 3)})
    for case in (
        Case(
            "binary_cross_entropy",
            (probabilities(5, 3), probabilities(5, 3)),
            options={"reduction": reduction, **weight},
            oracle=bce,
            tier=BCE_TIER,
            grad_tier=BCE_GRADIENT,
        ),
        Case(
            "binary_cross_entropy_with_logits",
            (normal(5, 3, scale=3.0), probabilities(5, 3)),
            options={"reduction": reduction, **weight},
            oracle=with_logits,
            tier=Comparative(scale=logit_terms),
            grad_tier=Comparative(scale=logit_scales),
        ),
    )
]
PLAIN += [
    Case(
        "binary_cross_entropy_with_logits",
        (normal(4, 3, scale=5.0), hard(4, 3)),
        options=options,
        oracle=with_logits,
        tier=Comparative(scale=logit_terms),
        grad_tier=Comparative(scale=logit_scales),
        id=f"labels-{'-'.join(options)}-{options['reduction']}",
    )
    for options in (
        *options_grid(reduction=REDUCTIONS),
        *options_grid(reduction=REDUCTIONS, pos_weight=[POSITIVE]),
        *options_grid(reduction=["mean"], pos_weight=[POSITIVE], weight=[WEIGHT]),
        *options_grid(reduction=["none"], pos_weight=[np.array(0.0)]),
    )
]
PLAIN += [
    Case(
        "binary_cross_entropy",
        (values([0.0, 1.0, 0.0, 1.0, 1e-13, 1e-37, 0.5]), values([0.0, 1.0, 1.0, 0.0, 1, 1, 0.25])),
        options={"reduction": "none"},
        why="where the logs are cut at -100, and p (1 - p) at 1e-12: torch's conventions",
        variants="",
        id="ends",
    ),
    Case(
        "binary_cross_entropy_with_logits",
        (normal(6), probabilities(6)),
        options={"reduction": "none"},
        oracle=with_logits,
        tier=Comparative(scale=logit_terms),
        grad_tier=Comparative(scale=logit_scales),
        elementwise=True,
        dtypes=("float32",),  # pairs of special values take mpmath seconds
        why="float32 only",
        id="elementwise",
    ),
    Case("binary_cross_entropy", (hard(4), hard(4)), why="logs of 0", id="hard", wrt=(0,)),
    *(
        Case(
            "BCELoss",
            (probabilities(3, 3), hard(3, 3)),
            options,
            oracle=bce,
            tier=BCE_TIER,
            grad_tier=BCE_GRADIENT,
        )
        for options in BCE_OPTIONS
    ),
    *(
        Case(
            "BCEWithLogitsLoss",
            (normal(3, 3), hard(3, 3)),
            options,
            oracle=with_logits,
            tier=Comparative(scale=logit_terms),
            grad_tier=Comparative(scale=logit_scales),
        )
        for options in (
            *({}, {"reduction": "none"}, {"weight": WEIGHT, "pos_weight": POSITIVE}),
            *({"pos_weight": POSITIVE}, {"weight": WEIGHT, "reduction": "sum"}),
        )
    ),
]


@cases(PLAIN)
def test_value_and_gradient(case, check):
    check(case)


def test_finite_at_extreme_logits(candidate, dtype):
    offered(candidate, "binary_cross_entropy_with_logits")
    logits = np.array([1e4, -1e4, 1e4, -1e4, 40.0], dtype)
    targets = to_tensor(candidate, np.array([1.0, 0.0, 0.0, 1.0, 0.0], dtype))
    x = to_tensor(candidate, logits, requires_grad=True)
    losses = candidate.binary_cross_entropy_with_logits(x, targets, reduction="none")
    losses.sum().backward()
    np.testing.assert_array_equal(to_numpy(losses), [0.0, 0.0, 1e4, 1e4, 40.0])
    np.testing.assert_array_equal(to_numpy(x.grad), [0.0, 0.0, 1.0, -1.0, 1.0])


def test_a_right_and_certain_prediction_still_costs(candidate, dtype):
    """ℓ(x, 1) = log(1 + e^-x) is e^-x at large x, not the 0 that max(x, 0) − x t leaves alone."""
    offered(candidate, "binary_cross_entropy_with_logits")
    x = np.array([20.0, 30.0], dtype)
    sides = [(x, np.ones_like(x))]
    if candidate.__name__ == OURS:  # torch's (1 − t)x − log σ(x) is 0 at −20: −20 − e^-20 rounds
        sides.append((-x, np.zeros_like(x)))
    for logits, targets in sides:
        given = to_tensor(candidate, logits), to_tensor(candidate, targets)
        loss = candidate.binary_cross_entropy_with_logits(*given, reduction="none")
        assert (to_numpy(loss) > 0).all()


def on(name, x, t, **options):
    """A call of `name` on tensors of x and t; options that are lists become tensors."""

    def call(impl):
        lifted = {k: impl.tensor(v) if isinstance(v, list) else v for k, v in options.items()}
        return getattr(impl, name)(impl.tensor(x), impl.tensor(t), **lifted)

    return call


def wanting_gradient(name, option):
    return lambda impl: getattr(impl, name)(
        impl.tensor([0.5]), impl.tensor([1.0]), **{option: impl.tensor([1.0], requires_grad=True)}
    )


BCE, LOGITS = "binary_cross_entropy", "binary_cross_entropy_with_logits"
HALF, ONE, TWO = [0.5], [1.0], [0.5, 0.5]
BAD = [
    bad
    for name in (BCE, LOGITS)
    for bad in (
        Bad(name, on(name, HALF, ONE, reduction="median"), ValueError, says="median"),
        Bad(name, on(name, TWO, [[1.0], [0.0]]), ValueError, says="(2,)", id="size"),
        Bad(name, on(name, HALF, [1]), RuntimeError, says="int64", id="integer target"),
        Bad(name, on(name, [[0.5] * 3], [[1.0] * 3], weight=TWO), RuntimeError, says="2"),
        Bad(name, on(name, TWO, TWO, weight=[[1.0, 1.0]] * 3), RuntimeError, says="3", id="bigger"),
        Bad(name, wanting_gradient(name, "weight"), RuntimeError, says="weight", id="gradient"),
    )
] + [
    Bad(BCE, on(BCE, [1.5], ONE), RuntimeError, says="between 0 and 1", id="input 1.5"),
    Bad(BCE, on(BCE, [float("nan")], ONE), RuntimeError, says="input", id="input nan"),
    Bad(BCE, on(BCE, HALF, [-0.5]), RuntimeError, says="target", id="target -0.5"),
    Bad(BCE, lambda impl: impl.binary_cross_entropy(impl.tensor(HALF), impl.tensor(ONE, "float64")),
        RuntimeError, says="float64", id="dtypes"),
    Bad(LOGITS, on(LOGITS, [[0.5] * 3], [[1.0] * 3], pos_weight=TWO), RuntimeError, says="2"),
    Bad(LOGITS, on(LOGITS, [1], ONE), NotImplementedError, says="int64", id="integer logits"),
    Bad(LOGITS, on(LOGITS, [1], [1]), NotImplementedError, says="int64", id="integers"),
    Bad(LOGITS, wanting_gradient(LOGITS, "pos_weight"), RuntimeError, says="pos_weight"),
    Bad("BCELoss", lambda impl: impl.BCELoss()(impl.tensor([2.0]), impl.tensor(ONE)), RuntimeError),
    Bad("BCELoss", lambda impl: impl.BCELoss(weight=ONE), TypeError, id="list"),
    Bad("BCEWithLogitsLoss", lambda impl: impl.BCEWithLogitsLoss(pos_weight=ONE), TypeError),
    Bad("BCEWithLogitsLoss",
        lambda impl: impl.BCEWithLogitsLoss(reduction="x")(impl.tensor(ONE), impl.tensor(ONE)),
        ValueError, says="x"),
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
