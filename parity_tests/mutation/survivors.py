"""Mutants that no test can or need kill, each kind with the reason: (pattern, reason).

The pattern is searched in "name: the line before the change". Mutants that change only the text of
a message are recognised without an entry here.
"""

from __future__ import annotations

JUSTIFIED: list[tuple[str, str]] = [
    (r"x_shifted__.*ndim == 2", "the other branch computes the same, slower"),
    (r"require_floating\(|stacklevel=", "an argument that only names the function in a message"),
    (r"x_(softmax|log_softmax|softmin)__.*_along\(", "the name is for messages only"),
]
