"""Whether a run came to any verdict on somebody's own code: one in which all was skipped did not.

What the candidate lacks is skipped, which is no fault. But a run that has compared nothing is no
success either, and its exit status says so. Nor is one that has seen bad input refused, and skipped
all that has numbers in it.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from parity_tests import instrument
from parity_tests.instrument.asking import missing
from parity_tests.instrument.lacking import not_offered
from parity_tests.options import OURS

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What pytest lists at the end of a run by default: tests that failed, and errors.
FAILURES = "fE"
_COMPARED, _NUMBERS = pytest.StashKey[bool](), pytest.StashKey[bool]()


def list_no_skips(config: pytest.Config) -> None:
    """Of somebody else's code the end of the run says in one line what is not offered.

    The same once more for every skipped test (`-ra`, which the project's own options ask for) would
    stand between the report's path and the failures. Who asks for it on the command line, has it.
    """
    asked = any(re.match("-[a-z]*r", a) for a in config.invocation_params.args)
    if config.getoption("--candidate") == OURS or asked:
        return
    config.option.reportchars = FAILURES
    if (reporter := config.pluginmanager.get_plugin("terminalreporter")) is not None:
        reporter.reportchars = FAILURES


class Verdicts:
    """Counts what was compared, also where other processes run the tests."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.name: str = config.getoption("--candidate")
        self.ran = self.skipped = self.compared = self.numbers = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """An option or method that somebody else's code does not have is not offered, not wrong."""
        given = getattr(item, "funcargs", {})
        module = given.get("candidate")
        compared = module is not None and given.get("impl", module) is module
        numbers = compared and "check_bad" not in given
        try:
            result = yield
        except (
            Exception,
            pytest.fail.Exception,
        ) as error:  # the latter: pytest.warns, raises, fail
            case = given.get("case")
            case = case if isinstance(case, instrument.Case) else None
            if what := missing(module, error, case):
                not_offered(module, what if case is None else str(case))
            item.stash[_COMPARED], item.stash[_NUMBERS] = compared, numbers
            raise
        item.stash[_COMPARED], item.stash[_NUMBERS] = compared, numbers
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Iterator[None]:
        """Write it on the report, which is all that reaches the process that counts."""
        report: Any = yield
        report.compared = item.stash.get(_COMPARED, False)
        report.numbers = item.stash.get(_NUMBERS, False)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count."""
        self.ran = True
        self.skipped |= getattr(report, "skipped", False)
        self.compared |= getattr(report, "compared", False)
        self.numbers |= getattr(report, "numbers", False)

    @property
    def lacking(self) -> str:
        """What a run on somebody's own code has not done, and should have; empty if it has."""
        if self.name == OURS or not self.ran or self.numbers:
            return ""
        if not self.compared:
            return (
                f"nothing was compared: every test that needs {self.name} was skipped, which says "
                f"nothing about it"
            )
        if self.skipped:
            return (
                f"no number was compared: {self.name} was seen to refuse bad input, and every other "
                f"test was skipped"
            )
        return ""  # refusals were all that was asked for

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Pytest's own status for a run in which there was nothing to test."""
        if (
            self.lacking
            and exitstatus == pytest.ExitCode.OK
            and not hasattr(self.config, "workerinput")
        ):
            session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say it."""
        if not self.lacking:
            return
        terminalreporter.write_line(self.lacking)
        if not {"tensor", "vjp"} & set(vars(import_module(self.name))):
            terminalreporter.write_line(
                f"{self.name} has neither `tensor` nor `vjp`: one of them takes arrays to its functions"
            )
