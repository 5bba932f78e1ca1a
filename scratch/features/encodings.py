"""Encodings of data: standard scores, one-hot labels, and the codes of regions.

    standardize   z = (x − mean) / std, column by column
    one-hot       label k becomes the k-th unit vector
    region codes  bit k says on which side of the k-th line a sample lies, 1 where w₀ + wᵀx ≥ 0

None of these is differentiated. Three lines cut the plane into at most seven regions, each with a
3-bit code of its own, so that classes that no line separates can be told apart by their codes.

Source: Rosenblatt (1962), "Principles of Neurodynamics" (layers of perceptrons).
"""

from __future__ import annotations

import numpy as np

from scratch._arrays import Values, as_array, as_floats, as_samples, require_finite
from scratch.autograd import Tensor, wrap
from scratch.perceptron.decision import doubt, is_positive, largest_norm


def standardize(
    X: Values, mean: Values | None = None, std: Values | None = None, correction: int = 0
) -> tuple[Tensor, Tensor, Tensor]:
    """z = (x − mean)/std per column; returns (z, mean, std), the latter two for use on new data.

    Args:
        X: samples, (N, D).
        mean, std: those of the training data, (D,); by default those of X.
        correction: the variance is divided by N − correction; 1 gives the unbiased estimate.

    A column without variance becomes 0, and its std is given as 1. Mean and std are computed in
    float64, and returned like z in the dtype of X.

    Raises:
        ValueError: X is not (N, D) or not finite, has N ≤ correction rows, only one of mean and std
            is given, or they do not have shape (D,), or a std is not positive.

    >>> z, mean, std = standardize([[1.0, 5.0], [3.0, 5.0]])
    >>> z.tolist(), mean.tolist(), std.tolist()
    ([[-1.0, 0.0], [1.0, 0.0]], [2.0, 5.0], [1.0, 1.0])
    >>> standardize([[4.0, 5.0]], mean, std)[0].tolist()
    [[2.0, 0.0]]
    """
    x = as_samples(X)
    if (mean is None) != (std is None):
        raise ValueError("mean and std belong together: give both or neither")
    if mean is None or std is None:
        m, s = _mean_and_std(x, correction)
    else:
        m, s = (require_finite(as_floats(v, n), n) for v, n in ((mean, "mean"), (std, "std")))
        m, s = m.astype(x.dtype), s.astype(x.dtype)
        if not m.shape == s.shape == x.shape[1:]:
            raise ValueError(
                f"mean and std must have shape {x.shape[1:]}, got {m.shape} and {s.shape}"
            )
        if not (s > 0).all():
            raise ValueError(f"std must be positive, got {s[~(s > 0)][0]}")
    with np.errstate(all="ignore"):
        return wrap((x - m) / s), wrap(m), wrap(s)


def region_codes(X: Values, weights: Values) -> Tensor:
    """The bits (N, K), int64, that say where K perceptrons put each sample: 1 where s ≥ 0, else 0.

    Args:
        X: samples, (N, D).
        weights: (K, D + 1), a perceptron per row, w₀ first; or a list of such rows.

    Raises:
        ValueError: shapes do not fit, or a value is not finite.

    >>> lines = [[-1.5, 1.0, 1.0], [-0.5, 1.0, 1.0]]
    >>> region_codes([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]], lines).tolist()
    [[0, 0], [0, 1], [1, 1]]
    """
    x, w = as_samples(X), as_samples(weights, "weights")
    if w.shape[1] != x.shape[1] + 1:
        raise ValueError(
            f"weights must have shape (K, {x.shape[1] + 1}) for X {x.shape}, w₀ first, got {w.shape}"
        )
    codes = np.empty((len(x), len(w)), np.int64)
    R = largest_norm(x)
    with np.errstate(all="ignore"):
        for k, row in enumerate(w.astype(x.dtype)):
            codes[:, k] = is_positive(x, row, doubt(row, R))
    return wrap(codes)


def one_hot(input: Values, num_classes: int = -1) -> Tensor:
    """Labels (...) as unit vectors (..., C) of int64: 1 at the label's place, else 0.

    C is ``num_classes``, or with −1 one more than the largest label.

    Raises:
        RuntimeError: labels are not int64, are negative or not below C, or there is none to tell C.

    >>> one_hot([2, 0]).tolist()
    [[0, 0, 1], [1, 0, 0]]
    """
    labels = as_array(input)
    if labels.dtype != np.int64:
        raise RuntimeError(f"one_hot is only applicable to int64 labels, got {labels.dtype}")
    if num_classes < 1 and not labels.size:
        raise RuntimeError("one_hot cannot infer the number of classes from no label")
    if labels.size and labels.min() < 0:
        raise RuntimeError(f"labels must not be negative, got {labels.min()}")
    C = int(labels.max()) + 1 if num_classes == -1 else num_classes
    if labels.size and labels.max() >= C:
        raise RuntimeError(f"labels must be smaller than num_classes={C}, got {labels.max()}")
    return wrap((labels[..., np.newaxis] == np.arange(C)).astype(np.int64))


def _mean_and_std(x: np.ndarray, correction: int) -> tuple[np.ndarray, np.ndarray]:
    """Of each column, in the dtype of x; a std of 0 is given as 1."""
    if len(x) <= correction or not len(x):
        raise ValueError(
            f"expected more than {max(correction, 0)} samples for correction={correction}, "
            f"got {len(x)}"
        )
    columns = np.ascontiguousarray(x.T, np.float64)  # sums along memory are pairwise: more exact
    with np.errstate(all="ignore"):
        mean = np.where((x == x[0]).all(0), x[0], columns.mean(1))  # constants exactly
        variance = np.square(columns - mean[:, np.newaxis]).sum(1) / (len(x) - correction)
        std = np.sqrt(variance).astype(x.dtype)
    return mean.astype(x.dtype), np.where(std == 0, std.dtype.type(1), std)
