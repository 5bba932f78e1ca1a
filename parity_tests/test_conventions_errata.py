"""Errata of the sources on perceptrons, networks and likelihood: as printed, and as it is.

Every test shows both, on both sides. CONVENTIONS.md names the source and the place.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from parity_tests.conventions import same, slope, slopes, value
from parity_tests.instrument import (
    COMPARATIVE,
    offered,
    to_numpy,
    to_tensor,
)
from parity_tests.instrument.sides import parameter

AND = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([-1.0, -1.0, -1.0, 1.0])


def test_a_mistake_may_cost_nothing(impl):
    """Printed: −y wᵀx > 0 for every mistake. At w = 0 it is 0 for three, and E(w) = 0 is no optimum."""
    offered(impl, "Perceptron", "perceptron_loss")
    X, y = AND
    loss = value(impl, lambda m, s: m.perceptron_loss(s, m.tensor(y)), np.zeros(4))
    same("perceptron_loss", loss, 0)
    first = impl.Perceptron(2).fit(X, y, max_epochs=1)
    assert (first.mistakes, first.converged) == ([3], False)
    done = impl.Perceptron(2).fit(X, y)
    assert (done.mistakes[0], done.mistakes[-1], done.converged) == (3, 0, True)


def test_linear_outputs_are_no_probabilities(impl):
    """Printed: the last linear combination is read as the classes' probabilities. It takes a softmax."""
    offered(impl, "softmax")
    scores = np.array([[1.5, -2.0, 0.5], [4.0, 4.0, 4.0]])
    assert (scores < 0).any()
    assert (scores.sum(1) != 1).all()
    p = value(impl, lambda m, x: m.softmax(x, 1), scores)
    assert (p > 0).all()
    same("softmax", p.sum(1), [1, 1], COMPARATIVE)


def test_a_step_makes_the_loss_smaller_not_the_weight(impl):
    """Printed: adding −∂L/∂w makes the weight smaller. L = (w − 3)² at 1: w grows, L shrinks."""
    offered(impl, "SGD")
    w = parameter(impl, np.array([1.0]))
    losses = []
    for _ in range(2):
        loss = ((w - 3.0) ** 2).sum()
        losses.append(loss.item())
        loss.backward()
        optimizer = impl.SGD([w], lr=0.25)
        optimizer.step()
        optimizer.zero_grad()
    same("SGD", losses, [4, 1])
    same("SGD", to_numpy(w), [2.5])


def test_a_jacobian_holds_derivatives_not_quotients(impl):
    """Printed: y_i/x_j. It is ∂y_i/∂x_j; they agree for y = cx of single numbers."""
    offered(impl, "jacobian")
    W, x = np.array([[1.0, 2.0], [3.0, -4.0]]), np.array([1.0, 2.0])
    printed = (W @ x)[:, None] / x
    J = impl.jacobian(lambda t: impl.tensor(W) @ t, to_tensor(impl, x))
    same("jacobian", to_numpy(J), W)
    assert (printed != W).all()
    one = impl.jacobian(lambda t: t * 3.0, to_tensor(impl, np.array([2.0])))
    same("jacobian", to_numpy(one), [[6.0 / 2.0]])


def test_cross_entropy_may_equal_entropy(impl):
    """Printed: it is always greater. H(p, q) ≥ H(p), with equality where q = p: there it should end."""
    offered(impl, "distribution_cross_entropy", "entropy")
    p, other = [0.5, 0.25, 0.25], [0.25, 0.5, 0.25]

    def cross(m: Any, p: Any, q: Any) -> Any:
        return m.distribution_cross_entropy(p, q)

    entropy = value(impl, lambda m, p: m.entropy(p), p)
    same("distribution_cross_entropy", value(impl, cross, p, p), entropy)
    assert value(impl, cross, p, other) > entropy
    same("entropy", value(impl, lambda m, p: m.entropy(p), [0.0, 1.0]), 0)


def test_softmax_does_not_tell_all_inputs_apart(impl):
    """Printed: another output for every input. Adding a constant changes nothing; differences do."""
    offered(impl, "softmax")

    def softmax(m: Any, x: Any) -> Any:
        return m.softmax(x, 0)

    x = np.array([1.0, 1.0, 1.0])
    same("softmax", value(impl, softmax, x + 5), value(impl, softmax, x))

    def share(m: Any, x: Any) -> Any:
        return x.abs() / x.abs().sum()

    flipped = np.array([1.0, -1.0, 1.0])
    same("Tensor.abs", value(impl, share, flipped), value(impl, share, x))
    same("Tensor.abs", value(impl, share, [1.0, 2.0, 1.0]), [0.25, 0.5, 0.25])
    assert (value(impl, softmax, x) != value(impl, softmax, flipped)).all()


def test_the_step_cannot_learn_for_its_slope_is_zero(impl):
    """Printed: it has no derivative at the boundary. ReLU has none either; the step has 0 elsewhere."""
    offered(impl, "step", "relu", "sigmoid")
    away = [-2.0, -0.5, 0.5, 2.0]
    same("step", slope(impl, lambda m, x: m.step(x), away), np.zeros(4))
    same("relu", slope(impl, lambda m, x: m.relu(x), away), [0, 0, 1, 1])
    assert (slope(impl, lambda m, x: m.sigmoid(x), away) > 0).all()


