"""Memory for the arrays that every training step goes over: parameters, gradients, their state."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from scratch.autograd import Array

CACHE_LINE = 64
"""Bytes; also the width of the widest vector instructions, which are fastest within one line."""


def aligned_empty(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """As ``np.empty``, starting at the start of a cache line.

    What NumPy allocates starts 16 bytes after a page: each vector then lies across two lines, and
    equal offsets in several arrays look like the same address to the processor.
    """
    size = math.prod(shape) * dtype.itemsize
    memory = np.empty(size + CACHE_LINE, np.uint8)
    start = -memory.ctypes.data % CACHE_LINE
    return memory[start : start + size].view(dtype).reshape(shape)
