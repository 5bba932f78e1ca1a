"""False alarms: the unchanged code under many seeds. A test that fails now and then proves nothing.

Every case of every table runs under every seed, in both dtypes; tests written by hand that draw
random numbers (they ask for `seed` or `rng`) run under every tenth. `--seeds` of the suite does the
looping, and leaves out what draws nothing. The oracle is asked only where a verdict may depend on it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from typing import IO, TYPE_CHECKING, NamedTuple

from parity_tests.mutation.runner import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_DRAWS = re.compile(r"\b(check|seed|rng)\b")
_COUNTS = re.compile(r"(\d+) cases x \d+ seeds, (\d+) tests by hand")


class _Run(NamedTuple):
    """A test file under way, and what it has said."""

    file: Path
    process: subprocess.Popen[str]
    said: IO[str]
    started: float


def run_seeds(seeds: int, only: str, jobs: int) -> int:
    """Run the test files whose name has `only`, several at a time; returns 0 if nothing failed."""
    files = sorted((ROOT / "parity_tests").glob("test_*.py"))
    waiting = [f for f in files if only in f.stem and _DRAWS.search(f.read_text("utf-8"))]
    running: list[_Run] = []
    in_cases = by_hand = failed = 0
    while waiting or running:
        while waiting and len(running) < jobs:
            running.append(_start(waiting.pop(0), seeds))
        time.sleep(0.2)
        for run in [r for r in running if r.process.poll() is not None]:
            running.remove(run)
            run.said.seek(0)
            text = run.said.read()
            minutes = (time.monotonic() - run.started) / 60
            last = (text.strip().splitlines() or [""])[-1]
            print(f"{run.file.name:<36} {last}  ({minutes:.0f} min)", flush=True)
            if run.process.returncode not in (0, 5):
                failed += 1
                print(text, flush=True)
            for counts in _COUNTS.findall(text):
                in_cases, by_hand = in_cases + int(counts[0]), by_hand + int(counts[1])
    print(f"\n{in_cases:,} cases x {seeds:,} seeds, {by_hand:,} tests by hand x {-(-seeds // 10)}:")
    print("no false alarm" if not failed else f"{failed} files failed")
    return int(failed > 0)


def _start(file: Path, seeds: int) -> _Run:
    command = [sys.executable, "-m", "pytest", f"parity_tests/{file.name}", "-q", "--tb=short"]
    command += ["-p", "no:cacheprovider", "--seeds", str(seeds)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    said = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - a pipe would fill up
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=said, stderr=subprocess.STDOUT, text=True
    )
    return _Run(file, process, said, time.monotonic())
