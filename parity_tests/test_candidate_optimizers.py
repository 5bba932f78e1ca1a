"""Somebody's own optimizers as the candidate: without a Parameter, a state or groups of options."""

from __future__ import annotations

import re
import sys
import textwrap
import types
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from parity_tests import driven, test_optimizers
from parity_tests.instrument import EXACT, ParityError, check_optimizer, lacking
from parity_tests.instrument.asking import missing
from parity_tests.instrument.lacking import Partial
from parity_tests.instrument.report import RECORDER
from parity_tests.instrument.taken import within
from parity_tests.test_candidate import Tensor


class PlainSGD:
    """Momentum without the look ahead that `nesterov` asks for; nothing to save, no groups."""

    def __init__(self, params: Any, lr: float, momentum: float = 0, nesterov: bool = False) -> None:
        self.params, self.lr, self.momentum = list(params), lr, momentum
        self.steps: dict[int, Any] = {}

    def zero_grad(self) -> None:
        for p in self.params:
            p.grad = None

    def gradient(self, p: Any) -> np.ndarray:
        return np.asarray(p.grad.numpy())

    def step(self) -> None:
        for i, p in enumerate(self.params):
            if p.grad is not None:
                moved = self.momentum * self.steps[i] if i in self.steps else 0
                self.steps[i] = moved + self.gradient(p)
                p.data[...] = p.detach().numpy() - p.data.dtype.type(self.lr) * self.steps[i]


@pytest.fixture
def plain(candidate, reference) -> Partial:
    module = types.ModuleType("plain")
    own = {name: getattr(candidate, name) for name in ("Tensor", "tensor", "Parameter")}
    vars(module).update(SGD=PlainSGD, **own)
    return Partial(module, [name for name in dir(reference) if not name.startswith("_")])


def test_an_optimizer_without_state_is_held_by_its_steps(plain, reference, dtype):
    with RECORDER.set_aside():
        check_optimizer(plain, reference, "SGD", {"lr": 0.25, "momentum": 0.5}, dtype, EXACT)
        nesterov = {"lr": 0.25, "momentum": 0.5, "nesterov": True}
        with pytest.raises(ParityError, match="SGD · step: parameter"):
            check_optimizer(plain, reference, "SGD", nesterov, dtype, EXACT)


def test_a_step_that_raises_says_which(plain, reference, dtype, monkeypatch):
    """The error stays what it is, and its note has the optimizer, its options and the step."""
    monkeypatch.setattr(PlainSGD, "gradient", lambda self, p: p.grad.nothing)
    with RECORDER.set_aside(), pytest.raises(AttributeError) as failed:
        check_optimizer(plain, reference, "SGD", {"lr": 0.25}, dtype, EXACT)
    assert failed.value.__notes__ == ["SGD(lr=0.25) · step 1"]


class Tilted(PlainSGD):
    """Every step is a little too long."""

    def step(self) -> None:
        self.lr *= 1.5
        super().step()


@pytest.fixture
def least(reference, monkeypatch) -> Partial:
    """No Parameter, and tensors without a product, a sum, or backward() without an upstream."""
    module = types.ModuleType("least")
    members = {"numpy": Tensor.numpy, "__init__": Tensor.__init__, "detach": lambda self: self}
    kind = type("Tensor", (), members)
    vars(module).update(tensor=kind, Tensor=kind, SGD=PlainSGD)
    monkeypatch.setitem(sys.modules, "least", module)
    return Partial(module, [name for name in dir(reference) if not name.startswith("_")])


def test_an_optimizer_is_held_on_tensors_alone(least, reference, dtype, monkeypatch):
    monkeypatch.setattr(lacking, "NOT_OFFERED", set())
    with RECORDER.set_aside():
        check_optimizer(least, reference, "SGD", {"lr": 0.25, "momentum": 0.5}, dtype, EXACT)
        make = driven.pairs(least, reference, np.random.default_rng(0), dtype)
        ours, theirs, drawn = make("SGD-momentum")
        for _ in range(3):
            gradients = drawn()
            for side in (ours, theirs):
                side.step(gradients)
            driven.agree(ours, theirs, "step")
    assert not lacking.NOT_OFFERED


class DecayingSGD(PlainSGD):
    """The options of most people's SGD."""

    def __init__(
        self, params: Any, lr: float, momentum: float = 0, weight_decay: float = 0
    ) -> None:
        super().__init__(params, lr, momentum)
        self.decay = weight_decay

    def gradient(self, p: Any) -> np.ndarray:
        return np.asarray(p.grad.numpy() + p.data.dtype.type(self.decay) * p.data)


class Forgetful(DecayingSGD):
    """Weight decay is lost where there is momentum."""

    def gradient(self, p: Any) -> np.ndarray:
        return p.grad.numpy() if self.momentum else super().gradient(p)


SGD_STEPS = [options for name, options in test_optimizers.CASES if name == "SGD"]


