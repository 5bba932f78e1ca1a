"""Conventions of layers: the layout of weights, normalization, dropout, and where weights start.

Every test shows the textbook's form and PyTorch's, on both sides. CONVENTIONS.md has the table.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import scratch
from parity_tests.conventions import same, value
from parity_tests.instrument import COMPARATIVE, offered, to_numpy, to_tensor

X = np.array([[1.0, -2.0, 0.5], [0.25, 4.0, -1.0]])
W = np.array([[1.0, 0.5, -2.0], [0.0, -1.0, 0.25]])  # (out, in)
B = np.array([0.5, -1.0])


def layer(impl: Any, name: str, *arguments: Any, **options: Any) -> Any:
    """A layer in float64."""
    return getattr(impl, name)(*arguments, dtype=impl.tensor(X).dtype, **options)


def test_weights_are_out_by_in(impl):
    """y = x Wᵀ + b; the sources' y = x w + b has w = Wᵀ, (in, out), and the same numbers."""
    offered(impl, "Linear", "linear")
    model = layer(impl, "Linear", 3, 2)
    assert tuple(model.weight.shape) == W.shape
    model.load_state_dict({"weight": to_tensor(impl, W), "bias": to_tensor(impl, B)})
    ours = value(impl, lambda m, x: model(x), X)
    same("Linear", ours, X @ W.T + B)
    same("Linear", ours, value(impl, lambda m, x, w: x @ w + m.tensor(B), X, W.T.copy()))
    with pytest.raises(RuntimeError):
        value(impl, lambda m, x, w: m.linear(x, w), X, W.T.copy())


def test_the_perceptrons_bias_is_its_first_weight(impl):
    """s = w₀ + Σ wᵢxᵢ with x₀ = 1 is linear(x, (w₁ … w_D), w₀)."""
    offered(impl, "Perceptron", "linear")
    model = impl.Perceptron(3)
    result = model.fit(X, np.array([1.0, -1.0]))
    w = to_numpy(result.weights)
    assert w.shape == (4,)
    with_one = np.hstack([np.ones((2, 1)), X]) @ w
    apart = value(impl, lambda m, x: m.linear(x, m.tensor(w[None, 1:]), m.tensor(w[:1])), X)
    same("Perceptron", apart[:, 0], with_one)
    same("Perceptron", to_numpy(model.decision_function(X)), with_one)


COLUMN = np.array([[1.0], [2.0], [6.0], [7.0]])  # mean 4, Σ(x − 4)² = 26


def test_batch_norm_uses_two_variances(impl):
    """It normalizes by the biased one, 26/4, and remembers the unbiased one, 26/3."""
    offered(impl, "BatchNorm1d")
    model = layer(impl, "BatchNorm1d", 1, eps=2.0**-40, momentum=1.0, affine=False)
    out = value(impl, lambda m, x: model(x), COLUMN)
    biased, unbiased = 26 / 4, 26 / 3
    same("BatchNorm1d", out, (COLUMN - 4) / math.sqrt(biased + 2.0**-40), COMPARATIVE)
    same("BatchNorm1d", to_numpy(model.running_var), [unbiased], COMPARATIVE)
    model.eval()
    out = value(impl, lambda m, x: model(x), COLUMN)
    same("BatchNorm1d", out, (COLUMN - 4) / math.sqrt(unbiased + 2.0**-40), COMPARATIVE)


@pytest.mark.parametrize("new", [0.125, 0.5])
def test_batch_norm_momentum_is_the_share_of_the_new(impl, new):
    """r ← (1 − m) r + m·batch. As r ← m r + (1 − m)·batch, m is 1 − m; they agree at ½ only."""
    offered(impl, "BatchNorm1d")
    for momentum, share in ((new, new), (1 - new, 1 - new)):
        model = layer(impl, "BatchNorm1d", 1, momentum=momentum)
        value(impl, lambda m, x, model=model: model(x), COLUMN)
        same("BatchNorm1d", to_numpy(model.running_mean), [share * 4])
    default = impl.BatchNorm1d(1).momentum
    assert default == 0.1  # others write 0.9 for it


def test_a_state_without_the_count(reference):
    """torch fills it in for a state without a version; here what is missing is always said."""
    for impl, refuses in ((scratch, True), (reference, False)):
        counted, fresh = layer(impl, "BatchNorm1d", 1), layer(impl, "BatchNorm1d", 1)
        counted(to_tensor(impl, COLUMN))
        state = counted.state_dict()
        del state["num_batches_tracked"]
        with pytest.raises(RuntimeError, match="num_batches_tracked"):
            fresh.load_state_dict(state)
        if refuses:
            with pytest.raises(RuntimeError, match="num_batches_tracked"):
                fresh.load_state_dict(dict(state))
        fresh.load_state_dict(dict(state), strict=not refuses)
        same("BatchNorm1d", to_numpy(fresh.running_mean), to_numpy(counted.running_mean))
        assert int(fresh.num_batches_tracked) == 0


