"""pytest in this process on a copy of the tree, up to the first failure."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parity_tests.mutation.named import covered
from parity_tests.mutation.tree import OURS, ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Not the tests of this command itself: they would find that the fault is not in the code any more.
_QUIET = ["--ignore-glob=*/test_mutation*.py", "-x", "-q", "--no-header"]
_QUIET += ["-p", "no:cacheprovider", "-p", "no:randomly"]


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


def first_failure(place: Path, files: Sequence[str], *options: str) -> dict[str, Any]:
    """The first failure of these tests on the tree at `place`.

    This process is spoilt by it: what it had imported of the tree is gone, and it is silent.
    """
    code, result = _tested(place, files, *options)
    if code != pytest.ExitCode.OK and not result["found"]:
        raise RuntimeError(f"pytest could not run the tests: {code!r} {result}")
    return result | {"covers": _covered_by(place, result["test"])}


def fails(place: Path, test: str) -> dict[str, Any]:
    """Whether this one test fails (`found`) on the tree at `place`.

    It may have been the collection of its file that failed; and what a test's parameters are called
    may depend on the code: then all the function's.
    """
    if "::" not in test:
        return first_failure(place, [test], "--collect-only")
    code, result = _tested(place, [test])
    if code == pytest.ExitCode.USAGE_ERROR:  # not there
        code, result = _tested(place, [test.partition("[")[0]])
    if code == pytest.ExitCode.OK or result["found"]:
        return result
    raise RuntimeError(f"pytest could not run {test}: {code!r}")


def _tested(place: Path, files: Sequence[str], *options: str) -> tuple[int, dict[str, Any]]:
    for name in [n for n in sys.modules if n.split(".")[0] in OURS]:
        del sys.modules[name]
    os.chdir(place)
    sys.path[:] = [str(place), *(p for p in sys.path if Path(p or ".").resolve() != ROOT)]
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    plugin = _FirstFailure()
    code = pytest.main([*_QUIET, *options, *files], plugins=[plugin])
    return int(code), plugin.result


def _covered_by(place: Path, test: str) -> list[str]:
    """The operations that a failing test is written for by hand."""
    file = place / test.partition("::")[0]
    if "::" not in test or not file.is_file():
        return []
    cases = sys.modules["parity_tests.instrument"].REGISTRY.cases
    module = ".".join(file.relative_to(place).with_suffix("").parts)
    names = [name for name, where in cases.items() if module in where]
    return covered(test, file.read_text("utf-8"), names)
