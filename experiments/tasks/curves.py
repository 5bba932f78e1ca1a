"""Regression: a sine by one input, a surface by the 3-4-4-1 network, diabetes by a line in ten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from experiments.tasks import diabetes
from experiments.tasks.base import Task
from experiments.tasks.drawing import curve, predicted_against_true

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from experiments.config import Config
    from experiments.datasets.source import Source
    from experiments.evaluation import Evaluation
    from experiments.trainer import Trainer

SOURCE_EPOCHS = (1, 500, 1000, 1500, 2000, 2500, 3000)


def _sine(_config: Config) -> Source:
    from experiments.datasets.generated import sine

    return sine()


def _three_inputs(config: Config) -> Source:
    from experiments.datasets.generated import three_inputs

    return three_inputs(config.seed)


def _half_squared_error(impl: ModuleType) -> Callable[[Any, Any], Any]:
    """½(y − t)², averaged over the batch: the source's loss, whose gradient is y − t."""
    return lambda output, target: 0.5 * impl.mse_loss(output, target)


def _normal_biases(impl: ModuleType, model: Any, config: Config) -> None:
    """The source draws biases from the standard normal too, where the network would zero them."""
    if config.init == "normal":
        for name, parameter in model.named_parameters():
            if name.endswith("bias"):
                impl.normal_(parameter)


def _errors(trainer: Trainer, _test: Evaluation) -> list[tuple[str, str]]:
    """The error at the source's epochs: the mean of ½(y − t)² while the epoch went, and the MSE."""
    rows = []
    for epoch in SOURCE_EPOCHS:
        if epoch <= trainer.epoch:
            record = trainer.history[epoch - 1]
            cell = f"{record['loss/train']:.6f}, {record['mse/val']:.6f}"
            rows.append((f"½(y−t)² in epoch {epoch}, mean squared error after it", cell))
    return rows


TASKS = (
    Task(
        name="network-3441",
        description="the 3-4-4-1 network, 41 parameters, on y = x1 x2 + x3²",
        kind="regression",
        make_data=_three_inputs,
        defaults={"hidden": (4, 4), "activation": "tanh", "lr": 0.01, "epochs": 100},
        final_pictures=predicted_against_true,
    ),
    Task(
        name="sine",
        description="sin x by a 1-3-1 network as the source trains it, and with better settings",
        kind="regression",
        make_data=_sine,
        defaults={
            "hidden": (3,),
            "activation": "sigmoid",
            "init": "normal",
            "optimizer": "SGD",
            "lr": 0.1,
            "epochs": 3000,
            "batch_size": 1,
        },
        variants={
            "better settings": {
                "hidden": (16,),
                "activation": "tanh",
                "init": "default",
                "optimizer": "Adam",
                "lr": 0.02,
                # At a constant rate Adam spikes here to the end, and a last bit decides how high.
                "schedule": "cosine",
                "epochs": 3000,
                "batch_size": 63,
            }
        },
        criterion=_half_squared_error,
        initialize=_normal_biases,
        pictures=curve,
        extra_rows=_errors,
    ),
    diabetes.TASK,
)
