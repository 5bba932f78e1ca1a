"""CONVENTIONS.md is true to the code: every test, every name and every option in it exists."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import scratch
import torch_ref

HERE = Path(__file__).parent
PAGE = HERE.parent / "CONVENTIONS.md"
COLUMNS = ("Here", "Shown by")


class Row(NamedTuple):
    """A row of one of the page's tables: its first cell, and what must exist."""

    title: str
    here: str
    shown_by: str

    def __str__(self) -> str:
        return self.title


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def rows(text: str) -> list[Row]:
    """The rows of all tables; a table that lacks a column is refused."""
    found: list[Row] = []
    table: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            table.append(line)
        elif table:
            header, _, *body = map(cells, table)
            here, shown_by = (header.index(column) for column in COLUMNS)
            for row in body:
                assert len(row) == len(header), f"{len(row)} cells: {row}"
                found.append(Row(row[0], row[here], row[shown_by]))
            table = []
    return found


#: The page is part of the repository, not of the installed package.
TEXT = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
ROWS = rows(TEXT)


def code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@cache
def names_of_tests(file: str) -> frozenset[str]:
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    functions = (node.name for node in tree.body if isinstance(node, ast.FunctionDef))
    return frozenset(name for name in functions if name.startswith("test_"))


def look_up(side: Any, name: str) -> Any:
    found = side
    for part in name.split("."):
        found = getattr(found, part)
    return found


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_row_names_tests_that_exist(row):
    named = code(row.shown_by)
    assert named, "no test shows it"
    for test in named:
        file, _, function = test.partition("::")
        assert function in names_of_tests(file), f"there is no {test}"


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_row_names_what_both_sides_offer(row):
    """`name`, `Class.method` or `name(option=…)`: all there, with that option."""
    named = code(row.here)
    assert named, "no name of the contract"
    for text in named:
        match = re.fullmatch(r"([A-Za-z_][\w.]*)(?:\((.*)\))?", text)
        assert match, f"{text} is no name with options"
        options = re.findall(r"(\w+)=", match[2] or "")
        for side in (scratch, torch_ref):
            thing = look_up(side, match[1])
            missing = set(options) - set(inspect.signature(thing).parameters) if options else None
            assert not missing, f"{side.__name__}.{match[1]} takes no {missing}"


def test_names_of_torch_exist():
    for name in code(TEXT):
        if name.startswith("torch."):
            look_up(importlib.import_module("torch"), name.removeprefix("torch."))


@pytest.mark.skipif(not TEXT, reason="CONVENTIONS.md is not here")
def test_every_test_of_a_convention_is_on_the_page():
    shown = {test for row in ROWS for test in code(row.shown_by)}
    here = {
        f"{file.name}::{name}"
        for file in HERE.glob("test_conventions_*.py")
        for name in names_of_tests(file.name)
    }
    assert here <= shown, f"not on the page: {sorted(here - shown)}"
