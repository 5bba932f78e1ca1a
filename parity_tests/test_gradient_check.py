"""Gradients of functions, by the graph: `grad` and `jacobian`."""

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
    dyadic,
    normal,
    offered,
    to_tensor,
)

covers("grad")


def leaf(impl: Any, data: Any, dtype: str = "float32") -> Any:
    return impl.tensor(data, dtype=dtype, requires_grad=True)


def of_two_inputs(impl: Any, dtype: str) -> Any:
    x, y = leaf(impl, [1.0, 2.0], dtype), leaf(impl, [0.5, -4.0], dtype)
    return [impl.grad((x * y * y).sum(), (x, y)), x.grad, y.grad]


def of_one_input(impl: Any, dtype: str) -> Any:
    x = leaf(impl, [1.0, 2.0], dtype)
    return impl.grad((x * x).sum(), x)


def of_two_outputs(impl: Any, dtype: str) -> Any:
    x = leaf(impl, [1.0, 2.0], dtype)
    upstream = impl.tensor([0.5, 8.0], dtype=dtype)
    return impl.grad((x * x, x.sum()), x, (upstream, None))


def of_an_inner_tensor(impl: Any, dtype: str) -> Any:
    x = leaf(impl, [1.0, 2.0], dtype)
    h = x * 3
    return impl.grad((h * h * x).sum(), (h, x))


def of_an_unused_input(impl: Any, dtype: str) -> Any:
    x, y = leaf(impl, [1.0], dtype), leaf(impl, [1.0], dtype)
    return impl.grad(x.sum(), (x, y), allow_unused=True)


def retained(impl: Any, dtype: str) -> Any:
    x = leaf(impl, [1.0, 2.0], dtype)
    y = (x * x).sum()
    return [impl.grad(y, x, retain_graph=True), impl.grad(y, x)]


def of_two_outputs_through_inner_tensors(impl: Any, dtype: str) -> Any:
    """Contributions of several outputs add up, at leaves and at computed tensors alike."""
    x = leaf(impl, [1.0, 2.0], dtype)
    h, k = x * 3, x * x
    outputs = ((h * h).sum(), (h * k).sum(), k.sum())
    return impl.grad(outputs, (h, k, x))


def of_the_output_itself(impl: Any, dtype: str) -> Any:
    x = leaf(impl, [1.0, 2.0], dtype)
    y = (x * x).sum()
    return impl.grad(y, (y, x))


PROGRAMS = [of_two_outputs_through_inner_tensors, of_the_output_itself, of_two_inputs, of_one_input, of_two_outputs, of_an_inner_tensor, of_an_unused_input, retained]  # fmt: skip # a table


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_grad(program, candidate, reference, dtype):
    offered(candidate, "grad")
    result, expected = program(candidate, dtype), program(reference, dtype)
    assert_parity(result, expected, EXACT, op="grad", direction=program.__name__)


def weights_jacobian(x: np.ndarray, outputs: int) -> np.ndarray:
    """∂q_k/∂W_ij = 1[k=i] x_j, for q = W x."""
    return np.einsum("ki,j->kij", np.eye(outputs, dtype=x.dtype), x)


def test_jacobian_of_a_product_is_what_the_formula_says(candidate, dtype, rng):
    offered(candidate, "jacobian")
    W, x = (a.astype(dtype) for a in (dyadic(3, 4)(rng), dyadic(4)(rng)))
    tW, tx = candidate.tensor(W), candidate.tensor(x)
    by_W = candidate.jacobian(lambda W: W @ tx, tW)
    by_x = candidate.jacobian(lambda x: tW @ x, tx)
    assert_parity(by_W, weights_jacobian(x, 3), EXACT, op="jacobian", direction="W")
    assert_parity(by_x, W, EXACT, op="jacobian", direction="x")


def slopes_of_softmax(p):
    """∂pᵢ/∂xⱼ = δᵢⱼ pᵢ − pᵢ pⱼ."""
    return np.diag(p) - np.outer(p, p)


def softmax_terms(x):
    """The larger of the two terms, to which the roundings refer: they cancel where p is near 1."""
    p = np.exp(x) / np.exp(x).sum()
    return np.maximum(np.diag(p), np.outer(p, p))


