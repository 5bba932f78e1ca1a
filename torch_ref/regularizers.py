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

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from torch_ref._arrays import require_nonnegative

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "clip_grad_norm_",
    "clip_grad_value_",
    "elastic_net_penalty",
    "l1_penalty",
    "l2_penalty",
]


def l1_penalty(parameters: Tensor | Iterable[Tensor], lam: float = 1.0) -> Tensor:
    """λ Σ |w| over all elements of all parameters, a 0-d tensor; its gradient is λ sign(w).

    Raises:
        ValueError: λ is negative, or there are no parameters (a generator that was used up?).
        TypeError: one of them is not a Tensor.

    >>> w = torch.tensor([-2.0, 0.0, 1.0], requires_grad=True)
    >>> penalty = l1_penalty(w, lam=0.5)
    >>> penalty.backward()
    >>> penalty.item(), w.grad.tolist()
    (1.5, [-0.5, 0.0, 0.5])
    """
    lam = require_nonnegative(lam, "lam")
    return lam * torch.stack([w.abs().sum() for w in _tensors(parameters)]).sum()


def l2_penalty(parameters: Tensor | Iterable[Tensor], lam: float = 1.0) -> Tensor:
    """λ Σ w² over all elements of all parameters, a 0-d tensor; its gradient is 2 λ w.

    Raises:
        ValueError: λ is negative, or there are no parameters (a generator that was used up?).
        TypeError: one of them is not a Tensor.

    >>> l2_penalty([torch.tensor([3.0, 4.0]), torch.tensor([2.0])], lam=0.5).item()
    14.5
    """
    lam = require_nonnegative(lam, "lam")
    return lam * torch.stack([w.square().sum() for w in _tensors(parameters)]).sum()


def elastic_net_penalty(
    parameters: Tensor | Iterable[Tensor], lam1: float = 1.0, lam2: float = 1.0
) -> Tensor:
    """λ₁ Σ |w| + λ₂ Σ w² over all elements of all parameters, a 0-d tensor.

    Raises:
        ValueError: a λ is negative, or there are no parameters (a generator that was used up?).
        TypeError: one of them is not a Tensor.

    >>> elastic_net_penalty(torch.tensor([3.0, -4.0]), lam1=1.0, lam2=0.5).item()
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
    max_norm = require_nonnegative(max_norm, "max_norm")
    tensors = [parameters] if isinstance(parameters, Tensor) else parameters
    # an empty gradient has no largest element: torch raises for norm_type=inf
    tensors = [t for t in tensors if t.numel()]
    return torch.nn.utils.clip_grad_norm_(tensors, max_norm, norm_type, error_if_nonfinite)


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Hold every element of every gradient within [−c, c], c = ``clip_value``, in place.

    Raises:
        ValueError: ``clip_value`` is negative.
    """
    torch.nn.utils.clip_grad_value_(parameters, require_nonnegative(clip_value, "clip_value"))


def _tensors(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    tensors = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    if not tensors:
        raise ValueError("there are no parameters to penalize; was a generator used up before?")
    for t in tensors:
        if not isinstance(t, Tensor):
            raise TypeError(f"parameters must be Tensors, got {type(t).__name__}")
    return tensors
