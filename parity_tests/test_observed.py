"""What a whole run has observed: no bound is so wide that nothing comes near it.

conftest.py puts this file behind all others.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from parity_tests.instrument import loose
from parity_tests.instrument.report import RECORDER, Record


@pytest.fixture
def rows(request) -> list[Record]:
    """The rows of this run; skipped unless it is the whole default run."""
    option = request.config.getoption
    there = {item.path.name for item in request.session.items}
    files = {path.name for path in Path(__file__).parent.glob("test_*.py")}
    ours = option("--candidate") == "scratch" and option("--device") == "cpu"
    both = option("--dtype") == "both" and not option("keyword") and not option("markexpr")
    if files - there or not ours or not both or option("--seeds") > 1:
        pytest.skip("a part of the suite says little about its bounds: run all of it")
    return list(RECORDER.rows.values())


def test_every_bound_is_approached_or_there_is_a_reason(rows):
    shown = [f"{r.op} {r.direction} {r.dtype}: {r.ratio:.1e}" for r in loose.unexplained(rows)]
    assert not shown, (
        "tighten them where they are derived, or write a reason in instrument/loose.py"
    )


def test_every_reason_is_needed(rows):
    assert not loose.stale(rows)


def row(op: str, ratio: float, tier: str = "bound", direction: str = "forward") -> Record:
    return Record(op, direction, "float64", "cpu", tier, ratio=ratio)


def test_loose_rows_are_seen():
    run = row("run: xor", 1e-6, "trajectory", "run")
    near, exact, far = row("sum", 1e-3), row("tanh", 0.0, "ulp"), row("sum", 1e-5)
    assert loose.unexplained([near, exact, far, run]) == [far]
    assert loose.reason(run)
    assert not loose.stale([run])
    assert loose.stale([near, row("run: xor", 1e-2, "trajectory", "run")])
