"""What theory says of the perceptron: logic gates, the pocket, and Novikoff's bound."""

from __future__ import annotations

import math

import numpy as np
import pytest

from parity_tests.instrument import (
    COMPARATIVE,
    EXACT,
    Bad,
    Case,
    Ulp,
    assert_parity,
    bad_cases,
    cases,
    dyadic,
    labels,
    offered,
    to_numpy,
    to_tensor,
    values,
)

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
GATES = {"AND": [-1, -1, -1, 1], "OR": [-1, 1, 1, 1], "XOR": [-1, 1, 1, -1]}
BY_HAND = {"AND": [-1.5, 1.0, 1.0], "OR": [-0.5, 1.0, 1.0]}
METHODS = ("batch", "stochastic", "pocket")


@pytest.mark.parametrize("lr", [1.0, 0.1])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("gate", GATES)
def test_logic_gates(candidate, dtype, gate, method, lr):
    offered(candidate, "Perceptron", "manual_seed")
    candidate.manual_seed(0)
    X, y = to_tensor(candidate, CORNERS.astype(dtype)), to_tensor(candidate, np.array(GATES[gate]))
    p = candidate.Perceptron(2)
    r = p.fit(X, y, lr=lr, max_epochs=200, method=method)
    assert r.converged == (gate != "XOR") == (r.mistakes[-1] == 0) == (r.training_errors == 0)
    assert len(r.mistakes) == r.epochs
    counted = r.mistakes if method != "batch" else [m > 0 for m in r.mistakes]
    assert r.updates == sum(counted)
    assert (r.epochs == 200) == (gate == "XOR")
    if gate == "XOR":
        assert min(r.mistakes) > 0
        assert r.training_errors == 1 or method != "pocket"  # the best that a line can do
    else:
        assert p.predict(X).tolist() == GATES[gate]
        if method == "stochastic":
            assert r.updates <= candidate.mistake_bound(X, y, BY_HAND[gate])


def test_pocket_finds_the_best_line_for_xor_from_any_seed(candidate):
    offered(candidate, "Perceptron", "manual_seed")
    for seed in range(20):
        candidate.manual_seed(seed)
        r = candidate.Perceptron(2).fit(CORNERS, GATES["XOR"], method="pocket", max_epochs=300)
        assert r.training_errors == 1, f"seed {seed}"


def test_a_score_of_zero_is_positive(candidate, dtype):
    """At w = 0 every negative sample is a mistake, although its loss is 0; no positive one is."""
    offered(candidate, "Perceptron")
    X = to_tensor(candidate, np.array([[1.0], [2.0], [-3.0]], dtype))
    p = candidate.Perceptron(1)
    assert p.predict(X).tolist() == [1.0, 1.0, 1.0]
    r = p.fit(X, [1, -1, -1], max_epochs=1)
    assert (r.mistakes, r.weights.tolist()) == ([2], [-2.0, 1.0])
    assert p.fit(X, [1, 1, 1]).mistakes == [0]


@pytest.mark.parametrize("method", METHODS)
def test_one_sample_at_a_time_or_all_at_once(candidate, method):
    offered(candidate, "Perceptron")
    X, y = [[1.0, 0.0], [0.0, 1.0]], [-1, -1]
    r = candidate.Perceptron(2).fit(X, y, max_epochs=1, method=method)
    assert r.updates == 1
    assert r.weights.tolist()[0] == (-2.0 if method == "batch" else -1.0)


def test_what_is_asked_for_by_default(candidate):
    """Batch, η = 1, a thousand epochs; and the result cannot be changed."""
    offered(candidate, "Perceptron")
    r = candidate.Perceptron(2).fit(CORNERS, GATES["XOR"])
    assert (r.epochs, r.sequence, r.weights.tolist()) == (1000, None, [0.0, 0.0, 0.0])
    with pytest.raises(AttributeError):
        r.converged = True


def test_predictions_are_the_signs_of_the_scores(candidate, reference):
    """1 + 1000·2⁻²⁵ − 1.00001: added from left to right the small ones are lost, otherwise not."""
    offered(candidate, "Perceptron")
    row = np.array([*[2.0**-25] * 1000, -1.00001], np.float32)
    X = np.stack([row, -row])
    for impl in (candidate, reference):
        p = impl.Perceptron(1001)
        p.weights = np.ones(1002)
        scores = to_numpy(p.decision_function(X))
        assert (scores[0] < 0) & (scores[1] > 0)
        assert p.predict(X).tolist() == [-1.0, 1.0]


def test_weights_by_hand(candidate):
    offered(candidate, "Perceptron")
    for gate, w in BY_HAND.items():
        p = candidate.Perceptron(2)
        p.weights = w
        assert p.predict(CORNERS).tolist() == GATES[gate]
        assert p.decision_function(CORNERS).tolist() == [w[0], w[0] + 1, w[0] + 1, w[0] + 2]


