"""Encodings of data: standard scores, one-hot labels, and the codes of regions.

    standardize   z = (x − mean) / std, column by column
    one-hot       label k becomes the k-th unit vector
    region codes  bit k says on which side of the k-th line a sample lies, 1 where w₀ + wᵀx ≥ 0

None of these is differentiated. Three lines cut the plane into at most seven regions, each with a
3-bit code of its own, so that classes that no line separates can be told apart by their codes.

Source: Rosenblatt (1962), "Principles of Neurodynamics" (layers of perceptrons).
"""

from __future__ import annotations

import torch
from torch import Tensor

from torch_ref._arrays import Values, as_floats, as_samples, as_tensor, require_finite
from torch_ref.perceptron.decision import doubt, is_positive, largest_norm


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
        m, s = m.to(x), s.to(x)
        if not m.shape == s.shape == x.shape[1:]:
            raise ValueError(
                f"mean and std must have shape {tuple(x.shape[1:])}, "
                f"got {tuple(m.shape)} and {tuple(s.shape)}"
            )
        if not (s > 0).all():
            raise ValueError(f"std must be positive, got {s[~(s > 0)][0].item()}")
    return (x - m) / s, m, s


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
            f"weights must have shape (K, {x.shape[1] + 1}) for X {tuple(x.shape)}, w₀ first, "
            f"got {tuple(w.shape)}"
        )
    codes = torch.empty(len(x), len(w), dtype=torch.int64, device=x.device)
    R = largest_norm(x)
    for k, row in enumerate(w.to(x)):
        codes[:, k] = is_positive(x, row, doubt(row, R))
    return codes


def one_hot(input: Values, num_classes: int = -1) -> Tensor:
    """Labels (...) as unit vectors (..., C) of int64: 1 at the label's place, else 0.

    C is ``num_classes``, or with −1 one more than the largest label.

    Raises:
        RuntimeError: labels are not int64, are negative or not below C, or there is none to tell C.

    >>> one_hot([2, 0]).tolist()
    [[0, 0, 1], [1, 0, 0]]
    """
    return torch.nn.functional.one_hot(as_tensor(input), num_classes)


def _mean_and_std(x: Tensor, correction: int) -> tuple[Tensor, Tensor]:
    """Of each column, in the dtype of x; a std of 0 is given as 1."""
    if len(x) <= correction or not len(x):
        raise ValueError(
            f"expected more than {max(correction, 0)} samples for correction={correction}, "
            f"got {len(x)}"
        )
    wide = x.double()
    mean = wide[0].where((wide == wide[0]).all(0), wide.mean(0))  # constants exactly
    variance = (wide - mean).square().sum(0) / (len(x) - correction)
    std = variance.sqrt().to(x)
    return mean.to(x), std.masked_fill(std == 0, 1)
