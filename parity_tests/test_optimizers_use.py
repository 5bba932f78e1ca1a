"""How an optimizer is used, and misused: rebound data, taking turns, closures, overflow, bad input.

Torch does the same beside it, wherever it can.
"""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np
import pytest

from parity_tests.driven import KINDS, Side, agree, draw, kinds, pairs
from parity_tests.instrument import (
    EXACT,
    Bad,
    assert_parity,
    bad_cases,
    covers,
    offered,
    to_numpy,
    to_tensor,
)
from parity_tests.instrument.sides import parameter

covers("SGD")


@pytest.fixture
def pair(candidate, reference, rng, dtype):
    return pairs(candidate, reference, rng, dtype)


def rebind(side: Side, i: int, value: np.ndarray) -> None:
    """Give parameter i another array, as ``p.data = …`` does on either side."""
    side.parameters[i].data = side.native(value)


@kinds
def test_data_that_somebody_rebinds(pair, kind):
    """After ``p.data = …`` the optimizer goes on from the new values, with its old state."""
    ours, theirs, gradients = pair(kind)
    for t in range(5):
        if t in (1, 3):
            for i, value in enumerate(gradients()):
                for side in (ours, theirs):
                    rebind(side, i, value.copy())
        row = gradients()
        for side in (ours, theirs):
            side.step(row)
        agree(ours, theirs, f"step {t}")


@pytest.mark.parametrize("second", ["SGD-momentum", "Adam"])
def test_two_optimizers_over_the_same_parameters(pair, reference, second):
    """They take turns; each keeps its own state."""
    ours, theirs, gradients = pair("Adam")
    others = []
    for side in (ours, theirs):
        other = copy.copy(side)
        name = second.partition("-")[0]
        other.optimizer = getattr(side.impl, name)(side.parameters[::-1], **KINDS[second])
        others.append(other)
    for t in range(6):
        row = gradients()
        for side in (ours, theirs) if t % 2 else others:
            side.step(row)
        agree(ours, theirs, f"step {t}")
        agree(others[0], others[1], f"step {t}, second optimizer")


def test_a_parameter_that_changes_its_dtype(candidate, rng):
    """Converted after the optimizer was made, it is stepped in its new dtype."""
    side = Side(candidate, "Adam", draw(rng, "float32"))
    side.step(draw(rng, "float32"))
    for i, value in enumerate(side.values()):
        rebind(side, i, value.astype("float64"))
    side.step(draw(rng, "float64"))
    for i, p in enumerate(side.parameters):
        assert to_numpy(p).dtype == "float64"
        assert side.saved()["state"][i]["exp_avg"].dtype == "float64"
        assert side.saved()["state"][i]["step"] == 2


def test_the_arrays_of_the_user_are_left_alone(candidate, rng, dtype):
    """Gradients and the arrays that parameters and saved states were made from do not change."""
    side = Side(candidate, "Adam", draw(rng, dtype))
    side.optimizer.param_groups[0].update(weight_decay=0.5, maximize=True)
    row = draw(rng, dtype)
    for p, g in zip(side.parameters, row, strict=True):
        (p * to_tensor(candidate, g.copy())).sum().backward()
    side.optimizer.step()
    for p, g in zip(side.parameters, row, strict=True):
        assert_parity(p.grad, g, EXACT, op="Adam", direction="gradient")
    saved = side.saved()
    kept = copy.deepcopy(saved)
    side.load(saved)
    side.step(row)
    assert_parity(saved["state"], kept["state"], EXACT, op="Adam", direction="saved state")


@kinds
def test_a_parameter_listed_twice_warns_and_is_stepped_twice(
    candidate, reference, kind, rng, dtype
):
    """Both times with the same gradient and one state."""
    if kind == "SGD-momentum":
        pytest.skip("torch gives both steps a buffer of their own at first, and keeps one of them")
    start = draw(rng, dtype)
    sides = []
    for impl in (candidate, reference):
        with pytest.warns(UserWarning, match="duplicate parameters"):
            sides.append(Side(impl, kind, start, lambda p: [*p, p[1]]))
    for t in range(4):
        row = draw(rng, dtype)
        for side in sides:
            side.step(row)
        agree(sides[0], sides[1], f"step {t}")


def test_step_evaluates_the_closure_and_returns_its_value(candidate, reference):
    """The closure computes the gradients of this step."""
    for impl in (candidate, reference):
        offered(impl, "SGD")
        x = parameter(impl, np.array([2.0, -4.0]))
        optimizer = impl.SGD([x], lr=0.25)

        def closure(x=x, optimizer=optimizer):
            optimizer.zero_grad()
            loss = (x * x).sum()
            loss.backward()
            return loss

        assert float(to_numpy(optimizer.step(closure))) == 20.0
        assert to_numpy(x).tolist() == [1.0, -2.0]
        assert optimizer.step() is None


def test_zero_grad_forgets_or_zeroes(candidate, reference):
    """None by default, in which case a step leaves the parameter; or zeros, which are stepped."""
    for impl in (candidate, reference):
        offered(impl, "SGD")
        x = parameter(impl, np.array([2.0, -4.0]))
        optimizer = impl.SGD([x], lr=0.25, weight_decay=1.0)
        (x * x).sum().backward()
        optimizer.zero_grad(set_to_none=False)
        assert to_numpy(x.grad).tolist() == [0.0, 0.0]
        optimizer.step()
        assert to_numpy(x).tolist() == [1.5, -3.0]
        optimizer.zero_grad()
        assert x.grad is None
        optimizer.step()
        assert to_numpy(x).tolist() == [1.5, -3.0]


