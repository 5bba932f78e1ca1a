"""Inputs: random arrays by specification, special values, and the memory layouts they come in."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Spec = Callable[[np.random.Generator], np.ndarray]


def normal(*shape: int, scale: float = 1.0) -> Spec:
    """Standard normal values × scale."""
    return lambda rng: scale * rng.standard_normal(shape)


def uniform(low: float, high: float, *shape: int) -> Spec:
    """Uniform in [low, high)."""
    return lambda rng: rng.uniform(low, high, shape)


def dyadic(*shape: int) -> Spec:
    """k/8 with |k| ≤ 32: sums of products of these are exact in float32, in any order."""
    return lambda rng: rng.integers(-32, 33, shape) / 8.0


def spread(*shape: int, low: float = 1e-6, high: float = 1e2) -> Spec:
    """Both signs, magnitudes log-uniform between low and high."""

    def draw(rng: np.random.Generator) -> np.ndarray:
        magnitude = np.exp(rng.uniform(np.log(low), np.log(high), shape))
        return magnitude * rng.choice([-1.0, 1.0], shape)

    return draw


def probabilities(*shape: int) -> Spec:
    """In (0.02, 0.98)."""
    return uniform(0.02, 0.98, *shape)


def simplex(*shape: int) -> Spec:
    """Positive, summing to 1 along the last axis."""

    def draw(rng: np.random.Generator) -> np.ndarray:
        weights = rng.uniform(0.05, 1.0, shape)
        return weights / weights.sum(axis=-1, keepdims=True)

    return draw


def labels(classes: int, *shape: int) -> Spec:
    """Integer class labels in [0, classes)."""
    return lambda rng: rng.integers(0, classes, shape)


def integers(low: int, high: int, *shape: int) -> Spec:
    """Integers in [low, high)."""
    return lambda rng: rng.integers(low, high, shape)


def values(data: Any) -> Spec:
    """These values."""
    return lambda rng: np.array(data)


def draw(inputs: Any, rng: np.random.Generator, dtype: str) -> tuple[np.ndarray, ...]:
    """The arrays of a case: specs or a function, floats cast to dtype."""
    drawn = inputs(rng, dtype) if callable(inputs) else [spec(rng) for spec in inputs]
    return tuple(to_dtype(np.asarray(a), dtype) for a in drawn)


def to_dtype(array: np.ndarray, dtype: str) -> np.ndarray:
    """Float arrays in this dtype, contiguous; others as they are."""
    return np.array(array, dtype=dtype if array.dtype.kind == "f" else array.dtype, order="C")


def special_values(dtype: str, extra: Sequence[float] = ()) -> np.ndarray:
    """±0, subnormals, the normal range's ends, ±1, where exp and friends saturate, ±inf, NaN."""
    info = np.finfo(dtype)
    tiny, subnormal = float(info.tiny), float(info.smallest_subnormal)
    saturating = (1e-4, 0.5, 1.0, 3.0, 9.0, 17.0, 20.0, 40.0, 88.0, 104.0, 709.0, 746.0, 1e4)
    magnitudes = [0.0, subnormal, tiny - subnormal, tiny, *saturating, float(info.max), np.inf]
    both_signs = [s * m for m in magnitudes for s in (1.0, -1.0)]
    with np.errstate(under="ignore"):
        near = [np.nextafter(np.dtype(dtype).type(k), d) for k in extra for d in (-np.inf, np.inf)]
    return np.array([*both_signs, np.nan, *extra, *near], dtype=dtype)


def special_inputs(
    count: int, dtype: str, extra: Sequence[float], only: Sequence[float] | None
) -> tuple[np.ndarray, ...]:
    """Special values for `count` elementwise inputs: for two and more, all their combinations."""
    if only is not None:
        base = np.array(only, dtype=dtype)
    elif count == 1:
        base = special_values(dtype, extra)
    else:
        info = np.finfo(dtype)
        few = [0.0, -0.0, 1.0, -1.0, 2.5, np.inf, -np.inf, np.nan, *extra]
        more = [-3.0, 0.5, float(info.tiny), float(info.smallest_subnormal), float(info.max)]
        base = np.array(few if count > 2 else few + more, dtype=dtype)
    columns = np.array(list(itertools.product(base, repeat=count)), dtype=dtype)
    return tuple(np.ascontiguousarray(c) for c in columns.T)


def float16_values(dtype: str) -> np.ndarray:
    """All 65,536 float16 numbers, in dtype; the signalling NaNs among them made quiet."""
    every = np.arange(65536, dtype=np.uint16).view(np.float16).astype(dtype)
    every[np.isnan(every)] = np.nan
    return every


def transposed(a: np.ndarray) -> np.ndarray:
    """The same values, first axis fastest."""
    return np.asfortranarray(a) if a.ndim > 1 else strided(a)


def strided(a: np.ndarray) -> np.ndarray:
    """The same values, every second one of a longer array."""
    return np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a


def reversed_(a: np.ndarray) -> np.ndarray:
    """The same values, with negative strides."""
    flip = (slice(None, None, -1),) * a.ndim
    return a[flip].copy()[flip]


def broadcast(a: np.ndarray) -> np.ndarray:
    """The first row, repeated with stride 0."""
    return np.broadcast_to(a[:1], a.shape) if a.ndim else a


LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "transposed": transposed,
    "strided": strided,
    "reversed": reversed_,
    "broadcast": broadcast,
}
VARIANTS = (*LAYOUTS, "empty", "scalar", "twice")
