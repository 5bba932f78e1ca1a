"""Run a study, say what it found, log it to TensorBoard and save its page as a PNG."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from experiments.errors import UsageError
from experiments.studies.lab import Lab

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from matplotlib.figure import Figure

    from experiments.studies.lab import Study


@dataclass(frozen=True)
class Order:
    """What the command line asked for; `out` is None where the PNGs go beside the logs."""

    impl_name: str
    impl: ModuleType
    seed: int
    logdir: Path
    out: Path | None


def perform(study: Study, order: Order) -> list[str]:
    """Run one study and print what it found; the claims that failed."""
    began = time.perf_counter()
    lab = Lab(order.impl, order.seed)
    draw = study.run(lab)
    figure = draw()
    figure.suptitle(study.title, x=0.01, ha="left", weight="bold")
    run_directory, picture = _keep(study, order, lab, figure)
    print(report(study, lab))
    print(f"  page: {picture}")
    print(f"  log:  {run_directory}")
    print(f"  {time.perf_counter() - began:.1f} s\n", flush=True)
    return lab.failed


def report(study: Study, lab: Lab) -> str:
    """The study's title, numbers and claims, as lines of text."""
    lines = [f"{study.name}: {study.title}"]
    width = max(map(len, [*lab.numbers, *lab.measured]), default=0)
    lines += [f"  {name:{width}}  {value:.8g}" for name, value in lab.numbers.items()]
    lines += [f"  {name:{width}}  {value:.3g}  (measured)" for name, value in lab.measured.items()]
    lines += [f"  [{'ok' if claim.holds else 'FAILED'}] {claim.sentence}" for claim in lab.claims]
    return "\n".join(lines)


def _keep(study: Study, order: Order, lab: Lab, figure: Figure) -> tuple[Path, Path]:
    """Write the run's log and the page; where they are."""
    from experiments.dashboard import RunLogger, markdown_table, new_run_directory
    from experiments.figures import save_figure

    logs = order.logdir / "studies"
    try:
        directory = new_run_directory(logs, study.name, order.impl_name, order.seed)
    except OSError as fault:
        reason = fault.strerror or fault
        raise UsageError(f"--logdir {order.logdir}: cannot write there ({reason}).") from None
    with RunLogger(directory) as logger:
        logger.figure(f"figures/{study.name}", figure, 0)
        found = {**lab.numbers, **lab.measured}
        logger.scalars(
            {f"numbers/{name.replace('/', ' ÷ ')}": value for name, value in found.items()}, 0
        )
        rows = {claim.sentence: "holds" if claim.holds else "FAILED" for claim in lab.claims}
        logger.text("text/claims", markdown_table(rows, ("claim", "verdict")))
        for name, embedding in lab.embeddings.items():
            logger.embedding(name, embedding.points, embedding.labels, embedding.images)
    folder = directory if order.out is None else order.out
    picture = folder / f"{study.name}.png"
    try:
        save_figure(figure, picture)
    except OSError as fault:
        raise UsageError(
            f"--out {folder}: cannot write {picture.name} there ({fault.strerror or fault})."
        ) from None
    return directory, picture
