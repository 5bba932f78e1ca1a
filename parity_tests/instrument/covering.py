"""Covering arrays: few combinations in which every pair of option values occurs.

Most faults of options show in the interplay of at most two (Kuhn, Wallace and Gallo, 2004).
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def covering_array(
    strength: int = 2,
    valid: Callable[[dict[str, Any]], bool] = lambda options: True,
    **lists: Sequence[Any],
) -> list[dict[str, Any]]:
    """Rows of options such that every valid `strength`-tuple of values occurs in some row.

    Greedy: each row is the valid combination with the most tuples that are not yet covered (up to
    some 10⁵ combinations). `valid` leaves out combinations that the constructor refuses.

    >>> len(covering_array(a=[0, 1], b=[0, 1], c=[0, 1]))
    4
    """
    names = list(lists)
    rows = [dict(zip(names, row, strict=True)) for row in itertools.product(*lists.values())]
    rows = [row for row in rows if valid(row)]
    positions = list(itertools.combinations(range(len(names)), min(strength, len(names))))
    index = [{id(v): i for i, v in enumerate(values)} for values in lists.values()]

    def tuples(row: dict[str, Any]) -> set[tuple[Any, ...]]:
        at = [index[i][id(row[name])] for i, name in enumerate(names)]
        return {(p, tuple(at[i] for i in p)) for p in positions}

    remaining = [(row, tuples(row)) for row in rows]
    missing = set().union(*(t for _, t in remaining)) if remaining else set()
    chosen: list[dict[str, Any]] = []
    while missing:
        row, covered = max(remaining, key=lambda pair: len(pair[1] & missing))
        chosen.append(row)
        missing -= covered
    return chosen
