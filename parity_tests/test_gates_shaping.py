"""The gates that reduce, move and choose elements: sum, max, index, where, stack, cat.

Dyadic inputs make sums of products exact, so that every bit must agree; random inputs then show
the rounding, against a bound or the oracle.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from parity_tests.instrument import (
    COMPARATIVE,
    EXACT,
    EXACT_VALUE,
    Bad,
    Bound,
    Case,
    bad_cases,
    cases,
    dot_bound,
    dyadic,
    integers,
    normal,
    values,
)

PAIRS = {
    "same": (normal(4, 5), normal(4, 5)),
    "row": (normal(4, 5), normal(5)),
    "column": (normal(4, 1), normal(3, 1, 5)),
    "0-d": (normal(), normal(4, 5)),
}
DIMS: list[dict[str, Any]] = [
    {}, {"dim": 0}, {"dim": -1}, {"dim": (0, 2)}, {"dim": 1, "keepdim": True},
    {"dim": (-1, 0), "keepdim": True},
]  # fmt: skip # a table
ONE_DIM: list[dict[str, Any]] = [{}, {"dim": 0}, {"dim": -1}, {"dim": 1, "keepdim": True}]


def sum_bound(u: float, x: np.ndarray, **options: Any) -> Any:
    """n·u·Σ|x|."""
    return dot_bound(x.size, np.abs(x).sum(), u)


def mean_bound(u: float, x: np.ndarray, dim: int | None = None) -> Any:
    """The sum's bound over n; the division is the n-th rounding, where n numbers need n − 1 adds."""
    size = x.size if dim is None else x.shape[dim]
    return dot_bound(size, np.abs(x).mean(dim), u)


