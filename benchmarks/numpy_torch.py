"""One training step of scratch, and of PyTorch in each of its modes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
