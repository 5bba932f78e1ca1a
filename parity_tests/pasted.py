"""What a failure asks its reader to paste, run as it stands; and a module with a fault to fail with."""

from __future__ import annotations

import contextlib
import io
import re
import sys
import textwrap
import types
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

import scratch
import torch_ref
from parity_tests.instrument import EXACT, Case, ParityError, check, dyadic, lacking
from parity_tests.instrument.bits import hexadecimal
from parity_tests.instrument.lacking import Partial
from parity_tests.instrument.report import RECORDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OFF = 1.5
RELU = Case("relu", inputs=(dyadic(5, 7),), tier=EXACT, elementwise=True, variants="")


def importable(monkeypatch: pytest.MonkeyPatch, like: Any, **names: Any) -> types.ModuleType:
    """A module ``faulty`` as another one, of which some names are replaced."""
    module = types.ModuleType("faulty")
    vars(module).update({k: v for k, v in vars(like).items() if not k.startswith("__")} | names)
    monkeypatch.setitem(sys.modules, "faulty", module)
    return module


def code_of(error: pytest.ExceptionInfo[ParityError]) -> str:
    """The program of a message."""
    code = textwrap.dedent(str(error.value).partition("paste:\n")[2])
    assert code, f"nothing to paste in: {error.value}"
    return code


def pasted(error: pytest.ExceptionInfo[ParityError]) -> tuple[str, str]:
    """The program of a message, and what it prints."""
    code, out = code_of(error), io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "<pasted>", "exec"), {})
    return code, out.getvalue().strip()


def shows_the_fault(error: pytest.ExceptionInfo[ParityError]) -> str:
    """The program of a message, which prints the candidate's value with the message's bits."""
    code, printed = pasted(error)
    bits = re.search(r"candidate +\S+ +(0x\w+|\S+)$", str(error.value), re.MULTILINE)
    assert bits, error.value
    kind = {10: np.float32, 18: np.float64}.get(len(bits[1])) if "0x" in bits[1] else None
    shown = printed if kind is None else hexadecimal(np.asarray(kind(printed)))
    assert shown == bits[1], f"{printed} in place of the value of\n{error.value}"
    return code


def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Gives the error of a case on a module as another one, with some names replaced."""

    def failure(case: Case, like: Any = torch_ref, dtype: str = "float32", **names: Any) -> Any:
        module: Any = importable(monkeypatch, like, **names)
        if like not in (torch_ref, scratch):
            module = Partial(module, [name for name in vars(scratch) if name[0] != "_"])
        with pytest.raises((ParityError, pytest.skip.Exception)) as error:
            check(case, module, torch_ref, dtype)
        assert isinstance(error.value, ParityError), error.value
        return error

    monkeypatch.setattr(lacking, "NOT_OFFERED", set())
    with RECORDER.set_aside():
        yield failure


def off(function: Any, when: Any = lambda *tensors: True) -> Any:
    """The function, of which every result is too large by half, where the inputs are such."""

    def faulty(*tensors: Any, **options: Any) -> Any:
        result = function(*tensors, **options)
        return result * OFF if when(*tensors) else result

    return faulty


def crooked(function: Any, when: Any = lambda *tensors: True) -> Any:
    """The function on torch's tensors, of which every gradient is too large by half."""

    class Crooked(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x.clone()

        @staticmethod
        def backward(ctx: Any, *upstream: Any) -> Any:
            return upstream[0] * OFF

    def faulty(*tensors: Any, **options: Any) -> Any:
        result = function(*tensors, **options)
        return Crooked.apply(result) if when(*tensors) else result

    return faulty
