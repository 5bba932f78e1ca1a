"""Newton's method for a smooth convex function, with a step that is halved until it helps.

    w ← w − τ H⁻¹ g        g = ∇f(w), H = ∇²f(w)

Near the optimum τ = 1 and the number of correct digits doubles with every step. For logistic
regression it is the same as iteratively reweighted least squares.

Source: Boyd & Vandenberghe (2004), "Convex Optimization", §9.5; Armijo (1966) for the step.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

Array = np.ndarray[Any, np.dtype[Any]]

SUFFICIENT = 1e-4
"""Armijo's constant: the part of the predicted decrease that a step must achieve."""


def minimise(
    w: Array,
    value: Callable[[Array], float],
    derivatives: Callable[[Array], tuple[Array, Array]],
    max_iter: int,
    tol: float,
    check: Callable[[Array, Array | None], None],
    samples: int,
) -> tuple[Array, int]:
    """The minimiser of f, a sum over so many ``samples``, and the number of steps from the start ``w``.

    Stops when half the Newton decrement gᵀH⁻¹g, the decrease still to be had, is below ``tol``
    (and below what the dtype resolves) times 1 + |f|.
    ``check(w, d)`` may raise when w, or the last step d (None before), shows that there is no optimum.

    Warns:
        RuntimeWarning: it has not stopped after ``max_iter`` steps.
    """
    eps = float(np.finfo(w.dtype).eps)
    f = value(w)
    for step in range(1, max_iter + 1):
        g, H = derivatives(w)
        d = newton_step(H, g, samples)
        decrement = float(g @ d)
        noise = eps * (1 + abs(f))
        tau = 1.0
        # near the optimum f is all rounding and cannot judge a step: the whole step is right there
        done = decrement / 2 <= max(tol, eps) * (1 + abs(f))
        while (
            not done and value(w - tau * d) > f - SUFFICIENT * tau * decrement + noise and tau > eps
        ):
            tau /= 2
        w = w - w.dtype.type(tau) * d
        f = value(w)
        check(w, d if done else None)
        if done:
            return w, step
    warnings.warn(
        f"Newton's method: {max_iter} steps were not enough, the decrease still to be had is about "
        f"{decrement / 2:.1e}; scale the columns or raise max_iter",
        RuntimeWarning,
        stacklevel=4,
    )
    return w, max_iter


def newton_step(H: Array, g: Array, samples: int) -> Array:
    """H⁻¹ g, in units in which the diagonal of H is 1; if H is flat, the shortest of the best steps.

    An entry of H is a sum over the ``samples`` and off by some 4ε√samples in these units (Higham &
    Mary, 2019), an eigenvalue by up to D times that: a smaller one is noise, and H⁻¹ would take a
    step of any size along it.
    """
    lengths = np.sqrt(np.diagonal(H))
    lengths[lengths == 0] = 1
    unit, slope = H / lengths / lengths[:, None], g / lengths
    noise = 4 * len(H) * float(np.finfo(H.dtype).eps) * samples**0.5
    if is_positive_definite(unit - noise * np.eye(len(H), dtype=H.dtype)) or np.isnan(unit).any():
        return np.linalg.solve(unit, slope) / lengths
    return np.linalg.lstsq(unit, slope, rcond=noise)[0] / lengths


def is_positive_definite(symmetric: Array) -> bool:
    """Whether all eigenvalues are positive: Cholesky's factors exist."""
    try:
        np.linalg.cholesky(symmetric)
    except np.linalg.LinAlgError:
        return False
    return True
