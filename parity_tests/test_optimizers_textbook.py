"""The textbooks' optimizer forms: both implementations alike, and when they are PyTorch's.

Each convention that differs is shown from both sides: the textbook form and PyTorch's on the same
gradients, equal where they should be and different, by the predicted amount, where not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_tests.instrument import (
    COMPARATIVE,
    EXACT,
    Bad,
    assert_parity,
    bad_cases,
    check_optimizer,
    covering_array,
    covers,
    offered,
    to_numpy,
    to_tensor,
)
from parity_tests.instrument.sides import parameter, takes_gradients
from parity_tests.instrument.taken import within

OPTIONS: dict[str, list[dict[str, Any]]] = {
    "ClassicalMomentum": covering_array(lr=[1e-3, 10.0], momentum=[0.9, 0.0, 0.3]),
    "AveragedMomentum": covering_array(lr=[1e-3, 10.0], momentum=[0.9, 0.0, 0.3]),
    "LookaheadNesterov": covering_array(lr=[1e-3, 10.0], momentum=[0.9, 0.0, 0.3]),
    "RootEpsilonAdagrad": covering_array(lr=[1e-2, 10.0], eps=[1e-10, 1e-3]),
    "RootEpsilonRMSprop": covering_array(lr=[1e-2, 10.0], alpha=[0.99, 0.5], eps=[1e-8, 1e-3]),
    "RootEpsilonAdam": covering_array(
        lr=[1e-3, 10.0], betas=[(0.9, 0.999), (0.3, 0.9)], eps=[1e-8, 1e-3]
    ),
}
CASES = [(name, options) for name, rows in OPTIONS.items() for options in rows]
IDS = [f"{name}-{i}" for i, (name, _) in enumerate(CASES)]
covers(*OPTIONS, "gradient_descent")


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_steps(candidate, reference, name, options, dtype, device, seed):
    options = within(candidate, reference, name, options)
    check_optimizer(candidate, reference, name, options, dtype, device=device, seed=seed)


MOMENTA = ("ClassicalMomentum", "AveragedMomentum", "LookaheadNesterov")


@pytest.mark.parametrize("name", MOMENTA)
def test_momentum_with_powers_of_two_is_bit_equal(candidate, reference, name, dtype, device, seed):
    options = {"lr": 0.25, "momentum": 0.5}
    check_optimizer(candidate, reference, name, options, dtype, EXACT, device, seed)


def path(
    impl: Any, name: str, gradients: Any, change: Any = None, read: Any = None, **options: Any
) -> np.ndarray:
    """The parameter after each of the gradients; ``change(group, t)`` comes before step t."""
    offered(impl, name)
    x = parameter(impl, np.array([1.0, -2.0]))
    optimizer = getattr(impl, name)([x], **options)
    points = []
    for t, g in enumerate(gradients, start=1):
        if change is not None:
            change(optimizer.param_groups[0], t)
        optimizer.zero_grad()
        gradient = to_tensor(impl, np.array(g))
        if takes_gradients(impl, x):
            x.grad = gradient
        else:
            (x * gradient).sum().backward()
        optimizer.step()
        points.append(to_numpy(read(optimizer, x) if read else x).copy())
    return np.stack(points)


@pytest.fixture(params=["candidate", "reference"])
def impl(request: pytest.FixtureRequest) -> Any:
    """Conventions are shown on both sides."""
    return request.getfixturevalue(request.param)


GRADIENTS = np.array([[1.0, -0.5], [0.25, 2.0], [-1.5, 0.5], [0.75, 0.75], [1.0, -1.0]])


def quarter_from(step: int) -> Any:
    """A learning rate that falls to a quarter before the given step."""

    def change(group: dict[str, Any], t: int) -> None:
        if t == step:
            group["lr"] /= 4

    return change


def test_classical_momentum_is_sgd_until_the_learning_rate_changes(impl):
    """ν = −αb while α is constant; after α ← α/4 the buffer still holds steps of the old size."""
    options = {"lr": 0.25, "momentum": 0.5}
    classical = path(impl, "ClassicalMomentum", GRADIENTS, **options)
    assert_parity(classical, path(impl, "SGD", GRADIENTS, **options), EXACT, op="ClassicalMomentum")
    classical = path(impl, "ClassicalMomentum", GRADIENTS, quarter_from(3), **options)
    sgd = path(impl, "SGD", GRADIENTS, quarter_from(3), **options)
    assert_parity(classical[:2], sgd[:2], EXACT, op="ClassicalMomentum")
    buffer = GRADIENTS[1] + 0.5 * GRADIENTS[0]
    difference = -0.5 * (0.25 - 0.0625) * buffer  # ρ (α_old − α_new) b, not yet taken by SGD
    assert_parity(classical[2] - sgd[2], difference, EXACT, op="ClassicalMomentum")


def test_averaged_momentum_is_dampened_sgd_but_for_the_first_step(impl):
    """SGD's buffer starts as g whole, the average as (1−ρ)g: they differ by ρ^t g_1 for ever."""
    averaged = path(impl, "AveragedMomentum", GRADIENTS, lr=0.25, momentum=0.5)
    sgd = path(impl, "SGD", GRADIENTS, lr=0.25, momentum=0.5, dampening=0.5)
    weights = np.cumsum(0.5 ** np.arange(1, 6))[:, None]
    assert_parity(averaged - sgd, 0.25 * weights * GRADIENTS[0], EXACT, op="AveragedMomentum")


