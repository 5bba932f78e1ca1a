"""The perceptron: the same mistakes in the same order, bit for bit, on both sides and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.instrument import (
    EXACT,
    assert_parity,
    covers,
    offered,
    to_numpy,
    to_tensor,
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
    "wide": lambda rng: rng.integers(-3, 4, (90, 64)) / 10,
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
    for trial in range(60):
        X = (rng.integers(-3, 4, (60, 2)) / 10).astype(dtype) * (1 if trial % 2 else 1024)
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


def test_the_pocket_takes_its_orders_from_the_generator(candidate, reference, rng):
    offered(candidate, "Perceptron", "Generator")
    X, y = drawn("normal", rng, "float32")
    sequences = []
    for impl, seed in ((candidate, 0), (candidate, 1), (reference, 2)):
        impl.manual_seed(seed)
        generator = impl.Generator().manual_seed(7)
        p = impl.Perceptron(5)
        sequences.append(p.fit(X, y, 1.0, 3, "pocket", generator=generator).sequence)
    assert_parity(sequences[0], sequences[1], EXACT, op="Perceptron", direction="pocket")
    assert_parity(sequences[0], sequences[2], EXACT, op="Perceptron", direction="pocket")


def test_extremes(candidate, reference):
    """Untaught weights, no sample to predict, samples whose squares overflow."""
    offered(candidate, "Perceptron")
    huge = np.array([[1e30, -1e30], [-1e30, 1e30]], np.float32)
    results = []
    for impl in (candidate, reference):
        p = impl.Perceptron(2)
        results.append([p.weights, p.predict(np.zeros((0, 2), np.float32))])
        results[-1] += [p.fit(huge, [1, -1]).weights, p.predict(huge)]
    assert_parity(results[0], results[1], EXACT, op="Perceptron", direction="extremes")


def test_predictions_are_the_signs_of_the_scores(candidate):
    """Also where float64 weights are rounded to the float32 of the samples, and on overflow."""
    offered(candidate, "Perceptron")
    p, one = candidate.Perceptron(1), np.ones((1, 1), np.float32)
    p.weights = np.array([1.0, -(1 + 2.0**-40)])
    assert p.decision_function(one).tolist() == [0.0]
    assert p.predict(one).tolist() == [1.0]
    p.weights = np.array([0.0, -3e38], np.float32)
    assert p.decision_function(3 * one).tolist() == [-np.inf]
    assert p.predict(3 * one).tolist() == [-1.0]


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


def test_weights_that_are_set_are_copied(candidate, reference, dtype):
    """What is written later into the array or tensor that they were set to moves nothing."""
    offered(candidate, "Perceptron", "tensor")
    seen = []
    for impl in (candidate, reference):
        array, models = np.array([-1.5, 1.0, 1.0], dtype), [impl.Perceptron(2) for _ in range(2)]
        given = to_tensor(impl, array.copy())
        models[0].weights, models[1].weights = array, given
        array[...] = 8.0
        given.zero_()
        seen.append([to_numpy(p.weights) for p in models])
        seen[-1] += [to_numpy(p.predict(CORNERS.astype(dtype))) for p in models]
    assert_parity(seen[0], seen[1], EXACT, op="Perceptron", direction="weights")


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


covers("Perceptron")
