"""What a message asks the reader to paste runs as it stands, and shows what the message says."""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import torch_ref
from parity_tests.instrument import ParityError, check_optimizer
from parity_tests.instrument.report import RECORDER
from parity_tests.instrument.steps import OfScale
from parity_tests.instrument.written import literal
from parity_tests.pasted import importable, pasted, shows_the_fault


@pytest.fixture(autouse=True)
def _not_in_the_report():
    with RECORDER.set_aside():
        yield


@pytest.fixture
def faulty(monkeypatch):
    """A module as torch_ref, importable, of which some names are replaced."""

    def make(**names: Any) -> types.ModuleType:
        return importable(monkeypatch, torch_ref, **names)

    return make


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


def test_one_message_for_a_run_of_steps(faulty):
    """The first step that differs, and not before it the same of all steps; no line of ours."""
    side = faulty(SGD=drifting(torch_ref.SGD, 0.5, 3))
    with pytest.raises(ParityError, match=r"\), gradients × 1, step 3, ") as caught:
        check_optimizer(side, torch_ref, "SGD", {"lr": 0.5}, "float32")
    assert caught.value.__context__ is caught.value.__cause__ is None
    assert {entry.path for entry in caught.traceback.filter(caught)} == {Path(__file__)}


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
def test_code_of_an_optimizer_goes_the_same_way(
    faulty, name, options, groups, turns, shapes, dtype
):
    """It prints the value that the message names, to the last bit, from its gradients alone."""
    candidate = faulty(**{name: drifting(getattr(torch_ref, name), 0.25, 3)})
    with pytest.raises(ParityError) as error:
        check_optimizer(
            *(candidate, torch_ref, name, options, dtype),
            steps=6,
            shapes=shapes,
            groups=groups,
            turns=turns,
        )
    text = str(error.value)
    assert "step 3, parameter" in text
    assert "gradient=" in text
    assert "OfScale(" in text
    assert shows_the_fault(error).count("for g") == 1


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
