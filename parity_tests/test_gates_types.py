"""What becomes of a type at an operation's edge: numbers beside integers, bools, picked dimensions."""

from __future__ import annotations

import copy
from functools import partial
from typing import Any

import numpy as np
import pytest

from parity_tests.instrument import (
    EXACT,
    Bad,
    Case,
    assert_parity,
    bad_cases,
    cases,
    covers,
    dyadic,
    offered,
    to_numpy,
    values,
)

INTEGERS = np.array([3, -2, 0, 5])
BOOLS = np.array([True, False, True])
BYTES = np.array([1, 0, 3, 2], np.uint8)
LABELS = values([1.0, -1.0, -1.0, 1.0])
EVEN = np.arange(12).reshape(3, 4) % 2 == 0

PICKED: dict[str, Any] = {
    "before": np.s_[0, :, [1, 0, 1]], "after": np.s_[[1, 0, 1], :, 0], "beside": np.s_[:, 1, [0, 3]],
    "NumPy's": np.s_[np.int64(1), :, np.array([[0], [3]])], "0-d": np.s_[np.array(1), :, [0, 1]],
    "ellipsis": np.s_[..., 0, :, [0, 1]], "new axis": np.s_[None, 0, :, [0, 1]],
    "negative": np.s_[-1, None, ::2, [2, 2]], "mask": np.s_[0, :, [True, False, True, False]],
    "matrix before": np.s_[EVEN[:2, :3], 1], "matrix after": np.s_[1, EVEN],
    "range": np.s_[0, :, range(2)], "two arrays": np.s_[[0, 1], :, [1, 2]],
    "True": np.s_[True, 0, :, [0, 1]],
}  # fmt: skip # a table
TYPES = [
    Case("Tensor.__getitem__", inputs=(dyadic(2, 3, 4),), tier=EXACT, id=f"an integer {name}",
         call=lambda impl, x, index=index: x[index], variants="transposed")
    for name, index in PICKED.items()
] + [
    Case("Tensor.clip", inputs=(values(data),), options={"min": low, "max": high}, tier=EXACT,
         id=f"{data.dtype} {low} {high}", variants="")
    for data in (INTEGERS, INTEGERS.astype(np.int32), BOOLS)
    for low, high in ((0.5, None), (None, 2.5), (0.5, 2), (1, None), (-1, 0.25))
] + [
    Case("Tensor.pow", inputs=(values(BOOLS),), options={"exponent": n}, tier=EXACT, variants="")
    for n in (0, 1, 2, 3, 2.0)
] + [
    Case("hinge_embedding_loss", inputs=(values(data), LABELS), tier=EXACT, variants="", wrt=(),
         options={"margin": margin, "reduction": reduction})
    for data in (INTEGERS, INTEGERS.astype(np.int32), BYTES)
    for margin in (1.0, 2, 3.5) for reduction in ("none", "sum")
] + [
    Case("l1_loss", inputs=(values(BYTES), values(BYTES[::-1].copy())), tier=EXACT, variants="",
         options={"reduction": "sum"}),
]  # fmt: skip # a table


@cases(TYPES)
def test_value_type_and_gradient(case, check):
    check(case)


def scored(impl: Any, name: str, input: Any, target: Any, **options: Any) -> Any:
    return getattr(impl, name)(impl.tensor(input), impl.tensor(target), **options)


def marked(impl: Any, labels: Any) -> Any:
    x = impl.tensor([1.0, 2.0, 3.0], requires_grad=True)
    return impl.soft_margin_loss(x, impl.tensor(labels)).backward()


def computed(impl: Any) -> Any:
    return impl.tensor([1.0], requires_grad=True) * 2.0


