"""Layers: the parts of a network that have parameters or a mode, and what holds them together."""

from scratch.layers.batch_norm import BatchNorm1d, batch_norm
from scratch.layers.containers import Flatten, Identity, Sequential
from scratch.layers.dropout import Dropout, dropout
from scratch.layers.layer_norm import LayerNorm, layer_norm
from scratch.layers.linear import Linear, linear
from scratch.layers.module import Module
from scratch.layers.parameter import Parameter

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
