"""The perceptron: the same mistakes in the same order, bit for bit, and what theory says of them."""

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
    covers,
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

# Samples (N, D) that are hard on a decision by rounded scores, and how their labels come about.
SAMPLES = {
    "normal": lambda rng: rng.normal(size=(200, 5)),
    "integers": lambda rng: rng.integers(-3, 4, (150, 4)).astype(float),
    "bits": lambda rng: rng.integers(0, 2, (120, 6)).astype(float),
    "tenths": lambda rng: rng.integers(-3, 4, (150, 3)) / 10,
    "scales": lambda rng: rng.normal(size=(100, 4)) * 10.0 ** rng.integers(-18, 18, (1, 4)),
    "no features": lambda rng: np.zeros((30, 0)),
    "one": lambda rng: rng.normal(size=(1, 3)),
    "blocks": lambda rng: rng.normal(size=(20_000, 3)) * [1.0, 0.5, 0.25],
}


def drawn(name, rng, dtype):
    """Samples and labels, some of them flipped so that no line separates them."""
    X = SAMPLES[name](rng).astype(dtype)
    y = np.where(X @ rng.normal(size=X.shape[1]) + 0.1 >= 0, 1, -1)
    flips = rng.random(len(y)) < (0.0005 if name == "blocks" else 0.05)
    return X, np.where(flips, -y, y)


def plain_loop(X, y, lr, epochs):
    """Rosenblatt's algorithm, a sample at a time: w, the mistakes in order, and per epoch."""
    w, lr = np.zeros(X.shape[1] + 1, X.dtype), X.dtype.type(lr)
    sequence: list[int] = []
    mistakes: list[int] = []
    while len(mistakes) < epochs and (not mistakes or mistakes[-1]):
        mistakes.append(0)
        for i, x in enumerate(X):
            s = w[0]
            for j, x_j in enumerate(x):
                s = s + x_j * w[j + 1]
            if (s >= 0) != (y[i] > 0):
                w[0] += lr * y[i].astype(X.dtype)
                w[1:] += lr * y[i].astype(X.dtype) * x
                sequence.append(i)
                mistakes[-1] += 1
    return w, sequence, mistakes


@pytest.mark.parametrize("lr", [1.0, 0.1])
@pytest.mark.parametrize("name", [n for n in SAMPLES if n != "blocks"])
def test_blocks_make_the_mistakes_of_the_plain_loop(candidate, rng, dtype, name, lr):
    offered(candidate, "Perceptron")
    X, y = drawn(name, rng, dtype)
    w, sequence, mistakes = plain_loop(X, y, lr, 10)
    result = candidate.Perceptron(X.shape[1]).fit(
        to_tensor(candidate, X), to_tensor(candidate, y), lr, 10, "stochastic"
    )
    assert result.sequence.tolist() == sequence
    assert (list(result.mistakes), result.updates) == (mistakes, len(sequence))
    assert_parity(result.weights, w, EXACT, op="Perceptron", direction="plain loop")


def test_close_calls_in_a_first_epoch(candidate, rng, dtype):
    """Sums of tenths that are 0 in one order of summation and not in another."""
    offered(candidate, "Perceptron")
    for _ in range(30):
        X = (rng.integers(-3, 4, (60, 2)) / 10).astype(dtype)
        y = rng.choice([-1, 1], 60)
        _, sequence, _ = plain_loop(X, y, 0.1, 1)
        p = candidate.Perceptron(2)
        r = p.fit(to_tensor(candidate, X), y, 0.1, max_epochs=1, method="stochastic")
        assert r.sequence.tolist() == sequence


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", SAMPLES)
def test_both_sides_run_alike(candidate, reference, rng, dtype, device, name, method):
    offered(candidate, "Perceptron", "manual_seed")
    X, y = drawn(name, rng, dtype)
    start = rng.normal(size=X.shape[1] + 1).astype(dtype)
    epochs = 2 if name == "blocks" else 8
    results = []
    for impl, where in ((candidate, "cpu"), (reference, device)):
        impl.manual_seed(3)
        x, labels_, w = (to_tensor(impl, a, device=where) for a in (X, y, start))
        p = impl.Perceptron(X.shape[1])
        r = p.fit(x, labels_, 0.3, epochs, method, start=w)
        numbers = [r.weights, list(r.mistakes), r.epochs, r.updates, r.training_errors, r.converged]
        results.append([*numbers, p.decision_function(x), p.predict(x), r.sequence])
    mine, torchs = results
    assert_parity(mine, torchs, EXACT, op="Perceptron", direction=method, device=device)
    assert results[0][4] == int((to_numpy(results[0][7]) != y).sum())


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


