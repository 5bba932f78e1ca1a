"""Which operations a failure names: those that a fault can be said to have been found at.

Names are compared whole. A name that is part of another (`step` in `StepLR`, `elu` in `relu`) or of
a file's (`optimizer` in `test_optimizers.py`) names nothing.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The title of a ParityError: "operation · direction · …".
_TITLE = re.compile(r"ParityError: ([A-Za-z_][A-Za-z_0-9.]*)")
_OF_TENSORS = {"tensor", "to_tensor", "leaf", "backward"}
_SEPARATORS = re.compile(r"[-\s\[\]]+")


def operation_of(message: str) -> str:
    """The operation in the title of the ParityError; nothing if there is none."""
    said = _TITLE.search(message)
    return said.group(1).rstrip(".") if said else ""


def case_names(test: str) -> set[str]:
    """The words in the brackets of a test's id: one of them is the case's name."""
    return set(_SEPARATORS.split(test.partition("[")[2])) - {""}


def mentioned(source: str, function: str) -> set[str]:
    """Names that a function's code says: variables, attributes and strings, each as a whole.

    Strings are taken apart at spaces: a list of names may be written as one string. `Tensor` is
    said wherever tensors are made or go backward.
    """
    said: set[str] = set()
    for found in ast.walk(ast.parse(source)):
        if not (isinstance(found, ast.FunctionDef) and found.name == function):
            continue
        for node in ast.walk(found):
            if isinstance(node, ast.Name):
                said.add(node.id)
            elif isinstance(node, ast.Attribute):
                said |= {node.attr, f"Tensor.{node.attr}"}
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                said |= set(node.value.split())
    return said | ({"Tensor"} if said & _OF_TENSORS else set())


def covered(test: str, source: str, covers: Iterable[str]) -> list[str]:
    """What the failing test says of the names that its module covers by hand."""
    function = test.rpartition("::")[2].partition("[")[0]
    return sorted(set(covers) & mentioned(source, function))


def is_one_of(ops: str, said: Iterable[str]) -> bool:
    """Whether one of the names is one of a fault's; a method may stand for its class."""
    names = {name for name in said if name}
    names |= {name.partition(".")[0] for name in names}
    return bool(names & set(ops.split()))
