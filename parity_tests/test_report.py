"""The report tells the truth: what failed is red in it, whatever kind of failure it was."""

from __future__ import annotations

import json

import numpy as np
import pytest

import scratch
from parity_tests.instrument import EXACT, Case, Ulp, check, dyadic, normal
from parity_tests.instrument.html import render
from parity_tests.instrument.judge import ParityError
from parity_tests.instrument.report import RECORDER, Recorder
from scratch.autograd import wrap

TANH = Case("tanh", (normal(3, 4),), tier=Ulp("tanh"), variants="", why="a test of the report")
RELU = Case("relu", (dyadic(3, 4),), tier=EXACT, variants="", why="a test of the report")


class Side:
    """scratch, with one function of its own."""

    def __init__(self, **own):
        vars(self).update({**vars(scratch), "wrap": wrap, **own})


def red_rows(candidate, reference, case):
    """The failed rows of the report after a check that must fail."""
    with RECORDER.set_aside():
        with pytest.raises(ParityError):
            check(case, candidate, reference)
        rows = RECORDER.as_json({}, [])["rows"]
    return [row for row in rows if row["failed"]]


def broken(kind):
    """A tanh that fails before there is a number to compare, or that gives none."""

    def tanh(input):
        if kind == "raises":
            raise ZeroDivisionError("nobody expects this")
        if kind == "warns":
            np.ones(1) / np.zeros(1)
        if kind == "dtype":
            return scratch.tanh(input).to("float16")
        if kind == "infinite":
            return scratch.tanh(input) / (input.detach() * 0).abs()
        return scratch.tanh(input).reshape(-1)

    return tanh


@pytest.mark.parametrize("kind", ["raises", "warns", "dtype", "shape", "infinite"])
def test_every_kind_of_failure_has_a_red_row(kind, reference):
    rows = red_rows(Side(tanh=broken(kind)), reference, TANH)
    assert [row["op"] for row in rows] == ["tanh"]
    assert rows[0]["worst"]
    assert rows[0]["case"]


def test_an_infinite_error_is_not_zero(reference):
    (row,) = red_rows(Side(tanh=broken("infinite")), reference, TANH)
    assert set(row["infinite"]) == {"candidate_ulp", "ratio"}
    assert row["candidate_ulp"] is None
    json.dumps(row, allow_nan=False)


def test_an_exact_row_that_fails_names_its_worst_input(reference):
    (row,) = red_rows(Side(relu=lambda input: scratch.relu(input) * 17), reference, RELU)
    assert row["candidate_ulp"] > 0
    assert row["worst"].startswith("x0=")


def test_what_raises_has_no_loose_bound(reference):
    assert not red_rows(Side(tanh=broken("raises")), reference, TANH)[0]["loose"]


def test_failed_tests_are_listed_on_the_page():
    recorder = Recorder()
    recorder.fail("test_a.py::test_b", "def test_b():\n>   assert 0\nE   AssertionError: not 1\n")
    recorder.fail("test_a.py::test_c", "E   x.ParityError: tanh · forward\nE     1 of 4 differ")
    data = {**recorder.as_json({}, []), "candidate": "side"}
    assert [f["said"] for f in data["failures"]] == ["AssertionError: not 1", "tanh · forward"]
    assert "not 1" in render(data)
