"""Options, fixtures and the environment guard of the parity suite.

torch is imported here, in the instrument and in `torch_ref` only; a test sees modules.
"""

from __future__ import annotations

import gc
import inspect
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from parity_tests import instrument
from parity_tests.command import Command
from parity_tests.instrument import again, environment, report
from parity_tests.instrument.effort import sparingly
from parity_tests.instrument.lacking import NOT_OFFERED, Partial
from parity_tests.instrument.report import RECORDER
from parity_tests.options import DTYPES, OURS, refuse_unusable
from parity_tests.options import pytest_addoption as pytest_addoption
from parity_tests.verdicts import Verdicts, list_no_skips

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

#: From so many `--seeds` on, the run looks for false alarms: nothing that draws no random numbers.
MANY = 20
DRAWN = pytest.StashKey[list[int]]()
#: The options that a test's numbers depend on, besides the seed, and their defaults.
AFFECTING = {"--candidate": OURS, "--device": "cpu", "--exhaustive": False}
#: What hypothesis must not mind here: slow machines, and fixtures that no example changes.
UNHURRIED: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker; make the environment one in which comparisons mean something."""
    config.addinivalue_line("markers", "parity_cases(table): see instrument.cases")
    refuse_unusable(config)
    config.pluginmanager.register(Verdicts(config))
    list_no_skips(config)
    config.stash[environment.KEY] = environment.guard(config.getoption("--device"))
    if config.getoption("--device") == "cuda":
        words = "does not have a deterministic implementation"
        config.addinivalue_line("filterwarnings", f"ignore:.*{words}")
    examples = 1500 if config.getoption("--exhaustive") else 15
    settings.register_profile("parity", max_examples=examples, derandomize=True, **UNHURRIED)
    settings.load_profile("parity")


def pytest_report_header(config: pytest.Config) -> list[str]:
    """What is compared with what, and where."""
    return environment.header(config.stash[environment.KEY], config.getoption("--candidate"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per case and dtype."""
    option = metafunc.config.getoption("--dtype")
    dtypes = DTYPES if option == "both" else (option,)
    mark = metafunc.definition.get_closest_marker("parity_cases")
    if mark is not None and "case" in metafunc.fixturenames:
        pairs = [(c, d) for c in mark.args[0] for d in dtypes if d in c.dtypes]
        ids = [f"{c}-{d}" for c, d in pairs]
        metafunc.parametrize(("case", "dtype"), pairs, ids=ids)
    elif "dtype" in metafunc.fixturenames:
        metafunc.parametrize("dtype", dtypes)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A candidate of the user's own: only the tests that look at it; many seeds: that draw."""
    chosen = items[:]
    if config.getoption("--candidate") != OURS:
        chosen = [item for item in chosen if "candidate" in getattr(item, "fixturenames", ())]
    if config.getoption("--seeds") >= MANY:
        chosen = [item for item in chosen if draws_in_a_case(item) or draws_by_hand(item)]
        config.stash[DRAWN] = [sum(map(f, chosen)) for f in (draws_in_a_case, draws_by_hand)]
    chosen.sort(key=lambda item: item.path.name == "test_observed.py")  # what the others saw
    kept = set(chosen)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = chosen


def draws_in_a_case(item: Any) -> bool:
    """Whether a test runs a case of a table, whose inputs come from the seed."""
    return "check" in getattr(item, "fixturenames", ())


def draws_by_hand(item: Any) -> bool:
    """Whether a test asks for random numbers itself."""
    asked = inspect.signature(item.obj).parameters if hasattr(item, "obj") else ()
    return not draws_in_a_case(item) and bool({"seed", "rng"} & set(asked))


@pytest.fixture(scope="session")
def candidate(request: pytest.FixtureRequest, reference: ModuleType) -> ModuleType:
    """The module under test; tests of what it lacks are skipped."""
    module = import_module(request.config.getoption("--candidate"))
    if module.__name__ == OURS:
        return module
    names = [n for n, v in vars(reference).items() if not (n[0] == "_" or inspect.ismodule(v))]
    return Partial(module, names)


@pytest.fixture(scope="session")
def reference() -> ModuleType:
    """torch_ref."""
    return import_module("torch_ref")


@pytest.fixture(params=["candidate", "reference"])
def impl(
    request: pytest.FixtureRequest, candidate: ModuleType, reference: ModuleType
) -> Iterator[ModuleType]:
    """Each side in turn, for what is to be seen on both; the report is about the candidate."""
    if request.param == "candidate":
        yield candidate
    else:
        with RECORDER.set_aside():
            yield reference


