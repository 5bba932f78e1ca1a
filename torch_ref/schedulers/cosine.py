"""Cosine schedules: slow at first, fast in between, slow again; once, or with warm restarts.

    α_t = α_min + ½ (α_0 − α_min)(1 + cos(π t / T))

Source: Loshchilov & Hutter (2017), "SGDR: stochastic gradient descent with warm restarts".
"""

from torch.optim.lr_scheduler import CosineAnnealingLR, CosineAnnealingWarmRestarts

__all__ = ["CosineAnnealingLR", "CosineAnnealingWarmRestarts"]
