"""Bad input to somebody else's code: what counts as a refusal, what as an accident, what as neither."""

from __future__ import annotations

import types
import warnings
from typing import Any

import numpy as np
import pytest

from parity_tests import test_autograd_edges
from parity_tests.instrument import COMPARATIVE, Bad, Case, ParityError, check, check_bad, lacking
from parity_tests.instrument.lacking import Partial
from parity_tests.instrument.report import RECORDER

SOURCE = """
import numpy as np

class Tensor:
    def __init__(self, data, requires_grad=False):
        self.data, self.requires_grad = np.asarray(data), requires_grad
    def numpy(self):
        return self.data

tensor = Tensor

class NotMine(TypeError):
    pass

def relu(input):
    if isinstance(input, list):
        raise NotMine("relu takes tensors")
    return input.size

def sigmoid(input):
    return input

def tanh(input):
    return nothing

def silu(input):
    if isinstance(input, Tensor):
        known = 1
    return known

def softplus(input):
    return softplus(input)

def selu(input):
    assert isinstance(input, Tensor)

def logsigmoid(input):
    raise ValueError("logsigmoid takes tensors")

def stack(tensors, dim=0):
    return stack(tensors, dim)

def softmax(input, dim):
    x = input.data
    return Tensor(np.exp(x - x.max(dim)))

def of_matrices(input, dim):
    return Tensor(input.data + 0) if input.data.ndim else input.nothing

def leaky_relu(input, slope):
    return input
"""


@pytest.fixture
def own(reference, monkeypatch) -> Any:
    monkeypatch.setattr(lacking, "NOT_OFFERED", set())
    module = types.ModuleType("own")
    exec(SOURCE, vars(module))
    with RECORDER.set_aside():
        yield Partial(module, [name for name in dir(reference) if not name.startswith("_")])


def of_a_list(name: str) -> Bad:
    return Bad(name, lambda impl: getattr(impl, name)([1.0]), TypeError)


@pytest.mark.parametrize(
    "bad",
    [
        of_a_list("relu"),
        Bad("sigmoid", lambda i: i.sigmoid(i.tensor([1.0]), 1, 2), TypeError, id="too much"),
        Bad("softmax", lambda i: i.softmax(i.tensor([1.0]), 2), IndexError, id="AxisError"),
        Bad("leaky_relu", lambda i: i.leaky_relu(), TypeError, id="too little"),
    ],
    ids=str,
)
def test_what_an_except_clause_for_torch_s_type_catches(own, reference, bad):
    """Its own subclass, NumPy's AxisError for an IndexError; other words than scratch's."""
    check_bad(bad, own, reference)
    assert not lacking.NOT_OFFERED


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (Bad("relu", lambda i: i.relu("a"), TypeError), r"AttributeError \(.*'size'\) in relu"),
        (of_a_list("tanh"), r"NameError \(.*'nothing'.*\) in tanh"),
        (of_a_list("silu"), r"UnboundLocalError \(.*'known'.*\) in silu"),
        (of_a_list("softplus"), r"RecursionError \(.*\) in softplus"),
        (Bad("stack", lambda i: i.stack([]), RuntimeError), r"RecursionError \(.*\) in stack"),
        (of_a_list("selu"), r"AssertionError \(\) in selu"),
    ],
    ids=lambda value: str(value) if isinstance(value, Bad) else "",
)
def test_an_accident_is_no_refusal(own, reference, bad, says):
    """It says what was raised, where in the candidate, and what was expected."""
    wanted = rf"{bad.name} · bad input .*: raised {says}, <string>:\d+, which is an accident and no"
    wanted += rf" refusal; expected {bad.exception.__name__}, as torch_ref raises \("
    with pytest.raises(ParityError, match=wanted):
        check_bad(bad, own, reference)


def test_another_type_is_refused_otherwise(own, reference):
    said = r"raised ValueError \(logsigmoid takes tensors\) in logsigmoid, <string>:\d+; expected T"
    with pytest.raises(ParityError, match=said):
        check_bad(of_a_list("logsigmoid"), own, reference)


@pytest.mark.parametrize(
    ("bad", "lacks"),
    [
        (of_a_list("leaky_relu"), "leaky_relu with torch's arguments"),
        (Bad("relu", lambda i: i.relu(i.tensor([1]).mean()), RuntimeError), "Tensor.mean"),
    ],
    ids=str,
)
def test_what_it_lacks_is_neither(own, reference, bad, lacks):
    """Raised where torch takes the call and minds the value: not offered, though the type may fit."""
    with pytest.raises(pytest.skip.Exception, match="not offered by own"):
        check_bad(bad, own, reference)
    assert {lacks} == lacking.NOT_OFFERED


def test_a_variant_that_torch_refuses(own, reference):
    """A 0-d array has no second dimension: NumPy's AxisError is the IndexError of torch."""
    case = Case("softmax", lambda rng, dtype: (np.ones((1, 1)),), {"dim": 1}, COMPARATIVE,
                why="torch", variants="scalar", wrt=())  # fmt: skip # one line
    check(case, own, reference)
    vars(own)["softmax"] = vars(own)["of_matrices"]
    with pytest.raises(ParityError, match=r"raises AttributeError.*; torch raises IndexError"):
        check(case, own, reference)


def test_whether_to_warn_is_its_own_affair(own):
    """Ours warns where torch does; another warning than the one expected is never swallowed."""
    with lacking.warned(own, UserWarning, "implicit"):
        pass
    with lacking.warned(own, UserWarning, "implicit"):
        warnings.warn("of my own", UserWarning, stacklevel=1)
    with pytest.warns(RuntimeWarning), lacking.warned(own, UserWarning, "implicit"):
        warnings.warn("overflow", RuntimeWarning, stacklevel=1)
    ours = types.ModuleType("ours")
    with pytest.raises(pytest.fail.Exception), lacking.warned(ours, UserWarning, "implicit"):
        pass


def test_words_of_its_own_in_tests_by_hand(own):
    """There, too, the type decides: a pattern of scratch's and torch's words is not asked of it."""

    def tensor(data: Any, dtype: Any) -> Any:
        raise error("none of mine")

    vars(own)["tensor"] = tensor
    error: type[Exception] = TypeError
    test_autograd_edges.test_dtypes_that_there_are_not(own, object)
    error = ValueError
    with pytest.raises(ValueError, match="none of mine"):
        test_autograd_edges.test_dtypes_that_there_are_not(own, object)
