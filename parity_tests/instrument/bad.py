"""Bad input: both sides refuse it, with the same exception type and a message that says why.

Somebody else's code refuses it where `except` with torch's type catches what it raises; it has words
of its own. What it raises because it lacks something is not offered, and neither right nor wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parity_tests.instrument.asking import is_of_the_call, missing, place
from parity_tests.instrument.judge import ParityError
from parity_tests.instrument.lacking import Partial, not_offered, offered
from parity_tests.instrument.written import defined, imports

if TYPE_CHECKING:
    from parity_tests.instrument.case import Bad


def check_bad(bad: Bad, candidate: Any, reference: Any) -> None:
    """Hold a bad input against both sides."""
    offered(candidate, bad.name)
    expected = raised(bad, reference)
    if expected is None or builtin_type(expected) is not bad.exception:
        raise ParityError(
            f"{bad.name} · bad input {bad}: the case says {bad.exception.__name__}, but torch_ref "
            f"raised {expected!r}"
        )
    actual = raised(bad, candidate)
    if actual is None:
        raise ParityError(
            f"{bad.name} · bad input {bad}: accepted; torch_ref raises {bad.exception.__name__}: "
            f"{expected}{_program(bad, candidate)}"
        )
    refused = same_refusal(candidate, actual, bad.exception)
    # where torch refuses the call itself, a candidate that knows no such call is right
    if not (refused and is_of_the_call(expected)) and (lacks := missing(candidate, actual)):
        not_offered(candidate, lacks)
    if not refused:
        raise ParityError(
            f"{bad.name} · bad input {bad}: {_otherwise(candidate, actual)}; expected "
            f"{bad.exception.__name__}, as torch_ref raises ({expected}){_program(bad, candidate)}"
        ) from actual
    if isinstance(candidate, Partial):
        return
    message = str(actual)
    # a KeyError's text is the key
    sentence = isinstance(actual, KeyError) or _is_a_sentence(message, bad.says)
    if not sentence or bad.says not in message:
        raise ParityError(
            f"{bad.name} · bad input {bad}: the message should say {bad.says or 'what is wrong'!r},"
            f" but reads {message!r}{_program(bad, candidate)}"
        ) from actual


def same_refusal(candidate: Any, error: BaseException, wanted: type[BaseException]) -> bool:
    """Whether a side raised torch's type: of scratch, the nearest built-in class.

    Of a partial candidate, what `except` would catch: NumPy's AxisError is a ValueError and an
    IndexError. Not a RecursionError, a RuntimeError that nobody raises.
    """
    if not isinstance(candidate, Partial):
        return builtin_type(error) is wanted
    return isinstance(error, wanted) and not isinstance(error, RecursionError)


def _otherwise(candidate: Any, error: BaseException) -> str:
    """What was raised in place of torch's type, where, and whether on purpose."""
    says = f"raised {type(error).__name__} ({error})"
    if where := place(candidate, error):
        says += f" in {where}"
    silent = isinstance(error, AssertionError) and not str(error)
    if silent or isinstance(error, (AttributeError, NameError, RecursionError)):
        says += ", which is an accident and no refusal"
    return says


def _program(bad: Bad, candidate: Any) -> str:
    """Code to paste that gives the candidate the input; nothing where its text is not to be had."""
    call = defined(bad.call)
    if call is None:
        return ""
    lines = ["import numpy as np", f"import {candidate.__name__} as impl", *call.splitlines()]
    lines = [*imports(call), *lines, "print(call(impl))"]
    return "\n  paste:\n" + "\n".join("    " + line for line in lines)


def _is_a_sentence(message: str, says: str) -> bool:
    """Several words, not shouted; it begins with None only where the case says so."""
    words = [word.strip(":;,.") for word in message.split()]
    shouted = [word for word in words if len(word) > 2 and word.isupper()]
    named = words[:1] != ["None"] or says.startswith("None")
    return len(words) > 1 and named and len(shouted) < 3


def raised(bad: Bad, impl: Any) -> BaseException | None:
    """The exception of one side, if any."""
    try:
        bad.call(impl)
    except Exception as error:
        return error
    return None


def builtin_type(error: BaseException) -> type[BaseException]:
    """The nearest built-in class: torch's own exceptions are subclasses of these."""
    return next(c for c in type(error).__mro__ if c.__module__ == "builtins")