@kinds
def test_divergence_is_silent_and_keeps_the_dtype(pair, kind, dtype):
    """Overflow gives infinities and NaN where torch has some, and no warning."""
    ours, theirs, _ = pair(kind, shapes=((3,),))
    for side in (ours, theirs):
        side.optimizer.param_groups[0]["lr"] = 10.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for largest in np.array([1.0, 0.5, -1.0], dtype) * np.finfo(dtype).max:
            row = [np.array([largest, np.inf, np.nan], dtype)]
            for side in (ours, theirs):
                side.step(row)
    for mine, other in zip(ours.values(), theirs.values(), strict=True):
        assert mine.dtype == dtype
        assert (np.isfinite(mine) == np.isfinite(other)).all()


@kinds
def test_options_of_other_float_types_do_not_leak(candidate, kind, rng):
    """np.float64 is not a weak type in NumPy; as an option it must not turn float32 into it."""
    side = Side(candidate, kind, draw(rng, "float32"))
    side.optimizer.param_groups[0].update(lr=np.float64(0.1), weight_decay=np.float64(0.1))
    side.step(draw(rng, "float32"))
    assert all(value.dtype == "float32" for value in side.values())


def leaf(impl: Any) -> Any:
    return impl.tensor([1.0, 2.0], requires_grad=True)


def _make(name: str, **options: Any) -> Any:
    return lambda impl: getattr(impl, name)([leaf(impl)], **options)


def _given(params: Any) -> Any:
    return lambda impl: impl.SGD(params(impl))


def _loaded(change: Any) -> Any:
    def call(impl: Any) -> None:
        optimizer = impl.SGD([leaf(impl), leaf(impl)], momentum=0.5)
        saved = optimizer.state_dict()
        optimizer.load_state_dict({**saved, "param_groups": change(saved["param_groups"])})

    return call


def _shared(impl: Any) -> Any:
    x = leaf(impl)
    return [{"params": [x]}, {"params": [x]}]


def _step_of_the_base_class(impl: Any) -> None:
    x = leaf(impl)
    x.sum().backward()
    impl.Optimizer([x], {}).step()


ADAPTIVE = ("Adam", "AdamW", "NAdam", "RAdam", "Adamax")
ALL = ("SGD", "Adagrad", "RMSprop", *ADAPTIVE, "Adadelta", "ASGD", "Rprop")
OPTIONS: list[tuple[str, dict[str, Any], str]] = [
    *((name, {"lr": -0.1}, "Invalid learning rate: -0.1") for name in ALL),
    *(
        (name, {"weight_decay": -0.1}, "Invalid weight_decay value: -0.1")
        for name in ALL
        if name != "Rprop"
    ),
    *(
        (name, {"eps": -1e-8}, "Invalid epsilon value: -1e-08")
        for name in ("Adagrad", "RMSprop", "Adadelta", *ADAPTIVE)
    ),
    *((n, {"betas": (1.0, 0.9)}, "Invalid beta parameter at index 0: 1.0") for n in ADAPTIVE),
    *((n, {"betas": (0.9, -0.1)}, "Invalid beta parameter at index 1: -0.1") for n in ADAPTIVE),
    ("Adam", {"betas": (0, 0.9)}, "float"),
    ("SGD", {"momentum": -0.9}, "Invalid momentum value: -0.9"),
    ("SGD", {"nesterov": True}, "Nesterov momentum requires"),
    ("SGD", {"nesterov": True, "momentum": 0.9, "dampening": 0.1}, "Nesterov momentum requires"),
    ("RMSprop", {"momentum": -0.9}, "Invalid momentum value: -0.9"),
    ("RMSprop", {"alpha": -0.9}, "Invalid alpha value: -0.9"),
    ("Adagrad", {"lr_decay": -1}, "Invalid lr_decay value: -1"),
    ("Adagrad", {"initial_accumulator_value": -1}, "Invalid initial_accumulator_value value: -1"),
    ("NAdam", {"momentum_decay": -1}, "Invalid momentum_decay value: -1"),
    ("Adadelta", {"rho": 1.5}, "Invalid rho value: 1.5"),
    ("Rprop", {"etas": (0.5, 0.9)}, "Invalid eta values: 0.5, 0.9"),
]
BAD = [
    *(Bad(name, _make(name, **options), ValueError, says) for name, options, says in OPTIONS),
    *(
        Bad("Optimizer", _given(params), exception, says)
        for params, exception, says in (
            (lambda impl: [], ValueError, "empty parameter list"),
            (leaf, TypeError, "iterable of Tensors"),
            (lambda impl: [3.0], TypeError, "can only optimize Tensors"),
            (lambda impl: 3, TypeError, "iterable"),
            (lambda impl: [{"params": {leaf(impl)}}], TypeError, "list instead"),
            (lambda impl: [{"lr": 0.1}], KeyError, "params"),
            (lambda impl: [{"params": [leaf(impl)]}, [leaf(impl)]], TypeError, "must be a dict"),
            (lambda impl: [leaf(impl) * 2], ValueError, "non-leaf"),
            (_shared, ValueError, "more than one parameter group"),
            (lambda impl: [("a", leaf(impl)), leaf(impl)], ValueError, "names"),
            (
                lambda impl: [{"params": [("a", leaf(impl))]}, {"params": [leaf(impl)]}],
                ValueError,
                "without names",
            ),
        )
    ),
    *(
        Bad(name, _make(name, betas=betas), IndexError, "two numbers", id=f"{len(betas)} betas")
        for name in (*ADAPTIVE, "RootEpsilonAdam")
        for betas in ((0.9,), ())
    ),
    Bad("Optimizer", _step_of_the_base_class, NotImplementedError),
    *(
        Bad("Optimizer", _loaded(change), ValueError, says)
        for change, says in (
            (lambda groups: [], "different number of parameter groups"),
            (lambda groups: [{**groups[0], "params": [0]}], "match the size"),
        )
    ),
]


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
