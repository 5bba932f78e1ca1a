"""The benchmarks measure what they say: contestants train, ratios and verdicts are right."""

from __future__ import annotations

import math
from itertools import count

import pytest

from benchmarks import growth, report, steps
from benchmarks.processes import FailedError, in_turns, measure
from benchmarks.settings import INPUTS, SETTINGS, TARGETS, batches
from benchmarks.worker import CONTESTANTS, time_steps


@pytest.mark.parametrize("setting", ["2-2-1", "1-3-1", "64-64-10"])
@pytest.mark.parametrize("contestant", ["scratch", "NumPy by hand", "matrix products"])
def test_contestants_make_steps(setting, contestant, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    step = CONTESTANTS[contestant](SETTINGS[setting])
    result = time_steps(step, 0.01)
    assert result["seconds"] > 0
    assert math.isnan(result["loss"]) == (contestant == "matrix products")


def test_the_loss_stays_away_from_zero():
    step = CONTESTANTS["scratch"](SETTINGS["64-64-10"])
    losses = [float(step()) for _ in range(300)]
    assert min(losses) > 1


def test_the_pool_pairs_inputs_and_targets_anew():
    numbers = count()
    pool = batches(SETTINGS["2-2-1"], lambda _: next(numbers))
    pairs = {next(pool) for _ in range(INPUTS * TARGETS)}
    assert len(pairs) == INPUTS * TARGETS


def test_a_fresh_process_reports():
    result = measure("step", 1, contestant="scratch", setting="2-2-1", seconds=0.01)
    assert result["peak"] > 2**20


def test_who_fails_is_left_out_with_the_reason():
    def fail():
        raise FailedError("ModuleNotFoundError: No module named 'jax'")

    ok = {"seconds": 1.0, "cpu": 1.0, "peak": 1, "loss": 1.0}
    fast = {"seconds": 0.2, "cpu": 0.2, "peak": 1, "loss": 1.0}
    calls = {"scratch": lambda: fast, "torch eager": lambda: ok, "JAX jit": fail}
    table = steps.table("2-2-1", in_turns(calls, 2, lambda text: None))  # silent
    assert [promise["kept"] for promise in table["promises"]] == [True]
    text = "\n".join(report.lines(table))
    assert "jax is not installed" in text
    assert "0.200" in text


def test_exponent_of_a_linear_cost():
    assert round(growth._exponent([1, 2, 4], [3.0, 6.0, 12.0]), 9) == 1
