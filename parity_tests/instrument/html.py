"""The report as one self-contained page: the data inside a template that draws itself."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

_PLACEHOLDER = "/*REPORT*/null"


def render(data: dict[str, Any]) -> str:
    """The page for a report's data (see `report.Recorder.as_json`)."""
    template = files(__package__).joinpath("report.html").read_text(encoding="utf-8")
    embedded = json.dumps(data).replace("</", "<\\/")
    return template.replace(_PLACEHOLDER, embedded)
