"""The two data sets that scikit-learn carries: 8×8 digits and diabetes progression.

scikit-learn itself is not imported (that costs more than the training): the files of the
installed package are found and read directly.

Sources: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI (1998), its
test part; B. Efron et al., "Least Angle Regression", Annals of Statistics 32 (2004).
"""

from __future__ import annotations

import gzip
import importlib.util
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from experiments.datasets.source import Source
from experiments.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIABETES_COLUMNS = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")


def digits() -> Source:
    """1,797 handwritten digits of 8×8 pixels, 0 to 16; labels 0 to 9."""
    table = _read("digits.csv.gz", rows=1797, columns=65)
    return Source(
        x=table[:, :64],
        y=table[:, 64].astype(np.int64),
        feature_names=tuple(f"pixel {row},{column}" for row in range(8) for column in range(8)),
        class_names=tuple("0123456789"),
        scale=16.0,
        image_shape=(8, 8),
    )


def diabetes() -> Source:
    """442 patients, ten measurements; the target is the disease's progression after a year."""
    x = _read("diabetes_data_raw.csv.gz", rows=442, columns=10)
    y = _read("diabetes_target.csv.gz", rows=442, columns=1)
    return Source(x=x, y=y, feature_names=DIABETES_COLUMNS, scale="standardize")


def _read(name: str, rows: int, columns: int) -> NDArray[np.float64]:
    """The (rows, columns) numbers of one bundled file, separated by commas or spaces."""
    path = _folder() / name
    try:
        text = gzip.decompress(path.read_bytes())
        numbers = np.array(text.replace(b",", b" ").split(), dtype=np.float64)
    except FileNotFoundError:
        raise UsageError(
            f"the installed scikit-learn has no {name} at {path}. "
            "Reinstall it: pip install --force-reinstall scikit-learn."
        ) from None
    except (OSError, EOFError, zlib.error, ValueError) as fault:
        raise UsageError(
            f"{path} is damaged ({fault}). "
            "Reinstall scikit-learn: pip install --force-reinstall scikit-learn."
        ) from None
    if numbers.size != rows * columns:
        raise UsageError(
            f"{path} holds {numbers.size:,} numbers; {rows:,} × {columns} were expected. "
            "Reinstall scikit-learn: pip install --force-reinstall scikit-learn."
        )
    return numbers.reshape(rows, columns)


def _folder() -> Path:
    """The folder of scikit-learn's data files, found without importing scikit-learn."""
    spec = importlib.util.find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise UsageError(
            "this task reads the data that scikit-learn carries, and scikit-learn is not "
            "installed: pip install scikit-learn, or choose a task that needs no data "
            "(train.py --list-tasks)."
        )
    return Path(spec.origin).parent / "datasets" / "data"
