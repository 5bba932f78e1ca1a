"""Cross-entropy and NLL where conventions decide: nothing to average, infinities, bad input."""

from __future__ import annotations

import numpy as np

from parity_tests.instrument import (
    EXACT_VALUE,
    Bad,
    Case,
    bad_cases,
    cases,
    normal,
    offered,
    to_numpy,
    to_tensor,
    values,
)
from parity_tests.test_losses_classification import bounds

INF, NAN = float("inf"), float("nan")


def nll(m, x, y, reduction):
    return m.reduce(-x[np.arange(len(y)), y], reduction)


def cross_entropy(m, x, y, reduction):
    return nll(m, x - m.log(m.sum(m.exp(x), axis=1))[:, None], y, reduction)


CORNERS = [
    Case(
        name,
        (values(x), values(y)),
        options=options,
        why="NaN, infinities, nothing to average: the conventions are torch's",
        variants="",
        id=id,
    )
    for name in ("cross_entropy", "nll_loss")
    for id, x, y, options in (
        ("all ignored", [[1.0, 2.0], [0.5, -1.0]], [-100, -100], {}),
        ("all ignored sum", [[1.0, 2.0], [0.5, -1.0]], [-100, -100], {"reduction": "sum"}),
        ("one ignored number", [1.0, 2.0], -100, {}),
        ("nan is ignored", [[NAN, 1.0], [2.0, 1.0]], [-100, 1], {}),
        ("infinities", [[INF, 1.0], [-INF, 1.0], [-INF, 1.0], [-INF, -INF]], [0, 1, 0, 0],
         {"reduction": "none"}),
        ("zero weights", [[1.0, 2.0], [0.5, -1.0]], [0, -100], {"weight": np.zeros(2)}),
        ("infinite weight of none", [[1.0, 2.0], [0.5, -1.0]], [1, -100],
         {"weight": np.array([INF, 1.0])}),
        ("huge", [[1e4, -1e4, 0.0], [1e4, 1e4, 1e4]], [1, 2], {}),
        ("one class", [[1.0], [2.0]], [0, 0], {}),
        ("bytes", [[1.0, 2.0]], np.array([1], np.uint8), {}),
        ("no positions", np.zeros((2, 3, 0)), np.zeros((2, 0), np.int64), {}),
    )
] + [
    Case(
        name,
        (normal(2, 130), values(np.array([129, 3], np.uint8))),
        options={"reduction": reduction},
        oracle=formula,
        variants="",
        id=f"bytes above 127 {reduction}",
        **tiers,
    )
    for name, formula, tiers in (
        ("cross_entropy", cross_entropy, bounds("cross_entropy")),
        ("nll_loss", nll, {"tier": EXACT_VALUE}),  # of two numbers, in either order
    )
    for reduction in ("none", "sum", "mean")
] + [
    Case(
        "cross_entropy",
        (values(x), values(y)),
        options=options,
        why="as above, for smoothed labels and distributions",
        variants="",
        id=id,
    )
    for id, x, y, options in (
        ("smooth all ignored", [[1.0, 2.0]], [-100], {"label_smoothing": 0.1}),
        ("smooth nan is ignored", [[NAN, 1.0], [2.0, 1.0]], [-100, 1], {"label_smoothing": 0.1}),
        ("smooth infinity", [[-INF, 1.0]], [1], {"label_smoothing": 0.5}),
        ("distribution infinity", [[-INF, 1.0]], [[0.0, 1.0]], {}),
        ("distribution huge", [[1e4, -1e4]], [[0.25, 0.75]], {}),
    )
]  # fmt: skip # a table


@cases(CORNERS)
def test_corners(case, check):
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


X, Y = [[1.0, 2.0, 3.0], [0.5, -1.0, 2.0]], [0, 2]
IMAGE = [[[0.0, 1.0]] * 3] * 2


def on(name, x, y, dtype=None, **options):
    """A call of `name` on tensors of x and y; options that are lists become tensors."""

    def call(impl):
        lifted = {k: impl.tensor(v) if isinstance(v, list) else v for k, v in options.items()}
        return getattr(impl, name)(impl.tensor(x), impl.tensor(y, dtype), **lifted)

    return call


