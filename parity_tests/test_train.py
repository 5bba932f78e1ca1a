"""train.py: what it prints, what it leaves behind, what it does not import."""

from __future__ import annotations

import gzip
import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments import progress, recorder, session
from experiments.errors import UsageError
from experiments.tasks import TASKS
from experiments.trainer import Trainer
from parity_tests.command import QUICK, ROOT, python, scalars

pytestmark = pytest.mark.usefixtures("elsewhere")


def test_the_default_run(train):
    code, out, err = train()
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("digits, scratch, float32, seed 0: 64-128-10 relu, Adam")
    accuracy = next(float(line.split()[-1]) for line in lines if line.startswith("test accuracy"))
    assert accuracy >= 0.965
    for row in ("test loss", "epochs", "seconds", "samples/s"):
        assert any(line.startswith(row) for line in lines)
    assert lines[-1].endswith("tensorboard --logdir runs")
    readme = (ROOT / "README.md").read_text("utf-8")
    for line in (lines[0], lines[4]):  # the task, the epochs: the rest differs between machines
        assert line.rstrip() in readme
    directory = Path("runs/digits/scratch-s0")
    logged = scalars(directory)
    tags = {"loss/train", "loss/val", "loss/test", "acc/train", "acc/val", "acc/test", "opt/lr"}
    assert tags <= set(logged)
    assert "grad_norm/linear1" in logged
    step, logged_accuracy = logged["acc/test"][0]
    assert (step, round(logged_accuracy, 4)) == (2000, accuracy)
    assert (directory / "checkpoint.npz").exists()


def test_runs_never_overwrite_each_other(train):
    for _ in range(2):
        assert train(*QUICK)[0] == 0
    names = sorted(path.name for path in Path("runs/digits").iterdir())
    assert names == ["scratch-s0", "scratch-s0-2"]


def test_both_in_lockstep(train):
    code, out, _ = train("--impl", "both", "--dtype", "float64", *QUICK)
    assert code == 0
    assert "largest difference of gradients" in out
    assert "torch" in out
    names = sorted(path.name for path in Path("runs/digits").iterdir())
    assert names == ["difference-s0", "scratch-s0", "torch-s0"]
    differences = scalars(Path("runs/digits/difference-s0"))
    assert set(differences) == {"diff/loss", "diff/gradients", "diff/parameters"}
    assert len(differences["diff/loss"]) == 40


@pytest.mark.parametrize("impl", ["scratch", "torch"])
@pytest.mark.parametrize("task", [name for name in TASKS if name != "mnist"])
def test_every_task_runs(train, task, impl):
    code, out, err = train("--task", task, "--impl", impl, "--log", "scalars", *QUICK)
    assert (code, err) == (0, "")
    assert task in out
    assert "logdir runs" in out


@pytest.mark.parametrize("task", ["xor-perceptron", "regions", "xor", "sine", "diabetes"])
def test_the_figures_of_a_task_are_drawn(train, task, monkeypatch):
    drawn: list[str] = []

    def note(self: Any, name: str, picture: Any, step: int) -> None:
        drawn.append(name)

    monkeypatch.setattr(recorder.Recorder, "picture", note)
    assert train("--task", task, "--epochs", "1")[0] == 0
    assert drawn


def test_xor_by_a_perceptron_says_that_it_does_not_converge(train):
    code, out, _ = train("--task", "xor-perceptron", "--epochs", "50", "--log", "none")
    assert code == 0
    assert "no: mistakes in each of 50 epochs" in out
    assert "0.75" in out


def idx(array: np.ndarray) -> bytes:
    return bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape) + array.data


