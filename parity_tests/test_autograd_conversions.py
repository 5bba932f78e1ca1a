"""Tensors as other things: text, numbers, indices, arrays; and the operators that seldom meet one."""

from __future__ import annotations

import operator

import numpy as np
import pytest

from parity_tests.instrument import EXACT, Bad, assert_parity, bad_cases, offered, to_numpy
from parity_tests.instrument.lacking import words


def of(data, dtype=None):
    """A maker of tensors."""
    return lambda impl, **more: impl.tensor(np.array(data, dtype), **more)


#: Tensors whose text is torch's, to the letter.
PRINTED = {
    "floats": lambda i: i.tensor([1.0, 2.0]),
    "whole numbers": lambda i: i.tensor([1, 2]),
    "bools": lambda i: i.tensor([True, False]),
    "one": lambda i: i.tensor(3.0),
    "a leaf": lambda i: i.tensor([1.0, 2.0], requires_grad=True),
    "formatted": lambda i: f"{i.tensor(3.14159):.2f}",
    "formatted plainly": lambda i: f"{i.tensor(2)}",
    "formatted in a column": lambda i: f"{i.tensor(7):>5}",
}


@pytest.mark.parametrize("kind", PRINTED)
def test_printed_as_in_torch(candidate, reference, kind):
    offered(candidate, "tensor", f"Tensor.{'__format__' if 'formatted' in kind else '__repr__'}")
    assert str(PRINTED[kind](candidate)) == str(PRINTED[kind](reference))


def test_printed_with_what_is_unusual(candidate):
    """Another dtype than the default, more digits than four, and what made it."""
    offered(candidate, "tensor", "Tensor.__repr__")
    assert repr(candidate.tensor([1.0, 2.0], dtype="float64")) == "tensor([1., 2.], dtype=float64)"
    assert repr(candidate.tensor([0.123456])) == "tensor([0.1235])"
    x = candidate.tensor([1.0], requires_grad=True)
    assert repr(x * 2).startswith("tensor([2.], grad_fn=<")
    assert repr(candidate.tensor([[1.0], [2.0]])) == "tensor([[1.],\n        [2.]])"


#: What is made of a tensor, compared as it is.
MADE = {
    "int": lambda i: int(i.tensor([2.7])),
    "float": lambda i: float(i.tensor([[3]])),
    "bool": lambda i: [bool(i.tensor([0.0])), bool(i.tensor(2))],
    "index": lambda i: [10, 20, 30][i.tensor([1])],
    "range": lambda i: list(range(i.tensor(3))),
    "length": lambda i: [len(i.tensor([[1.0], [2.0]])), len(i.tensor([]))],
    "item": lambda i: i.tensor([[2.5]]).item(),
    "size": lambda i: [tuple(i.tensor([[1.0]]).size()), i.tensor([[1.0, 2.0]]).size(1)],
    "zeroed": lambda i: i.tensor([1.0, 2.0]).zero_().tolist(),
    "iterated": lambda i: [row.tolist() for row in i.tensor([[1.0], [2.0]])],
    "array": lambda i: np.asarray(i.tensor([1.0, 2.0])).tolist(),
    "array of another dtype": lambda i: str(np.asarray(i.tensor([1.5]), np.float64).dtype),
    "and": lambda i: (i.tensor([True, True, False]) & i.tensor([True, False, False])).tolist(),
    "or": lambda i: (i.tensor([True, True, False]) | i.tensor([True, False, False])).tolist(),
    "not": lambda i: (~i.tensor([True, False])).tolist(),
    "bits": lambda i: [
        (i.tensor([6, 5]) & i.tensor([3, 1])).tolist(),
        (i.tensor([6, 5]) | i.tensor([3, 2])).tolist(),
        (~i.tensor([6, -1])).tolist(),
    ],
}

#: What Python and NumPy make of any object, unless its class says otherwise.
BY_DEFAULT = {"bool": ["Tensor.__bool__"], "array": ["Tensor.__array__"]}
BY_DEFAULT["array of another dtype"] = BY_DEFAULT["array"]


