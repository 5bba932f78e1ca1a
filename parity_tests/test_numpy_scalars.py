"""Every numeric option also as a NumPy number: the same values, in the same types, as with Python's.

NumPy lets its own numbers widen arrays, where Python's adapt: an np.float64 that comes from a search
over options must not turn a float32 model into a float64 one. The options are read off the contract's
signatures, so a new one is tested as soon as it is there, or its test says what it lacks.
"""

from __future__ import annotations

import inspect
from dataclasses import is_dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import scratch
from parity_tests import internals, public
from parity_tests.instrument import EXACT, assert_parity, offered, to_numpy
from parity_tests.test_completeness import SCRATCH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROWS = np.array([[0.25, 0.75], [0.625, 0.375], [0.5, 0.5]], np.float32)
LABELS = np.array([0, 1, 1])
#: What a parameter is given that is required and no number: by its name, or by owner and name.
GIVEN: dict[str, Callable[[Any, Any], Any]] = {
    "input": lambda impl, made: impl.tensor(ROWS, requires_grad=True),
    "p": lambda impl, made: impl.tensor(ROWS), "q": lambda impl, made: impl.tensor(ROWS[::-1].copy()),
    "mean": lambda impl, made: impl.tensor(ROWS, requires_grad=True),
    "target": lambda impl, made: impl.tensor(ROWS[::-1].copy()),
    "cross_entropy target": lambda impl, made: impl.tensor(LABELS),
    "nll_loss target": lambda impl, made: impl.tensor(LABELS),
    "CrossEntropyLoss.forward target": lambda impl, made: impl.tensor(LABELS),
    "NLLLoss.forward target": lambda impl, made: impl.tensor(LABELS),
    "confusion_matrix input": lambda impl, made: LABELS, "confusion_matrix target": lambda impl, made: LABELS,
    "precision_recall_f1 input": lambda impl, made: LABELS,
    "precision_recall_f1 target": lambda impl, made: np.zeros_like(LABELS),
    "one_hot input": lambda impl, made: impl.tensor(LABELS),
    "hinge_embedding_loss target": lambda impl, made: impl.tensor(np.sign(ROWS - 0.5)),
    "HingeEmbeddingLoss.forward target": lambda impl, made: impl.tensor(np.sign(ROWS - 0.5)),
    "tensors": lambda impl, made: [impl.tensor(ROWS, requires_grad=True)] * 2,
    "tensor": lambda impl, made: impl.tensor(np.zeros((4, 4), np.float32)),
    "f": lambda impl, made: lambda x: (x * x).sum(), "inputs": lambda impl, made: [impl.tensor(ROWS[0])],
    "gradcheck inputs": lambda impl, made: [impl.tensor(ROWS.astype(np.float64), requires_grad=True)],
    "x": lambda impl, made: impl.tensor(ROWS), "x0": lambda impl, made: impl.tensor(ROWS),
    "dataset": lambda impl, made: impl.TensorDataset(impl.tensor(ROWS)), "X": lambda impl, made: ROWS,
    "y": lambda impl, made: LABELS, "Perceptron.fit y": lambda impl, made: 2 * LABELS - 1,
    "centers": lambda impl, made: ROWS[:2],
    "nonlinearity": lambda impl, made: "leaky_relu", "params": lambda impl, made: [slope(impl)],
    "running_mean": lambda impl, made: impl.tensor(ROWS[0]),
    "running_var": lambda impl, made: impl.tensor(ROWS[1]),
    "parameters": lambda impl, made: [slope(impl)], "optimizer": lambda impl, made: momentum(impl),
    "schedulers": lambda impl, made: [impl.StepLR(made["optimizer"], n) for n in (1, 2)],
    "lr_lambda": lambda impl, made: lambda epoch: 0.5**epoch,
}  # fmt: skip # a table
#: What an option is looked at with: by owner, or by owner and name.
BESIDE: dict[str, dict[str, Any]] = {
    "CyclicLR": {"base_lr": 0.1, "max_lr": 0.5, "step_size_up": 2},
    "CyclicLR gamma": {"mode": "exp_range"}, "OneCycleLR": {"max_lr": 0.5, "total_steps": 8},
    "OneCycleLR epochs": {"steps_per_epoch": 4}, "OneCycleLR steps_per_epoch": {"epochs": 4},
    "SGD dampening": {"momentum": 0.5}, "randint": {"high": 9, "size": (4,)},
    "MLP": {"sizes": [2, 4, 1]}, "CosineAnnealingWarmRestarts": {"T_0": 2},
    "gradient_descent lr": {"steps": 3}, "CosineAnnealingLR": {"T_max": 3},
    "ExponentialLR": {"gamma": 0.5}, "StepLR": {"step_size": 2},
    "MultiStepLR": {"milestones": [1, 3]}, "SequentialLR": {"milestones": [2]},
    "random_fourier_features": {"num_features": 2}, "BatchNorm1d": {"num_features": 2},
    "LayerNorm": {"normalized_shape": 2}, "layer_norm": {"normalized_shape": [2]},
    "Linear": {"in_features": 2, "out_features": 3}, "gaussian_nll_loss": {"var": 0.5},
    "GaussianNLLLoss.forward": {"var": 0.5}, "Perceptron": {"in_features": 2},
    "Tensor.transpose": {"dim0": 0, "dim1": 1}, "clip_grad_norm_": {"max_norm": 0.5},
    "batch_norm momentum": {"training": True},
}  # fmt: skip # a table
#: Methods of a tensor that take no number.
NO_NUMBER = ("__and__", "__or__", "__matmul__", "__deepcopy__")
#: The values that an option is given, by its name, or by owner and name; else the usual ones.
USUAL: dict[str, tuple[Any, ...]] = {"int": (2,), "float": (0.3, 1)}
VALUES: dict[str, tuple[Any, ...]] = {
    "dim": (1,), "dim0": (1,), "dim1": (1,), "start_dim": (1,), "end_dim": (1,),
    "ignore_index": (1,), "num_classes": (3,), "correction": (1,), "last_epoch": (-1,),
    "normalized_shape": ([2],), "LayerNorm normalized_shape": (2, [2]), "high": (7,),
    "lengths": ([2, 1], [0.5, 0.5]), "sizes": ([2, 3, 1],), "size": (3, [2, 3]),
    "randint size": ([2, 3],), "max_iter": (200,), "max_epochs": (50,), "steps": (3,), "tol": (0.3,),
    "betas": ((0.3, 0.7),), "etas": ((0.3, 1.7),), "step_sizes": ((0.1, 5.0),), "milestones": ([1],),
    "total_steps": (9,), "pct_start": (0.3,), "power": (1.0, 2), "var": (0.3,), "norm_type": (1.5, 2),
    "zero_division": (1.0, 0), "threshold": (0.3, 2), "momentum": (0.3,), "rho": (0.3,),
    "RMSprop alpha": (0.3,), "RootEpsilonRMSprop alpha": (0.3,), "Lasso alpha": (0.03, 1),
    "Hardtanh min_val": (0.3, 0), "max_lr": (0.7, [0.7]), "base_lr": (0.3, [0.3]),
    "min_lr": (0.3, [0.3]), "OneCycleLR base_momentum": (0.3, [0.3]),
    "OneCycleLR max_momentum": (0.7, [0.7]), "ReduceLROnPlateau factor": (0.3,),
    "CosineAnnealingWarmRestarts.step epoch": (1.3, 2),
}  # fmt: skip # a table