def test_weights_by_hand(candidate):
    offered(candidate, "Perceptron")
    for gate, w in BY_HAND.items():
        p = candidate.Perceptron(2)
        p.weights = w
        assert p.predict(CORNERS).tolist() == GATES[gate]
        assert p.decision_function(CORNERS).tolist() == [w[0], w[0] + 1, w[0] + 1, w[0] + 2]


def test_user_arrays_are_neither_changed_nor_kept(candidate, dtype):
    offered(candidate, "Perceptron")
    X, y, start = CORNERS.astype(dtype), np.array(GATES["OR"]), np.ones(3, dtype)
    p = candidate.Perceptron(2)
    r = p.fit(to_tensor(candidate, X), y, start=start, method="stochastic")
    assert (X.tolist(), y.tolist(), start.tolist()) == (CORNERS.tolist(), GATES["OR"], [1.0] * 3)
    before = r.weights.tolist()
    to_numpy(p.weights)[...] = 7.0
    p.fit(X, GATES["AND"])
    assert r.weights.tolist() == before
    assert str(to_numpy(r.weights).dtype) == dtype


def test_samples_in_any_memory_layout(candidate, rng, dtype):
    offered(candidate, "Perceptron")
    X, y = drawn("tenths", rng, dtype)
    layouts = [X, np.asfortranarray(X), np.repeat(X, 2, 0)[::2], X[::-1].copy()[::-1]]
    results = [
        candidate.Perceptron(3).fit(to_tensor(candidate, a), y, max_epochs=5, method="stochastic")
        for a in layouts
    ]
    for r in results[1:]:
        assert_parity(r.weights, results[0].weights, EXACT, op="Perceptron", direction="layout")
        assert r.sequence.tolist() == results[0].sequence.tolist()


def test_scikit_learn_makes_the_same_mistakes(candidate, rng, dtype):
    linear = pytest.importorskip("sklearn.linear_model")
    offered(candidate, "Perceptron")
    X = rng.normal(size=(3000, 6)).astype(dtype)
    y = np.where(X @ rng.normal(size=6) + 0.2 > 0, 1, -1)
    y[0] = -1  # at w = 0 scikit-learn counts positive samples as mistakes too: start with another
    theirs = linear.Perceptron(max_iter=3, tol=None, shuffle=False).fit(X, y)
    ours = candidate.Perceptron(6).fit(
        to_tensor(candidate, X), to_tensor(candidate, y), max_epochs=3, method="stochastic"
    )
    w = np.concatenate([theirs.intercept_, theirs.coef_[0]]).astype(dtype)
    assert_parity(ours.weights, w, EXACT, op="Perceptron", direction="scikit-learn")


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
            (1 + m.sum(X * X, 1).max())
            * m.sum(w * w)
            / (y * (w[0] + X @ w[1:])).min() ** 2
        ),
        variants="transposed strided reversed",
    ),
    Case("mistake_bound", inputs=(dyadic(8, 2), labels(1, 8)), tier=EXACT,
         call=lambda impl, X, y: impl.mistake_bound(X, y - 1, [-16.0, 0.0, 0.0])),
]  # fmt: skip


@cases(BOUND_CASES)
def test_bound(case, check):
    check(case)


def test_bound_of_a_line_through_a_sample_is_infinite(candidate):
    offered(candidate, "mistake_bound")
    assert candidate.mistake_bound([[1.0], [-1.0]], [1, -1], [-1.0, 1.0]) == math.inf


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


covers("Perceptron")
