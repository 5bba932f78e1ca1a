"""The table of tasks: everything that `train.py --task NAME` can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.errors import unknown
from experiments.tasks import curves, digits, perceptrons, planes

if TYPE_CHECKING:
    from experiments.tasks.base import Task

TASKS: dict[str, Task] = {
    task.name: task for task in (*digits.TASKS, *perceptrons.TASKS, *planes.TASKS, *curves.TASKS)
}


def get_task(name: str) -> Task:
    """The task called `name`; raises UsageError with the nearest names if there is none."""
    if name not in TASKS:
        raise unknown("task", name, TASKS)
    return TASKS[name]
