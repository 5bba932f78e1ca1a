"""What a message asks the reader to paste runs as it stands, and shows what the message says."""

from __future__ import annotations

import contextlib
import io
import sys
import textwrap
import types
from typing import Any

import numpy as np
import pytest
import torch

import torch_ref
from parity_tests.instrument import (
    EXACT,
    Case,
    ParityError,
    check,
    check_optimizer,
    dyadic,
    labels,
    normal,
)
from parity_tests.instrument.optimizers import OfScale
from parity_tests.instrument.report import RECORDER
from parity_tests.instrument.written import literal

OFF = 1.5


@pytest.fixture(autouse=True)
def _not_in_the_report():
    with RECORDER.set_aside():
        yield


@pytest.fixture
def faulty(monkeypatch):
    """A module as torch_ref, importable, of which some names are replaced."""

    def make(**names: Any) -> types.ModuleType:
        module = types.ModuleType("faulty")
        public = {k: v for k, v in vars(torch_ref).items() if not k.startswith("__")}
        vars(module).update({**public, **names})
        monkeypatch.setitem(sys.modules, "faulty", module)
        return module

    return make


def pasted(error: pytest.ExceptionInfo[ParityError]) -> tuple[str, str]:
    """The code of a message, and what it prints when it runs as it stands."""
    code = textwrap.dedent(str(error.value).partition("paste:\n")[2])
    assert code, f"nothing to paste in: {error.value}"
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "<pasted>", "exec"), {})
    return code, out.getvalue()


def off(function: Any) -> Any:
    """The function, of which every result is too large by half."""
    return lambda *tensors, **options: function(*tensors, **options) * OFF


def halved(impl: Any, *tensors: Any) -> Any:
    return impl.cat(list(tensors)) * 0.5


PLUS = np.array([3.0, 0.25, 1.0])
FAULTY = [
    Case("relu", inputs=(dyadic(5, 7),), tier=EXACT, elementwise=True, variants=""),
    Case("linear", inputs=(dyadic(4, 6), dyadic(3, 6), dyadic(3)), tier=EXACT, variants=""),
    Case("linear", inputs=(dyadic(60, 5), dyadic(3, 5)), tier=EXACT, variants="", id="large"),
    Case("linear", inputs=(normal(60, 50), normal(3, 50)), why="a fault", variants="", id="huge"),
    Case("binary_cross_entropy_with_logits", inputs=(normal(4, 3), normal(4, 3)), why="a fault",
         options={"pos_weight": PLUS, "reduction": "none"}, variants=""),
    Case("nll_loss", inputs=(normal(6, 3), labels(3, 6)), why="a fault",
         options={"weight": PLUS, "ignore_index": -100}, variants=""),
    Case("leaky_relu", inputs=(dyadic(4),), options={"negative_slope": float("inf")},
         tier=EXACT, variants="", id="infinite option"),
    Case("cat", inputs=(dyadic(2, 3), dyadic(4, 3)), tier=EXACT, variants="", id="lambda",
         call=lambda impl, x, y, dim=0: impl.cat([x, y], dim=dim)),
    Case("cat", inputs=(dyadic(2, 3),), tier=EXACT, variants="", id="function", call=halved),
    *(Case("cat", inputs=(dyadic(2, 3),), tier=EXACT, variants="", id=f"closure {size}",
           call=lambda impl, x, size=size: halved(impl, *[x] * size[0]))
      for size in ([2], [3])),
]  # fmt: skip


@pytest.mark.parametrize("case", FAULTY, ids=str)
def test_code_of_a_case_runs(case, faulty):
    candidate = faulty(**{case.name: off(getattr(torch_ref, case.name))})
    with pytest.raises(ParityError) as error:
        check(case, candidate, torch_ref)
    _, printed = pasted(error)
    assert "tensor(" in printed


