"""Gradients of functions: by the graph (grad, jacobian) and by differences (to check the graph).

The central difference has an error of O(h²):

    ∂f/∂x_i ≈ (f(x + h e_i) − f(x − h e_i)) / (2h)

Source: Griewank & Walther (2008), "Evaluating Derivatives"; Press et al. (2007), "Numerical
Recipes", §5.7 for the choice of h.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from scratch.autograd.engine import Tensor, backpropagate, no_grad, seed_gradient, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scratch.autograd.gate import Array, Gate


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Tensor | None, ...]:
    """Σ ∂outputs/∂input · grad_outputs for each of ``inputs``; no ``.grad`` is touched.

    ``grad_outputs``, one for each of ``outputs``, have their shapes and may be left out for scalars,
    where they are 1.

    Raises:
        RuntimeError: an input does not require a gradient; an output does not depend on any; an
            input was not used and ``allow_unused`` is False; shapes or numbers of tensors differ.

    >>> from scratch import tensor
    >>> x = tensor(3.0, requires_grad=True)
    >>> grad(x * x, x)
    (tensor(6.),)
    """
    outs, ins = _several(outputs), _several(inputs)
    seeds = (None,) * len(outs) if grad_outputs is None else _several(grad_outputs)
    if len(seeds) != len(outs):
        raise RuntimeError(f"grad_outputs must be one per output: got {len(seeds)} for {len(outs)}")
    if not all(x.requires_grad for x in ins):
        raise RuntimeError("one of the inputs does not require grad")

    leaves: dict[int, Array | None] = {id(x): None for x in ins if x.is_leaf}

    def deliver(leaf: Tensor, gradient: Array) -> None:
        if id(leaf) in leaves:
            leaves[id(leaf)] = _added(leaves[id(leaf)], gradient)

    nodes: dict[Gate, Array | None] = {x.grad_fn: None for x in ins if x.grad_fn is not None}
    for position, (output, seed) in enumerate(zip(outs, seeds, strict=True)):
        arrived: dict[Gate, Any] = dict.fromkeys(nodes)
        keep = retain_graph or position < len(outs) - 1
        backpropagate(output, seed_gradient(output, seed), keep, deliver, arrived)
        for node, gradient in arrived.items():
            if gradient is not None:
                nodes[node] = _added(nodes[node], gradient)

    found = [leaves[id(x)] if x.grad_fn is None else nodes[x.grad_fn] for x in ins]
    if not allow_unused and any(g is None for g in found):
        raise RuntimeError(
            "One of the differentiated Tensors appears to not have been used in the graph; "
            "set allow_unused=True if that is intended"
        )
    return tuple(None if g is None else wrap(np.asarray(g)) for g in found)


def _added(so_far: Array | None, gradient: Array) -> Array:
    """The sum, an array that nobody else holds."""
    return gradient.copy() if so_far is None else so_far + gradient


def _several(tensors: Any) -> tuple[Any, ...]:
    """One tensor or several, as a tuple."""
    return (tensors,) if isinstance(tensors, Tensor) else tuple(tensors)


def jacobian(f: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """J[k, i] = ∂f(x)_k/∂x_i, of shape ``f(x).shape + x.shape``, one backward pass per output.

    Raises:
        TypeError: ``x`` or f(x) is not a Tensor.

    >>> from scratch import tensor
    >>> jacobian(lambda x: x * x, tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    if not isinstance(x, Tensor):
        raise TypeError(f"jacobian: x must be a Tensor, got {type(x).__name__}")
    point = wrap(x.data.copy(), requires_grad=True)
    y = f(point)
    if not isinstance(y, Tensor):
        raise TypeError(f"jacobian: f(x) must be a Tensor, got {type(y).__name__}")
    rows = np.zeros((y.data.size, *x.shape), x.dtype)
    if y.requires_grad:
        for k in range(y.data.size):
            unit = np.zeros(y.data.size, y.dtype)
            unit[k] = 1
            (row,) = grad(
                y, point, wrap(unit.reshape(y.shape)), retain_graph=True, allow_unused=True
            )
            if row is not None:
                rows[k] = row.data
    return wrap(rows.reshape(*y.shape, *x.shape))


def numerical_gradient(f: Callable[[Any], Any], x: Any, h: float = 1e-4) -> Any:
    """The gradient of a scalar function by central differences, in the form in which ``x`` came.

    ``x`` is a Tensor or a NumPy array; it is not changed. ``f`` receives a fresh Tensor or array
    and returns a number, or a Tensor or array with one element.

    Raises:
        TypeError: ``x`` is neither a Tensor nor a NumPy array, or it is not floating.
        ValueError: ``h`` is not positive, or f(x) is not a single number.

    >>> numerical_gradient(lambda x: (x * x).sum(), np.array([3.0, 4.0])).round(6)
    array([6., 8.])
    """
    if not isinstance(x, Tensor | np.ndarray):
        raise TypeError(
            f"numerical_gradient: x must be a Tensor or a NumPy array, got {type(x).__name__}"
        )
    start: Array = x.data if isinstance(x, Tensor) else x
    if start.dtype.kind != "f":
        raise TypeError(f"numerical_gradient: x must hold floats, got {start.dtype}")
    if not h > 0:
        raise ValueError(f"numerical_gradient: h must be positive, got {h}")

    def at(point: Array) -> float:
        value = f(wrap(point.copy()) if isinstance(x, Tensor) else point.copy())
        if getattr(value, "size", 1) != 1 and not isinstance(value, Tensor):
            raise ValueError(f"numerical_gradient: f(x) must be a scalar, got shape {value.shape}")
        if isinstance(value, Tensor) and value.data.size != 1:
            raise ValueError(f"numerical_gradient: f(x) must be a scalar, got shape {value.shape}")
        return float(value.item() if hasattr(value, "item") else value)

    gradient = np.zeros(start.shape, start.dtype)
    with no_grad():
        for i in np.ndindex(start.shape):
            point = start.copy()
            point[i] = start[i] + h
            above = at(point)
            point[i] = start[i] - h
            below = at(point)
            gradient[i] = (above - below) / (2 * h)
    return wrap(gradient) if isinstance(x, Tensor) else gradient


def gradcheck(
    f: Callable[..., Tensor],
    inputs: Tensor | Sequence[Tensor],
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Whether the graph's gradient of ``f`` equals central differences with step ``eps``.

    Every input that requires a gradient is checked against a random non-uniform upstream gradient,
    one element at a time: |analytic − numerical| ≤ atol + rtol·|numerical|. Use float64: in float32
    the differences alone are less accurate than that.

    Raises:
        ValueError: no input requires a gradient.
        RuntimeError: they differ (unless ``raise_exception`` is False): which input and element.
    """
    points = _several(inputs)
    checked = [i for i, x in enumerate(points) if isinstance(x, Tensor) and x.requires_grad]
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them does"
        )
    fresh = [wrap(x.data.copy(), x.requires_grad) if isinstance(x, Tensor) else x for x in points]
    y = f(*fresh)
    upstream = np.random.default_rng(0).uniform(0.5, 1.5, y.shape).astype(y.dtype)
    analytic = grad(y, [fresh[i] for i in checked], wrap(upstream), allow_unused=True)
    for i, a in zip(checked, analytic, strict=True):

        def loss(x: Tensor, i: int = i) -> float:
            arguments = [*fresh[:i], x, *fresh[i + 1 :]]
            return float((f(*arguments).data * upstream).sum())

        numerical = numerical_gradient(loss, fresh[i], eps).data
        got = np.zeros_like(numerical) if a is None else a.data
        wrong = ~(np.abs(got - numerical) <= atol + rtol * np.abs(numerical))
        if wrong.any():
            if not raise_exception:
                return False
            where = tuple(int(k) for k in np.argwhere(wrong)[0])
            raise RuntimeError(
                f"gradient of input {i} at {where}: the graph gives {got[where]}, "
                f"central differences give {numerical[where]}"
            )
    return True
