"""A data set, split and turned into tensors of one implementation.

The split is drawn by `impl.random_split` from a generator of the run's seed, so both
implementations, and every run of that seed, train on the same samples. Columns are scaled by what
the training samples show, never by the validation or test samples.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from experiments.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from experiments.config import Config
    from experiments.datasets.source import Source

Array = NDArray[Any]
MOST_POLYNOMIAL_INPUTS = 100
RADIAL_CENTERS = 25
FOURIER_FEATURES = 64


@dataclass(frozen=True)
class Split:
    """One part of the data: tensors x (N, D) and y, and the untouched rows they came from."""

    x: Any
    y: Any
    raw: Array

    def __len__(self) -> int:
        return len(self.raw)


@dataclass(frozen=True)
class Inputs:
    """From raw rows to what the model sees: (row − mean) / spread, then the feature map φ."""

    impl: ModuleType
    dtype: str
    mean: Array | float
    spread: Array | float
    feature_map: Callable[[Any], Any] | None = None

    def __call__(self, raw: Array) -> Any:
        """The tensor (N, D′) of raw rows (N, D)."""
        rows = raw.astype(self.dtype)
        rows -= np.asarray(self.mean, self.dtype)
        rows /= np.asarray(self.spread, self.dtype)
        x = self.impl.tensor(rows)
        return x if self.feature_map is None else self.feature_map(x)


@dataclass(frozen=True)
class Splits:
    """The three parts, how they were made, and a fingerprint that tells other data apart."""

    train: Split
    validation: Split
    test: Split
    inputs: Inputs
    source: Source
    fingerprint: int


def split(impl: ModuleType, config: Config, source: Source, kind: str) -> Splits:
    """Split `source` for a task of `kind` ("classes", "binary" or "regression")."""
    rows = _rows(impl, config.seed, source)
    inputs = _inputs(impl, config, source, rows[0])

    def part(x: Array, y: Array) -> Split:
        return Split(inputs(x), impl.tensor(_targets(y, kind, config.dtype)), x)

    parts = [part(source.x[i], source.y[i]) for i in rows]
    if source.test is not None:
        parts[2] = part(*source.test)
    train, validation, test = parts
    return Splits(train, validation, test, inputs, source, _fingerprint(source))


def make_feature_map(
    impl: ModuleType, name: str, seed: int, train: Any
) -> Callable[[Any], Any] | None:
    """φ by its name, fixed by the seed and the training samples (N, D); None for none."""
    if name == "polynomial":
        if train.shape[1] > MOST_POLYNOMIAL_INPUTS:
            raise UsageError(
                f"--features polynomial: all products of two of {train.shape[1]} inputs are too "
                f"many; it takes up to {MOST_POLYNOMIAL_INPUTS} inputs."
            )
        return lambda x: impl.polynomial_features(x, 2, include_bias=False)
    if name == "radial":
        centers = train[:RADIAL_CENTERS]
        return lambda x: impl.radial_basis_features(x, centers)
    if name == "fourier":
        # A generator of the same seed draws the same map at every call.
        return lambda x: impl.random_fourier_features(
            x, FOURIER_FEATURES, generator=impl.Generator().manual_seed(seed)
        )
    return None


def _rows(impl: ModuleType, seed: int, source: Source) -> list[NDArray[np.intp]]:
    """The row numbers of train, validation and test."""
    count = len(source.x)
    if source.fractions is None:
        return [np.arange(count)] * 3
    held = [round(count * share) for share in source.fractions[1:]]
    generator = impl.Generator().manual_seed(seed)
    parts = impl.random_split(range(count), [count - sum(held), *held], generator=generator)
    return [np.asarray(part.indices, np.intp) for part in parts]


def _inputs(impl: ModuleType, config: Config, source: Source, train: NDArray[np.intp]) -> Inputs:
    mean: Array | float = 0.0
    spread: Array | float = 1.0
    if source.scale == "standardize":
        rows = source.x[train].astype(np.float64)
        mean, spread = rows.mean(axis=0), rows.std(axis=0)
        # A constant column becomes 0; the rounding of its mean must not pass for a spread.
        spread = np.where(spread > 1e-9 * np.abs(mean), spread, 1.0)
    elif source.scale is not None:
        spread = float(source.scale)
    plain = Inputs(impl, config.dtype, mean, spread)
    if config.features == "none":
        return plain
    feature_map = make_feature_map(impl, config.features, config.seed, plain(source.x[train]))
    return replace(plain, feature_map=feature_map)


def _targets(y: Array, kind: str, dtype: str) -> Array:
    """Labels (N,) for classes; 0 and 1 as floats (N, 1) for binary; numbers (N, 1) otherwise."""
    return y if kind == "classes" else y.reshape(len(y), -1).astype(dtype)


def _fingerprint(source: Source) -> int:
    return zlib.crc32(source.y.tobytes(), zlib.crc32(source.x.tobytes()))
