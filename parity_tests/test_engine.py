"""What the engine of ``scratch`` does for a gate, and what it refuses from one."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.instrument import EXACT, assert_parity
from scratch.autograd import Gate, apply, fit, tensor


class Careless(Gate):
    """A gate whose gradient has whatever shape it is given."""

    def forward(self, x, shape):
        self.shape = shape
        return x * 2

    def backward(self, upstream):
        return np.ones(self.shape, upstream.dtype)


@pytest.mark.parametrize("shape", [(), (3,), (2, 1), (1, 3), (4, 3), (2, 3, 1)])
def test_a_gradient_that_is_no_broadcast_of_its_input_is_refused(shape):
    x = tensor(np.zeros((2, 3)), requires_grad=True)
    with pytest.raises(RuntimeError, match=r"gradient of shape .* for an input of shape \(2, 3\)"):
        apply(Careless, x, shape=shape).sum().backward()


@pytest.mark.parametrize("shape", [(1, 3), (2, 3), (5, 2, 3), (4, 5, 1, 3)])
def test_a_gradient_is_summed_over_the_copies_that_broadcasting_made(shape):
    like = np.zeros((1, 3), np.float32)
    summed = fit(np.ones(shape), like)
    copies = np.prod(shape, dtype=np.float32) / 3
    assert_parity(summed, np.full((1, 3), copies), EXACT, op="fit", direction="gradient")


class Scaling(Gate):
    """A gate that raises no floating-point flag, as it says, and takes an option."""

    silent = True

    def forward(self, x, factor):
        return x * factor


def test_a_silent_gate_is_given_its_options():
    assert apply(Scaling, tensor([1.0, -3.0]), factor=2.0).tolist() == [2.0, -6.0]


class Miscounting(Gate):
    """A gate that returns as many gradients as it is told."""

    def forward(self, x, y, count):
        self.count = count
        return x + y

    def backward(self, upstream):
        return (upstream,) * self.count


@pytest.mark.parametrize("count", [1, 3])
def test_more_or_fewer_gradients_than_inputs_are_refused(count):
    x, y = tensor([1.0], requires_grad=True), tensor([1.0], requires_grad=True)
    with pytest.raises(RuntimeError, match=f"returned {count} gradients for 2 inputs"):
        apply(Miscounting, x, y, count=count).backward()
