"""Figures of tasks and studies.

Two kinds: `pictures` are pixels drawn with Pillow, light enough for every run; the others are
`matplotlib.figure.Figure`s, and Matplotlib is imported when the first one is drawn. A function
that takes `axes` draws into the caller's panel (see `page`), so that several make one page.
"""

from __future__ import annotations

from experiments.figures.curves import (
    activation_histograms,
    bars,
    learning_curves,
    regression_curve,
    weight_path,
)
from experiments.figures.maps import matrix, value_map
from experiments.figures.pictures import (
    confusion_matrix,
    misclassified,
    save_picture,
    weight_images,
)
from experiments.figures.planes import (
    decision_boundary,
    region_codes,
    truth_table,
)
from experiments.figures.spaces import hidden_space, principal_plane
from experiments.figures.style import figure_png, page, save_figure, styled
from experiments.figures.surfaces import loss_surface

__all__ = [
    "activation_histograms",
    "bars",
    "confusion_matrix",
    "decision_boundary",
    "figure_png",
    "hidden_space",
    "learning_curves",
    "loss_surface",
    "matrix",
    "misclassified",
    "page",
    "principal_plane",
    "region_codes",
    "regression_curve",
    "save_figure",
    "save_picture",
    "styled",
    "truth_table",
    "value_map",
    "weight_images",
    "weight_path",
]