def test_lookahead_nesterov_is_sgd_nesterov_at_the_point_ahead(impl):
    """p = θ + ρν moves as PyTorch's parameters do, until the learning rate changes."""
    options = {"lr": 0.25, "momentum": 0.5}
    ahead = path(impl, "LookaheadNesterov", GRADIENTS, **options)
    sgd = path(impl, "SGD", GRADIENTS, nesterov=True, **options)
    assert_parity(ahead, sgd, EXACT, op="LookaheadNesterov")
    ahead = path(impl, "LookaheadNesterov", GRADIENTS, quarter_from(3), **options)
    sgd = path(impl, "SGD", GRADIENTS, quarter_from(3), nesterov=True, **options)
    assert_parity(ahead[:2], sgd[:2], EXACT, op="LookaheadNesterov")
    assert (ahead[2:] != sgd[2:]).all()


def test_lookahead_nesterov_takes_the_gradient_ahead(impl):
    """On ½x² the loop's gradient is ∇J(θ + ρν): θ follows the textbook recursion exactly."""
    offered(impl, "LookaheadNesterov")
    x = parameter(impl, np.array([8.0, -16.0]))
    optimizer = impl.LookaheadNesterov([x], lr=0.5, momentum=0.25)
    theta, nu = np.array([8.0, -16.0]), np.zeros(2)
    for t in range(8):
        if t == 4:  # a ρ that changes is the ρ of the next look ahead
            optimizer.param_groups[0]["momentum"] = 0.5
        rho = 0.25 if t < 5 else 0.5  # the gradient of step t was taken with the ρ of step t−1
        gradient = theta + rho * nu
        optimizer.zero_grad()
        ((x * x).sum() * 0.5).backward()
        optimizer.step()
        nu = optimizer.param_groups[0]["momentum"] * nu - 0.5 * gradient
        theta = theta + nu
        position = to_numpy(optimizer.position(x))
        assert_parity(position, theta, EXACT, op="LookaheadNesterov", direction=f"step {t}")


ROOTS = (("RootEpsilonAdagrad", "Adagrad"), ("RootEpsilonRMSprop", "RMSprop"))


@pytest.mark.parametrize(("root", "torch_form"), [*ROOTS, ("RootEpsilonAdam", "Adam")])
def test_epsilon_inside_the_root_acts_like_its_root_outside(impl, root, torch_form):
    """Without ε the forms are one; at g = 0 < ε they differ as √ε and ε do, in the first step."""
    ours, torch_s = (path(impl, name, GRADIENTS, lr=0.25, eps=0.0) for name in (root, torch_form))
    assert_parity(ours, torch_s, COMPARATIVE, op=root)
    eps = 2.0**-20
    tiny = np.array([[2.0**-40, -(2.0**-40)]])
    inside, outside = (path(impl, n, tiny, lr=1.0, eps=eps) for n in (root, torch_form))
    moved = np.abs([inside - [1.0, -2.0], outside - [1.0, -2.0]])
    assert (moved[0] * 2**9 < moved[1]).all()  # √ε = 2⁻¹⁰ in the denominator, not ε = 2⁻²⁰


