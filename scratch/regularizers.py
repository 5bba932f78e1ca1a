"""Regularizers: penalties on the size of the parameters, and limits on the size of gradients.

    L1           λ Σ |w|                    gradient λ sign(w), sign(0) = 0
    L2           λ Σ w²                     gradient 2 λ w
    elastic net  λ₁ Σ |w| + λ₂ Σ w²

Added to a loss, L2 keeps weights small and L1 sets some of them to exactly 0. There is no ½ in the
L2 penalty: an optimizer's ``weight_decay`` = 2λ does to plain SGD what ``l2_penalty`` with λ does.

    clip by norm   g ← g · min(1, c / (‖g‖ + 10⁻⁶)), ‖g‖ over all parameters together
    clip by value  g ← min(max(g, −c), c)

Sources: Hoerl & Kennard (1970), "Ridge regression", and Tikhonov (1963) for L2; Tibshirani (1996),
"Regression shrinkage and selection via the lasso"; Zou & Hastie (2005), "Regularization and variable
selection via the elastic net"; Pascanu, Mikolov & Bengio (2013), "On the difficulty of training
recurrent neural networks" (clipping).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from scratch._arrays import require_nonnegative
from scratch.autograd import Gate, Tensor, apply, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scratch.autograd import Array

__all__ = [
    "clip_grad_norm_",
    "clip_grad_value_",
    "elastic_net_penalty",
    "l1_penalty",
    "l2_penalty",
]

BLOCK = 4096  # squares are summed block by block: BLAS within, pairwise across


class L1Penalty(Gate):
    """Ω = λ Σ |w|,   ∂Ω/∂w = λ sign(w)."""

    def forward(self, *weights: Array, lam: float) -> Array:
        self.weights, self.lam = weights, lam
        return np.asarray(lam * total([np.abs(w).sum() for w in weights]))

    def backward(self, upstream: Array) -> tuple[Array | None, ...]:
        scale = upstream * self.lam
        return tuple(
            np.sign(w) * scale if needed else None
            for w, needed in zip(self.weights, self.needs, strict=True)
        )


class L2Penalty(Gate):
    """Ω = λ Σ w²,   ∂Ω/∂w = 2 λ w."""

    def forward(self, *weights: Array, lam: float) -> Array:
        self.weights, self.lam = weights, lam
        return np.asarray(lam * total([sum_of_squares(w) for w in weights]))

    def backward(self, upstream: Array) -> tuple[Array | None, ...]:
        scale = upstream * self.lam * 2
        return tuple(
            w * scale if needed else None
            for w, needed in zip(self.weights, self.needs, strict=True)
        )


def l1_penalty(parameters: Tensor | Iterable[Tensor], lam: float = 1.0) -> Tensor:
    """λ Σ |w| over all elements of all parameters, a 0-d tensor; its gradient is λ sign(w).

    Raises:
        ValueError: λ is negative, or there are no parameters (a generator that was used up?).
        TypeError: one of them is not a Tensor.

    >>> from scratch import tensor
    >>> w = tensor([-2.0, 0.0, 1.0], requires_grad=True)
    >>> penalty = l1_penalty(w, lam=0.5)
    >>> penalty.backward()
    >>> penalty.item(), w.grad.tolist()
    (1.5, [-0.5, 0.0, 0.5])
    """
    return apply(L1Penalty, *_tensors(parameters), lam=require_nonnegative(lam, "lam"))


def l2_penalty(parameters: Tensor | Iterable[Tensor], lam: float = 1.0) -> Tensor:
    """λ Σ w² over all elements of all parameters, a 0-d tensor; its gradient is 2 λ w.

    Raises:
        ValueError: λ is negative, or there are no parameters (a generator that was used up?).
        TypeError: one of them is not a Tensor.

    >>> from scratch import tensor
    >>> l2_penalty([tensor([3.0, 4.0]), tensor([2.0])], lam=0.5).item()
    14.5
    """
    return apply(L2Penalty, *_tensors(parameters), lam=require_nonnegative(lam, "lam"))


def elastic_net_penalty(
    parameters: Tensor | Iterable[Tensor], lam1: float = 1.0, lam2: float = 1.0
) -> Tensor:
    """λ₁ Σ |w| + λ₂ Σ w² over all elements of all parameters, a 0-d tensor.

    Raises:
        ValueError: a λ is negative, or there are no parameters (a generator that was used up?).
        TypeError: one of them is not a Tensor.

    >>> from scratch import tensor
    >>> elastic_net_penalty(tensor([3.0, -4.0]), lam1=1.0, lam2=0.5).item()
    19.5
    """
    tensors = _tensors(parameters)
    return l1_penalty(tensors, lam1) + l2_penalty(tensors, lam2)


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> Tensor:
    """Scale all gradients, in place, so that their common norm is at most ``max_norm``.

    Args:
        parameters: those whose ``.grad`` is to be clipped; ones without a gradient are passed over.
        norm_type: p of the norm (Σ |g|^p)^(1/p), over all gradients as one vector; may be inf.

    Returns:
        The norm before clipping, a 0-d tensor (0 where there is no gradient).

    Raises:
        RuntimeError: the norm is not finite and ``error_if_nonfinite`` is set; gradients are then
            left alone. Otherwise a NaN norm makes all gradients NaN, an infinite one makes them 0.
        ValueError: ``max_norm`` is negative.
    """
    max_norm, p = require_nonnegative(max_norm, "max_norm"), float(norm_type)
    gradients = _gradients(parameters)
    if not gradients:
        return wrap(np.zeros((), np.float32))
    with np.errstate(all="ignore"):
        norm = vector_norm(np.array([vector_norm(g, p) for g in gradients]), p)
        if error_if_nonfinite and not np.isfinite(norm):
            raise RuntimeError(
                f"the total norm of order {p} of the gradients is {norm}, so it cannot be clipped; "
                "error_if_nonfinite=False scales by it all the same"
            )
        factor = np.minimum(max_norm / (norm + norm.dtype.type(1e-6)), norm.dtype.type(1))
        for g in gradients:
            np.multiply(g, factor, out=g)
    return wrap(np.asarray(norm))


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Hold every element of every gradient within [−c, c], c = ``clip_value``, in place.

    Raises:
        ValueError: ``clip_value`` is negative.
    """
    c = require_nonnegative(clip_value, "clip_value")
    for g in _gradients(parameters):
        # sign(g) min(|g|, c): for c = 0, np.clip gives zeros of one sign or both, as NumPy's version is
        np.copysign(np.minimum(np.abs(g), c), g, out=g)


