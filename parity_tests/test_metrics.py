"""Metrics: counts and ratios that leave no room for rounding, and scikit-learn's opinion of them."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.instrument import (
    COMPARATIVE,
    EXACT,
    Bad,
    Case,
    assert_parity,
    bad_cases,
    cases,
    dyadic,
    integers,
    labels,
    normal,
    offered,
    options_grid,
    to_tensor,
    values,
)

AVERAGES = ["macro", "micro", "weighted", None]
TIED = [[1.0, 1.0, 0.0], [0.0, 2.0, 2.0], [-np.inf, np.inf, np.inf], [0.0, -0.0, 0.0]]


def predictions(rng, dtype):
    """Predictions that explain most of their targets."""
    target = 3 * rng.standard_normal(1000)
    return target + rng.standard_normal(1000), target


CASES = [
    Case("accuracy", inputs=(normal(24, 5), labels(5, 24)), tier=EXACT, id="scores"),
    Case("accuracy", inputs=(labels(3, 24), labels(3, 24)), tier=EXACT, id="labels"),
    Case("accuracy", inputs=(values([1.0, -1.0, 1.0]), values([1, 1, 1])), tier=EXACT, id="signs"),
    Case("accuracy", inputs=(values(TIED), values([0, 1, 1, 0])), tier=EXACT, id="ties"),
    Case("accuracy", inputs=(values([2.0**53, 1.0]), values([2**53, 1])), tier=EXACT, id="large"),
    Case(
        "accuracy",
        inputs=(values([2**24, 2**24 + 1, 2**53]), values([2**24 + 1, 2**24 + 1, 2**53 - 1])),
        tier=EXACT,
        id="labels that are one in float32",
    ),
    *(
        Case(
            "confusion_matrix",
            inputs=(normal(30, 4), labels(4, 30)),
            options={"num_classes": n},
            tier=EXACT,
            id=f"scores-{n}",
        )
        for n in (None, 4, 6)
    ),
    Case("confusion_matrix", inputs=(labels(4, 30), labels(3, 30)), tier=EXACT, id="labels"),
    Case("confusion_matrix", inputs=(labels(2, 30), labels(5, 30)), tier=EXACT, id="unpredicted"),
    *(
        Case(
            "confusion_matrix",
            inputs=(labels(1, 4), labels(1, 4)),
            options=options,
            tier=EXACT,
            id=f"one class-{options}",
            variants="",
        )
        for options in ({}, {"num_classes": 1})
    ),
    *(
        Case(
            "precision_recall_f1",
            inputs=(normal(40, 6), labels(6, 40)),
            options=options,
            tier=EXACT,
        )
        for options in options_grid(
            average=AVERAGES, num_classes=[None, 9], zero_division=[0.0, 1.0]
        )
    ),
    Case(
        "precision_recall_f1",
        inputs=(values([0, 1, 1]), values([0, 1, 2])),
        tier=EXACT,
        id="a class that occurs once",
    ),
    *(
        Case(
            "precision_recall_f1",
            inputs=(labels(high, 20), labels(2, 20)),
            options={"average": "binary"},
            tier=EXACT,
            id=f"binary-{high}",
        )
        for high in (1, 2)
    ),
    *(
        Case(name, inputs=(dyadic(*shape), dyadic(*shape)), tier=EXACT, id=str(shape))
        for name in ("mean_squared_error", "root_mean_squared_error", "r2_score")
        for shape in ((16,), (8, 4))
    ),
    Case("mean_squared_error", inputs=(integers(-9, 9, 8), integers(-9, 9, 8)), tier=EXACT),
    *(
        Case(
            name,
            inputs=(values(prediction), values([-1e200, 0.0, 1.0])),
            tier=EXACT,
            dtypes=("float64",),
            variants="",
            id=id_,
        )
        for name in ("mean_squared_error", "r2_score")
        for id_, prediction in [
            ("overflow", [1e200, 0.0, 1.0]),
            ("infinite", [np.inf, 0.0, 1.0]),
        ]
    ),
    Case(
        "mean_squared_error",
        inputs=(values([np.inf, 1.0]), values([np.inf, 0.0])),
        tier=EXACT,
        variants="",
        id="both infinite",
    ),
    Case(
        "r2_score",
        inputs=(dyadic(4, 2), values([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0], [6.0, 5.0]])),
        tier=EXACT,
        variants="transposed strided reversed",
        id="one constant column",
    ),
    Case("r2_score", inputs=(values([1.0, 2.0]), values([3.0, 3.0])), tier=EXACT, id="constant"),
    Case("r2_score", inputs=(values([3.0, 3.0]), values([3.0, 3.0])), tier=EXACT, id="perfect"),
    Case(
        "mean_squared_error",
        inputs=(normal(1000), normal(1000)),
        dtypes=("float64",),
        oracle=lambda m, x, y: m.mean((x - y) ** 2),
    ),
    Case(
        "root_mean_squared_error",
        inputs=(normal(1000), normal(1000)),
        dtypes=("float64",),
        oracle=lambda m, x, y: m.sqrt(m.mean((x - y) ** 2)),
    ),
    Case(
        "r2_score",
        inputs=predictions,
        dtypes=("float64",),
        oracle=lambda m, x, y: 1 - m.sum((x - y) ** 2) / m.sum((y - m.mean(y)) ** 2),
    ),
]


@cases(CASES)
def test_same_numbers(case, check):
    check(case)


def refused(name, *arguments):
    """A call with these arguments."""
    return lambda impl: getattr(impl, name)(*arguments)


BAD = [
    *(
        Bad(name, refused(name, a, b), error, says=says, id=id_)
        for name in ("accuracy", "confusion_matrix", "precision_recall_f1")
        for id_, a, b, error, says in [
            ("lengths", [0, 1], [0, 1, 1], ValueError, "(2,) and (3,)"),
            ("one-hot", [[0.0, 1.0]], [[0, 1]], ValueError, "(N,)"),
            ("empty", np.zeros((0, 3)), np.zeros(0, int), ValueError, "at least one sample"),
            ("probabilities", [0.3, 0.9], [0, 1], ValueError, "input must hold labels"),
            ("fraction", [1.0, 1.0], [0.5, 1.0], ValueError, "target must hold labels"),
            ("huge", np.array([1e300]), [1], ValueError, "whole numbers"),
            ("one-column", [[0.3], [0.9]], [0, 1], ValueError, "(p > 0.5)"),
            ("too-large", np.array([2.0**53 + 2]), [1], ValueError, "whole numbers"),
            ("nan", [[0.0, 1.0], [0.0, np.nan]], [1, 1], ValueError, "row 1"),
            ("target-range", [[0.0, 1.0]], [2], IndexError, "target 2 at index 0"),
        ]
    ),
    *(
        Bad(name, refused(name, a, b), IndexError, says=says, id=id_)
        for name in ("confusion_matrix", "precision_recall_f1")
        for id_, a, b, says in [
            ("negative", [0, 1], [0, -1], "target -1"),
            ("negative-prediction", [-1, 1], [0, 1], "prediction -1"),
            ("all-negative", [-1], [-2], "expected 0 to 0"),
        ]
    ),
    Bad("confusion_matrix", lambda impl: impl.confusion_matrix([0, 5], [0, 1], 3), IndexError),
    Bad("confusion_matrix", lambda impl: impl.confusion_matrix([0], [0], 0), ValueError),
    Bad("precision_recall_f1", lambda impl: impl.precision_recall_f1([0], [0], "best"), ValueError),
    Bad(
        "precision_recall_f1", lambda impl: impl.precision_recall_f1([2], [0], "binary"), IndexError
    ),
    *(
        Bad(name, refused(name, a, b), ValueError, id=id_)
        for name in ("mean_squared_error", "root_mean_squared_error", "r2_score")
        for id_, a, b in [
            ("column", np.zeros((3, 1)), np.zeros(3)),
            ("empty", np.zeros(0), np.zeros(0)),
            ("0-d", 1.0, [1.0]),
        ]
    ),
    Bad("r2_score", lambda impl: impl.r2_score([1.0], [2.0]), ValueError, says="2 samples"),
]


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)


@pytest.mark.parametrize(
    ("classes", "average"), [(2, "binary"), *((c, a) for c in (2, 3, 12) for a in AVERAGES)]
)
def test_scikit_learn_agrees_on_classification(candidate, rng, classes, average):
    sk = pytest.importorskip("sklearn.metrics")
    offered(candidate, "accuracy", "confusion_matrix", "precision_recall_f1")
    target = rng.integers(0, classes, 60)
    scores = rng.normal(size=(60, classes - 1))  # the last class is never predicted
    scores = np.column_stack([scores, np.full(60, -9.0)])
    predicted = scores.argmax(1)
    x, y = to_tensor(candidate, scores), to_tensor(candidate, target)
    assert_parity(
        candidate.accuracy(x, y), sk.accuracy_score(target, predicted), EXACT, op="accuracy"
    )
    assert_parity(
        candidate.confusion_matrix(x, y),
        sk.confusion_matrix(target, predicted),
        EXACT,
        op="confusion_matrix",
    )
    expected = sk.precision_recall_fscore_support(
        target, predicted, average=average, zero_division=0.0
    )
    assert_parity(
        candidate.precision_recall_f1(x, y, average=average),
        expected[:3],
        COMPARATIVE,
        op="precision_recall_f1",
        direction="forward, scikit-learn",
    )


def test_scikit_learn_agrees_on_regression(candidate, rng):
    sk = pytest.importorskip("sklearn.metrics")
    offered(candidate, "mean_squared_error", "r2_score")
    target = rng.normal(size=(50, 3))
    target[:, 1] = 2.0
    prediction = target + rng.normal(size=(50, 3))
    x, y = to_tensor(candidate, prediction), to_tensor(candidate, target)
    for name in ("mean_squared_error", "r2_score"):
        ours, theirs = getattr(candidate, name)(x, y), getattr(sk, name)(target, prediction)
        assert_parity(ours, theirs, COMPARATIVE, op=name, direction="forward, scikit-learn")


def test_results_are_plain_numbers(candidate):
    offered(candidate, "accuracy", "confusion_matrix", "precision_recall_f1", "r2_score")
    assert type(candidate.accuracy([1, 0], [1, 1])) is float
    assert type(candidate.r2_score([1.0, 0.0], [1.0, 1.0])) is float
    assert [type(v) for v in candidate.precision_recall_f1([1, 0], [1, 1])] == [float] * 3
    matrix = candidate.confusion_matrix([1, 0], [1, 1])
    assert isinstance(matrix, candidate.Tensor)
    assert matrix.tolist() == [[0, 0], [1, 1]]  # row: the true class, column: the predicted one


def test_lists_arrays_and_tensors_are_the_same(candidate, rng):
    offered(candidate, "accuracy")
    scores, target = rng.normal(size=(10, 3)), rng.integers(0, 3, 10)
    results = {
        candidate.accuracy(x, y)
        for x in (scores, scores.tolist(), to_tensor(candidate, scores), scores[::-1][::-1])
        for y in (target, target.tolist(), to_tensor(candidate, target), target.astype(float))
    }
    assert len(results) == 1


def test_a_perfect_and_a_useless_classifier(candidate):
    offered(candidate, "precision_recall_f1")
    assert candidate.precision_recall_f1([0, 1, 2], [0, 1, 2]) == (1.0, 1.0, 1.0)
    assert candidate.precision_recall_f1([1, 1], [0, 0]) == (0.0, 0.0, 0.0)
    assert candidate.precision_recall_f1([1, 1], [0, 0], zero_division=1.0) == (0.5, 0.5, 0.0)
