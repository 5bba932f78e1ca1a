"""Metrics: how good predictions are, as numbers that people read. Nothing here has a gradient.

    accuracy    (1/N) Σ 1[ŷ = y]
    confusion   M[i, j] = how many samples of class i were predicted as class j
    precision   TP / (TP + FP)         of what was called this class, how much is
    recall      TP / (TP + FN)         of what is this class, how much was called so
    F1          2 TP / (2 TP + FP + FN), the harmonic mean of the two
    MSE         (1/N) Σ (ŷ − y)²,  RMSE = √MSE
    R²          1 − Σ (y − ŷ)² / Σ (y − ȳ)²

The prediction comes first and the target second, as in every loss (scikit-learn has it the other
way round). Arguments are tensors, arrays or lists. Scalars are Python floats, computed in float64;
the confusion matrix is an int64 Tensor.

Sources: van Rijsbergen (1979), "Information Retrieval" (precision, recall, F); Wright (1921),
"Correlation and causation" (R²).
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from torch_ref._arrays import Values, as_tensor

__all__ = [
    "accuracy",
    "confusion_matrix",
    "mean_squared_error",
    "precision_recall_f1",
    "r2_score",
    "root_mean_squared_error",
]

Average = Literal["macro", "micro", "weighted", "binary"] | None


def accuracy(input: Values, target: Values) -> float:
    """The share of samples that are predicted right: (1/N) Σ 1[ŷ = y].

    Args:
        input: scores of any kind, (N, C): logits, probabilities, log-probabilities, of which the
            largest wins (the first at a tie); or labels, (N,).
        target: labels, (N,). With scores they are class indices in [0, C); with labels they may
            be any whole numbers, ±1 for instance.

    Raises:
        ValueError: the shapes do not fit, there is no sample, labels are not whole numbers, or a
            score is NaN (then no class is the largest).
        IndexError: a target is outside [0, C).

    >>> accuracy([[0.1, 0.9], [0.8, 0.2]], [1, 1])
    0.5
    """
    predicted, actual, _ = _predicted_and_actual(input, target)
    return int((predicted == actual).sum()) / len(actual)


def confusion_matrix(input: Values, target: Values, num_classes: int | None = None) -> Tensor:
    """Counts (C, C) of int64: row = true class, column = predicted class.

    C is ``num_classes``, else the number of score columns, else one more than the largest label.

    Raises:
        ValueError: as :func:`accuracy`, or ``num_classes`` is not positive.
        IndexError: a label is outside [0, C).

    >>> confusion_matrix([0, 1, 1, 2], [0, 1, 2, 2]).tolist()
    [[1, 0, 0], [0, 1, 0], [0, 1, 1]]
    """
    predicted, actual, columns = _predicted_and_actual(input, target)
    if num_classes is not None and num_classes < 1:
        raise ValueError(f"num_classes must be positive, got {num_classes}")
    largest = max(int(predicted.max()), int(actual.max()), 0)
    C = num_classes or columns or largest + 1
    _require_classes(predicted, C, "prediction")
    _require_classes(actual, C, "target")
    return torch.bincount(actual * C + predicted, minlength=C * C).reshape(C, C)


def precision_recall_f1(
    input: Values,
    target: Values,
    average: Average = "macro",
    num_classes: int | None = None,
    zero_division: float = 0.0,
) -> tuple[float, float, float] | tuple[Tensor, Tensor, Tensor]:
    """Precision, recall and F1, per class or averaged.

    Args:
        average: ``"macro"``, the plain mean over the classes; ``"weighted"``, the mean weighted by
            how often a class is true; ``"micro"``, from the counts of all classes together (all
            three then equal the accuracy); ``"binary"``, class 1 of the classes {0, 1};
            ``None``, three float64 Tensors (C,), one value per class.
        num_classes: if given, every class in [0, C) counts in the macro mean; else only those that
            occur in the targets or the predictions.
        zero_division: the value of a ratio whose denominator is 0: precision of a class that was
            never predicted, recall of one that is never true, F1 of one that is neither.

    The macro F1 is the mean of the classes' F1, not the F1 of the mean precision and recall.

    Raises:
        ValueError: as :func:`confusion_matrix`, or the average is unknown.
        IndexError: a label is outside [0, C), or with "binary" outside {0, 1}.

    >>> precision_recall_f1([0, 1, 1, 1], [0, 1, 1, 0], average="binary")
    (0.6666666666666666, 1.0, 0.8)
    """
    if average not in ("macro", "micro", "weighted", "binary", None):
        raise ValueError(
            f'average must be "macro", "micro", "weighted", "binary" or None, got {average!r}'
        )
    M = confusion_matrix(input, target, 2 if average == "binary" else num_classes)
    hits, predicted, actual = M.diagonal(), M.sum(0), M.sum(1)
    if average == "micro":
        hits, predicted, actual = (
            counts.sum(0, keepdim=True) for counts in (hits, predicted, actual)
        )
    precision = _ratio(hits, predicted, zero_division)
    recall = _ratio(hits, actual, zero_division)
    f1 = _ratio(2 * hits, predicted + actual, zero_division)
    if average is None:
        return precision, recall, f1
    weights = {
        "macro": predicted + actual > 0 if num_classes is None else torch.ones_like(actual),
        "micro": torch.ones_like(hits),
        "weighted": actual,
        "binary": torch.arange(len(M), device=M.device) == 1,
    }[average]
    p, r, f = (_weighted_mean(ratio, weights) for ratio in (precision, recall, f1))
    return p, r, f


def mean_squared_error(input: Values, target: Values) -> float:
    """(1/N) Σ (ŷ − y)² over all elements; the shapes must be equal.

    Raises:
        ValueError: the shapes differ, or there is no element.

    >>> mean_squared_error([1.0, 2.0], [1.0, 4.0])
    2.0
    """
    return torch.nn.functional.mse_loss(*_pair(input, target)).item()


def root_mean_squared_error(input: Values, target: Values) -> float:
    """√MSE over all elements: the typical error in the unit of y.

    Raises:
        ValueError: the shapes differ, or there is no element.

    >>> root_mean_squared_error([1.0, 2.0], [1.0, 6.0])
    2.8284271247461903
    """
    return math.sqrt(mean_squared_error(input, target))


def r2_score(input: Values, target: Values) -> float:
    """R² = 1 − Σ (y − ŷ)² / Σ (y − ȳ)²: the share of the variance that is explained.

    1 is perfect, 0 as good as the mean ȳ, negative worse. Of (N, T) targets, the mean of the
    columns' R². A column of constant targets has no variance to explain: 1 if predicted exactly,
    else 0, as in scikit-learn.

    Raises:
        ValueError: the shapes differ, or there are fewer than 2 samples.

    >>> r2_score([1.0, 2.0, 4.0], [1.0, 2.0, 3.0])
    0.5
    """
    prediction, actual = _pair(input, target)
    if not actual.ndim or len(actual) < 2:
        raise ValueError(f"R² needs at least 2 samples, got shape {tuple(actual.shape)}")
    prediction = prediction.reshape(len(actual), -1)
    actual = actual.reshape(len(actual), -1)
    residual = (actual - prediction).square().sum(0)
    total = (actual - actual.mean(0)).square().sum(0)
    r2 = torch.where((actual == actual[0]).all(0), (residual == 0).double(), 1 - residual / total)
    return r2.mean().item()


def _predicted_and_actual(input: Values, target: Values) -> tuple[Tensor, Tensor, int | None]:
    """Predicted and true labels, (N,) of int64, and the number of score columns if any."""
    scores = as_tensor(input)
    actual = _labels(as_tensor(target), "target").to(scores.device)
    if actual.ndim != 1 or scores.ndim not in (1, 2) or len(scores) != len(actual):
        raise ValueError(
            "expected input of shape (N, C) or (N,) and target of shape (N,), "
            f"got {tuple(scores.shape)} and {tuple(actual.shape)}"
        )
    if not len(actual):
        raise ValueError("expected at least one sample, got none")
    if scores.ndim == 1:
        return _labels(scores, "input"), actual, None
    if scores.shape[1] < 2:
        raise ValueError(
            f"input of shape {tuple(scores.shape)} has no classes to choose from; "
            "turn a single score into labels first, for instance (p > 0.5)"
        )
    missing = scores.isnan().any(1)
    if missing.any():
        row = int(missing.int().argmax())
        raise ValueError(f"input has NaN in row {row}: no class is the largest")
    _require_classes(actual, scores.shape[1], "target")
    return scores.argmax(1), actual, scores.shape[1]


def _labels(values: Tensor, name: str) -> Tensor:
    """Whole numbers as int64."""
    if values.is_floating_point():
        fractional = ~(values == values.floor()) | (values.abs() > 2**53)
        if fractional.any():
            raise ValueError(
                f"{name} must hold labels, which are whole numbers, "
                f"got {values[fractional][0].item()}; "
                "turn probabilities into labels first, for instance (p > 0.5)"
            )
    return values.long()


def _require_classes(labels: Tensor, C: int, name: str) -> None:
    outside = (labels < 0) | (labels >= C)
    if outside.any():
        i = int(outside.int().argmax())
        raise IndexError(f"{name} {labels[i]} at index {i} is out of range: expected 0 to {C - 1}")


def _pair(input: Values, target: Values) -> tuple[Tensor, Tensor]:
    """Prediction and target in float64."""
    prediction = as_tensor(input)
    actual = as_tensor(target).to(prediction.device)
    if prediction.shape != actual.shape:
        raise ValueError(
            "input and target must have the same shape, "
            f"got {tuple(prediction.shape)} and {tuple(actual.shape)}"
        )
    if not actual.numel():
        raise ValueError(f"expected at least one element, got shape {tuple(actual.shape)}")
    return prediction.double(), actual.double()


def _ratio(numerator: Tensor, denominator: Tensor, zero_division: float) -> Tensor:
    """Element-wise quotient in float64, ``zero_division`` where the denominator is 0."""
    quotient = numerator.double() / denominator.clamp(min=1)
    return quotient.where(denominator > 0, zero_division)


def _weighted_mean(values: Tensor, weights: Tensor) -> float:
    """Σ wᵢ vᵢ / Σ wᵢ with the sum rounded once, so that its order cannot matter."""
    return math.fsum((weights * values).tolist()) / int(weights.sum())
