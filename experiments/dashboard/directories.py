"""Where a run is logged: `<logdir>/<task>/<impl>-s<seed>`, never over another run."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def new_run_directory(logdir: str | Path, task: str, impl: str, seed: int) -> Path:
    """Make and return a directory that did not exist: `runs/digits/scratch-s0`, then `-2`, `-3`, …

    Two processes that ask at the same moment get two directories. Raises ValueError when `task`
    or `impl` cannot be a directory's name, and OSError when `logdir` cannot be written.
    """
    for what, name in (("task", task), ("impl", impl)):
        if not _NAME.fullmatch(name):
            raise ValueError(f"{what} must be letters, digits, '.', '_' or '-', got {name!r}")
    parent = Path(logdir) / task
    parent.mkdir(parents=True, exist_ok=True)
    stem = f"{impl}-s{seed}"
    for attempt in itertools.count(1):
        directory = parent / (stem if attempt == 1 else f"{stem}-{attempt}")
        try:
            # mkdir is atomic: of several processes only one makes it.
            directory.mkdir(exist_ok=False)
        except FileExistsError:
            continue
        return directory
    raise AssertionError("unreachable")
