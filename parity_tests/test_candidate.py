"""Somebody's own module as the candidate: tensors in torch's manner, a few names, one of them wrong."""

from __future__ import annotations

import operator
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_tests.conventions import same
from parity_tests.instrument import (
    COMPARATIVE,
    EXACT,
    Case,
    ParityError,
    assert_parity,
    check,
    dyadic,
    held,
    lacking,
    normal,
)
from parity_tests.instrument.asking import missing
from parity_tests.instrument.lacking import Partial, offers
from parity_tests.instrument.report import RECORDER

RELU = Case("relu", inputs=(dyadic(5, 7),), tier=EXACT, elementwise=True)
EXACTLY = Case("relu", inputs=(dyadic(5, 7),), tier=EXACT, grad_tier=EXACT, elementwise=True,
               kinks=(0.0,))  # fmt: skip # one line
SOFTMAX = Case("softmax", inputs=(normal(3, 4),), options={"dim": 1}, tier=COMPARATIVE, why="torch")
GELU = Case("gelu", inputs=(normal(3),), tier=COMPARATIVE, why="torch")


class Tensor:
    """All that a candidate's tensor needs; and a product."""

    def __init__(self, data: Any, requires_grad: bool = False, source: Any = None) -> None:
        self.data, self.requires_grad, self.source = np.asarray(data), requires_grad, source
        self.grad: Any = None

    def numpy(self) -> np.ndarray:
        return self.data

    def backward(self, upstream: Tensor) -> None:
        leaf, slope = self.source
        leaf.grad = Tensor(slope(upstream.data))

    def __mul__(self, other: Tensor) -> Tensor:
        return Tensor(self.data * other.data)


def relu(input: Tensor) -> Tensor:
    x = input.data
    value = np.where(x < 0, np.zeros_like(x), x)
    return Tensor(value, input.requires_grad, (input, lambda g: np.where(x <= 0, 0 * abs(g), g)))


def softmax(input: Tensor, dim: int) -> Tensor:
    e = np.exp(input.data - input.data.max(dim, keepdims=True))
    p = e / e.sum(dim, keepdims=True)
    return Tensor(p, input.requires_grad, (input, lambda g: g * p * (1 - p)))  # the diagonal only


@pytest.fixture
def mine(reference) -> Partial:
    module = types.ModuleType("mine")
    vars(module).update(Tensor=Tensor, tensor=Tensor, relu=relu, softmax=softmax)
    return Partial(module, [name for name in dir(reference) if not name.startswith("_")])


def test_what_is_right_passes_and_what_is_wrong_is_found(mine, reference, dtype, monkeypatch):
    """Its backward takes no `retain_graph`: nothing is skipped for that, but it is listed."""
    monkeypatch.setattr(held, "not_offered", lambda _, what: pytest.fail(f"skipped: {what}"))
    monkeypatch.setattr(lacking, "NOT_OFFERED", set())
    with RECORDER.set_aside():
        check(RELU, mine, reference, dtype)
        with pytest.raises(ParityError, match="softmax · gradient of input 0"):
            check(SOFTMAX, mine, reference, dtype)
    assert {"backward(upstream, retain_graph=True)"} == lacking.NOT_OFFERED


def sloping(slope: Any, value: Any = lambda x: np.where(x < 0, np.zeros_like(x), x)) -> Any:
    """A ReLU with this derivative, and this value."""

    def relu(input: Tensor) -> Tensor:
        x = input.data
        return Tensor(value(x), input.requires_grad, (input, lambda g: g * slope(x)))

    return relu


def test_the_sign_of_a_gradient_s_zero_is_no_failure_and_hides_none(mine, reference, dtype):
    """g * (x > 0) is right, though −0 where g < 0; g * (x >= 0) is wrong at 0, and said to be.

    (Torch's gradient at NaN is not 0, hence not x <= 0, and not x < 0.)
    """
    with RECORDER.set_aside():
        vars(mine)["relu"] = sloping(lambda x: ~(x <= 0))
        check(EXACTLY, mine, reference, dtype)
        vars(mine)["relu"] = sloping(lambda x: ~(x < 0))
        with pytest.raises(
            ParityError, match=r"gradient of input 0(?s:.*)inputs +x0=-?0.0 "
        ) as said:
            check(EXACTLY, mine, reference, dtype)
        assert "sign of zeros" not in str(said.value)
        vars(mine)["relu"] = sloping(lambda x: ~(x <= 0), lambda x: x * ~(x <= 0))
        with pytest.raises(ParityError, match=r"forward(?s:.*)only the sign of zeros differs"):
            check(EXACTLY, mine, reference, dtype)
        vars(mine)["relu"] = sloping(lambda x: ~(x < 0), lambda x: np.maximum(x, 0))
        with pytest.raises(ParityError, match=r"gradient of input 0(?s:.*)inputs +x0=-?0.0 "):
            check(EXACTLY, mine, reference, dtype)


