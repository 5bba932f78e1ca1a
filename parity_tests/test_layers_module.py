"""Modules: names, order, mode, printing and state of a tree of layers, and the same on both sides."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.instrument import (
    EXACT,
    Bad,
    assert_parity,
    bad_cases,
    covers,
    offered,
    to_numpy,
    to_tensor,
)
from parity_tests.instrument.lacking import words

covers("Module", "Parameter", "Sequential")


def ones(impl, *shape, dtype="float32"):
    return impl.tensor(np.ones(shape, dtype))


def tree(impl, dtype="float32"):
    """A network with everything in it, one layer of it used twice."""
    shared = impl.Linear(4, 4)
    inner = impl.Sequential(shared, impl.LayerNorm(4), impl.Dropout(0.25), shared)
    model = impl.Sequential(impl.Flatten(), impl.Linear(6, 4), impl.BatchNorm1d(4), inner)
    return model.double() if dtype == "float64" else model


def names(pairs):
    return [name for name, _ in pairs]


FACTS = {
    "parameters": lambda impl: names(tree(impl).named_parameters()),
    "prefix": lambda impl: names(tree(impl).named_parameters("net")),
    "own parameters": lambda impl: names(tree(impl)[1].named_parameters(recurse=False)),
    "buffers": lambda impl: names(tree(impl).named_buffers()),
    "modules": lambda impl: names(tree(impl).named_modules()),
    "children": lambda impl: names(tree(impl)[3].named_children()),
    "state": lambda impl: list(tree(impl).state_dict()),
    "state with a prefix": lambda impl: list(tree(impl).state_dict(prefix="net.")),
    "printed": lambda impl: repr(tree(impl)).replace(", inplace=False", ""),
    "length": lambda impl: len(tree(impl)),
    "slice": lambda impl: list(tree(impl)[1:3].state_dict()),
    "training": lambda impl: [m.training for m in tree(impl).eval().modules()],
    "frozen": lambda impl: [p.requires_grad for p in tree(impl).requires_grad_(False).parameters()],
    "loaded": lambda impl: repr(tree(impl).load_state_dict(tree(impl).state_dict())),
    "loaded in part": lambda impl: tuple(impl.Linear(3, 2).load_state_dict({"x": 1}, strict=False)),
    "no gradient yet": lambda impl: [p.grad for p in tree(impl).parameters()],
    "leaf": lambda impl: [p.is_leaf and p.requires_grad for p in tree(impl).parameters()],
    "transient buffer": lambda impl: _with_transient_buffer(impl),
    "unregistered": lambda impl: _without_weight(impl),
    "order of apply": lambda impl: _applied(impl),
    "prefix of buffers": lambda impl: names(tree(impl).named_buffers("net")),
    "no parameters of its own": lambda impl: names(tree(impl).named_parameters(recurse=False)),
    "a parameter with two names": lambda impl: names(_tied(impl).named_parameters()),
    "training again": lambda impl: [m.training for m in tree(impl).eval().train().modules()],
    "thawed": lambda impl: [
        p.requires_grad for p in tree(impl).requires_grad_(False).requires_grad_().parameters()
    ],
    "frozen from the start": lambda impl: _parameter(impl, False).requires_grad,
    "printed with children": lambda impl: repr(_child_of(impl, Described)),
    "only missing": lambda impl: repr(
        impl.Linear(3, 2).load_state_dict({}, strict=False)
    ).removeprefix("_"),
    "forward of one instance": lambda impl: _with_own_forward(impl)(3, more=4),
    "forward of a subclass": lambda impl: _child_of(impl, Described)(3),
    "call of a subclass": lambda impl: _child_of(impl, Calling)(3),
    "iterated": lambda impl: [type(m).__name__ for m in impl.Sequential(*_two(impl))],
    "appended": lambda impl: list(
        impl.Sequential(*_two(impl)).append(impl.Linear(1, 1)).state_dict()
    ),
    "replaced": lambda impl: _replaced(impl, 0),
    "replaced from the end": lambda impl: _replaced(impl, -2),
    "first from the end": lambda impl: type(impl.Sequential(*_two(impl))[-2]).__name__,
    "in sequence": lambda impl: impl.Sequential(*_two(impl))(ones(impl, 2, 3)).tolist(),
    "forgotten gradients": lambda impl: _zeroed(impl),
    "zero gradients": lambda impl: _zeroed(impl, set_to_none=False),
    "forgotten when asked": lambda impl: _zeroed(impl, set_to_none=True),
}


class Described:
    def forward(self, x):
        return x + 1

    def extra_repr(self):
        return "so=1"


class Calling:
    def forward(self, x):
        return x + 1

    def __call__(self, x):
        return self.forward(x) * 2


def _child_of(impl, kind):
    """A module of this kind, with a layer in it."""
    body = {name: value for name, value in vars(kind).items() if callable(value)}
    module = type(kind.__name__, (impl.Module,), body)()
    module.layer = impl.Identity()
    return module


def _with_own_forward(impl):
    module = impl.Module()
    module.forward = lambda x, more=0: x + more
    return module


def _two(impl):
    return impl.Flatten(), impl.Identity()


def _replaced(impl, index):
    model = impl.Sequential(*_two(impl))
    model[index] = impl.Linear(3, 2)
    return [type(m).__name__ for m in model.children()] + list(model.state_dict())


def _tied(impl):
    module = impl.Linear(3, 3)
    module.again = module.weight
    return module


def _parameter(impl, requires_grad):
    return impl.Parameter(ones(impl, 2), requires_grad=requires_grad)


def _zeroed(impl, **options):
    layer = impl.Linear(3, 2, bias=False)
    for _ in range(2):  # once without any gradient
        layer.zero_grad(**options)
        assert layer.weight.grad is None
    layer(ones(impl, 2, 3)).sum().backward()
    layer.zero_grad(**options)
    return None if layer.weight.grad is None else layer.weight.grad.tolist()


def _with_transient_buffer(impl):
    module = impl.Module()
    module.register_buffer("kept", ones(impl, 2))
    module.register_buffer("passing", ones(impl, 2), persistent=False)
    return [list(module.state_dict()), names(module.named_buffers())]


def _without_weight(impl):
    layer = impl.Linear(3, 2)
    layer.bias = None
    del layer.weight
    return names(layer.named_parameters())


def _applied(impl):
    seen = []
    tree(impl).apply(lambda module: seen.append(type(module).__name__))
    return seen


@pytest.mark.parametrize("fact", FACTS)
def test_what_a_module_knows(fact, candidate, reference):
    offered(candidate, "Module", "Sequential", "Linear", "BatchNorm1d", "LayerNorm", "Dropout")
    mine, torchs = FACTS[fact](candidate), FACTS[fact](reference)
    assert mine == torchs, f"Module, {fact}: candidate has {mine}, torch {torchs}"


def test_a_state_goes_from_one_side_to_the_other_and_back(candidate, reference, dtype, rng):
    offered(candidate, "Module", "Sequential", "Linear", "BatchNorm1d", "LayerNorm", "Dropout")
    mine, theirs = tree(candidate, dtype), tree(reference, dtype)
    for parameter in theirs.parameters():
        parameter.data = reference.tensor(rng.standard_normal(tuple(parameter.shape)), dtype=dtype)
    arrays = {key: to_numpy(value).copy() for key, value in theirs.state_dict().items()}
    mine.load_state_dict({key: to_tensor(candidate, a) for key, a in arrays.items()})
    assert_parity(mine.state_dict(), theirs.state_dict(), EXACT, op="Module")
    back = tree(reference, dtype)
    tensors = {k: to_tensor(reference, to_numpy(v)) for k, v in mine.state_dict().items()}
    back.load_state_dict(tensors)
    assert_parity(back.state_dict(), theirs.state_dict(), EXACT, op="Module")


def test_a_load_that_fails_changes_nothing(candidate):
    offered(candidate, "Module", "Linear")
    layer = candidate.Linear(3, 2)
    before = {key: to_numpy(value).copy() for key, value in layer.state_dict().items()}
    with pytest.raises(RuntimeError, match=words(candidate, "size mismatch for bias")):
        layer.load_state_dict({"weight": ones(candidate, 2, 3), "bias": ones(candidate, 3)})
    assert_parity(layer.state_dict(), before, EXACT, op="Module")


def test_casting_takes_gradients_along(candidate, reference):
    """To float64 and back, one parameter with a gradient and one without; integers stay."""
    offered(candidate, "Linear", "BatchNorm1d")
    for made in (lambda i: i.Linear(3, 2), lambda i: i.BatchNorm1d(3)):
        dtypes = []
        for impl in (candidate, reference):
            layer = made(impl)
            layer(ones(impl, 4, 3)).sum().backward()
            layer.bias.grad, seen = None, []
            for cast in (layer.double, layer.float):
                cast()
                seen += [to_numpy(v).dtype for v in layer.state_dict().values()]
                seen += [to_numpy(p.grad).dtype for p in layer.parameters() if p.grad is not None]
            dtypes.append(seen)
        assert dtypes[0] == dtypes[1]


def test_modules_are_not_cast_to_integers(candidate):
    offered(candidate, "Linear")
    with pytest.raises(TypeError, match=words(candidate, "floating")):
        candidate.Linear(3, 2).to(candidate.tensor([1]).dtype)


class Unfinished:
    """Makes a subclass of an implementation's Module."""

    def __new__(cls, impl, **body):
        return type("Unfinished", (impl.Module,), body)()