def test_the_bound_holds_and_is_what_novikoff_says(candidate, rng):
    offered(candidate, "Perceptron", "mistake_bound")
    updates = []
    for _ in range(10):
        X, w = rng.normal(size=(300, 3)), rng.normal(size=4)
        s = w[0] + X @ w[1:]
        X, y = X[abs(s) > 0.3], np.where(s > 0, 1, -1)[abs(s) > 0.3]
        X, y = to_tensor(candidate, X), to_tensor(candidate, y)
        r = candidate.Perceptron(3).fit(X, y, method="stochastic")
        assert r.converged
        assert r.updates <= candidate.mistake_bound(X, y, w)
        updates.append(r.updates)
    assert max(updates) > 0  # none where every label is what the zero weights say


BOUND_CASES = [
    Case(
        "mistake_bound",
        inputs=(dyadic(6, 3), values([1] * 6), values([64.0, 1.0, -1.0, 0.5])),
        tier=Ulp("two roundings"),
        dtypes=("float64",),
        oracle=lambda m, X, y, w: (
            (1 + m.sum(X * X, 1).max()) * m.sum(w * w) / (y * (w[0] + X @ w[1:])).min() ** 2
        ),
        variants="transposed strided reversed",
    ),
    Case(
        "mistake_bound",
        inputs=(dyadic(8, 2), labels(1, 8)),
        tier=EXACT,
        call=lambda impl, X, y: impl.mistake_bound(X, y - 1, [-16.0, 0.0, 0.0]),
    ),
]


@cases(BOUND_CASES)
def test_bound(case, check):
    check(case)


def test_bound_of_a_line_through_a_sample_is_infinite(candidate):
    offered(candidate, "mistake_bound")
    assert candidate.mistake_bound([[1.0], [-1.0]], [1, -1], [-1.0, 1.0]) == math.inf
    tiny, y, w = np.array([[1e-200], [-1e-200]]), [1, -1], np.array([0.0, 1e200])
    assert candidate.mistake_bound(tiny, y, w) == math.inf  # ‖w‖² overflows


def test_bound_by_hand(candidate):
    offered(candidate, "mistake_bound")
    bound = candidate.mistake_bound(CORNERS, GATES["AND"], BY_HAND["AND"])
    assert_parity(bound, 51.0, EXACT, op="mistake_bound")  # R² = 3, γ = 0.5/√4.25
    scaled = candidate.mistake_bound(CORNERS, GATES["AND"], [-15.0, 10.0, 10.0])
    assert_parity(scaled, 51.0, COMPARATIVE, op="mistake_bound")


def fit(X=CORNERS, y=GATES["AND"], features=2, **options):
    return lambda impl: impl.Perceptron(features).fit(X, y, **options)


def bound(y, w):
    return lambda impl: impl.mistake_bound(CORNERS, y, w)


NAN, EMPTY = np.array([[0.0, np.nan]]), np.zeros((0, 2))
BAD = [
    Bad(
        "Perceptron", fit(y=[0, 0, 0, 1]), ValueError, says="got 0 at index 0", id="labels 0 and 1"
    ),
    Bad("Perceptron", fit(y=[-1, -1, 1]), ValueError, says="(4, 2) and (3,)", id="lengths"),
    Bad("Perceptron", fit(y=[[-1], [-1], [-1], [1]]), ValueError, says="(4, 1)", id="column"),
    Bad("Perceptron", fit(features=3), ValueError, says="(N, 3)", id="features"),
    Bad(
        "Perceptron", fit(X=[1.0, 2.0, 3.0, 4.0], features=1), ValueError, says="(-1, 1)", id="1-D"
    ),
    Bad("Perceptron", fit(X=NAN, y=[1]), ValueError, says="nan at index (0, 1)", id="NaN"),
    Bad("Perceptron", fit(X=EMPTY, y=[]), ValueError, says="at least one sample", id="empty"),
    Bad("Perceptron", fit(lr=0.0), ValueError, says="lr", id="lr"),
    Bad("Perceptron", fit(lr=math.inf), ValueError, says="lr", id="infinite lr"),
    Bad("Perceptron", fit(max_epochs=0), ValueError, says="max_epochs", id="epochs"),
    Bad("Perceptron", fit(method="adaline"), ValueError, says="stochastic", id="method"),
    Bad("Perceptron", fit(start=[0.0, 0.0]), ValueError, says="(3,)", id="start"),
    Bad("Perceptron", fit(X=CORNERS.astype(np.float16)), TypeError, says="float16", id="float16"),
    Bad(
        "Perceptron", fit(X=CORNERS * 1e308, lr=1e308), ValueError, says="overflowed", id="overflow"
    ),
    Bad("Perceptron", lambda impl: impl.Perceptron(-1), ValueError, says="-1", id="negative"),
    Bad("Perceptron", lambda impl: impl.Perceptron(2).predict([[1.0]]), ValueError, id="predict"),
    Bad("mistake_bound", bound(GATES["XOR"], BY_HAND["OR"]), ValueError, says="sample 3"),
    Bad("mistake_bound", bound(GATES["AND"], [1.0, 1.0]), ValueError, says="(3,)", id="shape"),
    Bad("mistake_bound", bound([0, 0, 0, 1], BY_HAND["AND"]), ValueError, id="labels"),
]


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
