"""Numbers, arrays, pictures and words as TensorBoard's `Summary.Value` messages.

Pure functions: NumPy in, one message out, nothing written. `RunLogger.write` puts any number of
them into one event, which is what makes logging cheap.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.dashboard.protocol import (
    DT_FLOAT,
    DT_STRING,
    Summary,
    SummaryMetadata,
    TensorProto,
    TensorShapeProto,
    histogram_metadata,
    image_metadata,
    text_metadata,
)
from experiments.png import png

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

BUCKETS = 30
BLOCK = 1 << 16
LARGEST = float(np.finfo(np.float32).max)

_HISTOGRAM = histogram_metadata.create_summary_metadata(display_name=None, description=None)
_IMAGE = image_metadata.create_summary_metadata(display_name=None, description=None)
_TEXT = text_metadata.create_summary_metadata(display_name=None, description=None)


def scalar(tag: str, value: ArrayLike) -> Any:
    """One number, stored as `simple_value` (float32). NaN and infinities are kept: they inform.

    Raises ValueError when `value` is not a single number.
    """
    if not isinstance(value, float | int):
        if np.size(value) != 1:
            raise ValueError(f"scalar {tag!r} needs one number, got shape {np.shape(value)}")
        value = np.asarray(value).item()
    try:
        return Summary.Value(tag=tag, simple_value=value)
    except TypeError:
        raise TypeError(f"scalar {tag!r} needs a real number, got {value!r}") from None


@np.errstate(under="ignore")
def histogram(tag: str, values: ArrayLike, buckets: int = BUCKETS) -> Any:
    """The distribution of `values` (any shape) in `buckets` equal intervals from min to max.

    Stored in float32, half of what tensorboard's own encoder takes: the checksum of a record is
    computed byte by byte in Python, and costs more than the counting. Values that are not finite are left out, so that a run which diverges still logs; its norms
    and losses show it.
    """
    return Summary.Value(
        tag=tag,
        metadata=_HISTOGRAM,
        tensor=TensorProto(
            dtype=DT_FLOAT,
            tensor_shape=_shape(buckets, 3),
            tensor_content=bin_counts(values, buckets).astype(np.float32).tobytes(),
        ),
    )


@np.errstate(under="ignore")
def bin_counts(values: ArrayLike, buckets: int = BUCKETS) -> NDArray[np.float64]:
    """Rows of (left edge, right edge, count), shape (buckets, 3), as TensorBoard wants them.

    The bin of x is ⌊(x − min)·buckets/(max − min)⌋, computed block by block so that no large copy
    is made: on the small arrays of a small network several times as fast as `np.histogram`.
    Without a finite value all is 0; when all values are equal, the last bucket holds them. Values
    beyond the range of float32, which holds the edges, count as its largest.

    >>> bin_counts([0.0, 1.0, 1.0, 4.0], buckets=2).tolist()
    [[0.0, 2.0, 3.0], [2.0, 4.0, 1.0]]
    """
    flat = np.asarray(values).reshape(-1)
    if flat.dtype == bool:
        flat = flat.view(np.uint8)
    rows = np.zeros((buckets, 3))
    if flat.size and not (math.isfinite(flat.min()) and math.isfinite(flat.max())):
        flat = flat[np.isfinite(flat)]
    if flat.size == 0:
        return rows
    low, high = float(flat.min()), float(flat.max())
    if low < -LARGEST or high > LARGEST:
        flat = flat.clip(-LARGEST, LARGEST)
        low, high = max(low, -LARGEST), min(high, LARGEST)
    if low == high:
        rows[:, :2] = low
        rows[-1, 2] = flat.size
        return rows
    counts = np.zeros(buckets, dtype=np.intp)
    for start in range(0, flat.size, BLOCK):
        places = flat[start : start + BLOCK].astype(np.float64)
        places -= low
        # A division: the reciprocal of a subnormal width would overflow.
        places /= high - low
        places *= buckets
        index = places.astype(np.intp)
        counts += np.bincount(np.minimum(index, buckets - 1, out=index), minlength=buckets)
    edges = np.linspace(low, high, buckets + 1)
    rows[:, 0] = edges[:-1]
    rows[:, 1] = edges[1:]
    rows[:, 2] = counts
    return rows


def image(tag: str, pixels: ArrayLike) -> Any:
    """A picture, (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA; uint8, or floats in [0, 1]."""
    return encoded_image(tag, *png(pixels, tag))


def encoded_image(tag: str, encoded: bytes, width: int, height: int) -> Any:
    """A picture that is a PNG already."""
    strings = [str(width).encode(), str(height).encode(), encoded]
    return Summary.Value(tag=tag, metadata=_IMAGE, tensor=_strings(strings, len(strings)))


def text(tag: str, markdown: str) -> Any:
    """A card of Markdown."""
    if not isinstance(markdown, str):
        raise TypeError(f"text {tag!r} needs a str, got {type(markdown).__name__}")
    return Summary.Value(tag=tag, metadata=_TEXT, tensor=_strings([markdown.encode()]))


def markdown_table(rows: Mapping[str, object], header: Sequence[str] = ("name", "value")) -> str:
    """A two-column Markdown table.

    >>> print(markdown_table({"lr": 0.001}))
    | name | value |
    | --- | --- |
    | lr | 0.001 |
    """
    lines = [f"| {' | '.join(header)} |", "| --- | --- |"]
    for key, value in rows.items():
        cell = str(value).replace("|", "\\|").replace("\n", " ")
        lines.append(f"| {key} | {cell} |")
    return "\n".join(lines)


def strings_value(tag: str, metadata: SummaryMetadata, content: bytes) -> Any:
    """One byte string under a plugin's metadata."""
    return Summary.Value(tag=tag, metadata=metadata, tensor=_strings([content]))


def _strings(values: list[bytes], *shape: int) -> TensorProto:
    return TensorProto(dtype=DT_STRING, tensor_shape=_shape(*shape), string_val=values)


def _shape(*sizes: int) -> TensorShapeProto:
    return TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in sizes])
