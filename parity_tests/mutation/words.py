"""What `--only WORD` chooses; a word that chooses nothing is wrong usage, and no success."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WRONG_USAGE = 2
T = TypeVar("T")


def having(word: str, texts: Mapping[str, T], kind: str, words: Iterable[str]) -> list[T]:
    """Of a text for each thing, the things whose text has the word, in upper or lower case.

    If none has it the command ends with a line that says so, and which words there are.
    """
    chosen = [thing for text, thing in texts.items() if word.lower() in text.lower()]
    if not chosen:
        refuse(f"no {kind} has {word!r}; there are {', '.join(words)}")
    return chosen


def refuse(message: str) -> NoReturn:
    """End the command as one that was called in the wrong way."""
    print(f"python -m parity_tests.mutation: {message}", file=sys.stderr)
    sys.exit(WRONG_USAGE)
