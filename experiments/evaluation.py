"""How good a model is on samples that it does not learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

BATCH_SIZE = 1024


@dataclass(frozen=True)
class Metric:
    """What a task is judged by: its tag in TensorBoard, its name for people, its function.

    `score(impl, outputs, targets)` takes everything at once and returns a float.
    """

    tag: str
    title: str
    score: Callable[[ModuleType, Any, Any], float]


@dataclass(frozen=True)
class Evaluation:
    """Mean loss, the task's score, and the outputs (N, ·) they come from."""

    loss: float
    score: float
    outputs: Any


def evaluate(
    impl: ModuleType, model: Any, criterion: Any, metric: Metric, x: Any, y: Any
) -> Evaluation:
    """Judge `model` on x and y, in evaluation mode and without a graph, batch by batch."""
    model.eval()
    with impl.no_grad():
        starts = range(0, len(x), BATCH_SIZE)
        outputs = impl.cat([model(x[start : start + BATCH_SIZE]) for start in starts])
        loss = criterion(outputs, y).item()
    model.train()
    return Evaluation(loss, metric.score(impl, outputs, y), outputs)


def class_accuracy(impl: ModuleType, outputs: Any, targets: Any) -> float:
    """The share of rows of logits (N, C) whose largest is the label's."""
    return float(impl.accuracy(outputs, targets))


def binary_accuracy(impl: ModuleType, outputs: Any, targets: Any) -> float:
    """The share of logits (N, 1) on the right side of 0."""
    return float(impl.accuracy((outputs > 0).reshape(-1), targets.reshape(-1)))


def squared_error(impl: ModuleType, outputs: Any, targets: Any) -> float:
    """The mean squared error of numbers (N, T)."""
    return float(impl.mean_squared_error(outputs, targets))


CLASS_ACCURACY = Metric("acc", "accuracy", class_accuracy)
BINARY_ACCURACY = Metric("acc", "accuracy", binary_accuracy)
SQUARED_ERROR = Metric("mse", "mean squared error", squared_error)