class Crooked(torch.autograd.Function):
    """relu, whose gradient is too large by half."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return torch.relu(x)

    @staticmethod
    def backward(ctx: Any, *upstream: Any) -> Any:
        return upstream[0] * OFF


def test_code_of_a_gradient_prints_what_the_message_says(faulty):
    with pytest.raises(ParityError) as error:
        check(FAULTY[0], faulty(relu=Crooked.apply), torch_ref)
    value = str(error.value).partition("candidate")[2].split()[0]
    code, printed = pasted(error)
    assert "backward" in code
    assert printed == f"(tensor([{float(value):.4f}]),)\n" or value in printed


def drifting(kind: type, by: float, from_step: int) -> type:
    """An optimizer that adds a little to every gradient after so many steps."""

    class Drifting(kind):
        count = 0

        def step(self, closure: Any = None) -> Any:
            self.count += 1
            held = [(p, p.grad) for g in self.param_groups for p in g["params"]]
            for p, g in held:
                if g is not None and self.count >= from_step:
                    p.grad = g + by
            super().step(closure)
            for p, g in held:
                p.grad = g

    return Drifting


@pytest.mark.parametrize("shapes", [((3, 4), (5,), ()), ((100,), (2,))], ids=["small", "large"])
@pytest.mark.parametrize(
    ("name", "options", "groups", "turns"),
    [
        ("SGD", {"lr": 0.5}, None, 0),
        ("SGD", {"lr": 0.5, "momentum": 0.5}, None, 0),
        ("Adam", {"lr": 0.25, "betas": (0.5, 0.75)}, None, 0),
        ("Adam", {}, [{"lr": 0.5}, {"lr": 0.25, "eps": 1.0}], 0),
        ("Adam", {}, [{"lr": 0.5}, {"lr": 0.25, "eps": 1.0}], 2),
    ],
)
def test_code_of_an_optimizer_goes_the_same_way(faulty, name, options, groups, turns, shapes):
    """It prints the value that the message names, to the last bit, from its gradients alone."""
    candidate = faulty(**{name: drifting(getattr(torch_ref, name), 0.25, 3)})
    with pytest.raises(ParityError) as error:
        check_optimizer(
            *(candidate, torch_ref, name, options, "float64"),
            steps=6,
            shapes=shapes,
            groups=groups,
            turns=turns,
        )
    text = str(error.value)
    assert "step 3, parameter" in text
    assert "gradient=" in text
    assert "OfScale(" in text
    value = text.partition("candidate")[2].split()[0]
    code, printed = pasted(error)
    assert code.count("for g") == 1
    assert value in printed.strip().strip("[]").split(", ")


def test_a_changed_gradient_is_found(faulty):
    class Writes(torch_ref.SGD):
        def step(self, closure: Any = None) -> Any:
            super().step(closure)
            self.param_groups[0]["params"][1].grad.neg_()

    with pytest.raises(ParityError, match=r"parameter 1.*\n.*gradient was changed") as error:
        check_optimizer(faulty(SGD=Writes), torch_ref, "SGD", {}, "float32")
    assert "p.grad" in pasted(error_without_index(error))[0]


def error_without_index(error: Any) -> Any:
    """The same message, with the parameter that stands alone in its code in the place of all."""
    text = str(error.value)
    return types.SimpleNamespace(
        value=text.replace("import faulty as impl", "import torch_ref as impl")
    )


@pytest.mark.parametrize("shape", [(), (3,), (0,), (7, 0), (2, 3), (30, 4), (40, 50)], ids=str)
@pytest.mark.parametrize("kind", ["float32", "float64", "int64", "bool"])
def test_arrays_as_code_make_the_same_bits(shape, kind, rng):
    for array in (
        np.asarray(rng.standard_normal(shape) * 1e3).astype(kind),
        np.full(shape, 1.7).astype(kind),
        np.full(shape, np.nan).astype("float32"),
    ):
        code = f"import numpy as np, base64, zlib\nmade = {literal(array)}"
        names: dict[str, Any] = {}
        exec(code, names)
        made = names["made"]
        assert (made.dtype, made.shape, made.tobytes()) == (array.dtype, shape, array.tobytes())


def test_the_tier_of_a_trajectory_says_its_numbers():
    assert repr(OfScale(8.0, 2.5)) == "OfScale(8 ulp of 2.5)"
    assert repr(OfScale(np.array([8.0, 12.0]), np.array([1.0, 2.0]))) == "OfScale(8…12 ulp of 1…2)"
