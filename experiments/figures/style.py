"""How every Matplotlib figure looks, and how one becomes a PNG.

Matplotlib costs 0.3 s and 40 MB to import, so that it is imported when the first figure is drawn
and not before. Figures are made without pyplot: nothing global is changed, no window opens, and a
figure that is dropped is freed. Colours are those of Okabe and Ito ("Color Universal Design",
2008), which stay apart for colour-blind readers, with the yellow darkened for white paper.
"""

from __future__ import annotations

import functools
import io
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

P = ParamSpec("P")
R = TypeVar("R")

BLUE, VERMILION, GREEN, ORANGE, PURPLE = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7"
SKY, GREY, OLIVE, BLACK, BROWN = "#56B4E9", "#7F7F7F", "#A89B00", "#222222", "#7A4B2A"
PALETTE = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, GREY, OLIVE, BLACK, BROWN)
MARKERS = "os^DvP*Xph"
SEQUENTIAL = "viridis"

STYLE: dict[str, Any] = {
    "figure.dpi": 88,
    "figure.facecolor": "white",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.7,
    "xtick.color": BLACK,
    "ytick.color": BLACK,
    "lines.linewidth": 1.6,
    "legend.frameon": True,
    "legend.edgecolor": "none",
    "legend.framealpha": 0.85,
    "legend.fontsize": 8,
}


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Let a function draw with the house's style and leave Matplotlib's settings as they were."""

    @functools.wraps(draw)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        import matplotlib as mpl
        from cycler import cycler

        with mpl.rc_context({**STYLE, "axes.prop_cycle": cycler(color=PALETTE)}):
            return draw(*args, **kwargs)

    return inner


@styled
def page(
    columns: int = 1, rows: int = 1, width: float = 4.0, height: float = 3.1, **options: Any
) -> tuple[Figure, list[Axes]]:
    """A figure and its axes, row by row, each `width` by `height` inches.

    `options` go to `Figure.subplots`.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width * columns, height * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, **options)
    return figure, list(axes.flat)


def panel(axes: Axes | None, width: float = 4.0, height: float = 3.1) -> tuple[Figure, Axes]:
    """The panel to draw on: the caller's, or the only one of a new figure."""
    if axes is None:
        figure, (axes,) = page(width=width, height=height)
        return figure, axes
    return cast("Figure", axes.figure), axes


def label(axes: Axes, title: str, x: str = "", y: str = "", legend: bool = False) -> None:
    """Name a panel and its axes; units belong in the names."""
    axes.set_title(title)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    if legend:
        axes.legend()


def legend_below(axes: Axes) -> None:
    """A legend under the panel and its axis' name, where it hides no data."""
    from matplotlib.transforms import offset_copy

    below = offset_copy(axes.transAxes, axes.figure, y=-30, units="points")  # type: ignore[arg-type] # a SubFigure too
    axes.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        bbox_transform=below,
        ncols=4,
        columnspacing=1.2,
    )


def lighter(colour: str, share: float) -> tuple[float, float, float]:
    """`share` of a colour on white: opaque, because see-through contours show seams."""
    from matplotlib.colors import to_rgb

    red, green, blue = (1 - share * (1 - part) for part in to_rgb(colour))
    return red, green, blue


def two_shades() -> Any:
    """A colour map: white in the middle, the first two colours of the palette at the ends."""
    from matplotlib.colors import LinearSegmentedColormap

    ends: list[Any] = [lighter(PALETTE[0], 0.6), "white", lighter(PALETTE[1], 0.6)]
    return LinearSegmentedColormap.from_list("two", ends)


def figure_png(figure: Figure, dpi: float | None = None) -> tuple[bytes, int, int]:
    """PNG bytes, width and height of a figure.

    At a figure's own resolution one panel fills a card of TensorBoard, about 350 pixels, which
    would stretch or shrink others without smoothing.
    """
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi="figure" if dpi is None else dpi)
    data = file.getvalue()
    # The header of a PNG holds width and height, four bytes each, from byte 16 on.
    return data, int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def save_figure(figure: Figure, path: Path, dpi: float = 160) -> None:
    """Write a figure as a PNG file, fine enough for paper."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(figure_png(figure, dpi)[0])
