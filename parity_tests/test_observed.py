"""What a whole run has observed: no bound is so wide that nothing comes near it.

conftest.py puts this file behind all others.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from parity_tests.instrument import Comparative, loose
from parity_tests.instrument.high_precision import split
from parity_tests.instrument.judge import Comparison, judge
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


def test_a_scale_that_is_too_large_is_loose():
    near, exact, far = (row(f"silu {r}", r, "scaled") for r in (1e-2, 0.0, 1e-6))
    assert loose.unexplained([near, exact, far]) == [far]


def test_a_scale_in_the_report_is_one_of_terms():
    """Terms of size 1e6 for values of size 1: the row tells, which a comparison alone cannot."""
    x = np.arange(1, 9, dtype="float32") / 7
    y, truth = np.exp(x), split(np.exp(x.astype("float64")))
    for size, is_loose in ((1.0, False), (1e6, True)):
        scale = partial(np.full_like, fill_value=size)
        with RECORDER.set_aside():
            judge(Comparison("exp", "", "float32", y, y, truth, inputs=(x,)), Comparative(scale))
            assert bool(loose.unexplained(RECORDER.rows.values())) == is_loose


def test_a_scale_of_gradients_shrinks_with_the_upstream(dtype):
    """Also where half of it is rounded, or infinite, or NaN."""
    x = np.array([1.0, 3.0, 0.0, np.finfo(dtype).smallest_subnormal, np.inf, np.nan], dtype)
    c = Comparison("exp", "gradient of input 0", dtype, x, x, inputs=(x,), upstream=x)
    with RECORDER.set_aside():
        judge(c, Comparative(scale=lambda g, x: (g * (1 + abs(x)),)))
        with pytest.raises(ValueError, match=r"exp .* scale does not shrink with the upstream"):
            judge(c, Comparative(scale=lambda g, x: (np.full_like(x, 10),)))


def test_loose_rows_are_seen():
    run = row("run: xor", 1e-6, "trajectory", "run")
    near, exact, far = row("sum", 1e-3), row("tanh", 0.0, "ulp"), row("sum", 1e-5)
    assert loose.unexplained([near, exact, far, run]) == [far]
    assert loose.reason(run)
    assert not loose.stale([run])
    assert loose.stale([near, row("run: xor", 1e-2, "trajectory", "run")])
