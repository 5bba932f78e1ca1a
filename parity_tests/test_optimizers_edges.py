"""Optimizers where two formulas meet: defaults, options at the ends of their ranges, the first step.

What differs only in rounding, or only at one point, is compared to the last bit.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest

from parity_tests.driven import Side, draw, joined
from parity_tests.instrument import (
    COMPARATIVE_TENSOR,
    EXACT,
    Bad,
    assert_parity,
    bad_cases,
    check_optimizer,
    covers,
    offered,
    to_numpy,
)
from parity_tests.instrument.sides import parameter
from parity_tests.test_optimizers import OPTIONS as OF_TORCH
from parity_tests.test_optimizers_textbook import OPTIONS as OF_TEXTBOOKS
from parity_tests.test_optimizers_textbook import bowl

NAMES = [*OF_TORCH, *OF_TEXTBOOKS]
covers("SGD", "Adagrad", "RMSprop", "Adadelta", "Adam", "Adamax", "NAdam", "RAdam", "ASGD", "Rprop")
covers("LookaheadNesterov", "gradient_descent")


def leaf(impl: Any) -> Any:
    return impl.tensor([1.0, -2.0], requires_grad=True)


@pytest.mark.parametrize("name", NAMES)
def test_defaults(candidate, reference, name):
    """Every option of a group that was given none."""
    offered(candidate, name)
    ours, theirs = (getattr(impl, name)([leaf(impl)]) for impl in (candidate, reference))
    groups = ours.state_dict()["param_groups"], theirs.state_dict()["param_groups"]
    assert groups[0] == groups[1]


def named(impl: Any, *names: str) -> list[Any]:
    return [(name, leaf(impl)) for name in names]


def test_names_of_parameters(candidate, reference):
    """They are shown, saved, asked for of later groups, and kept where a saved state has none."""
    seen = []
    for impl in (candidate, reference):
        offered(impl, "SGD")
        optimizer = impl.SGD(named(impl, "a", "b"), lr=0.5)
        optimizer.add_param_group({"params": named(impl, "c")})
        saved = optimizer.state_dict()
        nameless = [
            {k: v for k, v in group.items() if k != "param_names"}
            for group in saved["param_groups"]
        ]
        other = impl.SGD([{"params": named(impl, "d", "e")}, {"params": named(impl, "f")}])
        before = [list(group["param_names"]) for group in other.param_groups]
        other.load_state_dict({**saved, "param_groups": nameless})
        kept = [group.get("param_names") for group in other.param_groups]
        other.load_state_dict(saved)
        loaded = [group.get("param_names") for group in other.param_groups]
        seen.append(
            (saved["param_groups"], [list(g) for g in saved["param_groups"]], before, kept, loaded)
        )
    assert seen[0] == seen[1]


def test_gradient_descent_by_default(candidate, reference):
    """A hundred steps of 0.01."""
    offered(candidate, "gradient_descent")
    start = np.array([-3.0, 4.0])
    for impl in (candidate, reference):
        end = impl.gradient_descent(bowl, start)
        assert_parity(
            end, impl.gradient_descent(bowl, start, 0.01, 100), EXACT, op="gradient_descent"
        )
        assert impl.gradient_descent(bowl, start, lr=0.0, steps=1).tolist() == [-3.0, 4.0]
        assert impl.gradient_descent(bowl, start, steps=0) is not start


#: Options at the ends of their ranges, which are allowed.
ENDS = [
    ("SGD", {"momentum": 0.5, "dampening": 1.0}),
    ("SGD", {"lr": 0.0, "momentum": 1.0}),
    ("Adagrad", {"lr": 0.0, "eps": 0.0, "initial_accumulator_value": 1.0}),
    ("RMSprop", {"alpha": 1.0, "eps": 0.25}),
    ("RMSprop", {"alpha": 0.0, "momentum": 1.0}),
    ("Adadelta", {"rho": 0.0}),
    ("Adadelta", {"eps": 0.0}),
    ("Adam", {"lr": 0.0, "betas": (0.0, 0.0)}),
    ("Adamax", {"lr": 0.0, "betas": (0.0, 0.0)}),
    ("NAdam", {"lr": 0.0, "betas": (0.0, 0.0), "momentum_decay": 0.0}),
    ("RAdam", {"lr": 0.0, "betas": (0.0, 0.0)}),
    ("ASGD", {"lr": 0.0, "lambd": 0.0}),
    ("ASGD", {"alpha": 0.0, "t0": 0.0}),
    ("Rprop", {"lr": 0.0}),
]


@pytest.mark.parametrize(("name", "options"), ENDS, ids=str)
def test_ends_of_the_ranges(candidate, reference, name, options, dtype, device, seed):
    check_optimizer(candidate, reference, name, options, dtype, device=device, seed=seed, steps=8)


RHO_IS_FIVE = 0.7678067796924252
"""The β2 for which RAdam's ρ is 5 at step 7, to the last bit: not yet more than 5."""


def test_radam_where_rho_is_five(candidate, reference, dtype, device, seed):
    options = {"betas": (0.9, RHO_IS_FIVE)}
    check_optimizer(
        candidate, reference, "RAdam", options, dtype, device=device, seed=seed, steps=8
    )