def test_a_batch_that_is_refused_is_not_counted(reference):
    """One row has no variance: both refuse it in training, torch after it has counted it."""
    counts = []
    for impl in (scratch, reference):
        model = impl.BatchNorm1d(2)
        with pytest.raises(ValueError, match="more than 1 value per channel"):
            model(impl.tensor(np.ones((1, 2), np.float32)))
        same("BatchNorm1d", to_numpy(model.running_mean), [0, 0])
        counts.append(int(model.num_batches_tracked))
    assert counts == [0, 1]


def test_layer_norm_uses_the_biased_variance(impl):
    """1/D, where the sample variance that statistics call s² has 1/(D − 1)."""
    offered(impl, "layer_norm")
    row = COLUMN.T.copy()
    out = value(impl, lambda m, x: m.layer_norm(x, (4,), eps=0.0), row)
    same("layer_norm", out, (row - 4) / row.std(ddof=0), COMPARATIVE)
    assert (np.abs(out) > np.abs(row - 4) / row.std(ddof=1)).all()


def test_dropout_scales_while_training(impl):
    """p drops, and the kept are divided by 1 − p. In the paper p keeps, and evaluation multiplies."""
    offered(impl, "Dropout", "manual_seed")
    drop = 0.75
    keep = 1 - drop
    model = impl.Dropout(drop)
    x = np.linspace(1.0, 4.0, 1024)
    impl.manual_seed(0)
    training = value(impl, lambda m, x: model(x), x)
    mask = training != 0
    assert 0 < mask.mean() < 0.5
    same("Dropout", training, x * mask / keep)
    model.eval()
    evaluation = value(impl, lambda m, x: model(x), x)
    same("Dropout", evaluation, x)
    papers = {"training": x * mask, "evaluation": x * keep}
    same("Dropout", training * keep, papers["training"])  # a constant factor apart, in both
    same("Dropout", evaluation * keep, papers["evaluation"])


def test_where_weights_start(impl):
    """Linear: uniform in ±1/√in. The sine network's source: standard normal. He: normal, √(2/in)."""
    offered(impl, "Linear", "MLP", "kaiming_normal_", "manual_seed")
    impl.manual_seed(0)
    bound = 1 / math.sqrt(16)
    linear = impl.Linear(16, 256)
    for values in (linear.weight, linear.bias):
        size = np.abs(to_numpy(values))
        assert bound / 2 < size.max() <= np.float32(bound)
    normal = impl.MLP([16, 256, 1], init="normal")[0]
    he = impl.kaiming_normal_(impl.Linear(16, 256).weight)
    for weight, spread in (
        (linear.weight, bound / math.sqrt(3)),
        (normal.weight, 1.0),
        (he, 0.5**1.5),
    ):
        ratio = float(np.std(to_numpy(weight))) / spread
        assert 0.9 < ratio < 1.1  # 4,096 draws: the standard error is about 1 %
    same("MLP", to_numpy(normal.bias), np.zeros(256))


def test_gain_of_selu(impl):
    """The paper starts with variance 1/fan_in, gain 1; PyTorch's gain for it is ¾."""
    offered(impl, "calculate_gain", "kaiming_normal_", "manual_seed")
    papers, torchs = impl.calculate_gain("linear"), impl.calculate_gain("selu")
    same("calculate_gain", [papers, torchs], [1, 0.75])
    drawn = []
    for nonlinearity in ("linear", "selu"):
        impl.manual_seed(0)
        weight = impl.Linear(16, 256).weight
        drawn.append(to_numpy(impl.kaiming_normal_(weight, nonlinearity=nonlinearity)).copy())
    assert 0.9 < float(np.std(drawn[0])) * 4 < 1.1  # 1/√fan_in = ¼
    same("kaiming_normal_", drawn[1], drawn[0] * np.float32(0.75), COMPARATIVE)


def test_biases_decay_like_weights(impl):
    """Textbooks penalize w and not b; an optimizer over parameters() decays both, groups keep them apart."""
    offered(impl, "Linear", "SGD")
    for apart in (False, True):
        model = layer(impl, "Linear", 3, 2)
        model.load_state_dict({"weight": to_tensor(impl, W), "bias": to_tensor(impl, B)})
        groups = [
            {"params": [model.weight], "weight_decay": 0.5},
            {"params": [model.bias], "weight_decay": 0.0},
        ]
        every = [{"params": list(model.parameters()), "weight_decay": 0.5}]
        optimizer = impl.SGD(groups if apart else every, lr=0.25)
        (sum(p.sum() for p in model.parameters()) * 0.0).backward()
        optimizer.step()
        same("SGD", to_numpy(model.weight), W * 0.875)
        same("SGD", to_numpy(model.bias), B * (1.0 if apart else 0.875))
