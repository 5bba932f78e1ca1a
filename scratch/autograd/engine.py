"""The engine: tensors that record a computational graph, and the one backward pass over it.

``apply`` runs a gate forward and, when a gradient may be wanted, hangs it behind the output.
``backpropagate`` walks the gates from the output back, latest first, and hands each its upstream
gradient. The chain rule for a value that is used more than once says that its gradients add up:

    ∂L/∂x = Σ_k ∂L/∂y_k · ∂y_k/∂x        (over all gates k that x feeds)

What every operation needs lives here, once: un-broadcasting, dtypes, accumulation at branches, and
that no two tensors ever share a gradient array.

Source: Linnainmaa (1976), "Taylor expansion of the accumulated rounding error"; Griewank & Walther
(2008), "Evaluating Derivatives", ch. 3.
"""

from __future__ import annotations

import contextlib
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import asarray, ndarray

from scratch.autograd.arithmetic import Clone
from scratch.autograd.dtypes import OF_NUMPY, is_floating
from scratch.autograd.fitting import fit, miscounted
from scratch.autograd.operators import Operators
from scratch.autograd.quiet import quietly, silence

if TYPE_CHECKING:
    from collections.abc import Callable

    from scratch.autograd.gate import Array, Gate

_new = object.__new__
_clock = count(0, -1)  # a later gate has the smaller number, so that a heap yields it first
_recording = True
_FREED = (
    "Trying to backward through the graph a second time, but it has been freed by the first "
    "backward; pass retain_graph=True to that one to keep it"
)


class no_grad(contextlib.ContextDecorator):
    """Within this context (or decorated function) no graph is recorded.

    >>> from scratch import tensor
    >>> x = tensor(2.0, requires_grad=True)
    >>> with no_grad():
    ...     (x * x).requires_grad
    False
    """

    def __init__(self) -> None:
        self._outer: list[bool] = []

    def __enter__(self) -> None:
        global _recording
        self._outer.append(_recording)
        _recording = False

    def __exit__(self, *exception: object) -> None:
        global _recording
        _recording = self._outer.pop()


class enable_grad(no_grad):
    """Within this context a graph is recorded, also inside :class:`no_grad`."""

    def __enter__(self) -> None:
        super().__enter__()
        global _recording
        _recording = True


def is_grad_enabled() -> bool:
    """Whether operations are being recorded (False within :class:`no_grad`)."""
    return _recording


