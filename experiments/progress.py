"""What a run shows while it goes, and the table at its end.

On a terminal, one line that is rewritten a few times a second. Into a pipe or a file, nothing
until the table.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERVAL_SECONDS = 0.1
BAR_WIDTH = 12


class Progress:
    """A live line on `stream`: epochs, a bar, the newest numbers, time to go."""

    def __init__(self, stream: TextIO, epochs: int, steps_per_epoch: int) -> None:
        self.stream, self.epochs, self.steps_per_epoch = stream, epochs, steps_per_epoch
        self.total = epochs * steps_per_epoch
        self.done = 0
        self.message = ""
        self._began: tuple[float, int] | None = None
        self._next = 0.0
        encoding = getattr(stream, "encoding", None) or "ascii"
        self._full, self._empty = ("█", "░") if _can_print("█░", encoding) else ("#", ".")

    def step(self, steps: int) -> None:
        """Note that `steps` optimizer steps are done; draw if it is time."""
        self.done = steps
        now = time.perf_counter()
        if now >= self._next:
            self._next = now + INTERVAL_SECONDS
            self._draw(now)

    def clear(self) -> None:
        """Take the line away, so that something else can be printed."""
        self.stream.write("\r\x1b[K")
        self.stream.flush()

    def _draw(self, now: float) -> None:
        if self._began is None:
            self._began = (now, self.done)
        began, first = self._began
        share = min(1.0, self.done / max(1, self.total))
        full = round(share * BAR_WIDTH)
        epoch = min(self.epochs, self.done // max(1, self.steps_per_epoch) + 1)
        parts = [
            f"epoch {epoch:>{len(str(self.epochs))}}/{self.epochs}",
            self._full * full + self._empty * (BAR_WIDTH - full),
            f"{share:4.0%}",
        ]
        if self.message:
            parts.append(self.message)
        if self.done > first:
            left = (now - began) * (self.total - self.done) / (self.done - first)
            parts.append(f"{_duration(left)} left")
        width = shutil.get_terminal_size().columns - 1
        self.stream.write("\r" + "  ".join(parts)[:width] + "\x1b[K")
        self.stream.flush()


def make_progress(epochs: int, steps_per_epoch: int, quiet: bool) -> Progress | None:
    """A Progress if standard output is a terminal that can rewrite a line, else None."""
    if quiet or sys.stdout is None or not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        return None
    return Progress(sys.stdout, epochs, steps_per_epoch)


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """Rows of text in aligned columns.

    >>> print(table([("", "scratch"), ("accuracy", "0.9")]))
              scratch
    accuracy  0.9
    """
    columns = max(len(row) for row in rows)
    padded = [(*row, *[""] * (columns - len(row))) for row in rows]
    widths = [max(len(row[i]) for row in padded) for i in range(columns)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in padded
    )
    return "\n".join(line.rstrip() for line in lines)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes:02}m"
    return f"{minutes}m{rest:02}s" if minutes else f"{rest}s"


def _can_print(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