def test_mnist_from_a_folder(train, elsewhere):
    rng = np.random.default_rng(0)
    for prefix, count in (("train", 240), ("t10k", 120)):
        images = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = np.arange(count, dtype=np.uint8) % 10
        (elsewhere / f"{prefix}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
        (elsewhere / f"{prefix}-labels-idx1-ubyte").write_bytes(idx(labels))
    code, out, _ = train("--task", "mnist", "--data-dir", ".", "--hidden", "8", *QUICK)
    assert code == 0
    assert "784-8-10" in out
    (elsewhere / "t10k-labels-idx1-ubyte").write_bytes(b"\0\0")
    code, _, err = train("--task", "mnist", "--data-dir", ".")
    assert code == 2
    assert "t10k-labels-idx1-ubyte" in err


def test_dropped_rows_are_reported(train, elsewhere):
    rows = [f"1.7,{weight}" for weight in range(40, 100)]
    (elsewhere / "people.csv").write_text("\n".join(["height,weight", *rows, "NA,70", ","]))
    code, out, _ = train("--task", "weight-class", "--csv", "people.csv", *QUICK)
    assert code == 0
    assert "60 of 62 rows; 2 dropped for missing values" in out


@pytest.mark.parametrize(
    "flags",
    [
        "--l1 1e-3 --l2 1e-3 --dropout 0.1 --batch-norm",
        "--optimizer adamw --weight-decay 0.1 --schedule one-cycle --clip-norm 1",
        "--optimizer rmsprop --momentum 0.9 --schedule cyclic --clip-value 0.1",
        "--schedule plateau --init orthogonal --activation leaky-relu",
        "--schedule warm-restarts --hidden none --features fourier",
        "--schedule polynomial --hidden 8,8 --features radial --activation none",
        "--schedule step --optimizer rprop --batch-size 5000",
        "--schedule exponential --schedule linear --optimizer RootEpsilonAdam",
    ],
)
def test_training_features(train, flags):
    code, out, err = train(*flags.split(), "--log", "none", *QUICK)
    assert (code, err) == (0, "")
    assert "test accuracy" in out


def test_log_none_and_scalars(train):
    assert train("--log", "none", *QUICK)[0] == 0
    assert [path.name for path in Path("runs/digits/scratch-s0").iterdir()] == ["checkpoint.npz"]
    assert train("--log", "scalars", *QUICK)[0] == 0
    assert "acc/test" in scalars(Path("runs/digits/scratch-s0-2"))


def test_early_stopping_keeps_the_best_epoch(train, monkeypatch):
    losses = iter([3.0, 1.0, 2.0, 2.5, 0.1])
    original = Trainer.evaluate

    def scripted(self: Trainer, split: Any) -> Any:
        found = original(self, split)
        if split is self.validation:
            found = type(found)(next(losses), found.score, found.outputs)
        return found

    monkeypatch.setattr(Trainer, "evaluate", scripted)
    code, out, _ = train("--epochs", "20", "--patience", "2", "--log", "none")
    assert code == 0
    assert "4 (80 steps, stopped early, kept 2)" in out


def test_scratch_trains_and_logs_without_torch():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from experiments.cli import main\n"
        "code = main(['--epochs', '2'])\n"
        "loaded = [m for m in sys.modules if m.split('.')[0] in "
        "('torch', 'torch_ref', 'tensorflow', 'sklearn', 'scipy', 'matplotlib') "
        "and sys.modules[m] is not None]\n"
        "assert not loaded, loaded\n"
        "sys.exit(code)"
    )
    done = python("-c", code)
    assert (done.returncode, done.stderr) == (0, "")
    assert "test accuracy" in done.stdout


def test_torch_that_is_not_installed():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from experiments.cli import main; sys.exit(main(['--impl', 'torch']))"
    )
    done = python("-c", code)
    assert done.returncode == 2
    assert "pip install torch" in done.stderr
    assert "Traceback" not in done.stderr


def test_torch_that_is_installed_but_broken(monkeypatch):
    def broken(name: str) -> None:
        raise ImportError("libtorch_cpu.so: cannot open shared object file")

    monkeypatch.setattr(session, "import_module", broken)
    with pytest.raises(UsageError, match=r"cannot be loaded: libtorch_cpu\.so"):
        session.load_implementation("torch", "cpu")


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_progress_on_a_terminal_only(train, monkeypatch):
    stream = Terminal()
    line = progress.Progress(stream, epochs=2, steps_per_epoch=10)
    line.message = "loss 0.5"
    monkeypatch.setattr(progress, "INTERVAL_SECONDS", 0.0)
    for step in range(1, 21):
        line.step(step)
    line.clear()
    shown = stream.getvalue()
    assert "epoch 1/2" in shown
    assert "100%" in shown
    assert "loss 0.5" in shown
    assert "\n" not in shown
    assert shown.endswith("\r\x1b[K")
    assert "\r" not in train(*QUICK)[1]


@pytest.mark.parametrize(
    ("terminal", "quiet", "term", "shown"),
    [(True, False, "xterm", True), (True, True, "xterm", False), (True, False, "dumb", False),
     (False, False, "xterm", False)],
)  # fmt: skip # a table
def test_when_progress_is_shown(monkeypatch, terminal, quiet, term, shown):
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr(progress.sys, "stdout", Terminal() if terminal else io.StringIO())
    assert (progress.make_progress(1, 1, quiet) is not None) is shown


def test_output_that_cannot_show_every_sign():
    done = python(str(ROOT / "train.py"), "--list-tasks", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
