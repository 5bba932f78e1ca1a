"""Which options somebody's own optimizer takes: it is held on these, and not for lack of the others.

A row of options names all of them, also those that stay what they are by default. Whoever has no
such option does what torch does by default, so it need not be said; and what a row asks for beyond
that is left out on both sides, and listed as not offered.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from parity_tests.instrument.lacking import Partial, not_offered, note, offered
from parity_tests.instrument.sides import parameter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def takes(impl: Any, name: str, option: str) -> bool:
    """Whether an optimizer has this option, as far as its signature says."""
    if not isinstance(impl, Partial):
        return True
    try:
        known = inspect.signature(getattr(impl, name)).parameters.values()
    except (TypeError, ValueError):  # a compiled one has none to read
        return True
    return any(p.name == option or p.kind is p.VAR_KEYWORD for p in known)


def told(candidate: Any, reference: Any, name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options without those that the candidate does not have and that are torch's default."""
    defaults = inspect.signature(getattr(reference, name)).parameters
    return {
        option: value
        for option, value in options.items()
        if takes(candidate, name, option)
        or option not in defaults
        or value != defaults[option].default
    }


def within(candidate: Any, reference: Any, name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that the candidate has, for both sides; what else was asked for is listed."""
    offered(candidate, name)
    asked = told(candidate, reference, name, options)
    kept = {option: value for option, value in asked.items() if takes(candidate, name, option)}
    lacks = [f"{name}({option}=…)" for option in asked if option not in kept]
    for one in lacks:
        note(one)
    if lacks:
        try:
            getattr(reference, name)([parameter(reference, np.zeros(1))], **kept)
        except ValueError:  # the rest needs what is left out, as `nesterov` needs momentum
            not_offered(candidate, ", ".join(lacks))
    return kept


def known(
    impl: Any, name: str, mine: Sequence[Mapping[str, Any]], theirs: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Torch's groups of options, of which a partial candidate need not have those it does not take."""
    if len(mine) != len(theirs):
        return [dict(group) for group in theirs]
    return [
        {k: v for k, v in group.items() if k in own or takes(impl, name, k)}
        for own, group in zip(mine, theirs, strict=True)
    ]
