"""Reduce the learning rate when a measure of success has stopped improving.

    α ← max(α · factor, α_min) after more than ``patience`` epochs without improvement

Source: common practice, as in Krizhevsky, Sutskever & Hinton (2012), "ImageNet classification with
deep convolutional neural networks", §5, there by hand.
"""

from torch.optim.lr_scheduler import ReduceLROnPlateau

__all__ = ["ReduceLROnPlateau"]
