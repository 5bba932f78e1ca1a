"""The TensorBoard writer in use: directories, what every run shows, refusals, what it loads."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from experiments.dashboard import Dashboard, GraphNode, RunLogger, layer_norms, new_run_directory
from parity_tests.test_dashboard import CONFIG, scalars, values

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


# --- directories -----------------------------------------------------------------------------


def test_run_directories_are_never_used_twice(tmp_path: Path):
    names = [new_run_directory(tmp_path, "digits", "scratch", 0) for _ in range(3)]
    assert [str(name.relative_to(tmp_path)) for name in names] == [
        "digits/scratch-s0",
        "digits/scratch-s0-2",
        "digits/scratch-s0-3",
    ]
    assert new_run_directory(tmp_path, "digits", "torch", 0).name == "torch-s0"


def test_two_who_ask_at_once_get_two_directories(tmp_path: Path):
    start = threading.Barrier(8)

    def ask(_: int) -> Path:
        start.wait()
        return new_run_directory(tmp_path, "xor", "scratch", 1)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 8


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".", "-x", "a b"])
def test_names_that_are_no_directories_are_refused(tmp_path: Path, name: str):
    with pytest.raises(ValueError, match="task must be letters"):
        new_run_directory(tmp_path, name, "scratch", 0)


# --- what every run shows --------------------------------------------------------------------

EPOCHS, STEPS = 40, 25
WEIGHTS = {"0.weight": np.eye(3, dtype=np.float32), "0.bias": np.ones(3, dtype=np.float32)}


def run(directory: Path) -> Dashboard:
    with RunLogger(directory) as logger:
        dashboard = Dashboard(logger, steps=EPOCHS * STEPS, epochs=EPOCHS, points=300, snapshots=8)
        dashboard.begin(CONFIG, "MLP(3 → 3)", graph=[GraphNode("input", "Input")])
        for epoch in range(1, EPOCHS + 1):
            for step in range((epoch - 1) * STEPS + 1, epoch * STEPS + 1):
                dashboard.step(step, loss=float(step), lr=0.5)
            dashboard.epoch(epoch, epoch * STEPS, {"acc/val": 0.75}, WEIGHTS, WEIGHTS)
        dashboard.end(EPOCHS * STEPS, {"acc/test": 0.875}, lr=0.5)
    return dashboard


def test_tags_are_those_of_every_run(tmp_path: Path):
    run(tmp_path)
    tags = {tag for tag in values(tmp_path) if not tag.startswith(("_hparams_", "custom_"))}
    assert tags == {
        "loss/train",
        "opt/lr",
        "acc/val",
        "acc/test",
        "grad_norm/0",
        "weights/0.weight",
        "weights/0.bias",
        "grads/0.weight",
        "grads/0.bias",
        "text/config",
        "text/model",
    }


def test_the_loss_curve_is_the_mean_between_its_points_and_loses_no_step(tmp_path: Path):
    interval = run(tmp_path).step_interval
    curve = scalars(tmp_path, "loss/train")
    assert interval == 4
    assert curve[:2] == [(4, 2.5), (8, 6.5)]
    assert curve[-1] == (1000, 998.5)
    assert len(curve) == 250


def test_histograms_are_taken_at_the_ends_and_at_equal_distances(tmp_path: Path):
    run(tmp_path)
    steps = [step for step, _ in values(tmp_path)["weights/0.weight"]]
    assert steps == [STEPS * epoch for epoch in (1, 5, 10, 15, 20, 25, 30, 35, 40)]


def test_the_config_card_names_every_setting(tmp_path: Path):
    run(tmp_path)
    ((_, card),) = values(tmp_path)["text/config"]
    words = card.tensor.string_val[0].decode()
    assert "| hidden | 64, 32 |" in words
    assert "| seed | 3 |" in words
    assert "| init | none |" in words


def test_a_rest_of_steps_is_logged_at_the_end(tmp_path: Path):
    with RunLogger(tmp_path) as logger:
        dashboard = Dashboard(logger, steps=10, epochs=1, points=3)
        for step in range(1, 11):
            dashboard.step(step, loss=1.0, lr=0.25)
        dashboard.end(10, {}, lr=0.25)
    assert [step for step, _ in scalars(tmp_path, "loss/train")] == [4, 8, 10]


def test_norms_of_vanishing_gradients_do_not_vanish():
    tiny = np.full(4, 2.0**-140, dtype=np.float32)
    assert layer_norms({"3.weight": tiny}) == {"3": 2.0**-139}


# --- refusals --------------------------------------------------------------------------------

REFUSED: dict[str, tuple[Callable[[Any], Any], type[Exception], str]] = {
    "scalar of three": (
        lambda log: log.scalar("loss/train", [1, 2, 3], 0),
        ValueError,
        r"'loss/train' needs one number, got shape \(3,\)",
    ),
    "scalar of words": (lambda log: log.scalar("a", "x", 0), TypeError, "real number"),
    "complex scalar": (lambda log: log.scalar("a", 1j, 0), TypeError, "real number"),
    "negative step": (lambda log: log.scalar("a", 1, -1), ValueError, "must not be negative"),
    "half a step": (lambda log: log.scalar("a", 1, 0.5), TypeError, "must be an integer"),
    "no tag": (lambda log: log.scalar("", 1, 0), ValueError, "tag must not be empty"),
    "five channels": (
        lambda log: log.image("a", np.zeros((2, 2, 5)), 0),
        ValueError,
        r"got \(2, 2, 5\)",
    ),
    "floats over 1": (lambda log: log.image("a", np.full((2, 2), 2.0), 0), ValueError, "2.0"),
    "NaN pixels": (lambda log: log.image("a", np.full((2, 2), np.nan), 0), ValueError, "nan"),
    "int64 pixels": (lambda log: log.image("a", np.zeros((2, 2), int), 0), TypeError, "int64"),
    "no pixels": (lambda log: log.image("a", np.zeros((0, 2)), 0), ValueError, r"\(0, 2\)"),
    "text of bytes": (lambda log: log.text("a", b"x"), TypeError, "needs a str"),
    "bad pattern": (lambda log: log.layout({"a": {"b": ["("]}}), ValueError, "bad pattern"),
    "a node twice": (lambda log: log.graph([GraphNode("a", "x")] * 2), ValueError, "two graph"),
    "no such node": (lambda log: log.graph([GraphNode("a", "x", "b")]), ValueError, "no nodes"),
    "embedding of NaN": (lambda log: log.embedding("a", [[np.nan]]), ValueError, "finite"),
    "few labels": (
        lambda log: log.embedding("a", [[1.0], [2.0]], {"digit": [1]}),
        ValueError,
        "1 values for 2 points",
    ),
}


@pytest.mark.parametrize(("act", "error", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_shown_is_refused_and_said(tmp_path: Path, act: Any, error: Any, words: str):
    with RunLogger(tmp_path) as logger, pytest.raises(error, match=words):
        act(logger)


def test_a_closed_log_takes_nothing(tmp_path: Path):
    logger = RunLogger(tmp_path)
    logger.close()
    logger.close()
    with pytest.raises(ValueError, match="is closed"):
        logger.scalar("loss/train", 1.0, 0)


def test_hparams_are_written_once(tmp_path: Path):
    with RunLogger(tmp_path) as logger:
        logger.hparams(CONFIG)
        with pytest.raises(RuntimeError, match="already"):
            logger.hparams(CONFIG)


def test_arrays_are_not_changed(tmp_path: Path):
    data = np.array([np.nan, 1.0, 2.0])
    data.flags.writeable = False
    with RunLogger(tmp_path) as logger:
        logger.histogram("weights/a", data, 0)
    assert np.array_equal(data, [np.nan, 1.0, 2.0], equal_nan=True)


# --- what it loads ---------------------------------------------------------------------------


def test_the_writer_loads_neither_torch_nor_tensorflow_nor_pictures():
    heavy = ("torch", "tensorflow", "matplotlib", "PIL", "fsspec", "sklearn", "scratch")
    code = (
        "import sys, tempfile; from experiments.dashboard import RunLogger, Dashboard\n"
        "import experiments.figures\n"
        "with RunLogger(tempfile.mkdtemp()) as log: log.histogram('a', [1.0, 2.0], 0)\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
