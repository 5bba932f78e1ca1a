"""A loss over two weights, from above, and the ways that optimizers take on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experiments.figures.style import BLACK, PALETTE, SEQUENTIAL, label, panel, styled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray


@styled
def loss_surface(
    loss: Callable[[NDArray[np.float64], NDArray[np.float64]], ArrayLike],
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    paths: Mapping[str, ArrayLike] | None = None,
    *,
    minimum: tuple[float, float] | None = None,
    log: bool = False,
    levels: int = 24,
    resolution: int = 160,
    title: str = "Loss surface",
    x: str = "$w_1$",
    y: str = "$w_2$",
    axes: Axes | None = None,
) -> Figure:
    """Contours of loss(w1, w2), and each named path (T, 2) from its start (ring) to its end (disc).

    `loss` maps two arrays to an array of their shape. `log` spaces the levels by ratio, from the
    smallest loss above 0. Raises ValueError for a loss of another shape, one that is nowhere
    finite or nowhere above 0 with `log`, or the same everywhere.
    """
    figure, axes = panel(axes, width=4.2, height=3.4)
    across, up = np.meshgrid(np.linspace(*x_range, resolution), np.linspace(*y_range, resolution))
    height = np.asarray(loss(across, up), dtype=np.float64)
    if height.shape != across.shape:
        raise ValueError(f"loss maps {across.shape} arrays to {height.shape}; shapes must agree")
    _shade(figure, axes, across, up, height, levels, log)
    _draw_paths(axes, paths or {})
    if minimum is not None:
        axes.plot(*minimum, "*", color="white", markeredgecolor=BLACK, markersize=13, zorder=6)
    axes.set_xlim(*x_range)
    axes.set_ylim(*y_range)
    axes.grid(visible=False)
    label(axes, title, x, y)
    if paths:
        axes.legend(loc="best", frameon=True, facecolor="#BBBBBB", framealpha=0.9)
    return figure


def _shade(
    figure: Figure,
    axes: Axes,
    across: NDArray[np.float64],
    up: NDArray[np.float64],
    height: NDArray[np.float64],
    levels: int,
    log: bool,
) -> None:
    finite = height[np.isfinite(height)]
    if not finite.size:
        raise ValueError("the loss is finite nowhere in these ranges")
    low, high = float(finite.min()), float(finite.max())
    if low == high or (log and high <= 0.0):
        raise ValueError(f"the loss shows nothing: it is from {low} to {high} in these ranges")
    if log:
        low = max(float(finite[finite > 0].min(initial=high)), 1e-6 * high)
        steps = np.geomspace(low, high, levels)
        shades = axes.contourf(
            across, up, np.maximum(height, low), steps, cmap=SEQUENTIAL, norm="log"
        )
    else:
        shades = axes.contourf(across, up, height, np.linspace(low, high, levels), cmap=SEQUENTIAL)
    bar = figure.colorbar(shades, ax=axes, label="loss")
    if log:
        bar.ax.set_yscale("log")


def _draw_paths(axes: Axes, paths: Mapping[str, ArrayLike]) -> None:
    for number, (name, path) in enumerate(paths.items()):
        way = np.asarray(path, dtype=np.float64)
        if way.ndim != 2 or way.shape[1] != 2:
            raise ValueError(f"path {name!r} must be (T, 2), got {way.shape}")
        colour = ("white", *PALETTE[1:])[number % len(PALETTE)]
        axes.plot(*way.T, ".-", color=BLACK, linewidth=3.0, markersize=5, zorder=3)
        axes.plot(*way.T, ".-", color=colour, linewidth=1.6, markersize=3, label=name, zorder=4)
        axes.plot(*way[0], "o", markerfacecolor="none", markeredgecolor=BLACK, zorder=5)
        axes.plot(*way[-1], "o", markerfacecolor=colour, markeredgecolor=BLACK, zorder=5)
