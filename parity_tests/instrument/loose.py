"""Bounds that nothing comes near: which rows of the report may be so, and why.

A row is loose where the largest share of the bound that was ever used up is below 1e-4. Tiers of a
few ulp (ulp, comparative, optimizer steps) cannot be loose: what uses less of them is exact, or off in
elements that are much smaller than the largest. Where the ulp are those of a scale that the case gives
(`scaled`), they can: a scale of 1e6 for terms of size 1 forgives everything. Only what is exact is none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from parity_tests.instrument import tolerances as table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parity_tests.instrument.report import Record


class Loose(NamedTuple):
    """Rows, by a regular expression on "operation · direction · dtype · tier", and the reason."""

    rows: str
    reason: str


LOOSE = (
    Loose(
        r" · run · float64 · trajectory$",
        "one limit for all runs: those that amplify roundings come near it, those that do not stay "
        "at 1e-16 of the weights, and a wrong formula shows at 1e-3 of them in both",
    ),
)


def is_loose(row: Record) -> bool:
    """Whether the row's bound says less than it should."""
    a_few_ulp = row.tier in ("ulp", "comparative") or row.direction.startswith("step")
    bounded = row.tier not in ("exact", "refused") and not a_few_ulp
    inexact = row.tier != "scaled" or row.ratio > 0
    return bounded and inexact and row.ratio < table.VACUOUS.value


def reason(row: Record) -> str:
    """The written reason, or nothing."""
    name = " · ".join((row.op, row.direction, row.dtype, row.tier))
    return next((one.reason for one in LOOSE if re.search(one.rows, name)), "")


def unexplained(rows: Iterable[Record]) -> list[Record]:
    """Loose rows for which nobody has written a reason."""
    return [row for row in rows if is_loose(row) and not reason(row)]


def stale(rows: Iterable[Record]) -> list[Loose]:
    """Reasons for rows that are not loose any more, or are no more."""
    used = {reason(row) for row in rows if is_loose(row)}
    return [one for one in LOOSE if one.reason not in used]
