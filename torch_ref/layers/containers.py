"""Containers and layers that only change a shape: PyTorch's own."""

from torch.nn import Flatten, Identity, Sequential

__all__ = ["Flatten", "Identity", "Sequential"]
