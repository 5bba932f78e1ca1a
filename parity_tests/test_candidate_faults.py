"""What a candidate's own code gets wrong is never taken for something that it does not offer."""

from __future__ import annotations

import functools
import operator
import types
from typing import Any

import pytest

from parity_tests.instrument import COMPARATIVE, Case, ParityError, check, lacking, normal
from parity_tests.instrument.asking import missing
from parity_tests.instrument.lacking import Partial
from parity_tests.instrument.report import RECORDER

SOURCE = """
import numpy as np

class Tensor:
    def __init__(self, data, requires_grad=False, source=None):
        self.data, self.requires_grad, self.source = np.asarray(data), requires_grad, source
        self.grad = None
    def numpy(self):
        return self.data
    def backward(self, upstream):
        leaf, slope = self.source
        leaf.grad = Tensor(slope(upstream.data))
    def __getattr__(self, name):
        raise AttributeError(f"a tensor has no {name}")

tensor = Tensor

def of(x, value, slope):
    return Tensor(value, x.requires_grad, (x, slope))

def helper(x, scale):
    return x * scale

def sigmoid(input):
    return helper(input.data)

def silu(input):
    x = input.data
    return of(input, x / (1 + np.exp(-x)), lambda g: input.nothing)

def tanh(input):
    try:
        return input.nothing
    except AttributeError:
        raise ValueError("a mistake")

def elu(input, alpha=1.0):
    return helper(input.data, scale=1.0, alpha=alpha)

def selu(input):
    return input + input

def softplus(input, beta=1.0):
    return of(input, input.data, lambda g: g)

def logsigmoid(input):
    return softplus(input, threshold=20)

def celu(input):
    return input.data[: len(input)]
"""


@pytest.fixture
def own(reference, monkeypatch) -> Any:
    """Makes the candidate, with other names besides."""
    monkeypatch.setattr(lacking, "NOT_OFFERED", set())
    module = types.ModuleType("own")
    exec(SOURCE, vars(module))

    def made(**more: Any) -> Partial:
        vars(module).update(more)
        return Partial(module, [name for name in dir(reference) if not name.startswith("_")])

    with RECORDER.set_aside():
        yield made


def of(name: str, **options: Any) -> Case:
    return Case(name, inputs=(normal(3),), options=options, tier=COMPARATIVE, why="torch")


@pytest.mark.parametrize(
    ("case", "says"),
    [
        (of("sigmoid"), "missing 1 required positional argument"),
        (of("silu"), "a tensor has no nothing"),
        (of("tanh"), "a mistake"),
        (of("elu", alpha=2.0), "unexpected keyword argument 'alpha'"),
        (of("selu"), "unsupported operand"),
        (of("logsigmoid"), "unexpected keyword argument 'threshold'"),
        (of("celu"), "'Tensor' has no len"),
    ],
    ids=lambda value: str(value) if isinstance(value, Case) else "",
)
def test_a_mistake_of_its_own_fails(own, reference, case, says):
    with pytest.raises(ParityError, match=f"{case.name} · (?s:.*){says}"):
        check(case, own(), reference)
    assert not lacking.NOT_OFFERED


def test_an_option_that_it_does_not_have_is_not_offered(own, reference):
    with pytest.raises(pytest.skip.Exception, match="softplus-threshold=3: not offered"):
        check(of("softplus", threshold=3), own(), reference)
    assert {"softplus-threshold=3"} == lacking.NOT_OFFERED


def decorated(module: types.ModuleType, name: str, keep_signature: bool) -> Any:
    """A function of the candidate behind a decorator, whose frame asks in the suite's place."""
    source = "def wrapper(*args, **options):\n    return inner(*args, **options)\n"
    names = {"__name__": "own", "inner": vars(module)[name]}
    exec(source, names)
    wrapper: Any = names["wrapper"]
    return functools.wraps(names["inner"])(wrapper) if keep_signature else wrapper


@pytest.mark.parametrize("keep_signature", [True, False])
def test_nor_one_behind_a_decorator(own, reference, keep_signature):
    module = own()
    behind = {name: decorated(module, name, keep_signature) for name in ("softplus", "elu")}
    module = own(**behind)
    with pytest.raises(pytest.skip.Exception, match="softplus-threshold=3: not offered"):
        check(of("softplus", threshold=3), module, reference)
    if keep_signature:
        with pytest.raises(ParityError, match="unexpected keyword argument 'alpha'"):
            check(of("elu", alpha=2.0), module, reference)
    with pytest.raises(ParityError, match="unexpected keyword argument 'threshold'"):
        check(of("logsigmoid"), module, reference)


def raised(function: Any) -> Exception:
    with pytest.raises(Exception) as caught:
        function()
    return caught.value


def test_what_is_missing_is_named(own):
    module = own()
    x = module.tensor([1.0])
    asked: dict[str, Any] = {
        "Tensor.mean": lambda: x.mean(),
        "Tensor.__and__": lambda: x & x,
        "Tensor.__rsub__": lambda: 2.0 - x,
        "Tensor.__invert__": lambda: ~x,
        "Tensor.__lt__": lambda: x < x,
        "Tensor.__len__": lambda: len(x),
        "Tensor.__iter__": lambda: list(x),
        "Tensor.__getitem__": lambda: x[0],
        "Tensor.__setitem__": lambda: operator.setitem(x, 0, 1),
        "Tensor.__int__": lambda: int(x),
        "Tensor.__float__": lambda: float(x),
        "Tensor.__index__": lambda: [1][x],
        "Tensor.__format__": lambda: f"{x:.2f}",
        "softplus(threshold=…)": lambda: module.softplus(x, threshold=3),
        "elu with torch's arguments": lambda: module.elu(),
    }
    assert [missing(module, raised(function)) for function in asked.values()] == list(asked)
    for fault in (lambda: None + 1, lambda: len(3), lambda: module.silu(3), lambda: [1][2]):  # type: ignore[arg-type, operator] # on purpose
        assert missing(module, raised(fault)) == ""


def test_what_lies_behind_an_error_counts_where_the_suite_raised_it(own):
    module = own()

    def ours() -> None:
        try:
            module.tensor([1.0]).mean()
        except AttributeError as error:
            raise ParityError("no mean") from error

    assert missing(module, raised(ours)) == "Tensor.mean"
    assert missing(module, raised(lambda: module.tanh(module.tensor([1.0])))) == ""
