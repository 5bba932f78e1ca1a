"""Pictures that the default run shows: confusion matrix, mistakes, first-layer weights.

They are drawn with Pillow, which tensorboard needs anyway, and not with Matplotlib: that alone
would be a third of the time and of the memory of the run that they describe. Each function
returns pixels, (H, W, 3) uint8, for `RunLogger.image` or `save_picture`. TensorBoard stretches a
picture to a card of about 350 pixels without smoothing, so the pictures are made about that wide:
letters stay crisp, and there is little to compress.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.png import png

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

WHITE, INK, QUIET = (255, 255, 255), (34, 34, 34), (110, 110, 110)
_BLUE, _ORANGE = (0, 90, 150), (213, 94, 0)
_MARGIN = 12
WIDTH = 348


def confusion_matrix(
    counts: ArrayLike, class_names: Sequence[object] | None = None, title: str = "Confusion matrix"
) -> NDArray[np.uint8]:
    """Counts of (true class, predicted class), shape (C, C), as a table.

    The number is the count; the colour its share of the true class (row), blue where right and
    orange where wrong. Raises ValueError when `counts` is not square or negative.
    """
    table = np.asarray(counts)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or not table.size:
        raise ValueError(f"a confusion matrix is square, got shape {table.shape}")
    if (table < 0).any():
        raise ValueError("a confusion matrix has no negative counts")
    size = len(table)
    names = _names(class_names, size)
    longest = max(_text_width(name, 13) for name in names)
    cell = int(min(84, max(30, 300 // size, longest + 8)))
    left, top = _MARGIN + longest + 8, 80
    canvas = _Canvas(max(left + size * cell + _MARGIN, WIDTH), top + size * cell + 58)
    correct, total = int(np.trace(table)), int(table.sum())
    share = f"{correct / total:.1%}" if total else "none"
    canvas.text(_MARGIN, 22, title, 16)
    canvas.text(
        _MARGIN, 44, f"{correct} of {total} right ({share}); colour: share of row", 12, QUIET
    )

    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    for row in range(size):
        middle = top + row * cell + cell // 2
        canvas.text(left - 8, middle, names[row], 13, anchor="rm")
        canvas.text(
            left + row * cell + cell // 2, top + size * cell + 14, names[row], 13, anchor="mm"
        )
        for column in range(size):
            # The root lifts small shares, so that a single mistake can be seen.
            depth = math.sqrt(shares[row, column])
            colour = _blend(WHITE, _BLUE if row == column else _ORANGE, depth)
            corner = (left + column * cell, top + row * cell)
            canvas.box(*corner, cell - 1, cell - 1, colour)
            if table[row, column]:
                ink = WHITE if depth > 0.65 else INK
                centre = (corner[0] + cell // 2, corner[1] + cell // 2)
                canvas.text(*centre, str(table[row, column]), 13, ink, "mm")
    canvas.text(left + size * cell // 2, top + size * cell + 38, "predicted class", 13, QUIET, "mm")
    canvas.text(_MARGIN, top - 12, "true class", 13, QUIET)
    return canvas.pixels()


def misclassified(
    images: ArrayLike,
    labels: ArrayLike,
    predictions: ArrayLike,
    probabilities: ArrayLike,
    class_names: Sequence[object] | None = None,
    limit: int = 25,
) -> NDArray[np.uint8]:
    """The mistakes among N pictures, the most confident first: true class, prediction, probability.

    `images` (N, h, w) in any range, `labels` and `predictions` (N,), `probabilities` (N,) those
    that the network gave its predictions. Raises ValueError when the lengths differ.
    """
    pictures, truth, guess = np.asarray(images), np.asarray(labels), np.asarray(predictions)
    certainty = np.asarray(probabilities)
    if not (pictures.ndim == 3 and len(pictures) == len(truth) == len(guess) == len(certainty)):
        raise ValueError(
            f"needs images (N, h, w) with labels, predictions and probabilities (N,), got "
            f"{pictures.shape}, {truth.shape}, {guess.shape}, {certainty.shape}"
        )
    wrong = np.flatnonzero(truth != guess)
    wrong = wrong[np.argsort(-certainty[wrong], kind="stable")]
    shown = wrong[:limit]
    highest = int(max(truth.max(initial=0), guess.max(initial=0))) + 1
    names = _names(class_names, highest)
    tile, gap, columns = 56, 10, 5
    rows = max(1, math.ceil(len(shown) / columns))
    canvas = _Canvas(2 * _MARGIN + columns * (tile + gap) - gap, 60 + rows * (tile + 42))
    count = f"{len(shown)} of {len(wrong)}" if len(shown) < len(wrong) else str(len(wrong))
    canvas.text(_MARGIN, 22, f"Mistakes: {count}, among {len(pictures)}", 16)
    canvas.text(_MARGIN, 44, "predicted class (its probability), true class", 12, QUIET)
    for place, index in enumerate(shown):
        row, column = divmod(place, columns)
        x, y = _MARGIN + column * (tile + gap), 60 + row * (tile + 42)
        canvas.paste(_grey(pictures[index]), x, y, tile)
        centre = x + tile // 2
        verdict = f"{names[guess[index]]} ({certainty[index]:.0%})"
        canvas.text(centre, y + tile + 10, verdict, 12, _ORANGE, "mm")
        canvas.text(centre, y + tile + 25, f"is {names[truth[index]]}", 12, INK, "mm")
    return canvas.pixels()


def weight_images(
    weights: ArrayLike, shape: tuple[int, int], limit: int = 64, title: str = "First-layer weights"
) -> NDArray[np.uint8]:
    """Each row of `weights` (units, inputs) as a picture of `shape` (h, w).

    Blue is positive, orange negative, white zero, on one scale for all. Raises ValueError when a
    row does not fill `shape`.
    """
    table = np.asarray(weights, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != shape[0] * shape[1]:
        raise ValueError(f"weights of shape {table.shape} are no pictures of shape {shape}")
    table = table[:limit]
    finite = table[np.isfinite(table)]
    largest = float(np.abs(finite).max(initial=0.0))
    scaled = np.nan_to_num(table / largest if largest else table, nan=0.0, posinf=1.0, neginf=-1.0)
    units = len(table)
    columns = max(1, math.ceil(math.sqrt(units)))
    rows = math.ceil(units / columns)
    tile, gap = shape[1] * max(1, 36 // shape[1]), 6
    height = tile * shape[0] // shape[1]
    canvas = _Canvas(
        max(2 * _MARGIN + columns * (tile + gap) - gap, WIDTH), 60 + rows * (height + gap) + _MARGIN
    )
    canvas.text(_MARGIN, 22, title, 16)
    scale = f"{units} units; orange -{largest:.2g}, white 0, blue +{largest:.2g}"
    canvas.text(_MARGIN, 44, scale, 12, QUIET)
    for unit, row in enumerate(scaled):
        y, x = divmod(unit, columns)
        picture = _signed(row.reshape(shape))
        canvas.paste(picture, _MARGIN + x * (tile + gap), 60 + y * (height + gap), tile)
    return canvas.pixels()


def save_picture(pixels: NDArray[np.uint8], path: Path) -> None:
    """Write pixels as a PNG file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png(pixels, path.name)[0])


