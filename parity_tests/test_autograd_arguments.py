"""What the operations of the graph may be given: numbers, integers, one tensor, dimensions of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from parity_tests.instrument import (
    COMPARATIVE,
    EXACT,
    Bad,
    Case,
    assert_parity,
    bad_cases,
    cases,
    dyadic,
    integers,
    normal,
    offered,
)

if TYPE_CHECKING:
    from collections.abc import Callable

NONE: dict[str, Any] = {"variants": "", "wrt": ()}
EXTREMA: list[tuple[tuple[int, ...], dict[str, Any]]] = [
    *(((2, 3), options) for options in ({}, {"dim": 1}, {"keepdim": True})),
    *[((), {}), ((1, 4), {"dim": 1})],
]
CASES = [
    Case("Tensor.reciprocal", (normal(5, 7),), tier=COMPARATIVE, oracle=lambda m, x: 1 / x,
         elementwise=True, specials=False),
    *(
        Case(f"Tensor.{name}", (dyadic(1, 4),), options={"dim": 1, "keepdim": keepdim}, tier=EXACT,
             variants="", id=f"one row, {keepdim}")
        for name in ("max", "min", "sum", "mean") for keepdim in (True, False)
    ),
    *(
        Case(f"Tensor.{name}", (dyadic(*shape),), options=options, tier=EXACT, id=f"{shape}{options}",
             **NONE)
        for name in ("argmax", "argmin")
        for shape, options in EXTREMA
    ),
    *(
        Case("where", (dyadic(6),), tier=EXACT, variants="", id=name, call=call)
        for name, call in {
            "number first": lambda impl, x: impl.where(x > 0, 1.0, x),
            "number second": lambda impl, x: impl.where(x > 0, x, 2.0),
        }.items()
    ),
    Case("stack", (dyadic(3),), tier=EXACT, call=lambda impl, x: impl.stack([x]), id="one"),
    Case("stack", (dyadic(3, 2), dyadic(3, 2)), tier=EXACT, call=lambda impl, *x: impl.stack(x)),
    Case("cat", (dyadic(3),), tier=EXACT, call=lambda impl, x: impl.cat([x]), id="one"),
    Case("cat", (dyadic(1), dyadic(1), dyadic(2)), tier=EXACT, variants="",
         call=lambda impl, *x: impl.cat(x), id="single elements"),
    Case("cat", (dyadic(0), dyadic(0)), tier=EXACT, call=lambda impl, *x: impl.cat(x), id="nothing",
         **NONE),
]  # fmt: skip # a table


@cases(CASES)
def test_value_and_gradient(case, check):
    check(case)


@cases(
    [
        Case(f"Tensor.{name}", (integers(1, 5, 4),), tier=COMPARATIVE, why="of integers", wrt=(),
             variants="", id="integers", dtypes=("float32",))
        for name in ("exp", "log", "sqrt", "reciprocal", "sum")
    ]
)  # fmt: skip # a table
def test_of_integers(case, check):
    check(case)


def after_nothing(impl: Any, dtype: str, other: str) -> Any:
    """An empty row stands before a matrix only with its dtype."""
    return impl.cat([impl.tensor([], dtype=dtype), impl.tensor([[1, 2]], dtype=other)])


#: What both sides make of these, values and dtypes: the operation, and a call.
MADE = {
    "integers to the power 0": ("Tensor.__pow__", lambda i: i.tensor([2, 3]) ** 0),
    "integers to powers": ("Tensor.__pow__", lambda i: i.tensor([2, 3, 4]) ** i.tensor([0, 1, 2])),
    "integers to a fraction": ("Tensor.__pow__", lambda i: i.tensor([4, 9]) ** 0.5),
    "a choice of numbers": ("where", lambda i: i.where(i.tensor([True, False]), 1.0, 2.0)),
    "a tensor of a tensor": ("Tensor", lambda i: i.Tensor(i.tensor([1.0, 2.0]))),
    "a tensor by its class": ("Tensor", lambda i: i.Tensor([1, 2])),
    "added bools": ("Tensor.__add__", lambda i: i.tensor([True, True]) + 1),
    "summed bools": ("Tensor.sum", lambda i: i.tensor([True, True]).sum()),
    "nothing, of float64, then float32": ("cat", lambda i: after_nothing(i, "float64", "float32")),
    "nothing, of float32, then int64": ("cat", lambda i: after_nothing(i, "float32", "int64")),
    "nothing, of int64, then float32": ("cat", lambda i: after_nothing(i, "int64", "float32")),
    "a matrix, then nothing of another type": (
        "cat",
        lambda i: i.cat([i.tensor([[1.0, 2.0]]), i.tensor([], dtype="float64")]),
    ),
    "a mean of nothing": ("Tensor.mean", lambda i: i.tensor([]).mean()),
}


@pytest.mark.parametrize("kind", MADE)
def test_made(candidate, reference, kind):
    op, make = MADE[kind]
    offered(candidate, "tensor", "Tensor", op)
    mine, torchs = make(candidate), make(reference)
    assert_parity(mine, torchs, EXACT, op=op, direction=kind)
    assert (mine.requires_grad, mine.grad) == (False, None)


#: What an integer may be given as, besides an int.
INTEGERS = {
    "of NumPy": lambda i, n: np.int64(n),
    "of NumPy, of 8 bits": lambda i, n: np.int8(n),
    "a tensor": lambda i, n: i.tensor(n),
}
#: Calls with an integer n, which is 2.
WITH_INTEGERS = {
    "Tensor.sum": lambda i, x, n: x.sum(n - 1),
    "Tensor.mean": lambda i, x, n: x.mean(n - 3, keepdim=True),
    "Tensor.__getitem__": lambda i, x, n: x[n - 1],
    "Tensor.reshape": lambda i, x, n: x.reshape(n, 2, 1),
    "Tensor.view": lambda i, x, n: x.view(n + n),
    "softmax": lambda i, x, n: i.softmax(x, n - 1),
    "log_softmax": lambda i, x, n: i.log_softmax(x, n - 3),
    "cat": lambda i, x, n: i.cat([x, x], n - 1),
    "stack": lambda i, x, n: i.stack([x, x], n),
    "LayerNorm": lambda i, x, n: i.LayerNorm(n)(x),
    "random_split": lambda i, x, n: [
        list(part.indices)
        for part in i.random_split(range(4), [n, n], i.Generator().manual_seed(3))
    ],
}


@pytest.mark.parametrize("kind", INTEGERS)
@pytest.mark.parametrize("name", WITH_INTEGERS)
def test_integers_of_every_kind(candidate, reference, name, kind):
    """Sizes and dimensions are often computed, by NumPy or by the graph."""
    offered(candidate, "tensor", name)
    if (name, kind) == ("LayerNorm", "a tensor"):
        pytest.skip("torch wants a sequence or an integer there")
    mine, torchs = (
        WITH_INTEGERS[name](impl, impl.tensor([[1.0, 2.0], [4.0, 5.0]]), INTEGERS[kind](impl, 2))
        for impl in (candidate, reference)
    )
    assert_parity(mine, torchs, COMPARATIVE, op=name, direction=f"an integer {kind}")


@pytest.mark.parametrize("dims", [(), []], ids=str)
@pytest.mark.parametrize("name", ["sum", "mean"])
def test_no_dimensions_are_all(candidate, reference, name, dims):
    offered(candidate, "tensor", f"Tensor.{name}")
    mine, torchs = (
        getattr(impl.tensor([[1.0, 2.0], [4.0, 5.0]]), name)(dims)
        for impl in (candidate, reference)
    )
    assert_parity(mine, torchs, EXACT, op=f"Tensor.{name}", direction="along no dimensions")


def along(name: str, dim: Any) -> Callable[[Any], Any]:
    """A reduction along a dimension that is none."""
    return lambda impl: getattr(impl.tensor([[1.0]]), name)(dim=dim)


BAD = [
    Bad("maximum", lambda i: i.maximum(1.0, i.tensor([1.0])), TypeError, "maximum: every"),
    Bad("maximum", lambda i: i.maximum(i.tensor([1.0]), 1.0), TypeError, "maximum: every"),
    Bad("minimum", lambda i: i.minimum(1.0, i.tensor([1.0])), TypeError, "minimum: every"),
    Bad("minimum", lambda i: i.minimum(i.tensor([1.0]), 1.0), TypeError, "minimum: every"),
    Bad("stack", lambda i: i.stack([1.0, 2.0]), TypeError, "stack: every"),
    Bad("cat", lambda i: i.cat([1.0, 2.0]), TypeError, "cat: every"),
    Bad("stack", lambda i: i.stack([i.tensor([1.0]), i.tensor([1.0]), i.tensor([1.0, 2.0])]),
        RuntimeError, id="third of another shape"),
    Bad("where", lambda i: i.where(i.tensor([1.0]), 1.0, 2.0), RuntimeError, "float32"),
    *(
        Bad(f"Tensor.{name}", along(name, dim), TypeError, "an int", id=f"{name} along {dim!r}")
        for name in ("sum", "mean", "max", "min", "argmax", "argmin")
        for dim in (True, 1.0, "0", *([(True,), (1.0,)] if name in ("sum", "mean") else []))
    ),
    Bad("Tensor.transpose", lambda i: i.tensor([[1.0]]).transpose(True, 0), TypeError, "bool"),
    Bad("Tensor.transpose", lambda i: i.tensor([[1.0]]).transpose(0, 1.0), TypeError, "float"),
    Bad("stack", lambda i: i.stack([i.tensor([1.0])], dim=True), TypeError, "bool", id="dim"),
    Bad("cat", lambda i: i.cat([i.tensor([1.0])], dim=False), TypeError, "bool", id="dim"),
    Bad("Tensor.__matmul__", lambda i: i.tensor([[True]]) @ i.tensor([[True]]), NotImplementedError,
        "bool"),
    Bad("Tensor.abs", lambda i: i.tensor([True]).abs(), NotImplementedError, "bool"),
    Bad("Tensor.clip", lambda i: i.tensor([1.0]).clip("a"), TypeError, "str"),
    Bad("Tensor.clip", lambda i: i.tensor([1.0]).clip(0.0, [1.0]), TypeError, "list", id="list"),
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
