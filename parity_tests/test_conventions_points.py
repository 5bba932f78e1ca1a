"""Conventions at single points: kinks, ties, edges and tails, where a formula leaves a choice.

Every test shows the textbook's choice and PyTorch's, on both sides. CONVENTIONS.md has the table.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_tests.conventions import same, slope, value
from parity_tests.instrument import COMPARATIVE, Ulp, offered

ZEROS = [0.0, -0.0]
INF = float("inf")


def test_sign_of_zero(impl):
    """The perceptron decides at 0, torch.sign does not; the slope of |x| is the latter."""
    offered(impl, "sign")
    torch = pytest.importorskip("torch")
    same("sign", value(impl, lambda m, x: m.sign(x), ZEROS), [1, 1])
    same("Tensor.abs", slope(impl, lambda m, x: x.abs(), ZEROS), torch.sign(torch.zeros(2)))
    elsewhere = [-3.0, -0.125, 0.5, 2.0]
    same("sign", value(impl, lambda m, x: m.sign(x), elsewhere), np.sign(elsewhere))
    same("Tensor.abs", slope(impl, lambda m, x: x.abs(), elsewhere), np.sign(elsewhere))


def test_unit_step_at_zero(impl):
    """`≥ 0` fires: 1. torch.heaviside asks; with ½ it would be the symmetric convention."""
    offered(impl, "step")
    torch = pytest.importorskip("torch")
    for at_zero in (0.0, 0.5, 1.0):
        x = [-2.0, 0.0, -0.0, 2.0]
        heaviside = torch.heaviside(torch.tensor(x), torch.tensor(at_zero)).tolist()
        same("step", heaviside, [0, at_zero, at_zero, 1])
        ours = value(impl, lambda m, t: m.step(t), x)
        assert (ours.tolist() == heaviside) == (at_zero == 1.0)


def test_mistake_with_a_score_of_zero(impl):
    """s = 0 predicts +1: for y = −1 a mistake of loss 0, whose gradient is not that of max(−ys, 0)."""
    offered(impl, "perceptron_loss", "relu")
    s, y = [0.0, 0.0, -2.0, 3.0], np.array([-1.0, 1.0, 1.0, 1.0])

    def by_mistakes(m: Any, s: Any) -> Any:
        return m.perceptron_loss(s, m.tensor(y), reduction="none")

    def by_maximum(m: Any, s: Any) -> Any:
        return m.relu(s * m.tensor(-y))

    for loss in (by_mistakes, by_maximum):
        same("perceptron_loss", value(impl, loss, s), [0, 0, 2, 0])
    same("perceptron_loss", slope(impl, by_mistakes, s), [1, 0, -1, 0])
    same("relu", slope(impl, by_maximum, s), [0, 0, -1, 0])


#: ReLU as people write it, and the slope that each has at 0; anything in [0, 1] is a subgradient.
RELUS: dict[str, tuple[Any, float]] = {
    "relu": (lambda m, x: m.relu(x), 0.0),
    "where": (lambda m, x: m.where(x > 0, x, x * 0.0), 0.0),
    "maximum": (lambda m, x: m.maximum(x, x.detach() * 0.0), 0.5),
    "half of x and its size": (lambda m, x: (x + x.abs()) * 0.5, 0.5),
    "clip": (lambda m, x: x.clip(0.0), 1.0),
}


@pytest.mark.parametrize("name", RELUS)
def test_slope_of_relu_at_zero(impl, name):
    offered(impl, "relu", "where", "maximum")
    relu, at_zero = RELUS[name]
    same("relu", value(impl, relu, [-2.0, 0.0, 3.0]), [0, 0, 3])
    same("relu", slope(impl, relu, [-2.0, 0.0, 3.0]), [0, at_zero, 1])


def test_other_kinks_take_the_slope_of_the_left(impl):
    offered(impl, "leaky_relu", "elu", "celu")
    for f, left in (
        (lambda m, x: m.leaky_relu(x, 0.25), 0.25),
        (lambda m, x: m.elu(x, 2.0), 2.0),
        (lambda m, x: m.celu(x, 2.0), 1.0),
    ):
        same("leaky_relu", slope(impl, f, [0.0, -0.0, 2.0**-60]), [left, left, 1])


def test_edges_of_clip_and_hardtanh(impl):
    """The same values; at the edges clip lets the gradient through and hardtanh does not."""
    offered(impl, "hardtanh")
    x = [-2.0, -1.0, 0.5, 1.0, 2.0]
    for f, edge in ((lambda m, x: x.clip(-1.0, 1.0), 1), (lambda m, x: m.hardtanh(x), 0)):
        same("Tensor.clip", value(impl, f, x), [-1, -1, 0.5, 1, 1])
        same("Tensor.clip", slope(impl, f, x), [0, edge, 1, edge, 0])


def test_ties_of_max_and_maximum(impl):
    """maximum shares between its two arguments, max() among all equals, max(dim) picks the first."""
    offered(impl, "maximum", "minimum")
    tied = [2.0, 5.0, 5.0, 1.0]
    same("Tensor.max", slope(impl, lambda m, x: x.max(), tied), [0, 0.5, 0.5, 0])
    same("Tensor.max", slope(impl, lambda m, x: x.max(dim=0)[0], tied), [0, 1, 0, 0])
    for two in (lambda m, x: m.maximum(x, x.detach()), lambda m, x: m.minimum(x, x.detach())):
        same("maximum", slope(impl, two, tied), [0.5] * 4)
    distinct = [2.0, 5.0, 4.0, 1.0]
    for one in (lambda m, x: x.max(), lambda m, x: x.max(dim=0)[0]):
        same("Tensor.max", slope(impl, one, distinct), [0, 1, 0, 0])


def test_predicted_class_at_a_tie(impl):
    """The first of the largest scores is the prediction; a shared vote would give ½ each."""
    offered(impl, "accuracy")
    same("accuracy", [impl.accuracy([[1.0, 3.0, 3.0]], [label]) for label in (1, 2)], [1, 0])


def test_slope_of_rmse_at_a_perfect_fit(impl):
    """The chain rule makes ∞ · 0 of it; the smallest subgradient is 0."""
    offered(impl, "rmse_loss", "mse_loss")
    losses = (
        lambda m, x: m.rmse_loss(x, x.detach()),
        lambda m, x: m.mse_loss(x, x.detach()).sqrt(),
    )
    for loss, at_fit in zip(losses, (0.0, float("nan")), strict=True):
        same("rmse_loss", value(impl, loss, [1.0, -2.0]), 0)
        same("rmse_loss", slope(impl, loss, [1.0, -2.0]), [at_fit] * 2)
    away = [
        slope(impl, lambda m, x: m.rmse_loss(x, x.detach() - 2.0), [1.0, -2.0]),
        slope(impl, lambda m, x: m.mse_loss(x, x.detach() - 2.0).sqrt(), [1.0, -2.0]),
    ]
    same("rmse_loss", away[0], away[1])


ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805


def test_elu_celu_and_selu(impl):
    """One formula for α = 1. Else ELU's slope jumps at 0, CELU's does not; SELU is λ·ELU, one α."""
    offered(impl, "elu", "celu", "selu")
    x = [-3.0, -0.5, 0.0, 0.25, 2.0]
    same("celu", value(impl, lambda m, x: m.celu(x, 1.0), x), value(impl, lambda m, x: m.elu(x), x))
    jumps = {"elu": 2.0 - 1.0, "celu": 0.0}
    for name, jump in jumps.items():
        at = slope(impl, lambda m, x, f=name: getattr(m, f)(x, 2.0), [0.0, 2.0**-60])
        same(name, at[0] - at[1], jump)
    scaled = value(impl, lambda m, x: m.elu(x, ALPHA) * SCALE, x)
    same("selu", value(impl, lambda m, x: m.selu(x), x), scaled, COMPARATIVE)
    at = slope(impl, lambda m, x: m.selu(x), [0.0, 2.0**-60])
    same("selu", at, [SCALE * ALPHA, SCALE], Ulp("two roundings"))


def test_threshold_of_softplus(impl):
    """Above 20 it is x itself: e⁻²¹ short of the formula, which float32 cannot see and float64 can."""
    offered(impl, "softplus")

    def plain(m: Any, x: Any) -> Any:
        return m.softplus(x)

    def without(m: Any, x: Any) -> Any:
        return m.softplus(x, threshold=100.0)

    same("softplus", value(impl, plain, [21.0]), [21])
    same("softplus", value(impl, without, [21.0]), 21 + np.log1p(np.exp([-21.0])), COMPARATIVE)
    same("softplus", slope(impl, plain, [21.0]), [1])
    assert slope(impl, without, [21.0]) < 1
    single = np.array([21.0], np.float32)
    same("softplus", value(impl, without, single), value(impl, plain, single))
    below = [-30.0, 0.0, 19.5]
    same("softplus", value(impl, without, below), value(impl, plain, below))


def test_gelu_has_two_forms(impl):
    """x Φ(x), and the paper's tanh approximation, which is up to 5·10⁻⁴ away."""
    offered(impl, "gelu", "sigmoid")
    x = np.linspace(-4, 4, 65)

    def approximation(m: Any, x: Any) -> Any:
        u = (x + x * x * x * 0.044715) * float(np.sqrt(2 / np.pi))
        return x * m.sigmoid(u * 2.0)

    exact = value(impl, lambda m, x: m.gelu(x), x)
    tanh = value(impl, lambda m, x: m.gelu(x, approximate="tanh"), x)
    same("gelu", tanh, value(impl, approximation, x), COMPARATIVE)
    assert 4 < 10_000 * np.abs(exact - tanh).max() < 5  # two formulas: no tolerance


