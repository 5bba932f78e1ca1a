"""The truncated normal distribution: N(mean, std²), given that the sample lies within [a, b].

Where that is likely, samples outside are drawn again. Where it is not, proposals x of U[a, b) are
accepted with probability pdf(x) / max pdf:

    ln u ≤ −z²/2 + z₀²/2,   z = (x − mean)/std,   z₀ the point of [a, b] nearest to the mean

Source: von Neumann (1951), "Various techniques used in connection with random digits".
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from scratch.random.distributions import fill_normal, fill_uniform
from scratch.random.generator import resolve_generator

if TYPE_CHECKING:
    from scratch.autograd import Array
    from scratch.random.generator import Generator

_LIKELY = 0.3  # PyTorch redraws from here on; below, fewer than 3 in 10 samples would be kept


def fill_truncated_normal(
    array: Array, mean: float, std: float, a: float, b: float, generator: Generator | None = None
) -> Array:
    """Fill ``array`` in place with samples of N(mean, std²) within [a, b]; returns it.

    Raises:
        NotImplementedError: the dtype is not floating.
        RuntimeError: std < 0, or a > b.
    """
    mean, std, a, b = float(mean), float(std), float(a), float(b)
    generator = resolve_generator(generator)
    if _normal_cdf((b - mean) / std) - _normal_cdf((a - mean) / std) > _LIKELY:
        return _redraw_outside(array, mean, std, a, b, generator)
    return _accept_by_density(array, mean, std, a, b, generator)


def _normal_cdf(x: float) -> float:
    return (1.0 + math.erf(x / math.sqrt(2.0))) / 2.0


def _redraw_outside(
    x: Array, mean: float, std: float, a: float, b: float, generator: Generator
) -> Array:
    """All is drawn again as long as one sample is outside; only those that were outside change."""
    fill_normal(x, mean, std, generator)
    low, high = x.dtype.type(a), x.dtype.type(b)
    while (outside := (x < low) | (x > high)).any():
        np.copyto(x, fill_normal(np.empty_like(x), mean, std, generator), where=outside)
    return x


@np.errstate(divide="ignore")  # u = 0 gives ln u = −∞, which accepts
def _accept_by_density(
    x: Array, mean: float, std: float, a: float, b: float, generator: Generator
) -> Array:
    mode = max(a, min(mean, b))
    log_peak = -0.5 * ((mode - mean) / std) ** 2
    pending = np.ones_like(x, dtype=bool)
    while pending.any():
        proposal = fill_uniform(np.empty_like(x), a, b, generator)
        np.copyto(x, proposal, where=pending)
        z = (proposal - mean) / std
        log_density = (z * z) * -0.5 - log_peak
        pending &= np.log(fill_uniform(np.empty_like(x), 0.0, 1.0, generator)) > log_density
    return x
