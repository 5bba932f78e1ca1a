"""Downloads that are checked: SHA-256, mirrors in turn, and never half a file under its name.

A file arrives under a temporary name, is checked, and only then is renamed; so an interrupted
download leaves nothing that looks complete, and two downloads at once do not disturb each other.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from experiments.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CACHE_NAME = "neural-networks-side-by-side"
TIMEOUT_SECONDS = 15.0
CHUNK = 1 << 16
MOST_BYTES = 64 << 20


def cache_folder() -> Path:
    """$XDG_CACHE_HOME or ~/.cache, and this project's folder in it."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(base) if os.path.isabs(base) else Path.home() / ".cache"
    return root / CACHE_NAME


def fetch_all(name: str, sums: Mapping[str, str], mirrors: Sequence[str], advice: str) -> Path:
    """The cache folder `name` holding every file of `sums` (file name → SHA-256).

    Raises UsageError, ending in `advice`, when a file is not there and no mirror gives it.
    """
    try:
        folder = cache_folder() / name
        folder.mkdir(parents=True, exist_ok=True)
        for file_name, digest in sums.items():
            target = folder / file_name
            if not (target.is_file() and _sha256(target) == digest):
                _fetch(target, digest, mirrors, advice)
    except (OSError, RuntimeError) as fault:  # RuntimeError: no home directory can be found
        raise UsageError(f"cannot keep downloads in the cache folder: {fault}. {advice}") from None
    return folder


def _fetch(target: Path, digest: str, mirrors: Sequence[str], advice: str) -> None:
    """Get one file from the first mirror that has it whole."""
    faults = []
    for mirror in mirrors:
        if sys.stderr is not None and sys.stderr.isatty():
            print(f"downloading {mirror}{target.name}", file=sys.stderr)
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                found = _download(mirror + target.name, stream)
            if found == digest:
                os.replace(temporary, target)
                return
            faults.append(f"{mirror}: SHA-256 is {found[:12]}…, not {digest[:12]}…")
        except _download_faults() as fault:
            faults.append(f"{mirror}: {_cause(fault)}")
        finally:
            Path(temporary).unlink(missing_ok=True)
    raise UsageError(f"could not download {target.name} ({'; '.join(faults)}). {advice}")


def _download(url: str, stream: IO[bytes]) -> str:
    """Write what `url` holds to `stream`; its SHA-256 in hexadecimal."""
    from urllib.request import urlopen  # the one place that needs it, and slow to import

    digest = hashlib.sha256()
    size = 0
    with urlopen(url, timeout=TIMEOUT_SECONDS) as response:
        while chunk := response.read(CHUNK):
            size += len(chunk)
            if size > MOST_BYTES:
                raise ValueError(f"more than {MOST_BYTES >> 20} MiB")
            digest.update(chunk)
            stream.write(chunk)
    return digest.hexdigest()


def _download_faults() -> tuple[type[Exception], ...]:
    from http.client import HTTPException

    return (OSError, HTTPException, ValueError)


def _cause(fault: Exception) -> str:
    """Why a download failed: a status such as 404, or what was wrong with the connection."""
    from urllib.error import HTTPError

    if isinstance(fault, HTTPError):
        fault.close()  # it is also the server's answer, with an open connection
        return str(fault)
    return str(getattr(fault, "reason", fault))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