@pytest.mark.parametrize("beta1", [0.0, 0.5, 0.75])
@pytest.mark.parametrize("name", ["Adam", "Adamax"])
def test_the_first_moment_to_the_last_bit(candidate, reference, rng, dtype, name, beta1):
    """Products with 0, ¼, ½ and ¾ of halves and quarters: m is rounded once, from the nearer end."""
    start = draw(rng, dtype)
    sides = []
    for impl in (candidate, reference):
        sides.append(Side(impl, name, start))
        sides[-1].optimizer.param_groups[0]["betas"] = (beta1, 0.5)
    for _ in range(5):
        row = draw(rng, dtype)
        moments = []
        for side in sides:
            side.step(row)
            moments.append([s["exp_avg"] for _, s in sorted(side.saved()["state"].items())])
        assert_parity(moments[0], moments[1], EXACT, op=name, direction="exp_avg")
        if beta1 == 0:
            assert_parity(moments[0], row, EXACT, op=name, direction="exp_avg")


def test_the_average_is_the_parameter_until_it_starts(candidate, reference, rng, dtype):
    """ASGD's ax is a copy, not a sum with a difference, which would be rounded."""
    start = draw(rng, dtype)
    for impl in (candidate, reference):
        side = Side(impl, "ASGD", start)
        side.optimizer.param_groups[0]["lr"] = (
            8.0  # far steps: nearby, the difference would be exact
        )
        for t in range(3):  # t0 is 3
            side.step(draw(rng, dtype))
            averages = [s["ax"] for _, s in sorted(side.saved()["state"].items())]
            assert_parity(averages, side.values(), EXACT, op="ASGD", direction=f"step {t}")


def test_parameters_of_every_size_are_stepped(impl):
    """Large ones, of 128 KiB and more, have memory of their own; small ones come before and after."""
    offered(impl, "SGD")
    sizes = (3, 2**15, 2, 2**15, 1)
    parameters = [parameter(impl, np.zeros(size, np.float32)) for size in sizes]
    optimizer = impl.SGD(parameters, lr=0.5)
    for i, p in enumerate(parameters):
        (p * (i + 1.0)).sum().backward()
    optimizer.step()
    expected = [np.full(size, -0.5 * (i + 1), np.float32) for i, size in enumerate(sizes)]
    assert_parity([to_numpy(p) for p in parameters], expected, EXACT, op="SGD")


def test_a_gradient_that_is_no_number_does_not_move_rprop(candidate, reference):
    """NaN has no sign; the other elements are stepped."""
    row = [np.array([np.nan, 1.0, -1.0, 0.0])]
    ends = []
    for impl in (candidate, reference):
        side = Side(impl, "Rprop", [np.array([1.0, 2.0, 3.0, 4.0])])
        for _ in range(2):
            side.step(row)
        ends.append(side.values()[0])
        assert ends[-1][0] == 1.0
    assert_parity(ends[0], ends[1], EXACT, op="Rprop", direction="NaN")


def test_the_position_before_the_first_step(candidate, reference):
    """There is no velocity yet, so it is the parameter."""
    for impl in (candidate, reference):
        offered(impl, "LookaheadNesterov")
        x = leaf(impl)
        position = impl.LookaheadNesterov([x]).position(x)
        assert to_numpy(position).tolist() == [1.0, -2.0]


@pytest.mark.parametrize("kind", ["SGD-momentum", "Adam", "RMSprop"])
def test_a_state_of_none_keeps_nothing_else_from_being_loaded(candidate, reference, rng, kind):
    """Torch saves None for what an optimizer has not needed so far."""
    start, rows = draw(rng, "float32"), [draw(rng, "float32") for _ in range(4)]
    sides = []
    for impl in (candidate, reference):
        old = Side(impl, kind, start)
        for row in rows[:2]:
            old.step(row)
        saved = old.saved()
        new = Side(impl, kind, old.values())
        state = {
            i: {"unused": None} | {k: new.native(v) for k, v in s.items()}
            for i, s in saved["state"].items()
        }
        new.optimizer.load_state_dict({**saved, "state": state})
        sides.append(new)
    for row in rows[2:]:
        for side in sides:
            side.step(row)
        values = [joined(dict(enumerate(side.values()))) for side in sides]  # a number may cancel
        assert_parity(values[0], values[1], COMPARATIVE_TENSOR, op=kind.partition("-")[0])


@pytest.mark.parametrize("size", [1, 7, 1000, 10**6])
def test_memory_starts_at_a_cache_line(candidate, dtype, size):
    if candidate.__name__ != "scratch":
        pytest.skip("looks inside scratch")
    made = import_module("scratch._memory").aligned_empty((size, 2), np.dtype(dtype))
    assert (made.shape, str(made.dtype)) == ((size, 2), dtype)
    assert made.ctypes.data % 64 == 0


def _rprop(etas: tuple[float, float]) -> Any:
    return lambda impl: impl.Rprop([leaf(impl)], etas=etas)


BAD = [
    *(
        Bad("Rprop", _rprop(etas), ValueError, says)
        for etas, says in (
            ((0.0, 1.2), "Invalid eta values: 0.0, 1.2"),
            ((1.0, 1.2), "Invalid eta values: 1.0, 1.2"),
            ((0.5, 1.0), "Invalid eta values: 0.5, 1.0"),
        )
    ),
]


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
