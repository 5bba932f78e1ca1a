"""Options of groups: each its own, in every option, and changed between steps as schedulers do.

Nothing may be read from the constructor's defaults, nothing kept from an earlier step.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from parity_tests.instrument import check_optimizer
from parity_tests.test_optimizers import OPTIONS

#: Options that decide which state there is: fixed from the first step on, on torch's side too.
STRUCTURE = {"Adam": ("amsgrad",), "AdamW": ("amsgrad",), "RMSprop": ("centered", "momentum")}
#: torch reads this one from the constructor alone.
CONSTRUCTOR = ("initial_accumulator_value",)
#: Elements of a parameter of 128 KiB and more, which need not be gathered with others.
LARGE = 128 * 1024 // 4 + 5


def differing(a: dict[str, Any], b: dict[str, Any]) -> set[str]:
    return {key for key in a if a[key] != b[key]}


def pairs(name: str, fixed: tuple[str, ...]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Pairs of an optimizer's rows of options, in which every option differs, as few as can be."""
    rows = [{k: v for k, v in row.items() if k not in CONSTRUCTOR} for row in OPTIONS[name]]
    couples = [(a, b) for a, b in itertools.permutations(rows, 2) if not differing(a, b) & {*fixed}]
    missing, chosen = set(rows[0]) - {*fixed}, []
    while missing:
        best = max(couples, key=lambda couple: len(missing & differing(*couple)))
        assert missing & differing(*best), f"no two rows of {name} differ in {missing}"
        chosen.append(best)
        missing -= differing(*best)
    return chosen


GROUPS = [(name, groups) for name in OPTIONS for groups in pairs(name, ())]
TURNS = [(name, groups) for name in OPTIONS for groups in pairs(name, STRUCTURE.get(name, ()))]
ROWS = [(name, row) for name, rows in OPTIONS.items() for row in rows]


def ids(table: list[Any]) -> list[str]:
    return [f"{name}-{i}" for i, (name, _) in enumerate(table)]


@pytest.mark.parametrize(("name", "groups"), GROUPS, ids=ids(GROUPS))
def test_groups_differ_in_every_option(candidate, reference, name, groups, dtype, device, seed):
    check_optimizer(
        *(candidate, reference, name, {}, dtype),
        device=device,
        seed=seed,
        steps=16,
        groups=groups,
    )


@pytest.mark.parametrize(("name", "groups"), TURNS, ids=ids(TURNS))
def test_options_change_between_steps(candidate, reference, name, groups, dtype, device, seed):
    """Two groups exchange all of their options after every third step."""
    check_optimizer(
        *(candidate, reference, name, {}, dtype),
        device=device,
        seed=seed,
        steps=16,
        groups=groups,
        turns=3,
    )


@pytest.mark.parametrize(("name", "options"), ROWS, ids=ids(ROWS))
def test_large_parameters_with_every_option(
    candidate, reference, name, options, dtype, device, seed
):
    """What is stepped where it lies has the rules of what is gathered; gradients stay as given."""
    check_optimizer(
        *(candidate, reference, name, options, dtype),
        device=device,
        seed=seed,
        steps=2,
        shapes=((LARGE,), (3,)),
    )
