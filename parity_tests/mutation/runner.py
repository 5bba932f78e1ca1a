"""Run the tests that look at a fault, in a copy of the tree, and read what they report.

The parent imports torch and pytest once and forks: a fault costs its tests, not their imports.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from parity_tests.mutation.first_failure import fails, first_failure
from parity_tests.mutation.named import case_names, is_one_of, operation_of
from parity_tests.mutation.processes import (
    end_group,
    first_to_end,
    fork,
    read_result,
    result_of,
    write_result,
)
from parity_tests.mutation.tree import ROOT, copy_tree

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from parity_tests.mutation.fault import Fault

#: So long may the tests of one fault take: several times what the whole suite does. A fault that makes
#: them hang survives, as no test says what is wrong.
LIMIT_SECONDS = 1800.0
#: Which tests look at a part of scratch first; the whole suite follows if they find nothing.
TESTS = {
    "scratch/autograd/checks": "test_gradient_check",
    "scratch/autograd": "test_gates test_autograd test_engine test_conventions_engine test_gradient "
    "test_numpy_scalars",
    "scratch/activations": "test_activations test_long_arrays test_gates_types test_side_effects "
    "test_numpy_scalars",
    "scratch/losses": "test_losses test_gates_types test_numpy_scalars",
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


class Outcome(NamedTuple):
    """What became of one fault; `broken` says why nothing can be concluded from its run."""

    fault: Fault
    found: bool
    test: str
    operation: str
    message: str
    seconds: float
    covers: Sequence[str] = ()
    broken: str = ""

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


class _Run(NamedTuple):
    """A fault whose tests are under way."""

    fault: Fault
    place: Path
    started: float


def run_all(
    faults: Sequence[Fault], jobs: int, limit: float = LIMIT_SECONDS
) -> Generator[Outcome, None, None]:
    """Run every fault, several at a time; yields outcomes as they come."""
    running: dict[int, _Run] = {}
    waiting = list(faults)
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as top:
        unchanged = _new_tree(top)
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    run = _Run(waiting.pop(0), _new_tree(top), time.monotonic())
                    running[fork(partial(_verdict, run.fault, run.place, unchanged))] = run
                child, status = first_to_end({c: r.started + limit for c, r in running.items()})
                run = running.pop(child)
                end_group(child)  # what its tests have left behind
                outcome = _outcome(run, status)
                shutil.rmtree(run.place, ignore_errors=True)
                yield outcome
        finally:
            for child in running:
                end_group(child, reap=True)


def _new_tree(top: str) -> Path:
    place = Path(tempfile.mkdtemp(dir=top))
    copy_tree(place)
    return place


def _verdict(fault: Fault, place: Path, unchanged: Path) -> None:
    """Test the fault in a copy of the tree of its own, and leave the result there."""
    file = place / "result.json"
    try:
        result = _tested(fault, place, unchanged, file)
    except Exception as error:
        result = {"broken": f"could not run: {error!r}"}
    write_result(file, result)


def _tested(fault: Fault, place: Path, unchanged: Path, file: Path) -> dict[str, Any]:
    """The first failure; one that is there without the fault, too, has found nothing."""
    target = place / fault.file
    target.write_text(fault.applied_to(target.read_text("utf-8")), "utf-8")
    result: dict[str, Any] = {}
    for tests in (files_for(fault.file), ["parity_tests"]):
        result = result_of(partial(first_failure, place, tests), file)
        if result.get("found") or result.get("broken"):
            break
    if result.get("found"):
        without = result_of(partial(fails, unchanged, result["test"]), file)
        if without.get("found"):
            result["broken"] = f"{result['test']} fails on the unchanged code, too"
        elif without.get("broken"):
            result["broken"] = f"on the unchanged code {result['test']}: {without['broken']}"
    return result


def _outcome(run: _Run, status: int | None) -> Outcome:
    seconds = time.monotonic() - run.started
    if status is None:
        result: dict[str, Any] = {"hangs": f"the tests had not ended after {seconds:.0f} s"}
    else:
        result = read_result(run.place / "result.json", status)
    broken, message = result.get("broken", ""), result.get("message", "")
    found = bool(result.get("found")) and not broken
    test, covers = result.get("test", ""), result.get("covers", ())
    said = operation_of(message)
    message = message or result.get("hangs", "")
    return Outcome(run.fault, found, test, said, message, seconds, covers, broken)
