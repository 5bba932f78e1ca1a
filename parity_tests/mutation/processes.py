"""Processes that end with the command, and are seen to end: by themselves, by a signal, or never.

Each one that is started leads a group of its own, so that what its tests have started ends with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import FrameType

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def stop_cleanly() -> None:
    """From now on Ctrl-C (or a plain kill) ends this process by way of every `finally`.

    The status is the shell's, 128 + the signal's number: 130 for Ctrl-C. What was told to be ignored
    (by nohup, say) still is; and impatience does not interrupt the cleaning up.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        for each in _STOPPING:
            signal.signal(each, signal.SIG_IGN)
        print("stopped", file=sys.stderr)
        sys.exit(128 + number)

    for each in _STOPPING:
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, stop)


def fork(work: Callable[[], object], group: bool = True) -> int:
    """Do some work in a child, which ends with it: 0 if it came to an end; returns the child's id."""
    with (
        warnings.catch_warnings()
    ):  # torch has threads, but none of them holds what the child needs
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child:
        if group:  # here and there: whoever comes first
            with contextlib.suppress(OSError):
                os.setpgid(child, child)
        return child
    code = 1
    try:
        if group:
            os.setpgid(0, 0)
        for each in _STOPPING:
            signal.signal(each, signal.SIG_DFL)
        # in the background a shell ignores Ctrl-C, but tests send it to train.py and wait
        signal.signal(signal.SIGINT, signal.default_int_handler)
        work()
        code = 0
    finally:
        os._exit(code)


def result_of(work: Callable[[], dict[str, Any]], file: Path) -> dict[str, Any]:
    """What some work returns that is done in a child, by way of a file; or how it broke: `broken`."""

    def write() -> None:
        try:
            result = work()
        except BaseException as error:
            result = {"broken": f"could not run: {error!r}"}
        write_result(file, result)

    file.unlink(missing_ok=True)
    _, status = os.waitpid(fork(write, group=False), 0)
    return read_result(file, status)


def write_result(file: Path, result: dict[str, Any]) -> None:
    """Leave a result for the parent."""
    file.write_text(json.dumps(result), "utf-8")


def read_result(file: Path, status: int) -> dict[str, Any]:
    """What a child has written, if it lived to write it."""
    code = os.waitstatus_to_exitcode(status)
    if code == 0 and file.is_file():
        found: dict[str, Any] = json.loads(file.read_text("utf-8"))
        return found
    how = f"by {signal.Signals(-code).name}" if code < 0 else f"with status {code}"
    return {"broken": f"the process of the tests ended {how}"}


def first_to_end(until: Mapping[int, float]) -> tuple[int, int | None]:
    """Wait for one of the children; its id and status, or None if its time (monotonic) is up."""
    while True:
        for child, end in until.items():
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                return child, status
            if time.monotonic() > end:
                end_group(child, reap=True)
                return child, None
        time.sleep(0.05)


def end_group(leader: int, reap: bool = False) -> None:
    """Kill a child that leads a group, and all in it; and wait until it is gone, if nobody else does."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
    if reap:
        os.waitpid(leader, 0)


def run_command(command: Sequence[str], place: Path, said: str = "") -> tuple[int, str, str]:
    """A command's status and what it printed; whatever stops this process ends the command, too."""
    process = subprocess.Popen(
        command,
        cwd=place,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    try:
        out, err = process.communicate(said)
    finally:
        end_group(process.pid)
        process.wait()
    return process.returncode, out, err