class Tensor(Operators):
    """An array that remembers how it was computed.

    ``Tensor(data)`` copies ``data`` as float32, as ``torch.Tensor`` does; :func:`tensor` keeps the
    element type. A tensor made by the user is a *leaf*; one that comes out of a gate has that gate
    as ``grad_fn``. After ``loss.backward()`` every leaf with ``requires_grad`` holds ∂loss/∂leaf in
    ``grad``, in its own shape and dtype.

    Attributes:
        data: the values, a NumPy array.
        grad: the accumulated gradient, a Tensor, or None.
        requires_grad: whether gradients flow to or through this tensor.
        grad_fn: the gate that computed it; None for a leaf.
    """

    __slots__ = ("__weakref__", "data", "grad", "grad_fn", "requires_grad")

    data: Array
    grad: Tensor | None
    requires_grad: bool
    grad_fn: Gate | None

    def __init__(self, data: Any) -> None:
        if isinstance(data, Tensor):
            data = data.data
        self.data = np.array(data, dtype=np.float32)
        self.grad = None
        self.requires_grad = False
        self.grad_fn = None

    @property
    def is_leaf(self) -> bool:
        """Whether the tensor was made by the user rather than computed by a gate."""
        return self.grad_fn is None

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Ask for (or renounce) a gradient; returns the tensor itself.

        Raises:
            RuntimeError: the dtype cannot carry a gradient, or a computed tensor renounces one.
        """
        if requires_grad and not is_floating(self.data.dtype):
            raise RuntimeError(
                "only Tensors of floating point dtype can require gradients, "
                f"this one has dtype {self.data.dtype}"
            )
        if not requires_grad and self.grad_fn is not None:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables; "
                "use detach() to cut a computed tensor out of the graph"
            )
        self.requires_grad = requires_grad
        return self

    def detach(self) -> Tensor:
        """The same values, in the same memory, cut out of the graph."""
        return wrap(self.data)

    def backward(self, gradient: Tensor | None = None, retain_graph: bool = False) -> None:
        """Add ∂self/∂leaf · ``gradient`` to the ``grad`` of every leaf that requires one.

        ``gradient`` is ∂L/∂self, of this tensor's shape; it may be left out for a scalar, where it
        is 1. The graph is freed as it is walked, unless ``retain_graph``.

        Raises:
            RuntimeError: the tensor requires no gradient; ``gradient`` is missing for a non-scalar
                or has another shape; the graph has already been freed by an earlier backward.
            TypeError: ``gradient`` is not a Tensor.
        """
        backpropagate(self, seed_gradient(self, gradient), retain_graph)

    def _apply(self, gate: type[Gate], *others: Tensor, **options: Any) -> Tensor:
        return apply(gate, self, *others, **options)

    @staticmethod
    def _wrap(data: Array) -> Tensor:
        return wrap(data)


def wrap(data: Array, requires_grad: bool = False) -> Tensor:
    """A leaf tensor around ``data`` itself, without a copy."""
    out = _new(Tensor)
    out.data = data if type(data) is ndarray else asarray(data)
    out.grad = None
    out.grad_fn = None
    out.requires_grad = requires_grad
    return out


def apply(gate: type[Gate], *inputs: Tensor, **options: Any) -> Tensor:
    """Run ``gate`` on ``inputs``; record it behind the output if a gradient may be wanted.

    An option that is a NumPy number, or an array of no dimensions, arrives as a Python number: it
    must not widen the arrays it meets.

    Raises:
        TypeError: an input is not a Tensor.
    """
    node = gate()
    if options:
        for name, value in options.items():
            if type(value) in OF_NUMPY and not value.ndim:
                options[name] = value.item()
    needs: list[bool] = []
    arrays: list[Array] = []
    try:
        for t in inputs:
            needs.append(t.requires_grad and _recording)
            arrays.append(t.data)
    except AttributeError:
        kinds = ", ".join(type(t).__name__ for t in inputs)
        raise TypeError(f"{gate.__name__}: every input must be a Tensor, got {kinds}") from None
    node.needs = needs
    if gate.silent:
        data = node.forward(*arrays, **options)
    else:
        data = silence.copy().run(node.forward, *arrays, **options)
    if True not in needs:
        return wrap(data)
    out = wrap(data, requires_grad=True)
    out.grad_fn = node
    node.inputs = inputs
    node.order = next(_clock)
    return out


def seed_gradient(output: Tensor, gradient: Tensor | None) -> Array:
    """∂L/∂output as an array: ``gradient``, checked, or 1 for a scalar output."""
    if not output.requires_grad:
        raise RuntimeError("this tensor does not require grad and does not have a grad_fn")
    if gradient is None:
        if output.data.size != 1:
            raise RuntimeError(
                "grad can be implicitly created only for scalar outputs; this one has shape "
                f"{output.shape}: pass gradient of that shape"
            )
        one = np.array(1, output.data.dtype)
        return one if output.data.ndim == 0 else one.reshape(output.data.shape)
    if not isinstance(gradient, Tensor):
        raise TypeError(f"gradient must be a Tensor or None, got {type(gradient).__name__}")
    if gradient.shape != output.shape:
        raise RuntimeError(
            f"gradient must have the shape of the tensor, {output.shape}, got {gradient.shape}"
        )
    return gradient.data.astype(output.dtype, copy=False)


def _identity(leaf: Tensor) -> Gate:
    """A gate that passes on what arrives: a leaf is its own derivative."""
    node = Clone()
    node.inputs, node.needs, node.order = (leaf,), (True,), next(_clock)
    return node


@quietly
def backpropagate(
    output: Tensor,
    gradient: Array,
    retain_graph: bool = False,
    deliver: Callable[[Tensor, Array], None] | None = None,
    arrived: dict[Gate, Array] | None = None,
) -> None:
    """Walk the graph behind ``output`` once, latest gate first.

    Contributions to a leaf add up in ``leaf.grad``, or go to ``deliver(leaf, gradient)`` if that is
    given. ``arrived`` collects the total upstream gradient of the gates that are its keys.
    """
    last = output.grad_fn or _identity(output)
    if last.inputs is None:
        raise RuntimeError(_FREED)
    pending = {last: gradient}
    queue = [(last.order, last)]
    while queue:
        node = heappop(queue)[1]
        upstream = pending.pop(node)
        if arrived is not None and node in arrived:
            arrived[node] = upstream
        gradients = node.backward(upstream)
        if type(gradients) is not tuple:
            gradients = (gradients,)
        inputs = node.inputs
        if len(gradients) != len(inputs):  # type: ignore[arg-type] # not freed
            raise miscounted(node, gradients)
        for t, need, g in zip(inputs, node.needs, gradients):  # type: ignore[arg-type] # noqa: B905 # counted above
            if not need or g is None:
                continue
            data = t.data
            if type(g) is not ndarray or g.dtype is not data.dtype or g.shape != data.shape:
                g = fit(g, data)
            fn = t.grad_fn
            if fn is None:
                if deliver is not None:
                    deliver(t, g)
                elif t.grad is None:  # keep an array that belongs to nobody else, copy any other
                    t.grad = wrap(g if g.base is None and g is not upstream else g.copy())
                else:
                    t.grad.data += g
            elif fn in pending:
                pending[fn] = pending[fn] + g
            else:
                if fn.inputs is None:
                    raise RuntimeError(_FREED)
                pending[fn] = g
                heappush(queue, (fn.order, fn))
        if not retain_graph:
            node.__dict__.clear()  # the saved arrays go now; `inputs` reads None from the class
