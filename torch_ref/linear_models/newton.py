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
    samples: int,
    complete: Callable[[Tensor], Tensor] = torch.clone,
) -> tuple[Tensor, int]:
    """The minimiser of f, a sum over so many ``samples``, and the number of steps from the start ``w``.

    Stops when half the Newton decrement gᵀH⁻¹g is below ``tol`` (and below what the dtype resolves)
    times 1 + |f|. ``check(w, d)`` may raise when w, or the last step d (None before), shows that
    there is no optimum; ``complete`` adds to the Hessian what it lacks.

    Warns:
        RuntimeWarning: it has not stopped after ``max_iter`` steps.
    """
    eps = torch.finfo(w.dtype).eps
    gradient = torch.func.grad(f)
    hessian = torch.func.jacrev(gradient)  # torch.func.hessian goes through deprecated torch.jit
    value = f(w).item()
    for step in range(1, max_iter + 1):
        g, H = gradient(w), complete(hessian(w))
        d = newton_step(H, g, samples)
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


def newton_step(H: Tensor, g: Tensor, samples: int) -> Tensor:
    """H⁻¹ g, in units in which the diagonal of H is 1; if H is flat, the shortest of the best steps.

    An entry of H is a sum over the ``samples`` and off by some 4ε√samples in these units, an
    eigenvalue by up to D times that: a smaller one is noise.
    """
    lengths = H.diagonal().sqrt()
    lengths = torch.where(lengths == 0, 1.0, lengths)
    unit, slope = H / lengths / lengths[:, None], g / lengths
    noise = 4 * len(H) * torch.finfo(H.dtype).eps * samples**0.5
    _, failed = torch.linalg.cholesky_ex(unit - noise * torch.eye(len(H)).to(H))
    if not failed or unit.isnan().any():
        return torch.linalg.solve(unit, slope) / lengths
    return torch.linalg.pinv(unit, rtol=noise, hermitian=True) @ slope / lengths
