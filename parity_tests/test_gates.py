"""The gates of the engine: arithmetic, comparisons, powers, matrix products.

Dyadic inputs make sums of products exact, so that every bit must agree; random inputs then show
the rounding, against a bound or the oracle.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from parity_tests.instrument import (
    COMPARATIVE,
    EXACT,
    EXACT_VALUE,
    Bad,
    Bound,
    Case,
    Comparative,
    Ulp,
    bad_cases,
    cases,
    dot_bound,
    dyadic,
    integers,
    normal,
    spread,
    uniform,
)

PAIRS = {
    "same": (normal(4, 5), normal(4, 5)),
    "row": (normal(4, 5), normal(5)),
    "column": (normal(4, 1), normal(3, 1, 5)),
    "0-d": (normal(), normal(4, 5)),
}
OPERATIONS = (operator.add, operator.sub, operator.mul, operator.truediv)
ORDER = (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)
NUMBERS = {"two": 2, "half": 0.5, "third": 1 / 3, "minus": -3}


def terms(f: Any) -> Any:
    """Per input, the magnitudes that its gradient adds up: where it was broadcast, or is both."""

    def sizes(g: np.ndarray, a: np.ndarray, b: np.ndarray) -> Any:
        with np.errstate(all="ignore"):
            da, db = {
                "add": (g, g),
                "sub": (g, g),
                "mul": (g * b, g * a),
                "truediv": (g / b, np.maximum(abs(g / b), abs(g * a / b / b))),
            }[f.__name__]
        return abs(da), abs(db)

    return sizes


ARITHMETIC = [
    Case(
        f"Tensor.__{f.__name__}__",
        inputs=inputs,
        tier=Ulp("rounded"),
        grad_tier=Comparative(scale=terms(f)),
        oracle=lambda m, a, b, f=f: f(a, b),
        elementwise=shape == "same",
        id=shape,
    )
    for f in OPERATIONS
    for shape, inputs in PAIRS.items()
] + [
    Case(
        f"Tensor.__{reflected}{f.__name__}__",
        inputs=(normal(4, 5),),
        tier=EXACT if f is not operator.truediv or not reflected else Ulp("two roundings"),
        grad_tier=COMPARATIVE,
        oracle=lambda m, x, f=f, n=number, r=reflected: f(n, x) if r else f(x, n),
        call=lambda impl, x, f=f, n=number, r=reflected: f(n, x) if r else f(x, n),
        elementwise=True,
        id=word,
    )
    for f in OPERATIONS
    for reflected in ("", "r")
    for word, number in NUMBERS.items()
]

EXACT_PAIRS = [
    Case(f"Tensor.__{f.__name__}__", inputs=(dyadic(4, 5), dyadic(4, 5)), tier=EXACT, elementwise=True,
         id="dyadic")
    for f in OPERATIONS[:3]
]  # fmt: skip # a table

COMPARISONS = [
    Case(f"Tensor.__{f.__name__}__", inputs=(integers(-2, 3, 4, 5), integers(-2, 3, 4, 5)), tier=EXACT,
         id="int")
    for f in ORDER
] + [
    Case(f"Tensor.__{f.__name__}__", inputs=(dyadic(4, 5), dyadic(4, 5)), tier=EXACT, elementwise=True,
         id="float")
    for f in ORDER
] + [
    Case(f"Tensor.__{f.__name__}__", inputs=(dyadic(4, 5),), tier=EXACT, elementwise=True,
         call=lambda impl, x, f=f: f(x, 0.5), kinks=(0.5,), id="number")
    for f in ORDER
]  # fmt: skip # a table

UNARY = [
    Case("Tensor.__neg__", inputs=(normal(4, 5),), tier=EXACT, elementwise=True),
    Case("Tensor.abs", inputs=(normal(4, 5),), tier=EXACT, elementwise=True, kinks=(0.0,)),
    Case("Tensor.exp", inputs=(normal(4, 5, scale=3.0),), tier=Ulp("libm"), elementwise=True,
         oracle=lambda m, x: m.exp(x)),
    Case("Tensor.log", inputs=(uniform(0.01, 20.0, 4, 5),), tier=Ulp("libm"), elementwise=True,
         oracle=lambda m, x: m.log(x)),
    Case("Tensor.sqrt", inputs=(uniform(0.01, 20.0, 4, 5),), tier=Ulp("sqrt"), elementwise=True,
         oracle=lambda m, x: m.sqrt(x)),
]  # fmt: skip # a table


def power_terms(g: np.ndarray, a: np.ndarray, b: np.ndarray) -> Any:
    """The magnitudes that ∂/∂a = b·a^(b−1) and ∂/∂b = a^b·ln a add up when both are one tensor."""
    with np.errstate(all="ignore"):
        size = np.abs(g) * (np.abs(b * a ** (b - 1)) + np.abs(a**b * np.log(a)))
    return size, size


POWERS = [
    Case(
        "Tensor.pow",
        inputs=(uniform(0.1, 4.0, 4, 5) if exponent % 1 else normal(4, 5),),
        options={"exponent": exponent},
        tier=Ulp("pow"),
        oracle=lambda m, x, exponent: m.power(x, exponent),
        elementwise=True,
    )
    for exponent in (2, 3, -1, -2, 0, 1, 0.5, -0.5, 2.5, 4, 2.0)
] + [
    Case("Tensor.__pow__", inputs=(uniform(0.1, 4.0, 4, 5), normal(4, 5)), tier=Ulp("pow"),
         grad_tier=Comparative(scale=power_terms),
         oracle=lambda m, a, b: m.power(a, b), elementwise=True),
    Case("Tensor.__rpow__", inputs=(normal(4, 5),), tier=Ulp("pow"), elementwise=True,
         oracle=lambda m, x: m.power(2, x), call=lambda impl, x: 2**x),
]  # fmt: skip # a table

CLIPS = [
    Case("Tensor.clip", inputs=(dyadic(4, 5),), options=options, tier=EXACT, elementwise=True,
         kinks=(-1.0, 2.0))
    for options in ({"min": -1.0, "max": 2.0}, {"min": -1.0}, {"max": 2.0})
]  # fmt: skip # a table


def product_bound(u: float, a: np.ndarray, b: np.ndarray) -> Any:
    """Higham (2002), §3.5: |fl(AB) − AB| ≤ n·u·|A||B|, whatever the order of summation."""
    return dot_bound(a.shape[-1], np.abs(a) @ np.abs(b), u)


def product_gradient_bound(u: float, g: np.ndarray, a: np.ndarray, b: np.ndarray) -> Any:
    """The same for U Bᵀ and Aᵀ U."""
    da = dot_bound(b.shape[-1], np.abs(g) @ np.abs(b).swapaxes(-1, -2), u)
    db = dot_bound(a.shape[-2], np.abs(a).swapaxes(-1, -2) @ np.abs(g), u)
    return da, db


SHAPES = {
    "matrix": ((4, 3), (3, 5)),
    "row": ((3,), (3, 5)),
    "column": ((4, 3), (3,)),
    "dot": ((6,), (6,)),
    "batch": ((2, 4, 3), (2, 3, 5)),
    "broadcast": ((2, 1, 4, 3), (5, 3, 2)),
    "batch of rows": ((3,), (2, 3, 5)),
}
PRODUCTS = [
    Case("Tensor.__matmul__", inputs=(dyadic(*a), dyadic(*b)), tier=EXACT_VALUE, id=name)
    for name, (a, b) in SHAPES.items()
] + [
    Case("Tensor.__matmul__", inputs=(normal(3, 70), normal(70, 2)), tier=Bound(product_bound),
         grad_tier=Bound(product_gradient_bound), oracle=lambda m, a, b: a @ b, id="random"),
]  # fmt: skip # a table

CHAINS = [
    Case("Tensor.exp", inputs=(spread(4, 5, low=1e-3, high=10.0),), tier=Ulp("sigmoid"),
         elementwise=True, call=lambda impl, x: 1 / (1 + impl.Tensor.exp(x * -1)), id="sigmoid by gates",
         oracle=lambda m, x: m.sigmoid(x), specials=False),
]  # fmt: skip # a table


@cases([*ARITHMETIC, *EXACT_PAIRS, *COMPARISONS, *UNARY, *POWERS, *CLIPS, *CHAINS])
def test_elementwise(case, check):
    check(case)


@cases(PRODUCTS)
def test_matrix_product(case, check):
    check(case)


def ones(impl: Any, *shape: int, dtype: str = "float32") -> Any:
    """A tensor of ones on either side."""
    return impl.tensor(np.ones(shape, dtype=dtype))


def minus(a, b):
    """The call a − b; numbers stay what they are, lists become tensors."""
    return lambda impl: operator.sub(
        *(impl.tensor(value) if isinstance(value, list) else value for value in (a, b))
    )


BAD = [
    Bad("Tensor.__matmul__", lambda impl: ones(impl, 2, 3) @ ones(impl, 2, 3), RuntimeError,
        says="(2, 3)", id="shapes"),
    Bad("Tensor.__matmul__", lambda impl: ones(impl, 2, 3) @ ones(impl, 3, 2, dtype="float64"),
        RuntimeError, says="float64", id="dtypes"),
    Bad("Tensor.__matmul__", lambda impl: ones(impl, 2, 3) @ ones(impl), RuntimeError,
        says="dimension", id="0-d"),
    Bad("Tensor.__add__", lambda impl: ones(impl, 2, 3) + ones(impl, 2), RuntimeError,
        says="(2, 3)", id="shapes"),
    Bad("Tensor.__add__", lambda impl: ones(impl, 2, 3) + "one", TypeError, id="text"),
    Bad("Tensor.__sub__", lambda impl: impl.tensor([True]) - impl.tensor([True]), RuntimeError,
        says="bool", id="bool"),
    *(Bad("Tensor.__sub__", minus(a, b), RuntimeError, says="bool", id=f"{a} - {b}")
      for a, b in ((1.0, [True]), ([True], 1.0), ([1.0], [True]), ([1], True), (True, [1.0]))),
    Bad("Tensor.__neg__", lambda impl: -impl.tensor([True]), RuntimeError, says="bool"),
    Bad("Tensor.__pow__", lambda impl: impl.tensor([2]) ** -1, RuntimeError, says="negative"),
    Bad("Tensor.clip", lambda impl: ones(impl, 2).clip(), RuntimeError, says="min"),
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
