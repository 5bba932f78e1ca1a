"""What an error of a partial candidate says that it lacks; anything else is the candidate's fault.

Only the suite asks for what need not be there. A name, an operator or an option that the candidate's
own code misses is a mistake in that code, and so is whatever it raises while it handles one.
"""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from parity_tests.instrument.lacking import Partial, offers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from parity_tests.instrument.case import Case

_OPERATORS = {"+": "add", "-": "sub", "*": "mul", "/": "truediv", "@": "matmul", "&": "and"}
_OPERATORS |= {"|": "or", "^": "xor", "//": "floordiv", "%": "mod", "** or pow()": "pow"}
_OPERATORS |= {"**": "pow", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_UNARY = {"unary -": "neg", "unary +": "pos", "unary ~": "invert", "abs()": "abs"}
_BINARY = re.compile(
    r"unsupported operand type\(s\) for (.+?)=?: '(\S+)' and|'(\S+)' not supported"
)
_OF_ONE = re.compile(r"bad operand type for (.+?): ")
#: What Python says of an object that is no such thing, and the method that would make it one.
_PHRASES = {
    "has no len()": "len",
    "is not subscriptable": "getitem",
    "does not support item assignment": "setitem",
    "is not iterable": "iter",
    "non-iterable": "iter",
    "int() argument must be": "int",
    "float() argument must be": "float",
    "list indices must be integers": "index",
    "cannot be interpreted as an integer": "index",
    "unsupported format string passed to": "format",
}
_KEYWORD = re.compile(r"unexpected keyword argument '(\w+)'")
_CALLED_OTHERWISE = re.compile(
    "unexpected keyword argument|required (positional|keyword-only) argument|positional arguments? but"
)
_CALLED = re.compile(r"([\w.<>]+?)(?:\.__init__|\.__new__)?\(\) ")
#: Whose frames ask on behalf of whoever called them.
_LIBRARIES = frozenset(sys.stdlib_module_names) | {"numpy", "pytest", "_pytest", "hypothesis"}
_LOOKUPS = ("__getattr__", "__getattribute__")


def missing(candidate: Any, error: BaseException | None, case: Case | None = None) -> str:
    """What a partial candidate lacks ("Tensor.mean"), by an error of it; empty: it is a fault."""
    if not isinstance(candidate, Partial):
        return ""
    while error is not None:
        inside = _inside(candidate, error)
        if said := _said(candidate, error, inside, case):
            return said
        if inside:
            break
        error = error.__cause__ or error.__context__
    return ""


def is_of_the_call(error: BaseException) -> bool:
    """Whether an error is about how something was called, or a name that it does not have."""
    called = isinstance(error, TypeError) and _CALLED_OTHERWISE.search(str(error))
    return bool(called) or isinstance(error, AttributeError)


def place(candidate: Any, error: BaseException) -> str:
    """Where the candidate's own code raised ("relu, mine.py:31"); empty where it is not its own."""
    inside = _inside(candidate, error)
    if not inside:
        return ""
    code, trace, line = inside[-1].f_code, error.__traceback__, inside[-1].f_lineno
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame is inside[-1] else line
        trace = trace.tb_next
    return f"{code.co_qualname}, {Path(code.co_filename).name}:{line}"


def tensor_type(candidate: Any) -> type | None:
    """The class of a candidate's tensors, by name or by what `tensor` makes."""
    kind, make = (vars(candidate).get(name) for name in ("Tensor", "tensor"))
    if isinstance(kind, type):
        return kind
    try:
        return None if make is None else type(make(np.zeros(1, np.float32)))
    except Exception:  # the tests of `tensor` will say so
        return None


def _inside(candidate: Any, error: BaseException) -> list[FrameType]:
    """The candidate's frames behind the suite's last: empty where the suite itself has asked."""
    frames: list[FrameType] = []
    trace = error.__traceback__
    while trace is not None:
        frame, trace = trace.tb_frame, trace.tb_next
        name = str(frame.f_globals.get("__name__", ""))
        top = name.partition(".")[0]
        ours = top in ("parity_tests", "experiments") and name != candidate.__name__
        if ours and not name.startswith("parity_tests.adapters."):
            frames = []
        elif name and top not in _LIBRARIES:  # without a name: text that the caller evaluates
            frames.append(frame)
    while frames and frames[-1].f_code.co_name in _LOOKUPS:
        frames.pop()
    return frames


def _said(
    candidate: Partial, error: BaseException, inside: list[FrameType], case: Case | None
) -> str:
    if isinstance(error, AttributeError):
        return "" if inside else _attribute(candidate, error)
    if not isinstance(error, TypeError):
        return ""
    text = str(error)
    called, keyword = _CALLED.search(text), _KEYWORD.search(text)
    name = called[1].rpartition(".")[2] if called else ""
    if inside:
        passed_on = keyword and _refuses(candidate, name, keyword[1], inside, case)
        return f"{name}({keyword[1]}=…)" if keyword and passed_on else ""
    if keyword:
        return f"{name}({keyword[1]}=…)"
    return (
        f"{name} with torch's arguments"
        if _CALLED_OTHERWISE.search(text)
        else (_operator(candidate, text))
    )


def _attribute(candidate: Partial, error: AttributeError) -> str:
    """The attribute of one of the candidate's classes, or of the arrays of its library."""
    kind, sought = tensor_type(candidate), error.obj
    own = [value for _, value in _contract(candidate) if isinstance(value, type)]
    own += [] if kind is None else [kind]
    foreign = not isinstance(sought, ModuleType) and type(sought).__module__ != "builtins"
    for one in own:
        if sought is one:
            return f"{one.__name__}.{error.name}"
    if isinstance(sought, tuple(own)) or (foreign and "vjp" in vars(candidate)):
        tensor = kind is not None and isinstance(sought, kind)
        return f"{'Tensor' if tensor else type(sought).__name__}.{error.name}"
    return ""


def _operator(candidate: Partial, text: str) -> str:
    """The operator or conversion of which Python says that the candidate's tensors have none."""
    kind = tensor_type(candidate)
    if kind is None or not re.search(rf"\b{re.escape(kind.__name__)}\b", text):
        return ""
    name = next((name for phrase, name in _PHRASES.items() if phrase in text), "")
    if found := _OF_ONE.search(text):
        name = _UNARY.get(found[1], "")
    if found := _BINARY.search(text):
        name = _OPERATORS.get(found[1] or found[3], "")
        own = found[2] is None or found[2].endswith(kind.__name__)
        name = name if own or not name else f"r{name}"
    whole = f"Tensor.__{name}__"
    return whole if name and not offers(candidate, whole) else ""


def _refuses(
    candidate: Partial, name: str, keyword: str, inside: list[FrameType], case: Case | None
) -> bool:
    """Whether a public function that the suite called hides behind a decorator and lacks an option.

    Then no function of the contract with an argument list of its own has begun to run.
    """
    if case is not None and keyword in case.options:
        name = case.name
    public: Any = candidate
    for part in name.split("."):
        public = vars(public).get(part) if public is candidate else getattr(public, part, None)
    if not callable(public):
        return False
    begun = {frame.f_code for frame in inside}
    for _, value in _contract(candidate):
        members = vars(value).values() if isinstance(value, type) else (value,)
        for code in (getattr(inspect.unwrap(m), "__code__", None) for m in members if callable(m)):
            if code in begun and not code.co_flags & inspect.CO_VARKEYWORDS:
                return False
    try:
        parameter = inspect.signature(public).parameters.get(keyword)
    except (TypeError, ValueError):  # a compiled one has none to read
        return False
    return parameter is None


def _contract(candidate: Partial) -> Iterator[tuple[str, Any]]:
    names = candidate._contract
    return ((name, value) for name, value in vars(candidate).items() if name in names)
