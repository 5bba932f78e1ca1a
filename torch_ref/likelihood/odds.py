"""Odds and their logarithm: probabilities on the scales (0, ∞) and (−∞, ∞).

    odds  p / (1 − p)        logit  log(p / (1 − p)), the inverse of the sigmoid

Source: Berkson (1944), "Application of the logistic function to bio-assay".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from torch_ref._arrays import Values, as_float_tensor
from torch_ref.likelihood.checks import as_probabilities

if TYPE_CHECKING:
    from torch import Tensor


def logit(input: Values, eps: float | None = None) -> Tensor:
    """log(p / (1 − p)): the log-odds, element-wise; the inverse of the sigmoid.

    −inf at 0, inf at 1, NaN outside [0, 1]; with ``eps``, p is clipped to [eps, 1 − eps] first.

    >>> logit([0.5, 1.0]).tolist()
    [0.0, inf]
    """
    return torch.logit(as_float_tensor(input), eps)


def odds(p: Values) -> Tensor:
    """p / (1 − p), element-wise: how much likelier it is than not; inf at 1.

    Raises:
        ValueError: an element is outside [0, 1].

    >>> odds([0.5, 0.75]).tolist()
    [1.0, 3.0]
    """
    probabilities = as_probabilities(p, "p")
    return probabilities / (1 - probabilities)
