"""The suite's own command line options.

They stand apart from the other hooks because two files offer them: the conftest.py beside this one,
for whoever runs the installed suite, and the one at the top of the project, which pytest reads even
where it takes an option's value for a path (``pytest --device cuda``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

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
    add("--seeds", type=int, default=1, metavar="N", help="run random tests under N seeds")
    add("--parity-seed", type=int, default=0, metavar="N", help="seed of all random inputs")
