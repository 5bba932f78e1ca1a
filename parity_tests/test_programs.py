"""The program that a failing case prints shows the candidate's wrong value, to the bit."""

from __future__ import annotations

import types
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

import torch_ref
from parity_tests.instrument import EXACT, Case, dyadic, labels, normal
from parity_tests.pasted import OFF, RELU, crooked, failing, off, shows_the_fault
from parity_tests.test_candidate_end_to_end import ADAPTER


@pytest.fixture
def failure(monkeypatch):
    yield from failing(monkeypatch)


def halved(impl: Any, *tensors: Any) -> Any:
    return impl.cat(list(tensors)) * 0.5


def pair(impl: Any, x: Any, y: Any) -> Any:
    """Two results, one within another; of one the gradient comes from both."""
    z = impl.maximum(x, y)
    return {"sum": z + y, "rest": (x * y, 3)}


def the_same(x: Any, y: Any, *rest: Any) -> bool:
    return x is y


PLUS = np.array([3.0, 0.25, 1.0])
TWICE: dict[str, Any] = {"tier": EXACT, "variants": "twice"}
MAXIMUM = Case("maximum", inputs=(dyadic(3, 4), dyadic(3, 4)), **TWICE)
SCALED = Case("maximum", inputs=(dyadic(2, 3),) * 3, **TWICE, id="scaled",
              call=lambda impl, x, y, z: impl.maximum(x, y) * (impl.relu(z) if x is y else z))  # fmt: skip # one line
PLAIN: dict[str, Any] = {"tier": EXACT, "variants": ""}
CASES = [
    RELU,
    Case("linear", inputs=(dyadic(4, 6), dyadic(3, 6), dyadic(3)), **PLAIN),
    Case("linear", inputs=(dyadic(60, 5), dyadic(3, 5)), **PLAIN, id="large"),
    Case("linear", inputs=(normal(60, 50), normal(3, 50)), why="a fault", variants="", id="huge"),
    Case("binary_cross_entropy_with_logits", inputs=(normal(4, 3), normal(4, 3)), why="a fault",
         options={"pos_weight": PLUS, "reduction": "none"}, variants=""),
    Case("nll_loss", inputs=(normal(6, 3), labels(3, 6)), why="a fault",
         options={"weight": PLUS, "ignore_index": -100}, variants=""),
    Case("leaky_relu", inputs=(dyadic(4),), options={"negative_slope": float("inf")}, **PLAIN,
         id="infinite option"),
    Case("cat", inputs=(dyadic(2, 3), dyadic(4, 3)), **PLAIN, id="lambda",
         call=lambda impl, x, y, dim=0: impl.cat([x, y], dim=dim)),
    Case("cat", inputs=(dyadic(2, 3),), **PLAIN, id="function", call=halved),
    *(Case("cat", inputs=(dyadic(2, 3),), **PLAIN, id=f"closure {size}",
           call=lambda impl, x, size=size: halved(impl, *[x] * size[0]))
      for size in ([2], [3])),
    Case("maximum", inputs=(dyadic(2, 3), dyadic(2, 3)), **PLAIN, id="pair", call=pair),
]  # fmt: skip # a table


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_value(case, failure):
    code = shows_the_fault(failure(case, **{case.name: off(getattr(torch_ref, case.name))}))
    assert "backward" not in code


@pytest.mark.parametrize("case", [c for c in CASES if "closure" not in c.id], ids=str)
def test_a_gradient(case, failure, dtype):
    error = failure(case, dtype=dtype, **{case.name: crooked(getattr(torch_ref, case.name))})
    code = shows_the_fault(error)
    assert code.count(".backward(") == (2 if case.id == "pair" else 1)


@pytest.mark.parametrize("case", [MAXIMUM, SCALED], ids=str)
@pytest.mark.parametrize("fault", [off, crooked])
def test_the_same_tensor_twice(case, fault, failure):
    error = failure(case, maximum=fault(torch_ref.maximum, when=the_same))
    assert "[twice]" in str(error.value)
    assert "x0, x0" in shows_the_fault(error)


def test_the_third_argument_beside_a_repeated_one(failure):
    error = failure(SCALED, relu=crooked(torch_ref.relu))
    assert "gradient of input 2" in str(error.value)
    assert "x2.grad" in shows_the_fault(error)


def boxes() -> types.ModuleType:
    """A library without tensors of its own, whose arrays are made by ``lift``."""
    module = types.ModuleType("boxes")
    exec(ADAPTER, vars(module))
    return module


def test_a_library_with_vjp(failure):
    case = Case("Tensor.__truediv__", inputs=(dyadic(3, 2), normal(3, 2)), why="a fault")
    code = shows_the_fault(failure(case, like=boxes()))
    assert "impl.vjp(lambda x0, x1: operator.__truediv__(x0, x1), (0, 1), x0, x1)" in code
    assert "impl.lift(" in code
    assert "impl.tensor" not in code


def bent(vjp: Any) -> Any:
    """As vjp, with gradients too large by half."""

    def faulty(function: Any, wrt: Any, *arrays: Any) -> Any:
        value, pullback = vjp(function, wrt, *arrays)
        return value, lambda upstream: [g * g.dtype.type(OFF) for g in pullback(upstream)]

    return faulty


@pytest.mark.skipif(
    find_spec("autograd") is None, reason="needs HIPS autograd: pip install autograd"
)
def test_hips_autograd(failure, dtype):
    from parity_tests.adapters import hips_autograd as hips

    def run(case: Case, **names: Any) -> str:
        return shows_the_fault(failure(case, hips, dtype, **names))

    def larger(impl: Any, x: Any, y: Any) -> Any:
        return impl.where(x > y, x, y)

    def joined(impl: Any, x: Any, y: Any) -> Any:
        return impl.cat([x, y], dim=0)

    softmax = Case("softmax", inputs=(normal(3, 4),), options={"dim": 1}, why="a fault")
    rows = Case("cat", inputs=(dyadic(2, 3), dyadic(4, 3)), **PLAIN, call=joined)
    positive = Case("relu", inputs=(lambda rng: rng.integers(1, 9, (3, 4)) / 8,), tier=EXACT)
    for case in (softmax, rows, positive):
        assert "pullback" in run(case, **{case.name: off(getattr(hips, case.name))})
        assert "pullback(np.array" in run(case, vjp=bent(hips.vjp))
    same = off(hips.where, when=lambda _, x, y: x is y)
    code = run(Case("maximum", inputs=MAXIMUM.inputs, **TWICE, call=larger), where=same)
    assert "lambda x0: call(impl, x0, x0)" in code
