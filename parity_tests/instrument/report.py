"""What was measured: one row per operation × direction × dtype × device × tier."""

from __future__ import annotations

import json
import math
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from parity_tests.instrument.loose import is_loose, reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Record:
    """The largest errors seen, in ulp of both sides against the oracle."""

    op: str
    direction: str
    dtype: str
    device: str
    tier: str
    samples: int = 0
    candidate_ulp: float = 0.0
    reference_ulp: float | None = None
    ratio: float = 0.0
    worst: str = ""
    case: str = ""
    failed: bool = False
    comparisons: int = 1

    @property
    def key(self) -> tuple[str, ...]:
        """What makes a row of the report; of what was refused, each case has one of its own."""
        row = (self.op, self.direction, self.dtype, self.device, self.tier)
        return (*row, self.case) if self.tier == "refused" else row

    def merge(self, other: Record) -> None:
        """Take in another comparison of the same row."""
        if (other.failed, other.candidate_ulp) > (self.failed, self.candidate_ulp):
            self.worst, self.case = other.worst, other.case
        self.candidate_ulp = max(self.candidate_ulp, other.candidate_ulp)
        if other.reference_ulp is not None:
            self.reference_ulp = max(self.reference_ulp or 0.0, other.reference_ulp)
        self.ratio = max(self.ratio, other.ratio)
        self.failed |= other.failed
        self.samples += other.samples
        self.comparisons += other.comparisons


def _finite(row: dict[str, Any]) -> dict[str, Any]:
    """JSON knows no infinity: null, and the names of what is infinite."""
    infinite = [k for k, v in row.items() if isinstance(v, float) and not math.isfinite(v)]
    return {**row, **dict.fromkeys(infinite), "infinite": infinite}


class Recorder:
    """All rows of this run."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, ...], Record] = {}
        self.failures: dict[str, str] = {}

    def add(self, record: Record) -> None:
        """Count one comparison."""
        if record.key in self.rows:
            self.rows[record.key].merge(record)
        else:
            self.rows[record.key] = record

    def refuse(self, op: str, dtype: str, device: str, error: Exception) -> None:
        """A row for what failed before there was anything to measure: an exception, a shape, …

        It says of which part of the call: the error's `direction`.
        """
        if getattr(error, "recorded", False):
            return
        said = [line.strip() for line in str(error).splitlines()] or [repr(error)]
        direction = getattr(error, "direction", "") or "call"
        row = Record(op, direction, dtype, device, "refused", failed=True)
        row.case = said[0].rpartition(" · ")[2]  # a title ends with it
        row.worst = said[min(1, len(said) - 1)]
        self.add(row)

    def fail(self, test: str, said: str) -> None:
        """A test that failed, and the first line of what it said."""
        lines = [line[1:].strip() for line in said.splitlines() if line.startswith("E ")]
        named = [line for line in lines if "ParityError: " in line]
        first = next(iter([*named, *lines]), said.strip().partition("\n")[0])
        self.failures[test] = first.rpartition("ParityError: ")[2]

    @contextmanager
    def set_aside(self) -> Iterator[None]:
        """What is judged inside does not count: tests of the instrument judge faults on purpose."""
        kept, self.rows = self.rows, {}
        try:
            yield
        finally:
            self.rows = kept

    def as_json(self, environment: dict[str, Any], not_offered: list[str]) -> dict[str, Any]:
        """Everything, ready for json.dump."""
        rows = []
        for key in sorted(self.rows):
            row = self.rows[key]
            loose = is_loose(row)
            why = reason(row) if loose else ""
            rows.append({**_finite(asdict(row)), "loose": loose, "reason": why})
        failures = [{"test": test, "said": said} for test, said in self.failures.items()]
        return {
            "environment": environment,
            "not_offered": not_offered,
            "failures": failures,
            "rows": rows,
        }


def write(directory: Path, data: dict[str, Any]) -> list[Path]:
    """report.json and report.html in the directory; returns their paths."""
    from parity_tests.instrument.html import render

    directory.mkdir(parents=True, exist_ok=True)
    paths = [directory / "report.json", directory / "report.html"]
    paths[0].write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    paths[1].write_text(render(data), encoding="utf-8")
    return paths


RECORDER = Recorder()
