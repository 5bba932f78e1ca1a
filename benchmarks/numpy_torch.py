"""One training step of scratch, of PyTorch in each of its modes, and the bare matrix products."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.settings import batches

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.settings import Setting

    Step = Callable[[], Any]  # makes one step and returns something that float() turns into a loss

LOSSES = {
    "classes": "CrossEntropyLoss",
    "binary": "BCEWithLogitsLoss",
    "regression": "MSELoss",
}


def scratch(setting: Setting) -> Step:
    """The loop of the README, on NumPy."""
    import scratch as impl

    impl.manual_seed(0)
    model = impl.MLP(setting.sizes, activation=setting.activation)
    criterion = getattr(impl, LOSSES[setting.loss])()
    optimizer = impl.Adam(model.parameters(), lr=1e-3)
    return _training_step(setting, impl.tensor, model, criterion, optimizer)


def torch_eager(setting: Setting, **options: Any) -> Step:
    """The same loop on PyTorch, with one of its implementations of Adam."""
    import torch

    model, criterion = _torch_model(setting)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, **options)
    return _training_step(setting, torch.from_numpy, model, criterion, optimizer)


def torch_compiled(setting: Setting) -> Step:
    """The same loop with model and loss compiled together, and the fused Adam."""
    import torch

    model, criterion = _torch_model(setting)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    forward = torch.compile(lambda x, y: criterion(model(x), y), dynamic=False)
    pool = batches(setting, torch.from_numpy)

    def step() -> Any:
        x, y = next(pool)
        loss = forward(x, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step


def _torch_model(setting: Setting) -> tuple[Any, Any]:
    import torch

    import torch_ref

    torch.set_num_threads(_threads())
    torch_ref.manual_seed(0)
    model = torch_ref.MLP(setting.sizes, activation=setting.activation)
    return model, getattr(torch.nn, LOSSES[setting.loss])()


def _threads() -> int:
    import os

    return int(os.environ["OMP_NUM_THREADS"])


def _training_step(
    setting: Setting, convert: Any, model: Any, criterion: Any, optimizer: Any
) -> Step:
    pool = batches(setting, convert)

    def step() -> Any:
        x, y = next(pool)
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step


def matrix_products(setting: Setting) -> Step:
    """The floor: x Wᵀ, Gᵀ x and (but for the first layer) G W of every layer, into ready arrays."""
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
