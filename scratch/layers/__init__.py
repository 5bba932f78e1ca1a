"""Layers: the parts of a network that have parameters or a mode, and what holds them together."""

from scratch.layers.batch_norm import BatchNorm1d, batch_norm
from scratch.layers.containers import Flatten, Identity, Sequential
from scratch.layers.layer_norm import LayerNorm, layer_norm
from scratch.layers.module import Module
from scratch.layers.parameter import Parameter

__all__ = [
    "BatchNorm1d",
    "Flatten",
    "Identity",
    "LayerNorm",
    "Module",
    "Parameter",
    "Sequential",
    "batch_norm",
    "layer_norm",
]
