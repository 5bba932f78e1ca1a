"""A task: data, a network, a loss, a metric and pictures under one name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from experiments.evaluation import (
    BINARY_ACCURACY,
    CLASS_ACCURACY,
    SQUARED_ERROR,
    Evaluation,
    Metric,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    from experiments.config import Config
    from experiments.datasets.source import Source
    from experiments.report import Report
    from experiments.session import Session
    from experiments.trainer import Trainer


@dataclass(frozen=True)
class Kind:
    """A kind of problem: its loss class, its metric."""

    loss: str
    metric: Metric


KINDS = {
    "classes": Kind("CrossEntropyLoss", CLASS_ACCURACY),
    "binary": Kind("BCEWithLogitsLoss", BINARY_ACCURACY),
    "regression": Kind("MSELoss", SQUARED_ERROR),
}


@dataclass(frozen=True)
class Task:
    """One entry of the table of tasks.

    `defaults` are the fields of Config that differ from Config's own. `variants` are further runs
    of the same task beside the main one (label → fields that differ), for comparison. `pictures`
    are drawn as training goes, `final_pictures` at its end: name → pixels or Matplotlib figure.
    `initialize` changes the weights before the training, `extra_rows` add to the final table.
    A task that is not trained by gradients brings its own `run`, and `flags` are those that it
    understands.
    """

    name: str
    description: str
    kind: str
    make_data: Callable[[Config], Source]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    variants: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    pictures: Callable[[Trainer], dict[str, Any]] | None = None
    final_pictures: Callable[[Trainer, Evaluation], dict[str, Any]] | None = None
    criterion: Callable[[ModuleType], Any] | None = None
    initialize: Callable[[ModuleType, Any, Config], None] | None = None
    extra_rows: Callable[[Trainer, Evaluation], list[tuple[str, str]]] | None = None
    run: Callable[[Session], list[Report]] | None = None
    flags: frozenset[str] | None = None
    reads_csv: bool = False
    reads_data_dir: bool = False

    @property
    def metric(self) -> Metric:
        """What the task is judged by."""
        return KINDS[self.kind].metric

    def make_criterion(self, impl: ModuleType) -> Any:
        """The loss that is minimised."""
        if self.criterion is not None:
            return self.criterion(impl)
        return getattr(impl, KINDS[self.kind].loss)()

    def out_features(self, source: Source) -> int:
        """The width of the network's output."""
        if self.kind == "classes":
            return len(source.class_names)
        return 1 if source.y.ndim == 1 else int(source.y.shape[1])
