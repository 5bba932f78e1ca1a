"""What a perceptron learns by its own rule, what it cannot, and what three of them can.

No gradient and no optimizer: these tasks run `impl.Perceptron` in place of the training loop. Both
implementations do the same additions in the same order, so they must agree in every bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.plain_log import PlainLog
from experiments.report import Report
from experiments.tasks.base import Task
from experiments.tasks.regions import REGIONS
from experiments.tensors import to_array

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from numpy.typing import NDArray

    from experiments.config import Config
    from experiments.datasets.source import Source
    from experiments.session import Session

FLAGS = frozenset(("task", "impl", "dtype", "seed", "epochs", "lr", "rule", "logdir", "log"))
PICTURES = 9
# The lines that the sources set by hand, (w0, w1, w2).
HAND_SET = {"and": (-1.5, 1.0, 1.0), "or": (-0.5, 1.0, 1.0)}


def run(session: Session) -> list[Report]:
    """Learn a truth table with one perceptron."""
    config = session.config
    source = session.task.make_data(config)
    x = source.x.astype(config.dtype)
    y = np.where(source.y > 0, 1, -1)
    report = Report(
        f"{config.task}, {config.impl}, {config.dtype}, seed {config.seed}: one perceptron, "
        f"{config.rule} rule, lr {config.lr:g}, at most {config.epochs} epochs"
    )
    columns = []
    for name, impl in session.implementations().items():
        directory = session.directory(name)
        report.directories.append(directory)
        with PlainLog(directory, config, sorted(FLAGS - {"logdir", "log"})) as log:
            model, result = fit(impl, config, x, y, config.epochs)
            log.curve("mistakes/train", result.mistakes)
            for epoch in picture_epochs(result.epochs):
                earlier, _ = fit(impl, config, x, y, epoch)
                _draw(log, source, earlier, epoch, result.mistakes[epoch - 1])
            columns.append(_rows(impl, config, x, y, model, result))
            log.numbers({"acc/train": _accuracy(model, x, y)}, result.epochs)
    report.add_columns(list(session.implementations()), columns)
    return [report]


def fit(
    impl: ModuleType, config: Config, x: NDArray[Any], y: NDArray[Any], epochs: int
) -> tuple[Any, Any]:
    """A perceptron after at most `epochs` epochs from w = 0, and its result."""
    model = impl.Perceptron(x.shape[1])
    generator = impl.Generator().manual_seed(config.seed)
    result = model.fit(
        x, y, lr=config.lr, max_epochs=epochs, method=config.rule, generator=generator
    )
    return model, result


def picture_epochs(epochs: int) -> list[int]:
    """A few epochs from the first to the last, in equal ratios."""
    return sorted({round(epochs ** (k / (PICTURES - 1))) for k in range(PICTURES)})


def _rows(
    impl: ModuleType,
    config: Config,
    x: NDArray[Any],
    y: NDArray[Any],
    model: Any,
    result: Any,
) -> list[tuple[str, str]]:
    said = "yes" if result.converged else f"no: mistakes in each of {result.epochs} epochs"
    rows = [
        ("converged", said),
        ("accuracy", f"{_accuracy(model, x, y):.4g}"),
        ("epochs", str(result.epochs)),
        ("updates", str(result.updates)),
        ("weights (w0, w1, w2)", _said(to_array(result.weights))),
    ]
    if not result.converged:
        pocket = impl.Perceptron(x.shape[1])
        generator = impl.Generator().manual_seed(config.seed)
        pocket.fit(x, y, max_epochs=config.epochs, method="pocket", generator=generator)
        rows.append(("accuracy of the best weights (pocket)", f"{_accuracy(pocket, x, y):.4g}"))
        rows.append(("why", "no line separates the two classes; the rule would go on for ever"))
    if config.task in HAND_SET:
        line = HAND_SET[config.task]
        bound = impl.mistake_bound(x, y, np.array(line, config.dtype))
        rows.append((f"most updates (R/γ)², by the line {_said(line)}", f"{bound:.4g}"))
    return rows


def _draw(log: PlainLog, source: Source, model: Any, epoch: int, mistakes: int) -> None:
    if not log.draws:
        return
    from experiments.figures import truth_table

    signs = to_array(model.predict(source.x.astype(np.float64)))
    figure = truth_table(
        source.x,
        source.y,
        (signs > 0).astype(np.int64),
        line=to_array(model.weights).tolist(),
        title=f"Epoch {epoch}: {mistakes} mistakes",
    )
    log.picture("decision line", figure, epoch)


def _accuracy(model: Any, x: NDArray[Any], y: NDArray[Any]) -> float:
    return float((to_array(model.predict(x)) == y).mean())


def _said(weights: Sequence[float] | NDArray[Any]) -> str:
    return "(" + ", ".join(f"{weight:g}" for weight in weights) + ")"


def _table(config: Config) -> Source:
    from experiments.datasets.generated import truth_table

    return truth_table(config.task.split("-")[0])


def _task(name: str, description: str) -> Task:
    return Task(
        name=name,
        description=description,
        kind="binary",
        make_data=_table,
        defaults={"epochs": 100, "lr": 1.0},
        run=run,
        flags=FLAGS,
    )


TASKS = (
    _task("and", "AND by one perceptron and its own learning rule"),
    _task("or", "OR by one perceptron and its own learning rule"),
    _task("xor-perceptron", "XOR by one perceptron: it does not converge, and says so"),
    REGIONS,
)
