"""Layers with every option, weights that are not those of the start, and modules put together by hand."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from parity_tests.instrument import (
    EXACT,
    Bad,
    Bound,
    assert_parity,
    bad_cases,
    offered,
    to_numpy,
    to_tensor,
)
from parity_tests.layer_limits import Limits, normalized, slope_bound

LAYERS: dict[str, list[Any]] = {
    "Linear": [(3, 2), {}, {"bias": False}, {"dtype": "float64"}],
    "LayerNorm": [
        (3,),
        *({}, {"bias": False}, {"elementwise_affine": False}, {"eps": 0.5}, {"dtype": "float64"}),
    ],
    "BatchNorm1d": [
        (3,),
        *({}, {"bias": False}, {"affine": False}, {"eps": 0.5}, {"dtype": "float64"}),
        *({"momentum": None}, {"momentum": 0.5}, {"track_running_stats": False}),
        {"momentum": None, "track_running_stats": False},
    ],
}
MADE: list[tuple[str, tuple[int, ...], dict[str, Any]]] = [
    (n, sizes, o) for n, (sizes, *options) in LAYERS.items() for o in options
]


def run(impl, layer, x, upstreams):
    """Two batches in training, one in evaluation; gradients of parameters; the state after each."""
    seen = []
    for t, upstream in enumerate(upstreams):
        layer.train(t < 2)
        layer.zero_grad()
        y = layer(to_tensor(impl, x + t))
        seen.append(to_numpy(y).copy())
        if y.requires_grad:
            y.backward(to_tensor(impl, upstream))
        seen += [to_numpy(p.grad) for p in layer.parameters()]
        seen += [to_numpy(v).copy() for v in layer.state_dict().values()]
    return seen


@pytest.mark.parametrize(("name", "sizes", "options"), MADE, ids=str)
def test_options(candidate, reference, rng, name, sizes, options):
    offered(candidate, name, "Module")
    dtype = options.get("dtype", "float32")
    x = rng.normal(size=(6, 3)).astype(dtype)
    layers = [getattr(impl, name)(*sizes, **options) for impl in (candidate, reference)]
    assert repr(layers[0]) == repr(layers[1])
    facts = [
        [(k, tuple(p.shape), p.requires_grad) for k, p in layer.named_parameters()]
        + [(k, tuple(b.shape)) for k, b in layer.named_buffers()]
        for layer in layers
    ]
    assert facts[0] == facts[1]
    values = {
        key: np.asarray(rng.uniform(0.5, 2.0, v.shape), to_numpy(v).dtype)
        for key, v in layers[0].state_dict().items()
    }
    for impl, layer in zip((candidate, reference), layers, strict=True):
        layer.load_state_dict({key: to_tensor(impl, v) for key, v in values.items()})
    width = sizes[-1]
    upstreams = rng.normal(size=(3, 6, width)).astype(dtype)
    mine, torchs = (
        run(impl, layer, x, upstreams)
        for impl, layer in zip((candidate, reference), layers, strict=True)
    )
    exactly = {key: np.asarray(v, float) for key, v in values.items()}

    def allowed(u):
        limits = Limits(u, name, options, dict(exactly))
        return [v for t, g in enumerate(upstreams) for v in limits.batch(x + t, np.abs(g), t < 2)]

    for i, (a, b) in enumerate(zip(mine, torchs, strict=True)):
        tier = EXACT if a.dtype.kind == "i" else Bound(lambda u, i=i: allowed(u)[i])
        assert_parity(a, b, tier, op=name)


def test_one_sample_of_a_sequence(candidate, reference, rng):
    """(1, C, L) has L values per channel; eps may be 0 where the variance is given."""
    offered(candidate, "BatchNorm1d", "batch_norm")
    x = rng.normal(size=(1, 2, 5))
    mine, torchs = (
        impl.BatchNorm1d(2, dtype="float64")(to_tensor(impl, x)) for impl in (candidate, reference)
    )
    tier = Bound(lambda u: normalized(u, x, (0, 2))[1] + 2 * u * normalized(u, x, (0, 2))[0])
    assert_parity(mine, torchs, tier, op="BatchNorm1d")
    given = x, np.array([0.5, 1.0]), np.array([1.0, 4.0])
    mine, torchs = (
        impl.batch_norm(*(to_tensor(impl, a) for a in given), training=False, eps=0.0)
        for impl in (candidate, reference)
    )
    tier = Bound(lambda u: 4 * u * np.abs(to_numpy(torchs)))  # −, √, / and ·
    assert_parity(mine, torchs, tier, op="batch_norm", direction="eps = 0")


def test_running_statistics_that_nobody_keeps(candidate, reference, rng):
    """Switched off after the layer was made: training leaves them alone."""
    offered(candidate, "BatchNorm1d")
    x = rng.normal(size=(6, 3))
    states = []
    for impl in (candidate, reference):
        layer = impl.BatchNorm1d(3, dtype="float64")
        layer.track_running_stats = False
        layer(to_tensor(impl, x))
        states.append(layer.state_dict())
    assert_parity(states[0], states[1], EXACT, op="BatchNorm1d", direction="state")


def bias_alone(x, g, shift, axes):
    """Bounds of y = x̂ + β, ∂L/∂x and ∂L/∂β."""

    def value(u):
        x_hat, off, _ = normalized(u, x, axes)
        return off + 2 * u * (x_hat + np.abs(shift))

    yield value
    yield lambda u: slope_bound(u, g, x, axes)
    yield lambda u: len(g) * u * np.abs(g).sum(0)


def test_bias_without_weight(candidate, reference, rng, dtype):
    offered(candidate, "layer_norm", "batch_norm")
    x, upstream = (rng.normal(size=(6, 3)).astype(dtype) for _ in range(2))
    shift = np.array([1.0, -2.0, 0.5], dtype)
    results = []
    for impl in (candidate, reference):
        for name in ("layer_norm", "batch_norm"):
            b = to_tensor(impl, shift, requires_grad=True)
            given = to_tensor(impl, x, requires_grad=True)
            if name == "layer_norm":
                y = impl.layer_norm(given, (3,), None, b)
            else:
                y = impl.batch_norm(given, None, None, None, b, training=True)
            y.backward(to_tensor(impl, upstream))
            results.append([y, given.grad, b.grad])
    X, G = x.astype(float), upstream.astype(float)
    for mine, torchs, op, axes in zip(
        results[:2], results[2:], ("layer_norm", "batch_norm"), ((1,), (0,)), strict=True
    ):
        for a, b, bound in zip(mine, torchs, bias_alone(X, G, shift, axes), strict=True):
            assert_parity(a, b, Bound(bound), op=op, direction="bias alone")


def test_sums_are_made_in_float64(candidate):
    """2²⁴ + 1 + 1 + 1: in float32 the ones would be lost."""
    offered(candidate, "BatchNorm1d")
    column = np.array([[2.0**24], [1.0], [1.0], [1.0]], np.float32)
    layer = candidate.BatchNorm1d(1, momentum=1.0)
    layer(to_tensor(candidate, column)).backward(to_tensor(candidate, column))
    assert layer.running_mean.tolist() == [4194305.0]
    assert layer.bias.grad.tolist() == [16777220.0]


def test_no_features(candidate, reference):
    """No weights: a bias of zeros, the same draws, and a warning."""
    offered(candidate, "Linear", "manual_seed")
    states = []
    for impl in (candidate, reference):
        impl.manual_seed(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            states.append([impl.Linear(0, 3).state_dict(), impl.rand(3)])
    assert_parity(states[0], states[1], EXACT, op="Linear", direction="no features")


@pytest.mark.parametrize("p", [0.0, 1.0, 0.5])
@pytest.mark.parametrize("shape", [(0,), (3,)])
def test_dropout_draws_only_what_it_needs(candidate, reference, p, shape):
    offered(candidate, "dropout", "manual_seed")
    after = []
    for impl in (candidate, reference):
        impl.manual_seed(0)
        impl.dropout(to_tensor(impl, np.ones(shape, np.float32)), p)
        after.append(impl.rand(3))
    assert_parity(after[0], after[1], EXACT, op="dropout", direction="what comes after")


def ones(impl, *shape):
    return impl.tensor(np.ones(shape, np.float32))


BAD = [
    Bad("layer_norm", lambda i: i.layer_norm(ones(i, 2, 3), (3,), None, ones(i, 2)), RuntimeError,
        "bias should have"),
    Bad("batch_norm", lambda i: i.batch_norm(ones(i, 2, 3), ones(i, 2), ones(i, 3)), RuntimeError,
        "running_mean should have"),
    Bad("batch_norm", lambda i: i.batch_norm(ones(i, 2, 3), ones(i, 3), ones(i, 2)), RuntimeError,
        "running_var should have"),
    Bad("BatchNorm1d", lambda i: i.BatchNorm1d(3)(ones(i, 2, 3, 2, 2)), ValueError, "4D input"),
    Bad("Flatten", lambda i: i.Flatten(2)(ones(i, 2, 3)), IndexError, "2"),
    Bad("Module", lambda i: i.Linear(3, 2).load_state_dict({"more": ones(i)}), RuntimeError,
        "\n\tUnexpected key", id="two mistakes"),
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
