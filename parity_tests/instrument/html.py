"""The report as one self-contained page (written in the next step)."""

from __future__ import annotations

from typing import Any


def render(data: dict[str, Any]) -> str:
    """The page."""
    raise NotImplementedError
