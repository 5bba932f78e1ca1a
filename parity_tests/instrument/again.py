"""The command that runs a failing test again: what a comparison by hand says in place of a program.

Its numbers come out of the test's own code, fixtures and loops, of which the instrument sees the
result alone. The test, the candidate and the seed make the same numbers once more.
"""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Running:
    """A test that is under way: where it stands, the options that it depends on, its seed."""

    test: str
    options: tuple[str, ...] = ()
    seed: int = 0

    def command(self) -> str:
        """The command line that runs this test alone, with this seed."""
        words = ["python", "-m", "pytest", self.test, *self.options]
        return shlex.join([*words, "--parity-seed", str(self.seed)])


_now: list[Running] = []


@contextmanager
def running(test: Running) -> Iterator[None]:
    """This test is under way."""
    _now.append(test)
    try:
        yield
    finally:
        _now.pop()


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """The test that is under way goes on with another seed."""
    with running(replace(_now[-1] if _now else Running(""), seed=seed)):
        yield


def text() -> str:
    """The end of a message; empty where no test is under way."""
    return f"\n  again:\n    {_now[-1].command()}" if _now and _now[-1].test else ""
