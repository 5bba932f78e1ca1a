"""The engine of PyTorch: ``torch.Tensor`` records the graph, ``torch.no_grad`` does not.

The engine itself is C++ (torch/csrc/autograd/engine.cpp). Source: Paszke et al. (2017), "Automatic
differentiation in PyTorch".
"""

from torch import Tensor, no_grad

__all__ = ["Tensor", "no_grad"]
