"""Options of groups: each its own, in every option, and changed between steps as schedulers do.

Nothing may be read from the constructor's defaults, nothing kept from an earlier step.
"""

from __future__ import annotations

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


def alike(name: str, rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The rows of options of an optimizer, by what they say of its state's structure."""
    kinds: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        kind = tuple(bool(row[key]) for key in STRUCTURE.get(name, ()))
        kinds.setdefault(kind, []).append({k: v for k, v in row.items() if k not in CONSTRUCTOR})
    return [kind for kind in kinds.values() if len(kind) > 1]


GROUPS = [(name, [row for kind in alike(name, OPTIONS[name]) for row in kind]) for name in OPTIONS]
TURNS = [(name, kind) for name in OPTIONS for kind in alike(name, OPTIONS[name])]
ROWS = [(name, row) for name, rows in OPTIONS.items() for row in rows]


def ids(table: list[Any]) -> list[str]:
    return [f"{name}-{i}" for i, (name, _) in enumerate(table)]


@pytest.mark.parametrize(("name", "groups"), GROUPS, ids=ids(GROUPS))
def test_every_group_has_its_own_options(candidate, reference, name, groups, dtype, device, seed):
    check_optimizer(
        *(candidate, reference, name, {}, dtype),
        device=device,
        seed=seed,
        steps=16,
        groups=groups,
        shapes=((3,),) * len(groups),
    )


@pytest.mark.parametrize(("name", "groups"), TURNS, ids=ids(TURNS))
def test_options_change_between_steps(candidate, reference, name, groups, dtype, device, seed):
    """After every third step each group takes over the options of another."""
    check_optimizer(
        *(candidate, reference, name, {}, dtype),
        device=device,
        seed=seed,
        steps=16,
        groups=groups,
        shapes=((3,),) * len(groups),
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
