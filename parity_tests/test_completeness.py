"""Every public name of `scratch` has its twin in `torch_ref`, the same signature, and its tests."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

import parity_tests
import scratch
import torch_ref
from parity_tests import internals, public
from parity_tests.instrument import REGISTRY

if TYPE_CHECKING:
    from types import ModuleType

#: Parameters of torch that steer how something is executed, not what is computed, and so have no
#: meaning in NumPy, with the reason.
EXECUTION = {
    "size_average": "deprecated spelling of reduction",
    "reduce": "deprecated spelling of reduction",
    "inplace": "where the result is stored",
    "foreach": "how an optimizer loops",
    "fused": "how an optimizer loops",
    "capturable": "CUDA graphs",
    "differentiable": "differentiating through an optimizer step",
    "device": "where tensors are made",
    "non_blocking": "how data moves to the device",
    "pin_memory": "how data moves to the device",
    "pin_memory_device": "how data moves to the device",
    "num_workers": "processes that load data",
    "worker_init_fn": "processes that load data",
    "multiprocessing_context": "processes that load data",
    "persistent_workers": "processes that load data",
    "prefetch_factor": "processes that load data",
    "timeout": "processes that load data",
    "in_order": "processes that load data",
}
#: Parameters that torch has and scratch deliberately leaves out, name by name, with the reason.
LEFT_OUT: dict[tuple[str, str], str] = {
    ("softmax", "_stacklevel"): "where a deprecation warning points",
    ("log_softmax", "_stacklevel"): "where a deprecation warning points",
    ("softmin", "_stacklevel"): "where a deprecation warning points",
    ("Hardtanh", "min_value"): "deprecated spelling of min_val",
    ("Hardtanh", "max_value"): "deprecated spelling of max_val",
    ("LRScheduler.step", "epoch"): "deprecated by torch",
    ("ReduceLROnPlateau.step", "epoch"): "deprecated by torch",
    ("Tensor.backward", "create_graph"): "gradients of gradients are not offered",
    ("Tensor.backward", "inputs"): "torch_ref.grad's business",
    ("Module.load_state_dict", "assign"): "who owns the memory",
    ("Module.modules", "remove_duplicate"): "scratch always leaves out duplicates, torch's default",
    ("Module.named_modules", "memo"): "torch's own recursion",
    ("Module.named_modules", "remove_duplicate"): "always, torch's default",
    ("Module.named_parameters", "remove_duplicate"): "always, torch's default",
    ("Module.named_buffers", "remove_duplicate"): "always, torch's default",
    ("Module.state_dict", "destination"): "torch's own recursion",
    ("Module.state_dict", "keep_vars"): "whether the result hangs on the graph",
}
#: Where scratch spells out what torch takes as it comes, or a default that means the same.
SPELLED: dict[tuple[str, str], str] = {
    ("Module.to", "dtype"): "torch parses *args: dtype, device or tensor",
    ("Module.forward", "kwargs"): "torch's only raises",
    ("Function.forward", "args"): "torch's ctx is the first of *args",
    ("Tensor.requires_grad_", "requires_grad"): "torch's own name; its stub file says mode",
    ("Tensor.backward", "retain_graph"): "torch's None means create_graph, which is False",
}
#: Classes of torch's that are made in C++, or through `__new__`: what they take is tested by hand.
NO_SIGNATURE = ("Tensor", "Function", "Parameter", "no_grad", "Generator")


def public_modules(package: ModuleType) -> dict[str, ModuleType]:
    """The modules of a side, by name."""
    names = [m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_")]
    return {name: import_module(f"{package.__name__}.{name}") for name in names}


SCRATCH, TORCH = public_modules(scratch), public_modules(torch_ref)
NAMES = [(module, name) for module, m in SCRATCH.items() for name in m.__all__]
IDS = [f"{module}.{name}" for module, name in NAMES]


def register_all_tests() -> None:
    """Import every test module, so that its tables are registered whichever tests are selected."""
    for found in pkgutil.iter_modules(parity_tests.__path__):
        if found.name.startswith("test_"):
            import_module(f"parity_tests.{found.name}")


def parameters(name: str, thing: Any) -> list[tuple[str, Any, Any]]:
    """Names, kinds and defaults, in order, without those that only steer execution."""
    shown = []
    for p in inspect.signature(thing).parameters.values():
        known = (name, p.name) in LEFT_OUT or (name, p.name) in SPELLED
        if p.name in ("self", "ctx") or known or p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL):
            continue  # *args, **kwargs: torch.nn.Module's own, which its subclasses refuse
        default = p.default
        if hasattr(default, "__name__"):
            default = default.__name__
        shown.append((p.name, p.kind.name, default))
    return shown


def mathematical(name: str, theirs: Any, ours: Any) -> list[tuple[str, Any, Any]]:
    """torch's parameters that scratch must have: all but execution, unless scratch has it too."""
    kept = {n for n, *_ in parameters(name, ours)}
    return [p for p in parameters(name, theirs) if p[0] not in EXECUTION or p[0] in kept]


