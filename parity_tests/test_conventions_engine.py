"""Conventions of tensors and the backward pass: types, what accumulates, what is freed.

Every test shows the textbook's form and PyTorch's, on both sides. CONVENTIONS.md has the table.
"""

from __future__ import annotations

import operator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import scratch
from parity_tests.conventions import same
from parity_tests.instrument import offered, to_numpy, to_tensor
from parity_tests.instrument.lacking import words
from parity_tests.instrument.sides import parameter

if TYPE_CHECKING:
    from collections.abc import Callable


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


def gradient_of(impl: Any, f: Callable[[Any], Any], x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """f(x), and its gradient where the one upstream is 1, 2, 3, …"""
    point = to_tensor(impl, x, requires_grad=True)
    y = f(point)
    weights = np.arange(1.0, y.numel() + 1).reshape(tuple(y.shape))
    (y * impl.tensor(weights)).sum().backward()
    return to_numpy(y.detach()), to_numpy(point.grad)


X = np.array([[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]])


def test_slices_may_run_backwards(reference):
    """Here as in NumPy, with the gradient put back where the elements came from; torch refuses."""
    with pytest.raises(ValueError, match="greater than zero"):
        reference.tensor(X)[::-1]
    for index in (np.s_[::-1], np.s_[1, ::-2], np.s_[:, 2:0:-1], np.s_[::-1, None, ::-1]):
        y, gradient = gradient_of(scratch, operator.itemgetter(index), X)
        expected = np.zeros_like(X)
        expected[index] = np.arange(1.0, y.size + 1).reshape(y.shape)
        same("Tensor.__getitem__", y, X[index])
        same("Tensor.__getitem__", gradient, expected)


def test_an_index_of_bytes_is_an_index(reference):
    """torch still takes it for a mask, and says that it will not for ever; bools are masks to both."""
    data = np.array([1, 0], np.uint8)
    with pytest.warns(UserWarning, match="deprecated"):
        masked = reference.tensor(X)[reference.tensor(data)]
    same("Tensor.__getitem__", to_numpy(masked), X[:1])
    same("Tensor.__getitem__", to_numpy(scratch.tensor(X)[scratch.tensor(data)]), X[::-1])
    for impl in (scratch, reference):
        same("Tensor.__getitem__", to_numpy(impl.tensor(X)[impl.tensor(data == 1)]), X[:1])


def test_a_list_of_lists_is_one_index(reference):
    """torch still takes it for one list per dimension, and says that it will not for ever."""
    nested = [[0, 1], [1, 0]]
    with pytest.warns(UserWarning, match="deprecated"):
        paired = reference.tensor(X)[nested]
    same("Tensor.__getitem__", to_numpy(paired), [2, 8])
    same("Tensor.__getitem__", to_numpy(scratch.tensor(X)[nested]), X[np.array(nested)])
    for impl in (scratch, reference):
        y, gradient = gradient_of(impl, operator.itemgetter(impl.tensor(np.array(nested))), X)
        same("Tensor.__getitem__", y, X[np.array(nested)])
        same("Tensor.__getitem__", gradient, [[11, 13, 15], [11, 13, 15]])
        same("Tensor.__getitem__", to_numpy(impl.tensor(X)[tuple(nested)]), [2, 8])


def test_a_number_outside_the_range_of_bytes(reference):
    """torch takes it modulo 256, so that 100 < 300 does not hold; as a tensor it stays what it is."""
    data = np.array([100, 1], np.uint8)
    same("Tensor.__add__", to_numpy(reference.tensor(data) + 300), data + 44)
    assert not (reference.tensor(data) < 300)[0]
    same("Tensor.clip", to_numpy(reference.tensor(data).clip(-1)), [255, 255])
    for name, number in (("__add__", 300), ("__lt__", 300), ("clip", -1)):
        with pytest.raises(OverflowError, match="out of bounds for uint8"):
            getattr(scratch.tensor(data), name)(number)
    for impl in (scratch, reference):
        wide = impl.tensor(data) + impl.tensor([300, -1])
        same("Tensor.__add__", to_numpy(wide), [400, 0])


def in_a_row(name: str, x: Any) -> Any:
    return getattr(x.T, name)(6)


def test_view_copies_where_it_must(reference):
    """torch refuses a view of what does not lie in one piece; where there is one, both share it."""
    with pytest.raises(RuntimeError, match="not compatible"):
        reference.tensor(X).T.view(6)
    for impl, name in ((scratch, "view"), (scratch, "reshape"), (reference, "reshape")):
        y, gradient = gradient_of(impl, partial(in_a_row, name), X)
        same(f"Tensor.{name}", y, [1, 8, 2, 16, 4, 32])
        same(f"Tensor.{name}", gradient, [[1, 3, 5], [2, 4, 6]])
    for impl in (scratch, reference):
        x = impl.tensor(X)
        x.view(6).zero_()
        same("Tensor.view", to_numpy(x), np.zeros_like(X))


def test_clip_takes_numbers(reference):
    """With a bound for each element, maximum and minimum do what torch's clamp does."""
    low, high = np.array([3.0, 1.0, 4.5]), np.array([[5.0], [20.0]])
    clamped = gradient_of(reference, lambda x: x.clip(*map(reference.tensor, (low, high))), X)
    with pytest.raises(TypeError, match="maximum and minimum take tensors"):
        operator.methodcaller("clip", *map(scratch.tensor, (low, high)))(scratch.tensor(X))
    for impl in (scratch, reference):
        above, below = impl.tensor(low), impl.tensor(high)

        def within(x: Any, m: Any = impl, above: Any = above, below: Any = below) -> Any:
            return m.minimum(m.maximum(x, above), below)

        for found, torchs in zip(gradient_of(impl, within, X), clamped, strict=True):
            same("Tensor.clip", found, torchs)