def of_list(name):
    return lambda impl: getattr(impl, name)(impl.tensor(X), Y)


def wanting_gradient(name):
    return lambda impl: getattr(impl, name)(
        impl.tensor(X), impl.tensor(Y), weight=impl.tensor([1.0] * 3, requires_grad=True)
    )


def through(layer, *args, **options):
    return lambda impl: getattr(impl, layer)(**options)(impl.tensor(X), impl.tensor(Y))


BAD = [
    bad
    for name, layer in (("cross_entropy", "CrossEntropyLoss"), ("nll_loss", "NLLLoss"))
    for bad in (
        Bad(name, on(name, X, [0, 3]), IndexError, says="3", id="label 3"),
        Bad(name, on(name, X, [0, -1]), IndexError, says="-1", id="label -1"),
        Bad(name, on(name, X, [-100, 3]), IndexError, says="3", id="label 3 and ignored"),
        Bad(name, on(name, X, [0, 3], reduction="none"), IndexError, says="0 to 2", id="none"),
        Bad(
            name, on(name, IMAGE, [[0, 3], [0, 0]]), IndexError, says="3", id="label 3 in an image"
        ),
        Bad(name, on(name, X, [0, 1, 2]), ValueError, says="batch_size (2)", id="batch"),
        Bad(name, on(name, X, 0), ValueError, says="batch_size (0)", id="0-d"),
        Bad(name, on(name, X, [[0], [1]]), RuntimeError, says="(2, 1)", id="column"),
        Bad(name, on(name, [1.0, 2.0, 3.0], [0, 1]), ValueError, says="(2,)", id="vector"),
        Bad(name, on(name, IMAGE, [[0, 0, 0]] * 2), RuntimeError, says="(2, 2)", id="image"),
        Bad(name, on(name, IMAGE, [[0, 0]] * 3), ValueError, says="3", id="image batch"),
        Bad(name, on(name, X, [0.0, 1.0]), RuntimeError, says="float32", id="float labels"),
        Bad(name, on(name, X, Y, "int32"), RuntimeError, says="int32", id="int32 labels"),
        Bad(name, on(name, X, [True, False]), RuntimeError, says="bool", id="bool labels"),
        Bad(name, on(name, [[1, 2]], [0]), NotImplementedError, says="int64", id="integers"),
        Bad(name, on(name, X, Y, weight=[1.0]), RuntimeError, says="3 classes", id="weight"),
        Bad(name, on(name, X, Y, weight=[1, 1, 1]), RuntimeError, says="int64", id="weight dtype"),
        Bad(name, wanting_gradient(name), RuntimeError, says="weight", id="weight gradient"),
        Bad(name, on(name, X, Y, reduction="median"), ValueError, says="median"),
        Bad(name, on(name, X, Y, ignore_index=1.0), TypeError, says="int", id="ignore_index"),
        Bad(name, of_list(name), TypeError, says="list", id="list"),
        Bad(layer, through(layer, reduction="median"), ValueError, says="median"),
        Bad(layer, through(layer, weight=[1.0] * 3), TypeError, id="weight"),
    )
]
CE = "cross_entropy"
BAD += [
    Bad("nll_loss", on("nll_loss", 1.0, 0), ValueError, says="0", id="no class"),
    Bad(CE, on(CE, X, [[1, 0, 0]] * 2), RuntimeError, says="int64", id="integer distribution"),
    Bad(CE, on(CE, X, X, ignore_index=1), RuntimeError, says="ignore_index", id="ignored"),
    Bad(CE, on(CE, X, X, label_smoothing=1.5), RuntimeError, says="1.5", id="smoothing soft"),
    Bad(CE, on(CE, X, Y, label_smoothing=1.5), RuntimeError, says="1.5", id="smoothing"),
    Bad(CE, on(CE, X, X, weight=[1.0]), RuntimeError, says="3 classes", id="soft weight"),
    Bad(CE, on(CE, X, [0, 3], label_smoothing=0.1), IndexError, says="3", id="smooth label 3"),
]


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
