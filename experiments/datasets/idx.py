"""IDX, the file format of MNIST: a magic number, the sizes, then the bytes.

    00 00 | type (08 = unsigned byte) | number of dimensions | each size, 32 bits big-endian | data

Files may be gzipped or not; that is seen from their first bytes, not from their names.
Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits" (1998).
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from experiments.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

GZIP_MAGIC = b"\x1f\x8b"
UNSIGNED_BYTE = 8
BLOCK = 1 << 22


def read_idx(path: Path, ndim: int) -> NDArray[np.uint8]:
    """The array of unsigned bytes in an IDX file of `ndim` dimensions.

    Raises UsageError if the file is missing, foreign, truncated or longer than it says.
    """
    try:
        with path.open("rb") as raw:
            gzipped = raw.read(2) == GZIP_MAGIC
        opener: Callable[..., Any] = gzip.open if gzipped else open
        with opener(path, "rb") as stream:
            return _parse(stream, path, ndim)
    except FileNotFoundError:
        raise UsageError(f"{path} does not exist.") from None
    except EOFError:
        raise UsageError(
            f"{path} is truncated: its gzip stream ends too early. Get the file again."
        ) from None
    except (gzip.BadGzipFile, zlib.error) as fault:
        raise UsageError(f"{path} is damaged: {fault}. Get the file again.") from None
    except OSError as fault:
        raise UsageError(f"cannot read {path}: {fault.strerror or fault}.") from None


def _parse(stream: IO[bytes], path: Path, ndim: int) -> NDArray[np.uint8]:
    header = stream.read(4 + 4 * ndim)
    expected = bytes((0, 0, UNSIGNED_BYTE, ndim))
    if header[:4] != expected:
        raise UsageError(
            f"{path} is not the IDX file that was expected: it starts with "
            f"{header[:4].hex(' ') or 'nothing'}, an IDX file of {ndim}-dimensional bytes with "
            f"{expected.hex(' ')}."
        )
    if len(header) < 4 + 4 * ndim:
        raise UsageError(f"{path} is truncated: it ends inside its header. Get the file again.")
    shape = struct.unpack(f">{ndim}I", header[4:])
    size = math.prod(shape)
    data = _read(stream, size + 1)  # one more than promised, to see bytes that should not be there
    if len(data) < size:
        raise UsageError(
            f"{path} is truncated: its header promises {' × '.join(map(str, shape))} = {size:,} "
            f"bytes, and it holds {len(data):,}. Get the file again."
        )
    if len(data) > size:
        raise UsageError(f"{path} is longer than its header says ({size:,} bytes of data).")
    return np.frombuffer(data, np.uint8).reshape(shape)


def _read(stream: IO[bytes], most: int) -> bytes:
    """Up to `most` bytes, block by block: a foreign header may promise more than any memory."""
    blocks: list[bytes] = []
    while most > 0 and (block := stream.read(min(most, BLOCK))):
        blocks.append(block)
        most -= len(block)
    return b"".join(blocks)
