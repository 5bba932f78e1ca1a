"""Inputs that hypothesis thinks of: any shape, any float, any index; wide with `--exhaustive`.

A failing example is shrunk, so that the report's input is the smallest that fails.
"""

from __future__ import annotations

from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parity_tests.instrument import (
    COMPARATIVE,
    EXACT,
    EXACT_VALUE,
    Case,
    Comparative,
    Tier,
    Ulp,
    check_arrays,
)

SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
ANY_FLOAT = st.floats(width=32)
DYADIC = st.integers(-32, 32).map(lambda k: k / 8.0)


def saturating(g: np.ndarray, x: np.ndarray) -> Any:
    """Roundings of a derivative that is at most about 1 refer to the upstream gradient."""
    return (np.abs(g),)


def _unary(name: str, tier: Tier, grad_tier: Tier, **fields: Any) -> Case:
    return Case(name, inputs=(), tier=tier, grad_tier=grad_tier, why="float32 only",
                elementwise=True, dtypes=("float32",), **fields)  # fmt: skip # a formula


UNARY = [
    _unary("relu", EXACT, EXACT_VALUE),
    _unary("leaky_relu", Ulp("rounded"), COMPARATIVE, options={"negative_slope": 0.125}),
    _unary("hardtanh", EXACT, EXACT_VALUE),
    _unary("step", EXACT, EXACT_VALUE),
    _unary("sign", EXACT, EXACT_VALUE),
    _unary("sigmoid", Ulp("sigmoid"), Comparative(scale=saturating)),
    _unary("tanh", Ulp("tanh"), Comparative(scale=saturating)),
    _unary("Tensor.abs", EXACT, EXACT_VALUE),
    _unary("Tensor.__neg__", EXACT, EXACT),
]


@pytest.mark.parametrize("case", UNARY, ids=str)
@given(data=st.data())
def test_any_float(case, data, candidate, reference, device):
    x = data.draw(hnp.arrays(np.float32, SHAPES, elements=ANY_FLOAT))
    if case.name == "hardtanh":  # torch's gradient at NaN depends on where in the vector it stands
        x = np.nan_to_num(x, nan=1.0)
    check_arrays(case, [x], candidate, reference, device)


BINARY = ("Tensor.__add__", "Tensor.__sub__", "Tensor.__mul__", "maximum", "minimum", "where")


@pytest.mark.parametrize("name", BINARY)
@given(data=st.data())
def test_any_broadcasting(name, data, candidate, reference, device):
    """Dyadic numbers: sums over broadcast dimensions are exact, and so every bit must agree."""
    count = 3 if name == "where" else 2
    shapes = data.draw(hnp.mutually_broadcastable_shapes(num_shapes=count, max_dims=3, max_side=3))
    arrays = [data.draw(hnp.arrays(np.float32, s, elements=DYADIC)) for s in shapes.input_shapes]
    if name == "where":
        arrays[0] = arrays[0] > 0
    case = Case(name, inputs=(), tier=EXACT, dtypes=("float32",))
    check_arrays(case, arrays, candidate, reference, device)


@pytest.mark.parametrize("name", ["sum", "mean", "max", "min", "argmax", "argmin"])
@given(data=st.data())
def test_any_reduction(name, data, candidate, reference, device):
    x = data.draw(hnp.arrays(np.float64, SHAPES, elements=DYADIC))
    options: dict[str, Any] = {}
    if data.draw(st.booleans()):
        options["dim"] = data.draw(st.integers(-max(x.ndim, 1), max(x.ndim, 1) - 1))
        options["keepdim"] = data.draw(st.booleans())
    lengths = {1, 2, 3, 4} & set(x.shape)
    exact = name != "mean" or not lengths - {1, 2, 4}
    tier = EXACT if exact else Comparative(scale="tensor")
    case = Case(f"Tensor.{name}", inputs=(), options=options, tier=tier, grad_tier=EXACT_VALUE if exact
                else COMPARATIVE, why="thirds")  # fmt: skip # a case
    check_arrays(case, [x], candidate, reference, device)


def forwards(index: Any) -> Any:
    """The index with slices that run forwards; torch refuses others (see CONVENTIONS.md)."""
    if isinstance(index, tuple):
        return tuple(map(forwards, index))
    if isinstance(index, slice) and index.step is not None and index.step < 0:
        return slice(index.start, index.stop, -index.step)
    return index


@given(data=st.data())
def test_any_basic_index(data, candidate, reference, device):
    """Integers, slices with positive steps, new axes and the ellipsis."""
    shapes = hnp.array_shapes(min_dims=1, max_dims=3, max_side=4)
    x = data.draw(hnp.arrays(np.float32, shapes, elements=DYADIC))
    index = data.draw(hnp.basic_indices(x.shape, allow_newaxis=True).map(forwards))
    case = Case("Tensor.__getitem__", inputs=(), tier=EXACT, call=lambda impl, t: t[index])
    check_arrays(case, [x], candidate, reference, device)


@given(data=st.data())
def test_any_integer_index(data, candidate, reference, device):
    """Repeated rows get repeated gradients."""
    x = data.draw(hnp.arrays(np.float32, (4, 3), elements=DYADIC))
    shape = hnp.array_shapes(min_dims=1, max_dims=2, max_side=4)
    index = data.draw(hnp.arrays(np.int64, shape, elements=st.integers(-4, 3)))
    case = Case("Tensor.__getitem__", inputs=(), tier=EXACT, call=lambda impl, t: t[index])
    check_arrays(case, [x], candidate, reference, device)


@given(data=st.data())
def test_any_product(data, candidate, reference, device):
    shapes = data.draw(
        hnp.mutually_broadcastable_shapes(signature=np.matmul.signature, max_dims=2, max_side=3)
    )
    arrays = [data.draw(hnp.arrays(np.float32, s, elements=DYADIC)) for s in shapes.input_shapes]
    case = Case("Tensor.__matmul__", inputs=(), tier=EXACT_VALUE)
    check_arrays(case, arrays, candidate, reference, device)


@given(data=st.data())
def test_any_labels(data, candidate, reference, device):
    """Cross-entropy of any logits and any labels, some ignored."""
    rows, classes = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    logits = hnp.arrays(np.float32, (rows, classes), elements=st.floats(-1e4, 1e4, width=32))
    labels = hnp.arrays(np.int64, rows, elements=st.sampled_from([*range(classes), -100]))
    options = {
        "reduction": data.draw(st.sampled_from(["none", "sum", "mean"])),
        "label_smoothing": data.draw(st.sampled_from([0.0, 0.125, 1.0])),
    }
    case = Case("cross_entropy", inputs=(), options=options, tier=Comparative(scale=largest_logit),
                grad_tier=Comparative(scale=share), dtypes=("float32",))  # fmt: skip # a case
    check_arrays(case, [data.draw(logits), data.draw(labels)], candidate, reference, device)


def largest_logit(x: np.ndarray, y: np.ndarray, **options: Any) -> Any:
    """log Σ e^x − x_y cancels: its roundings refer to the largest logit."""
    return np.abs(x).max() * (len(x) if options["reduction"] == "sum" else 1)


def share(g: np.ndarray, x: np.ndarray, y: np.ndarray, **options: Any) -> Any:
    """softmax − target cancels: its roundings refer to the share of the upstream gradient."""
    mean = options["reduction"] == "mean"
    rows = np.abs(g) / max(np.count_nonzero(y != -100), 1) if mean else np.abs(g)
    return (np.broadcast_to(rows.reshape(-1, 1), x.shape),)
