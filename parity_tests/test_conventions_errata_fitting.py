"""Errata of the sources on gradients, optimizers and fitting: as printed, and as it is.

Every test shows both, on both sides. CONVENTIONS.md names the source and the place.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from parity_tests.conventions import same, slope, slopes, value
from parity_tests.instrument import COMPARATIVE, Bound, offered, to_numpy
from parity_tests.instrument.lacking import words
from parity_tests.instrument.sides import parameter
from parity_tests.test_optimizers_textbook import GRADIENTS, bowl, path


def printed_numerical_gradient(function: Any, x: np.ndarray) -> np.ndarray:
    """The source's code."""
    grad = np.zeros_like(x)
    h = 1e-4
    for idx in range(x.size):
        temp = x[idx]
        x[idx] = temp + h
        fxh1 = function(x)
        x[idx] = temp - h
        fxh2 = function(x)
        grad[idx] = (fxh1 - fxh2) / (2 * h)
        x[idx] = temp
    return grad


def printed_gradient_descent(f: Any, init_x: np.ndarray, lr: float, step_num: int) -> np.ndarray:
    """The source's code."""
    x = init_x
    for _ in range(step_num):
        x -= lr * printed_numerical_gradient(f, x)
    return x


def test_gradient_descent_leaves_the_start_alone(impl):
    """The printed code ends at the same numbers, in the caller's own array."""
    offered(impl, "gradient_descent")
    start, lost = np.array([-3.0, 4.0]), np.array([-3.0, 4.0])
    end = impl.gradient_descent(bowl, start, lr=0.1, steps=100)
    printed = printed_gradient_descent(bowl, lost, 0.1, 100)
    same("gradient_descent", end, printed)
    assert printed is lost
    assert end is not start
    same("gradient_descent", start, [-3, 4])


def test_numerical_gradient_of_integers_and_matrices(impl):
    """The printed code truncates x ± h to integers, and finds no fourth row in a 2 × 2 matrix."""
    offered(impl, "numerical_gradient")
    whole = np.array([-3, 4])
    assert printed_numerical_gradient(bowl, whole).tolist() != [-6, 8]
    with pytest.raises(TypeError, match=words(impl, "float")):
        impl.numerical_gradient(bowl, whole)
    matrix = np.array([[1.0, -2.0], [0.5, 3.0]])
    with pytest.raises((IndexError, ValueError, TypeError)):
        printed_numerical_gradient(lambda x: float((x * x).sum()), matrix.copy())
    h = 1e-4
    ours = impl.numerical_gradient(lambda x: (x * x).sum(), matrix, h=h)
    # f(x ± h) ≤ 15 comes with 5 roundings, x ± h with one: (2·5·15 + 2·3·6) u / 2h
    same("numerical_gradient", ours, 2 * matrix, Bound(lambda u: 93 * u / h))


def test_the_normal_equation_grows_with_features_not_samples(impl):
    """Printed: more samples make the matrix to be inverted larger. XᵀX is D × D for any N."""
    offered(impl, "Tensor", "cat")
    X = np.array([[1.0, 0.5, -2.0], [1.0, 4.0, 0.25], [1.0, -1.0, 1.0], [1.0, 2.0, 3.0]])

    def gram(m: Any, X: Any) -> Any:
        return X.T @ X

    once = value(impl, gram, X)
    twice = value(impl, lambda m, X: gram(m, m.cat([X, X])), X)
    assert once.shape == twice.shape == (3, 3)
    same("Tensor.__matmul__", twice, 2 * once)
    assert value(impl, gram, np.hstack([X, X])).shape == (6, 6)


def test_a_subset_has_a_share_of_the_sum_and_all_of_the_mean(impl):
    """Printed: E[Σ over K samples] = Σ over all N. It is K/N of it; means have the same expectation."""
    offered(impl, "mse_loss")
    x, t = np.array([1.0, -2.0, 0.5, 4.0]), np.array([0.0, 1.0, 2.0, -1.0])
    N, K = 4, 2

    def gradient(samples: Any, reduction: str) -> np.ndarray:
        rows = list(samples)

        def loss(m: Any, w: Any) -> Any:
            return m.mse_loss(w * m.tensor(x[rows]), m.tensor(t[rows]), reduction=reduction)

        return slope(impl, loss, [0.5])

    batches = list(itertools.combinations(range(N), K))
    for reduction, share in (("sum", K / N), ("mean", 1.0)):
        total = sum(gradient(batch, reduction) for batch in batches)
        whole = gradient(range(N), reduction)
        same("mse_loss", total, len(batches) * share * whole)


def test_halving_the_loss_halves_the_step(impl):
    """Printed: 1/(2N) for 1/N has no effect at all. None on the minimum; SGD's steps are half as long."""
    offered(impl, "SGD", "Adam")
    moved = {}
    for name, scale in itertools.product(("SGD", "Adam"), (1.0, 0.5)):
        options: dict[str, Any] = {"eps": 0.0} if name == "Adam" else {}
        points = path(impl, name, GRADIENTS * scale, lr=0.25, **options)
        moved[name, scale] = points - [1.0, -2.0]
    same("SGD", moved["SGD", 0.5], moved["SGD", 1.0] / 2)
    same("Adam", moved["Adam", 0.5], moved["Adam", 1.0], COMPARATIVE)


