"""False alarms: the unchanged code under many seeds. A test that fails now and then proves nothing.

Every case of every table runs under every seed, in both dtypes; tests written by hand that draw
random numbers (they ask for `seed`) run under every tenth. `--seeds` of the suite does the looping.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

from parity_tests.mutation.runner import ROOT

_HEAVY: tuple[str, ...] = (
    "test_figures.py",
    "test_dashboard.py",
    "test_dashboard_use.py",
    "test_datasets.py",
)
_HEAVY += ("test_instrument.py", "test_mutation.py", "test_completeness.py")


def run_seeds(seeds: int, jobs: int) -> int:
    """Run the suite's test files, several at a time; returns 0 if nothing failed."""
    files = sorted((ROOT / "parity_tests").glob("test_*.py"))
    waiting = [f.name for f in files if f.name not in _HEAVY]
    running: dict[subprocess.Popen[str], tuple[str, float]] = {}
    failed = 0
    while waiting or running:
        while waiting and len(running) < jobs:
            name = waiting.pop(0)
            running[_start(name, seeds)] = (name, time.monotonic())
        time.sleep(0.2)
        for process in [p for p in running if p.poll() is not None]:
            name, started = running.pop(process)
            assert process.stdout is not None
            lines = process.stdout.read().strip().splitlines() or [""]
            minutes = (time.monotonic() - started) / 60
            print(f"{name:<36} {lines[-1]}  ({minutes:.0f} min)", flush=True)
            failed += process.returncode not in (0, 5)
            for line in lines:
                if line.startswith("FAILED"):
                    print(f"    {line}", flush=True)
    print(f"\n{seeds} seeds: " + ("no false alarm" if not failed else f"{failed} files failed"))
    return int(failed > 0)


def _start(name: str, seeds: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pytest", f"parity_tests/{name}", "-q", "--tb=short"]
    command += ["-p", "no:cacheprovider", "--seeds", str(seeds)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
