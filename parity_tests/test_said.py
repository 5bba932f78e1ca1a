"""What a message says besides words: the type that came, the range that would do, the value found.

Whoever reads "got 3" must be able to trust the 3. Every part's mutants meet these tests.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from parity_tests.instrument import covers, offered

covers("Tensor")


def leaf(impl: Any) -> Any:
    return impl.tensor([1.0, 2.0], requires_grad=True)


def ones(impl: Any, *shape: int) -> Any:
    return impl.tensor(np.ones(shape))


def ones32(impl: Any, *shape: int) -> Any:
    return impl.tensor(np.ones(shape, np.float32))


def classes(impl: Any, name: str, y: list[int], columns: int = 1, **options: Any) -> Any:
    return getattr(impl, name)(**options).fit(
        np.arange(len(y) * columns).reshape(-1, columns) * 1.0, y
    )


def reused(impl: Any) -> None:
    """A chain of a plateau scheduler, which SequentialLR does not take."""
    optimizer = impl.SGD([leaf(impl)], lr=0.1)
    one, plateau = impl.ConstantLR(optimizer), impl.ReduceLROnPlateau(optimizer)
    impl.SequentialLR(optimizer, [one, plateau], milestones=[2])


def of_another_optimizer(impl: Any) -> None:
    """A chain whose second scheduler belongs to another optimizer."""
    one, two = (impl.SGD([leaf(impl)], lr=0.1) for _ in range(2))
    impl.SequentialLR(one, [impl.ConstantLR(one), impl.StepLR(two, 2)], milestones=[2])


def made_and_loaded(impl: Any) -> None:
    """A state of three numbers for a parameter of two."""
    optimizer = impl.SGD([leaf(impl)], lr=0.1, momentum=0.5)
    groups = optimizer.state_dict()["param_groups"]
    state = {0: {"momentum_buffer": impl.tensor([1.0, 2.0, 3.0])}}
    optimizer.load_state_dict({"state": state, "param_groups": groups})


def of_another_shape(impl: Any) -> None:
    """A gradient of three numbers for a parameter of two."""
    x = leaf(impl)
    optimizer = impl.SGD([x], lr=0.1)
    x.grad = impl.tensor([1.0, 2.0, 3.0])
    optimizer.step()


def stepped(optimizer: Any, x: Any) -> None:
    x.sum().backward()
    optimizer.step()


def of_a_number(impl: Any) -> None:
    """A function whose forward returns no tensor."""
    forward = staticmethod(lambda ctx, x: 3.0)
    threes: Any = type("Threes", (impl.Function,), {"forward": forward})
    threes.apply(leaf(impl))


def gate(**methods: Any) -> None:
    """A gate of one's own with these methods, forward and backward."""
    engine = import_module("scratch.autograd")
    base = engine.Gate
    made = type("Odd", (base,), methods) if methods else base
    engine.apply(made, engine.tensor(2.0, requires_grad=True)).backward()


def without_forward(impl: Any) -> None:
    """A function that defines nothing."""
    empty: Any = type("Empty", (impl.Function,), {})
    empty.apply(leaf(impl))


def of_two_gradients(impl: Any) -> None:
    """A function with one input and two gradients."""
    methods = {"forward": lambda ctx, x: x * 2, "backward": lambda ctx, g: (g, g)}
    twos: Any = type("Twos", (impl.Function,), {k: staticmethod(v) for k, v in methods.items()})
    twos.apply(leaf(impl)).sum().backward()


