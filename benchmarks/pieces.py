"""The pieces around the training step: the perceptron, data loading, start-up."""

from __future__ import annotations

import os
import sys
import time
from importlib import import_module
from typing import Any

import numpy as np


def perceptron(impl: str, method: str, samples: int = 2000, features: int = 10) -> dict[str, float]:
    """Seconds that the perceptron takes to separate separable points."""
    module = import_module(impl)
    rng = np.random.default_rng(0)
    normal = rng.standard_normal(features)
    X = rng.standard_normal((4 * samples, features))
    X = X[np.abs(X @ normal) > 0.3 * np.linalg.norm(normal)][:samples]
    y = np.where(X @ normal >= 0, 1, -1)
    X, y = module.tensor(X, dtype="float32"), module.tensor(y)
    module.manual_seed(0)
    started = time.perf_counter()
    result = module.Perceptron(features).fit(X, y, method=method)
    taken = time.perf_counter() - started
    return {"seconds": taken, "epochs": result.epochs, "converged": float(result.converged)}


def loading(
    impl: str, samples: int = 20_000, features: int = 784, batch: int = 64
) -> dict[str, float]:
    """Seconds that a pass through a shuffling DataLoader takes, the second of two."""
    module = import_module(impl)
    X = module.tensor(np.zeros((samples, features), np.float32))
    y = module.tensor(np.zeros(samples, np.int64))
    module.manual_seed(0)
    loader = module.DataLoader(module.TensorDataset(X, y), batch_size=batch, shuffle=True)
    for _ in range(2):
        started = time.perf_counter()
        for _ in loader:
            pass
        taken = time.perf_counter() - started
    return {"seconds": taken}


def importing(impl: str) -> dict[str, float]:
    """Seconds that ``import scratch`` (or torch_ref) takes, Python itself not counted."""
    started = time.perf_counter()
    import_module(impl)
    return {"seconds": time.perf_counter() - started}


def first_step(impl: str, launched: float) -> dict[str, float]:
    """Seconds from the command ``python train.py`` to the end of its first optimizer step."""
    from experiments.cli import main

    module = import_module({"torch": "torch_ref"}.get(impl, impl))
    step = module.Adam.step

    def stop_after(optimizer: Any, *arguments: Any) -> None:
        step(optimizer, *arguments)
        raise _FirstStepDone(time.time() - launched)

    module.Adam.step = stop_after
    try:
        with open(os.devnull, "w") as nowhere:
            sys.stdout, stdout = nowhere, sys.stdout
            main(["--impl", impl, "--log", "none", "--quiet"])
    except _FirstStepDone as done:
        return {"seconds": done.args[0]}
    finally:
        sys.stdout = stdout
    raise RuntimeError("train.py ended without an optimizer step")


class _FirstStepDone(BaseException):
    """Leaves train.py by a way that nothing in it catches."""
