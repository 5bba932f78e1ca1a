"""One schedule after another, for instance a warm-up and then a decay.

    schedule i acts from milestone i−1 to milestone i

Source: warm-up before decay, Goyal et al. (2017), "Accurate, large minibatch SGD".
"""

from torch.optim.lr_scheduler import SequentialLR

__all__ = ["SequentialLR"]