class _Canvas:
    """A white sheet to draw on; places are pixels from the upper left corner."""

    def __init__(self, width: int, height: int) -> None:
        from PIL import Image, ImageDraw

        self._image = Image.new("RGB", (int(width), int(height)), WHITE)
        self._draw = ImageDraw.Draw(self._image)

    def text(
        self,
        x: int,
        y: int,
        words: str,
        size: int,
        ink: tuple[int, int, int] = INK,
        anchor: str = "lm",
    ) -> None:
        self._draw.text((x, y), words, fill=ink, font=_font(size), anchor=anchor)

    def box(self, x: int, y: int, width: int, height: int, colour: tuple[int, int, int]) -> None:
        self._draw.rectangle((x, y, x + width - 1, y + height - 1), fill=colour)

    def paste(self, pixels: NDArray[np.uint8], x: int, y: int, width: int) -> None:
        from PIL import Image

        picture = Image.fromarray(pixels)
        height = width * picture.height // picture.width
        # Nearest neighbour: the pixels of a digit are data, and are shown as they are.
        self._image.paste(picture.resize((width, height), Image.Resampling.NEAREST), (x, y))

    def pixels(self) -> NDArray[np.uint8]:
        return np.asarray(self._image)


@functools.cache
def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _text_width(words: str, size: int) -> int:
    return math.ceil(_font(size).getlength(words))


def _names(class_names: Sequence[object] | None, count: int) -> list[str]:
    names = [str(name) for name in (range(count) if class_names is None else class_names)]
    if len(names) < count:
        raise ValueError(f"{count} classes, but {len(names)} class names")
    return names


def _blend(
    start: tuple[int, int, int], end: tuple[int, int, int], depth: float
) -> tuple[int, int, int]:
    red, green, blue = (round(a + (b - a) * depth) for a, b in zip(start, end, strict=True))
    return red, green, blue


def _grey(picture: NDArray[Any]) -> NDArray[np.uint8]:
    """A picture of any range with the largest value black on white, as ink on paper."""
    values = picture.astype(np.float64)
    low, high = values.min(), values.max()
    grey = np.rint(255 * (1 - (values - low) / ((high - low) or 1.0))).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def _signed(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Values in [−1, 1]: orange, white, blue."""
    ends = np.where(values[..., None] < 0, _ORANGE, _BLUE)
    return np.rint(255 + (ends - 255) * np.abs(values)[..., None]).astype(np.uint8)
