"""Gates of the user's own (`Function`), written once and run on both sides."""

from __future__ import annotations

from typing import Any

import pytest

from parity_tests.instrument import EXACT, Bad, assert_parity, bad_cases, covers, offered

covers("Function")


def leaf(impl: Any, data: Any, dtype: str = "float32") -> Any:
    return impl.tensor(data, dtype=dtype, requires_grad=True)


def cubed(impl: Any, slope: int = 3) -> Any:
    """x³ as a gate of the user's own, with the derivative slope · x²."""

    class Cube(impl.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x * x

        @staticmethod
        def backward(ctx, upstream):
            (x,) = ctx.saved_tensors
            return upstream * slope * x * x

    return Cube.apply


def cube(impl: Any, dtype: str) -> Any:
    x = leaf(impl, [1.5, -2.0], dtype)
    y = cubed(impl)(x)
    y.backward(impl.tensor([0.5, 4.0], dtype=dtype))
    return [y, y.requires_grad, y.is_leaf, x.grad]


def several_arguments(impl: Any, dtype: str) -> Any:
    """Tensors and other arguments in any order; None for those without a gradient."""

    class Scaled(impl.Function):
        @staticmethod
        def forward(ctx, power, x, factor, c):
            ctx.factor, ctx.needs = factor, ctx.needs_input_grad
            ctx.save_for_backward(x, c)
            return x * factor + c

        @staticmethod
        def backward(ctx, upstream):
            assert ctx.needs == (False, True, False, False)
            return None, upstream * ctx.factor, None, None

    x, c = leaf(impl, [[1.0], [2.0]], dtype), impl.tensor([[4.0], [8.0]], dtype=dtype)
    y = Scaled.apply("cubed", x, 0.5, c)
    (y * y).sum().backward()
    return [y, x.grad, c.grad]


def straight_through(impl: Any, dtype: str) -> Any:
    """A backward that is not the derivative of its forward: it is used as written."""

    class Threshold(impl.Function):
        @staticmethod
        def forward(ctx, x):
            return (x > 0).to(x.dtype)

        @staticmethod
        def backward(ctx, upstream):
            return upstream

    x = leaf(impl, [1.0, -2.0, 0.0], dtype)
    (Threshold.apply(x) * impl.tensor([1.0, 2.0, 4.0], dtype=dtype)).sum().backward()
    return x.grad


def in_the_middle(impl: Any, dtype: str) -> Any:
    class Reverse(impl.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1.0

        @staticmethod
        def backward(ctx, upstream):
            return -upstream

    x = leaf(impl, [1.0, -2.0], dtype)
    y = Reverse.apply(x * 2.0) * x
    y.sum().backward()
    return x.grad


def no_gradient_wanted(impl: Any, dtype: str) -> Any:
    class Never(impl.Function):
        @staticmethod
        def forward(ctx, x):
            return x + 1

        @staticmethod
        def backward(ctx, upstream):
            raise AssertionError("backward of a gate that nobody needs")

    constant = Never.apply(impl.tensor([1.0], dtype=dtype))
    with impl.no_grad():
        silent = Never.apply(leaf(impl, [1.0], dtype))
    return [constant, constant.requires_grad, silent.requires_grad]


def gradients_of_its_own(impl: Any, dtype: str) -> Any:
    """What backward returns is copied: what it saved, or returns twice, stays as it is."""

    class Kept(impl.Function):
        @staticmethod
        def forward(ctx, x, y, kept):
            ctx.save_for_backward(kept)
            return x * kept + y

        @staticmethod
        def backward(ctx, upstream):
            (kept,) = ctx.saved_tensors
            return kept, kept, None

    x, y = leaf(impl, [1.0, 2.0], dtype), leaf(impl, [4.0, 8.0], dtype)
    kept = impl.tensor([0.5, -0.25], dtype=dtype)
    for _ in range(2):  # the second is added to the first
        Kept.apply(x, y, kept).sum().backward()
    x.grad.zero_()
    return [kept, x.grad, y.grad]


PROGRAMS = [
    *(cube, several_arguments, straight_through, in_the_middle, no_gradient_wanted),
    gradients_of_its_own,
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_program(program, candidate, reference, dtype):
    offered(candidate, "Function", "tensor")
    result, expected = program(candidate, dtype), program(reference, dtype)
    assert_parity(result, expected, EXACT, op="Function", direction=program.__name__)


def broken(impl: Any, gradients: Any) -> None:
    class Broken(impl.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, upstream):
            return gradients(impl)

    Broken.apply(leaf(impl, [1.0, 2.0])).sum().backward()


def without_backward(impl: Any) -> None:
    class NoBackward(impl.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    NoBackward.apply(leaf(impl, [1.0])).sum().backward()


BAD = [
    Bad("Function", lambda impl: broken(impl, lambda impl: (impl.tensor([1.0, 2.0]),) * 2),
        RuntimeError, says="number of gradients", id="too many gradients"),
    Bad("Function", lambda impl: broken(impl, lambda impl: impl.tensor([1.0, 2.0, 3.0])),
        RuntimeError, says="shape", id="gradient of another shape"),
    Bad("Function", without_backward, NotImplementedError, says="backward", id="no backward"),
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