STARTS = {"Adagrad": 1.0, "RootEpsilonAdagrad": 1.0, "RMSprop": 2.0, "RootEpsilonRMSprop": 2.0}


@pytest.mark.parametrize("name", STARTS)
def test_accumulators_start_at_zero_and_are_not_corrected(impl, name):
    """The first step is α sign(g) for AdaGrad, α/√(1−ρ) sign(g) for RMSProp: larger than later."""
    options = {"alpha": 0.75} if "RMSprop" in name else {}
    (point,) = path(impl, name, np.array([[4.0, -0.25]]), lr=0.5, eps=0.0, **options)
    expected = np.array([1.0, -2.0]) - 0.5 * STARTS[name] * np.array([1.0, -1.0])
    assert_parity(point, expected, COMPARATIVE, op=name)


def test_adam_corrects_with_powers_and_the_first_moment_is_of_g(impl):
    """The slides print g·g in the first moment and 1−ρ: the sign and step 2 would show it."""
    gradients = np.array([[2.0, -4.0], [2.0, -4.0], [2.0, -4.0]])
    for name in ("RootEpsilonAdam", "Adam"):
        steps = np.diff(path(impl, name, gradients, lr=0.5, betas=(0.5, 0.75), eps=0.0), axis=0)
        expected = np.array([[-0.5, 0.5]] * 2)  # −α sign(g) at every step of a constant gradient
        assert_parity(steps, expected, COMPARATIVE, op=name)


def bowl(x: Any) -> Any:
    """S4's function."""
    return x[0] ** 2 + x[1] ** 2


def test_gradient_descent_prints_what_the_source_prints(impl):
    """f = x0² + x1² from (−3, 4); the caller's array is left alone."""
    offered(impl, "gradient_descent")
    start = np.array([-3.0, 4.0])
    end = impl.gradient_descent(bowl, start, lr=0.1, steps=100)
    assert isinstance(end, np.ndarray)
    assert str(end) == "[-6.11110793e-10  8.14814391e-10]"
    assert start.tolist() == [-3.0, 4.0]


def test_gradient_descent_on_tensors(candidate, reference, dtype):
    """Tensors in, tensors out, the same bits on both sides, the start unchanged."""
    offered(candidate, "gradient_descent")
    ends = []
    for impl in (candidate, reference):
        start = to_tensor(impl, np.array([-3.0, 4.0], dtype))
        end = impl.gradient_descent(bowl, start, lr=0.125, steps=7)
        assert type(end) is type(start)
        assert to_numpy(start).tolist() == [-3.0, 4.0]
        assert impl.gradient_descent(bowl, start, steps=0) is not start
        ends.append(end)
    assert_parity(ends[0], ends[1], EXACT, op="gradient_descent")


def _make(name: str, **options: Any) -> Any:
    return lambda impl: getattr(impl, name)([impl.tensor([1.0], requires_grad=True)], **options)


def _descend(**options: Any) -> Any:
    return lambda impl: impl.gradient_descent(bowl, np.ones(2), **options)


BAD = [
    *(
        Bad(
            name,
            _make(name, **options),
            ValueError,
            says,
        )
        for names, options, says in (
            (OPTIONS, {"lr": -1.0}, "Invalid learning rate: -1.0"),
            (MOMENTA, {"momentum": 1.0}, "Invalid momentum value: 1.0"),
            ([r for r in OPTIONS if "Root" in r], {"eps": -1.0}, "Invalid epsilon value: -1.0"),
            (("RootEpsilonRMSprop",), {"alpha": 1.5}, "Invalid alpha value: 1.5"),
            (("RootEpsilonAdam",), {"betas": (0.9, 1.0)}, "index 1: 1.0"),
        )
        for name in names
    ),
    Bad("gradient_descent", lambda impl: impl.gradient_descent(bowl, [1.0, 2.0]), TypeError),
    *(
        Bad("gradient_descent", _descend(**options), ValueError, says)
        for options, says in (({"lr": -0.1}, "-0.1"), ({"steps": -1}, "-1"))
    ),
]


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
