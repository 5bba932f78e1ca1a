"""Pixels as the bytes of a PNG file, on nothing but zlib.

Pillow draws the pictures; writing them with it would make it import its five commonest formats,
which takes longer than to write every picture of a run.

Source: W3C, Portable Network Graphics (PNG) Specification (Third Edition), 2025.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}  # channels: grey, RGB, RGBA


def png(pixels: ArrayLike, name: str = "image") -> tuple[bytes, int, int]:
    """PNG bytes, width and height of an array of pixels.

    (H, W) or (H, W, 1) is grey, (H, W, 3) RGB, (H, W, 4) RGBA; uint8, or floats in [0, 1]. Raises
    ValueError for a shape that is no picture and for floats outside [0, 1], TypeError for other
    dtypes; `name` is what the message calls the picture.
    """
    array = np.asarray(pixels)
    channels = 1 if array.ndim == 2 else array.shape[-1] if array.ndim == 3 else 0
    if channels not in _COLOUR_TYPES or not array.size:
        raise ValueError(
            f"{name!r} needs pixels of shape (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), "
            f"got {array.shape}"
        )
    if array.dtype.kind == "f":
        low, high = float(array.min()), float(array.max())
        if not (low >= 0.0 and high <= 1.0):
            raise ValueError(f"{name!r} needs floats in [0, 1], got values from {low} to {high}")
        array = np.rint(array * 255).astype(np.uint8)
    elif array.dtype != np.uint8:
        raise TypeError(f"{name!r} needs uint8 or floats in [0, 1], got {array.dtype}")

    height, width = array.shape[:2]
    # Each row of pixels follows the number of its filter; 0 leaves the bytes as they are.
    rows = np.zeros((height, 1 + width * channels), dtype=np.uint8)
    rows[:, 1:] = array.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    chunks = (("IHDR", header), ("IDAT", zlib.compress(rows.data, 3)), ("IEND", b""))
    return _SIGNATURE + b"".join(_chunk(*chunk) for chunk in chunks), width, height


def _chunk(kind: str, data: bytes) -> bytes:
    """A chunk: its length, its kind, its bytes, and the CRC-32 of kind and bytes."""
    body = kind.encode("ascii") + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
