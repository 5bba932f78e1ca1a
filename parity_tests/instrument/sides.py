"""The two sides of a comparison, made alike: NumPy arrays in, NumPy arrays out.

A side is a module that offers tensors in torch's manner (`tensor`, `.backward(upstream)`, `.grad`,
`.numpy()`), or one function `vjp(function, wrt, *arrays) -> (value, pullback)`, which is what
libraries without such tensors (JAX, HIPS autograd) have: `pullback(upstream)` returns one gradient
per index in `wrt`. An adapter needs no more than that, and the names of the contract; it may also
have `lift(array)`, which makes the library's own array.
"""

from __future__ import annotations

import inspect
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType
from typing import Any, NamedTuple, NoReturn

import numpy as np
import pytest

#: (name, candidate) pairs that were skipped, listed at the end of the run.
NOT_OFFERED: set[str] = set()


def _nothing() -> None:
    pass


class Forward(NamedTuple):
    """What a function gave, and how to pull upstream gradients back through it.

    `pullback(upstreams, keep)` keeps the graph if asked to; `forget()` clears the gradients;
    `aliases` are the outputs that share memory with an input.
    """

    outputs: list[np.ndarray]
    tracked: list[bool]
    pullback: Callable[[Sequence[np.ndarray], bool], list[np.ndarray | None]]
    forget: Callable[[], None] = _nothing
    aliases: list[int] | None = None


def not_offered(candidate: Any, what: str) -> NoReturn:
    """Skip the running test, and list what is missing."""
    NOT_OFFERED.add(what)
    pytest.skip(f"{what}: not offered by {candidate.__name__}")


def offers(impl: Any, name: str) -> bool:
    """Whether a module has this name of the contract ("relu", "Tensor.sum").

    An operator that is None is one that Python refuses. Not so in an adapter without tensors of its
    own (`vjp`): there it says that the library's arrays have this operator, which is all that is
    ever called.
    """
    if name.startswith("Tensor.__") and "vjp" in vars(impl):
        classes = getattr(vars(impl).get("Tensor"), "__mro__", (object,))[:-1]
        return any(name.removeprefix("Tensor.") in vars(c) for c in classes)
    for part in name.split("."):
        own = (
            getattr(impl, part, None) if not isinstance(impl, ModuleType) else vars(impl).get(part)
        )
        if own is None or own is getattr(object, part, None):  # what every object has is no offer
            return False
        impl = own
    return True


class Partial(ModuleType):
    """A candidate that may lack names of the contract: whoever asks for one of these is skipped."""

    def __init__(self, module: ModuleType, contract: Sequence[str]) -> None:
        super().__init__(module.__name__, module.__doc__)
        self.__dict__.update({k: v for k, v in vars(module).items() if not k.startswith("__")})
        self._contract = frozenset(contract)

    def __getattr__(self, name: str) -> Any:
        if name in self.__dict__.get("_contract", ()):
            not_offered(self, name)
        raise AttributeError(f"{self.__name__} has no attribute {name!r}")


_OPERATORS = {"+": "add", "-": "sub", "*": "mul", "/": "truediv", "@": "matmul"}
_OPERATORS |= {"** or pow()": "pow", "<": "lt", "<=": "le", ">": "gt", ">=": "ge", "unary -": "neg"}
_OPERATION = re.compile(r"type(?:\(s\))? for (.+): |'(\S+)' not supported between")


def lacks(candidate: Any, error: BaseException | None) -> bool:
    """Whether an error of a partial candidate says that it has no such option, method, operator."""
    if error is None or not isinstance(candidate, Partial):
        return False
    kind, text = vars(candidate).get("Tensor"), str(error)
    said = False
    if isinstance(error, AttributeError):
        said = isinstance(kind, type) and isinstance(error.obj, kind)
        said = said or _asks_too_much(candidate, error)
    elif isinstance(error, TypeError):
        words = "unexpected keyword argument|required positional argument|positional arguments? but"
        operation = _OPERATION.search(text)
        name = _OPERATORS.get(next(filter(None, operation.groups()), "") if operation else "")
        missing = name is not None and not offers(candidate, f"Tensor.__{name}__")
        said = bool(re.search(words, text)) or (missing and getattr(kind, "__name__", "?") in text)
    return said or lacks(candidate, error.__context__)


def _asks_too_much(candidate: Partial, error: AttributeError) -> bool:
    """Whether the suite, not the candidate itself, asked an object of the candidate for a name."""
    named = [value for name, value in vars(candidate).items() if name in candidate._contract]
    own = tuple(value for value in named if isinstance(value, type))
    foreign = not isinstance(error.obj, ModuleType) and type(error.obj).__module__ != "builtins"
    arrays = foreign and "vjp" in vars(candidate)
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    asking = trace.tb_frame.f_globals.get("__name__", "") if trace is not None else ""
    ours = asking.partition(".")[0] in ("parity_tests", "experiments")
    return ours and asking != candidate.__name__ and (arrays or isinstance(error.obj, own))


def keeps_state(impl: Any, optimizer: Any, needed: str = "state_dict") -> bool:
    """Whether there is state to compare; of a partial candidate's optimizer, steps may be all."""
    return not isinstance(impl, Partial) or hasattr(optimizer, needed)


def offered(candidate: Any, *names: str) -> None:
    """Skip the running test where the candidate lacks one of the names."""
    for name in names:
        if not offers(candidate, name):
            not_offered(candidate, name)


def default_call(name: str) -> Callable[..., Any]:
    """How a name of the contract is applied: a function, a class, a method or an operator."""
    owner, _, method = name.rpartition(".")

    def call(impl: Any, *tensors: Any, **options: Any) -> Any:
        if owner == "Tensor":
            home = operator if method.startswith("__") else impl.Tensor
            return getattr(home, method)(*tensors, **options)
        target = getattr(impl, name)
        if isinstance(target, type):
            return target(**options)(*tensors)
        return target(*tensors, **options)

    return call