JACOBIANS = [
    Case("jacobian", inputs=(dyadic(3),), tier=EXACT, id="square", variants="",
         call=lambda impl, x: impl.jacobian(lambda t: t * t, x)),
    Case("jacobian", inputs=(dyadic(2, 2),), tier=EXACT, id="matrix to row", variants="",
         call=lambda impl, x: impl.jacobian(lambda t: (t * t).sum(dim=0), x)),
    Case("jacobian", inputs=(dyadic(3),), tier=EXACT, id="to scalar", variants="",
         call=lambda impl, x: impl.jacobian(lambda t: (t * t).sum(), x)),
    Case("jacobian", inputs=(dyadic(3),), tier=EXACT, id="constant", variants="",
         call=lambda impl, x: impl.jacobian(lambda t: impl.tensor([1.0, 2.0], dtype="float64"), x),
         dtypes=("float64",)),
    Case("jacobian", inputs=(dyadic(3),), tier=EXACT, id="of one element", variants="",
         call=lambda impl, x: impl.jacobian(lambda t: t[1] * 2, x)),
    Case("jacobian", inputs=(dyadic(3),), tier=EXACT, id="of another leaf", variants="",
         call=lambda impl, x: impl.jacobian(lambda t: to_tensor(impl, np.ones(2), True) * 2, x),
         dtypes=("float64",)),
    Case("jacobian", inputs=(normal(4),), tier=Comparative(scale=softmax_terms), id="softmax",
         call=lambda impl, x: impl.jacobian(lambda t: t.exp() / t.exp().sum(), x), variants="",
         oracle=lambda m, x: slopes_of_softmax(m.exp(x) / m.sum(m.exp(x)))),
]  # fmt: skip # a table


@cases([Case(**{**c.__dict__, "wrt": ()}) for c in JACOBIANS])
def test_jacobian(case, check):
    check(case)


def bowl(t: Any) -> Any:
    return (t * t).sum()


def twice_without_retaining(impl: Any) -> Any:
    x = leaf(impl, [1.0, 2.0])
    y = bowl(x)
    return impl.grad(y, x), impl.grad(y, x)


def one_seed_for_two_outputs(impl: Any) -> Any:
    x = leaf(impl, [1.0, 2.0])
    return impl.grad((x * 2, x * 3), x, impl.tensor([1.0, 1.0]))


BAD = [
    Bad("grad", lambda impl: twice_without_retaining(impl), RuntimeError, says="second time",
        id="the graph is freed"),
    Bad("grad", lambda impl: impl.grad((leaf(impl, 1.0) * 2, leaf(impl, 1.0) * 2),
                                       leaf(impl, 1.0), (impl.tensor(1.0),)),
        RuntimeError, says="grad_outputs", id="fewer upstream gradients than outputs"),
    Bad("grad", lambda impl: one_seed_for_two_outputs(impl), RuntimeError, says="1 for 2",
        id="one upstream gradient for two outputs"),
    Bad("grad", lambda impl: impl.grad(bowl(leaf(impl, 1.0)), leaf(impl, 1.0), (None, None)),
        RuntimeError, says="2 for 1", id="more upstream gradients than outputs"),
    Bad("jacobian", lambda impl: impl.jacobian(lambda t: 1.0, impl.tensor([1.0])), TypeError,
        says="float", id="no tensor"),
    Bad("grad", lambda impl: impl.grad(bowl(leaf(impl, [1.0])), impl.tensor([1.0])), RuntimeError,
        says="require", id="constant input"),
    Bad("grad", lambda impl: impl.grad(bowl(leaf(impl, [1.0])), leaf(impl, [1.0])), RuntimeError,
        says="unused", id="unused input"),
    Bad("grad", lambda impl: impl.grad(leaf(impl, [1.0, 2.0]) * 2, leaf(impl, [1.0])), RuntimeError,
        says="scalar", id="vector without upstream"),
    Bad("jacobian", lambda impl: impl.jacobian(bowl, [1.0]), TypeError, says="Tensor"),
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