SHARES = [[0.5, 0.5]]
BAD = [
    Bad("Tensor.pow", lambda impl: impl.tensor(BOOLS) ** -1, RuntimeError, says="negative"),
    Bad("Tensor.pow", lambda impl: impl.tensor(BOOLS) ** -2, RuntimeError, id="squared"),
    Bad("Tensor.pow", lambda impl: impl.tensor(INTEGERS) ** np.int64(-1), RuntimeError, id="NumPy"),
    Bad("Tensor.pow", lambda impl: impl.tensor(BOOLS) ** impl.tensor(BOOLS), NotImplementedError,
        id="bools"),
    Bad("hardtanh", lambda impl: impl.hardtanh(impl.tensor(BYTES)), RuntimeError, "uint8",
        id="unsigned"),
    Bad("hardtanh", lambda impl: impl.hardtanh(impl.tensor(BYTES), 0, 300), RuntimeError,
        says="uint8"),
    Bad("hinge_embedding_loss", lambda impl: scored(impl, "hinge_embedding_loss", [1, 2], [1, -1]),
        RuntimeError, id="the mean of integers"),
    Bad("soft_margin_loss", lambda impl: marked(impl, BOOLS), RuntimeError, id="bools"),
    Bad("Tensor", lambda impl: copy.deepcopy(computed(impl)), RuntimeError, says="graph leaves"),
] + [
    Bad("cross_entropy", partial(scored, name="cross_entropy", input=x, target=SHARES, **o),
        NotImplementedError, dtype, id=f"{dtype} {o}")
    for x, dtype in (([[1, 2]], "int64"), ([[True, False]], "bool"))
    for o in ({}, {"label_smoothing": 0.5}, {"reduction": "none"})
] + [
    Bad("hinge_embedding_loss", partial(
        scored, name="hinge_embedding_loss", input=[True], target=[1], reduction=r), RuntimeError,
        id=f"bools {r}")
    for r in ("none", "sum", "mean")
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)


covers("Tensor", "Parameter", "SGD", "no_grad")


@pytest.mark.parametrize("kind", ["Tensor", "Parameter"])
def test_a_deep_copy_of_a_leaf_is_its_own(candidate, kind):
    """Copied once where it stands twice; its gradient, too, unless it is a Parameter (as in torch)."""
    offered(candidate, kind, "tensor")
    leaf = candidate.tensor([1.0, -2.0], requires_grad=True)
    leaf = candidate.Parameter(leaf.detach()) if kind == "Parameter" else leaf
    (leaf * 3.0).sum().backward()
    first, second = copy.deepcopy([leaf, leaf])
    assert first is second, f"{kind}: one leaf became two"
    assert type(first) is type(leaf), f"{kind}: {type(first)}"
    assert first.requires_grad, f"{kind}: its copy asks for no gradient"
    assert first.is_leaf, f"{kind}: its copy was computed"
    leaf.grad.zero_()
    leaf.detach().zero_()
    assert_parity(to_numpy(first), np.array([1, -2], np.float32), EXACT, op=kind)
    if kind == "Parameter":
        assert first.grad is None, "Parameter: its copy has a gradient already"
    else:
        assert_parity(to_numpy(first.grad), np.array([3, 3], np.float32), EXACT, op=kind)


def test_a_closure_records_also_within_no_grad(candidate, reference):
    """The step itself needs no graph, the loss that it asks for does; afterwards all is as before."""
    offered(candidate, "SGD", "no_grad")
    found = []
    for impl in (candidate, reference):
        p = impl.tensor([1.0, -2.0], requires_grad=True)
        optimizer = impl.SGD([p], lr=0.25)

        def closure(p: Any = p) -> Any:
            loss = (p * p).sum()
            loss.backward()
            return loss

        with impl.no_grad():
            loss = optimizer.step(closure)
            assert not (p * p).requires_grad, "SGD.step: it leaves no_grad switched off"
        assert (p * p).requires_grad, "SGD.step: it leaves no_grad switched on"
        found.append((to_numpy(p), to_numpy(loss)))
    for mine, torchs in zip(*found, strict=True):
        assert_parity(mine, torchs, EXACT, op="SGD.step")
