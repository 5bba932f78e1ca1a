"""train.py stops, saves and resumes; and a damaged checkpoint is refused."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from experiments import checkpoints
from experiments.trainer import Trainer
from parity_tests.command import QUICK, ROOT, scalars

if TYPE_CHECKING:
    from collections.abc import Callable


pytestmark = pytest.mark.usefixtures("elsewhere")


def test_a_checkpoint_gives_back_what_was_saved(tmp_path):
    content = {
        "numbers": [1, 2.5, True, None, "text", float("inf")],
        "arrays": {"a": np.arange(6, dtype=np.float32).reshape(2, 3), 7: np.float64(0.1)},
        "pair": (np.zeros(0), {"deep": [np.array(3, np.uint8)]}),
    }
    path = tmp_path / "c.npz"
    checkpoints.save(path, content)
    loaded = checkpoints.load(path)
    assert loaded["numbers"] == content["numbers"]
    assert np.array_equal(loaded["arrays"]["a"], np.arange(6).reshape(2, 3))
    assert loaded["arrays"][7] == np.float64(0.1)
    assert isinstance(loaded["pair"], tuple)
    assert loaded["pair"][1]["deep"][0].dtype == np.uint8
    assert list(tmp_path.iterdir()) == [path]


def test_a_checkpoint_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "c.npz"
    checkpoints.save(path, {"epoch": 1})

    def fail(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(checkpoints.np, "savez", fail)
    with pytest.raises(OSError, match="disk full"):
        checkpoints.save(path, {"epoch": 2})
    assert checkpoints.load(path) == {"epoch": 1}
    assert list(tmp_path.iterdir()) == [path]


def _npz(**arrays: Any) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda data: data[: len(data) // 2],
    "one bit": lambda data: data[:3000] + bytes([data[3000] ^ 4]) + data[3001:],
    "text": lambda _: b"not a checkpoint",
    "empty": lambda _: b"",
    "another npz": lambda _: _npz(a=np.zeros(3)),
    "pickle": lambda _: _npz(tree=np.array([{}], dtype=object)),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=list(DAMAGE))
def test_a_damaged_checkpoint_is_refused(train, damage):
    train("--log", "none", *QUICK)
    path = Path("runs/digits/scratch-s0/checkpoint.npz")
    path.write_bytes(damage(path.read_bytes()))
    code, out, err = train("--resume", str(path), "--epochs", "4")
    assert (code, out) == (2, "")
    assert "checkpoint" in err
    assert err.count("\n") == 1


def test_a_foreign_archive_is_not_called_damaged(train):
    Path("weights.npz").write_bytes(_npz(a=np.zeros(3)))
    code, _, err = train("--resume", "weights.npz")
    assert code == 2
    assert "not a checkpoint of train.py" in err


def test_resume_goes_on_and_refuses_another_configuration(train):
    train(*QUICK)
    directory = "runs/digits/scratch-s0"
    refused = {
        ("--lr", "0.1"): "made with --lr 0.002, not 0.1",
        ("--hidden", "8"): "made with --hidden 128, not 8",
        ("--task", "mnist"): "made with --task digits, not mnist",
        ("--epochs", "2"): "has done 2 epochs of 2",
        ("--impl", "both"): "not --impl both",
        (): "ask for more: --epochs 4",
    }
    for flags, says in refused.items():
        code, _, err = train("--resume", directory, *flags)
        assert code == 2
        assert says in err
    code, out, _ = train("--resume", directory, "--epochs", "4")
    assert code == 0
    assert "4 (80 steps)" in out
    assert [step for step, _ in scalars(Path(directory))["acc/val"]] == [20, 40, 60, 80]
    code, out, _ = train("--resume", directory, "--epochs", "5", "--impl", "torch")
    assert code == 0
    assert "runs/digits/torch-s0" in out


def test_a_schedule_cannot_be_stretched(train):
    train("--schedule", "cosine", "--log", "none", *QUICK)
    code, _, err = train("--resume", "runs/digits/scratch-s0", "--epochs", "4")
    assert code == 2
    assert "cannot be stretched" in err


def test_other_data_are_not_resumed(train, elsewhere):
    rows = [f"1.7,{weight}" for weight in range(40, 100)]
    (elsewhere / "people.csv").write_text("\n".join(["height,weight", *rows]))
    train("--task", "diet", "--csv", "people.csv", "--log", "none", *QUICK)
    (elsewhere / "people.csv").write_text("\n".join(["height,weight", *rows, "1.8,80"]))
    code, _, err = train("--resume", "runs/diet/scratch-s0", "--epochs", "4")
    assert code == 2
    assert "made with other data" in err


@pytest.mark.parametrize("impl", ["scratch", "both"])
def test_stopping_saves_what_a_resumed_run_needs(train, monkeypatch, impl):
    original = Trainer.step

    def step(self: Trainer, x: Any, y: Any) -> None:
        original(self, x, y)
        if self.steps == 33 and self.config.impl == "scratch":
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "step", step)
        code, out, err = train("--impl", impl, "--epochs", "3")
    assert (code, out) == (130, "")
    assert "--resume runs/digits/scratch-s0" in err
    assert signal.getsignal(signal.SIGINT) is before
    code, resumed, _ = train("--resume", "runs/digits/scratch-s0")
    assert code == 0
    _, whole, _ = train("--epochs", "3", "--log", "none")
    for row in ("test accuracy", "test loss"):
        found = [next(t for t in o.splitlines() if t.startswith(row)) for o in (resumed, whole)]
        assert found[0] == found[1]


def test_ctrl_c_ends_cleanly():
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "train.py"), "--task", "sine", "--log", "scalars"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    directory = Path("runs/sine/scratch-s0")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not list(directory.glob("events*")):
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == ""
    assert "stopped" in err
    assert "Traceback" not in err
    assert (directory / "checkpoint.npz").exists()
    assert scalars(directory)["loss/val"]
