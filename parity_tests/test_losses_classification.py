"""Cross-entropy and NLL: labels and distributions, weights, ignored labels, smoothing, shapes."""

from __future__ import annotations

from functools import partial

import numpy as np

from parity_tests.instrument import (
    Bound,
    Case,
    cases,
    labels,
    normal,
    options_grid,
    simplex,
    values,
)

REDUCTIONS = ["none", "mean", "sum"]
WEIGHT = np.array([0.5, 2.0, 1.25, 3.0])


def log_softmax(m, x, axis):
    z = x - m.max(x, axis=axis, keepdims=True)
    return z - m.log(m.sum(m.exp(z), axis=axis, keepdims=True))


def class_axis(x):
    return 0 if x.ndim == 1 else 1


def per_class(w, x):
    """Class weights, ready to multiply scores."""
    return np.reshape(w, (-1,) + (1,) * max(x.ndim - 2, 0))


def of_distribution(m, logp, q, reduction, total):
    losses = -m.sum(q * logp, axis=class_axis(logp))
    return m.sum(losses) / total if reduction == "mean" else m.reduce(losses, reduction)


def as_distribution(shape, y, weight=None, ignore_index=-100, label_smoothing=0.0):
    """Labels as the distribution w (ε/C + (1 − ε) onehot(y)), zero where ignored; and Σ w_y."""
    axis = 0 if len(shape) == 1 else 1
    classes = shape[axis]
    w = np.ones(classes, dtype=object) if weight is None else weight
    kept = np.asarray(y) != ignore_index
    along = [1] * len(shape)
    along[axis] = classes
    onehot = np.arange(classes).reshape(along) == np.expand_dims(y, axis)
    eps = label_smoothing
    q = np.where(onehot, 1 - eps + eps / classes, eps / classes)
    q = np.reshape(w, along) * q * np.expand_dims(kept, axis)
    return q, np.sum(np.where(kept, w[np.where(kept, y, 0)], 0))


def nll(m, logp, y, reduction="mean", **options):
    q, total = as_distribution(logp.shape, y, **options)
    return of_distribution(m, logp, q, reduction, total)


def cross_entropy(m, x, y, **options):
    return nll(m, log_softmax(m, x, class_axis(x)), y, **options)


def soft(m, x, q, weight=None, reduction="mean", label_smoothing=0.0):
    axis = class_axis(x)
    q, total = smoothed(x, q, weight, label_smoothing)
    return of_distribution(m, log_softmax(m, x, axis), q, reduction, total)


def smoothed(x, q, weight=None, label_smoothing=0.0):
    """A distribution with its smoothing and its weights, and the number of rows."""
    classes = max(x.shape[class_axis(x)], 1)
    q = q * (1 - label_smoothing) + label_smoothing / classes
    return q if weight is None else q * per_class(weight, x), x.size // classes


def ignoring(classes, *shape, index=-100):
    """Labels, some of which (never all) are to be ignored."""

    def draw(rng):
        y = rng.integers(0, classes, shape)
        y[..., 0] = index
        y.flat[-1] = (index + 1) % classes
        return y

    return draw


def some_ignored(x, y, ignore_index=-100, **_):
    """Whether there are labels of both kinds."""
    return 0 < np.count_nonzero(y == ignore_index) < y.size


def additions(n):
    """Roundings that a number meets in a sum of n: one by one up to 128, a tree of such blocks."""
    return min(n, 128 + np.log2(max(n, 1) / 128))


def rounded_log_softmax(u, x):
    """log p, and by how much it may be off: z = x − max x, e^z, Σ_c, log Σ, z − log Σ.

    e^z is off by |z|u + 8u of itself (4 ulp for exp), so that Σ is by (Σ p|z| + 8 + C)u, where C
    stands for the additions; log adds 8u of itself, and |z| and log Σ are both no larger than |log p|.
    """
    axis = class_axis(x)
    z = x - np.max(x, axis, keepdims=True, initial=-np.inf)
    total = np.exp(z).sum(axis, keepdims=True)
    logp = z - np.log(total)
    mean_z = (np.exp(logp) * np.abs(z)).sum(axis, keepdims=True)
    return logp, u * (mean_z + 8 + additions(x.shape[axis]) + 10 * np.abs(logp))


def weighed(x, y, reduction="mean", **options):
    """|q|, what the reduction divides by, and how many rows there are."""
    is_label = y.dtype.kind != "f"
    q, total = as_distribution(x.shape, y, **options) if is_label else smoothed(x, y, **options)
    divisor = total if reduction == "mean" else 1
    return np.abs(q.astype(float)), float(divisor) or 1.0, x.size // max(x.shape[class_axis(x)], 1)


def loss_bound(u, x, y, logits=True, **options):
    """A row is off by what its log p are, and by C + 4 roundings of Σ q log p; Σ and / by rows."""
    axis = class_axis(x)
    q, divisor, rows = weighed(x, y, **options)
    logp, off = rounded_log_softmax(u, x) if logits else (x, 0 * x)
    each = (q * (off + (additions(x.shape[axis]) + 4) * u * np.abs(logp))).sum(axis)
    if options.get("reduction", "mean") == "none":
        return each
    return (each.sum() + 2 * (rows + 1) * u * (q * np.abs(logp)).sum()) / divisor


