"""What every run shows, decided once: cards at the start, curves and histograms on the way.

`Dashboard` takes a view that no task and no implementation is in: names, NumPy arrays, numbers.
What is dear is done seldom. The curve of the loss has at most `points` points, the mean of the
steps between them (TensorBoard keeps 1,000 per curve), and histograms are taken `snapshots` times
in a run, however long it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from experiments.dashboard import encoders
from experiments.dashboard.hparams import plain
from experiments.dashboard.layouts import overlay_layout

if TYPE_CHECKING:
    from experiments.dashboard.graphs import GraphNode
    from experiments.dashboard.logger import RunLogger

Arrays = Mapping[str, NDArray[np.generic]]


class Dashboard:
    """Logs a training run through `logger`, with the tags that all runs share.

    `steps` and `epochs` are how many the run will have. A loop calls `begin` once, `step` after
    each optimizer step, `epoch` after each epoch, and for pictures and test metrics the logger
    itself.
    """

    def __init__(
        self,
        logger: RunLogger,
        *,
        steps: int,
        epochs: int,
        points: int = 250,
        snapshots: int = 12,
    ) -> None:
        """Choose the intervals from the run's length."""
        self.logger = logger
        self.step_interval = max(1, math.ceil(steps / points))
        self.epoch_interval = max(1, math.ceil(epochs / snapshots))
        self.epochs = epochs
        self._sum = 0.0
        self._count = 0

    def begin(
        self,
        config: Mapping[str, object],
        summary: str,
        *,
        curves: Sequence[str] = ("loss/train", "loss/val", "acc/train", "acc/val"),
        metrics: Sequence[str] = (),
        graph: Iterable[GraphNode] = (),
    ) -> None:
        """Write the cards: configuration, model summary, hparams, overlay layout and graph."""
        settings = {name: plain(value) for name, value in config.items()}
        shown = {k: f"{v:g}" if type(v) is float else v for k, v in settings.items()}
        self.logger.write(
            [
                encoders.text("text/config", encoders.markdown_table(shown, ("setting", "value"))),
                encoders.text("text/model", f"```\n{summary}\n```"),
            ],
            step=0,
        )
        self.logger.hparams(config, metrics)
        layout = overlay_layout([*curves, "opt/lr"])
        layout["Gradient norm"] = {"norm of each layer's gradient": ["^grad_norm/"]}
        self.logger.layout(layout)
        nodes = list(graph)
        if nodes:
            self.logger.graph(nodes)
        self.logger.flush()

    def step(self, step: int, loss: float, lr: float) -> None:
        """Take one optimizer step into account; log the mean loss when `step_interval` are full."""
        self._sum += loss
        self._count += 1
        if self._count >= self.step_interval:
            self._log_steps(step, lr)

    def due(self, epoch: int) -> bool:
        """Whether `epoch` (1, 2, …) takes histograms: every `epoch_interval`th, first and last."""
        return epoch % self.epoch_interval == 0 or epoch in (1, self.epochs)

    def epoch(
        self,
        epoch: int,
        step: int,
        scalars: Mapping[str, float],
        parameters: Arrays | None = None,
        gradients: Arrays | None = None,
    ) -> None:
        """Log an epoch's scalars, its layers' gradient norms and, when `due`, the histograms.

        `parameters` and `gradients` map a parameter's name ("0.weight") to its array; they may be
        left out of epochs that are not due, where fetching them costs.
        """
        values = [encoders.scalar(tag, value) for tag, value in scalars.items()]
        if gradients:
            norms = layer_norms(gradients)
            values += [encoders.scalar(f"grad_norm/{name}", norm) for name, norm in norms.items()]
        if self.due(epoch):
            values += _histograms("weights", parameters)
            values += _histograms("grads", gradients)
        self.logger.write(values, step)

    def end(self, step: int, scalars: Mapping[str, float], lr: float) -> None:
        """Log what is left of the loss curve, and the final metrics."""
        if self._count:
            self._log_steps(step, lr)
        self.logger.scalars(scalars, step)
        self.logger.flush()

    def _log_steps(self, step: int, lr: float) -> None:
        self.logger.scalars({"loss/train": self._sum / self._count, "opt/lr": lr}, step)
        self._sum, self._count = 0.0, 0


def layer_norms(arrays: Arrays) -> dict[str, float]:
    """The Euclidean norm of each layer's arrays together: of "0.weight" and "0.bias" as "0".

    In float64: the squares of vanishing gradients do not fit float32.

    >>> layer_norms({"0.weight": np.array([3.0]), "0.bias": np.array([4.0])})
    {'0': 5.0}
    """
    norms: dict[str, float] = {}
    for name, array in arrays.items():
        layer = name.rpartition(".")[0] or name
        norm = float(np.linalg.norm(np.asarray(array, dtype=np.float64).reshape(-1)))
        norms[layer] = math.hypot(norms.get(layer, 0.0), norm)
    return norms


def _histograms(group: str, arrays: Arrays | None) -> list[Any]:
    return [encoders.histogram(f"{group}/{name}", array) for name, array in (arrays or {}).items()]
