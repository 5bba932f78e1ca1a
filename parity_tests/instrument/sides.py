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
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import numpy as np

from parity_tests.instrument.functional import pulled
from parity_tests.instrument.lacking import Partial, not_offered, offers


def _nothing() -> None:
    pass


class Forward(NamedTuple):
    """What a function gave, and how to pull upstream gradients back through it.

    `pullback(upstreams, keep)` keeps the graph if asked to; `forget()` clears the gradients;
    `aliases` are the outputs that share memory with an input; `once`: backward cannot keep the
    graph; `leaves` and `tensors` are the results (with their places) and inputs as they are.
    """

    outputs: list[np.ndarray]
    tracked: list[bool]
    pullback: Callable[[Sequence[np.ndarray], bool], list[np.ndarray | None]]
    forget: Callable[[], None] = _nothing
    aliases: list[int] | None = None
    once: bool = False
    leaves: Sequence[tuple[str, Any]] = ()
    tensors: Sequence[Any] = ()


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


def reading(value: Any, name: str) -> str:
    """Code that does with a value of this name what `to_numpy` does with the value."""
    detached = f"{name}.detach()" if getattr(value, "requires_grad", True) else name
    text = detached if hasattr(value, "detach") else name
    return f"{text}.numpy()" if hasattr(value, "numpy") else f"np.asarray({text})"


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
    _, wrap = wrapper(impl)
    if wrap is not None:
        return wrap(array, requires_grad=requires_grad)
    return impl.tensor(np.array(array), requires_grad=requires_grad)


def parameter(impl: Any, array: np.ndarray, device: str = "cpu") -> Any:
    """What an optimizer moves: a Parameter, or a tensor with a gradient where there is none."""
    if offers(impl, "Parameter"):
        return impl.Parameter(to_tensor(impl, array, device=device))
    return to_tensor(impl, array, requires_grad=True, device=device)


def takes_gradients(impl: Any, parameter: Any) -> bool:
    """Whether a parameter is given its gradient, where scratch must compute it.

    So torch is, and a candidate of somebody's own, which may have no product, no sum or no
    backward() without an upstream gradient.
    """
    grad = getattr(type(parameter), "grad", None)
    settable = not isinstance(grad, property) or grad.fset is not None
    return settable and (is_torch(impl) or isinstance(impl, Partial))


def wrapper(impl: Any) -> tuple[str, Any]:
    """The name and function that make a tensor around an array as it lies in memory, if any."""
    own = vars(impl)  # not getattr: whoever asks a partial candidate for what it lacks is skipped
    if own.get("wrap") is not None:
        return "wrap", own["wrap"]
    found = getattr(own.get("autograd"), "wrap", None)
    return ("", None) if found is None else ("autograd.wrap", found)


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


def leaves(result: Any, path: str = "") -> list[tuple[str, Any]]:
    """The tensors or numbers of a (nested) result, each behind the code of its place ("[1]['h']")."""
    if result is None:
        return []
    if isinstance(result, Mapping):
        pairs = list(result.items())
    elif isinstance(result, (tuple, list)):
        pairs = list(enumerate(result))
    else:
        return [(path, result)]
    return [leaf for key, value in pairs for leaf in leaves(value, f"{path}[{key!r}]")]


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
        found = leaves(function(*tensors))
    results = [leaf for _, leaf in found]
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
    return Forward(outputs, tracked, pullback, forget, aliases, once, found, tensors)


def _frees_its_graph(impl: Any, result: Any) -> bool:
    """Whether a partial candidate's backward takes an upstream gradient and nothing else."""
    if not isinstance(impl, Partial):
        return False
    try:
        parameters = inspect.signature(result.backward).parameters.values()
    except (TypeError, ValueError):  # a compiled one has none to read
        return False
    return not any(p.name == "retain_graph" or p.kind is p.VAR_KEYWORD for p in parameters)


def _forward_functional(
    impl: Any, function: Callable[..., Any], arrays: Sequence[np.ndarray], wrt: Sequence[int]
) -> Forward:
    """The same through `impl.vjp`, for one output."""
    tensors = [to_tensor(impl, a) for a in arrays]
    if not wrt:
        outputs = [np.asarray(r) for _, r in leaves(function(*tensors))]
        return Forward(outputs, [False] * len(outputs), lambda upstreams, keep: [])
    value, pullback = pulled(impl, function, tuple(wrt), tensors)
    output = np.asarray(value)
    return Forward([output], [output.dtype.kind == "f"], pullback)
