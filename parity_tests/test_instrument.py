"""The instrument itself: it finds what it must find, says where, and lets nothing bypass it."""

from __future__ import annotations

import types
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
import torch

from parity_tests.instrument import (
    EXACT,
    Bad,
    Bound,
    Case,
    Comparative,
    ParityError,
    Ulp,
    assert_parity,
    check,
    check_bad,
    check_optimizer,
    check_trajectory,
    dot_bound,
    dyadic,
    move_weights,
    normal,
)
from parity_tests.instrument.report import RECORDER


@pytest.fixture(autouse=True)
def _not_in_the_report():
    with RECORDER.set_aside():
        yield


def torch_side(name: str, **changes: Any) -> types.ModuleType:
    """torch under the contract's names, with some of them replaced."""
    from torch.nn import functional as F

    module = types.ModuleType(name)
    names = {n: getattr(F, n) for n in ("relu", "tanh", "softmax", "mse_loss")}
    names |= {"add": torch.add, "maximum": torch.maximum, "abs": torch.abs, "sum": torch.sum}
    names |= {"tensor": torch.tensor, "Tensor": torch.Tensor, "Parameter": torch.nn.Parameter}
    vars(module).update(names | {"SGD": torch.optim.SGD, "Adam": torch.optim.Adam} | changes)
    return module


def gate(value: Any, gradient: Any) -> Any:
    """A torch operation with these hands for forward and backward."""

    class Gate(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *inputs):
            ctx.save_for_backward(*inputs)
            return value(*inputs)

        @staticmethod
        def backward(ctx, upstream):
            return gradient(upstream, *ctx.saved_tensors)

    return Gate.apply


RELU = Case("relu", inputs=(dyadic(5, 7),), tier=EXACT, elementwise=True, kinks=(0.0,))
TANH = Case("tanh", inputs=(normal(5, 7),), tier=Ulp("tanh"), elementwise=True,
            grad_tier=Comparative(scale=lambda g, x: (g,)), oracle=lambda m, x: m.tanh(x))  # fmt: skip # a case
SOFTMAX = Case("softmax", inputs=(normal(3, 4),), options={"dim": 1},
               oracle=lambda m, x, dim: m.exp(x) / m.sum(m.exp(x), axis=dim, keepdims=True))  # fmt: skip # a case
MSE = Case(
    "mse_loss", inputs=(normal(4, 3), normal(4, 3)), oracle=lambda m, x, y: m.mean((x - y) ** 2)
)
ADD = Case("add", inputs=(dyadic(3, 4), dyadic(3, 4)), tier=EXACT, elementwise=True)
SUM = Case("sum", inputs=(normal(60),), oracle=lambda m, x: m.sum(x), grad_tier=EXACT,
           tier=Bound(lambda u, x: dot_bound(x.size, np.abs(x).sum(), u)))  # fmt: skip # a case


