"""Options of groups: each its own, in every option, and changed between steps as schedulers do.

Nothing may be read from the constructor's defaults, nothing kept from an earlier step.
"""

from __future__ import annotations

from typing import Any

import pytest

from parity_tests.driven import Side, agree, draw
from parity_tests.instrument import check_optimizer
from parity_tests.test_optimizers import OPTIONS

#: Options that decide which state there is: fixed from the first step on, on torch's side too.
STRUCTURE = {"Adam": ("amsgrad",), "AdamW": ("amsgrad",), "RMSprop": ("centered", "momentum")}
#: Elements of a parameter of 128 KiB and more, which need not be gathered with others.
LARGE = 128 * 1024 // 4 + 5


def alike(name: str, rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The rows of options of an optimizer, by what they say of its state's structure."""
    kinds: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        kind = tuple(bool(row[key]) for key in STRUCTURE.get(name, ()))
        kinds.setdefault(kind, []).append(row)
    return [kind for kind in kinds.values() if len(kind) > 1]


#: All rows of an optimizer at once; or rows of one structure, whose options take turns.
GROUPS = [
    (name, [row for kind in alike(name, OPTIONS[name]) for row in kind], 0) for name in OPTIONS
]
GROUPS += [(name, kind, 3) for name in OPTIONS for kind in alike(name, OPTIONS[name])]
ROWS = [(name, row) for name, rows in OPTIONS.items() for row in rows]


def ids(table: list[Any]) -> list[str]:
    return [f"{name}-{i}" for i, (name, *_) in enumerate(table)]


@pytest.mark.parametrize(("name", "groups", "turns"), GROUPS, ids=ids(GROUPS))
def test_every_group_has_its_own_options(
    candidate, reference, name, groups, turns, dtype, device, seed
):
    """From the start; and changed: after every third step each takes over those of another."""
    check_optimizer(
        *(candidate, reference, name, {}, dtype),
        device=device,
        seed=seed,
        steps=16,
        groups=groups,
        shapes=((3,),) * len(groups),
        turns=turns,
    )


def test_adagrad_starts_its_sums_with_the_value_of_the_constructor(
    candidate, reference, rng, dtype
):
    """A group may name another: it is kept and shown, and does nothing, as in torch."""

    def groups(parameters: list[Any]) -> list[dict[str, Any]]:
        first, second, _ = parameters
        return [{"params": [first], "initial_accumulator_value": 4.0}, {"params": [second]}]

    shapes = ((3,), (2, 2), (4,))
    start = draw(rng, dtype, shapes)
    ours, theirs = (Side(impl, "Adagrad", start, groups) for impl in (candidate, reference))
    agree(ours, theirs, "before")
    for side in (ours, theirs):
        late = {"params": [side.parameters[2]], "initial_accumulator_value": 2.0}
        side.optimizer.add_param_group(late)
    for t in range(4):
        row = draw(rng, dtype, shapes)
        for side in (ours, theirs):
            side.optimizer.param_groups[1]["initial_accumulator_value"] = float(t)
            side.step(row)
        agree(ours, theirs, f"step {t}")


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