def total(values: list[Any]) -> Any:
    """The sum of the parameters' shares, in their dtype."""
    return np.add.reduce(np.array(values))


def sum_of_squares(values: Array) -> Any:
    """Σ x² without an array of the squares."""
    flat = values.reshape(-1)
    whole = len(flat) - len(flat) % BLOCK
    blocks, rest = flat[:whole].reshape(-1, BLOCK), flat[whole:]
    return np.vecdot(blocks, blocks).sum() + rest.dot(rest)


def vector_norm(values: Array, p: float) -> Any:
    """(Σ |x|^p)^(1/p) over all elements; p = 0 counts the nonzeros, ±inf take the extremum."""
    if p == 2:
        return np.sqrt(sum_of_squares(values))
    magnitudes = np.abs(values)
    if p == np.inf:
        return magnitudes.max()
    if p == -np.inf:
        return magnitudes.min()
    if p == 0:
        return values.dtype.type(np.count_nonzero(values))
    return (magnitudes**p).sum() ** values.dtype.type(1 / p)


def _tensors(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    tensors = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    if not tensors:
        raise ValueError("there are no parameters to penalize; was a generator used up before?")
    for t in tensors:
        if not isinstance(t, Tensor):
            raise TypeError(f"parameters must be Tensors, got {type(t).__name__}")
    return tensors


def _gradients(parameters: Tensor | Iterable[Tensor]) -> list[Array]:
    tensors = [parameters] if isinstance(parameters, Tensor) else parameters
    return [t.grad.data for t in tensors if t.grad is not None and t.grad.data.size]