def slope(impl: Any) -> Any:
    """A parameter with a gradient."""
    p = impl.tensor(ROWS[0], requires_grad=True)
    p.grad = impl.tensor(ROWS[1])
    return p


def momentum(impl: Any) -> Any:
    return impl.SGD([slope(impl)], lr=0.5, momentum=0.5)


def numeric(function: Any) -> Iterator[tuple[str, str]]:
    """The parameters that take numbers, and of which kind."""
    for p in inspect.signature(function).parameters.values():
        said = str(p.annotation)
        number = isinstance(p.default, int | float) and not isinstance(p.default, bool)
        if "Operand" in said or "float" in said or isinstance(p.default, float):
            if "Callable" not in said:
                yield p.name, "float"
        elif number or ("Callable" not in said and "int" in said):
            yield p.name, "int"


def all_options() -> Iterator[tuple[str, str, str]]:
    """Of functions, of constructors and of public methods: where, which, of which kind."""
    for name in (name for module in SCRATCH.values() for name in module.__all__):
        thing = getattr(scratch, name)
        yield from ((name, *found) for found in numeric(thing))
        for method, function in methods(name, thing):
            if f"{name}.{method}" not in internals.METHODS:
                yield from ((f"{name}.{method}", *found) for found in numeric(function))


def methods(name: str, thing: Any) -> list[tuple[str, Any]]:
    """A class's own public methods; all of a tensor's, and its operators with a number."""
    if name == "Tensor":
        of_tensors = inspect.getmembers(thing, inspect.isfunction)
        found = [
            m for m in of_tensors if m[0] not in NO_NUMBER and (m[0][0] != "_" or m[0][:2] == "__")
        ]
    else:
        own = public.methods(thing) if isinstance(thing, type) else ()
        found = [m for m in own if m[0] in vars(thing)]
    return [m for m in found if m[0].isascii()]  # others are a mutation tool's


def called(impl: Any, place: str, function: Any, numbers: dict[str, Any], made: Any) -> Any:
    """What the function gives for these numbers; what else it requires is kept in ``made``."""
    given, named = [], {}
    for p in inspect.signature(attrgetter(place)(scratch)).parameters.values():
        required = p.default is p.empty and p.kind is not p.VAR_KEYWORD
        if p.name not in numbers and required and p.name != "self":
            known = [key for key in (f"{place} {p.name}", p.name) if key in GIVEN]
            assert known, f"GIVEN does not say what {place} gets for {p.name}"
            given.append(made.setdefault(p.name, GIVEN[known[0]](impl, made)))
        elif p.name in numbers and required:
            given.append(numbers[p.name])
        elif p.name in numbers:
            named[p.name] = numbers[p.name]
    return function(*given, **named)


