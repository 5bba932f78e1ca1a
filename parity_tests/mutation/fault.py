"""One hand-seeded fault: a small edit of `scratch` that changes what it computes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """`old` in `file` becomes `new`; a failing test should name one of `ops`.

    justified: why it cannot be found, where it cannot; such a fault is expected to survive.
    """

    name: str
    file: str
    old: str
    new: str
    ops: str
    justified: str = ""

    def applied_to(self, source: str) -> str:
        """The source with the fault in it; ValueError unless `old` occurs exactly once."""
        count = source.count(self.old)
        if count != 1:
            raise ValueError(f"fault {self.name!r}: {self.old!r} occurs {count}× in {self.file}")
        return source.replace(self.old, self.new)
