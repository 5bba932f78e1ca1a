"""Rprop: only the sign of the gradient counts; the step size of each weight adapts by itself.

    s ← clamp(s · η₊ if g·g_prev > 0, s · η₋ if < 0, s if = 0)
    g ← 0 where g·g_prev < 0;   θ ← θ − s · sign(g);   g_prev ← g

Source: Riedmiller & Braun (1993), "A direct adaptive method for faster backpropagation learning: the
RPROP algorithm".
"""

from torch.optim import Rprop

__all__ = ["Rprop"]