def steps_of_sgd(side: Partial, reference: Any, dtype: str) -> list[str]:
    """What the steps of the table say of it."""
    said = []
    for options in SGD_STEPS:
        try:
            test_optimizers.test_steps(side, reference, "SGD", options, dtype, "cpu", 0)
        except ParityError as error:
            said.append(str(error))
    return said


def test_an_optimizer_with_fewer_options_is_held_on_those_it_has(
    least, reference, dtype, monkeypatch
):
    """No row is skipped for options that it lacks; what they ask for beyond the default is listed."""
    monkeypatch.setattr(lacking, "NOT_OFFERED", set())
    with RECORDER.set_aside():
        vars(least)["SGD"] = DecayingSGD
        assert not steps_of_sgd(least, reference, dtype)
        beyond = {f"SGD({option}=…)" for option in ("dampening", "nesterov", "maximize")}
        assert beyond == lacking.NOT_OFFERED
        vars(least)["SGD"] = Forgetful
        said = steps_of_sgd(least, reference, dtype)
    assert said
    assert all("momentum=0.9, weight_decay=0.1)" in one for one in said)


def test_what_the_rest_of_a_row_needs_cannot_be_left_out(reference, monkeypatch):
    monkeypatch.setattr(lacking, "NOT_OFFERED", set())
    module: Any = types.ModuleType("mine")
    module.SGD = lambda params, lr, nesterov=False: None
    asked = {"lr": 0.5, "momentum": 0.5, "nesterov": True}
    with pytest.raises(pytest.skip.Exception, match=r"SGD\(momentum=…\): not offered"):
        within(Partial(module, ["SGD"]), reference, "SGD", asked)
    assert within(reference, reference, "SGD", asked) == asked


class RMSprop(PlainSGD):
    """The rule of the lecture."""

    def __init__(self, params: Any, lr: float, alpha: float = 0.99, eps: float = 1e-8) -> None:
        super().__init__(params, lr)
        self.rho, self.alpha, self.eps = 0.0, alpha, eps

    def step(self) -> None:
        for i, p in enumerate(self.params):
            g, (t, s, r) = p.grad.numpy(), self.steps.get(i, (0, 0.0, 0.0))
            t, s = t + 1, self.rho * s + (1 - self.rho) * g
            r = self.alpha * r + (1 - self.alpha) * g * g
            self.steps[i] = t, s, r
            p.data[...] -= self.lr * self.corrected(t, s, r)

    def corrected(self, t: int, s: Any, r: Any) -> Any:
        return s / (np.sqrt(r) + self.eps)


class Adam(RMSprop):
    """The same with a first moment, and both of them corrected."""

    def __init__(
        self, params: Any, lr: float, betas: Any = (0.9, 0.999), eps: float = 1e-8
    ) -> None:
        super().__init__(params, lr, betas[1], eps)
        self.rho = betas[0]

    def corrected(self, t: int, s: Any, r: Any) -> Any:
        return super().corrected(t, s / (1 - self.rho**t), r / (1 - self.alpha**t))


@pytest.mark.parametrize(
    ("module", "test"),
    [
        ("errata_fitting", "test_halving_the_loss_halves_the_step"),
        ("optimizers", "test_rmsprops_average_starts_at_zero"),
    ],
)
def test_so_are_their_conventions(least, module, test, monkeypatch):
    """Without a state_dict what can be seen of the steps is all; nothing is skipped for the rest."""
    monkeypatch.setattr(lacking, "not_offered", lambda _, what: pytest.fail(f"skipped: {what}"))
    vars(least).update(RMSprop=RMSprop, Adam=Adam)
    with RECORDER.set_aside():
        getattr(import_module(f"parity_tests.test_conventions_{module}"), test)(least)


def test_the_program_of_such_an_optimizer_runs(least, reference, capsys):
    for module in (least, sys.modules["least"]):
        vars(module)["SGD"] = Tilted
    with RECORDER.set_aside(), pytest.raises(ParityError, match="SGD · step") as found:
        check_optimizer(least, reference, "SGD", {"lr": 0.25}, "float32", EXACT)
    said = str(found.value)
    exec(textwrap.dedent(said.partition("paste:\n")[2]), {})
    printed = capsys.readouterr().out.strip()
    shown = re.search(r"candidate +(\S+)", said)
    assert shown is not None
    assert shown[1] == printed, said


def test_what_an_object_lacks_is_not_its_fault(plain, reference, dtype, monkeypatch):
    monkeypatch.setattr(lacking, "NOT_OFFERED", set())
    groups = [{"lr": 0.25}, {"lr": 0.5}]
    with pytest.raises(pytest.skip.Exception, match="SGD with param_groups"):
        check_optimizer(plain, reference, "SGD", {}, dtype, groups=groups)
    optimizer = plain.SGD([], lr=0.25)
    with pytest.raises(AttributeError) as asked:
        optimizer.state_dict()
    assert missing(plain, asked.value)
    vars(plain)["__name__"] = __name__  # as if the question came from the candidate's own code
    assert not missing(plain, asked.value)