def test_a_wrong_number_comes_before_the_sign_of_a_zero():
    with RECORDER.set_aside(), pytest.raises(ParityError, match=r"2 of 3 .* index \(2,\)") as said:
        assert_parity(np.array([0.0, 1.0, 2.0]), np.array([-0.0, 1.0, 3.0]), EXACT, op="relu")
    assert "sign of zeros" not in str(said.value)


def test_a_comparison_by_hand_shows_the_test_and_not_itself():
    """Nothing of the instrument's own source stands before the message."""
    with RECORDER.set_aside():
        for f in (
            lambda: assert_parity({"x": [2.0]}, {"x": [3.0]}, op="relu"),
            lambda: assert_parity({"x": "one"}, {"x": "another"}, op="relu"),
            lambda: assert_parity({"x": 1.0}, {"y": 1.0}, op="relu"),
            lambda: same("relu", 1.0, 2.0),
        ):
            with pytest.raises(ParityError) as caught:
                f()
            shown = caught.traceback.filter(caught)
            assert {entry.path for entry in shown} == {Path(__file__)}


def test_a_leaked_warning_hides_no_wrong_number(mine, reference):
    """It fails where the numbers are right, too; the message names the way out."""

    def leaking(x: np.ndarray) -> np.ndarray:
        np.zeros(1) / np.zeros(1)
        return np.asarray(~(x <= 0))

    with RECORDER.set_aside():
        vars(mine)["relu"] = sloping(leaking)
        says = "leaks the NumPy warning invalid value .*; LEAKS_WARNINGS = True in the module lets"
        with pytest.raises(ParityError, match=says):
            check(EXACTLY, mine, reference)
        vars(mine)["LEAKS_WARNINGS"] = True
        check(EXACTLY, mine, reference)
        del vars(mine)["LEAKS_WARNINGS"]
        vars(mine)["relu"] = sloping(lambda x: leaking(x) | (x == 0))
        with pytest.raises(ParityError, match=r"inputs +x0=-?0.0 "):
            check(EXACTLY, mine, reference)


def test_what_it_lacks_is_skipped(mine, reference, dtype, monkeypatch):
    monkeypatch.setattr(lacking, "NOT_OFFERED", set())
    with pytest.raises(pytest.skip.Exception, match="gelu"):
        check(GELU, mine, reference, dtype)


def test_operators_and_methods_that_its_tensor_lacks(mine):
    x = Tensor(np.ones(2))
    for lacking_one in (lambda: x + x, lambda: x < x, lambda: -x, lambda: x.mean(), lambda: x @ 2):  # type: ignore[attr-defined, operator] # on purpose
        with pytest.raises((TypeError, AttributeError)) as caught:
            lacking_one()
        assert missing(mine, caught.value)
    for faulty in (lambda: x * 2, lambda: None + 1, lambda: np.ones(2).nothing):  # type: ignore[attr-defined, operator] # on purpose
        with pytest.raises((TypeError, AttributeError)) as caught:
            faulty()
        assert not missing(mine, caught.value)
    assert offers(mine, "Tensor.__mul__")
    assert not offers(mine, "Tensor.__eq__")  # object's, which compares identities
    assert not offers(mine, "Tensor.__or__")  # type's, which makes unions of classes
    assert operator.eq(x, x) is True


def test_none_is_an_operator_of_arrays_where_there_are_no_tensors_of_its_own(mine):
    refused = type("Tensor", (), {"__add__": None})
    vars(mine)["Tensor"] = refused
    assert not offers(mine, "Tensor.__add__")
    vars(mine)["vjp"] = lambda function, wrt, *arrays: None
    assert offers(mine, "Tensor.__add__")
    assert not offers(mine, "Tensor.__mul__")
