"""The list of hand-seeded faults still fits the code; finding them takes minutes, and is a command:
`python -m parity_tests.mutation`.
"""

from __future__ import annotations

import pytest

from parity_tests.mutation import FAULTS
from parity_tests.mutation.mutants import Mutant, undecorated
from parity_tests.mutation.runner import ROOT, TESTS, files_for


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.name)
def test_fault_can_be_seeded(fault):
    source = (ROOT / fault.file).read_text(encoding="utf-8")
    assert fault.applied_to(source) != source
    assert files_for(fault.file)
    assert fault.ops


def test_faults_are_many_and_differ():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 60


def test_every_file_is_in_a_part():
    """Files that only import (and say what they offer) have nothing to mutate."""
    files = [p.relative_to(ROOT).as_posix() for p in (ROOT / "scratch").rglob("*.py")]
    outside = [f for f in files if not any(f.startswith((f"{p}.py", f"{p}/")) for p in TESTS)]
    assert outside == ["scratch/__init__.py"]


@pytest.mark.parametrize(
    ("before", "after", "fate", "may_live"),
    [
        ('"no such thing here"', '"XXno such thing hereXX"', "survived", True),
        ('"no such thing here"', "None", "survived", True),
        ('f(x, reduction="mean")', 'f(x, reduction="XXmeanXX")', "survived", False),
        ('f(x, reduction="mean")', "f(x, reduction=None)", "survived", False),
        ('as_floats(x, "name")', "as_floats(x, None)", "survived", True),
        ('as_floats(x, "name")', 'as_floats(None, "name")', "survived", False),
        ('f("no such thing", x)', 'f("no such thing", None)', "survived", False),
        ('"no such thing here"', '"XXno such thing hereXX"', "no tests", False),
    ],
)
def test_only_words_may_change(before, after, fate, may_live):
    assert bool(Mutant("scratch.x_f__mutmut_1", fate, before, after).justification) == may_live


def test_wrappers_become_assignments():
    source = "class A:\n    @property\n    def b(self):\n        return 1\n\n    @cache\n    def c(): ...\n"
    plain = undecorated(source)
    assert "@property" not in plain
    assert "@cache" in plain
    names: dict[str, type] = {}
    exec(plain.replace("@cache", "@staticmethod"), names)
    assert names["A"]().b == 1


@pytest.mark.parametrize("part", TESTS)
def test_every_part_has_tests(part):
    assert files_for(part + ".py")