def takes_anything(name: str, thing: Any) -> set[str]:
    """The kinds *args and **kwargs, as far as a function has them."""
    found = inspect.signature(thing).parameters.values()
    some = [p for p in found if p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    return {p.kind.name for p in some if (name, p.name) not in SPELLED}


def signatures_differ(name: str, ours: Any, theirs: Any) -> str:
    """In what a function differs from torch's; nothing if it takes the same."""
    mine, must = parameters(name, ours), mathematical(name, theirs, ours)
    if mine != must:
        return f"{name}: {mine}, torch's {must}"
    more = takes_anything(name, ours) - takes_anything(name, theirs)
    return f"{name}: {more}" if more else ""


def methods_differ(ours: type, theirs: type) -> list[str]:
    """Public methods that only one side has, or that take something else."""
    wrong = []
    for method, mine in public.methods(ours):
        name = mine.__qualname__
        if name in internals.METHODS:
            continue
        if not hasattr(theirs, method):
            wrong.append(f"{name}: torch has no such method")
        elif made_in_c(getattr(theirs, method)):
            continue  # Tensor's: compared with the stub file
        else:
            wrong.append(signatures_differ(name, mine, getattr(theirs, method)))
    for method, function in public.methods(theirs):
        own = function.__module__.startswith("torch_ref") and method not in internals.TORCH_REF
        if own and not hasattr(ours, method):
            wrong.append(f"{ours.__name__}.{method}: only torch_ref has it")
    return [line for line in wrong if line]


def made_in_c(function: Any) -> bool:
    """Whether Python cannot say what it takes."""
    try:
        inspect.signature(function)
    except (ValueError, TypeError):
        return True
    return False


def test_both_sides_have_the_same_modules():
    assert list(SCRATCH) == list(TORCH)


@pytest.mark.parametrize("module", SCRATCH)
def test_both_sides_offer_the_same_names(module):
    assert sorted(SCRATCH[module].__all__) == sorted(TORCH[module].__all__)


@pytest.mark.parametrize(("module", "name"), NAMES, ids=IDS)
def test_name_is_also_offered_flat(module, name):
    assert getattr(scratch, name) is getattr(SCRATCH[module], name)
    assert getattr(torch_ref, name) is getattr(TORCH[module], name)


@pytest.mark.parametrize(("module", "name"), NAMES, ids=IDS)
def test_signatures_agree(module, name):
    ours, theirs = getattr(SCRATCH[module], name), getattr(TORCH[module], name)
    if name not in NO_SIGNATURE:
        assert not signatures_differ(name, ours, theirs)
    if inspect.isclass(ours):
        assert not methods_differ(ours, theirs)


@pytest.mark.parametrize(("module", "name"), NAMES, ids=IDS)
def test_name_is_documented(module, name):
    for side in (SCRATCH, TORCH):
        thing = getattr(side[module], name)
        made_in_c = name in NO_SIGNATURE and side is TORCH
        assert made_in_c or inspect.getdoc(thing), f"{thing.__module__}.{name} has no docstring"


@pytest.mark.parametrize(("module", "name"), NAMES, ids=IDS)
def test_name_has_a_parity_case(module, name):
    register_all_tests()
    assert name in REGISTRY.cases, f"no Case, `cases` or `covers` names {module}.{name}"


@pytest.mark.parametrize(("module", "name"), NAMES, ids=IDS)
def test_name_has_a_bad_input_case(module, name):
    register_all_tests()
    assert name in REGISTRY.bad, f"no Bad, `bad_cases` or `covers_bad` names {module}.{name}"


TENSOR = (
    "sum mean max min argmax argmin exp log sqrt abs pow clip reshape view T transpose __getitem__ "
    "__add__ __sub__ __mul__ __truediv__ __pow__ __neg__ __matmul__ "
    "__radd__ __rsub__ __rmul__ __rtruediv__ __rpow__ __lt__ __le__ __gt__ __ge__ __eq__ __ne__"
)


@pytest.mark.parametrize("method", TENSOR.split())
def test_tensor_method_has_a_parity_case(method):
    register_all_tests()
    assert f"Tensor.{method}" in REGISTRY.cases
