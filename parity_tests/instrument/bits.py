"""Floating-point numbers as bits: spacing, distance in ulp, hexadecimal form."""

from __future__ import annotations

from typing import Any

import numpy as np

_UNSIGNED = {2: np.uint16, 4: np.uint32, 8: np.uint64}


def as_bits(array: np.ndarray) -> np.ndarray:
    """The array's bits as unsigned integers of the same size."""
    array = np.ascontiguousarray(array).reshape(array.shape)
    return array.view(_UNSIGNED[array.dtype.itemsize])


def same_bits(a: np.ndarray, b: np.ndarray, signed_zero: bool = True) -> np.ndarray:
    """Where two arrays of one dtype hold the same value, bit for bit (NaN equals NaN)."""
    if a.dtype.kind != "f":
        return np.asarray(a == b)
    same = (as_bits(a) == as_bits(b)) | (np.isnan(a) & np.isnan(b))
    return same if signed_zero else same | (a == b)


def ulp(value: np.ndarray, dtype: str) -> np.ndarray:
    """The spacing of `dtype` at |value|, as float64; at and below the subnormals, the smallest."""
    info = np.finfo(dtype)
    magnitude = np.abs(np.asarray(value, dtype=np.float64))
    magnitude = np.clip(np.nan_to_num(magnitude, nan=1.0), float(info.tiny), float(info.max))
    _, exponent = np.frexp(magnitude)
    return np.ldexp(1.0, exponent - 1 - info.nmant)


def hexadecimal(value: Any) -> str:
    """A scalar's bits, as 0x…; integers and booleans as themselves."""
    value = np.asarray(value)
    if value.dtype.kind != "f":
        return str(value.item())
    digits = 2 * value.dtype.itemsize
    return f"0x{int(as_bits(value.reshape(1))[0]):0{digits}x}"


def shortest(value: Any) -> str:
    """A scalar's shortest decimal form that reads back to the same bits."""
    value = np.asarray(value)
    if value.dtype.kind != "f" or not np.isfinite(value) or value == 0:
        return str(value.item())
    positional = np.format_float_positional(value[()], trim="0")
    scientific = np.format_float_scientific(value[()], trim="-")
    return positional if len(positional) <= len(scientific) + 2 else scientific
