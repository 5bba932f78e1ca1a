"""A library without tensors of its own: its vjp has the signature of the contract, or is told so."""

from __future__ import annotations

import sys
import types
from typing import Any

import numpy as np
import pytest

from parity_tests.instrument import COMPARATIVE, Case, ParityError, check, lacking, normal
from parity_tests.instrument.lacking import Partial
from parity_tests.instrument.report import RECORDER
from parity_tests.options import module_named

PRODUCT = Case("Tensor.__mul__", (normal(3), normal(3)), tier=COMPARATIVE, why="torch", variants="")
SIGNATURE = r"vjp\(function, wrt, \*arrays\) -> \(value, pullback\)"


@pytest.fixture
def held(reference, monkeypatch) -> Any:
    """Holds a product of a library with this vjp; nothing of it counts as not offered."""
    monkeypatch.setattr(lacking, "NOT_OFFERED", set())

    def hold(vjp: Any) -> None:
        module = types.ModuleType("own")
        vars(module).update(vjp=vjp, Tensor=type("Tensor", (), {"__mul__": None}))
        check(PRODUCT, Partial(module, list(vars(reference))), reference)

    with RECORDER.set_aside():
        yield hold
    assert not lacking.NOT_OFFERED


def product(function: Any, wrt: Any, *arrays: Any) -> Any:
    x, y = arrays
    return function(x, y), lambda g: [[g * y, g * x][i] for i in wrt]


def behind(*arguments: Any) -> Any:
    """A decorator's wrapper, whose signature says nothing."""

    def vjp(function: Any, arrays: Any) -> Any:
        return product(function, (0, 1), *arrays)

    return vjp(*arguments)


def test_the_signature_of_the_contract(held):
    held(product)


@pytest.mark.parametrize(
    ("vjp", "says"),
    [
        (lambda function, arrays: None, "takes 2 positional arguments but 4 were given"),
        (lambda function, wrt, *arrays, upstream: None, "required keyword-only argument"),
        (lambda function, *, wrt, arrays: None, "takes 1 positional argument"),
        (behind, "takes 2 positional arguments but 4 were given"),
        (None, "'NoneType' object is not callable"),
    ],
    ids=["arrays as one", "upstream", "keywords", "behind a decorator", "None"],
)
def test_another_signature(held, vjp, says):
    """Not skipped, as an option would be that the library does not have."""
    with pytest.raises(ParityError, match=f"must be callable as {SIGNATURE}: .*{says}"):
        held(vjp)


@pytest.mark.parametrize(
    ("returned", "says"),
    [(np.ones(3), "a ndarray"), ((np.ones(3),), "a tuple"), ((1.0, 2.0), "'float', 'float'")],
    ids=["the value", "one of two", "the gradient"],
)
def test_another_result(held, returned, says):
    with pytest.raises(ParityError, match=f"must be {SIGNATURE}, but returned .*{says}"):
        held(lambda function, wrt, *arrays: returned)


@pytest.mark.parametrize(
    "pullback", [lambda: None, lambda upstream, wrt: None], ids=["none", "two"]
)
def test_another_pullback(held, pullback):
    with pytest.raises(ParityError, match=r"must be callable as pullback\(upstream\): "):
        held(lambda function, wrt, *arrays: (function(*arrays), pullback))


@pytest.mark.parametrize(
    ("returned", "says"),
    [
        ((1.0,), "returned 1"),
        ([], "returned 0"),
        (np.ones((2, 3)), "type ndarray"),
        (None, "type NoneType"),
    ],
    ids=["too few", "none", "an array", "nothing"],
)
def test_a_gradient_per_index(held, returned, says):
    expected = (
        rf"Tensor.__mul__ · (?s:.*){says}; expected .* of 2: .*wrt = \(0, 1\)(?s:.*)pullback\("
    )
    with pytest.raises(ParityError, match=expected):
        held(lambda function, wrt, *arrays: (function(*arrays), lambda upstream: returned))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "def vjp(function, arrays): pass",
            r"vjp\(function, arrays\) cannot be called so: too many",
        ),
        (
            "def vjp(function, wrt, x): pass",
            r"vjp\(function, wrt, x\) cannot be called so: too many",
        ),
        ("def vjp(f, wrt, *, arrays): pass", "cannot be called so: "),
        ("vjp = 3", "its vjp is a int"),
    ],
    ids=["arrays as one", "one array", "keywords", "no function"],
)
def test_it_is_said_before_the_first_test(text, says, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "no_vjp", raising=False)
    (tmp_path / "no_vjp.py").write_text(f"relu = abs\n{text}\n", encoding="utf-8")
    with pytest.raises(
        pytest.UsageError, match=f"^--candidate no_vjp: expected {SIGNATURE}; .*{says}"
    ):
        module_named("no_vjp")
