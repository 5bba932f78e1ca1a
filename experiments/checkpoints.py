"""Checkpoints: a tree of numbers and arrays in one .npz file, without pickle, never half written.

The tree's arrays are entries of the archive; its shape, with a reference in place of each array,
is JSON in the entry `tree`. Nothing in the file can execute, `numpy.load` opens it, and the
archive's own checksums tell when it was damaged. The same format serves both implementations.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.errors import UsageError
from experiments.tensors import to_array

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from numpy.typing import NDArray

FORMAT = 1
FILE_NAME = "checkpoint.npz"


def save(path: Path, content: dict[str, Any]) -> None:
    """Write `content` (dicts, lists, tuples, numbers, text, arrays, tensors) to `path` at once.

    The file appears under its name only when it is complete. Raises OSError if it cannot.
    """
    arrays: dict[str, NDArray[Any]] = {}
    tree = json.dumps({"format": FORMAT, "content": _pack(content, arrays)})
    arrays["tree"] = np.frombuffer(tree.encode(), np.uint8)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            np.savez(stream, **arrays)  # type: ignore[arg-type]  # names cannot be allow_pickle
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load(path: Path) -> dict[str, Any]:
    """What `save` wrote, with arrays in place of tensors.

    Raises UsageError if the file is missing, is no checkpoint, or is damaged.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"there is no checkpoint at {path}.") from None
    except OSError as fault:
        raise UsageError(f"cannot read the checkpoint {path}: {fault.strerror}.") from None
    if not data.startswith(b"PK"):
        raise UsageError(f"{path} is not a checkpoint of train.py (those are .npz archives).")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        if "tree" not in arrays:
            raise UsageError(f"{path} is an .npz archive, but not a checkpoint of train.py.")
        document = json.loads(arrays["tree"].tobytes())
        version, content = document["format"], document["content"]
        if version != FORMAT:
            raise UsageError(f"{path} has checkpoint format {version}; this is format {FORMAT}.")
        return dict(_unpack(content, arrays))
    except (zipfile.BadZipFile, zlib.error, ValueError, KeyError, TypeError, EOFError, OSError,
            NotImplementedError, IndexError) as fault:  # fmt: skip # every way to be no checkpoint
        raise UsageError(
            f"the checkpoint {path} is damaged ({fault}) and cannot be resumed; train anew."
        ) from None


def to_tensors(impl: ModuleType, tree: Any) -> Any:
    """The tree with a tensor of `impl` in place of each array."""
    return _map(tree, lambda leaf: impl.tensor(leaf) if isinstance(leaf, np.ndarray) else leaf)


def _map(tree: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(tree, dict):
        return {key: _map(value, change) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return type(tree)(_map(value, change) for value in tree)
    return change(tree)


def _pack(value: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    """JSON for `value`; arrays go to `arrays`. Keys may be numbers, so dicts become pairs."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, dict):
        return {"dict": [[_pack(k, arrays), _pack(v, arrays)] for k, v in value.items()]}
    if isinstance(value, tuple):
        return {"tuple": [_pack(item, arrays) for item in value]}
    if isinstance(value, list):
        return [_pack(item, arrays) for item in value]
    if isinstance(value, np.generic):
        value = np.asarray(value)
    if not isinstance(value, np.ndarray):
        value = to_array(value)
    name = f"array{len(arrays)}"
    arrays[name] = value
    return {"array": name}


def _unpack(value: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    if isinstance(value, list):
        return [_unpack(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, inner),) = value.items()
    if kind == "array":
        return arrays[inner]
    items = [_unpack(item, arrays) for item in inner]
    return tuple(items) if kind == "tuple" else dict(items)
