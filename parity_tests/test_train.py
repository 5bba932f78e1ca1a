"""train.py: what it prints, what it leaves behind, and how it refuses."""

from __future__ import annotations

import gzip
import io
import os
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from experiments import checkpoints, progress, recorder
from experiments.cli import main
from experiments.config import Config
from experiments.errors import UsageError
from experiments.options import parse
from experiments.tasks import TASKS
from experiments.trainer import Trainer

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
QUICK = ["--epochs", "2"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def train(capsys) -> Callable[..., tuple[int, str, str]]:
    """Run train.py in this process: exit code, standard output, standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            code = main([*arguments])
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def scalars(directory: Path) -> dict[str, list[tuple[int, float]]]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(directory))
    events.Reload()
    return {
        tag: [(event.step, event.value) for event in events.Scalars(tag)]
        for tag in events.Tags()["scalars"]
    }


# --- a run -----------------------------------------------------------------------------------


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
    directory = Path("runs/digits/scratch-s0")
    logged = scalars(directory)
    tags = {"loss/train", "loss/val", "loss/test", "acc/train", "acc/val", "acc/test", "opt/lr"}
    assert tags <= set(logged)
    assert "grad_norm/linear1" in logged
    assert logged["acc/test"][0] == (600, pytest.approx(accuracy, abs=1e-4))
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


# --- what is not imported --------------------------------------------------------------------


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, env=environment
    )


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
    done = python(code)
    assert (done.returncode, done.stderr) == (0, "")
    assert "test accuracy" in done.stdout


def test_torch_that_is_not_installed():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from experiments.cli import main; sys.exit(main(['--impl', 'torch']))"
    )
    done = python(code)
    assert done.returncode == 2
    assert "pip install torch" in done.stderr
    assert "Traceback" not in done.stderr


# --- bad usage -------------------------------------------------------------------------------

BAD = {
    "--epochs abc": "expected a whole number, got 'abc'",
    "--epochs 0": "--epochs must be at least 1",
    "--epochs 1.5": "expected a whole number",
    "--epochs": "expected one argument",
    "--batch-size 0": "--batch-size must be at least 1",
    "--patience 0": "--patience must be at least 1",
    "--lr 0": "--lr must be above 0",
    "--lr nan": "--lr must be above 0",
    "--lr inf": "--lr must be above 0",
    "--lr fast": "expected a number, got 'fast'",
    "--dropout 1": "--dropout must be at least 0 and below 1",
    "--momentum -0.1": "--momentum must be at least 0",
    "--momentum 0.5": "Adam has no momentum",
    "--optimizer rprop --weight-decay 1": "use --l2 instead",
    "--clip-norm 0": "--clip-norm must be above 0",
    "--clip-norm 1 --clip-value 1": "exclude each other",
    "--l1 -1": "--l1 must be from 0",
    "--hidden 0": "at least 1 unit",
    "--hidden 3,x": "got '3,x'",
    "--hidden 999999999": "parameters; at most",
    "--seed -1": "--seed must be from 0",
    "--seed 4294967296": "--seed must be from 0",
    "--batch-norm --batch-size 1": "at least 2 samples",
    "--task digit": "Did you mean digits",
    "--task nothing": "Known: digits, mnist",
    "--impl jax": "Known: scratch, torch, both",
    "--dtype float16": "Known: float32, float64",
    "--activation sigmoyd": "Did you mean sigmoid",
    "--optimizer adm": "Did you mean Adam",
    "--init xavier": "Did you mean xavier",
    "--schedule cosin": "Did you mean cosine",
    "--features poly": "Known: none, polynomial",
    "--log some": "Known: all, scalars, none",
    "--epoch 3": "unknown argument '--epoch'. Did you mean --epochs",
    "--batch 3": "unknown argument '--batch'. Did you mean --batch",
    "digits": "unknown argument 'digits'",
    "--impl scratch --device cuda": "needs --impl torch",
    "--impl both --device cuda": "needs --impl torch",
    "--impl torch --device quantum": "--device quantum cannot be used",
    "--impl torch --device meta": "--device meta cannot be used",
    "--csv people.csv": "tasks that do: diet, weight-class",
    "--data-dir .": "tasks that do: mnist",
    "--task diet --csv none.csv": "cannot read none.csv: No such file",
    "--task mnist --data-dir none": "none does not exist",
    "--task mnist --data-dir .": "has no train-images-idx3-ubyte",
    "--task and --dropout 0.5": "--dropout has no meaning for the task and",
    "--rule pocket": "--rule is for the tasks of perceptrons",
    "--resume none": "there is no checkpoint at none",
    "--logdir file": "--logdir file: cannot make a run's directory",
}


@pytest.mark.parametrize("flags", BAD)
def test_bad_usage_is_one_paragraph_and_exit_code_2(train, elsewhere, flags):
    (elsewhere / "file").write_text("in the way")
    code, out, err = train(*flags.split())
    assert (code, out) == (2, "")
    assert err.startswith("train.py: error: ")
    assert err.count("\n") == 1
    assert BAD[flags] in err


def test_cuda_that_is_not_there(train):
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("CUDA is there")
    code, _, err = train("--impl", "torch", "--device", "cuda")
    assert code == 2
    assert "--device cuda cannot be used" in err


@pytest.mark.parametrize("impl", ["scratch", "torch"])
def test_a_diverged_run_names_the_step(train, impl):
    flags = ("--lr", "1e30", "--optimizer", "sgd", "--log", "none")
    code, out, err = train("--impl", impl, *flags)
    assert (code, out) == (1, "")
    assert "the loss became nan at step 2 (epoch 1, batch 2 of 20)" in err


def test_help_version_and_the_list_of_tasks(train):
    assert train("--help")[0] == 0
    assert train("--version")[1].startswith("train.py ")
    code, out, _ = train("--list-tasks")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(TASKS)


def test_flags_and_fields_are_the_same():
    given = parse(
        [
            "--task",
            "t",
            "--impl",
            "i",
            "--device",
            "d",
            "--dtype",
            "f",
            "--seed",
            "1",
            "--data-dir",
            "d",
            "--csv",
            "c",
            "--hidden",
            "1",
            "--activation",
            "a",
            "--init",
            "i",
            "--batch-norm",
            "--features",
            "f",
            "--epochs",
            "1",
            "--batch-size",
            "1",
            "--optimizer",
            "o",
            "--lr",
            "1",
            "--momentum",
            "0",
            "--rule",
            "r",
            "--schedule",
            "s",
            "--patience",
            "1",
            "--clip-norm",
            "1",
            "--clip-value",
            "1",
            "--l1",
            "1",
            "--l2",
            "1",
            "--weight-decay",
            "1",
            "--dropout",
            "0",
            "--logdir",
            "l",
            "--log",
            "a",
        ]
    )
    assert set(given) == set(Config().to_dict())
    with pytest.raises(UsageError):
        Config.from_dict({"strange": 1})


# --- checkpoints -----------------------------------------------------------------------------


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


def test_resume_goes_on_and_refuses_another_configuration(train):
    train(*QUICK)
    directory = "runs/digits/scratch-s0"
    refused = {
        ("--lr", "0.1"): "made with --lr 0.005, not 0.1",
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


# --- stopping --------------------------------------------------------------------------------


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


# --- progress --------------------------------------------------------------------------------


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
)  # fmt: skip
def test_when_progress_is_shown(monkeypatch, terminal, quiet, term, shown):
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr(progress.sys, "stdout", Terminal() if terminal else io.StringIO())
    assert (progress.make_progress(1, 1, quiet) is not None) is shown


def test_output_that_cannot_show_every_sign():
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(ROOT / "train.py"), "--list-tasks"],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert (done.returncode, done.stderr) == (0, "")
