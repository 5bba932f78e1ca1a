"""What a run is made of: one frozen record, its checks, its JSON form.

The values that the user gives win over the task's own, and those over the defaults here.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from experiments.errors import UsageError, unknown
from experiments.registry import ACTIVATIONS, INITIALIZERS, OPTIMIZERS, SCHEDULES

IMPLEMENTATIONS = ("scratch", "torch", "both")
LARGEST_RATE = 1e30  # what follows from it must fit float32
DTYPES = ("float32", "float64")
RULES = ("batch", "stochastic", "pocket")
LOGS = ("all", "scalars", "none")
FEATURE_MAPS = ("none", "polynomial", "radial", "fourier")


@dataclass(frozen=True)
class Config:
    """Every choice of a run. Lists come as tuples, absent options as None."""

    task: str = "digits"
    impl: str = "scratch"
    device: str = "cpu"
    dtype: str = "float32"
    seed: int = 0
    epochs: int = 30
    batch_size: int = 32
    hidden: tuple[int, ...] = (64,)
    activation: str = "relu"
    dropout: float = 0.0
    batch_norm: bool = False
    init: str = "default"
    features: str = "none"
    rule: str = "stochastic"
    optimizer: str = "Adam"
    lr: float = 1e-3
    momentum: float = 0.0
    weight_decay: float = 0.0
    l1: float = 0.0
    l2: float = 0.0
    clip_norm: float | None = None
    clip_value: float | None = None
    schedule: str = "constant"
    patience: int | None = None
    logdir: str = "runs"
    data_dir: str | None = None
    csv: str | None = None
    log: str = "all"

    def __post_init__(self) -> None:
        for check in (_check_names, _check_sizes, _check_rates, _check_combinations):
            check(self)

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON values."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Config:
        """The record that `to_dict` wrote; raises UsageError on anything else."""
        names = {field.name for field in fields(cls)}
        if strange := sorted(set(values) - names):
            raise UsageError(f"the configuration has unknown entries: {', '.join(strange)}.")
        hidden = tuple(values.get("hidden", cls.hidden))
        return cls(**{**values, "hidden": hidden})


def flag(name: str) -> str:
    """The command line's spelling of a field: batch_size → --batch-size."""
    return "--" + name.replace("_", "-")


def _check_names(config: Config) -> None:
    tables = {
        "impl": IMPLEMENTATIONS,
        "dtype": DTYPES,
        "activation": ACTIVATIONS,
        "init": INITIALIZERS,
        "optimizer": OPTIMIZERS,
        "features": FEATURE_MAPS,
        "schedule": SCHEDULES,
        "rule": RULES,
        "log": LOGS,
    }
    for name, table in tables.items():
        if getattr(config, name) not in table:
            raise unknown(f"{flag(name)} value", getattr(config, name), table)


def _check_sizes(config: Config) -> None:
    for name in ("epochs", "batch_size", "patience"):
        value = getattr(config, name)
        if value is not None and value < 1:
            raise UsageError(f"{flag(name)} must be at least 1, not {value}.")
    if any(width < 1 for width in config.hidden):
        raise UsageError(f"--hidden: every layer needs at least 1 unit, not {config.hidden}.")
    if not 0 <= config.seed < 2**32:
        raise UsageError(f"--seed must be from 0 to 4294967295 (32 bits), not {config.seed}.")


def _check_rates(config: Config) -> None:
    if not 0 < config.lr <= LARGEST_RATE:
        raise UsageError(f"--lr must be above 0 and at most {LARGEST_RATE:g}, not {config.lr}.")
    for name in ("weight_decay", "l1", "l2"):
        value = getattr(config, name)
        if not 0 <= value <= LARGEST_RATE:
            raise UsageError(f"{flag(name)} must be from 0 to {LARGEST_RATE:g}, not {value}.")
    for name in ("dropout", "momentum"):
        value = getattr(config, name)
        if not 0 <= value < 1:
            raise UsageError(f"{flag(name)} must be at least 0 and below 1, not {value}.")
    for name in ("clip_norm", "clip_value"):
        value = getattr(config, name)
        if value is not None and not 0 < value <= LARGEST_RATE:
            raise UsageError(
                f"{flag(name)} must be above 0 and at most {LARGEST_RATE:g}, not {value}."
            )


def _check_combinations(config: Config) -> None:
    if config.device != "cpu" and config.impl != "torch":
        raise UsageError(
            f"--device {config.device} needs --impl torch: scratch is NumPy, which computes on "
            f"the CPU{', and both runs scratch too' if config.impl == 'both' else ''}."
        )
    if config.batch_norm and not config.hidden:
        raise UsageError(
            "--batch-norm normalises hidden layers, and there is none; give some with --hidden."
        )
    if config.dropout and not config.hidden:
        raise UsageError(
            "--dropout drops hidden units, and there is none; give some with --hidden."
        )
    if config.batch_norm and config.batch_size == 1:
        raise UsageError(
            "--batch-norm needs batches of at least 2 samples: the spread of one sample is 0."
        )
    if config.momentum and "momentum" not in OPTIMIZERS[config.optimizer]:
        takers = [name for name, options in OPTIMIZERS.items() if "momentum" in options]
        raise UsageError(
            f"--momentum: {config.optimizer} has no momentum to set. "
            f"Optimizers that have: {', '.join(takers)}."
        )
    if config.weight_decay and "weight_decay" not in OPTIMIZERS[config.optimizer]:
        raise UsageError(f"--weight-decay: {config.optimizer} has none; use --l2 instead.")
    if config.clip_norm is not None and config.clip_value is not None:
        raise UsageError("--clip-norm and --clip-value exclude each other; give one of them.")
