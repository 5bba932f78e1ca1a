"""What a candidate of somebody's own lacks is not offered, which is neither right nor wrong.

Names of the contract, options, methods, operators, attributes of its objects: whoever asks for one
that is missing is skipped, and the end of the run lists what that was.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What was skipped, listed at the end of the run.
NOT_OFFERED: set[str] = set()


def note(what: str) -> None:
    """List what is missing; the running test goes on with the rest."""
    NOT_OFFERED.add(what)


def not_offered(candidate: Any, what: str) -> NoReturn:
    """Skip the running test, and list what is missing."""
    note(what)
    pytest.skip(f"{what}: not offered by {candidate.__name__}")


def offers(impl: Any, name: str) -> bool:
    """Whether a module has this name of the contract ("relu", "Tensor.sum").

    An operator that is None is one that Python refuses. Not so in an adapter without tensors of its
    own (`vjp`): there it says that the library's arrays have this operator, which is all that is
    ever called.
    """
    if name.startswith("Tensor.__") and "vjp" in vars(impl):
        classes = getattr(vars(impl).get("Tensor"), "__mro__", (object,))[:-1]
        return any(name.removeprefix("Tensor.") in vars(c) for c in classes)
    for part in name.split("."):
        own = (
            getattr(impl, part, None) if not isinstance(impl, ModuleType) else vars(impl).get(part)
        )
        if own is None or own is getattr(object, part, None):  # what every object has is no offer
            return False
        impl = own
    return True


class Partial(ModuleType):
    """A candidate that may lack names of the contract: whoever asks for one of these is skipped."""

    def __init__(self, module: ModuleType, contract: Sequence[str]) -> None:
        super().__init__(module.__name__, module.__doc__)
        self.__dict__.update({k: v for k, v in vars(module).items() if not k.startswith("__")})
        self._contract = frozenset(contract)

    def __getattr__(self, name: str) -> Any:
        if name in self.__dict__.get("_contract", ()):
            not_offered(self, name)
        raise AttributeError(f"{self.__name__} has no attribute {name!r}")


def keeps_state(impl: Any, optimizer: Any, needed: str = "state_dict") -> bool:
    """Whether there is state to compare; of a partial candidate's optimizer, steps may be all."""
    return not isinstance(impl, Partial) or hasattr(optimizer, needed)


def offered(candidate: Any, *names: str) -> None:
    """Skip the running test where the candidate lacks one of the names."""
    for name in names:
        if not offers(candidate, name):
            not_offered(candidate, name)