def outcome(impl: Any, place: str, option: str, value: Any) -> list[np.ndarray]:
    """All the numbers that come of it, with the gradients."""
    impl.manual_seed(0)
    name, _, method = place.partition(".")
    made: dict[str, Any] = {}
    beside = {**BESIDE.get(place, {}), **BESIDE.get(f"{place} {option}", {})}
    if method:
        if name == "Tensor":
            made["self"] = GIVEN["input"](impl, made)
        else:
            made["self"] = called(impl, name, getattr(impl, name), BESIDE.get(name, {}), made)
        function = getattr(made["self"], method)
    else:
        function = getattr(impl, name)
    thing = called(impl, place, function, {**beside, option: value}, made)
    if option == "seed":
        thing = impl.rand(2, generator=made.get("self"))
    if method and "optimizer" in made:
        thing = [float(group["lr"]) for group in made["optimizer"].param_groups]
    results = [*leaves(used(impl, name, thing, made) if not method else thing)]
    for r in results:
        if getattr(r, "requires_grad", False) and not r.is_leaf:
            upstream = np.arange(1, r.numel() + 1, dtype=to_numpy(r).dtype).reshape(r.shape)
            r.backward(impl.tensor(upstream), retain_graph=True)
    results += leaves([v for k, v in made.items() if k not in ("self", "optimizer", "schedulers")])
    gradients = [r.grad for r in results if getattr(r, "is_leaf", False) and r.grad is not None]
    return [to_numpy(r) for r in [*results, *gradients]]


def used(impl: Any, name: str, thing: Any, made: dict[str, Any]) -> Any:
    """A layer applied, a model fitted, an optimizer or a schedule stepped; else the thing itself."""
    contract = getattr(scratch, name)
    if not isinstance(contract, type):
        return thing
    if issubclass(contract, scratch.Optimizer):
        for _ in range(3):
            thing.step()
        return thing.state_dict()["state"], made["params"]
    if hasattr(contract, "get_last_lr"):
        (group,) = made["optimizer"].param_groups
        seen = []
        for epoch in range(4):
            made["optimizer"].step()
            thing.step(*[1.0 + epoch] * (name == "ReduceLROnPlateau"))
            seen += [float(group["lr"]), float(group["momentum"])]
        return seen, group["params"]
    if issubclass(contract, scratch.Module):
        result = called(impl, f"{name}.forward", thing, BESIDE.get(f"{name}.forward", {}), made)
        return result, thing.state_dict(), list(thing.parameters())
    if hasattr(contract, "fit"):
        called(impl, f"{name}.fit", thing.fit, {}, made)
        return thing.predict(ROWS)
    return thing


def leaves(thing: Any) -> Iterator[Any]:
    """The tensors, arrays and numbers in it."""
    if is_dataclass(thing):
        thing = vars(thing)
    if isinstance(thing, dict):
        thing = list(thing.values())
    if isinstance(thing, np.ndarray | np.generic | int | float) or hasattr(thing, "is_leaf"):
        yield thing
    elif thing is not None and not isinstance(thing, str) and not callable(thing):
        for part in thing:
            yield from leaves(part)


def each(value: Any, kind: Callable[[Any], Any]) -> Any:
    """A number, or several, as numbers of another kind."""
    several = isinstance(value, list | tuple)
    return type(value)(each(v, kind) for v in value) if several else kind(value)


def taken(impl: Any, *what: Any) -> bool:
    try:
        return bool(outcome(impl, *what))
    except Exception:
        return False


def flat(arrays: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([a.astype(np.float64).reshape(-1) for a in arrays])


OPTIONS = list(all_options())
KINDS = {float: (np.float64, np.array, np.float32), int: (np.int64, np.array)}


@pytest.mark.parametrize(
    ("place", "option", "kind"), OPTIONS, ids=[f"{p}-{o}" for p, o, _ in OPTIONS]
)
def test_a_numpy_number_is_taken_as_pythons(candidate, reference, place, option, kind):
    """Or refused, as torch does; arrays of no dimensions may be refused where torch takes them."""
    offered(candidate, place.partition(".")[0], "tensor", "manual_seed", "rand", "SGD", "StepLR")
    for value in VALUES.get(f"{place} {option}", VALUES.get(option, USUAL[kind])):
        expected = outcome(candidate, place, option, value)
        assert expected, f"{place}: there is nothing to see {option} by"
        for number in KINDS[type(next(leaves(value)))]:
            given = each(value, number)
            op = f"{place}({option}={given!r})"
            try:
                found = outcome(candidate, place, option, given)
            except Exception as error:
                found, refused = [], repr(error)
            if not found:
                torchs = number is not np.array and taken(reference, place, option, given)
                assert not torchs, f"{op} raises {refused}, torch takes it"
                continue
            kept = [[(a.dtype, a.shape) for a in arrays] for arrays in (found, expected)]
            assert kept[0] == kept[1], f"{op} gives {kept[0]}, with Python's number {kept[1]}"
            if number is not np.float32:  # which computes in float32 before it meets an array
                assert_parity(flat(found), flat(expected), EXACT, op=op)
