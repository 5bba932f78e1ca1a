"""The names a run can ask for, and what each becomes in an implementation.

Tables of names only: no implementation is imported here, `getattr(impl, name)` does the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ACTIVATIONS = (
    "none", "step", "sign", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "celu",
    "gelu", "silu", "softplus", "hardtanh", "logsigmoid", "softmax", "log_softmax", "softmin",
)  # fmt: skip # a table

INITIALIZERS = (
    "default", "zeros", "ones", "eye", "uniform", "normal", "trunc_normal", "xavier_uniform",
    "xavier_normal", "kaiming_uniform", "kaiming_normal", "orthogonal",
)  # fmt: skip # a table

# class name → the options of it that a flag sets
OPTIMIZERS: dict[str, tuple[str, ...]] = {
    "SGD": ("momentum", "weight_decay"),
    "Adagrad": ("weight_decay",),
    "RMSprop": ("momentum", "weight_decay"),
    "Adam": ("weight_decay",),
    "AdamW": ("weight_decay",),
    "NAdam": ("weight_decay",),
    "RAdam": ("weight_decay",),
    "Adamax": ("weight_decay",),
    "Adadelta": ("weight_decay",),
    "ASGD": ("weight_decay",),
    "Rprop": (),
    "ClassicalMomentum": ("momentum",),
    "AveragedMomentum": ("momentum",),
    "LookaheadNesterov": ("momentum",),
    "RootEpsilonAdagrad": (),
    "RootEpsilonRMSprop": (),
    "RootEpsilonAdam": (),
}


@dataclass(frozen=True)
class Length:
    """What a schedule is laid out over: epochs, optimizer steps in each, and the learning rate."""

    epochs: int
    steps_per_epoch: int
    lr: float


@dataclass(frozen=True)
class Schedule:
    """A learning-rate schedule: its class, when it steps, and its arguments for a run.

    `every` is "epoch", "step" (each optimizer step), or "loss" (each epoch, given the
    validation loss).
    """

    class_name: str
    every: str
    arguments: Callable[[Length], dict[str, Any]]
    description: str


SCHEDULES: dict[str, Schedule | None] = {
    "constant": None,
    "step": Schedule(
        "StepLR",
        "epoch",
        lambda run: {"step_size": max(1, run.epochs // 3), "gamma": 0.1},
        "a tenth after each third of the run",
    ),
    "exponential": Schedule(
        "ExponentialLR",
        "epoch",
        lambda run: {"gamma": 0.01 ** (1 / run.epochs)},
        "by a constant factor, down to a hundredth",
    ),
    "linear": Schedule(
        "LinearLR",
        "epoch",
        lambda run: {
            "start_factor": 1.0,
            "end_factor": 0.01,
            "total_iters": run.epochs,
        },
        "along a line, down to a hundredth",
    ),
    "polynomial": Schedule(
        "PolynomialLR",
        "epoch",
        lambda run: {"total_iters": run.epochs, "power": 2.0},
        "along a parabola, down to 0",
    ),
    "cosine": Schedule(
        "CosineAnnealingLR",
        "epoch",
        lambda run: {"T_max": run.epochs},
        "along half a cosine, down to 0",
    ),
    "warm-restarts": Schedule(
        "CosineAnnealingWarmRestarts",
        "epoch",
        lambda run: {"T_0": max(1, run.epochs // 4)},
        "half a cosine, four times",
    ),
    "cyclic": Schedule(
        "CyclicLR",
        "step",
        lambda run: {
            "base_lr": run.lr / 10,
            "max_lr": run.lr,
            "step_size_up": 2 * run.steps_per_epoch,
            "cycle_momentum": False,
        },
        "up and down between a tenth of --lr and --lr",
    ),
    "one-cycle": Schedule(
        "OneCycleLR",
        "step",
        lambda run: {
            "max_lr": run.lr,
            "total_steps": run.epochs * run.steps_per_epoch,
            "cycle_momentum": False,
        },
        "up to --lr and down again, once",
    ),
    "plateau": Schedule(
        "ReduceLROnPlateau",
        "loss",
        lambda _: {"factor": 0.5, "patience": 5},
        "halved when the validation loss stops falling",
    ),
}


def canonical(name: str, table: Iterable[str]) -> str:
    """`name` as `table` spells it, whatever its case, dashes or underscores; else unchanged.

    >>> canonical("adamw", OPTIMIZERS)
    'AdamW'
    >>> canonical("leaky-relu", ACTIVATIONS)
    'leaky_relu'
    """

    def plain(word: str) -> str:
        return word.lower().replace("-", "").replace("_", "")

    return {plain(known): known for known in table}.get(plain(name), name)