def to_numpy(value: Any) -> np.ndarray:
    """A tensor of either side, a number or an array, as a NumPy array (not copied)."""
    if hasattr(value, "detach"):
        value = value.detach()
        if hasattr(value, "cpu"):
            value = value.cpu()
    return np.asarray(value.numpy() if hasattr(value, "numpy") else value)


def is_torch(impl: Any) -> bool:
    """Whether a module's tensors are torch's."""
    return getattr(getattr(impl, "Tensor", None), "__module__", "").split(".")[0] == "torch"


def to_tensor(
    impl: Any, array: np.ndarray, requires_grad: bool = False, device: str = "cpu"
) -> Any:
    """A tensor of either side with this array's values; scratch keeps its memory layout."""
    if is_torch(impl):
        import torch

        tensor = torch.from_numpy(np.array(array, order="C")).to(device)
        return tensor.requires_grad_(requires_grad)
    if hasattr(impl, "vjp"):
        if requires_grad:
            not_offered(impl, "tensors with backward()")
        return vars(impl).get("lift", np.asarray)(array)
    own = vars(impl)  # not getattr: whoever asks a partial candidate for what it lacks is skipped
    wrap = own.get("wrap") or getattr(own.get("autograd"), "wrap", None)
    if wrap is not None:
        return wrap(array, requires_grad=requires_grad)
    return impl.tensor(np.array(array), requires_grad=requires_grad)


def placed(impl: Any, device: str) -> AbstractContextManager[Any]:
    """Where torch makes tensors that nobody places: layers' weights, constants in a case's call."""
    if device == "cpu" or not is_torch(impl):
        return nullcontext()
    import torch

    return torch.device(device)


def lift_options(impl: Any, options: Mapping[str, Any], dtype: str, device: str) -> dict[str, Any]:
    """Options with their arrays as tensors, floats cast to dtype."""

    def lift(value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            return value
        kind = dtype if value.dtype.kind == "f" else value.dtype
        return to_tensor(impl, value.astype(kind), device=device)

    return {key: lift(value) for key, value in options.items()}


def flatten(result: Any) -> list[Any]:
    """The tensors or numbers of a (nested) result."""
    if result is None:
        return []
    if isinstance(result, Mapping):
        return [leaf for value in result.values() for leaf in flatten(value)]
    if isinstance(result, (tuple, list)):
        return [leaf for value in result for leaf in flatten(value)]
    return [result]


def forward(
    impl: Any,
    function: Callable[..., Any],
    arrays: Sequence[np.ndarray],
    wrt: Sequence[int],
    device: str = "cpu",
) -> Forward:
    """Apply function(*tensors) on one side, ready to pull back to the inputs in wrt."""
    if hasattr(impl, "vjp"):
        return _forward_functional(impl, function, arrays, wrt)
    tensors = [to_tensor(impl, a, i in wrt, device) for i, a in enumerate(arrays)]
    with placed(impl, device):
        results = flatten(function(*tensors))
    tracked = [bool(getattr(r, "requires_grad", False)) for r in results]

    once = any(t and _frees_its_graph(impl, r) for r, t in zip(results, tracked, strict=True))
    first: list[list[np.ndarray | None]] = []

    def pullback(upstreams: Sequence[np.ndarray], keep: bool = False) -> list[np.ndarray | None]:
        if once and first:  # a second backward is not offered
            return first[0]
        pairs = [(r, u) for r, t, u in zip(results, tracked, upstreams, strict=True) if t]
        for i, (result, upstream) in enumerate(pairs):
            keep_it = (keep and not once) or i + 1 < len(pairs)
            more = {"retain_graph": True} if keep_it else {}
            result.backward(to_tensor(impl, upstream, device=device), **more)
        grads = [tensors[i].grad for i in wrt]
        first.append([None if g is None else to_numpy(g) for g in grads])
        return first[-1]

    def forget() -> None:
        for tensor in tensors:
            tensor.grad = None

    outputs = [to_numpy(r) for r in results]
    memory = [to_numpy(t) for t in tensors] if device == "cpu" else []
    aliases = [i for i, y in enumerate(outputs) if any(np.may_share_memory(y, m) for m in memory)]
    return Forward(outputs, tracked, pullback, forget, aliases)


def _frees_its_graph(impl: Any, result: Any) -> bool:
    """Whether a partial candidate's backward takes an upstream gradient and nothing else."""
    if not isinstance(impl, Partial):
        return False
    parameters = inspect.signature(result.backward).parameters.values()
    return not any(p.name == "retain_graph" or p.kind is p.VAR_KEYWORD for p in parameters)


def _forward_functional(
    impl: Any, function: Callable[..., Any], arrays: Sequence[np.ndarray], wrt: Sequence[int]
) -> Forward:
    """The same through `impl.vjp`, for one output."""
    tensors = [to_tensor(impl, a) for a in arrays]
    if not wrt:
        outputs = [np.asarray(r) for r in flatten(function(*tensors))]
        return Forward(outputs, [False] * len(outputs), lambda upstreams, keep: [])
    value, pull = impl.vjp(function, tuple(wrt), *tensors)
    output = np.asarray(value)
    tracked = output.dtype.kind == "f"

    def pullback(
        upstreams: Sequence[np.ndarray], keep: bool = False
    ) -> list[np.ndarray | None]:  # it always can
        return [None if g is None else np.asarray(g) for g in pull(upstreams[0])]

    return Forward([output], [tracked], pullback)
