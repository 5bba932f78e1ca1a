"""The one-cycle schedule: up to a large learning rate and down to far below the start, once.

    phase 1   α: max_lr / div_factor → max_lr,          momentum: max → base
    phase 2   α: max_lr → initial / final_div_factor,   momentum: base → max

``three_phase`` comes down as it went up and then goes on to the minimum.

Source: Smith & Topin (2019), "Super-convergence: very fast training of neural networks using large
learning rates".
"""

from torch.optim.lr_scheduler import OneCycleLR

__all__ = ["OneCycleLR"]