def _written_into(x: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        x.detach().abs_()
    return torch.abs(x)


def _zero(g: torch.Tensor, *inputs: torch.Tensor) -> Any:
    return tuple(torch.zeros_like(x) for x in inputs) if len(inputs) > 1 else torch.zeros_like(g)


#: what is wrong, the case, the faulty function, and what the message must say
FAULTS = {
    "ReLU'(0) = 1": (RELU, gate(torch.relu, lambda g, x: g * (x >= 0)), "gradient of input 0"),
    "ReLU swallows NaN": (RELU, lambda x: torch.clamp(x, min=0).nan_to_num(0.0, torch.inf), "nan"),
    "ReLU's gradient is ones": (RELU, gate(torch.relu, lambda g, x: (x > 0).to(g)), "gradient"),
    "tanh loses digits near 0": (TANH, lambda x: 1 - 2 / (torch.exp(2 * x) + 1), "forward"),
    "tanh overflows": (TANH, lambda x: torch.sinh(x) / torch.cosh(x), "nan"),
    "tanh in float64": (TANH, lambda x: torch.tanh(x.double()), "torch.float64"),
    "tanh of the wrong shape": (TANH, lambda x: torch.tanh(x).unsqueeze(0), "gives"),
    "softmax backward is zero": (
        SOFTMAX, lambda x, dim: gate(lambda x: torch.softmax(x, dim), _zero)(x), "gradient"),
    "softmax backward is diagonal": (
        SOFTMAX, lambda x, dim: gate(lambda x: torch.softmax(x, dim), lambda g, x: (
            lambda s: g * s * (1 - s))(torch.softmax(x, dim)))(x), "gradient"),
    "softmax over the batch": (SOFTMAX, lambda x, dim: torch.softmax(x, 0), "forward"),
    "MSE without 1/N": (MSE, lambda x, y: ((x - y) ** 2).sum(), "forward"),
    "MSE's gradient without the 2": (
        MSE, gate(lambda x, y: ((x - y) ** 2).mean(), lambda g, x, y: (
            g * (x - y) / x.numel(), g * (y - x) / x.numel())), "gradient of input 0"),
    "one target ignored": (
        MSE, gate(lambda x, y: ((x - y) ** 2).mean(), lambda g, x, y: (
            g * 2 * (x - y) / x.numel(), None)), "gradient of input 1: no gradient"),
    "leaves out the wrong gradient": (
        ADD, lambda x, y: x + y.detach() if x.requires_grad is not y.requires_grad else x + y,
        "when only this input requires a gradient, it gets none"),
    "sum in half precision": (SUM, lambda x: x.half().sum().to(x), "forward"),
    "raises": (RELU, lambda x: x.nothing, "raises"),
}  # fmt: skip # a table


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_found(fault):
    case, function, says = FAULTS[fault]
    faulty, reference = torch_side("faulty", **{case.name: function}), torch_side("reference")

    def check_both() -> None:
        for dtype in ("float32", "float64"):
            check(case, faulty, reference, dtype)

    with pytest.raises(ParityError) as caught:
        check_both()
    message = str(caught.value)
    assert case.name in message
    assert says.replace("torch.", "") in message.lower().replace("torch.", "")


@pytest.mark.parametrize("case", [RELU, TANH, SOFTMAX, MSE, ADD, SUM], ids=str)
def test_no_fault_is_found_in_torch(case, dtype):
    check(case, torch_side("same"), torch_side("reference"), dtype)


def test_written_inputs_and_shared_gradients_are_found(candidate):
    """A NumPy side that changes its input, and one whose gradients are one array.

    In memory that nobody can write to they may be.
    """

    class Side(types.ModuleType):
        LEAKS_WARNINGS, writable = True, True

        @staticmethod
        def vjp(function, wrt, *arrays):
            def pullback(upstream):
                one = upstream.copy()
                one.flags.writeable = Side.writable
                return [one for _ in wrt]

            return function(*arrays), pullback

    def writes(x, y):
        x += y
        return x

    side = Side("side")
    case = Case("add", inputs=(dyadic(3, 4), dyadic(3, 4)), tier=EXACT, variants="")
    for add, says in ((writes, "input 0 was changed"), (np.add, "shares memory")):
        vars(side)["add"] = add
        with pytest.raises(ParityError, match=says):
            check(case, side, torch_side("reference"), "float32")
    Side.writable = False
    check(case, side, torch_side("reference"), "float32")


def test_a_failure_teaches():
    faulty = torch_side("faulty", relu=FAULTS["ReLU'(0) = 1"][1])
    with pytest.raises(ParityError) as caught:
        check(RELU, faulty, torch_side("reference"), "float32")
    message = str(caught.value)
    for part in ("relu", "gradient of input 0", "float32", "at index", "candidate", "torch", "0x",
                 "ulp", "exact", "np.array([0.0], dtype='float32')", "import faulty"):  # fmt: skip # a table
        assert part in message


def test_wrong_oracle_is_a_fault_of_the_case():
    case = Case("tanh", inputs=(normal(3),), oracle=lambda m, x: m.sin(x))
    with pytest.raises(AssertionError, match="formula is not the operation's"):
        check(case, torch_side("same"), torch_side("reference"), "float64")


def test_bad_input_must_be_refused_alike():
    reference = torch_side("reference")
    bad = Bad("relu", lambda impl: impl.relu("three"), TypeError, says="Tensor")
    check_bad(bad, torch_side("same"), reference)

    def shouts(x):
        raise TypeError("NO TENSOR OR ELSE: THE ARGUMENT")

    for relu in (lambda x: x, lambda x: 1 / 0, lambda x: torch.relu(None), shouts):
        with pytest.raises(ParityError):
            check_bad(Bad("relu", bad.call, TypeError, says="Tensor or else"),
                      torch_side("faulty", relu=relu), reference)  # fmt: skip # a case


def test_optimizer_faults_are_found_at_the_step():
    class Heavy(torch.optim.SGD):
        def step(self, closure=None):
            super().step()
            if len(self.state) > 1:
                _, second, *_ = self.state.values()
                second["momentum_buffer"].mul_(1 + 1e-3)

    options = {"lr": 0.1, "momentum": 0.9}
    with pytest.raises(ParityError, match=r"SGD · step: state momentum_buffer.*\n?.*step 1,"):
        check_optimizer(torch_side("faulty", SGD=Heavy), torch_side("r"), "SGD", options, "float64")
    check_optimizer(torch_side("same"), torch_side("r"), "SGD", options, "float64")
    check_optimizer(torch_side("same"), torch_side("r"), "SGD", {"lr": 0.5}, "float32", EXACT)


def test_run_names_the_first_step_and_tensor_that_differ(dtype):
    def run(impl: str, nudge: bool) -> Any:
        a, b = (np.ones(3, dtype) for _ in range(2))
        a[0] += nudge * np.finfo(dtype).eps
        for t in range(1, 40):
            a, b = a * 0.99, b * a
            if impl == "wrong" and t == 7:
                b = b * dtype_of(1.001)
            yield {"layer.a": a, "layer.b": b}

    dtype_of = np.dtype(dtype).type
    check_trajectory(run, "right", "right", dtype, op="run")
    with pytest.raises(ParityError, match=r"first step that differs is 7.*'layer.b'"):
        check_trajectory(run, "wrong", "right", dtype, op="run")


def test_weights_move_by_one_ulp_each_and_zeros_by_that_of_the_largest():
    weights = torch.tensor([[1.5, -2.0, 0.0], [1e-30, 0.0, 4.0]])
    before, empty = weights.numpy().copy(), torch.zeros(2)
    move_weights([weights, empty])
    ulp = np.spacing(np.float32(4.0))
    moved = np.abs(weights.numpy() - before)
    assert_parity(moved[before == 0.0], [ulp, ulp], EXACT, op="move_weights")
    for here, there in zip(before[before != 0], weights.numpy()[before != 0], strict=True):
        assert there in (np.nextafter(here, -np.float32(9)), np.nextafter(here, np.float32(9)))
    assert_parity(
        np.abs(empty.numpy()), [np.spacing(np.float32(1.0))] * 2, EXACT, op="move_weights"
    )


@pytest.mark.parametrize(("ulps", "allowed"), [(8, True), (9, False)])
def test_a_float32_run_may_part_eight_times_as_far_as_the_reference_from_itself(ulps, allowed):
    """Where nothing has moved the reference, one ulp counts: without a yardstick nothing passes."""

    def run(impl: str, nudge: bool) -> Any:
        ulp = np.spacing(np.float32(1.0))
        for t in range(1, 300):
            apart = ulps if impl == "candidate" and t == 299 else 0
            yield {"layer": np.array([1.0 + apart * ulp, 0.5], np.float32)}

    with nullcontext() if allowed else pytest.raises(ParityError, match="step that differs is 299"):
        check_trajectory(run, "candidate", "reference", "float32", op="run")
