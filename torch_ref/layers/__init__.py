"""Layers: PyTorch's own, under the names and signatures that ``scratch.layers`` uses."""

from torch_ref.layers.batch_norm import BatchNorm1d, batch_norm
from torch_ref.layers.containers import Flatten, Identity, Sequential
from torch_ref.layers.dropout import Dropout, dropout
from torch_ref.layers.layer_norm import LayerNorm, layer_norm
from torch_ref.layers.linear import Linear, linear
from torch_ref.layers.module import Module
from torch_ref.layers.parameter import Parameter

__all__ = [
    "BatchNorm1d",
    "Dropout",
    "Flatten",
    "Identity",
    "LayerNorm",
    "Linear",
    "Module",
    "Parameter",
    "Sequential",
    "batch_norm",
    "dropout",
    "layer_norm",
    "linear",
]