@pytest.fixture(scope="session")
def device(request: pytest.FixtureRequest) -> str:
    """Where the torch side runs."""
    return str(request.config.getoption("--device"))


@pytest.fixture(scope="session")
def exhaustive(request: pytest.FixtureRequest) -> bool:
    """Whether to be thorough rather than quick."""
    return bool(request.config.getoption("--exhaustive"))


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    """The seed of this run."""
    return int(request.config.getoption("--parity-seed"))


@pytest.fixture
def rng(seed: int) -> np.random.Generator:
    """Fresh random numbers, the same in every test."""
    return np.random.default_rng(seed)


@pytest.fixture
def check(
    candidate: ModuleType,
    reference: ModuleType,
    dtype: str,
    device: str,
    seed: int,
    exhaustive: bool,
    request: pytest.FixtureRequest,
) -> Callable[[instrument.Case], None]:
    """`check(case)`: instrument.check with this run's candidate, dtype, device and seeds."""
    more = request.config.getoption("--seeds") if not exhaustive else 8
    few = more < MANY

    def run(case: instrument.Case) -> None:
        __tracebackhide__ = True
        sides = case, candidate, reference, dtype, device
        instrument.check(*sides, seed, exhaustive, sparing=not few)
        for s in range(seed + 1, seed + more):
            instrument.check(*sides, s, variants=not_fixed, sparing=True)

    not_fixed = ("broadcast", "twice", "long") if exhaustive or dtype == "float32" else ("twice",)
    return run


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Tests by hand that draw random numbers: with --seeds N, under every tenth of N seeds."""
    first, more = (pyfuncitem.config.getoption(o) for o in ("--parity-seed", "--seeds"))
    if more < MANY or not draws_by_hand(pyfuncitem):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    for s in range(first, first + more, 10):
        fresh = {**pyfuncitem.funcargs, "seed": s, "rng": np.random.default_rng(s)}
        with sparingly(), again.seeded(s):
            pyfuncitem.obj(**{name: fresh[name] for name in names})
    return True


@pytest.fixture
def check_bad(candidate: ModuleType, reference: ModuleType) -> Callable[[instrument.Bad], None]:
    """`check_bad(bad)`: both sides refuse it alike."""
    return partial(instrument.check_bad, candidate=candidate, reference=reference)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to work in: train.py writes where it stands."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def train(capsys: pytest.CaptureFixture[str]) -> Command:
    """train.py, run in this process."""
    return Command(capsys)


@pytest.fixture(autouse=True)
def _independent_of_order(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test sees the NumPy error state or torch defaults that another left behind."""
    with np.errstate(all="warn", under="ignore"):
        yield
    environment.restore()


def pytest_collection_finish() -> None:
    """What has been imported and collected stays: no search for garbage need go through it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _can_be_run_again(request: pytest.FixtureRequest, seed: int) -> Iterator[None]:
    """What a comparison by hand says at its end."""
    config, test = request.config, request.node.nodeid.partition("::")[2]
    options = [o for o in AFFECTING if config.getoption(o) != AFFECTING[o]]
    given = [w for o in options for w in (o, config.getoption(o)) if w is not True]
    where = request.node.path
    if where.is_relative_to(config.invocation_params.dir):
        where = where.relative_to(config.invocation_params.dir)
    with again.running(again.Running(f"{where}::{test}", tuple(given), seed)):
        yield


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """The report lists every failed test, also those that had nothing to measure."""
    if report.failed:
        RECORDER.fail(report.nodeid, report.longreprtext or report.when)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """What the candidate lacks, bounds that say nothing, and where the report lies."""
    write = terminalreporter.write_line
    candidate = config.getoption("--candidate")
    lacking = sorted(NOT_OFFERED) if candidate != OURS else []  # else of the tests' own candidates
    if lacking:
        write(f"not offered by {candidate}: {', '.join(lacking)}")
    if DRAWN in config.stash:
        in_cases, by_hand = config.stash[DRAWN]
        seeds = config.getoption("--seeds")
        write(f"{in_cases} cases x {seeds} seeds, {by_hand} tests by hand x {-(-seeds // 10)}")
    directory = config.getoption("--parity-report")
    if directory:
        data = RECORDER.as_json(config.stash[environment.KEY], lacking)
        data["candidate"] = candidate
        for path in report.write(Path(directory), data):
            write(f"parity report: {path}")
