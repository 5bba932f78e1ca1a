"""Rprop: only the sign of the gradient counts; the step size of each weight adapts by itself.

    s ← clamp(s · η₊ if g·g_prev > 0, s · η₋ if < 0, s if = 0)
    g ← 0 where g·g_prev < 0;   θ ← θ − s · sign(g);   g_prev ← g

For full batches: the sign of a mini-batch gradient is too noisy.

Source: Riedmiller & Braun (1993), "A direct adaptive method for faster backpropagation learning: the
RPROP algorithm".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy import copyto, multiply, sign, subtract

from scratch.optimizers.base import Optimizer, require_nonnegative

if TYPE_CHECKING:
    from scratch.optimizers.base import Advance, Params
    from scratch.optimizers.flat import Array, Counters
    from scratch.optimizers.groups import Group


def rprop(
    p: Array, g: Array, previous: Array, s: Array, a: Array, b: Array, *coefficients: Array
) -> None:
    """One step as the file's docstring writes it; NaN gradients have no sign and move nothing."""
    eta_minus, eta_plus, smallest, largest = coefficients
    multiply(g, previous, a)
    turned = a < 0
    b.fill(1)
    copyto(b, eta_plus, where=a > 0)
    copyto(b, eta_minus, where=turned)
    multiply(s, b, s)
    np.clip(s, smallest, largest, out=s)
    copyto(previous, g)
    copyto(previous, 0, where=turned)
    sign(previous, a)
    copyto(a, 0, where=np.isnan(a))
    multiply(a, s, a)
    subtract(p, a, p)


class Rprop(Optimizer):
    """θ ← θ − s · sign(g), where s grows by η₊ while the sign of g stays and shrinks by η₋ when not.

    ``etas`` is (η₋, η₊), ``step_sizes`` the smallest and largest s; s starts at ``lr``.

    Raises:
        ValueError: a negative learning rate, or not 0 < η₋ < 1 < η₊.

    Source: Riedmiller & Braun (1993).
    """

    scalars = ("step",)
    moments = ("prev", "step_size")

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        maximize: bool = False,
    ) -> None:
        require_nonnegative(lr=lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": None,
            "maximize": maximize,
            "differentiable": False,
            "capturable": False,
        }
        super().__init__(params, defaults)

    def _initial(self, group: Group, name: str) -> float:
        return group["lr"] if name == "step_size" else 0.0

    def _advance(self, group: Group, counters: Counters) -> Advance:
        return (counters[0] + 1,), rprop, (*group["etas"], *group["step_sizes"])
