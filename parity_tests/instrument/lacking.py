"""What a candidate of somebody's own lacks is not offered, which is neither right nor wrong.

Names of the contract, options, methods, operators, attributes of its objects: whoever asks for one
that is missing is skipped, and the end of the run lists what that was.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ABSENT = object()
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
    arrays = "vjp" in vars(impl)
    for part in name.split("."):
        if isinstance(impl, type) and part.startswith("__"):  # not its metaclass's, nor object's
            own = next((vars(c)[part] for c in impl.__mro__[:-1] if part in vars(c)), ABSENT)
            return own is not ABSENT and (own is not None or arrays)
        own = vars(impl).get(part) if isinstance(impl, ModuleType) else getattr(impl, part, None)
        if own is None:
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


def words(impl: Any, pattern: str) -> str | None:
    """What an exception must say; of somebody else's code, which has words of its own, nothing."""
    return None if isinstance(impl, Partial) else pattern


@contextmanager
def warned(impl: Any, kind: type[Warning], pattern: str) -> Iterator[None]:
    """The block must warn as torch does; whether somebody else's code does is its own affair."""
    if isinstance(impl, Partial):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", kind)
            yield
    else:
        with pytest.warns(kind, match=pattern):
            yield


def keeps_state(impl: Any, optimizer: Any, needed: str = "state_dict") -> bool:
    """Whether there is state to compare; of a partial candidate's optimizer, steps may be all."""
    return not isinstance(impl, Partial) or hasattr(optimizer, needed)


def offered(candidate: Any, *names: str) -> None:
    """Skip the running test where the candidate lacks one of the names."""
    for name in names:
        if not offers(candidate, name):
            not_offered(candidate, name)
