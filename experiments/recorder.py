"""What a run leaves in TensorBoard: the bridge from a Trainer to the dashboard.

The dashboard takes names and NumPy arrays; this is where they are taken from the run. With
`--log none` nothing is written, with `--log scalars` curves and cards only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from experiments.errors import UsageError
from experiments.tensors import gradient_arrays, parameter_arrays

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from experiments.dashboard import Dashboard, RunLogger
    from experiments.evaluation import Evaluation
    from experiments.trainer import Trainer

PICTURES_PER_RUN = 9  # TensorBoard's slider keeps ten of a tag


class Recorder:
    """Logs one run into `directory`; a context manager that closes the log however the run ends."""

    def __init__(self, directory: Path, log: str) -> None:
        self.directory, self.log = directory, log
        self.logger: RunLogger | None = None
        self._dashboard: Dashboard | None = None
        self._picture_epochs: set[int] = set()
        if log != "none":
            self.logger = _open_logger(directory)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close(success=kind is None)

    def close(self, success: bool) -> None:
        """Write what is pending and mark how the run ended."""
        if self.logger is not None:
            self.logger.close(success)

    def begin(self, trainer: Trainer) -> None:
        """Write the cards, and the first pictures of a run that starts from the beginning."""
        if self.logger is None:
            return
        from experiments.dashboard import Dashboard

        config, tag = trainer.config, trainer.task.metric.tag
        self._dashboard = Dashboard(
            self.logger, steps=config.epochs * len(trainer.loader), epochs=config.epochs
        )
        self._dashboard.begin(
            _settings(trainer),
            trainer.model.summary(),
            curves=("loss/train", "loss/val", f"{tag}/train", f"{tag}/val"),
            metrics=("loss/train", "loss/val", "loss/test", f"{tag}/val", f"{tag}/test"),
            graph=_graph(trainer),
        )
        self._picture_epochs = _spread(config.epochs, PICTURES_PER_RUN)
        if self.log == "all" and trainer.epoch == 0:
            self._pictures(trainer)

    def epoch(self, trainer: Trainer, record: dict[str, float]) -> None:
        """Write an epoch: the loss of each step, the scalars, norms, histograms and pictures."""
        if self.logger is None or self._dashboard is None:
            return
        first = trainer.steps - len(trainer.step_losses) + 1
        for step, loss in enumerate(trainer.step_losses.tolist(), first):
            self._dashboard.step(step, loss, record["opt/lr"])
        scalars = {tag: value for tag, value in record.items() if tag not in _BY_STEP}
        detailed = self.log == "all" and self._dashboard.due(trainer.epoch)
        self._dashboard.epoch(
            trainer.epoch,
            trainer.steps,
            scalars,
            parameter_arrays(trainer.model) if detailed else None,
            gradient_arrays(trainer.model) if self.log == "all" else None,
        )
        if self.log == "all" and trainer.epoch in self._picture_epochs:
            self._pictures(trainer)

    def end(self, trainer: Trainer, test: Evaluation) -> None:
        """Write the test metrics and the last pictures."""
        if self.logger is None or self._dashboard is None:
            return
        tag = trainer.task.metric.tag
        scalars = {"loss/test": test.loss, f"{tag}/test": test.score}
        self._dashboard.end(trainer.steps, scalars, trainer.lr)
        if self.log == "all" and trainer.task.final_pictures is not None:
            for name, picture in trainer.task.final_pictures(trainer, test).items():
                self.picture(name, picture, trainer.steps)
        self.logger.flush()

    def picture(self, name: str, picture: Any, step: int) -> None:
        """Write pixels or a Matplotlib figure under `figures/`."""
        if self.logger is None or self.log != "all":
            return
        if hasattr(picture, "savefig"):
            self.logger.figure(f"figures/{name}", picture, step)
        else:
            self.logger.image(f"figures/{name}", picture, step)

    def _pictures(self, trainer: Trainer) -> None:
        if trainer.task.pictures is not None:
            for name, picture in trainer.task.pictures(trainer).items():
                self.picture(name, picture, trainer.steps)


_BY_STEP = {"loss/train", "opt/lr"}  # the dashboard logs these step by step


def _open_logger(directory: Path) -> RunLogger:
    try:
        from experiments.dashboard import RunLogger
    except ModuleNotFoundError as fault:
        if (fault.name or "").split(".")[0] not in ("tensorboard", "google", "PIL"):
            raise
        raise UsageError(
            f"logging needs the package {fault.name}, which is not installed: "
            "pip install tensorboard."
        ) from None
    return RunLogger(directory)


def _settings(trainer: Trainer) -> dict[str, object]:
    """The configuration as TensorBoard shows it: without the paths of this machine."""
    settings = trainer.config.to_dict()
    for name in ("logdir", "data_dir", "csv", "log"):
        del settings[name]
    return settings


def _graph(trainer: Trainer) -> Any:
    """The model as a chain of layers."""
    from experiments.dashboard import Layer, chain

    width = trainer.splits.train.x.shape[1]
    shape = (-1, width)
    layers = []
    for name, layer in trainer.model.named_children():
        parameters = {key: tuple(value.shape) for key, value in layer.named_parameters()}
        width = getattr(layer, "out_features", width)
        layers.append(Layer(name, type(layer).__name__, (-1, width), parameters))
    return chain(layers, shape)


def _spread(epochs: int, count: int) -> set[int]:
    """About `count` epochs from 1 to `epochs`, in equal ratios: most changes come early."""
    return {round(epochs ** (k / (count - 1))) for k in range(count)}
