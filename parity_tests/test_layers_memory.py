"""Layers and memory: what shares its array with a layer, what is updated in place, what is looked up.

Each program is run on both sides. Numbers are dyadic, so that nothing is rounded.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_tests.instrument import EXACT, assert_parity, covers, offered, to_numpy, to_tensor

covers("Module", "Parameter", "Sequential", "BatchNorm1d", "batch_norm", "dropout")

#: Means 1 and 0, variances 10 and 4, or 12.5 and 5.
ROWS = np.array([[6.0, 1.0], [-4.0, 3.0], [1.0, -3.0], [1.0, -1.0], [1.0, 0.0]])


def rows(impl: Any, dtype: str) -> Any:
    return to_tensor(impl, ROWS.astype(dtype))


def a_state_is_the_module(impl: Any, dtype: str) -> Any:
    """What is written into a state_dict stands in the module, and the other way round."""
    layer = impl.Linear(2, 2, dtype=dtype)
    state = layer.state_dict()
    state["weight"].detach().zero_()
    layer.bias.detach().zero_()
    wanting = [value.requires_grad for value in state.values()]
    return [wanting, layer.weight.detach(), state["bias"].detach()]


def a_parameter_is_its_tensor(impl: Any, dtype: str) -> Any:
    """A Parameter is made around the array of its tensor."""
    given = rows(impl, dtype)
    parameter = impl.Parameter(given)
    given.zero_()
    return [parameter.detach(), parameter.requires_grad, given.requires_grad]


def zeros_in_the_gradient(impl: Any, dtype: str) -> Any:
    """``zero_grad(set_to_none=False)`` writes zeros into the gradient, over NaN and ∞ too."""
    module = impl.Module()
    module.x = impl.Parameter(to_tensor(impl, np.ones(3, dtype)))
    (module.x * to_tensor(impl, np.array([np.nan, np.inf, 1.0], dtype))).sum().backward()
    held = module.x.grad
    module.zero_grad(set_to_none=False)
    return [held, module.x.grad, module.x.grad is held]


def averages_in_place(impl: Any, dtype: str) -> Any:
    """A state_dict, or the buffers taken before, have the averages of the batch seen since."""
    layer = impl.BatchNorm1d(2, momentum=0.5, dtype=dtype)
    state, mean, var = layer.state_dict(), layer.running_mean, layer.running_var
    count = layer.num_batches_tracked
    layer(rows(impl, dtype))
    of_state = [state[k] for k in ("running_mean", "running_var", "num_batches_tracked")]
    return [*of_state, mean, var, count, mean is layer.running_mean, var is layer.running_var]


def averages_of_the_function_in_place(impl: Any, dtype: str) -> Any:
    mean, var = (to_tensor(impl, np.ones(2, dtype)) for _ in range(2))
    held = [mean.detach(), var.detach()]
    impl.batch_norm(rows(impl, dtype), mean, var, training=True, momentum=0.5)
    return [*held, mean, var]


def averages_without_a_graph(impl: Any, dtype: str) -> Any:
    """Recalibrated under no_grad, and of a frozen layer: averages follow the batch, not the graph."""
    layer = impl.BatchNorm1d(2, momentum=0.5, dtype=dtype)
    with impl.no_grad():
        layer(rows(impl, dtype))
    seen = [to_numpy(v).copy() for v in layer.state_dict().values()]
    layer.requires_grad_(False)
    layer(rows(impl, dtype))
    return [*seen, *layer.state_dict().values()]


def averages_that_are_there_are_used(impl: Any, dtype: str) -> Any:
    """Told not to track any more, a layer that has averages goes by them in evaluation."""
    layer = impl.BatchNorm1d(2, eps=1.0, dtype=dtype)
    layer.running_var = to_tensor(impl, np.full(2, 3.0, dtype))
    layer.track_running_stats = False
    layer.eval()
    return [layer(rows(impl, dtype)).detach(), *layer.state_dict().values()]


def a_network_that_changes(impl: Any, dtype: str) -> Any:
    """Layers that are appended, replaced or taken away after a first forward."""
    x, seen = rows(impl, dtype), []
    net = impl.Sequential(impl.Identity())
    seen.append(net(x))
    net.append(impl.Flatten(0))
    seen.append(net(x))
    net[0] = impl.ReLU()
    seen.append(net(x))
    net.add_module("2", impl.Sigmoid())
    net[2] = impl.ReLU()
    seen.append(net(x))
    net[1] = impl.Identity()
    seen.append(net(x))
    return seen


def nothing_to_drop(impl: Any, dtype: str) -> Any:
    """Of nothing nothing is dropped: neither is a number drawn, nor does the dtype matter."""
    impl.manual_seed(3)
    integers = impl.tensor(np.zeros((0, 2), np.int64))
    floats = to_tensor(impl, np.zeros((2, 0), dtype))
    gone = [impl.dropout(t, 0.5) for t in (integers, floats)]
    return [*gone, impl.rand(3)]


PROGRAMS = {
    a_state_is_the_module: "Module.state_dict",
    a_parameter_is_its_tensor: "Parameter",
    zeros_in_the_gradient: "Module.zero_grad",
    averages_in_place: "BatchNorm1d",
    averages_of_the_function_in_place: "batch_norm",
    averages_without_a_graph: "BatchNorm1d",
    averages_that_are_there_are_used: "BatchNorm1d",
    a_network_that_changes: "Sequential",
    nothing_to_drop: "dropout",
}
NEEDED = {
    a_state_is_the_module: "Linear",
    averages_without_a_graph: "no_grad",
    a_network_that_changes: "Identity Flatten ReLU Sigmoid",
    nothing_to_drop: "manual_seed rand",
}


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: f"{PROGRAMS[p]}-{p.__name__}")
def test_program(program, candidate, reference, dtype):
    op = PROGRAMS[program]
    offered(candidate, op.partition(".")[0], "tensor", *NEEDED.get(program, "").split())
    direction = program.__name__.replace("_", " ")
    result, expected = program(candidate, dtype), program(reference, dtype)
    assert_parity(result, expected, EXACT, op=op, direction=direction)
