"""One implementation's half of a run: its model, its optimizer, its place in the training.

`Trainer.step` is the heart of the one loop; `experiments.loop` and `experiments.lockstep` call it.
Nothing here knows which implementation `impl` is.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments import build
from experiments.checkpoints import to_tensors
from experiments.errors import DivergedError
from experiments.evaluation import Evaluation, evaluate
from experiments.splits import Split, Splits
from experiments.tensors import to_array

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from numpy.typing import NDArray

    from experiments.config import Config
    from experiments.tasks.base import Task

Record = dict[str, float]


class Trainer:
    """Everything that one implementation needs to train, and everything that changes as it does.

    `epoch` counts finished epochs, `steps` optimizer steps; `history` has a record of scalars for
    each epoch, `losses`, `outputs` and `targets` belong to the epoch that is under way.
    """

    def __init__(self, impl: ModuleType, config: Config, task: Task, splits: Splits) -> None:
        self.impl, self.config, self.task, self.splits = impl, config, task, splits
        self.generator = impl.manual_seed(config.seed)  # the one that all random numbers come from
        in_features = splits.train.x.shape[1]
        self.model = build.make_model(impl, config, in_features, task.out_features(splits.source))
        if task.initialize is not None:
            task.initialize(impl, self.model, config)
        self.criterion = task.make_criterion(impl)
        self.optimizer = build.make_optimizer(impl, config, self.model)
        self.loader = build.make_loader(impl, config, splits.train)
        self.schedule = build.make_schedule(impl, config, self.optimizer, len(self.loader))
        self.penalty = build.make_penalty(impl, config, self.model)
        self.clip = build.make_clip(impl, config, self.model)
        self.move: Callable[[Any], Any] | None = None
        if config.device != "cpu":
            self.move = lambda tensor: tensor.to(config.device)
        self.validation = self._placed(splits.validation)
        self.test = self._placed(splits.test)

        self.epoch = 0
        self.steps = 0
        self.history: list[Record] = []
        self.losses: list[Any] = []
        self.outputs: list[Any] = []
        self.targets: list[Any] = []
        self.step_losses: NDArray[Any] = np.empty(0)
        self.best: dict[str, Any] = {"loss": math.inf, "epoch": 0, "model": None}
        self._epoch_rng: NDArray[Any] | None = None  # before the epoch's shuffle was drawn
        self._resumed: dict[str, Any] | None = None  # an epoch to take up in its middle

    def step(self, x: Any, y: Any) -> None:
        """One step: forward, backward, update."""
        if self.move is not None:
            x, y = self.move(x), self.move(y)
        output = self.model(x)
        loss = self.criterion(output, y)
        self.losses.append(loss.detach())
        self.outputs.append(output.detach())
        self.targets.append(y)
        if self.penalty is not None:
            loss = loss + self.penalty()
        self.optimizer.zero_grad()
        loss.backward()
        if self.clip is not None:
            self.clip()
        self.optimizer.step()
        if self.schedule is not None:
            self.schedule.after_step()
        self.steps += 1

    def batches(self) -> Iterator[tuple[Any, Any]]:
        """The epoch's batches; after a resume in the middle of an epoch, those that are left."""
        resumed, self._resumed = self._resumed, None
        if resumed is None:
            self._epoch_rng = self._rng_state()
            return iter(self.loader)
        # The same shuffle again, up to where the run was; then the generator as it was there.
        self._epoch_rng = resumed["epoch_rng"]
        self._set_rng_state(self._epoch_rng)
        batches = iter(self.loader)
        for _, y in itertools.islice(batches, len(self.losses)):
            self.targets.append(y if self.move is None else self.move(y))
        self._set_rng_state(resumed["rng"])
        return batches

    def end_epoch(self) -> Record:
        """Judge the epoch: its record of scalars. Raises DivergedError on a loss of NaN or ±inf."""
        self.step_losses = self._check_finite(to_array(self.impl.stack(self.losses)))
        outputs, targets = self.impl.cat(self.outputs), self.impl.cat(self.targets)
        self.losses, self.outputs, self.targets = [], [], []
        validation = self.evaluate(self.validation)
        metric = self.task.metric
        record = {
            "loss/train": float(self.step_losses.mean(dtype=np.float64)),
            "loss/val": validation.loss,
            f"{metric.tag}/train": metric.score(self.impl, outputs, targets),
            f"{metric.tag}/val": validation.score,
            "opt/lr": self.lr,
        }
        self.epoch += 1
        self.history.append(record)
        if self.config.patience is not None and validation.loss < self.best["loss"]:
            model = {name: to_array(t).copy() for name, t in self.model.state_dict().items()}
            self.best = {"loss": validation.loss, "epoch": self.epoch, "model": model}
        if self.schedule is not None:
            self.schedule.after_epoch(validation.loss)
        return record

    def evaluate(self, split: Split) -> Evaluation:
        """Mean loss and score on `split`, whose tensors are where the model is."""
        return evaluate(self.impl, self.model, self.criterion, self.task.metric, split.x, split.y)

    @property
    def lr(self) -> float:
        """The learning rate of the next step."""
        return float(self.optimizer.param_groups[0]["lr"])

    @property
    def finished(self) -> bool:
        """All epochs are done, or the validation loss has not fallen for `patience` epochs."""
        patience = self.config.patience
        stopped = patience is not None and self.epoch - self.best["epoch"] >= patience
        return self.epoch >= self.config.epochs or stopped

    def restore_best(self) -> None:
        """After early stopping: the weights of the epoch with the lowest validation loss."""
        if self.best["model"] is not None:
            self.model.load_state_dict(to_tensors(self.impl, self.best["model"]))

    def state(self) -> dict[str, Any]:
        """All that a later run needs to go on bit by bit, also from the middle of an epoch."""
        under_way = None
        if self.losses:
            under_way = {
                "epoch_rng": self._epoch_rng,
                "losses": to_array(self.impl.stack(self.losses)),
                "outputs": [to_array(output) for output in self.outputs],
            }
        return {
            "epoch": self.epoch,
            "steps": self.steps,
            "history": self.history,
            "best": self.best,
            "model": dict(self.model.state_dict()),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule and self.schedule.scheduler.state_dict(),
            "rng": self._rng_state(),
            "under_way": under_way,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Take up what `state` saved."""
        for name in ("epoch", "steps", "history", "best"):
            setattr(self, name, state[name])
        self.model.load_state_dict(to_tensors(self.impl, state["model"]))
        self.optimizer.load_state_dict(to_tensors(self.impl, state["optimizer"]))
        if self.schedule is not None:
            self.schedule.scheduler.load_state_dict(state["schedule"])
        self._set_rng_state(state["rng"])
        if (under_way := state["under_way"]) is not None:
            self._resumed = {"epoch_rng": under_way["epoch_rng"], "rng": state["rng"]}
            place = self.move or (lambda tensor: tensor)
            self.losses = [place(self.impl.tensor(loss)) for loss in under_way["losses"]]
            self.outputs = [place(self.impl.tensor(output)) for output in under_way["outputs"]]

    def _rng_state(self) -> NDArray[Any]:
        return to_array(self.generator.get_state())

    def _set_rng_state(self, state: NDArray[Any]) -> None:
        self.generator.set_state(self.impl.tensor(state))

    def _placed(self, split: Split) -> Split:
        if self.move is None:
            return split
        return Split(self.move(split.x), self.move(split.y), split.raw)

    def _check_finite(self, losses: NDArray[Any]) -> NDArray[Any]:
        finite = np.isfinite(losses)
        if not finite.all():
            bad = int(np.argmin(finite))
            raise DivergedError(
                f"the loss became {losses[bad]} at step {self.steps - len(losses) + bad + 1:,} "
                f"(epoch {self.epoch + 1}, batch {bad + 1} of {len(losses)}): the training "
                f"diverged. Try a smaller --lr (it was {self.lr:g}), or --clip-norm 1."
            )
        return losses
