"""Curves over epochs, inputs or strengths; bars; and the shape of activations layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experiments.figures.style import BLACK, GREY, PALETTE, label, page, panel, styled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

LINES = ("-", "--", "-.", ":")


@styled
def learning_curves(
    curves: Mapping[str, ArrayLike],
    *,
    steps: ArrayLike | None = None,
    log: bool = False,
    marks: Mapping[str, float] | None = None,
    title: str = "Learning curves",
    x: str = "epoch",
    y: str = "loss",
    axes: Axes | None = None,
) -> Figure:
    """A line for each name; `steps` are the shared places on x (1, 2, … when not given).

    `marks` are named vertical lines, such as the epoch that early stopping kept.
    """
    figure, axes = panel(axes)
    for number, (name, values) in enumerate(curves.items()):
        heights = np.asarray(values, dtype=np.float64).reshape(-1)
        places = np.arange(1, len(heights) + 1) if steps is None else np.asarray(steps)
        if len(places) != len(heights):
            raise ValueError(f"curve {name!r} has {len(heights)} values for {len(places)} steps")
        # Curves that lie on each other stay visible: the later ones are dashed.
        axes.plot(places, heights, LINES[number % len(LINES)], label=name)
    for name, place in (marks or {}).items():
        axes.axvline(place, color=GREY, linestyle=":", label=name)
    if log:
        axes.set_yscale("log")
    label(axes, title, x, y, legend=True)
    return figure


@styled
def regression_curve(
    inputs: ArrayLike,
    targets: ArrayLike,
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    title: str = "Fit",
    x: str = "x",
    y: str = "y",
    axes: Axes | None = None,
) -> Figure:
    """Data (N,), (N,) as points, and each named curve (places, heights) as a line."""
    figure, axes = panel(axes)
    places, heights = np.asarray(inputs).reshape(-1), np.asarray(targets).reshape(-1)
    axes.scatter(places, heights, s=18, color=GREY, label="data", zorder=2)
    for number, (name, (along, values)) in enumerate(curves.items()):
        along, values = np.asarray(along).reshape(-1), np.asarray(values).reshape(-1)
        order = np.argsort(along)
        axes.plot(along[order], values[order], LINES[number % len(LINES)], label=name, zorder=3)
    label(axes, title, x, y, legend=True)
    return figure


@styled
def weight_path(
    strengths: ArrayLike,
    weights: ArrayLike,
    names: Sequence[str] | None = None,
    *,
    chosen: float | None = None,
    title: str = "Weight path",
    x: str = "strength of the penalty",
    y: str = "weight",
    axes: Axes | None = None,
) -> Figure:
    """Weights (S, D) of a model fitted with each of S penalties: how they shrink, which become 0."""
    figure, axes = panel(axes, width=4.4)
    penalties, path = np.asarray(strengths, dtype=np.float64), np.asarray(weights)
    if path.ndim != 2 or len(path) != len(penalties):
        raise ValueError(f"needs weights (S, D) for S = {len(penalties)}, got {path.shape}")
    for column in range(path.shape[1]):
        name = f"w{column + 1}" if names is None else names[column]
        style = LINES[column // len(PALETTE) % len(LINES)]
        axes.plot(penalties, path[:, column], style, label=name)
    axes.axhline(0.0, color=BLACK, linewidth=0.8)
    if chosen is not None:
        axes.axvline(chosen, color=GREY, linestyle=":", label=f"chosen: {chosen:.3g}")
    if (penalties > 0).all():
        axes.set_xscale("log")
    label(axes, title, x, y)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


@styled
def bars(
    values: Mapping[str, float],
    *,
    errors: Mapping[str, float] | None = None,
    log: bool = False,
    limit: float | None = None,
    title: str = "",
    y: str = "",
    axes: Axes | None = None,
) -> Figure:
    """A bar for each name with its number on top; `limit` is a line to stay under or over."""
    figure, axes = panel(axes, width=max(4.0, 0.9 * len(values) + 1.2))
    heights = list(values.values())
    spread = None if errors is None else [errors.get(name, 0.0) for name in values]
    drawn = axes.bar(list(values), heights, yerr=spread, color=PALETTE[0], width=0.62, capsize=4)
    axes.bar_label(drawn, fmt="%.3g", padding=3, fontsize=9)
    if limit is not None:
        axes.axhline(limit, color=PALETTE[1], linestyle="--", label=f"limit {limit:g}")
        axes.legend()
    if log:
        axes.set_yscale("log")
    axes.margins(y=0.12)
    axes.grid(visible=False, axis="x")
    axes.tick_params(axis="x", rotation=25 if max(map(len, values), default=0) > 10 else 0)
    label(axes, title, "", y)
    return figure


@styled
def activation_histograms(
    layers: Mapping[str, ArrayLike],
    *,
    bins: int = 40,
    title: str = "Activations by depth",
    x: str = "activation",
) -> Figure:
    """The distribution of each layer's activations, shallow to deep, on one scale.

    Each panel says the standard deviation and the share of exact zeros (dead or idle ReLUs).
    """
    figure, panels = page(max(1, len(layers)), width=2.4, height=2.8, sharex=True, sharey=True)
    arrays = {name: np.asarray(values, dtype=np.float64).ravel() for name, values in layers.items()}
    finite = [values[np.isfinite(values)] for values in arrays.values()]
    everything = np.concatenate(finite) if finite else np.zeros(1)
    low, high = (everything.min(), everything.max()) if everything.size else (0.0, 1.0)
    edges = np.linspace(low, high if high > low else low + 1.0, bins + 1)
    for axes, (name, values) in zip(panels, arrays.items(), strict=False):
        weights = np.full(len(values), 1.0 / max(1, len(values)))
        axes.hist(values, edges.tolist(), weights=weights, color=PALETTE[0])
        zeros = float((values == 0).mean()) if len(values) else 0.0
        spread = float(values.std()) if len(values) else 0.0
        label(axes, f"{name}\nstd {spread:.2g}, zeros {zeros:.0%}", x)
        axes.title.set_fontsize(9)
    panels[0].set_ylabel("share")
    figure.suptitle(title, x=0.01, ha="left", weight="bold")
    return figure
