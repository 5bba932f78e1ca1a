"""Batch norm and layer norm: values, gradients, running averages, bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_tests.instrument import (
    COMPARATIVE_TENSOR,
    Bad,
    Case,
    Comparative,
    assert_parity,
    bad_cases,
    cases,
    normal,
    offered,
    options_grid,
    to_tensor,
)


def ones(impl, *shape, dtype="float32"):
    return impl.tensor(np.ones(shape, dtype))


def fresh(layer):
    """A new layer in the dtype of its input, applied to it."""

    def call(impl, x, **options):
        made = layer(impl, **options)
        return (made.double() if "float64" in str(x.dtype) else made)(x)

    return call


def normalized(m, x, mean, var, eps, weight=1, bias=0):
    return (x - mean) / m.sqrt(var + eps) * weight + bias


def new_batch_norm_oracle(m, x, eps=1e-5, **_):
    """A new layer has γ = 1 and β = 0."""
    mean = m.mean(x, 0)
    return normalized(m, x, mean, m.mean((x - mean) ** 2, 0), eps)


def layer_norm_oracle(m, x, *affine, normalized_shape, eps=1e-5, **_):
    if isinstance(normalized_shape, int):
        normalized_shape = (normalized_shape,)
    axes = tuple(range(x.ndim - len(normalized_shape), x.ndim))
    mean = m.mean(x, axes, keepdims=True)
    return normalized(m, x, mean, m.mean((x - mean) ** 2, axes, keepdims=True), eps, *affine)


def batch_norm(impl, x, mean, var, *affine, **options):
    """The output, and the running averages after it."""
    mean, var = mean.clone(), var.clone()
    return impl.batch_norm(x, mean, var, *affine, **options), mean, var


def batch_norm_oracle(m, x, mean, var, *affine, training, momentum=0.1, eps=1e-5):
    axes = (0, *range(2, x.ndim))
    shape = (-1, *(1 for _ in axes[1:]))
    affine = tuple(v.reshape(shape) for v in affine)
    if not training:
        return normalized(m, x, mean.reshape(shape), var.reshape(shape), eps, *affine), mean, var
    mu = m.mean(x, axes, keepdims=True)
    sigma2 = m.mean((x - mu) ** 2, axes, keepdims=True)
    count = x.size // x.shape[1]
    unbiased = sigma2.reshape(-1) * count / (count - 1)
    running = [(1 - momentum) * mean + momentum * mu.reshape(-1)]
    running.append((1 - momentum) * var + momentum * unbiased)
    return normalized(m, x, mu, sigma2, eps, *affine), *running


def terms(upstream, x, axes, others, weight=1.0, eps=1e-5):
    """The sizes of the terms that ∂L/∂x, ∂L/∂γ and ∂L/∂β are sums of: what roundings refer to."""
    inv_std = 1 / np.sqrt(x.var(axes, keepdims=True) + eps)
    x_hat = np.abs(x - x.mean(axes, keepdims=True)) * inv_std
    G = np.abs(upstream)
    g = G * np.abs(weight)
    dx = g + g.mean(axes, keepdims=True) + x_hat * (g * x_hat).mean(axes, keepdims=True)
    return dx * inv_std, (G * x_hat).sum(others), G.sum(others)


def batch_norm_terms(upstream, x, *given, eps=1e-5, **_):
    axes = (0, *range(2, x.ndim))
    weight = given[2] if len(given) > 2 else np.ones(x.shape[1])
    return terms(upstream, x, axes, axes, weight.reshape(-1, *(1 for _ in axes[1:])), eps)


def layer_norm_terms(upstream, x, weight=1.0, *_bias, normalized_shape, eps=1e-5, **_):
    last = x.ndim - np.size(normalized_shape)
    return terms(upstream, x, tuple(range(last, x.ndim)), tuple(range(last)), weight, eps)


# A difference x − μ loses the digits that x and μ share, so that rounding errors refer to the
# largest value of the tensor, not to an element that happens to be near 0.
NORM: dict[str, Any] = {
    "tier": COMPARATIVE_TENSOR,
    "grad_tier": Comparative(scale=layer_norm_terms),
}
BATCH_NORM: dict[str, Any] = {
    "tier": COMPARATIVE_TENSOR,
    "grad_tier": Comparative(scale=batch_norm_terms),
    "call": batch_norm,
    "oracle": batch_norm_oracle,
    "variants": "transposed strided reversed",
}


def moments(*shape):
    """A mean and a variance."""
    return normal(*shape), lambda rng: rng.uniform(0.5, 2.0, shape)


NEW_BATCH_NORMS: list[dict[str, Any]] = [
    {},
    {"eps": 0.1},
    {"affine": False},
    {"bias": False},
    {"track_running_stats": False},
]
NEW_LAYER_NORMS: list[dict[str, Any]] = [
    {"normalized_shape": 4},
    {"normalized_shape": [3, 4], "eps": 0.1},
    {"normalized_shape": (4,), "bias": False},
    {"normalized_shape": 4, "elementwise_affine": False},
]
CASES = [
    *(Case("batch_norm", inputs=(normal(*shape), *moments(4), normal(4), normal(4)),
           wrt=(0, 3, 4), options=options, **BATCH_NORM)
      for shape in [(6, 4), (3, 4, 5)]
      for options in options_grid(training=[True, False], momentum=[0.1, 0.75])),
    Case("batch_norm", inputs=(normal(6, 4), *moments(4)), wrt=(0,), id="not affine",
         options={"training": True, "eps": 0.5}, **BATCH_NORM),
    Case("batch_norm", inputs=(normal(6, 4), *moments(4), normal(4)), wrt=(0, 3), id="no bias",
         options={"training": True}, **BATCH_NORM),
    Case("batch_norm", inputs=(lambda rng: 1e3 + rng.standard_normal((6, 4)), *moments(4)),
         wrt=(0,), id="large mean", options={"training": True}, **BATCH_NORM),
    Case("batch_norm", inputs=(normal(0, 4), *moments(4), normal(4), normal(4)), wrt=(0, 3, 4),
         id="no rows", options={"training": True}, call=batch_norm, why="empty", variants=""),
    *(Case("BatchNorm1d", inputs=(normal(6, 4),), options=options, oracle=new_batch_norm_oracle,
           tier=COMPARATIVE_TENSOR, grad_tier=Comparative(scale=batch_norm_terms),
           variants="transposed strided reversed broadcast",
           call=fresh(lambda impl, **o: impl.BatchNorm1d(4, **o)))
      for options in NEW_BATCH_NORMS),
    *(Case("layer_norm", inputs=(normal(5, 3, 4), normal(*shape), normal(*shape)), **NORM,
           options={"normalized_shape": shape}, oracle=layer_norm_oracle,
           call=lambda impl, x, w, b, normalized_shape: impl.layer_norm(x, normalized_shape, w, b))
      for shape in [(4,), (3, 4)]),
    Case("layer_norm", inputs=(normal(5, 4),), options={"normalized_shape": (4,), "eps": 0.5},
         oracle=layer_norm_oracle, **NORM),
    Case("layer_norm", inputs=(normal(4),), options={"normalized_shape": (4,)}, id="one sample",
         oracle=layer_norm_oracle, **NORM, variants="strided reversed"),
    *(Case("LayerNorm", inputs=(normal(5, 3, 4),), options=options, oracle=layer_norm_oracle, **NORM,
           call=fresh(lambda impl, **o: impl.LayerNorm(**o)))
      for options in NEW_LAYER_NORMS),
]  # fmt: skip # a table


@cases(CASES)
def test_value_and_gradient(case, check):
    check(case)


def norm(impl, mean=(3,), weight=None, training=False, eps=1e-5, shape=(2, 3)):
    affine = {} if weight is None else {"weight": ones(impl, *weight)}
    running = (None, None) if mean is None else (ones(impl, *mean), ones(impl, *mean))
    return impl.batch_norm(ones(impl, *shape), *running, training=training, eps=eps, **affine)


BAD = [
    Bad("batch_norm", lambda i: norm(i, mean=None), RuntimeError, "evaluation"),
    Bad("batch_norm", lambda i: norm(i, mean=(2,)), RuntimeError, "running_mean", id="mean"),
    Bad("batch_norm", lambda i: norm(i, weight=(2,)), RuntimeError, "weight", id="weight"),
    Bad("batch_norm", lambda i: norm(i, training=True, shape=(1, 3)), ValueError, id="one value"),
    Bad("batch_norm", lambda i: norm(i, training=True, shape=(1, 3, 1)), ValueError, id="one, 3-D"),
    Bad("batch_norm", lambda i: norm(i, training=True, eps=0.0), ValueError, "eps", id="eps 0"),
    Bad("batch_norm", lambda i: norm(i, eps=-1.0), ValueError, "eps", id="eps < 0"),
    Bad("batch_norm", lambda i: norm(i, mean=(1,), shape=(3,)), RuntimeError, id="1-D"),
    Bad("batch_norm", lambda i: i.batch_norm(ones(i, 2, 3), ones(i, 3), None), RuntimeError,
        id="half a state"),
    Bad("batch_norm", lambda i: i.batch_norm(ones(i, 2, 3), ones(i, 3), None, training=True),
        ValueError, "running_var", id="half a state, training"),
    Bad("BatchNorm1d", lambda i: i.BatchNorm1d(3)(ones(i, 3)), ValueError, "1D"),
    Bad("BatchNorm1d", lambda i: i.BatchNorm1d(3)(ones(i, 1, 3)), ValueError, "1, 3", id="one"),
    Bad("BatchNorm1d", lambda i: i.BatchNorm1d(3)(ones(i, 2, 4)), RuntimeError, "4", id="width"),
    Bad("BatchNorm1d", lambda i: i.BatchNorm1d(3)(ones(i, 2, 3, dtype="float64")), RuntimeError,
        "float64", id="dtype"),
    Bad("BatchNorm1d", lambda i: i.BatchNorm1d(3)(i.tensor([[1, 2, 3], [4, 5, 6]])),
        NotImplementedError, id="integers"),
    Bad("LayerNorm", lambda i: i.LayerNorm(3)(i.tensor([[1, 2, 3], [4, 5, 6]])),
        RuntimeError, id="integers"),
    Bad("layer_norm", lambda i: i.layer_norm(i.tensor([[1, 2, 3]]), (3,)), NotImplementedError,
        id="integers"),
    Bad("dropout", lambda i: i.dropout(i.tensor([1, 2])), RuntimeError, "int64", id="integers"),
    Bad("layer_norm", lambda i: i.layer_norm(ones(i, 2, 3), (4,)), RuntimeError, "4"),
    Bad("layer_norm", lambda i: i.layer_norm(ones(i, 2, 3), ()), RuntimeError, id="no dimension"),
    Bad("layer_norm", lambda i: i.layer_norm(ones(i, 3), (2, 3)), RuntimeError, id="too many"),
    Bad("layer_norm", lambda i: i.layer_norm(ones(i, 2, 3), (3,), ones(i, 2)), RuntimeError,
        "weight", id="weight"),
    Bad("layer_norm", lambda i: i.layer_norm(ones(i, 2, 3), (3,), ones(i, 3, dtype="float64")),
        RuntimeError, "float64", id="dtype"),
    Bad("LayerNorm", lambda i: i.LayerNorm(4)(ones(i, 2, 3)), RuntimeError, "4"),
    Bad("LayerNorm", lambda i: i.LayerNorm(3.5), TypeError),
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)


@pytest.mark.parametrize("momentum", [0.1, None])
def test_batch_norm_over_batches_then_in_evaluation(momentum, candidate, reference, dtype, rng):
    offered(candidate, "BatchNorm1d")
    layers = [
        impl.BatchNorm1d(4, momentum=momentum, dtype=dtype) for impl in (candidate, reference)
    ]
    exact = reference.BatchNorm1d(4, momentum=momentum, dtype="float64")
    for step in range(6):
        x = rng.standard_normal((6, 4)).astype(dtype)
        if step == 4:
            for layer in (*layers, exact):
                layer.eval()
        mine, theirs = (
            layer(to_tensor(impl, x))
            for layer, impl in zip(layers, (candidate, reference), strict=True)
        )
        truth = exact(to_tensor(reference, x.astype("float64")))
        known = dtype == "float32"  # in float64 torch itself is the yardstick
        where = f"step {step}"
        assert_parity(
            mine,
            theirs,
            COMPARATIVE_TENSOR,
            op="BatchNorm1d",
            direction=where,
            oracle=truth if known else None,
        )
        assert_parity(
            layers[0].state_dict(),
            layers[1].state_dict(),
            COMPARATIVE_TENSOR,
            op="BatchNorm1d",
            direction=f"{where}, state",
            oracle=exact.state_dict() if known else None,
        )
