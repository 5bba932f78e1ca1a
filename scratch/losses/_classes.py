"""Class scores and class labels as plain rows, and the checks on them.

Scores are (C,), (N, C) or (N, C, d1, …), labels (), (N,) or (N, d1, …). Every position of every
sample is one row of C scores with one label, so the losses need to know only (M, C) and (M,).
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from scratch.autograd import Array


def to_rows(scores: Array) -> Array:
    """(C,), (N, C) or (N, C, d1, …) as (M, C), contiguous."""
    if scores.ndim == 1:
        scores = scores[None]
    elif scores.ndim > 2:
        scores = np.moveaxis(scores, 1, -1)
        scores = scores.reshape(math.prod(scores.shape[:-1]), scores.shape[-1])
    return np.ascontiguousarray(scores)


def from_rows(rows: Array, shape: tuple[int, ...]) -> Array:
    """(M, C) back to ``shape``, one of those that :func:`to_rows` takes."""
    if len(shape) > 2:
        return np.moveaxis(rows.reshape(shape[0], *shape[2:], shape[1]), -1, 1)
    return rows.reshape(shape)


def positions(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of one loss per row, for scores of ``shape``."""
    return shape[:1] + shape[2:] if len(shape) > 1 else ()


def class_count(shape: tuple[int, ...]) -> int:
    """C, for scores of ``shape``."""
    return shape[0] if len(shape) == 1 else shape[1]


def row_sum(e: Array) -> Array:
    """Σ_c e_nc of ``e`` (N, C).

    Of short rows as a product with ones, several times faster than a reduction along them; of long
    ones pairwise, so that the rounding error does not grow with C.
    """
    C = e.shape[1]
    return e.dot(_ones(C, e.dtype)) if C <= 128 else np.add.reduce(e, 1)


@cache
def _ones(n: int, dtype: Any) -> Array:
    return np.ones(n, dtype)


class Labels(NamedTuple):
    """The labels of M rows, ready for use.

    Attributes:
        flat: where the score of each row's label stands in the flattened (M, C) scores; that of
            class 0 for an ignored row.
        weight: per row, the weight of its label, 0 for an ignored row; None if all are 1.
        ignored: which rows are ignored; None if none is.
    """

    flat: Array
    weight: Array | None
    ignored: Array | None


def read_labels(
    target: Array, shape: tuple[int, ...], weight: Array | None, ignore_index: int
) -> Labels:
    """Check the labels ``target`` of scores of ``shape``.

    Raises:
        ValueError: the batch sizes differ.
        RuntimeError: another dimension or the dtype is wrong.
        IndexError: a label is out of range.
    """
    if target.shape != positions(shape):
        _check_shape(target.shape, shape)
    if target.dtype != np.int64:
        if target.dtype != np.uint8:
            raise RuntimeError(
                f"expected target dtype to be int64 or uint8, but got {target.dtype}"
            )
        target = target.astype(np.int64)
    labels = target.reshape(-1)
    classes = class_count(shape)
    ignored = None
    # One pass finds both kinds of bad label: seen as unsigned, a negative one is huge.
    if labels.size and (
        0 <= ignore_index < classes or np.maximum.reduce(labels.view(np.uint64)) >= classes
    ):
        ignored = labels == ignore_index
        labels = np.where(ignored, 0, labels)
        _check_range(labels[~ignored], classes)
    flat = np.arange(0, labels.size * classes, classes) if classes else np.zeros_like(labels)
    flat += labels
    if weight is None:
        return Labels(flat, None if ignored is None else (~ignored).astype(np.float32), ignored)
    row_weight = weight[labels] if labels.size else weight[:0]
    if ignored is not None:
        row_weight = np.where(ignored, weight.dtype.type(0), row_weight)  # 0 · ∞ would be no 0
    return Labels(flat, row_weight, ignored)


def _check_shape(target: tuple[int, ...], scores: tuple[int, ...]) -> None:
    """Raise what is wrong with the shape of the labels, if anything is."""
    if len(scores) == 1:
        if math.prod(target) != 1:
            raise ValueError(f"For 1D input, target must have one element, got shape {target}")
        return
    batch = target[0] if target else 0
    if batch != scores[0]:
        raise ValueError(
            f"Expected input batch_size ({scores[0]}) to match target batch_size ({batch})."
        )
    if len(scores) == 2:
        raise RuntimeError(f"1D target of labels expected for a 2D input, got shape {target}")
    raise RuntimeError(f"Expected target size {positions(scores)}, got {target}")


def _check_range(labels: Array, classes: int) -> None:
    """Raise IndexError if a label is not in 0 … classes − 1."""
    bad = labels[(labels < 0) | (labels >= classes)]
    if bad.size:
        raise IndexError(
            f"Target {bad[0]} is out of bounds: labels of {classes} classes are 0 to {classes - 1}"
        )


def check_class_weight(weight: Array, scores: Array, classes: int) -> None:
    """Check one weight per class, in the dtype of the scores.

    Raises:
        RuntimeError: there is not.
    """
    if weight.shape != (classes,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes "
            f"but got weight tensor of shape: {list(weight.shape)}"
        )
    if weight.dtype != scores.dtype:
        raise RuntimeError(f"weight: expected dtype {scores.dtype} but found {weight.dtype}")
