"""Three perceptrons give each region of the plane a three-bit code; the codes are then classified.

No single line separates the points; but each perceptron draws one line, and behind them a region
is a corner of a cube. One more perceptron, on the corners in one-hot form, picks those that count:
[0 1 0], [1 0 0] and [1 1 1].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.plain_log import PlainLog
from experiments.report import Report
from experiments.tasks.base import Task
from experiments.tensors import to_array

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray

    from experiments.config import Config
    from experiments.datasets.source import Source
    from experiments.session import Session

FLAGS = frozenset(("task", "impl", "dtype", "seed", "epochs", "lr", "logdir", "log"))


def run(session: Session) -> list[Report]:
    """Learn the three lines, then the classes of their codes."""
    config = session.config
    source = session.task.make_data(config)
    report = Report(
        f"regions, {config.impl}, {config.dtype}, seed {config.seed}: three perceptrons and one "
        f"on their codes, {len(source.x)} points, lr {config.lr:g}"
    )
    columns = []
    for name, impl in session.implementations().items():
        directory = session.directory(name)
        report.directories.append(directory)
        with PlainLog(directory, config, sorted(FLAGS - {"logdir", "log"})) as log:
            columns.append(_learn(impl, config, source, log))
    report.add_columns(list(session.implementations()), columns)
    return [report]


def _learn(
    impl: ModuleType, config: Config, source: Source, log: PlainLog
) -> list[tuple[str, str]]:
    from experiments.datasets.generated import line_scores

    x = source.x.astype(config.dtype)
    y = np.where(source.y > 0, 1, -1)
    sides = np.where(line_scores(x) > 0, 1, -1)
    rows = []
    lines = np.zeros((sides.shape[1], x.shape[1] + 1), config.dtype)
    for k in range(len(lines)):
        result = _perceptron(impl, x, sides[:, k], config)[1]
        lines[k] = to_array(result.weights)
        log.curve(f"mistakes/perceptron {k + 1}", result.mistakes)
        rows.append((f"perceptron {k + 1}", _said(result)))
    corners = _corners(impl, x, lines)
    machine, result = _perceptron(impl, corners, y, config)
    log.curve("mistakes/on the codes", result.mistakes)
    rows.append(("perceptron on the codes", _said(result)))
    right = float((to_array(machine.predict(corners)) == y).mean())
    alone, _ = _perceptron(impl, x, y, config, "pocket")
    at_best = float((to_array(alone.predict(x)) == y).mean())
    rows.append(("accuracy", f"{right:.4g}"))
    rows.append(("accuracy of a single perceptron (pocket)", f"{at_best:.4g}"))
    log.numbers({"acc/train": right, "acc/single perceptron": at_best}, result.epochs)
    _draw(log, source, impl, lines)
    return rows


def _perceptron(
    impl: ModuleType,
    x: NDArray[Any],
    y: NDArray[Any],
    config: Config,
    method: str = "stochastic",
) -> tuple[Any, Any]:
    model = impl.Perceptron(x.shape[1])
    generator = impl.Generator().manual_seed(config.seed)
    epochs = config.epochs if method == "stochastic" else 5
    result = model.fit(x, y, config.lr, epochs, method=method, generator=generator)
    return model, result


def _corners(impl: ModuleType, x: NDArray[Any], lines: NDArray[Any]) -> NDArray[Any]:
    """The code of each point as one of the corners of a cube, one-hot, (N, 2^K)."""
    bits = to_array(impl.region_codes(impl.tensor(x), impl.tensor(lines))).astype(np.int64)
    index = bits @ (1 << np.arange(len(lines))[::-1])
    return to_array(impl.one_hot(impl.tensor(index), 1 << len(lines))).astype(x.dtype)


def _draw(log: PlainLog, source: Source, impl: ModuleType, lines: NDArray[Any]) -> None:
    if not log.draws:
        return
    from experiments.figures import region_codes

    figure = region_codes(
        lambda points: to_array(
            impl.region_codes(impl.tensor(points.astype(lines.dtype)), impl.tensor(lines))
        ),
        lines,
        source.x,
        source.y,
        title="Three perceptrons, seven regions",
    )
    log.picture("regions and their codes", figure, 1)


def _said(result: Any) -> str:
    verb = "converged" if result.converged else "did not converge"
    return f"{verb} in {result.epochs} epochs, {result.updates} updates"


def _data(config: Config) -> Source:
    from experiments.datasets.generated import regions

    return regions(config.seed)


REGIONS = Task(
    name="regions",
    description="three perceptrons code the plane's regions, a fourth classifies the codes",
    kind="binary",
    make_data=_data,
    defaults={"epochs": 1000, "lr": 1.0},
    run=run,
    flags=FLAGS,
)
