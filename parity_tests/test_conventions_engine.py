"""Conventions of tensors and the backward pass: types, what accumulates, what is freed.

Every test shows the textbook's form and PyTorch's, on both sides. CONVENTIONS.md has the table.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

from parity_tests.conventions import same
from parity_tests.instrument import offered, to_numpy, to_tensor
from parity_tests.instrument.lacking import words
from parity_tests.instrument.sides import parameter


def leaf(impl: Any, *numbers: float) -> Any:
    offered(impl, "Tensor")
    return to_tensor(impl, np.array(numbers), requires_grad=True)


def test_second_backward(impl):
    """Small engines run again, and count inner nodes twice; here it is an error, or asked for."""
    x = leaf(impl, 3.0, -1.0)
    y = (x * x).sum()
    y.backward()
    with pytest.raises(RuntimeError, match=words(impl, "second time")):
        y.backward()
    same("Tensor.backward", to_numpy(x.grad), [6, -2])
    again = (x * x).sum()
    again.backward(retain_graph=True)
    again.backward()
    same("Tensor.backward", to_numpy(x.grad), [18, -6])  # once, and twice more


def test_gradients_accumulate(impl):
    """backward adds to .grad; the sources' `self.grad_w = …` replaces. zero_grad makes them agree."""
    x, replaced = leaf(impl, 1.0, 2.0), np.zeros(2)
    offered(impl, "SGD")
    optimizer = impl.SGD([x], lr=0.25)
    for batch in ([1.0, 0.5], [-2.0, 4.0]):
        (x * impl.tensor(np.array(batch))).sum().backward()
        replaced = np.array(batch)
    same("Tensor.backward", to_numpy(x.grad), [-1, 4.5])
    optimizer.zero_grad()
    (x * impl.tensor(replaced)).sum().backward()
    same("Tensor.backward", to_numpy(x.grad), replaced)


def test_no_gradient_is_not_a_zero_gradient(impl):
    """None: the optimizer leaves the parameter alone. Zero: momentum and decay move it on."""
    offered(impl, "SGD")
    moved = []
    for zero in (False, True):
        p = parameter(impl, np.array([1.0]))
        optimizer = impl.SGD([p], lr=0.25, momentum=0.5)
        (p * 2.0).sum().backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=not zero)
        assert (p.grad is None) is not zero
        optimizer.step()
        moved.append(float(to_numpy(p)[0]))
    same("SGD", moved, [0.5, 0.25])  # −lr·2, and −lr·½·2 more


def test_an_unused_input_has_no_gradient(impl):
    """Mathematics says 0, and so do differences; the graph has nothing to say: None."""
    offered(impl, "numerical_gradient", "grad")
    x, unused = leaf(impl, 2.0), leaf(impl, 5.0)
    (x * x).sum().backward()
    assert unused.grad is None
    with pytest.raises(RuntimeError):
        impl.grad((x * x).sum(), [x, unused])
    used, nothing = impl.grad((x * x).sum(), [x, unused], allow_unused=True)
    assert nothing is None
    same("grad", to_numpy(used), [4])
    same("numerical_gradient", impl.numerical_gradient(lambda v: 4.0, np.array([5.0])), [0])


def kind(result: Any) -> str:
    return str(to_numpy(result).dtype)


def test_floats_are_float32(impl):
    """From Python numbers NumPy makes float64; an array keeps what it has, on either side."""
    offered(impl, "tensor", "Tensor")
    assert (kind(impl.tensor([1.5])), str(np.array([1.5]).dtype)) == ("float32", "float64")
    assert (kind(impl.tensor([1])), kind(impl.tensor([True]))) == ("int64", "bool")
    assert kind(impl.tensor(np.array([1.5]))) == "float64"


#: left, right, the result's dtype here and in NumPy 2
PROMOTIONS: list[tuple[Any, Any, str, str]] = [
    (np.array([1], np.int64), 2.5, "float32", "float64"),
    (np.array([1], np.int64), np.array([2.5], np.float32), "float32", "float64"),
    (np.array([1.5], np.float32), np.array(2.5), "float32", "float64"),
    (np.array([1.5], np.float32), 2.5, "float32", "float32"),
    (np.array([1.5], np.float32), np.array([2.5]), "float64", "float64"),
]


@pytest.mark.parametrize(("left", "right", "here", "numpy"), PROMOTIONS)
def test_integers_never_widen_floats(impl, left, right, here, numpy):
    """The category decides first and a dimension outranks none; NumPy looks for room for all bits."""
    offered(impl, "tensor", "Tensor")
    other = impl.tensor(right) if isinstance(right, np.ndarray) else right
    assert kind(impl.tensor(left) + other) == here
    assert str((left + right).dtype) == numpy


def test_integers_divide_into_floats(impl):
    """7 / 2 is 3.5, as in Python 3, in the default dtype; NumPy's is float64, C's is 3."""
    offered(impl, "tensor", "Tensor")
    seven, two = impl.tensor([7, -7]), impl.tensor([2, 2])
    ours = operator.truediv(seven, two)
    same("Tensor.__truediv__", to_numpy(ours), [3.5, -3.5])
    assert (kind(ours), str((np.array([7]) / np.array([2])).dtype)) == ("float32", "float64")


def test_integers_have_no_mean(impl):
    """A mean of integers is refused, not silently made float64 as by NumPy."""
    offered(impl, "tensor", "Tensor")
    with pytest.raises(RuntimeError):
        impl.tensor([1, 2]).mean()
    same("Tensor.mean", to_numpy(impl.tensor([1.0, 2.0]).mean()), np.array([1, 2]).mean())
