"""Run the tests that look at a fault, in a copy of the tree, and read what they report.

The parent imports torch and pytest once and forks: a fault costs its tests, not their imports.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from parity_tests.mutation.named import case_names, covered, is_one_of, operation_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parity_tests.mutation.fault import Fault

ROOT = Path(__file__).resolve().parents[2]
#: Which tests look at a part of scratch first; the whole suite follows if they find nothing.
TESTS = {
    "scratch/autograd/checks": "test_gradient_check",
    "scratch/autograd": "test_gates test_autograd test_engine test_conventions_engine test_gradient",
    "scratch/activations": "test_activations test_long_arrays",
    "scratch/losses": "test_losses",
    "scratch/layers": "test_layers",
    "scratch/mlp": "test_mlp",
    "scratch/optimizers": "test_optimizers",
    "scratch/schedulers": "test_schedulers",
    "scratch/perceptron": "test_perceptron",
    "scratch/likelihood": "test_likelihood",
    "scratch/metrics": "test_metrics",
    "scratch/initializers": "test_initializers",
    "scratch/regularizers": "test_regularizers",
    "scratch/random": "test_random test_initializers",
    "scratch/linear_models": "test_linear_models",
    "scratch/features": "test_features",
    "scratch/data": "test_data",
    "scratch/_arrays": "test_arrays test_metrics test_perceptron test_likelihood test_features",
    "scratch/_memory": "test_optimizers_edges test_optimizers_use test_layers_module",
}
#: What looks at every part.
OF_ALL = "test_said"
_OURS = ("scratch", "torch_ref", "parity_tests", "experiments", "benchmarks", "train")


class Outcome(NamedTuple):
    """What became of one fault."""

    fault: Fault
    found: bool
    test: str
    operation: str
    message: str
    seconds: float
    covers: Sequence[str] = ()

    @property
    def right(self) -> bool:
        """Whether the failure names an operation that the fault is in.

        It does in the title of its ParityError; or else in the test's id, where the case's name is;
        or else the test is written by hand for an operation, which its module says it `covers`.
        """
        if self.operation:
            return is_one_of(self.fault.ops, [self.operation])
        return is_one_of(self.fault.ops, [*case_names(self.test), *self.covers])


def files_for(file: str) -> list[str]:
    """The test files that look at a file of scratch, the most specific entry of the table first."""
    entry = max((key for key in TESTS if file.startswith(key)), key=len, default="")
    prefixes = f"{TESTS.get(entry, 'test_')} {OF_ALL}".split()
    tests = sorted(path.name for path in (ROOT / "parity_tests").glob("test_*.py"))
    return [f"parity_tests/{t}" for p in prefixes for t in tests if t.startswith(p)]


def run_all(faults: Sequence[Fault], jobs: int) -> Iterator[Outcome]:
    """Run every fault, several at a time; yields outcomes as they come."""
    running: dict[int, tuple[Fault, Path, float]] = {}
    waiting = list(faults)
    while waiting or running:
        while waiting and len(running) < jobs:
            fault = waiting.pop(0)
            place = Path(tempfile.mkdtemp(prefix="fault-"))
            running[_start(fault, place)] = (fault, place, time.monotonic())
        pid, _ = os.wait()
        fault, place, started = running.pop(pid)
        yield _outcome(fault, place, time.monotonic() - started)
        shutil.rmtree(place)


def _start(fault: Fault, place: Path) -> int:
    """Fork a child that tests the fault in a copy of the tree."""
    pid = os.fork()
    if pid:
        return pid
    try:
        copy_tree(place)
        target = place / fault.file
        target.write_text(fault.applied_to(target.read_text("utf-8")), "utf-8")
        result = first_failure(place, files_for(fault.file))
        if not result["found"]:
            result = first_failure(place, ["parity_tests"])
    except BaseException as error:
        result = {"found": False, "test": "", "message": f"could not run: {error!r}"}
    (place / "result.json").write_text(json.dumps(result), "utf-8")
    os._exit(0)


def copy_tree(place: Path) -> None:
    """What the tests need, without history, logs and caches."""
    for name in ("scratch", "torch_ref", "parity_tests", "experiments", "pyproject.toml"):
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, place / name, ignore=ignored)
        elif source.exists():
            shutil.copy(source, place / name)


class _FirstFailure:
    """A pytest plugin that keeps the first failure's test and text."""

    def __init__(self) -> None:
        self.result: dict[str, Any] = {"found": False, "test": "", "message": ""}

    def _note(self, report: Any) -> None:
        if report.failed and not self.result["found"]:
            text = getattr(report, "longreprtext", str(report.longrepr))
            self.result = {"found": True, "test": report.nodeid, "message": text[-3000:]}

    pytest_runtest_logreport = _note
    pytest_collectreport = _note


def first_failure(place: Path, files: list[str], *options: str) -> dict[str, Any]:
    """Run pytest in this process on the tree at `place`, up to the first failure."""
    for name in [n for n in sys.modules if n.split(".")[0] in _OURS]:
        del sys.modules[name]
    os.chdir(place)
    sys.path[:] = [str(place), *(p for p in sys.path if Path(p or ".").resolve() != ROOT)]
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    plugin = _FirstFailure()
    quiet = [
        "--ignore=parity_tests/test_mutation.py",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "--no-header",
        "-p",
        "no:randomly",
    ]
    code = pytest.main([*quiet, *options, *files], plugins=[plugin])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"pytest could not run the tests: {code!r} {plugin.result}")
    return plugin.result | {"covers": _covered_by(place, plugin.result["test"])}


def _covered_by(place: Path, test: str) -> list[str]:
    """The operations that a failing test is written for by hand."""
    file = place / test.partition("::")[0]
    if "::" not in test or not file.is_file():
        return []
    cases = sys.modules["parity_tests.instrument"].REGISTRY.cases
    module = ".".join(file.relative_to(place).with_suffix("").parts)
    names = [name for name, where in cases.items() if module in where]
    return covered(test, file.read_text("utf-8"), names)


def _outcome(fault: Fault, place: Path, seconds: float) -> Outcome:
    result = json.loads((place / "result.json").read_text("utf-8"))
    said, message = operation_of(result["message"]), result["message"]
    test, covers = result["test"], result.get("covers", ())
    return Outcome(fault, result["found"], test, said, message, seconds, covers)
