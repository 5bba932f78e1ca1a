"""train.py, run in this process or in one of its own, and what it logged."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.cli import main

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parent.parent
QUICK = ("--epochs", "2")


class Command:
    """Runs train.py in this process: `code, out, err = train("--epochs", "2")`."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        try:
            code = main([*arguments])
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = self.capsys.readouterr()
        return code, captured.out, captured.err


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own, with this project on its path."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, env=variables
    )


def scalars(directory: Path) -> dict[str, list[tuple[int, float]]]:
    """The scalars of a run's log, as they were written: tag → (step, value).

    TensorBoard's own order of two files of one second is that of their names: 10 before 9.
    """
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(directory))
    events.Reload()
    return {
        tag: [
            (event.step, event.value)
            for event in sorted(events.Scalars(tag), key=lambda event: event.wall_time)
        ]
        for tag in events.Tags()["scalars"]
    }
