"""The suite's own command line options.

They stand apart from the other hooks because two files offer them: the conftest.py beside this one,
for whoever runs the installed suite, and the one at the top of the project, which pytest reads even
where it takes an option's value for a path (``pytest --device cuda``).
"""

from __future__ import annotations

import argparse
import inspect
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

OURS = "scratch"
DTYPES = ("float32", "float64")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The suite's own command line options."""
    group = parser.getgroup("parity")
    if group.options:  # the other conftest.py came first
        return
    add = group.addoption
    add("--candidate", default=OURS, metavar="MODULE", help="what to hold against torch_ref")
    add("--device", default="cpu", choices=("cpu", "cuda"), help="where the torch side runs")
    add("--dtype", default="both", choices=(*DTYPES, "both"))
    add("--exhaustive", action="store_true", help="every float16 value, more seeds")
    add("--parity-report", metavar="DIR", help="write report.json and report.html there")
    add("--seeds", type=count, default=1, metavar="N", help="run random tests under N seeds")
    add("--parity-seed", type=a_seed, default=0, metavar="N", help="seed of all random inputs")


def count(text: str) -> int:
    """A number of seeds: at least one, or nothing would be compared."""
    return _at_least(1, text)


def a_seed(text: str) -> int:
    """NumPy's generators take no negative seeds."""
    return _at_least(0, text)


def _at_least(least: int, text: str) -> int:
    if not text.removeprefix("-").isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"expected an integer ≥ {least}, not {text!r}")
    return int(text)


def refuse_unusable(config: pytest.Config) -> None:
    """What would fail in every test, or only when all are done, is said before the first."""
    if config.getoption("--candidate") != OURS:
        module_named(config.getoption("--candidate"))
    if config.getoption("--parity-report") is not None:
        writable(config.getoption("--parity-report"))


def module_named(name: str) -> ModuleType:
    """The candidate, with at least one name of the contract."""
    expected = f"--candidate {name}: expected the dotted name of a module that Python can import"
    if not name.strip():
        raise pytest.UsageError(f"--candidate is empty: {expected.partition(': ')[2]}")
    if not all(part.isidentifier() for part in name.split(".")):
        raise pytest.UsageError(f"{expected}, as in `import my_package.module`")
    try:
        module = import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or name
        if f"{name}.".startswith(f"{missing}."):
            where = "install it, or name its directory in PYTHONPATH"
            raise pytest.UsageError(f"{expected}; there is no {missing!r} ({where})") from None
        raise pytest.UsageError(f"{expected}; it needs {missing!r}, which is missing") from None
    except (Exception, SystemExit) as error:  # the latter: a script that ends itself
        raise pytest.UsageError(f"{expected}; importing it raises {error!r}") from error
    contract = vars(import_module(OURS))
    if not any(part in contract for part in vars(module) if not part.startswith("_")):
        raise pytest.UsageError(f"{expected}, with names of the contract (relu, …); it has none")
    if "vjp" in vars(module):
        callable_as_a_vjp(name, module.vjp)
    return module


def callable_as_a_vjp(name: str, vjp: Any) -> None:
    """Refuse a vjp that cannot be called with one input or with two, where its signature shows."""
    from parity_tests.instrument.functional import (
        VJP,
    )  # late: pytest reads this file before all others

    expected = f"--candidate {name}: expected {VJP}"
    if not callable(vjp):
        raise pytest.UsageError(f"{expected}; its vjp is a {type(vjp).__name__}")
    try:
        signature = inspect.signature(vjp)
    except (TypeError, ValueError):  # a compiled one has none to read
        return
    for arrays in ((0.0,), (0.0, 0.0)):
        try:
            signature.bind(abs, (0,), *arrays)
        except TypeError as error:
            raise pytest.UsageError(
                f"{expected}; its vjp{signature} cannot be called so: {error}"
            ) from None


def writable(name: str | Path) -> None:
    """Make the report's directory, and see that a file can be written there."""
    if not str(name).strip():
        raise pytest.UsageError(
            "--parity-report is empty: expected a directory that can be written to"
        )
    directory = Path(name)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise pytest.UsageError(
            f"--parity-report {directory}: expected a directory that can be written to, or made: "
            f"{error.strerror}"
        ) from None
