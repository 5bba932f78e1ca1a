"""Numbers as colours: a matrix with its entries written in it, and a signed function of two inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experiments.figures.style import BLACK, label, panel, styled, two_shades

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike


@styled
def matrix(
    values: ArrayLike,
    rows: Sequence[object],
    columns: Sequence[object],
    *,
    form: str = ".2g",
    title: str = "Matrix",
    x: str = "",
    y: str = "",
    axes: Axes | None = None,
) -> Figure:
    """A matrix (R, C) with its entries: blue below 0, white at 0, orange above."""
    figure, axes = panel(axes)
    table = np.asarray(values, dtype=np.float64)
    if table.shape != (len(rows), len(columns)):
        raise ValueError(f"needs values ({len(rows)}, {len(columns)}), got {table.shape}")
    reach = float(np.abs(table[np.isfinite(table)]).max(initial=0.0)) or 1.0
    axes.imshow(table, cmap=two_shades(), vmin=-reach, vmax=reach, aspect="auto")
    for row, column in np.ndindex(table.shape):
        axes.text(column, row, format(table[row, column], form), ha="center", va="center")
    axes.set_xticks(range(len(columns)), [str(name) for name in columns])
    axes.set_yticks(range(len(rows)), [str(name) for name in rows])
    axes.tick_params(length=0)
    axes.grid(visible=False)
    label(axes, title, x, y)
    return figure


@styled
def value_map(
    across: ArrayLike,
    up: ArrayLike,
    values: ArrayLike,
    *,
    title: str = "Map",
    x: str = "$x_1$",
    y: str = "$x_2$",
    colours: str = "value",
    axes: Axes | None = None,
) -> Figure:
    """values (len(up), len(across)) over a grid: blue below 0, orange above, a line where it is 0.

    The scale is that of the positive part and that of the negative part, each on its own side, so
    that small negative values beside large positive ones can be seen.
    """
    from matplotlib.colors import TwoSlopeNorm

    figure, axes = panel(axes)
    heights = np.asarray(values, dtype=np.float64)
    places = np.asarray(across), np.asarray(up)
    if heights.shape != (len(places[1]), len(places[0])):
        raise ValueError(f"needs ({len(places[1])}, {len(places[0])}) values, got {heights.shape}")
    low, high = float(np.nanmin(heights)), float(np.nanmax(heights))
    reach = max(abs(low), abs(high)) or 1.0
    low, high = (low if low < -1e-9 * reach else 0.0), (high if high > 1e-9 * reach else 0.0)
    scale = TwoSlopeNorm(0.0, low or -reach, high or reach)
    shades = axes.pcolormesh(
        *places, heights, cmap=two_shades(), norm=scale, shading="gouraud", rasterized=True
    )
    bar = figure.colorbar(
        shades, ax=axes, label=colours, ticks=sorted({low, 0.0, high}), format="%.2g"
    )
    if low < 0.0 < high:
        axes.contour(*places, heights, [0.0], colors=BLACK, linewidths=1.0)
    elif low < high:
        bar.ax.set_ylim(low, high)
    axes.grid(visible=False)
    label(axes, title, x, y)
    return figure