def test_the_two_momenta_of_the_source_differ_by_a_factor(impl):
    """Printed as one: an average with (1−ρ)g, then ν ← ρν − αg. They agree with α(1−ρ) in the latter."""
    averaged = path(impl, "AveragedMomentum", GRADIENTS, lr=0.25, momentum=0.5)
    classical = path(impl, "ClassicalMomentum", GRADIENTS, lr=0.125, momentum=0.5)
    same("ClassicalMomentum", classical, averaged)
    unscaled = path(impl, "ClassicalMomentum", GRADIENTS, lr=0.25, momentum=0.5)
    same("ClassicalMomentum", unscaled - [1.0, -2.0], 2 * (averaged - [1.0, -2.0]))
    weights = 0.5 * 0.5 ** np.arange(5)[::-1]  # (1−ρ) [g_t + ρ g_(t−1) + …]: the printed recursion
    step = averaged[4] - averaged[3]
    same("AveragedMomentum", step, -0.25 * weights @ GRADIENTS)


def adam(gradients: np.ndarray, first: Any, correction: Any) -> np.ndarray:
    """Positions of Adam, lr ¼ and both ρ ½, with a first moment and a correction of choice."""
    rho, s, r, x, points = 0.5, np.zeros(2), np.zeros(2), np.array([1.0, -2.0]), []
    for t, g in enumerate(gradients, start=1):
        s, r = rho * s + (1 - rho) * first(g), rho * r + (1 - rho) * g * g
        c = correction(rho, t)
        x = x - 0.25 * (s / c) / np.sqrt(r / c)
        points.append(x)
    return np.array(points)


@pytest.mark.parametrize("name", ["Adam", "RootEpsilonAdam"])
def test_adams_first_moment_and_corrections(impl, name):
    """Printed: g·g in the first moment, so it walks downhill only by luck; and 1−ρ for 1−ρ^t."""
    constant = np.array([[2.0, -4.0]] * 4)
    ours = path(impl, name, constant, lr=0.25, betas=(0.5, 0.5), eps=0.0)
    powers, alone = (lambda rho, t: 1 - rho**t), (lambda rho, t: 1 - rho)
    same(name, ours, adam(constant, lambda g: g, powers), COMPARATIVE)
    directions = np.sign(np.diff(adam(constant, lambda g: g * g, alone), axis=0))
    assert (directions == [-1, -1]).all()
    assert (np.sign(np.diff(ours, axis=0)) == [-1, 1]).all()  # against the gradient (+, −)
    longer = np.sqrt((1 - 0.5 ** np.arange(1, 5)) / 0.5)  # √((1−ρ^t)/(1−ρ)): agrees at t = 1 only
    expected = [1.0, -2.0] - 0.25 * np.cumsum(longer)[:, None] * [1, -1]
    same(name, adam(constant, lambda g: g, alone), expected, COMPARATIVE)
    assert (longer[0], longer[1:].min() > 1.2) == (1, True)


def test_a_bias_gradient_sums_over_samples_only(impl):
    """Printed: np.sum(delta) is right for a batch of one. For n units it is so only where n = 1."""
    offered(impl, "linear")

    def bias_gradient(delta: np.ndarray) -> np.ndarray:
        N, n = delta.shape

        def loss(m: Any, b: Any, x: Any, W: Any) -> Any:
            return m.linear(x, W, b) * m.tensor(delta)

        return slopes(impl, loss, np.zeros(n), np.ones((N, 1)), np.ones((n, 1)))[0]

    batch_of_one = np.array([[1.0, -2.0, 0.5]])
    same("linear", bias_gradient(batch_of_one), batch_of_one[0])
    assert (bias_gradient(batch_of_one) != np.sum(batch_of_one)).all()
    for one_unit in (np.array([[3.0]]), np.array([[1.0], [-0.5], [4.0]])):
        same("linear", bias_gradient(one_unit), [np.sum(one_unit)])


def test_all_gradients_are_taken_before_any_update(impl):
    """Printed: update w₂, then work out w₁ "in the same way". By then w₂ is no longer what w₁ saw."""
    offered(impl, "SGD")
    ends = []
    for in_turn in (False, True):
        w1, w2 = (parameter(impl, np.array([v])) for v in (2.0, 1.0))
        for group in ([w2], [w1]) if in_turn else ([w2, w1],):
            optimizer = impl.SGD([w1, w2], lr=0.25)
            optimizer.zero_grad()
            ((w2 * w1) ** 2 * 0.5).sum().backward()
            impl.SGD(group, lr=0.25).step()
        ends.append([float(to_numpy(w)[0]) for w in (w1, w2)])
    same("SGD", ends, [[1.5, 0.0], [2.0, 0.0]])
