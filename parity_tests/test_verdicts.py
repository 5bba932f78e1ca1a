"""The exit status of a run on somebody's own code: 0 only where something was compared."""

from __future__ import annotations

import types
from typing import Any

import pytest

from parity_tests.instrument import lacking
from parity_tests.instrument.lacking import Partial
from parity_tests.options import OURS
from parity_tests.verdicts import FAILURES, Verdicts, list_no_skips

OK, FAILED, NOTHING = (
    pytest.ExitCode.OK,
    pytest.ExitCode.TESTS_FAILED,
    pytest.ExitCode.NO_TESTS_COLLECTED,
)
SKIPPED = types.SimpleNamespace(skipped=True)
COMPARED = types.SimpleNamespace(compared=True, numbers=True)
REFUSED = types.SimpleNamespace(compared=True, numbers=False)


def ended(reports: list[Any], status: pytest.ExitCode, name: str = "own", **more: Any) -> Any:
    """The status of a run with these reports, which would have ended with another."""
    config: Any = types.SimpleNamespace(getoption=lambda option: name, **more)
    seen = Verdicts(config)
    for report in reports:
        seen.pytest_runtest_logreport(report)
    session: Any = types.SimpleNamespace(exitstatus=status)
    seen.pytest_sessionfinish(session, status)
    return session.exitstatus


def test_nothing_compared_is_no_success():
    assert ended([SKIPPED], OK) == NOTHING
    assert ended([SKIPPED, COMPARED, SKIPPED], OK) == OK


def test_refusals_alone_are_no_success_where_numbers_were_skipped():
    assert ended([SKIPPED, REFUSED], OK) == NOTHING
    assert ended([REFUSED], OK) == OK, "they were all that was asked for"
    assert ended([REFUSED, COMPARED, SKIPPED], OK) == OK
    assert ended([SKIPPED, REFUSED], FAILED) == FAILED


@pytest.mark.parametrize("status", [FAILED, pytest.ExitCode.INTERRUPTED, NOTHING])
def test_another_status_stays(status):
    assert ended([SKIPPED], status) == status


def test_where_there_is_nothing_to_say():
    """The project's own code; a run that only lists its tests; a process that does not count."""
    assert ended([SKIPPED], OK, name=OURS) == OK
    assert ended([], OK) == OK
    assert ended([SKIPPED], OK, workerinput={}) == OK


def listed(name: str, *arguments: str) -> str:
    """What a run with these arguments lists at its end, where the project's options say `-ra`."""
    reporter = types.SimpleNamespace(reportchars="a")
    config: Any = types.SimpleNamespace(
        getoption=lambda option: name,
        invocation_params=types.SimpleNamespace(args=arguments),
        option=types.SimpleNamespace(reportchars="a"),
        pluginmanager=types.SimpleNamespace(get_plugin=lambda name: reporter),
    )
    list_no_skips(config)
    assert config.option.reportchars == reporter.reportchars
    return reporter.reportchars


def test_what_is_not_offered_is_listed_once():
    assert listed("own", "parity_tests", "--candidate", "own", "-k", "relu") == FAILURES
    assert listed("own", "parity_tests", "-ra") == listed("own", "-qrs") == listed(OURS) == "a"


def seen_by(given: dict[str, Any], raises: BaseException | None = None) -> tuple[bool, bool]:
    """Whether a test with these arguments counts as a verdict on the candidate, and on numbers."""
    config: Any = types.SimpleNamespace(getoption=lambda option: "own")
    verdicts, item = Verdicts(config), types.SimpleNamespace(funcargs=given, stash=pytest.Stash())
    call: Any = verdicts.pytest_runtest_call(item)  # type: ignore[arg-type] # as far as it looks
    next(call)
    with pytest.raises(
        (StopIteration, AssertionError, pytest.fail.Exception, pytest.skip.Exception)
    ):
        call.throw(raises) if raises else call.send(None)
    made: Any = verdicts.pytest_runtest_makereport(item)  # type: ignore[arg-type] # as above
    next(made)
    with pytest.raises(StopIteration) as end:
        made.send(types.SimpleNamespace())
    return end.value.value.compared, end.value.value.numbers


def test_what_a_verdict_is():
    """Passed or failed, with the candidate, and not on the other side of a test that sees both."""
    mine, torchs = types.ModuleType("mine"), types.ModuleType("torch_ref")
    numbers, refusal, nothing = (True, True), (True, False), (False, False)
    assert seen_by({"candidate": mine}) == numbers
    assert seen_by({"candidate": mine, "impl": mine}) == numbers
    assert seen_by({"candidate": mine}, AssertionError("wrong")) == numbers
    assert seen_by({"candidate": mine}, pytest.fail.Exception("did not warn")) == numbers
    assert seen_by({"candidate": mine, "check_bad": None}) == refusal
    assert seen_by({"candidate": mine, "check_bad": None}, AssertionError("taken")) == refusal
    assert seen_by({"candidate": mine, "impl": torchs}) == nothing
    assert seen_by({"impl": torchs}) == nothing


def test_what_is_missing_behind_a_warning_that_did_not_come(monkeypatch):
    """pytest.warns puts its own failure before the error that ended the block: nothing to hold."""
    monkeypatch.setattr(lacking, "NOT_OFFERED", set())
    module: Any = types.ModuleType("mine")
    module.softmax = lambda input, dim: input
    with pytest.raises(pytest.fail.Exception) as failed, pytest.warns(UserWarning, match="choice"):
        module.softmax(1.0)
    assert seen_by({"candidate": Partial(module, ["softmax"])}, failed.value) == (False, False)
    assert {"<lambda> with torch's arguments"} == lacking.NOT_OFFERED
