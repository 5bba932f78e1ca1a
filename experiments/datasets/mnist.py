"""MNIST: 70,000 handwritten digits of 28×28 pixels, from a folder or from a checked download.

Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document
recognition", Proceedings of the IEEE 86 (1998).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from experiments.datasets.download import fetch_all
from experiments.datasets.idx import read_idx
from experiments.datasets.source import Source
from experiments.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILES = {
    "train-images-idx3-ubyte": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
VALIDATION_SHARE = 1 / 12


def mnist(data_dir: str | None) -> Source:
    """55,000 training, 5,000 validation and 10,000 test images, from `data_dir` or the cache."""
    if data_dir is None:
        sums = {f"{name}.gz": digest for name, digest in FILES.items()}
        folder = fetch_all("mnist", sums, MIRRORS, _OFFLINE_HELP)
    else:
        folder = Path(data_dir).expanduser()
        if not folder.is_dir():
            fault = "is not a folder" if folder.exists() else "does not exist"
            raise UsageError(f"--data-dir {data_dir}: {folder} {fault}.")
    paths = [_find(folder, name) for name in FILES]
    x, y = _pair(paths[0], paths[1])
    x_test, y_test = _pair(paths[2], paths[3])
    return Source(
        x=x,
        y=y,
        feature_names=(),
        class_names=tuple("0123456789"),
        fractions=(1 - VALIDATION_SHARE, VALIDATION_SHARE, 0.0),
        test=(x_test, y_test),
        scale=255.0,
        image_shape=(28, 28),
    )


_OFFLINE_HELP = (
    "If this machine is offline, get the four files "
    f"({', '.join(f'{name}.gz' for name in FILES)}) elsewhere and name their folder with "
    "--data-dir, or train on the digits that need no download: --task digits."
)


def _find(folder: Path, name: str) -> Path:
    """The file `name` in `folder`, gzipped or not, also under the other names in use for it."""
    stems = (name, name.replace("-idx", ".idx"))
    places = (folder, folder / "MNIST" / "raw")
    for place in places:
        for stem in stems:
            for path in (place / stem, place / f"{stem}.gz"):
                if path.is_file():
                    return path
    raise UsageError(
        f"{folder} has no {name} or {name}.gz. MNIST is four files: {', '.join(FILES)}, each "
        "gzipped or not. Name the folder that holds them with --data-dir, leave --data-dir out "
        "to download them, or use --task digits, which needs no files."
    )


def _pair(images_path: Path, labels_path: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images (N, 784) and labels (N,), checked against each other."""
    images = read_idx(images_path, 3)
    labels = read_idx(labels_path, 1)
    if images.shape[1:] != (28, 28):
        raise UsageError(
            f"{images_path} holds images of {images.shape[1]}×{images.shape[2]} pixels; "
            "MNIST's are 28×28."
        )
    if len(images) != len(labels):
        raise UsageError(
            f"{images_path} holds {len(images):,} images and {labels_path} {len(labels):,} "
            "labels: they do not belong together."
        )
    if len(images) < 100:
        raise UsageError(f"{images_path} holds {len(images)} images; at least 100 are needed.")
    if labels.max() > 9:
        first = int(np.argmax(labels > 9))
        raise UsageError(
            f"{labels_path} has the label {labels[first]} at position {first}; "
            "labels are the digits 0 to 9."
        )
    return images.reshape(len(images), -1), labels.astype(np.int64)
