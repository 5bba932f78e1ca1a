"""The list of hand-seeded faults still fits the code; finding them takes minutes, and is a command:
`python -m parity_tests.mutation`.
"""

from __future__ import annotations

import pytest

from parity_tests.mutation import FAULTS
from parity_tests.mutation.runner import ROOT, TESTS, files_for


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.name)
def test_fault_can_be_seeded(fault):
    source = (ROOT / fault.file).read_text(encoding="utf-8")
    assert fault.applied_to(source) != source
    assert files_for(fault.file)
    assert fault.ops


def test_faults_are_many_and_differ():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 60


@pytest.mark.parametrize("part", TESTS)
def test_every_part_has_tests(part):
    assert files_for(part + ".py")
