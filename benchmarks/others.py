"""The same training step in libraries that others wrote: JAX, scikit-learn, HIPS autograd."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.settings import batches

if TYPE_CHECKING:
    from benchmarks.numpy_torch import Step
    from benchmarks.settings import Setting

LR, BETA1, BETA2, EPS = 1e-3, 0.9, 0.999, 1e-8


def _initial(setting: Setting) -> list[tuple[np.ndarray, np.ndarray]]:
    """Weights and biases uniform in ±1/√fan_in."""
    rng = np.random.default_rng(0)
    layers = []
    for n, m in pairwise(setting.sizes):
        W, b = rng.uniform(-1, 1, (m, n)) / n**0.5, rng.uniform(-1, 1, m) / n**0.5
        layers.append((W.astype(np.float32), b.astype(np.float32)))
    return layers


def _loss(np: Any, logsumexp: Any, setting: Setting, layers: Any, x: Any, y: Any) -> Any:
    """The loss of a batch, in the NumPy of the library."""
    for k, (W, b) in enumerate(layers):
        x = np.dot(x, W.T) + b
        if k < len(layers) - 1:
            x = np.maximum(x, 0) if setting.activation == "relu" else 1 / (1 + np.exp(-x))
    if setting.loss == "classes":
        return np.mean(logsumexp(x, axis=1) - x[np.arange(len(y)), y])
    if setting.loss == "binary":
        return np.mean(np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x))))
    return np.mean((x - y) ** 2)


def jax_jit(setting: Setting) -> Step:
    """Loss, gradient and Adam compiled by XLA into one function."""
    import jax
    import jax.numpy as jnp
    from jax.scipy.special import logsumexp

    def loss(layers: Any, x: Any, y: Any) -> Any:
        return _loss(jnp, logsumexp, setting, layers, x, y)

    def update(state: Any, x: Any, y: Any) -> Any:
        layers, m, v, t = state
        value, g = jax.value_and_grad(loss)(layers, x, y)
        t = t + 1
        m = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, m, g)
        v = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, v, g)
        rate, root = LR / (1 - BETA1**t), (1 - BETA2**t) ** 0.5
        layers = jax.tree.map(lambda p, m, v: p - rate * m / (v**0.5 / root + EPS), layers, m, v)
        return (layers, m, v, t), value

    compiled = jax.jit(update, donate_argnums=0)
    layers = jax.tree.map(jnp.asarray, _initial(setting))
    zeros = [jax.tree.map(jnp.zeros_like, layers) for _ in range(2)]
    state = (layers, *zeros, jnp.zeros(()))
    pool = batches(setting, jnp.asarray)

    def step() -> Any:
        nonlocal state
        state, value = compiled(state, *next(pool))
        return value.block_until_ready()

    return step


def hips_autograd(setting: Setting) -> Step:
    """Gradients by HIPS autograd, Adam in plain NumPy."""
    import autograd.numpy as anp
    from autograd import value_and_grad
    from autograd.scipy.special import logsumexp

    layers = _initial(setting)
    differentiate = value_and_grad(lambda p, x, y: _loss(anp, logsumexp, setting, p, x, y))
    moments = [[(np.zeros_like(p), np.zeros_like(p)) for p in layer] for layer in layers]
    pool = batches(setting, np.asarray)
    t = 0

    def step() -> Any:
        nonlocal t
        value, gradients = differentiate(layers, *next(pool))
        t += 1
        rate, root = LR / (1 - BETA1**t), (1 - BETA2**t) ** 0.5
        for layer, gs, mvs in zip(layers, gradients, moments, strict=True):
            for p, g, (m, v) in zip(layer, gs, mvs, strict=True):
                m += (1 - BETA1) * (g - m)
                v += (1 - BETA2) * (g * g - v)
                p -= rate * m / (np.sqrt(v) / root + EPS)
        return value

    return step


def scikit_learn(setting: Setting) -> Step:
    """One ``partial_fit`` on one batch is one Adam step of scikit-learn's MLP."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    options = {
        "hidden_layer_sizes": setting.sizes[1:-1],
        "activation": "relu" if setting.activation == "relu" else "logistic",
        "batch_size": setting.batch,
        "learning_rate_init": LR,
        "alpha": 0.0,
        "random_state": 0,
    }
    if setting.loss == "regression":
        model, known = MLPRegressor(**options), {}
    else:
        model = MLPClassifier(**options)
        known = {"classes": np.arange(max(2, setting.sizes[-1]))}
    pool = batches(setting, np.asarray)

    def step() -> Any:
        x, y = next(pool)
        model.partial_fit(x, np.ravel(y), **known)
        return model.loss_

    return step
