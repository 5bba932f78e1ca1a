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
from contextlib import closing
from typing import IO, TYPE_CHECKING, NamedTuple

from parity_tests.mutation.processes import end_group
from parity_tests.mutation.tree import ROOT
from parity_tests.mutation.words import WRONG_USAGE, having

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_DRAWS = re.compile(r"\b(check|seed|rng)\b")
_PASSED = re.compile(r"\b(\d+) passed\b")
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
    drawing = {f.stem: f for f in files if _DRAWS.search(f.read_text("utf-8"))}
    kind = "name of a test file that draws random numbers"
    waiting = having(only, drawing, kind, drawing)
    in_cases = by_hand = passed = failed = 0
    with closing(_ended(waiting, seeds, jobs)) as ended:
        for run, text in ended:
            minutes = (time.monotonic() - run.started) / 60
            last = (text.strip().splitlines() or [""])[-1]
            print(f"{run.file.name:<36} {last}  ({minutes:.0f} min)", flush=True)
            if run.process.returncode not in (0, 5):
                failed += 1
                print(text, flush=True)
            passed += sum(int(n) for n in _PASSED.findall(last))
            for counts in _COUNTS.findall(text):
                in_cases, by_hand = in_cases + int(counts[0]), by_hand + int(counts[1])
    if not (passed or failed):
        print(f"nothing in {len(waiting)} files draws random numbers: nothing was tested")
        return WRONG_USAGE
    print(f"\n{passed:,} tests passed; {seeds:,} seeds", end="")
    print(
        f": {in_cases:,} cases under each, {by_hand:,} by hand under a tenth"
        * (in_cases + by_hand > 0)
    )
    print("no false alarm" if not failed else f"{failed} files failed")
    return int(failed > 0)


def _ended(waiting: list[Path], seeds: int, jobs: int) -> Generator[tuple[_Run, str], None, None]:
    """The runs as they end, with what they said; none goes on if this is left."""
    waiting, running = list(waiting), list[_Run]()
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                running.append(_start(waiting.pop(0), seeds))
            time.sleep(0.2)
            for run in [r for r in running if r.process.poll() is not None]:
                running.remove(run)
                run.said.seek(0)
                yield run, run.said.read()
    finally:
        for run in running:
            end_group(run.process.pid)
            run.process.wait()


def _start(file: Path, seeds: int) -> _Run:
    command = [sys.executable, "-m", "pytest", f"parity_tests/{file.name}", "-q", "--tb=short"]
    command += ["-p", "no:cacheprovider", "--seeds", str(seeds)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    said = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - a pipe would fill up
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=said,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    )
    return _Run(file, process, said, time.monotonic())
