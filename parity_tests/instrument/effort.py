"""How much work a check does: under a thousand seeds, what one seed leaves out another does."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPARING = ContextVar("sparing", default=False)


@contextmanager
def sparingly() -> Iterator[None]:
    """Inside, optimizers make all their steps, but are looked at every seventh only.

    Which ones depends on the seed: what seven seeds look at is every step. Differences stay in
    parameters and state, so that what arose between two looks is there at the next.
    """
    before = _SPARING.set(True)
    try:
        yield
    finally:
        _SPARING.reset(before)


def looks(step: int, seed: int) -> bool:
    """Whether parameters and state are compared after this step (and after one from torch's)."""
    return not _SPARING.get() or (step + seed // 10) % 7 == 0
