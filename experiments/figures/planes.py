"""What happens in a plane of two inputs: decision boundaries, truth tables, region codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.figures.style import (
    BLACK,
    MARKERS,
    PALETTE,
    label,
    legend_below,
    lighter,
    panel,
    styled,
    two_shades,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray


@styled
def decision_boundary(
    predict: Callable[[NDArray[np.float64]], ArrayLike],
    points: ArrayLike,
    labels: ArrayLike,
    *,
    class_names: Sequence[object] | None = None,
    line: Sequence[float] | None = None,
    title: str = "Decision boundary",
    x: str = "$x_1$",
    y: str = "$x_2$",
    resolution: int = 160,
    axes: Axes | None = None,
) -> Figure:
    """Points (N, 2) of labelled classes over the regions that a model assigns to them.

    `predict` maps (M, 2) to (M,), the probability of the second class (boundary where it is ½;
    clipped to [0, 1], so that signs will do), or to (M, C), scores of the classes (the largest
    wins). `labels` are class numbers, or −1 and +1.
    `line` (w0, w1, w2) is drawn where w0 + w1 x1 + w2 x2 = 0.
    """
    figure, axes = panel(axes)
    cloud, classes = _checked(points, labels)
    horizontal, vertical, plane = _grid(cloud, resolution)
    scores = np.asarray(predict(plane), dtype=np.float64)
    if scores.ndim == 2 and scores.shape[1] > 1:
        winners = scores.argmax(axis=1).reshape(horizontal.shape)
        levels = np.arange(scores.shape[1] + 1) - 0.5
        colours = [lighter(PALETTE[c % len(PALETTE)], 0.25) for c in range(scores.shape[1])]
        axes.contourf(horizontal, vertical, winners, levels=levels, colors=colours)
        _contour(axes, horizontal, vertical, winners, levels[1:-1])
    else:
        chance = scores.reshape(horizontal.shape).clip(0.0, 1.0)
        shades = axes.contourf(
            horizontal, vertical, chance, np.linspace(0, 1, 21), cmap=two_shades()
        )
        _contour(axes, horizontal, vertical, chance, [0.5])
        figure.colorbar(shades, ax=axes, label="probability of the second class", ticks=[0, 0.5, 1])
    scatter(axes, cloud, classes, class_names)
    if line is not None:
        _draw_line(axes, line, horizontal, vertical)
    axes.set_xlim(horizontal[0, 0], horizontal[0, -1])
    axes.set_ylim(vertical[0, 0], vertical[-1, 0])
    axes.grid(visible=False)
    label(axes, title, x, y)
    legend_below(axes)
    return figure


@styled
def truth_table(
    inputs: ArrayLike,
    targets: ArrayLike,
    outputs: ArrayLike,
    *,
    line: Sequence[float] | None = None,
    title: str = "Truth table",
    axes: Axes | None = None,
) -> Figure:
    """The four corners of a gate of two inputs: wanted, and what the model says.

    `inputs` (4, 2); `targets` and `outputs` (4,). A wrong corner is ringed.
    """
    figure, axes = panel(axes, width=4.0, height=3.5)
    corners, wanted = _checked(inputs, targets)
    said = np.asarray(outputs, dtype=np.float64).reshape(-1)
    if said.shape != wanted.shape:
        raise ValueError(f"{len(wanted)} targets, but outputs of shape {np.shape(outputs)}")
    horizontal, vertical, _ = _grid(corners, 2, margin=0.35)
    if line is not None:
        _draw_line(axes, line, horizontal, vertical)
    width = horizontal[0, -1] - horizontal[0, 0]
    axes.set_xlim(horizontal[0, 0], horizontal[0, -1] + 0.3 * width)
    axes.set_ylim(vertical[0, 0], vertical[-1, 0])
    scatter(axes, corners, wanted, size=100)
    values = np.unique(wanted)
    threshold = (values[0] + values[-1]) / 2
    for corner, target, output in zip(corners, wanted, said, strict=True):
        wrong = (output >= threshold) != (target >= threshold)
        if wrong:
            axes.plot(*corner, "o", markersize=19, markerfacecolor="none", markeredgecolor=BLACK)
        words = f"target {target:g}\noutput {output:.3g}" + (" (wrong)" if wrong else "")
        axes.annotate(words, corner, (11, 0), textcoords="offset points", va="center", fontsize=8)
    label(axes, title, "$x_1$", "$x_2$")
    legend_below(axes)
    return figure


@styled
def region_codes(
    codes: Callable[[NDArray[np.float64]], ArrayLike],
    lines: ArrayLike,
    points: ArrayLike,
    labels: ArrayLike,
    *,
    title: str = "Regions and their codes",
    axes: Axes | None = None,
) -> Figure:
    """The regions that K perceptrons cut the plane into, each with its K-bit code.

    `codes` maps (M, 2) to bits (M, K); `lines` (K, 3) are the perceptrons' (w0, w1, w2).
    """
    figure, axes = panel(axes, width=4.4, height=3.9)
    cloud, classes = _checked(points, labels)
    horizontal, vertical, plane = _grid(cloud, 200)
    bits = np.asarray(codes(plane), dtype=np.int64)
    index = bits @ (1 << np.arange(bits.shape[1])[::-1])
    for region, number in enumerate(np.unique(index)):
        inside = index == number
        mask = inside.reshape(horizontal.shape)
        colour = PALETTE[region % len(PALETTE)]
        axes.contourf(horizontal, vertical, mask, levels=[0.5, 1.5], colors=[lighter(colour, 0.2)])
        middle = plane[inside]
        # The point of the region nearest its mean: a mean alone may lie outside.
        centre = middle[np.argmin(((middle - middle.mean(axis=0)) ** 2).sum(axis=1))]
        box = {"facecolor": "white", "edgecolor": colour, "boxstyle": "round", "alpha": 0.9}
        word = "[" + "".join(map(str, bits[inside][0])) + "]"
        axes.annotate(word, centre, ha="center", va="center", weight="bold", bbox=box, zorder=5)
    for number, line in enumerate(np.asarray(lines, dtype=np.float64), start=1):
        _draw_line(axes, line, horizontal, vertical, f"perceptron {number}", number - 1)
    scatter(axes, cloud, classes)
    axes.set_xlim(horizontal[0, 0], horizontal[0, -1])
    axes.set_ylim(vertical[0, 0], vertical[-1, 0])
    axes.grid(visible=False)
    label(axes, title, "$x_1$", "$x_2$")
    legend_below(axes)
    return figure


def scatter(
    axes: Axes,
    points: NDArray[np.float64],
    classes: NDArray[Any],
    class_names: Sequence[object] | None = None,
    size: float = 26,
) -> None:
    """Points (N, 2), a colour and a marker for each class."""
    for place, value in enumerate(np.unique(classes)):
        name = f"class {value:g}" if class_names is None else str(class_names[place])
        chosen = points[classes == value]
        axes.scatter(
            chosen[:, 0],
            chosen[:, 1],
            s=size,
            color=PALETTE[place % len(PALETTE)],
            marker=MARKERS[place % len(MARKERS)],
            edgecolors="white",
            linewidths=0.5,
            label=name,
            zorder=4,
        )


def _draw_line(
    axes: Axes,
    line: Sequence[float] | NDArray[np.float64],
    horizontal: NDArray[np.float64],
    vertical: NDArray[np.float64],
    name: str = "decision line",
    number: int = 0,
) -> None:
    """w0 + w1 x1 + w2 x2 = 0, as the zero level of its left side: vertical lines are no exception."""
    w0, w1, w2 = (float(w) for w in line)
    if w1 == 0.0 and w2 == 0.0:
        return
    style = ("-", "--", "-.", ":")[number % 4]
    side = w0 + w1 * horizontal + w2 * vertical
    _contour(axes, horizontal, vertical, side, [0.0], style)
    axes.plot([], [], color=BLACK, linestyle=style, linewidth=1.6, label=name)


def _contour(
    axes: Axes,
    horizontal: NDArray[np.float64],
    vertical: NDArray[np.float64],
    values: NDArray[np.generic],
    levels: ArrayLike,
    style: str = "-",
) -> None:
    """Lines at those levels that the values cross; Matplotlib warns of the others."""
    low, high = np.nanmin(values), np.nanmax(values)
    crossed = [level for level in np.atleast_1d(levels) if low < level < high]
    if crossed:
        axes.contour(
            horizontal, vertical, values, crossed, colors=BLACK, linestyles=style, linewidths=1.4
        )


def _grid(
    points: NDArray[np.float64], resolution: int, margin: float = 0.12
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The rectangle around the points: both coordinates as squares, and as a list (M, 2)."""
    low, high = points.min(axis=0), points.max(axis=0)
    border = margin * np.where(high > low, high - low, 1.0)
    horizontal, vertical = np.meshgrid(
        *(np.linspace(a, b, resolution) for a, b in zip(low - border, high + border, strict=True))
    )
    return horizontal, vertical, np.column_stack([horizontal.ravel(), vertical.ravel()])


def _checked(
    points: ArrayLike, labels: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.generic]]:
    cloud = np.asarray(points, dtype=np.float64)
    classes = np.asarray(labels).reshape(-1)
    if cloud.ndim != 2 or cloud.shape[1] != 2 or len(cloud) != len(classes) or not len(cloud):
        raise ValueError(f"needs points (N, 2) and N labels, got {cloud.shape} and {classes.shape}")
    return cloud, classes