def reversed_dimensions(impl: Any, x: Any) -> Any:
    """x.T, of which torch would rather have it that it were a matrix."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return x.T


REDUCTIONS = [
    Case(f"Tensor.{name}", inputs=(dyadic(4, 2, 8),), options=options, tier=EXACT)
    for name in ("sum", "mean")
    for options in DIMS
] + [
    Case("Tensor.sum", inputs=(normal(500),), tier=Bound(sum_bound), grad_tier=EXACT,
         oracle=lambda m, x: m.sum(x), id="random"),
    Case("Tensor.mean", inputs=(normal(48),), tier=Bound(mean_bound), grad_tier=COMPARATIVE,
         oracle=lambda m, x: m.mean(x), id="random"),
    Case("Tensor.mean", inputs=(normal(3, 7),), options={"dim": -1}, tier=Bound(mean_bound),
         grad_tier=COMPARATIVE, oracle=lambda m, x, dim: m.mean(x, axis=dim), id="of sevenths"),
    Case("Tensor.sum", inputs=(values([[1.0, np.nan], [np.inf, 2.0], [np.inf, -np.inf]]),),
         options={"dim": 1}, tier=EXACT, id="not finite"),
    Case("Tensor.sum", inputs=(integers(-9, 9, 3, 4),), options={"dim": 0}, tier=EXACT, id="int"),
    Case("Tensor.sum", inputs=(values([[True, False], [True, True]]),), tier=EXACT, id="bool"),
] + [
    Case(f"Tensor.{name}", inputs=(spec,), options=options, tier=EXACT, id=f"{kind}"
         + "".join(f" {k}={v}" for k, v in options.items()))
    for name in ("max", "min", "argmax", "argmin")
    for kind, spec in (("distinct", normal(4, 2, 8)), ("ties", integers(-2, 3, 4, 2, 8)))
    for options in ONE_DIM
] + [
    Case(f"Tensor.{name}", inputs=(values([[2.0, 1.0, 2.0], [0.5, np.nan, 9.0], [3.0, 3.0, 3.0]]),),
         options=options, tier=EXACT, id="ties and NaN" + "".join(f" {v}" for v in options.values()))
    for name in ("max", "min", "argmax", "argmin")
    for options in ({}, {"dim": 1})
] + [
    Case(f"Tensor.{name}", inputs=(values([1.0, 3.0, 3.0, -1.0, -1.0, 3.0]),), tier=EXACT_VALUE,
         grad_tier=COMPARATIVE, oracle=lambda m, x: m.max(x), dtypes=("float32",), id="three tie")
    for name in ("max",)
]  # fmt: skip # a table

INDICES: dict[str, Any] = {
    "row": 1, "last": -1, "slice": slice(1, 3), "step": slice(None, None, 2),
    "pair": (2, 1), "column": (slice(None), 0), "ellipsis": (..., 1), "new axis": (None, 1),
    "list": [2, 0, 2], "array": np.array([[1, 1], [0, 3]]), "two arrays": ([0, 2, 0], [1, 1, 1]),
    "mask": np.array([True, False, True, True]), "empty slice": slice(2, 2),
}  # fmt: skip # a table
SHAPING = [
    Case("Tensor.__getitem__", inputs=(dyadic(4, 3),), tier=EXACT, id=name,
         call=lambda impl, x, index=index: x[index])
    for name, index in INDICES.items()
] + [
    Case("Tensor.reshape", inputs=(dyadic(4, 6),), tier=EXACT, id=str(shape),
         call=lambda impl, x, shape=shape: x.reshape(*shape), variants="transposed strided reversed")
    for shape in ((24,), (2, 12), (-1, 3), (2, 2, -1), ((3, 8),))
] + [
    Case("Tensor.view", inputs=(dyadic(4, 6),), tier=EXACT, id=str(shape), variants="",
         call=lambda impl, x, shape=shape: x.view(*shape))
    for shape in ((24,), (-1, 3))
] + [
    Case("Tensor.transpose", inputs=(dyadic(2, 3, 4),), options={"dim0": a, "dim1": b}, tier=EXACT)
    for a, b in ((0, 1), (0, 2), (-1, -2), (1, 1))
] + [
    Case("Tensor.T", inputs=(dyadic(4, 3),), tier=EXACT, call=lambda impl, x: x.T,
         variants="transposed strided reversed empty"),
    *(
        Case("Tensor.T", inputs=(dyadic(*shape),), tier=EXACT, call=reversed_dimensions,
             id=f"of {len(shape)} dimensions", variants="transposed strided reversed")
        for shape in ((2, 3, 4), (2, 3, 1, 5), (3,))
    ),
]  # fmt: skip # a table

SEVERAL = [
    Case(name, inputs=inputs, tier=EXACT, elementwise=shape == "same", id=shape)
    for name in ("maximum", "minimum")
    for shape, inputs in PAIRS.items()
] + [
    Case(name, inputs=(integers(-2, 3, 4, 5), integers(-2, 3, 4, 5)), tier=EXACT, id="int ties")
    for name in ("maximum", "minimum")
] + [
    Case(name, inputs=(values([1.0, 2.0, -0.5]), values([1.0, 3.0, -0.5])), tier=EXACT, id="ties")
    for name in ("maximum", "minimum")
] + [
    Case("where", inputs=(values([[True], [False], [True]]), *inputs), tier=EXACT, id=shape)
    for shape, inputs in {"row": (normal(3, 4), normal(4)), "0-d": (normal(), normal(3, 4))}.items()
] + [
    Case("where", inputs=(dyadic(3, 4), dyadic(3, 4)), tier=EXACT, elementwise=True, id="condition",
         call=lambda impl, a, b: impl.where(a > b, a, b)),
    Case("where", inputs=(dyadic(3, 4),), tier=EXACT, elementwise=True, id="number",
         call=lambda impl, a: impl.where(a > 0, a, 0.0)),
] + [
    Case("stack", inputs=(dyadic(2, 3), dyadic(2, 3), dyadic(2, 3)), tier=EXACT, id=f"dim {dim}",
         call=lambda impl, *xs, dim=dim: impl.stack(xs, dim=dim))
    for dim in (0, 1, 2, -1)
] + [
    Case("cat", inputs=(dyadic(2, 3), dyadic(2, 3)), tier=EXACT, id=f"dim {dim}",
         call=lambda impl, *xs, dim=dim: impl.cat(xs, dim=dim))
    for dim in (0, 1, -2)
] + [
    Case("cat", inputs=(dyadic(2, 3), dyadic(4, 3), dyadic(0, 3)), tier=EXACT, id="lengths",
         call=lambda impl, *xs: impl.cat(xs), variants="transposed strided reversed"),
    Case("cat", inputs=(dyadic(3), integers(0, 5, 2)), tier=EXACT, id="promotes", variants="",
         call=lambda impl, *xs: impl.cat(xs)),
]  # fmt: skip # a table


@cases(REDUCTIONS)
def test_reductions(case, check):
    check(case)


@cases([*SHAPING, *SEVERAL])
def test_shaping_and_functions_of_several_tensors(case, check):
    check(case)


def ones(impl: Any, *shape: int, dtype: str = "float32") -> Any:
    """A tensor of ones on either side."""
    return impl.tensor(np.ones(shape, dtype=dtype))


BAD = [
    Bad("Tensor.sum", lambda impl: ones(impl, 2, 3).sum(dim=2), IndexError, says="2", id="dim"),
    Bad("Tensor.sum", lambda impl: ones(impl, 2, 3).sum(dim=(0, 0)), RuntimeError, id="twice"),
    Bad("Tensor.mean", lambda impl: impl.tensor([1, 2]).mean(), RuntimeError, says="float",
        id="int"),
    Bad("Tensor.max", lambda impl: ones(impl, 0).max(), RuntimeError, id="empty"),
    Bad("Tensor.max", lambda impl: ones(impl, 2, 0).max(dim=1), IndexError, id="empty dim"),
    Bad("Tensor.argmax", lambda impl: ones(impl, 2).argmax(dim=1), IndexError, id="dim"),
    Bad("Tensor.argmax", lambda impl: ones(impl, 0).argmax(), IndexError, id="empty"),
    Bad("Tensor.reshape", lambda impl: ones(impl, 2, 3).reshape(4), RuntimeError, says="(2, 3)"),
    Bad("Tensor.reshape", lambda impl: ones(impl, 2, 3).reshape(-1, -1), RuntimeError, id="two -1"),
    Bad("Tensor.transpose", lambda impl: ones(impl, 2, 3).transpose(0, 2), IndexError, says="2"),
    Bad("Tensor.__getitem__", lambda impl: ones(impl, 2, 3)[2], IndexError, says="2"),
    Bad("Tensor.__getitem__", lambda impl: ones(impl, 2)[0, 0], IndexError, id="too many"),
    Bad("maximum", lambda impl: impl.maximum(ones(impl, 2), 1.0), TypeError, says="Tensor"),
    Bad("maximum", lambda impl: impl.maximum(ones(impl, 2), ones(impl, 3)), RuntimeError,
        id="shapes"),
    Bad("minimum", lambda impl: impl.minimum(1.0, ones(impl, 2)), TypeError, says="Tensor"),
    Bad("where", lambda impl: impl.where(ones(impl, 2), ones(impl, 2), ones(impl, 2)), RuntimeError,
        says="bool"),
    Bad("where", lambda impl: impl.where(ones(impl, 2) > 0, ones(impl, 3), ones(impl, 2)),
        RuntimeError, id="shapes"),
    Bad("stack", lambda impl: impl.stack([]), RuntimeError, says="non-empty"),
    Bad("stack", lambda impl: impl.stack([ones(impl, 2), ones(impl, 3)]), RuntimeError,
        says="equal", id="shapes"),
    Bad("stack", lambda impl: impl.stack([ones(impl, 2)], dim=2), IndexError, id="dim"),
    Bad("cat", lambda impl: impl.cat([ones(impl, 2, 3), ones(impl, 2, 4)]), RuntimeError,
        says="(2, 4)"),
    Bad("cat", lambda impl: impl.cat([ones(impl)]), RuntimeError, id="0-d"),
    Bad("cat", lambda impl: impl.cat([ones(impl, 2)], dim=1), IndexError, id="dim"),
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