@pytest.mark.parametrize("kind", MADE)
def test_made_of_a_tensor(candidate, reference, kind):
    offered(candidate, "tensor", *BY_DEFAULT.get(kind, ()))
    mine, torchs = MADE[kind](candidate), MADE[kind](reference)
    assert (mine, type(mine)) == (torchs, type(torchs))


def test_arrays_share_memory_unless_asked_not_to(candidate):
    offered(candidate, "tensor", "Tensor.__array__")
    t = candidate.tensor([1.0, 2.0])
    held = to_numpy(t)
    assert np.shares_memory(np.asarray(t), held), "Tensor.__array__ or detach: a copy"
    assert np.shares_memory(np.array(t, copy=False), held), "Tensor.__array__(copy=False): a copy"
    assert not np.shares_memory(np.array(t, copy=True), held), "Tensor.__array__(copy=True): none"
    with pytest.raises(ValueError, match=words(candidate, "without a copy")):
        np.array(t, dtype=np.float64, copy=False)


@pytest.mark.parametrize("name", ["__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"])
def test_comparisons(candidate, reference, name):
    """With tensors of every kind and with numbers, ties and NaN among them."""
    offered(candidate, f"Tensor.{name}")
    compare = getattr(operator, name)
    left = np.array([1.0, 2.0, np.nan, -0.0])
    for right in (np.array([1.0, 3.0, np.nan, 0.0]), np.array([1, 1, 1, 0]), 1, 2.0, True):
        mine, torchs = (
            compare(
                impl.tensor(left), impl.tensor(right) if isinstance(right, np.ndarray) else right
            )
            for impl in (candidate, reference)
        )
        assert_parity(mine, torchs, EXACT, op=f"Tensor.{name}")


@pytest.mark.parametrize("other", [None, "1", [1.0], (1.0,), {}], ids=repr)
def test_what_is_no_number_is_not_equal(candidate, reference, other):
    """`t == None` is False, one bool, as Python says of two objects that know nothing of each other."""
    offered(candidate, "Tensor.__eq__", "Tensor.__ne__")
    for t in (candidate.tensor([1.0]), reference.tensor([1.0])):
        said = [t == other, t != other, other == t, other != t]
        assert said == [False, True, False, True], "Tensor.__eq__: what is no number"
        assert {type(answer) for answer in said} == {bool}


BAD = [
    Bad("Tensor.__len__", lambda i: len(i.tensor(1.0)), TypeError, "0-d"),
    Bad("Tensor.__iter__", lambda i: iter(i.tensor(1.0)), TypeError, "0-d"),
    Bad("Tensor.__index__", lambda i: [1][i.tensor([0.0])], TypeError, "integer",
        id="float index"),
    Bad("Tensor", lambda i: i.tensor([1.0], requires_grad=True).zero_(), RuntimeError, "zero_"),
    Bad("Tensor", lambda i: i.tensor([1.0], requires_grad=True).numpy(), RuntimeError, "detach"),
    Bad("Tensor", lambda i: i.tensor([1.0, 2.0]).item(), RuntimeError, "2 elements"),
    Bad("Tensor.__bool__", lambda i: bool(i.tensor([1.0, 2.0])), RuntimeError, "ambiguous"),
    Bad("Tensor.__format__", lambda i: f"{i.tensor([1.0]):.2f}", TypeError, id="format"),
    Bad("Tensor.__and__", lambda i: i.tensor([1.5]) & i.tensor([1.5]), NotImplementedError,
        "float32", id="and"),
    Bad("Tensor.__or__", lambda i: i.tensor([1]) | i.tensor([1.5]), NotImplementedError, "float32",
        id="or"),
    Bad("Tensor.__lt__", lambda i: i.tensor([1.0]) < None, TypeError, "not supported between"),
    Bad("Tensor.__le__", lambda i: i.tensor([1.0]) <= "1", TypeError, "not supported between"),
    Bad("Tensor.__gt__", lambda i: i.tensor([1.0]) > [0.0], TypeError, "not supported between"),
    Bad("Tensor.__ge__", lambda i: i.tensor([1.0]) >= None, TypeError, "not supported between"),
    Bad("Tensor.__invert__", lambda i: ~i.tensor([1.5]), TypeError, id="not"),
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
