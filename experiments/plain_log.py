"""The log of a run that has no Trainer: numbers over epochs, pictures, a card, hparams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from experiments.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from experiments.config import Config


class PlainLog(Recorder):
    """Logs a run of `config` into `directory`; a context manager, like Recorder."""

    def __init__(self, directory: Path, config: Config, settings: Sequence[str]) -> None:
        super().__init__(directory, config.log)
        if self.logger is not None:
            from experiments.dashboard import markdown_table

            values = config.to_dict()
            shown = {name: values[name] for name in settings}
            self.logger.text("text/config", markdown_table(shown, ("setting", "value")))
            self.logger.hparams(shown, metrics=("acc/train", "acc/test", "mistakes/train"))

    @property
    def draws(self) -> bool:
        """Whether pictures are wanted."""
        return self.log == "all"

    def curve(self, tag: str, values: Sequence[float]) -> None:
        """A value for each epoch, from epoch 1 on."""
        if self.logger is not None:
            for epoch, value in enumerate(values, 1):
                self.logger.scalar(tag, value, epoch)

    def numbers(self, values: Mapping[str, Any], step: int) -> None:
        """A value for each tag."""
        if self.logger is not None:
            self.logger.scalars(values, step)
