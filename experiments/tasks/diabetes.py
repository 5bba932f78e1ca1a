"""Diabetes progression from ten measurements: gradient descent against the closed forms.

    w* = (XᵀX)⁻¹ Xᵀy        ridge: + λ‖w‖²        lasso: + λ Σ|w|

The network is a single linear layer, so full-batch gradient descent must end where the normal
equation starts. Ridge shrinks the weights, lasso sets them to exactly 0, and both are drawn as λ
grows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.tasks.base import Task
from experiments.tasks.drawing import predicted_against_true
from experiments.tensors import to_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from experiments.config import Config
    from experiments.datasets.source import Source
    from experiments.evaluation import Evaluation
    from experiments.trainer import Trainer

RIDGE = np.logspace(-2, 5, 29)
LASSO = np.logspace(-2, 2, 29)


def _data(_config: Config) -> Source:
    from experiments.datasets.bundled import diabetes

    return diabetes()


def _arrays(trainer: Trainer) -> tuple[NDArray[Any], NDArray[Any]]:
    """The scaled training samples (N, 10) and targets (N,), in float64."""
    train = trainer.splits.train
    return to_array(train.x).astype(np.float64), to_array(train.y).astype(np.float64)[:, 0]


def _rows(trainer: Trainer, test: Evaluation) -> list[tuple[str, str]]:
    """How far gradient descent ended from the normal equation, and how good each model is."""
    impl = trainer.impl
    X, y = _arrays(trainer)
    ones = np.column_stack((np.ones(len(X)), X))
    exact = to_array(impl.normal_equation(impl.tensor(ones), impl.tensor(y))).reshape(-1)
    factored = to_array(impl.least_squares(impl.tensor(ones), impl.tensor(y))).reshape(-1)
    weight, bias = (to_array(parameter).reshape(-1) for parameter in trainer.model.parameters())
    learned = np.concatenate((bias, weight)).astype(np.float64)
    scale = np.abs(exact).max()
    rows = [
        ("R² on the test samples", f"{impl.r2_score(test.outputs, trainer.test.y):.4f}"),
        ("normal equation against least squares", f"{np.abs(exact - factored).max() / scale:.1e}"),
        ("gradient descent against it", f"{np.abs(learned - exact).max() / scale:.1e}"),
    ]
    target = to_array(trainer.test.y).astype(np.float64)
    for name, alpha in (("Ridge", 10.0), ("Lasso", 1.0)):
        model = getattr(impl, name)(alpha).fit(impl.tensor(X), impl.tensor(y))
        outputs = model.predict(impl.tensor(to_array(trainer.test.x).astype(np.float64)))
        error = impl.mean_squared_error(to_array(outputs).reshape(target.shape), target)
        zeros = int((to_array(model.coef_) == 0).sum())
        said = f"{error:.1f}, {zeros} of 10 weights are 0"
        rows.append((f"{name.lower()}, λ = {alpha:g}: test mean squared error", said))
    return rows


def _paths(trainer: Trainer, test: Evaluation) -> dict[str, Any]:
    """Weight paths of ridge and lasso, and predictions against targets."""
    from experiments.figures import weight_path

    X, y = _arrays(trainer)
    names = trainer.splits.source.feature_names
    pictures = predicted_against_true(trainer, test)
    for name, strengths in (("Ridge", RIDGE), ("Lasso", LASSO)):
        model = getattr(trainer.impl, name)
        inputs, targets = trainer.impl.tensor(X), trainer.impl.tensor(y)
        fitted = [model(float(alpha)).fit(inputs, targets) for alpha in strengths]
        weights = np.array([to_array(each.coef_).reshape(-1) for each in fitted])
        pictures[f"{name.lower()} path"] = weight_path(
            strengths, weights, names, title=f"{name}: weights as λ grows", x="λ"
        )
    return pictures


TASK = Task(
    name="diabetes",
    description="diabetes progression: gradient descent, normal equation, ridge and lasso paths",
    kind="regression",
    make_data=_data,
    defaults={"hidden": (), "optimizer": "SGD", "lr": 0.2, "epochs": 2000, "batch_size": 512},
    final_pictures=_paths,
    extra_rows=_rows,
)