def load(impl, **state):
    """Load arrays into a Linear(3, 2)."""
    tensors = {key: ones(impl, *shape) for key, shape in state.items()}
    return impl.Linear(3, 2).load_state_dict(tensors)


BAD = [
    Bad("Sequential", lambda i: i.Sequential(3), TypeError, "int"),
    Bad("Sequential", lambda i: i.Sequential(i.Identity())[1], IndexError, "1"),
    Bad("Module", lambda i: i.Module()(3), NotImplementedError, "forward"),
    Bad("Module", lambda i: setattr(i.Linear(3, 2), "weight", ones(i, 2, 3)), TypeError, "weight"),
    Bad("Module", lambda i: setattr(i.BatchNorm1d(3), "running_mean", 3), TypeError,
        "running_mean", id="buffer"),
    Bad("Module", lambda i: Unfinished(i, __init__=lambda self: setattr(self, "a", i.Identity())),
        AttributeError, "__init__", id="no super().__init__"),
    Bad("Module", lambda i: i.Linear(3, 2).train(3), ValueError, "boolean", id="mode"),
    Bad("Module", lambda i: i.Module().register_buffer("a.b", None), KeyError, id="dot"),
    Bad("Module", lambda i: i.Linear(3, 2).register_buffer("weight", None), KeyError, id="taken"),
    Bad("Module", lambda i: i.Module().register_buffer("a", 3), TypeError, id="no tensor"),
    Bad("Module", lambda i: i.Linear(3, 2).nothing, AttributeError, "nothing", id="attribute"),
    Bad("Module", lambda i: load(i, weight=(2, 3)), RuntimeError, '"bias"', id="missing"),
    Bad("Module", lambda i: load(i, weight=(2, 3), bias=(2,), more=()), RuntimeError, '"more"',
        id="unexpected"),
    Bad("Module", lambda i: load(i, weight=(3, 2), bias=(2,)), RuntimeError, "size mismatch",
        id="mismatch"),
    Bad("Module", lambda i: i.Linear(3, 2).load_state_dict([1]), TypeError, id="no dictionary"),
    Bad("Module", lambda i: i.Linear(3, 2).load_state_dict({"weight": [1.0], "bias": [1.0]}),
        RuntimeError, "list", id="no tensor in it"),
    Bad("Parameter", lambda i: i.Parameter(i.tensor([1, 2])), RuntimeError, "floating"),
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
