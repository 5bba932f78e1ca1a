"""`python -m parity_tests.mutation` itself: what it believes, what it refuses, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parity_tests.command import ROOT
from parity_tests.mutation import Fault, __main__, alarms, mutants, runner, tree
from parity_tests.mutation.first_failure import fails
from parity_tests.mutation.processes import end_group, first_to_end, fork, result_of

if TYPE_CHECKING:
    from collections.abc import Callable

#: Files that tests read or start, besides the code that they import.
LOOKED_AT = ["README.md", "CONVENTIONS.md", "train.py", "conftest.py", "parity_tests/README.md"]
LOOKED_AT += ["benchmarks/__main__.py", "experiments/studies/__main__.py", "pyproject.toml"]
FOUND = {"found": True, "test": "t.py::test_x", "message": "ParityError: elu", "covers": []}
NOTHING: dict[str, Any] = {"found": False, "test": "", "message": ""}


@pytest.mark.parametrize("git", [True, False])
def test_what_the_tests_look_at_is_in_the_copy(monkeypatch, tmp_path, git):
    def none(*arguments: Any, **options: Any) -> None:
        raise FileNotFoundError("git")

    if not git:
        monkeypatch.setattr(subprocess, "run", none)
    files = {file.as_posix() for file in tree.files()}
    assert {name for name in LOOKED_AT if (ROOT / name).exists()} <= files
    assert {p.relative_to(ROOT).as_posix() for p in (ROOT / "scratch").rglob("*.py")} <= files
    assert not [f for f in files if f.startswith((".git/", ".venv/", "runs/d")) or "cache" in f]
    monkeypatch.setattr(tree, "files", lambda: [Path("scratch/mlp.py"), Path("pyproject.toml")])
    tree.copy_tree(tmp_path)
    assert (tmp_path / "scratch/mlp.py").read_bytes() == (ROOT / "scratch/mlp.py").read_bytes()
    assert (tmp_path / "pyproject.toml").is_file()


def run_one(
    monkeypatch: pytest.MonkeyPatch, first: Callable[..., Any], without: Any = None
) -> runner.Outcome:
    """What becomes of one fault, if its tests do this, and the failing one that without it."""

    def copy(place: Path) -> None:
        (place / "a.py").write_text("old")

    monkeypatch.setattr(runner, "copy_tree", copy)
    monkeypatch.setattr(runner, "first_failure", first)
    monkeypatch.setattr(runner, "fails", lambda place, test: without)
    limit = 0.0 if first is hang else 100.0
    (outcome,) = runner.run_all([Fault("a fault", "a.py", "old", "new", "elu")], 2, limit)
    return outcome


def hang(*arguments: Any) -> None:
    time.sleep(100)


def die(*arguments: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_only_a_test_that_holds_without_the_fault_has_found_it(monkeypatch):
    found = run_one(monkeypatch, lambda *_: FOUND, NOTHING)
    assert (found.found, found.broken, found.right) == (True, "", True)
    broken = run_one(monkeypatch, lambda *_: FOUND, FOUND)
    assert (broken.found, broken.broken) == (False, "t.py::test_x fails on the unchanged code, too")
    died = run_one(monkeypatch, lambda *_: FOUND, {"broken": "the process ended by SIGSEGV"})
    assert not died.found
    assert "SIGSEGV" in died.broken


def test_the_whole_suite_follows_if_nothing_is_found(monkeypatch):
    def whole(place: Path, files: list[str]) -> dict[str, Any]:
        assert (place / "a.py").read_text() == "new"
        return FOUND if files == ["parity_tests"] else NOTHING

    assert run_one(monkeypatch, whole, NOTHING).found
    survived = run_one(monkeypatch, lambda *_: NOTHING)
    assert (survived.found, survived.broken) == (False, "")


def test_tests_that_die_or_hang_find_nothing(monkeypatch):
    died = run_one(monkeypatch, die)
    assert (died.found, died.broken) == (False, "the process of the tests ended by SIGKILL")
    hung = run_one(monkeypatch, hang)
    assert (hung.found, hung.broken) == (False, "")
    assert "had not ended" in hung.message
    refused = run_one(monkeypatch, lambda *_: 1 / 0)
    assert "division by zero" in refused.broken


def test_a_child_that_is_out_of_time_is_ended():
    child = fork(hang)
    assert first_to_end({child: 0.0}) == (child, None)
    with pytest.raises(ChildProcessError):
        os.waitpid(child, 0)
    end_group(child)  # that is not there any more


def test_one_test_on_the_unchanged_code(tmp_path):
    (tmp_path / "test_a.py").write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('x', ['1', '2'])\n"
        "def test_x(x): pass\n"
        "def test_y(): assert 0\n"
    )
    (tmp_path / "test_b.py").write_text("import no_such_module\n")
    asked = ["test_a.py::test_x[1]", "test_a.py::test_x[gone]", "test_a.py::test_y", "test_b.py"]
    file = tmp_path / "result.json"
    found = [result_of(partial(fails, tmp_path, test), file).get("found") for test in asked]
    assert found == [False, False, True, True]


def outcomes(elsewhere: int, *others: runner.Outcome) -> list[runner.Outcome]:
    """Twenty faults that were found, of which so many elsewhere; and others."""
    fault = Fault("a fault", "a.py", "old", "new", "elu")
    names = ["relu"] * elsewhere + ["elu"] * (20 - elsewhere)
    return [runner.Outcome(fault, True, "t.py::t", name, "", 1.0) for name in names] + [*others]


def survivor(justified: str = "", broken: str = "") -> runner.Outcome:
    fault = Fault("another", "b.py", "old", "new", "elu", justified)
    return runner.Outcome(fault, False, "", "", "", 1.0, (), broken)


@pytest.mark.parametrize(
    ("all_of_them", "status", "said"),
    [
        (outcomes(0), 0, "20 of 20 faults found, 20 at the right operation"),
        (outcomes(1), 0, "found elsewhere: a fault: relu, not elu"),
        (outcomes(2), 1, "less than 95%"),
        (outcomes(0, survivor()), 1, "survived: another (b.py): no test failed"),
        (outcomes(0, survivor("equivalent")), 0, "survived: another (b.py): equivalent"),
        (outcomes(0, survivor("equivalent", "t fails")), 1, "another (b.py): t fails"),
    ],
)
def test_the_exit_status_says_whether_all_was_found(capsys, all_of_them, status, said):
    assert __main__.summary(all_of_them) == status
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (lambda: __main__._run_faults("zzznothing", 1), "no name, operation or file of a fault"),
        (
            lambda: alarms.run_seeds(3, "zzznothing", 1),
            "no name of a test file that draws random numbers",
        ),
        (lambda: mutants.run_mutmut("zzznothing", 1), "no path of a part of scratch"),
    ],
)
def test_a_word_that_chooses_nothing_is_wrong_usage(capsys, monkeypatch, run, expected):
    monkeypatch.setattr(mutants, "find_spec", lambda name: name)
    with pytest.raises(SystemExit) as stop:
        run()
    out, err = capsys.readouterr()
    assert (stop.value.code, out, err.count("\n")) == (2, "", 1)
    assert f"{expected} has 'zzznothing'; there are " in err
    assert "mlp" in err or "MLP" in err


def test_mutmut_that_is_not_installed(capsys, monkeypatch):
    monkeypatch.setattr(mutants, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="2"):
        mutants.run_mutmut("mlp", 1)
    assert "pip install mutmut" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("--jobs 0", "argument --jobs: expected a positive integer, got '0'"),
        ("--seeds -3", "argument --seeds: expected a positive integer, got '-3'"),
        ("--seeds 0", "argument --seeds: expected a positive integer, got '0'"),
        ("--mutmut --seeds 3", "not allowed with argument --mutmut"),
    ],
)
def test_arguments_that_mean_nothing(capsys, monkeypatch, arguments, expected):
    monkeypatch.setattr(sys, "argv", ["mutation", *arguments.split()])
    with pytest.raises(SystemExit, match="2"):
        __main__._arguments()
    assert expected in capsys.readouterr().err


def test_ctrl_c_ends_what_was_started(tmp_path):
    file = tmp_path / "child"
    child = f"import os, time; open({str(file)!r}, 'w').write(str(os.getpid())); time.sleep(100)"
    code = (
        "import signal, sys\n"
        "from parity_tests.mutation import processes\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have ignored it\n"
        "processes.stop_cleanly()\n"
        f"processes.run_command([sys.executable, '-c', {child!r}], '.')\n"
    )
    command = [sys.executable, "-c", code]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not (file.exists() and file.read_text()):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30)[1] == "stopped\n"
    assert process.returncode == 130
    with pytest.raises(ProcessLookupError):
        os.kill(int(file.read_text()), 0)


def test_nothing_goes_on_after_an_interrupt(monkeypatch, tmp_path):
    """Whoever leaves the outcomes ends the tests that are under way, and their trees are gone."""
    monkeypatch.setattr(runner.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(runner, "copy_tree", lambda place: (place / "a.py").write_text("old"))
    monkeypatch.setattr(runner, "first_failure", hang)
    started: list[int] = []

    def interrupted(until: dict[int, float]) -> None:
        started.extend(until)
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "first_to_end", interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(runner.run_all([Fault("a fault", "a.py", "old", "new", "elu")], 2))
    assert not list(tmp_path.iterdir())
    with pytest.raises(ProcessLookupError):
        os.kill(started[0], 0)