#: What it is about, the call, a part of the message that is all values.
SAID: list[tuple[str, Any, str]] = [
    ("TensorDataset", lambda i: i.TensorDataset([1.0]), "got list"),
    ("random_split", lambda i: i.random_split(range(3), [4, -1]), "got [4, -1]"),
    ("standardize", lambda i: i.standardize([[1.0, 2.0]], [0.0, 0.0], [0.5, -2.0]), "got -2.0"),
    ("constant_", lambda i: i.constant_(i.tensor([1.0]), "a"), "got str"),
    ("Flatten", lambda i: i.Flatten(5)(ones(i, 2, 3)), "range of [-2, 1]"),
    ("layer_norm", lambda i: i.layer_norm(ones(i, 2, 3), (4, 3)), "shape (*, 4, 3), "),
    ("Module", lambda i: type("Plain", (i.Module,), {})()(3), "Module [Plain]"),
    ("Module", lambda i: i.Module().register_buffer(3, None), "got int"),
    ("Module", lambda i: i.Module().register_buffer("a", 3), "got int"),
    ("Parameter", lambda i: i.Parameter([1.0]), "got list"),
    ("Module", lambda i: i.Linear(3, 2).load_state_dict([1]), "list"),
    ("Module", lambda i: i.Linear(3, 2).load_state_dict({}), "state_dict for Linear:"),
    ("Module", lambda i: i.Linear(1, 1).load_state_dict({"weight": np.ones((1, 1), "c16"), "bias": [1]}), "complex128"),
    ("categorical_nll", lambda i: i.categorical_nll([[0.5, 0.5]], [2]), "target 2 is out of range: expected 0 to 1"),
    ("LogisticRegression", lambda i: classes(i, "LogisticRegression", [1, 1]), "got only 1"),
    ("LogisticRegression", lambda i: classes(i, "LogisticRegression", [1]), "got only 1"),
    ("SoftmaxRegression", lambda i: classes(i, "SoftmaxRegression", [0, 2, 2]), "from 0 to 2 "),
    ("SoftmaxRegression", lambda i: classes(i, "SoftmaxRegression", [0, 1], 5000), "are 10002 weights"),
    ("Ridge", lambda i: i.Ridge().predict([[1.0]]), "Ridge is not fitted"),
    ("normal_equation", lambda i: i.normal_equation([[1.0, 1.0]], [1.0]), "float32 resolves 8.4e+06"),
    ("MLP", lambda i: i.MLP([2, 3, 1], activation="swish"), "relu, "),
    ("Perceptron", lambda i: i.Perceptron(2).fit([[1.0, 2.0]], [1], method="a"), "batch, stochastic, "),
    ("SGD", made_and_loaded, "'momentum_buffer' has shape (3,), its parameter (2,)"),
    ("Optimizer", lambda i: stepped(type("Idle", (i.Optimizer,), {})([x := leaf(i)], {}), x), "Idle does"),
    ("randint", lambda i: i.randint(0, 3, 2), "got int"),
    ("randint", lambda i: i.randint(0, 3), "got NoneType"),
    ("CosineAnnealingWarmRestarts", lambda i: i.CosineAnnealingWarmRestarts(i.SGD([leaf(i)], lr=0.1), 2, 1, "a"), "<class 'str'>"),
    ("SequentialLR", reused, "ReduceLROnPlateau"),
    ("SequentialLR", of_another_optimizer, "scheduler StepLR at index 1 of another one"),
    ("mse_loss", lambda i: i.mse_loss(leaf(i), leaf(i), reduction="a"), "none, mean, sum"),
    ("gaussian_nll_loss", lambda i: i.kl_div(ones(i, 2), ones(i, 3), reduction="sum"), "shapes (2,) and (3,) do"),
    ("cross_entropy", lambda i: i.cross_entropy(ones(i, 2, 3), i.tensor([0, 1]), ignore_index=1.5), "not float"),
    ("Tensor", lambda i: ones(i, 2) + ones(i, 3), "add: shapes (2,) and (3,)"),
    ("Tensor", lambda i: ones(i, 2) @ [1.0], "got list"),
    ("Tensor", lambda i: ones(i, 2, 3).sum(5), "range of [-2, 1]"),
    ("Tensor", lambda i: ones(i, 2, 3) @ ones(i, 2, 3), "the second to last one of (2, 3)"),
    ("Tensor", lambda i: ones(i, 2, 3) @ ones(i, 2), "the only one of (2,)"),
    ("Tensor", lambda i: ones(i, 2, 3, 3) @ ones(i, 1, 2, 3), "the second to last one of (1, 2, 3)"),
    ("Tensor", lambda i: ones(i, 0).max(), "max(): "),
    ("Tensor", lambda i: i.tensor([1.0], dtype="float31"), "float32, float64, "),
    ("Tensor", lambda i: ones(i, 2) + "a", "got str"),
    ("Tensor", lambda i: leaf(i).sum().backward(3), "got int"),
    ("Function", of_a_number, "Threes.forward must return a Tensor, got float"),
    ("tensor", lambda i: i.tensor({"a": 1}), "got dict"),
    ("stack", lambda i: i.stack([ones(i, 2), ones(i, 3)]), "got (2,) at entry 0"),
    ("cat", lambda i: i.cat([ones(i, 2), 3.0]), "got float"),
    ("Tensor", lambda i: float(ones(i, 2)), "converted to float, this one has 2"),
    ("Tensor", lambda i: int(ones(i, 2)), "converted to int, this one has 2"),
    ("relu", lambda i: i.relu([1.0]), "every input must be a Tensor, got list"),
    ("DataLoader", lambda i: next(iter(i.DataLoader([{1}, {2}], batch_size=2))), "found set"),
    ("standardize", lambda i: i.standardize([[1.0]], correction=1), "more than 1 samples for correction=1"),
    ("standardize", lambda i: i.standardize(np.ones((0, 1)), correction=0), "more than 0 samples for correction=0"),
    ("Linear", lambda i: i.Linear(2, 1)(i.tensor([[1, 2]])), "the dtypes of input, weight and bias do not fit together: int64, float32, float32"),
    ("Linear", lambda i: i.Linear(2, 1)(ones32(i, 1, 3)), "the shapes of input, weight and bias do not fit together: (1, 3), (1, 2), (1,)"),
    ("linear", lambda i: i.linear(i.tensor([1, 2]), ones32(i, 1, 2)), "together: int64, float32, None"),
    ("Module", lambda i: i.Module().register_buffer("a.b", None), "the name of a buffer can't be empty or contain '.', got 'a.b'"),
    ("Module", lambda i: i.Linear(1, 1).register_buffer("weight", None), "attribute 'weight' already exists"),
    ("Lasso", lambda i: i.Lasso(max_iter=0), "max_iter must be at least 1, got 0"),
    ("LogisticRegression", lambda i: i.LogisticRegression(max_iter=0), "max_iter must be at least 1, got 0"),
    ("LogisticRegression", lambda i: i.LogisticRegression(tol=-1.0), "tol must be ≥ 0, got -1.0"),
    ("LogisticRegression", lambda i: i.LogisticRegression().fit([[1.0]], [[1]]), "y must have shape (N,), got (1, 1)"),
    ("LogisticRegression", lambda i: i.LogisticRegression().fit(np.ones((0, 1)), np.ones(0)), "sample, got shape (0, 1)"),
    ("least_squares", lambda i: i.least_squares(np.ones((0, 1)), np.ones(0)), "sample, got shape (0, 1)"),
    ("uniform_", lambda i: i.uniform_(ones(i, 2), 2.0, 1.0), "got from=2.0 > to=1.0"),
    ("uniform_", lambda i: i.uniform_(ones32(i, 2), 0.0, 1e39), "to=1e+39 is out of bounds for float32"),
    ("uniform_", lambda i: i.uniform_(ones32(i, 2), -1e39, 0.0), "uniform_: from=-1e+39 is out of bounds for float32"),
    ("uniform_", lambda i: i.uniform_(ones32(i, 2), -3e38, 3e38), "got from=-3e+38 and to=3e+38"),
    ("normal_", lambda i: i.normal_(ones(i, 2), 0.0, -1.0), "std >= 0, got std=-1.0"),
    ("randperm", lambda i: i.randperm(2**31), "n < 214748364, got n=2147483648"),
    ("numerical_gradient", lambda i: i.numerical_gradient(sum, [1.0]), "got list"),
    ("jacobian", lambda i: i.jacobian(sum, [1.0]), "got list"),
    ("jacobian", lambda i: i.jacobian(lambda x: 3.0, ones(i, 2)), "got float"),
    ("StepLR", lambda i: type("Plain", (i.StepLR.__base__,), {})(i.SGD([leaf(i)], lr=0.1)), "Plain does not"),
    ("Function", of_two_gradients, "function TwosBackward returned an incorrect number of gradients (expected 1, got 2)"),
    ("Function", without_forward, "must define forward(ctx, ...)"),
    ("Function", lambda i: gate(), "Gate does not define forward"),
    ("Function", lambda i: gate(forward=lambda self, x: x), "gradient of Odd is not defined"),
    ("Function", lambda i: gate(forward=lambda self, x: x, backward=lambda self, g: (g, g)), "Odd.backward returned 2 gradients for 1 inputs"),
    ("Tensor", lambda i: ones(i, 2) == ones(i, 3), "shapes (2,) and (3,) do not broadcast"),
    ("where", lambda i: i.where([True], ones(i, 1), ones(i, 1)), "got list"),
    ("where", lambda i: i.where(ones(i, 1), ones(i, 1), ones(i, 1)), "float64"),
    ("binary_cross_entropy", lambda i: i.binary_cross_entropy(i.tensor([1]), i.tensor([1])), "not implemented for int64"),
    ("soft_margin_loss", lambda i: i.soft_margin_loss(ones(i, 2), ones(i, 3, 2)), "target of shape (3, 2) must broadcast to the input's (2,)"),
    ("huber_loss", lambda i: i.huber_loss(ones32(i, 2), ones(i, 2)), "dtype float32, got float64"),
    ("l1_penalty", lambda i: i.l1_penalty([leaf(i)], -1.0), "lam must be ≥ 0, got -1.0"),
    ("l2_penalty", lambda i: i.l2_penalty([leaf(i)], -1.0), "lam must be ≥ 0, got -1.0"),
    ("clip_grad_norm_", lambda i: i.clip_grad_norm_([leaf(i)], -1.0), "max_norm must be ≥ 0, got -1.0"),
    ("clip_grad_value_", lambda i: i.clip_grad_value_([leaf(i)], -1.0), "clip_value must be ≥ 0, got -1.0"),
    ("SGD", lambda i: i.SGD(leaf(i)), "but got Tensor; put it in a list"),
    ("SGD", of_another_shape, "gradient of shape (3,) for a parameter of (2,)"),
    ("SGD", lambda i: i.SGD([{"params": [leaf(i)]}, [leaf(i)]]), "a dict, but got <class 'list'>"),
    ("SGD", lambda i: i.SGD([np.float64(1.5)]), "one of the params is numpy.float64"),
    ("SGD", lambda i: i.SGD([("a", leaf(i))]).add_param_group({"params": [leaf(i)]}), "group without names to the optimizer"),
    ("SGD", lambda i: i.SGD([leaf(i)]).add_param_group({"params": [("a", leaf(i))]}), "group with names to the optimizer"),
]  # fmt: skip # a table


@pytest.mark.parametrize(("name", "call", "says"), SAID, ids=[f"{n}-{s}" for n, _, s in SAID])
def test_what_is_said(candidate, name, call, says):
    offered(candidate, name)
    if candidate.__name__ != "scratch":
        pytest.skip("other libraries have words of their own")
    with pytest.raises(Exception, match=re.escape(says)):
        call(candidate)
