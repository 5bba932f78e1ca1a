"""Points of a hidden space for TensorBoard's PROJECTOR page (PCA, t-SNE and UMAP in the browser).

The page reads plain files beside the run's events: `projector_config.pbtxt` names, for each set of
points, a table of coordinates, one of labels, and a sheet of little pictures (a sprite).
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from experiments.png import png

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray


def write_embedding(
    directory: Path,
    name: str,
    points: ArrayLike,
    labels: Mapping[str, Sequence[object]] | None = None,
    images: ArrayLike | None = None,
) -> None:
    """Write the points (N, D), their label columns and pictures (N, h, w) in [0, 1], or uint8.

    Raises ValueError when lengths differ, a point is not finite or `name` was written before.
    """
    coordinates = np.asarray(points)
    if coordinates.ndim != 2 or not coordinates.size:
        raise ValueError(f"embedding {name!r} needs points of shape (N, D), got {np.shape(points)}")
    if not np.isfinite(coordinates).all():
        raise ValueError(f"embedding {name!r} needs finite points")
    count = len(coordinates)
    for column, values in (labels or {}).items():
        if len(values) != count:
            raise ValueError(f"label {column!r} has {len(values)} values for {count} points")
    if images is not None and (np.ndim(images) != 3 or len(np.asarray(images)) != count):
        raise ValueError(f"images must be (N, h, w) with N = {count}, got {np.shape(images)}")
    if not re.fullmatch(r"[\w.-]+", name):
        raise ValueError(f"an embedding's name must be letters, digits, '_', '.', '-': {name!r}")

    folder = directory / "projector" / name
    folder.mkdir(parents=True, exist_ok=False)
    np.savetxt(folder / "points.tsv", coordinates, fmt="%.6g", delimiter="\t")
    entry = [f'tensor_name: "{name}"', f'tensor_path: "projector/{name}/points.tsv"']
    if labels:
        _write_labels(folder / "labels.tsv", labels)
        entry.append(f'metadata_path: "projector/{name}/labels.tsv"')
    if images is not None:
        pictures = np.asarray(images)
        (folder / "sprite.png").write_bytes(png(sprite(pictures), name)[0])
        height, width = pictures.shape[1:]
        entry.append(
            f'sprite {{ image_path: "projector/{name}/sprite.png" '
            f"single_image_dim: {width} single_image_dim: {height} }}"
        )
    with open(directory / "projector_config.pbtxt", "a", encoding="utf-8") as config:
        config.write("embeddings {\n" + "".join(f"  {line}\n" for line in entry) + "}\n")


def sprite(images: NDArray[np.generic]) -> NDArray[np.generic]:
    """The pictures (N, h, w) on one square sheet of ⌈√N⌉ rows and columns, row by row."""
    count, height, width = images.shape
    side = math.ceil(math.sqrt(count))
    sheet = np.zeros((side * side, height, width), dtype=images.dtype)
    sheet[:count] = images
    return (
        sheet.reshape(side, side, height, width)
        .transpose(0, 2, 1, 3)
        .reshape(side * height, side * width)
    )


def _write_labels(path: Path, labels: Mapping[str, Sequence[object]]) -> None:
    # With one column TensorBoard takes the first line for a label, not for a heading.
    lines = ["\t".join(labels)] if len(labels) > 1 else []
    lines += [
        "\t".join(re.sub(r"\s", " ", str(v)) for v in row)
        for row in zip(*labels.values(), strict=True)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
