"""What train.py prints at the end: what was run, how good it is, how long it took, where to look."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiments.config import Config

Row = tuple[str, ...]


@dataclass
class Report:
    """Rows of a table under a title, notes above it, the run's directories below."""

    title: str
    columns: Row = ()
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    directories: list[Path] = field(default_factory=list)

    def add_columns(self, names: list[str], columns: list[list[tuple[str, str]]]) -> None:
        """Rows of (label, cell) for each implementation; of two, whether they are the same."""
        if len(names) == 2:
            self.columns = (*names, "the same")
        for row in zip(*columns, strict=True):
            cells = tuple(cell for _, cell in row)
            same = ("yes" if cells[0] == cells[1] else "NO",) if len(cells) == 2 else ()
            self.rows.append((row[0][0], *cells, *same))


def render(reports: list[Report], logdir: str) -> str:
    """All of it as text; the last line opens TensorBoard."""
    from experiments.progress import table

    parts = []
    for report in reports:
        lines = [report.title, *report.notes]
        rows = [("", *report.columns), *report.rows] if report.columns else report.rows
        lines += ["", table(rows)]
        lines += ["", *(f"log  {directory}" for directory in report.directories)]
        parts.append("\n".join(lines))
    return "\n\n".join([*parts, f"{tensorboard_command(logdir)}"])


def describe_run(config: Config, sizes: list[int], steps: int) -> str:
    """A run in one line."""
    network = "-".join(map(str, sizes))
    activation = f" {config.activation}" if config.hidden else ""
    device = "" if config.device == "cpu" else f" on {config.device}"
    return (
        f"{config.task}, {config.impl}{device}, {config.dtype}, seed {config.seed}: "
        f"{network}{activation}, {config.optimizer} lr {config.lr:g}, "
        f"batches of {config.batch_size}, {count(config.epochs, 'epoch')} of {count(steps, 'step')}"
    )


def count(number: int, noun: str) -> str:
    """A number of things.

    >>> count(1, "epoch"), count(1200, "step")
    ('1 epoch', '1,200 steps')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def tensorboard_command(logdir: str) -> str:
    """The line that opens TensorBoard, with a path to the program if the shell would not find it."""
    program = "tensorboard"
    if shutil.which(program) is None:
        beside = Path(sys.executable).with_name(program)
        if beside.exists():
            near = os.path.relpath(beside)
            program = near if not near.startswith("..") else str(beside)
    return f"{shlex.quote(program)} --logdir {shlex.quote(logdir)}"
