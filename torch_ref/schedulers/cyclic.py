"""Cyclic schedules: the rate rises and falls in triangles, the momentum opposite to it.

    α_t = base_lr + (max_lr − base_lr) · height(t) · scale,   0 ≤ height ≤ 1

Large rates in between cross saddles and plateaus; they need little momentum.

Source: Smith (2017), "Cyclical learning rates for training neural networks".
"""

from torch.optim.lr_scheduler import CyclicLR

__all__ = ["CyclicLR"]
