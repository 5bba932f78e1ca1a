"""Columns of numbers from the user's CSV file; a fault is reported with its line number.

A cell that is empty or `NA` is a missing value: its row is dropped and counted. Everything else
that is not a positive, finite, plausible number is an error, because a wrong unit or a shifted
column trains just as readily as the truth.
"""

from __future__ import annotations

import codecs
import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from experiments.errors import UsageError, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

MISSING = {"", "na", "n/a"}
DELIMITERS = (",", ";", "\t")
# What float() takes beside this, such as 1_7 for 17 or other scripts' digits, is no number in a CSV.
NUMBER = re.compile(
    r"[+-]?(nan|inf(inity)?|(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)", re.ASCII | re.IGNORECASE
)


@dataclass(frozen=True)
class Column:
    """A column to read: its name, its unit, the largest plausible value, what more would mean.

    `if_more` lists (up to which value, what to say), in rising order.
    """

    name: str
    unit: str
    most: float
    if_more: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Table:
    """The complete rows, (N, columns), and how many rows were dropped for missing values."""

    values: NDArray[np.float64]
    dropped: int


def read_columns(path: str, columns: Sequence[Column]) -> Table:
    """The given columns of a CSV file with a header line; other columns are ignored.

    Raises UsageError with the line number for every fault that is not a missing value.
    """
    try:
        with Path(path).expanduser().open(newline="", encoding="utf-8-sig") as stream:
            delimiter = _delimiter(stream.readline())
            stream.seek(0)
            reader = csv.reader(stream, delimiter=delimiter, strict=True)
            return _parse(reader, path, columns)
    except UnicodeDecodeError as fault:
        raise UsageError(
            f"{path}, line {_line_that_is_not_utf8(path)}: not a text file in UTF-8 "
            f"({fault.reason}); save it again as CSV in UTF-8."
        ) from None
    except OSError as fault:
        raise UsageError(f"cannot read {path}: {fault.strerror or fault}.") from None


def _parse(reader: Iterator[list[str]], path: str, columns: Sequence[Column]) -> Table:
    rows: list[list[float]] = []
    dropped = 0
    line = 1
    try:
        header = next(reader, None)
        if header is None or not any(cell.strip() for cell in header):
            raise UsageError(f"{path} is empty; {_expected(columns)} was expected in line 1.")
        wanted = {column.name for column in columns}
        places = [_place(path, header, column, wanted) for column in columns]
        for cells in reader:
            line = reader.line_num  # type: ignore[attr-defined]  # csv readers count lines
            if not cells:
                continue
            if len(cells) != len(header):
                raise UsageError(
                    f"{path}, line {line}: {_count(len(cells))}, but the header has {len(header)}."
                )
            texts = [cells[place].strip() for place in places]
            if any(text.lower() in MISSING for text in texts):
                dropped += 1
                continue
            rows.append(
                [
                    _number(path, line, text, column)
                    for text, column in zip(texts, columns, strict=True)
                ]
            )
    except csv.Error as fault:
        raise UsageError(f"{path}, near line {line + 1}: not a CSV file ({fault}).") from None
    if not rows:
        why = f"all {dropped:,} rows have missing values" if dropped else "no row follows line 1"
        raise UsageError(f"{path} has no data: {why}.")
    return Table(np.array(rows), dropped)


def _place(path: str, header: Sequence[str], column: Column, wanted: set[str]) -> int:
    names = [cell.strip() for cell in header]
    matches = [i for i, name in enumerate(names) if name.lower() == column.name]
    if len(matches) > 1:
        raise UsageError(f"{path}, line 1: {len(matches)} columns are called {column.name!r}.")
    if not matches:
        hint = suggestion(column.name, [name for name in names if name.lower() not in wanted])
        raise UsageError(
            f"{path}, line 1: no column {column.name!r} (in {column.unit}).{hint} "
            f"The header has: {', '.join(repr(name) for name in names[:20])}."
        )
    return matches[0]


def _number(path: str, line: int, text: str, column: Column) -> float:
    where = f"{path}, line {line}: {column.name} {text!r}"
    if not NUMBER.fullmatch(text):
        raise UsageError(f"{where} is not a number (expected {column.unit}, with a decimal point).")
    value = float(text)
    if not math.isfinite(value):
        raise UsageError(f"{where} is not finite; leave the cell empty if the value is missing.")
    if value <= 0:
        raise UsageError(f"{where} is not positive.")
    if value > column.most:
        meaning = next(say for most, say in column.if_more if value <= most)
        raise UsageError(f"{where} is more than {column.most:g} {column.unit}: {meaning}.")
    return value


def _line_that_is_not_utf8(path: str) -> int:
    """The number, from 1, of the first line with a byte that UTF-8 does not have there."""
    content = Path(path).expanduser().read_bytes()
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        # The codec counts from behind the byte order mark; a mark has no line end, so lines agree.
        content = content.removeprefix(codecs.BOM_UTF8)[: fault.start]
    return len(re.findall(rb"\r\n|\r|\n", content)) + 1


def _delimiter(header: str) -> str:
    """The separator that occurs most in the header line; the comma if none does."""
    return max(DELIMITERS, key=header.count)


def _count(cells: int) -> str:
    return "1 cell" if cells == 1 else f"{cells} cells"


def _expected(columns: Sequence[Column]) -> str:
    return "a header with the columns " + " and ".join(column.name for column in columns)