def gradient_bound(u, g, x, y, logits=True, **options):
    """g (p Σq − q) and −g log p: p is off as log p is, and by its exp; g is g/Σw by then."""
    axis = class_axis(x)
    q, divisor, rows = weighed(x, y, **options)
    g = (np.abs(g) if g.ndim == 0 else np.expand_dims(np.abs(g), axis)) / divisor
    roundings = (additions(x.shape[axis]) + rows + 8) * u
    if not logits:
        return (g * q * roundings,)
    logp, off = rounded_log_softmax(u, x)
    mass, p = q.sum(axis, keepdims=True), np.exp(logp)
    to_x = g * (mass * p * (off + 8 * u) + roundings * (mass * p + q))
    if y.dtype.kind != "f":
        return (to_x,)
    w = 1 if options.get("weight") is None else per_class(options["weight"], x)
    to_q = g * w * (off + 8 * u * np.abs(logp))
    return to_x, to_q


def bounds(name):
    """Tiers of the loss of this name: values and gradients."""
    logits = name in ("cross_entropy", "CrossEntropyLoss")
    return {
        "tier": Bound(partial(loss_bound, logits=logits)),
        "grad_tier": Bound(partial(gradient_bound, logits=logits)),
    }


def case(name, inputs, options, oracle, id="", **more):
    return Case(
        name,
        inputs,
        options=options,
        oracle=oracle,
        **bounds(name),
        holds=some_ignored if "ignore" in f"{id}{list(options)}" else None,
        id=f"{id}-{'-'.join(f'{k}={v if np.ndim(v) == 0 else 4}' for k, v in options.items())}",
        **more,
    )


SHAPES = {"vector": ((4,), ()), "rows": ((6, 4), (6,)), "image": ((2, 4, 3), (2, 3)),
          "volume": ((2, 4, 2, 1, 2), (2, 2, 1, 2))}  # fmt: skip # a table
OPTIONS = [
    *options_grid(reduction=REDUCTIONS),
    *options_grid(reduction=REDUCTIONS, weight=[WEIGHT]),
    {"ignore_index": 2},
    {"ignore_index": 2, "weight": WEIGHT, "reduction": "sum"},
]
SMOOTHING = [
    *options_grid(reduction=REDUCTIONS, label_smoothing=[0.1]),
    *options_grid(reduction=REDUCTIONS, label_smoothing=[0.3], weight=[WEIGHT]),
    {"label_smoothing": 1.0},
    {"label_smoothing": 0.2, "ignore_index": 1},
    {"label_smoothing": 0.2, "ignore_index": 1, "weight": WEIGHT},
    {"label_smoothing": 0.2, "ignore_index": 1, "weight": WEIGHT, "reduction": "none"},
]


def drawn(options, *shape):
    """Labels of four classes; among them the one that the options ignore, if they do."""
    index = options.get("ignore_index")
    return labels(4, *shape) if index is None else ignoring(4, *shape, index=index)


BY_LABEL = [
    case(name, (normal(*x, scale=2.0), drawn(options, *y)), options, oracle, id=shape)
    for name, oracle, more in (("cross_entropy", cross_entropy, SMOOTHING), ("nll_loss", nll, []))
    for shape, (x, y) in SHAPES.items()
    for options in OPTIONS + more
    if not (shape == "vector" and "ignore_index" in options)
]
IGNORED = [
    case(name, (normal(*x), ignoring(4, *y)), options, oracle, id=f"ignored {shape}")
    for name, oracle in (("cross_entropy", cross_entropy), ("nll_loss", nll))
    for shape, (x, y) in list(SHAPES.items())[1:]
    for options in (
        *({"reduction": r} for r in REDUCTIONS),
        {"weight": WEIGHT},
        *([{"label_smoothing": 0.1}, {"label_smoothing": 0.1, "weight": WEIGHT}]
          if name == "cross_entropy" else []),
    )
]  # fmt: skip # a table
DISTRIBUTIONS = [
    case("cross_entropy", (normal(*x), simplex(*x)), options, soft, id=f"distribution {shape}")
    for shape, (x, _) in SHAPES.items()
    for options in (
        *options_grid(reduction=REDUCTIONS),
        *options_grid(reduction=REDUCTIONS, weight=[WEIGHT]),
        {"label_smoothing": 0.1},
        {"label_smoothing": 0.1, "weight": WEIGHT, "reduction": "none"},
    )
] + [
    case("cross_entropy", (values([[1.0, -1.0]]), values([[2.0, 0.75]])), {}, soft,
         id="not summing to 1", variants="transposed strided reversed"),
]  # fmt: skip # a table
LAYERS = [
    *(
        case("CrossEntropyLoss", (normal(6, 4), drawn(options, 6)), options, cross_entropy)
        for options in ({}, {"weight": WEIGHT}, {"label_smoothing": 0.2}, {"ignore_index": 1},
                        {"reduction": "sum"}, {"weight": WEIGHT, "label_smoothing": 0.2},
                        {"weight": WEIGHT, "label_smoothing": 0.2, "ignore_index": 1})
    ),
    case("CrossEntropyLoss", (normal(6, 4), simplex(6, 4)), {}, soft, id="distribution"),
    *(
        case("NLLLoss", (normal(6, 4), drawn(options, 6)), options, nll)
        for options in ({}, {"weight": WEIGHT}, {"ignore_index": 1}, {"reduction": "none"},
                        {"weight": WEIGHT, "ignore_index": 1})
    ),
]  # fmt: skip # a table


@cases(BY_LABEL + IGNORED + DISTRIBUTIONS + LAYERS)
def test_value_and_gradient(case, check):
    check(case)
