"""The tree that is tested, and copies of it: what a fault goes into, and what stays without one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: What of the tree is imported by name.
OURS = ("scratch", "torch_ref", "parity_tests", "experiments", "benchmarks", "train")


def files() -> list[Path]:
    """Every file of the tree, relative to it: what git tracks, and what it would if it were asked.

    Tests look at more than code: at the READMEs, at train.py, at the table of conventions. A copy
    without one of these fails them without any fault.
    """
    known = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(known, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        listed = ""  # no git, or not under it
    found = [Path(name) for name in listed.split("\0") if name]
    # git lists nothing of what is installed into an environment that it ignores
    return sorted({f for f in found or _without_git() if (ROOT / f).is_file()})


def _without_git() -> list[Path]:
    """The same in an unpacked archive; or, where other projects are installed, what is ours."""
    names = [*OURS, "train.py"]
    if (ROOT / "pyproject.toml").is_file():
        names += ["docs", *(f.name for f in ROOT.iterdir() if f.is_file())]
    tops = [ROOT / name for name in names]
    below = [f for top in tops for f in (top.rglob("*") if top.is_dir() else [top])]
    return [f.relative_to(ROOT) for f in below if "__pycache__" not in f.parts]


def copy_tree(place: Path) -> None:
    """What the tests need, without history, logs and caches."""
    for file in files():
        (place / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, place / file)
