"""TensorBoard logging for both implementations; see `RunLogger`, and `Dashboard` above it.

    directory = new_run_directory("runs", task="digits", impl="scratch", seed=0)
    with RunLogger(directory) as logger:
        dashboard = Dashboard(logger, steps=1350, epochs=30)
        dashboard.begin(config, summary)
        ...
            dashboard.step(step, loss, lr)
        dashboard.epoch(epoch, step, {"loss/val": ..., "acc/val": ...}, parameters, gradients)
        ...
        dashboard.end(step, {"acc/test": ...}, lr)

Importing this package loads tensorboard's writer (about 55 ms, 8 MB) but no Pillow and no
Matplotlib: they come with the first picture.
"""

from __future__ import annotations

from experiments.dashboard.directories import new_run_directory
from experiments.dashboard.encoders import markdown_table
from experiments.dashboard.graphs import GraphNode, Layer, chain
from experiments.dashboard.layouts import overlay_layout
from experiments.dashboard.logger import RunLogger
from experiments.dashboard.monitor import Dashboard, layer_norms

__all__ = [
    "Dashboard",
    "GraphNode",
    "Layer",
    "RunLogger",
    "chain",
    "layer_norms",
    "markdown_table",
    "new_run_directory",
    "overlay_layout",
]
