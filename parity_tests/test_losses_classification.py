"""Cross-entropy and NLL: labels and distributions, weights, ignored labels, smoothing, shapes."""

from __future__ import annotations

import numpy as np

from parity_tests.instrument import (
    Case,
    Comparative,
    cases,
    labels,
    normal,
    offered,
    options_grid,
    simplex,
    to_numpy,
    to_tensor,
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


def nll(m, logp, y, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """By labels, as the distribution w (ε/C + (1 − ε) onehot(y)); zero where ignored."""
    axis = class_axis(logp)
    classes = logp.shape[axis]
    w = np.ones(classes, dtype=object) if weight is None else weight
    kept = np.asarray(y) != ignore_index
    shape = [1] * logp.ndim
    shape[axis] = classes
    onehot = np.arange(classes).reshape(shape) == np.expand_dims(y, axis)
    eps = label_smoothing
    q = per_class(w, logp) * np.where(onehot, 1 - eps + eps / classes, eps / classes)
    q = q * np.expand_dims(kept, axis)
    total = m.sum(np.where(kept, w[np.where(kept, y, 0)], 0))
    return of_distribution(m, logp, q, reduction, total)


def cross_entropy(m, x, y, **options):
    return nll(m, log_softmax(m, x, class_axis(x)), y, **options)


def soft(m, x, q, weight=None, reduction="mean", label_smoothing=0.0):
    axis = class_axis(x)
    q = q * (1 - label_smoothing) + label_smoothing / x.shape[axis]
    if weight is not None:
        q = q * per_class(weight, x)
    total = x.size // x.shape[axis]
    return of_distribution(m, log_softmax(m, x, axis), q, reduction, total)


def ignoring(classes, *shape, index=-100):
    """Labels, some of which (never all) are to be ignored."""

    def draw(rng):
        y = rng.integers(0, classes, shape)
        y[..., 0] = index
        return y

    return draw


def loss_scale(x, *_, reduction="mean", weight=1.0, label_smoothing=0.0, **options):
    """Logits cancel in log Σ e^x − x_y; a reduction adds the roundings of every row.

    Label smoothing adds a second loss, the mean over the classes, and with it as many roundings.
    """
    each = max(np.max(np.abs(x), initial=0.0), 1.0) * np.max(weight) * (1 + (label_smoothing > 0))
    rows = x.size / max(x.shape[class_axis(x)], 1)
    return {"none": each, "mean": 2 * each, "sum": 2 * each * rows}[reduction]


def gradient_scale(g, x, *rest, weight=1.0, **options):
    """p Σq − q and log p cancel; z = x − max x is rounded before it is an exponent."""
    each = np.max(np.abs(g), initial=0.0) * np.max(weight) * (1 + np.max(np.abs(x), initial=0.0))
    if rest and rest[0].dtype.kind == "f":  # the mass of a distribution, 1 unless it is none
        each *= np.max(np.sum(np.abs(rest[0]), class_axis(x)), initial=1.0)
    return tuple(np.full(a.shape, each) for a in (x, *rest))


def case(name, inputs, options, oracle, id="", **more):
    return Case(
        name,
        inputs,
        options=options,
        oracle=oracle,
        tier=Comparative(scale=loss_scale),
        grad_tier=Comparative(scale=gradient_scale),
        id=f"{id}-{'-'.join(f'{k}={v if np.ndim(v) == 0 else 4}' for k, v in options.items())}",
        **more,
    )


SHAPES = {"vector": ((4,), ()), "rows": ((6, 4), (6,)), "image": ((2, 4, 3), (2, 3)),
          "volume": ((2, 4, 2, 1, 2), (2, 2, 1, 2))}  # fmt: skip
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
BY_LABEL = [
    case(name, (normal(*x, scale=2.0), labels(4, *y)), options, oracle, id=shape)
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
]  # fmt: skip
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
]  # fmt: skip
LAYERS = [
    *(
        case("CrossEntropyLoss", (normal(6, 4), labels(4, 6)), options, cross_entropy)
        for options in ({}, {"weight": WEIGHT}, {"label_smoothing": 0.2}, {"ignore_index": 1},
                        {"reduction": "sum"})
    ),
    case("CrossEntropyLoss", (normal(6, 4), simplex(6, 4)), {}, soft, id="distribution"),
    *(
        case("NLLLoss", (normal(6, 4), labels(4, 6)), options, nll)
        for options in ({}, {"weight": WEIGHT}, {"ignore_index": 1}, {"reduction": "none"})
    ),
]  # fmt: skip


@cases(BY_LABEL + IGNORED + DISTRIBUTIONS + LAYERS)
def test_value_and_gradient(case, check):
    check(case)


def test_finite_at_extreme_logits(candidate, dtype):
    offered(candidate, "cross_entropy")
    x = to_tensor(candidate, np.array([[1e4, -1e4], [-1e4, 1e4]], dtype), requires_grad=True)
    losses = candidate.cross_entropy(x, candidate.tensor([1, 1]), reduction="none")
    losses.sum().backward()
    np.testing.assert_array_equal(to_numpy(losses), [2e4, 0.0])
    np.testing.assert_array_equal(to_numpy(x.grad), [[1.0, -1.0], [0.0, 0.0]])


def test_a_weight_is_differentiable_with_distributions(candidate, reference):
    offered(candidate, "cross_entropy")
    for impl in (candidate, reference):
        w = impl.tensor([1.0, 2.0], requires_grad=True)
        x, q = impl.tensor([[0.0, 0.0]]), impl.tensor([[0.25, 0.75]])
        impl.cross_entropy(x, q, weight=w).backward()
        ratio = to_numpy(w.grad)[1] / to_numpy(w.grad)[0]
        assert ratio == 3.0
