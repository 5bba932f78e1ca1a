"""Layers: the parts of a network that have parameters or a mode, and what holds them together."""

from __future__ import annotations

from scratch.layers.containers import Flatten, Identity, Sequential
from scratch.layers.module import Module
from scratch.layers.parameter import Parameter

__all__ = ["Flatten", "Identity", "Module", "Parameter", "Sequential"]
