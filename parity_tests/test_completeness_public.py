"""Nothing public goes untested: what modules define, what Tensor can do, what `covers` declares."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import parity_tests
import scratch
import torch_ref
from parity_tests import internals, public
from parity_tests.instrument import REGISTRY
from parity_tests.test_completeness import (
    SCRATCH,
    SPELLED,
    made_in_c,
    methods_differ,
    register_all_tests,
    signatures_differ,
)

MEMBERS = [name for name in dir(scratch.Tensor) if not name.startswith("_")]
OVERLOADS = public.tensor_overloads()
TESTS = [m.name for m in pkgutil.iter_modules(parity_tests.__path__) if m.name[:5] == "test_"]


@pytest.mark.parametrize("module", SCRATCH)
def test_what_looks_public_is_offered(module):
    assert not public.unlisted(SCRATCH[module], internals.INTERNAL), "in __all__, or in internals"


@pytest.mark.parametrize("place", internals.INTERNAL)
def test_internals_still_exist(place):
    reason, names = internals.INTERNAL[place]
    assert len(reason) > 10
    assert set(names.split()) <= set(public.defined(import_module(f"scratch.{place}")))


def untested(members: list[str]) -> list[str]:
    """Members of Tensor with neither a case nor a test by hand."""
    register_all_tests()
    by_hand = set(internals.TENSOR_BY_HAND.split())
    return [m for m in members if f"Tensor.{m}" not in REGISTRY.cases and m not in by_hand]


def test_members_of_tensor_are_tested():
    assert not untested(MEMBERS)
    modules = [import_module(name) for name in REGISTRY.cases["Tensor"]]
    said = set().union(*(public.spoken(inspect.getsource(module)) for module in modules))
    assert set(internals.TENSOR_BY_HAND.split()) <= said & set(MEMBERS)


def tensor_differs(tensor: type, name: str) -> list[str]:
    """What a member of Tensor takes that torch's does not."""
    mine, theirs = getattr(tensor, name), getattr(torch_ref.Tensor, name, None)
    if theirs is None:
        return [f"{name}: torch has no such member"]
    if not callable(mine) or not made_in_c(theirs):
        return []
    taken = inspect.signature(mine)
    known = [p for p in taken.parameters.values() if (f"Tensor.{name}", p.name) not in SPELLED]
    return public.not_in_an_overload(taken.replace(parameters=known), OVERLOADS[name])


@pytest.mark.parametrize("name", MEMBERS)
def test_tensor_takes_what_torch_takes(name):
    assert not tensor_differs(scratch.Tensor, name)


@pytest.mark.parametrize("name", TESTS)
def test_module_says_what_it_covers(name):
    module = import_module(f"parity_tests.{name}")
    said = public.spoken(inspect.getsource(module))
    unsaid = public.declared(module) - said
    assert all((thing, name) in internals.UNSAID for thing in unsaid), unsaid


# Each of these guards bites.


def test_a_function_outside_of_all_is_seen():
    module = ModuleType("scratch.activations")
    module.__dict__["__all__"] = ["relu"]

    def mish(x: Any) -> Any:
        return x

    mish.__module__ = "scratch.activations"
    module.__dict__["mish"] = module.__dict__["relu"] = mish
    assert public.unlisted(module, {}) == ["activations.mish"]
    assert not public.unlisted(module, {"activations": ("a reason", "mish")})


def test_a_new_member_of_tensor_is_seen():
    class Tensor:
        def cumsum(self, dim): ...
        def no_such_thing(self): ...
        def sum(self, dim=None, *, keepdim=False): ...
        def transpose(self, dim0, dim1=0): ...
        def max(self, dim=None, keepdim=False): ...

    assert untested(["cumsum", "sum"]) == ["cumsum"]
    assert [bool(tensor_differs(Tensor, m)) for m in vars(Tensor) if m[0] != "_"] == [
        False, True, True, True, False
    ]  # fmt: skip # an answer for each


def test_other_parameters_are_seen():
    def theirs(input, target, *, size_average=None, label_smoothing=0.0): ...
    def same(input, target, *, label_smoothing=0.0): ...
    def positional(input, target, label_smoothing=0.0): ...
    def default(input, target, *, label_smoothing=0.1): ...
    def more(input, target, *, label_smoothing=0.0, loud=False): ...
    def anything(input, target, *, label_smoothing=0.0, **kwargs): ...

    assert not signatures_differ("f", same, theirs)
    for fake in (positional, default, more, anything):
        assert signatures_differ("f", fake, theirs)


def as_if_in_scratch(fake: type, base: type) -> type:
    """The class, as if it stood in scratch under the base's name."""
    fake.__module__ = "scratch.fake"
    for name, method in vars(fake).items():
        if inspect.isfunction(method):
            method.__module__, method.__qualname__ = "scratch.fake", f"{base.__name__}.{name}"
    return fake


def test_other_methods_are_seen():
    class Forgetful(scratch.Optimizer):
        def zero_grad(self, set_to_none=False): ...

    class SameOptimizer(scratch.Optimizer):
        def zero_grad(self, set_to_none=True): ...

    class Loud(scratch.ExponentialLR):
        def step(self, times, loud): ...  # type: ignore[override] # on purpose

    class SameLR(scratch.ExponentialLR):
        def step(self): ...

    class More(scratch.Module):
        def extra(self): ...

    scheduler = scratch.ExponentialLR.__mro__[1]
    for fake, base, theirs, seen in (
        (Forgetful, scratch.Optimizer, torch_ref.Optimizer, "Optimizer.zero_grad"),
        (SameOptimizer, scratch.Optimizer, torch_ref.Optimizer, ""),
        (Loud, scheduler, torch_ref.ExponentialLR, "LRScheduler.step"),
        (SameLR, scheduler, torch_ref.ExponentialLR, ""),
        (More, scratch.Module, torch_ref.Module, "Module.extra"),
    ):
        found = methods_differ(as_if_in_scratch(fake, base), theirs)
        assert [line.partition(":")[0] for line in found] == [seen] * bool(seen)


def test_a_method_of_torch_ref_alone_is_seen():
    class Theirs:
        def more(self): ...

    Theirs.__module__ = Theirs.more.__module__ = "torch_ref.fake"
    assert methods_differ(SimpleNamespace, Theirs)


def test_an_empty_declaration_is_seen():
    source = (
        'from a import rand\ncovers("rand", "randn")\n\ndef test():\n    "rand"\n    f(randn)\n'
    )
    assert public.spoken(source) & {"rand", "randn"} == {"randn"}
