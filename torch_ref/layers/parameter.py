"""Parameter, a tensor that is learned: PyTorch's own."""

from torch.nn import Parameter

__all__ = ["Parameter"]
