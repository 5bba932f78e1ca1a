"""Stochastic gradient descent: plain, with momentum, with Nesterov's momentum, and averaged.

    SGD        b ← μ b + (1−τ) g  (b ← g at first);   θ ← θ − γ b,   Nesterov: θ ← θ − γ (g + μ b)
    ASGD       θ ← (1 − λη) θ − η g;   ax ← ax + μ (θ − ax)

γ is the learning rate (``lr``), μ the momentum, τ the dampening. Here γ multiplies the buffer when
it is used; the textbooks' ν ← ρν − αg keeps it inside, see :mod:`scratch.optimizers.textbook`.

Source: Robbins & Monro (1951), "A stochastic approximation method"; Polyak (1964), "Some methods of
speeding up the convergence of iteration methods"; Nesterov (1983), "A method of solving a convex
programming problem with convergence rate O(1/k²)"; Sutskever, Martens, Dahl & Hinton (2013), "On the
importance of initialization and momentum in deep learning"; Polyak & Juditsky (1992), "Acceleration
of stochastic approximation by averaging".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import add, copyto, multiply, subtract

from scratch.optimizers.base import Optimizer, require_nonnegative
from scratch.optimizers.pieces import descend

if TYPE_CHECKING:
    from scratch.optimizers.base import Advance, Params
    from scratch.optimizers.flat import Array, Counters
    from scratch.optimizers.groups import Group


def plain(p: Array, g: Array, a: Array, _: Array, minus_lr: Array) -> None:
    """θ ← θ − γ g."""
    descend(p, g, a, minus_lr)


def roll(
    p: Array,
    g: Array,
    b: Array,
    a: Array,
    _: Array,
    minus_lr: Array,
    mu: Array,
    gain: Array | None = None,
) -> None:
    """b ← μ b + (1−τ) g;  θ ← θ − γ b."""
    multiply(b, mu, b)
    add(b, g if gain is None else multiply(g, gain, a), b)
    descend(p, b, a, minus_lr)


def roll_ahead(
    p: Array, g: Array, b: Array, a: Array, _: Array, minus_lr: Array, mu: Array
) -> None:
    """b ← μ b + g;  θ ← θ − γ (g + μ b)."""
    multiply(b, mu, b)
    add(b, g, b)
    multiply(b, mu, a)
    add(a, g, a)
    descend(p, a, a, minus_lr)


def start_rolling(p: Array, g: Array, b: Array, a: Array, _: Array, minus_lr: Array) -> None:
    """b ← g;  θ ← θ − γ b."""
    copyto(b, g)
    descend(p, b, a, minus_lr)


def start_rolling_ahead(
    p: Array, g: Array, b: Array, a: Array, _: Array, minus_lr: Array, mu: Array
) -> None:
    """b ← g;  θ ← θ − γ (g + μ b)."""
    copyto(b, g)
    multiply(b, mu, a)
    add(a, g, a)
    descend(p, a, a, minus_lr)


class SGD(Optimizer):
    """θ ← θ − γ b with the momentum buffer b ← μ b + (1−τ) g; without momentum b = g.

    g includes the weight decay λθ, and is negated to maximize. The buffer is g itself at a
    parameter's first step, so dampening starts at the second. With ``nesterov`` the step is
    θ ← θ − γ (g + μ b).

    Raises:
        ValueError: a negative learning rate, momentum or weight decay; ``nesterov`` without
            momentum or with dampening.

    Source: Robbins & Monro (1951); Polyak (1964); Nesterov (1983); Sutskever et al. (2013).

    >>> from scratch import tensor
    >>> w = tensor([1.0], requires_grad=True)
    >>> optimizer = SGD([w], lr=0.25)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.tolist()
    [0.5]
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        require_nonnegative(lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": None,
            "differentiable": False,
            "fused": None,
        }
        super().__init__(params, defaults)

    def _moments(self, group: Group) -> tuple[str, ...]:
        return ("momentum_buffer",) if group["momentum"] != 0 else ()

    def _restored(self, saved: dict[str, Any]) -> Counters:
        return (0.0,) if saved.get("momentum_buffer") is None else (1.0,)

    def _advance(self, group: Group, counters: Counters) -> Advance:
        minus_lr, mu = -group["lr"], group["momentum"]
        if mu == 0:
            return counters, plain, (minus_lr,)
        started, nesterov = (1.0,), group["nesterov"]
        if counters != started:
            if nesterov:
                return started, start_rolling_ahead, (minus_lr, mu)
            return started, start_rolling, (minus_lr,)
        if nesterov:
            return started, roll_ahead, (minus_lr, mu)
        if group["dampening"] == 0:
            return started, roll, (minus_lr, mu)
        return started, roll, (minus_lr, mu, 1 - group["dampening"])


def decay_and_average(
    p: Array,
    g: Array,
    ax: Array,
    a: Array,
    _: Array,
    keep: Array,
    minus_eta: Array,
    mu: Array | None = None,
) -> None:
    """θ ← (1 − λη) θ − η g;  ax ← ax + μ (θ − ax), or ax ← θ where μ = 1."""
    multiply(p, keep, p)
    descend(p, g, a, minus_eta)
    if mu is None:
        copyto(ax, p)
        return
    subtract(p, ax, a)
    multiply(a, mu, a)
    add(ax, a, ax)


class ASGD(Optimizer):
    """SGD with decay, and the average ax of its iterates (in ``state[p]["ax"]``).

        θ ← (1 − λη) θ − η g;   ax ← θ while μ = 1, else ax ← ax + μ (θ − ax)
        η ← γ / (1 + λγt)^α;   μ ← 1 / max(1, t − t0)

    λ is ``lambd``. As in PyTorch, η and μ of the next step are kept in float32.

    Raises:
        ValueError: a negative learning rate or weight decay.

    Source: Polyak & Juditsky (1992); Bottou (2010), "Large-scale machine learning with stochastic
    gradient descent", for the schedule of η.
    """

    scalars = ("step", "eta", "mu")
    moments = ("ax",)

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        maximize: bool = False,
    ) -> None:
        require_nonnegative(lr=lr, weight_decay=weight_decay)
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "foreach": None,
            "maximize": maximize,
            "differentiable": False,
            "capturable": False,
        }
        super().__init__(params, defaults)

    def _start(self, group: Group) -> Counters:
        return (0.0, float(np.float32(group["lr"])), 1.0)

    def _advance(self, group: Group, counters: Counters) -> Advance:
        t, eta, mu = counters
        t += 1
        lr, lambd = group["lr"], group["lambd"]
        next_eta = float(np.float32(lr / ((1 + lambd * lr * t) ** group["alpha"])))
        next_mu = float(np.float32(1 / max(1, t - group["t0"])))
        decay = (1 - lambd * eta, -eta)
        return (t, next_eta, next_mu), decay_and_average, decay if mu == 1 else (*decay, mu)
