"""The report tells the truth: what failed is red in it, whatever kind of failure it was."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

import scratch
from parity_tests.instrument import EXACT, Case, Ulp, check, dyadic, normal
from parity_tests.instrument.html import render
from parity_tests.instrument.judge import Comparison, ParityError, judge
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


def pulled_back_by(backward):
    """A tanh that fails in its backward."""

    class Tanh(scratch.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(scratch.tanh(x))
            return scratch.tanh(x)

        @staticmethod
        def backward(ctx, upstream):
            backward()
            (y,) = ctx.saved_tensors
            return upstream * (1 - y) * (1 + y)

    return Tanh.apply


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


@pytest.mark.parametrize(
    ("tanh", "direction"),
    [
        (lambda x: scratch.tanh(x).reshape(-1), "forward"),
        (broken("raises"), "forward"),
        (lambda x: scratch.tanh(x).detach(), "forward"),
        (pulled_back_by(lambda: 1 // 0), "gradient"),
        (pulled_back_by(lambda: warnings.warn("overflow", RuntimeWarning, 2)), "gradient"),
    ],
    ids=["shape", "raises", "untracked", "raises in backward", "warns in backward"],
)
def test_a_refusal_is_of_the_part_that_failed(tanh, direction, reference):
    """A gradient that is refused does not make the cell of the values red."""
    rows = red_rows(Side(tanh=tanh), reference, TANH)
    assert [(row["direction"], row["tier"]) for row in rows] == [(direction, "refused")]


def test_a_gradient_of_another_shape_is_refused_as_a_gradient():
    c = Comparison("tanh", "gradient of input 0", "float64", np.ones(2), np.ones(1))
    with pytest.raises(ParityError) as caught:
        judge(c, EXACT)
    assert caught.value.direction == "gradient of input 0"


def test_every_refusal_is_listed():
    recorder = Recorder()
    for case in ("tanh [strided]", "tanh [empty]", "tanh [empty]"):
        recorder.refuse("tanh", "float32", "cpu", ParityError(f"tanh · float32 · {case}\n  raises"))
    rows = recorder.as_json({}, [])["rows"]
    assert [row["case"] for row in rows] == ["tanh [empty]", "tanh [strided]"]
    assert [row["comparisons"] for row in rows] == [2, 1]


def test_what_raises_has_no_loose_bound(reference):
    assert not red_rows(Side(tanh=broken("raises")), reference, TANH)[0]["loose"]


def test_failed_tests_are_listed_on_the_page():
    recorder = Recorder()
    recorder.fail("test_a.py::test_b", "def test_b():\n>   assert 0\nE   AssertionError: not 1\n")
    recorder.fail("test_a.py::test_c", "E   x.ParityError: tanh · forward\nE     1 of 4 differ")
    data = {**recorder.as_json({}, []), "candidate": "side"}
    assert [f["said"] for f in data["failures"]] == ["AssertionError: not 1", "tanh · forward"]
    assert "not 1" in render(data)
