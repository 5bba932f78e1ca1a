"""The program of a failing case, where memory, places and side effects matter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import scratch
import torch_ref
from parity_tests.instrument import EXACT, Bad, Case, ParityError, check_bad, dyadic
from parity_tests.instrument.inputs import LAYOUTS
from parity_tests.instrument.written import laid_out, literal
from parity_tests.pasted import OFF, RELU, failing, importable, off, pasted, shows_the_fault

MAXIMUM = Case("maximum", inputs=(dyadic(3, 4), dyadic(3, 4)), tier=EXACT, variants="")


@pytest.fixture
def failure(monkeypatch):
    yield from failing(monkeypatch)


@pytest.mark.parametrize("layout", ["transposed", "strided", "reversed", "broadcast"])
def test_a_layout(layout, failure):
    """The fault is there for arrays that lie in memory like this; so is the program's."""

    def lies(x: Any) -> bool:
        return x.data.strides != np.zeros(x.shape, x.dtype).strides

    case = Case("relu", inputs=(dyadic(3, 4),), tier=EXACT, elementwise=True, variants=layout)
    error = failure(case, like=scratch, relu=off(scratch.relu, when=lies))
    assert f"[{layout}]" in str(error.value)
    shows_the_fault(error)


@pytest.mark.parametrize("shape", [(3, 4), (5,), (), (2, 3, 2)], ids=str)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_as_code(layout, shape, rng):
    array = rng.standard_normal(shape)
    expected = LAYOUTS[layout](array)
    made = eval(laid_out(literal(array), array, layout), {"np": np})
    assert (made.strides, made.tolist()) == (expected.strides, expected.tolist())


def test_an_element_that_is_right_alone(failure):
    """Where a fault is one of the place in the array, the program has all of it."""

    def last(x: Any) -> Any:
        y = torch_ref.relu(x)
        return torch.cat([y[:-1], y[-1:] + 1]) if y.ndim == 1 and len(y) > 200 else y

    error = failure(RELU, relu=last)
    assert "[long]" in str(error.value)
    assert "np.array([0.0]" not in shows_the_fault(error)


def test_another_dtype_and_shape(failure):
    for relu, said in (
        (lambda x: torch.relu(x).double(), "('float64', (5, 7))"),
        (lambda x: torch.relu(x)[None], "('float32', (1, 5, 7))"),
    ):
        assert pasted(failure(RELU, relu=relu))[1] == said


def test_what_is_no_number(failure):
    """The program runs into the same error; shows that there is no gradient; that input changed."""
    raising = failure(RELU, relu=lambda x: x.nothing)
    with pytest.raises(AttributeError, match="nothing"):
        pasted(raising)
    gone = failure(MAXIMUM, maximum=lambda x, y: torch_ref.maximum(x, y.detach()))
    assert pasted(gone)[1] == "None"

    def writes(x: Any) -> Any:
        given = scratch.tensor(x.data)
        x.data += 1
        return scratch.relu(given)

    case = Case("relu", inputs=(dyadic(2, 2),), tier=EXACT, variants="", wrt=())
    changed = failure(case, scratch, relu=writes)
    assert "input 0 was changed" in str(changed.value)
    assert pasted(changed)[1].startswith("[[")


def test_one_input_alone(failure):
    def forgets(x: Any, y: Any) -> Any:
        return torch_ref.maximum(x, y) * (1 if x.requires_grad and y.requires_grad else OFF)

    error = failure(MAXIMUM, maximum=forgets)
    assert "when only this input requires a gradient" in str(error.value)
    code, printed = pasted(error)
    assert code.count("requires_grad=True") == 1
    assert f"({printed})" in str(error.value)


def test_a_second_backward(failure):
    class Once(torch.autograd.Function):
        """relu, which uses up what it saved."""

        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.runs = 0
            ctx.save_for_backward(x)
            return torch.relu(x)

        @staticmethod
        def backward(ctx: Any, *upstream: Any) -> Any:
            ctx.runs += 1
            return upstream[0] * (ctx.saved_tensors[0] > 0) * (ctx.runs == 1)

    error = failure(RELU, relu=Once.apply)
    assert "when backward runs a second time" in str(error.value)
    first, second = pasted(error)[1].split("]]\n[[")
    assert first != second


def refused(name, *arguments):
    return lambda impl: getattr(impl, name)(*arguments)


@pytest.mark.parametrize(
    "call", [lambda impl: impl.relu("three"), refused("relu", "three")], ids=["plain", "closure"]
)
def test_bad_input(monkeypatch, call):
    """What was accepted is accepted again; another exception is raised again."""
    bad = Bad("relu", call, TypeError, says="Tensor")
    for relu, error in ((lambda x: "accepted", None), (lambda x: 1 / 0, ZeroDivisionError)):
        module = importable(monkeypatch, torch_ref, relu=relu)
        with pytest.raises(ParityError, match="relu · bad input") as refusal:
            check_bad(bad, module, torch_ref)
        if error is None:
            assert pasted(refusal)[1] == "accepted"
        else:
            with pytest.raises(error):
                pasted(refusal)
