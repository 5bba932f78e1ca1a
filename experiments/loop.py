"""The one training loop: the same text whichever implementation runs.

    for x, y in batches:  trainer.step(x, y)  →  judge the epoch  →  log it  →  save it

The heart of a step (forward, loss, zero_grad, backward, step) is `Trainer.step`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from experiments import checkpoints

if TYPE_CHECKING:
    from pathlib import Path

    from experiments.progress import Progress
    from experiments.recorder import Recorder
    from experiments.stopping import StopRequest
    from experiments.trainer import Trainer

SAVE_SECONDS = 30.0


@dataclass
class Timing:
    """Seconds in the loop, seconds in its optimizer steps, samples that those steps saw."""

    total: float = 0.0
    stepping: float = 0.0
    samples: int = 0

    @property
    def samples_per_second(self) -> float:
        """Training samples per second of stepping (evaluation and logging apart)."""
        return self.samples / self.stepping if self.stepping else 0.0


def train(
    trainer: Trainer,
    recorder: Recorder,
    stop: StopRequest,
    progress: Progress | None,
    checkpoint: Path,
) -> Timing:
    """Train until the configuration's end, early stopping or a stop request.

    A checkpoint is saved every `SAVE_SECONDS`, at the end and when stopped. Raises DivergedError
    on a loss of NaN or ±inf.
    """
    timing = Timing()
    began = last_save = time.perf_counter()
    recorder.begin(trainer)
    while not (trainer.finished or stop.requested):
        epoch_began = time.perf_counter()
        taken = trainer.steps
        for x, y in trainer.batches():
            trainer.step(x, y)
            if progress is not None:
                progress.step(trainer.steps)
            if stop.requested:
                break
        timing.stepping += time.perf_counter() - epoch_began
        timing.samples += samples_in(trainer, trainer.steps - taken)
        if len(trainer.losses) < len(trainer.loader):
            break  # stopped in the middle of the epoch, which a resumed run will finish
        record = trainer.end_epoch()
        recorder.epoch(trainer, record)
        if progress is not None:
            progress.message = describe(record)
        if time.perf_counter() - last_save > SAVE_SECONDS:
            save(trainer, checkpoint)
            last_save = time.perf_counter()
    save(trainer, checkpoint)
    if trainer.finished:
        trainer.restore_best()
    timing.total = time.perf_counter() - began
    return timing


def save(trainer: Trainer, path: Path) -> None:
    """Save everything that a resumed run needs."""
    content: dict[str, Any] = {
        "config": trainer.config.to_dict(),
        "fingerprint": trainer.splits.fingerprint,
        "trainer": trainer.state(),
    }
    checkpoints.save(path, content)


def samples_in(trainer: Trainer, steps: int) -> int:
    """How many samples `steps` steps of an epoch see: the last batch of an epoch may be short."""
    return min(steps * trainer.config.batch_size, len(trainer.splits.train))


def describe(record: dict[str, float]) -> str:
    """An epoch's record in one short line."""
    shown = [f"loss {record['loss/train']:.4f}"]
    shown += [
        f"{tag.replace('/', ' ')} {value:.4g}"
        for tag, value in record.items()
        if tag.endswith("/val") and not tag.startswith("loss/")
    ]
    return "  ".join(shown)
