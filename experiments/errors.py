"""What can go wrong in a run, said in one paragraph: the fault, what was expected, what to do."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class UsageError(Exception):
    """The user asked for something that cannot be done; `train.py` prints it and exits with 2."""

    exit_code = 2


class DivergedError(Exception):
    """The run was fine and its numbers were not: a loss of NaN or ±inf; exit code 1."""

    exit_code = 1


def suggestion(word: str, choices: Iterable[str]) -> str:
    """' Did you mean …?' when a choice is near `word`, '' otherwise.

    >>> suggestion("sigmoyd", ["relu", "sigmoid", "tanh"])
    ' Did you mean sigmoid?'
    >>> suggestion("???", ["relu"])
    ''
    """
    by_lower = {choice.lower(): choice for choice in choices}
    near = difflib.get_close_matches(word.lower(), list(by_lower), n=2, cutoff=0.5)
    if not near:
        return ""
    return f" Did you mean {' or '.join(by_lower[name] for name in near)}?"


def unknown(kind: str, word: str, choices: Iterable[str]) -> UsageError:
    """The error for a name that is not in a table: the nearest names and the whole table."""
    names = list(choices)
    hint = suggestion(word, names)
    return UsageError(f"unknown {kind} {word!r}.{hint} Known: {', '.join(names)}.")
