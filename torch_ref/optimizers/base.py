"""What every optimizer has in common: parameter groups, state, ``step``, ``zero_grad``.

    θ ← θ − α · direction(g, state),   g = ∂L/∂θ

Source: Robbins & Monro (1951), "A stochastic approximation method".
"""

from torch.optim import Optimizer

__all__ = ["Optimizer"]
