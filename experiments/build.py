"""From a configuration to the parts of a run, by the names that both implementations share."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from experiments.errors import UsageError
from experiments.registry import OPTIMIZERS, SCHEDULES, Length, Schedule

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from experiments.config import Config
    from experiments.splits import Split

MOST_PARAMETERS = 500_000_000


def make_model(impl: ModuleType, config: Config, in_features: int, out_features: int) -> Any:
    """The network of a run: in_features, the hidden layers, out_features.

    Raises UsageError if it would not fit into any memory.
    """
    sizes = [in_features, *config.hidden, out_features]
    count = sum((a + 1) * b for a, b in itertools.pairwise(sizes))
    if count > MOST_PARAMETERS:
        raise UsageError(
            f"--hidden: a network of {'-'.join(map(str, sizes))} units has {count:,} parameters; "
            f"at most {MOST_PARAMETERS:,} are allowed."
        )
    model = impl.MLP(
        sizes,
        activation=None if config.activation == "none" else config.activation,
        dropout=config.dropout,
        batch_norm=config.batch_norm,
        init=None if config.init == "default" else config.init,
    )
    if config.dtype == "float64":
        model = model.double()
    return model if config.device == "cpu" else model.to(config.device)


def make_optimizer(impl: ModuleType, config: Config, model: Any) -> Any:
    """The optimizer, with the options that were asked for; the rest at its own defaults."""
    names = OPTIMIZERS[config.optimizer]
    options = {name: getattr(config, name) for name in names if getattr(config, name)}
    return getattr(impl, config.optimizer)(model.parameters(), lr=config.lr, **options)


def make_loader(impl: ModuleType, config: Config, split: Split) -> Any:
    """Shuffled batches. Batch normalisation cannot do with one sample, so it drops such a rest."""
    return impl.DataLoader(
        impl.TensorDataset(split.x, split.y),
        batch_size=config.batch_size,
        shuffle=True,
        drop_last=config.batch_norm and len(split) % config.batch_size == 1,
    )


class RunningSchedule:
    """A learning-rate schedule of either implementation, stepped when its kind says."""

    def __init__(self, scheduler: Any, every: str) -> None:
        self.scheduler, self.every = scheduler, every

    def after_step(self) -> None:
        if self.every == "step":
            self.scheduler.step()

    def after_epoch(self, validation_loss: float) -> None:
        if self.every == "epoch":
            self.scheduler.step()
        elif self.every == "loss":
            self.scheduler.step(validation_loss)


def make_schedule(
    impl: ModuleType, config: Config, optimizer: Any, steps_per_epoch: int
) -> RunningSchedule | None:
    """The learning-rate schedule, or None for a constant rate."""
    schedule: Schedule | None = SCHEDULES[config.schedule]
    if schedule is None:
        return None
    arguments = schedule.arguments(Length(config.epochs, steps_per_epoch, config.lr))
    scheduler = getattr(impl, schedule.class_name)(optimizer, **arguments)
    return RunningSchedule(scheduler, schedule.every)


def make_penalty(impl: ModuleType, config: Config, model: Any) -> Callable[[], Any] | None:
    """l1 Σ|w| + l2 Σw² over the linear layers' weights (not the biases), or None if both are 0."""
    weights = [parameter for parameter in model.parameters() if parameter.ndim == 2]
    if config.l1 and config.l2:
        return lambda: impl.elastic_net_penalty(weights, config.l1, config.l2)
    if config.l1:
        return lambda: impl.l1_penalty(weights, config.l1)
    return (lambda: impl.l2_penalty(weights, config.l2)) if config.l2 else None


def make_clip(impl: ModuleType, config: Config, model: Any) -> Callable[[], Any] | None:
    """What limits the gradients before a step, or None."""
    parameters = list(model.parameters())
    if config.clip_norm is not None:
        return lambda: impl.clip_grad_norm_(parameters, config.clip_norm)
    if config.clip_value is not None:
        return lambda: impl.clip_grad_value_(parameters, config.clip_value)
    return None
