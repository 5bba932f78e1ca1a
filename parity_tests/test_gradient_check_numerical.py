"""Central differences: the numerical gradient, and the check of a gradient against it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_tests.instrument import (
    EXACT,
    Bad,
    Case,
    Comparative,
    assert_parity,
    bad_cases,
    cases,
    covers,
    offered,
    to_numpy,
)
from parity_tests.test_autograd_function import cubed, leaf

covers("gradcheck", "numerical_gradient")


def bowl(t: Any) -> Any:
    return (t * t).sum()


NUMERICAL = [
    Case("numerical_gradient", inputs=(lambda rng: np.array([-3.0, 4.0]),), id="x0² + x1²", wrt=(),
         call=lambda impl, x: impl.numerical_gradient(bowl, x), dtypes=("float64",), variants="",
         tier=Comparative(scale="tensor"), why="a difference quotient: no formula to hold it to"),
]  # fmt: skip # a table


@cases(NUMERICAL)
def test_numerical_gradient(case, check):
    check(case)


@pytest.mark.parametrize("kind", ["array", "tensor"])
def test_numerical_gradient_comes_back_as_the_point_came(kind, candidate, reference, dtype):
    """A NumPy array for an array, a tensor for a tensor, in its dtype; f may give either."""
    offered(candidate, "numerical_gradient")

    def run(impl: Any) -> Any:
        point = np.array([[0.5, -2.0]], dtype)
        given = point if kind == "array" else impl.tensor(point)
        seen: list[str] = []

        def f(x: Any) -> Any:
            seen.append("array" if isinstance(x, np.ndarray) else "tensor")
            return (x * 2).sum()

        result = impl.numerical_gradient(f, given, h=0.5)
        assert set(seen) == {kind}
        assert isinstance(result, np.ndarray) == (kind == "array")
        as_number = impl.numerical_gradient(lambda x: float((x * 2).sum()), given, h=0.5)
        as_array = impl.numerical_gradient(
            lambda x: to_numpy((x * 2).sum().reshape(1)), given, h=0.5
        )
        return [result, as_number, as_array]

    assert_parity(run(candidate), run(reference), EXACT, op="numerical_gradient", direction=kind)


def test_numerical_gradient_leaves_the_start_point(candidate):
    """The source's code writes x + h into the caller's array."""
    offered(candidate, "numerical_gradient")
    start = np.array([-3.0, 4.0])
    result = candidate.numerical_gradient(lambda x: float((x * x).sum()), start)
    kept = candidate.tensor(start)
    candidate.numerical_gradient(bowl, kept)
    assert type(result) is np.ndarray
    expected = [np.array([-3.0, 4.0])] * 2
    assert_parity([start, kept], expected, EXACT, op="numerical_gradient", direction="start")


def test_gradcheck_tells_right_from_wrong(candidate, reference):
    offered(candidate, "gradcheck", "Function")
    for impl in (candidate, reference):
        x, y = leaf(impl, [0.5, -1.5], "float64"), leaf(impl, [[1.0], [2.0]], "float64")
        assert impl.gradcheck(lambda x, y: (x * y).exp() * x, (x, y))
        assert impl.gradcheck(lambda x: x / (x * x + 1), x)
        assert not impl.gradcheck(cubed(impl, slope=2), (x,), raise_exception=False)


GRADCHECKS: dict[str, Any] = {
    "a number among the inputs": (lambda x, n: x * n, 3.0, {}, True),
    "an input that is not used": (lambda x, y: x * 2, [1.0], {}, True),
    "an input without a gradient": (lambda x, c: x * c, None, {}, True),
    "elements that cancel in a sum": ("swapped", 0.0, {}, False),
    "a gradient of zero for one of one": ("zero", 0.0, {}, False),
    "off by less than atol": ("shifted", 1e-6, {}, True),
    "off by more than atol": ("shifted", 1e-4, {}, False),
    "off by more than atol, allowed": ("shifted", 1e-4, {"atol": 1e-3}, True),
    "off by less than rtol": ("scaled", 5e-4, {}, True),
    "off by more than rtol": ("scaled", 5e-3, {}, False),
    "off by more than rtol, allowed": ("scaled", 5e-3, {"rtol": 1e-2}, True),
    "too coarse a difference": (lambda x, _: x * x * x, 0.0, {"eps": 0.5}, False),
}


def off(impl: Any, how: str, by: float) -> Any:
    """f(x) = 4 x (or 0, for a gradient off by an absolute amount), with a wrong gradient."""

    class Off(impl.Function):
        @staticmethod
        def forward(ctx, x):
            return x * (0 if how == "shifted" else 4)

        @staticmethod
        def backward(ctx, upstream):
            g = upstream * 4
            if how == "swapped":
                return impl.stack([g[1], g[0]])
            wrong = {"zero": g * 0, "shifted": upstream * by, "scaled": g * (1 + by)}
            return wrong[how]

    return lambda x, _: Off.apply(x)


@pytest.mark.parametrize("name", GRADCHECKS)
def test_gradcheck_draws_the_line_where_torch_does(name, candidate, reference):
    offered(candidate, "gradcheck", "Function", "stack")
    f, second, options, passes = GRADCHECKS[name]
    for impl in (candidate, reference):
        x = leaf(impl, [0.5, -1.5], "float64")
        other: Any = second
        if second is None:
            other = impl.tensor([2.0, 3.0], dtype="float64")
        elif isinstance(second, list):
            other = leaf(impl, second, "float64")
        function = off(impl, f, second) if isinstance(f, str) else f
        found = impl.gradcheck(function, (x, other), raise_exception=False, **options)
        assert found is passes, f"gradcheck: {name}"


SHAPES: list[tuple[int, ...]] = [(3,), (2, 2), ()]
PLACES = [(i, at) for i, shape in enumerate(SHAPES) for at in np.ndindex(*shape)]


def weighted(impl: Any, factors: list[np.ndarray], slopes: list[np.ndarray]) -> Any:
    """f(x, y, …) = Σ x·a + Σ y·b + …, with gradients said to be ``slopes``."""
    exact, claimed = ([impl.tensor(a) for a in arrays] for arrays in (factors, slopes))

    class Weighted(impl.Function):
        @staticmethod
        def forward(ctx, *inputs):
            return sum((x * a).sum() for x, a in zip(inputs, exact, strict=True))

        @staticmethod
        def backward(ctx, upstream):
            return tuple(upstream * a for a in claimed)

    return Weighted.apply


@pytest.mark.parametrize("wrong", [None, *PLACES], ids=str)
def test_gradcheck_finds_one_wrong_element(wrong, candidate, reference):
    """Among all that are right: of any input, at any place."""
    offered(candidate, "gradcheck", "Function")
    factors = [np.arange(1.0, 1.0 + np.prod(shape)).reshape(shape) for shape in SHAPES]
    slopes = [a.copy() for a in factors]
    if wrong is not None:
        slopes[wrong[0]][wrong[1]] += 0.25
    for impl in (candidate, reference):
        points = tuple(leaf(impl, a * 0.5, "float64") for a in factors)
        passes = impl.gradcheck(weighted(impl, factors, slopes), points, raise_exception=False)
        assert passes is (wrong is None), f"gradcheck: {passes}, wrong at {wrong}"


BAD = [
    Bad("gradcheck", lambda impl: impl.gradcheck(cubed(impl, slope=2), (leaf(impl, [1.0], "float64"),)),
        RuntimeError, says="at (0,)", id="wrong gradient"),
    Bad("numerical_gradient",
        lambda impl: impl.numerical_gradient(lambda x: x, np.array([1.0, 2.0])), ValueError,
        says="(2,)", id="array function"),
    Bad("gradcheck", lambda impl: impl.gradcheck(bowl, (impl.tensor([1.0], dtype="float64"),)),
        ValueError, says="require gradient", id="nothing to check"),
    Bad("numerical_gradient", lambda impl: impl.numerical_gradient(bowl, [1.0]), TypeError,
        says="Tensor"),
    Bad("numerical_gradient", lambda impl: impl.numerical_gradient(bowl, impl.tensor([1])),
        TypeError, says="float", id="integers"),
    Bad("numerical_gradient", lambda impl: impl.numerical_gradient(bowl, impl.tensor([1.0]), h=0.0),
        ValueError, says="positive", id="h"),
    Bad("numerical_gradient", lambda impl: impl.numerical_gradient(lambda t: t, impl.tensor([1.0, 2.0])),
        ValueError, says="scalar", id="vector function"),
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
