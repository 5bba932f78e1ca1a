"""Newton's method for a smooth convex function: gradient and Hessian by ``torch.func``.

    w ← w − τ H⁻¹ g        g = ∇f(w), H = ∇²f(w)

Source: Boyd & Vandenberghe (2004), "Convex Optimization", §9.5; Armijo (1966) for the step.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

SUFFICIENT = 1e-4
"""Armijo's constant: the part of the predicted decrease that a step must achieve."""


def minimise(
    w: Tensor,
    f: Callable[[Tensor], Tensor],
    max_iter: int,
    tol: float,
    check: Callable[[Tensor, Tensor | None], None],
    gauge: Tensor | float = 0.0,
) -> tuple[Tensor, int]:
    """The minimiser of f and the number of steps, from the start ``w``.

    Stops when half the Newton decrement gᵀH⁻¹g is below ``tol`` (and below what the dtype resolves)
    times 1 + |f|. ``check(w, d)`` may raise when w, or the last step d (None before), shows that
    there is no optimum; ``gauge`` is added to the Hessian.

    Warns:
        RuntimeWarning: it has not stopped after ``max_iter`` steps.
    """
    eps = torch.finfo(w.dtype).eps
    gradient = torch.func.grad(f)
    hessian = torch.func.jacrev(gradient)  # torch.func.hessian goes through deprecated torch.jit
    value = f(w).item()
    for step in range(1, max_iter + 1):
        g, H = gradient(w), hessian(w) + gauge
        try:
            d = torch.linalg.solve(H, g)
        except torch.linalg.LinAlgError:  # flat directions: the shortest of the best steps
            d = torch.linalg.pinv(H, hermitian=True) @ g
        decrement = (g @ d).item()
        noise = eps * (1 + abs(value))
        tau = 1.0
        # near the optimum f is all rounding and cannot judge a step: the whole step is right there
        done = decrement / 2 <= max(tol, eps) * (1 + abs(value))
        while (
            not done
            and f(w - tau * d).item() > value - SUFFICIENT * tau * decrement + noise
            and tau > eps
        ):
            tau /= 2
        w = w - tau * d
        value = f(w).item()
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
