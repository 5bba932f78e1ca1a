"""What no NumPy code gets below: the bare matrix products, and the step written out by hand."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.settings import batches

if TYPE_CHECKING:
    from benchmarks.numpy_torch import Step
    from benchmarks.settings import Setting

LR, BETA1, BETA2, EPS = 1e-3, 0.9, 0.999, 1e-8
BLOCK = 32 * 1024
"""Parameters that Adam treats at a time: they fit the cache with everything that belongs to them."""


def matrix_products(setting: Setting) -> Step:
    """x Wᵀ, Gᵀ x and (but for the first layer) G W of every layer, into ready arrays."""
    rng = np.random.default_rng(0)
    N, sizes = setting.batch, setting.sizes
    X: list[Any] = [rng.standard_normal((N, n), np.float32) for n in sizes]
    W: list[Any] = [rng.standard_normal((m, n), np.float32) for n, m in pairwise(sizes)]
    dX = [np.empty_like(x) for x in X]
    dW = [np.empty_like(w) for w in W]

    def step() -> float:
        for k, w in enumerate(W):
            np.dot(X[k], w.T, out=X[k + 1])
        for k in reversed(range(len(W))):
            np.dot(X[k + 1].T, X[k], out=dW[k])
            if k:
                np.dot(X[k + 1], W[k], out=dX[k])
        return float("nan")

    return step


def numpy_by_hand(setting: Setting) -> Step:
    """The whole step as one function: no graph, no checks, one flat memory, results into place.

    It trains this one network and nothing else. What a library takes beyond it is the price of
    being one.
    """
    rng = np.random.default_rng(0)
    sizes = list(pairwise(setting.sizes))
    total = sum(m * n + m for n, m in sizes)
    flat, gradient, *moments = np.zeros((4, total), np.float32)
    W, b = _layers(flat, sizes)
    dW, db = _layers(gradient, sizes)
    for w in W:
        w[...] = rng.uniform(-1, 1, w.shape) / w.shape[1] ** 0.5
    adam = _Adam(flat, gradient, *moments)
    pool = batches(setting, lambda array: array)
    row = np.ones(setting.batch, np.float32)

    def step() -> Any:
        x, y = next(pool)
        H = [x]
        for k in range(len(W) - 1):
            z = H[k].dot(W[k].T)
            z += b[k]
            H.append(_activate(z, setting.activation))
        z = H[-1].dot(W[-1].T)
        z += b[-1]
        loss, G = _loss(z, y, setting.loss)
        for k in reversed(range(len(W))):
            np.dot(G.T, H[k], out=dW[k])
            np.dot(row, G, out=db[k])
            if k:
                G = G.dot(W[k])
                G *= H[k] > 0 if setting.activation == "relu" else H[k] * (1 - H[k])
        adam.step()
        return loss

    return step


def _layers(flat: Any, sizes: list[tuple[int, int]]) -> tuple[list[Any], list[Any]]:
    """Weights and biases as views of ``flat``."""
    W, b, start = [], [], 0
    for n, m in sizes:
        W.append(flat[start : start + m * n].reshape(m, n))
        b.append(flat[start + m * n : start + m * n + m])
        start += m * n + m
    return W, b


def _activate(z: Any, activation: str) -> Any:
    if activation == "relu":
        return np.maximum(z, 0, out=z)
    np.negative(z, out=z)
    np.exp(z, out=z)
    z += 1
    return np.reciprocal(z, out=z)


def _loss(z: Any, y: Any, loss: str) -> tuple[Any, Any]:
    """The mean loss of a batch and its gradient."""
    if loss == "classes":
        rows = np.arange(len(z))
        z -= z[rows, z.argmax(1)][:, None]
        p = np.exp(z)
        s = np.add.reduce(p, 1)
        value = np.add.reduce(np.log(s) - z[rows, y]) / len(z)
        p /= s[:, None]
        p[rows, y] -= 1
    elif loss == "binary":
        e = np.exp(-np.abs(z))
        value = np.add.reduce(np.maximum(z, 0) - z * y + np.log1p(e), None) / z.size
        p = np.exp(np.minimum(z, 0)) / (1 + e) - y
    else:
        p = z - y
        value = np.add.reduce(p * p, None) / z.size
        p *= 2
    p /= p.size if loss != "classes" else len(p)
    return value, p


class _Adam:
    """Adam on flat arrays, block by block, in as few passes as NumPy needs."""

    def __init__(self, p: Any, g: Any, m: Any, v: Any) -> None:
        work = np.empty((2, min(BLOCK, len(p))), np.float32)
        spans = [slice(i, min(i + BLOCK, len(p))) for i in range(0, len(p), BLOCK)]
        self.blocks = [(p[s], g[s], m[s], v[s], *work[:, : s.stop - s.start]) for s in spans]
        self.gain1, self.beta1, self.gain2, self.beta2, self.eps, self.rate = (
            np.array(value, np.float32) for value in (1 - BETA1, BETA1, 1 - BETA2, BETA2, 0, 0)
        )
        self.t = 0

    def step(self) -> None:
        self.t += 1
        root = (1 - BETA2**self.t) ** 0.5
        self.eps.fill(EPS * root)
        self.rate.fill(LR * root / (1 - BETA1**self.t))
        for p, g, m, v, a, c in self.blocks:
            np.multiply(m, self.beta1, m)
            np.multiply(g, self.gain1, a)
            np.add(m, a, m)
            np.multiply(v, self.beta2, v)
            np.multiply(g, self.gain2, a)
            np.multiply(a, g, a)
            np.add(v, a, v)
            np.sqrt(v, a)
            np.add(a, self.eps, a)
            np.multiply(m, self.rate, c)
            np.divide(c, a, c)
            np.subtract(p, c, p)
