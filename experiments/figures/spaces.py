"""Representation learning: the space that a hidden layer makes of the inputs, seen in a plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experiments.figures.planes import scatter
from experiments.figures.style import label, panel, styled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray


@styled
def hidden_space(
    activations: ArrayLike,
    labels: ArrayLike,
    *,
    class_names: Sequence[object] | None = None,
    title: str = "Hidden space",
    axes: Axes | None = None,
) -> Figure:
    """Hidden activations (N, D) on their two directions of largest variance (PCA by SVD)."""
    figure, axes = panel(axes, width=4.2, height=3.3)
    hidden = np.asarray(activations, dtype=np.float64)
    classes = np.asarray(labels).reshape(-1)
    if hidden.ndim != 2 or len(hidden) != len(classes):
        raise ValueError(
            f"needs activations (N, D) and N labels, got {hidden.shape}, {classes.shape}"
        )
    plane, share = principal_plane(hidden)
    scatter(axes, plane, classes, class_names, size=16)
    label(
        axes,
        title,
        f"component 1 ({share[0]:.0%} of variance)",
        f"component 2 ({share[1]:.0%} of variance)",
    )
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def principal_plane(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], list[float]]:
    """Rows (N, D) on their first two principal components (N, 2), and each one's share of variance.

    With X − mean = U S Vᵀ the coordinates are U S; the sign makes each component's largest
    loading positive, so that equal data give equal pictures.
    """
    centred = values - values.mean(axis=0)
    _, singular, directions = np.linalg.svd(centred, full_matrices=False)
    directions = directions[:2]
    largest = np.abs(directions).argmax(axis=1)
    directions *= np.sign(directions[np.arange(len(directions)), largest])[:, None]
    plane = np.zeros((len(values), 2))
    plane[:, : len(directions)] = centred @ directions.T
    variance = np.append(singular, 0.0)[:2] ** 2
    total = float((singular**2).sum()) or 1.0
    return plane, [float(part) / total for part in variance]
