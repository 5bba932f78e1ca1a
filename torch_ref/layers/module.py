"""Module, the base of every layer, loss and network: PyTorch's own."""

from torch.nn import Module

__all__ = ["Module"]
