"""From the flags that were given to a complete configuration, fresh or from a checkpoint."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments import checkpoints
from experiments.config import Config, flag
from experiments.errors import UsageError
from experiments.registry import SCHEDULES
from experiments.tasks import TASKS, get_task

if TYPE_CHECKING:
    from experiments.tasks.base import Task

# A resumed run may differ from its checkpoint in these: they do not change what it computes.
FREE_ON_RESUME = {"epochs", "impl", "device", "logdir", "data_dir", "csv", "log"}
LENGTH_FREE_SCHEDULES = {"constant", "plateau"}


@dataclass(frozen=True)
class Resume:
    """A checkpoint that a run goes on from."""

    path: Path
    impl: str
    fingerprint: int
    trainer: dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What to run: a task, its configuration, and the variants to run beside it."""

    task: Task
    config: Config
    variants: dict[str, Config]
    resume: Resume | None = None


def make_plan(given: dict[str, Any]) -> Plan:
    """The plan for the flags that were given. Raises UsageError for whatever cannot be done."""
    if "resume" in given:
        return _resumed(given)
    task = get_task(given.get("task", Config.task))
    chosen = {name: value for name, value in given.items() if name in _FIELDS}
    config = _complete(task, {}, chosen)
    variants = {label: _complete(task, extra, chosen) for label, extra in task.variants.items()}
    _check_task(task, config, chosen)
    return Plan(task, config, variants)


_FIELDS = {field.name for field in fields(Config)}


def _complete(task: Task, extra: Any, chosen: dict[str, Any]) -> Config:
    values = {**task.defaults, **extra, **chosen, "task": task.name}
    if chosen.get("hidden") == () and "dropout" not in chosen:
        values["dropout"] = 0.0  # the task's own has nothing left to drop
    return Config(**values)


def _check_task(task: Task, config: Config, chosen: dict[str, Any]) -> None:
    """Flags that this task would silently ignore are errors."""
    for name, reads in (("csv", task.reads_csv), ("data_dir", task.reads_data_dir)):
        if getattr(config, name) is not None and not reads:
            takers = [other.name for other in TASKS.values() if getattr(other, f"reads_{name}")]
            raise UsageError(
                f"{flag(name)}: the task {task.name} does not read it; "
                f"tasks that do: {', '.join(takers)}."
            )
    for name in chosen:
        if task.flags is not None and name not in task.flags:
            raise UsageError(
                f"{flag(name)} has no meaning for the task {task.name}, which is trained by the "
                "perceptron's rule and not by gradients."
            )
    if task.flags is None and "rule" in chosen:
        raise UsageError(
            f"--rule is for the tasks of perceptrons; {task.name} is trained by gradients."
        )


def _resumed(given: dict[str, Any]) -> Plan:
    path = Path(given["resume"]).expanduser()
    if path.is_dir():
        path = path / checkpoints.FILE_NAME
    content = checkpoints.load(path)
    try:
        saved = dict(content["config"])
        resume = Resume(path, saved["impl"], content["fingerprint"], content["trainer"])
        done, history = resume.trainer["epoch"], resume.trainer["history"]
        config = Config.from_dict(saved)
    except (KeyError, TypeError, UsageError) as fault:
        raise UsageError(f"{path} is not a checkpoint of train.py ({fault}).") from None
    chosen = {name: value for name, value in given.items() if name in _FIELDS}
    for name, value in chosen.items():
        if name not in FREE_ON_RESUME and value != getattr(config, name):
            raise UsageError(
                f"the checkpoint {path} was made with {flag(name)} {_said(getattr(config, name))},"
                f" not {_said(value)}. Leave {flag(name)} out, or start a new run without --resume."
            )
    config = Config.from_dict({**saved, **chosen})
    if config.impl == "both":
        raise UsageError("--resume takes up the run of one implementation, not --impl both.")
    _check_epochs(path, config, saved["epochs"], done, len(history))
    return Plan(get_task(config.task), config, {}, resume)


def _check_epochs(path: Path, config: Config, planned: int, done: int, logged: int) -> None:
    if config.epochs <= done or logged != done:
        raise UsageError(
            f"the run of {path} has done {done} epochs of {planned}; "
            f"to go on, ask for more: --epochs {2 * planned}."
        )
    if config.epochs != planned and config.schedule not in LENGTH_FREE_SCHEDULES:
        free = " and ".join(name for name in SCHEDULES if name in LENGTH_FREE_SCHEDULES)
        raise UsageError(
            f"--epochs: the schedule {config.schedule} was laid out for {planned} epochs and "
            f"cannot be stretched now (only {free} can)."
        )


def _said(value: Any) -> str:
    return ",".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)
