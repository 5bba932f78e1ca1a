"""The rows of the final table: what a trained run comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.lockstep import QUANTITIES, Differences
from experiments.report import Report, Row, count, describe_run

if TYPE_CHECKING:
    from experiments.config import Config
    from experiments.evaluation import Evaluation
    from experiments.loop import Timing
    from experiments.trainer import Trainer


def begin_report(config: Config, trainer: Trainer, label: str) -> Report:
    """The title and the notes of a run; `trainer` stands for both of a lockstep run."""
    widths = [parameter.shape[1] for parameter in trainer.model.parameters() if parameter.ndim == 2]
    title = describe_run(
        config,
        [*widths, trainer.task.out_features(trainer.splits.source)],
        len(trainer.loader),
    )
    if label:
        title = f"{label}: {title}"
    return Report(title, notes=list(trainer.splits.source.notes))


def result_rows(
    trainers: list[Trainer], tests: list[Evaluation], timings: list[Timing]
) -> list[Row]:
    """A column for each trainer: test metric and loss, the task's own rows, epochs, speed."""
    metric = trainers[0].task.metric
    numbers = [
        (f"test {metric.title}", [test.score for test in tests], ".4g"),
        ("test loss", [test.loss for test in tests], ".4g"),
    ]
    rows: list[Row] = []
    for label, values, form in numbers:
        cells = [format(value, form) for value in values]
        if len(values) == 2:
            cells.append(f"{abs(values[0] - values[1]):.2g}")
        rows.append((label, *cells))
    rows += _extra_rows(trainers, tests)
    rows.append(("epochs", *(_epochs(trainer) for trainer in trainers)))
    rows.append(("seconds", *(f"{timing.total:.2f}" for timing in timings)))
    rows.append(("samples/s", *(f"{timing.samples_per_second:,.0f}" for timing in timings)))
    return rows


def _extra_rows(trainers: list[Trainer], tests: list[Evaluation]) -> list[Row]:
    extra = trainers[0].task.extra_rows
    if extra is None:
        return []
    columns = [extra(trainer, test) for trainer, test in zip(trainers, tests, strict=True)]
    return [(row[0][0], *(cell for _, cell in row)) for row in zip(*columns, strict=True)]


def _epochs(trainer: Trainer) -> str:
    early = trainer.epoch < trainer.config.epochs
    kept = f", stopped early, kept {trainer.best['epoch']}" if early else ""
    return f"{trainer.epoch} ({count(trainer.steps, 'step')}{kept})"


def difference_rows(differences: Differences) -> list[Row]:
    """How far the two sides of a lockstep run were apart, and since when."""
    rows: list[Row] = []
    for quantity in QUANTITIES:
        value, step, name = differences.largest[quantity]
        where = f" at step {step:,}{f' in {name}' if name else ''}" if value else ""
        rows.append((f"largest difference of {quantity}{where}", "", "", f"{value:.1e}"))
    if differences.first is None:
        rows.append(("every step is equal, bit for bit", "", "", "0"))
    else:
        step, quantity, name = differences.first
        where = f" of {name}" if name else ""
        rows.append((f"first difference: {quantity}{where}", "", "", f"step {step:,}"))
    return rows
