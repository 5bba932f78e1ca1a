"""Handwritten digits: the small ones that come with scikit-learn, and MNIST."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.tasks.base import Task
from experiments.tasks.drawing import digit_pictures

if TYPE_CHECKING:
    from experiments.config import Config
    from experiments.datasets.source import Source


def _digits(_config: Config) -> Source:
    from experiments.datasets.bundled import digits

    return digits()


def _mnist(config: Config) -> Source:
    from experiments.datasets.mnist import mnist

    return mnist(config.data_dir)


TASKS = (
    Task(
        name="digits",
        description="1,797 handwritten digits of 8×8 pixels, bundled with scikit-learn",
        kind="classes",
        make_data=_digits,
        defaults={
            "hidden": (128,),
            "init": "kaiming_uniform",
            "dropout": 0.3,
            "epochs": 100,
            "batch_size": 64,
            "lr": 2e-3,
        },
        final_pictures=digit_pictures,
    ),
    Task(
        name="mnist",
        description="70,000 handwritten digits of 28×28 pixels, from --data-dir or downloaded",
        kind="classes",
        make_data=_mnist,
        defaults={
            "hidden": (128,),
            "epochs": 10,
            "batch_size": 128,
            "lr": 2e-3,
            "schedule": "cosine",
        },
        final_pictures=digit_pictures,
        reads_data_dir=True,
    ),
)