@pytest.mark.parametrize(("lr", "factor"), [(0.25, 0.5), (0.5, 0.0), (1.0, -1.0), (1.5, -2.0)])
def test_convex_is_not_enough_to_arrive(impl, lr, factor):
    """Printed: on a convex loss descent arrives from anywhere. On x² each step is x ← (1 − 2γ) x."""
    offered(impl, "SGD")
    x = parameter(impl, np.array([3.0, -4.0]))
    optimizer = impl.SGD([x], lr=lr)
    for _ in range(5):
        optimizer.zero_grad()
        (x * x).sum().backward()
        optimizer.step()
    same("SGD", to_numpy(x), np.array([3.0, -4.0]) * factor**5)


def test_separable_data_have_no_least_bce(impl):
    """Printed: BCE leads to its minimum. Of separable data it has none: larger weights are better."""
    offered(impl, "binary_cross_entropy_with_logits")
    x, labels = np.array([-2.0, -1.0, 1.0, 2.0]), np.array([0.0, 0.0, 1.0, 1.0])

    def loss(m: Any, w: Any) -> Any:
        return m.binary_cross_entropy_with_logits(w * m.tensor(x), m.tensor(labels))

    weights = [np.full(1, 2.0**k) for k in range(8)]
    losses = np.array([value(impl, loss, w) for w in weights])
    assert (np.diff(losses) < 0).all()
    assert (losses > 0).all()
    assert all((slope(impl, loss, w) < 0).all() for w in weights)


def test_the_output_layer_has_its_own_weights(impl):
    """Printed: h(x) = g(Θ¹₁₀x₀ + … + Θ¹₁₃x₃), which is the first hidden unit; and Θ²a² has no bias."""
    offered(impl, "MLP")
    x, sizes = np.array([[1.0, -2.0, 0.5]]), [3, 3, 1]
    first = np.array(
        [[0.5, 1.0, -0.5, 2.0], [1.0, 0.0, 1.0, 4.0], [2.0, 0.0, 0.5, 0.0]]
    )  # bias: first
    second = np.array([[0.25, 1.0, 0.5, 2.0]])
    model = impl.MLP(sizes, output="relu")
    state = {}
    for k, theta in enumerate((first, second), start=1):
        for key, part in ((f"linear{k}.bias", theta[:, 0]), (f"linear{k}.weight", theta[:, 1:])):
            state[key] = to_tensor(impl, np.array(part, np.float32))
    model.load_state_dict(state)
    tensor = to_tensor(impl, x.astype(np.float32))
    a1 = np.append(1.0, x)
    a2 = np.append(1.0, np.maximum(first @ a1, 0))
    printed, right = np.maximum(first[0] @ a1, 0), np.maximum(second @ a2, 0)
    same("MLP", to_numpy(model(tensor)), [right])
    same("MLP", to_numpy(model[:2](tensor))[0, 0], printed)
    assert (right != printed).all()
    assert (right != np.maximum(second[:, 1:] @ a2[1:], 0)).all()  # without a₀ = 1


def test_the_smooth_relu_is_softplus(impl):
    """Printed under "Softmax": a smooth ReLU whose derivative is the sigmoid. Softmax is no such thing."""
    offered(impl, "softplus", "sigmoid", "relu", "softmax")
    x = [-8.0, -1.0, 0.0, 2.0, 8.0]
    derivative = slope(impl, lambda m, x: m.softplus(x), x)
    same("softplus", derivative, value(impl, lambda m, x: m.sigmoid(x), x), COMPARATIVE)
    above = value(impl, lambda m, x: m.softplus(x) - m.relu(x), x)
    assert ((above > 0) & (above <= math.log(2))).all()
    one = np.array([[-1.0], [3.0]])
    same("softmax", value(impl, lambda m, x: m.softmax(x, 1), one), [[1], [1]])
    same("softmax", slope(impl, lambda m, x: m.softmax(x, 1), one), [[0], [0]])


def test_elu_with_another_alpha_is_not_selu(impl):
    """Printed: ELU with α ≠ 1 is called SELU. ELU is x above 0 for any α; SELU is λx, λ = 1.0507…"""
    offered(impl, "elu", "selu")
    for alpha in (0.5, 1.6732632423543772, 2.0):
        same("elu", value(impl, lambda m, x, a=alpha: m.elu(x, a), [1.0]), [1])
        same("elu", slope(impl, lambda m, x, a=alpha: m.elu(x, a), [0.0, 1.0]), [alpha, 1])
    same("selu", value(impl, lambda m, x: m.selu(x), [1.0]), [1.0507009873554805])


def test_a_relu_unit_dies_only_if_no_sample_reaches_it(impl):
    """Printed: nothing passes below 0, that is dying ReLU. One sample above 0 keeps the unit learning."""
    offered(impl, "relu", "linear")
    x, W = np.array([[1.0, 0.5], [-1.0, 2.0]]), np.array([[1.0, 0.0], [0.0, -1.0]])
    _, dW = slopes(impl, lambda m, x, W: m.relu(m.linear(x, W)), x, W)
    same("relu", dW, [[1, 0.5], [0, 0]])  # unit 1 is silent for sample 2 only; unit 2 for both
