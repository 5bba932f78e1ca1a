"""A comparison by hand that fails says how to run its test again, on the same numbers."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from parity_tests.command import ROOT
from parity_tests.instrument import EXACT, ParityError, again, assert_parity, check_trajectory
from parity_tests.instrument.report import RECORDER

WRONG = '''"""Accuracy in percent."""
import scratch

tensor, Tensor = scratch.tensor, scratch.Tensor
confusion_matrix, precision_recall_f1 = scratch.confusion_matrix, scratch.precision_recall_f1

def accuracy(*given, **options):
    return 100 * scratch.accuracy(*given, **options)
'''
HERE = again.Running("a test.py::test_it[x-1]", ("--candidate", "own"), 3)


@pytest.fixture(autouse=True)
def _not_in_the_report() -> Any:
    with RECORDER.set_aside():
        yield


def by_hand(actual: Any, expected: Any) -> None:
    assert_parity(actual, expected, EXACT, op="relu")


def steps(impl: Any, nudge: bool) -> Any:
    yield {"weight": np.array([impl])}


@pytest.mark.parametrize(
    "fail",
    [
        lambda: by_hand(np.zeros(3), np.ones(3)),
        lambda: by_hand(np.zeros(3), np.ones(2)),
        lambda: by_hand([1], ["a"]),
        lambda: by_hand({"a": 1.0}, {"b": 1.0}),
        lambda: check_trajectory(steps, 1.0, 2.0, "float64", "MLP"),
    ],
    ids=["values", "shapes", "text", "keys", "trajectory"],
)
def test_the_message_ends_with_the_command(fail):
    command = "python -m pytest 'a test.py::test_it[x-1]' --candidate own --parity-seed 3"
    with again.running(HERE), pytest.raises(ParityError) as error:
        fail()
    assert str(error.value).endswith(f"\n  again:\n    {command}")


def test_the_seed_is_that_of_the_turn():
    with again.running(HERE):
        with again.seeded(20):
            assert again.text().endswith("--candidate own --parity-seed 20")
        assert again.text().endswith("--candidate own --parity-seed 3")


def test_outside_of_any_test_there_is_none(monkeypatch):
    monkeypatch.setattr(again, "_now", [])
    assert again.text() == ""
    with again.seeded(1):
        assert again.text() == ""


def test_this_very_test(request, seed, dtype):
    said = again.text()
    assert f"test_again.py::test_this_very_test[{dtype}]' " in said
    assert said.endswith(f" --parity-seed {seed}")


def test_the_command_runs_that_test_alone_and_says_so_again(tmp_path, monkeypatch):
    (tmp_path / "percent.py").write_text(WRONG, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(tmp_path)]))
    monkeypatch.setenv("COLUMNS", "200")
    tests = ROOT / "parity_tests" / "test_metrics.py"
    test = f"{tests}::test_scikit_learn_agrees_on_classification[3-micro]"
    command = again.Running(test, ("--candidate", "percent"), 7).command()
    words = [sys.executable, *shlex.split(command)[1:], "-p", "no:cacheprovider"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "ParityError: accuracy · by hand" in done.stdout, done.stdout + done.stderr
    assert "1 failed in" in done.stdout
    assert command in done.stdout
