"""Odds and their logarithm: probabilities on the scales (0, ∞) and (−∞, ∞).

    odds  p / (1 − p)        logit  log(p / (1 − p)), the inverse of the sigmoid

Source: Berkson (1944), "Application of the logistic function to bio-assay".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scratch._arrays import Values, as_float_tensor
from scratch.autograd import Gate, Tensor, apply
from scratch.likelihood.checks import as_probabilities

if TYPE_CHECKING:
    from scratch.autograd import Array


class Logit(Gate):
    """z = log(p / (1 − p)),   dz/dp = 1 / (p (1 − p)), NaN outside [0, 1].

    With eps, p is first clipped to [eps, 1 − eps], outside of which the slope is then 0.
    """

    def forward(self, p: Array, eps: float | None) -> Array:
        one = p.dtype.type(1)
        low, high = (0 * one, one) if eps is None else (eps * one, one - eps * one)
        self.p, self.outside = p, (p < low) | (p > high)
        self.slope_outside = p.dtype.type(np.nan if eps is None else 0)
        p = p if eps is None else np.clip(p, low, high)
        return np.log(p / (1 - p))

    def backward(self, upstream: Array) -> Array:
        slope = upstream / (self.p * (1 - self.p))
        return np.where(self.outside, self.slope_outside, slope)


class Odds(Gate):
    """o = p / (1 − p),   do/dp = 1 / (1 − p)²."""

    def forward(self, p: Array) -> Array:
        self.complement = 1 - p
        return p / self.complement

    def backward(self, upstream: Array) -> Array:
        return upstream / self.complement / self.complement


def logit(input: Values, eps: float | None = None) -> Tensor:
    """log(p / (1 − p)): the log-odds, element-wise; the inverse of the sigmoid.

    −inf at 0, inf at 1, NaN outside [0, 1]; with ``eps``, p is clipped to [eps, 1 − eps] first.

    >>> logit([0.5, 1.0]).tolist()
    [0.0, inf]
    """
    return apply(Logit, as_float_tensor(input), eps=eps)


def odds(p: Values) -> Tensor:
    """p / (1 − p), element-wise: how much likelier it is than not; inf at 1.

    Raises:
        ValueError: an element is outside [0, 1].

    >>> odds([0.5, 0.75]).tolist()
    [1.0, 3.0]
    """
    return apply(Odds, as_probabilities(p, "p"))