def test_softmax_and_sigmoid_beyond_the_range_of_exp(impl):
    """The printed formulas overflow to NaN where the fused functions are exact."""
    offered(impl, "softmax", "log_softmax", "sigmoid")
    x = [1000.0, 0.0]

    def printed(m: Any, x: Any) -> Any:
        return x.exp() / x.exp().sum()

    assert np.isnan(value(impl, printed, x)[0])
    same("softmax", value(impl, lambda m, x: m.softmax(x, 0), x), [1, 0])
    same("log_softmax", value(impl, lambda m, x: m.softmax(x, 0).log(), x), [0, -INF])
    same("log_softmax", value(impl, lambda m, x: m.log_softmax(x, 0), x), [0, -1000])
    near = [0.5, -1.0, 2.0]
    close = [value(impl, f, near) for f in (lambda m, x: m.softmax(x, 0), printed)]
    same("softmax", close[0], close[1], COMPARATIVE)

    def chain(m: Any, x: Any) -> Any:
        return 1 / ((-x).exp() + 1)

    far, fused = [-1000.0, 0.0], lambda m, x: m.sigmoid(x)
    for f, gradient in ((chain, [float("nan"), 0.25]), (fused, [0, 0.25])):
        same("sigmoid", value(impl, f, far), [0, 0.5])
        same("sigmoid", slope(impl, f, far), gradient)
