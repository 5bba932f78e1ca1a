"""RMSProp: step sizes adapted to a running average of squares.

AdaGrad's sum of squares only grows; an average that forgets lets the steps recover.

    r ← α r + (1−α) g²;   θ ← θ − γ g / (√r + ε)

Optionally centered, √(r − ḡ²) in place of √r, and with momentum. ε stands outside the root, as in
PyTorch; the form with ε inside it is in :mod:`scratch.optimizers.textbook`.

Source: Tieleman & Hinton (2012), "Lecture 6.5 — RMSProp", Coursera; Graves (2013), "Generating
sequences with recurrent neural networks", for the centered form and momentum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from numpy import add, divide, multiply, square, subtract

from scratch.optimizers.base import Optimizer, require_nonnegative
from scratch.optimizers.pieces import (
    average,
    average_square,
    descend,
    descend_by_quotient,
    root_plus,
)

if TYPE_CHECKING:
    from scratch.optimizers.base import Advance, Params, Rule
    from scratch.optimizers.flat import Array, Counters
    from scratch.optimizers.groups import Group


def rmsprop(p: Array, g: Array, r: Array, a: Array, b: Array, *coefficients: Array) -> None:
    """r ← α r + (1−α) g²;  θ ← θ − γ g / (√r + ε)."""
    alpha, gain, eps, minus_lr = coefficients
    average_square(r, g, alpha, gain, a)
    root_plus(r, eps, a)
    descend_by_quotient(p, g, a, b, minus_lr)


def rmsprop_rolling(
    p: Array, g: Array, r: Array, roll: Array, a: Array, b: Array, *coefficients: Array
) -> None:
    """r ← α r + (1−α) g²;  b ← μ b + g / (√r + ε);  θ ← θ − γ b."""
    alpha, gain, eps, minus_lr, mu = coefficients
    average_square(r, g, alpha, gain, a)
    root_plus(r, eps, a)
    roll_by_quotient(p, g, roll, a, b, minus_lr, mu)


def rmsprop_centered(
    p: Array, g: Array, r: Array, mean: Array, a: Array, b: Array, *coefficients: Array
) -> None:
    """r ← α r + (1−α) g²;  ḡ ← α ḡ + (1−α) g;  θ ← θ − γ g / (√(r − ḡ²) + ε)."""
    alpha, gain, eps, minus_lr = coefficients
    average_square(r, g, alpha, gain, a)
    deviation_plus(r, mean, g, gain, eps, a)
    descend_by_quotient(p, g, a, b, minus_lr)


def rmsprop_centered_rolling(
    p: Array, g: Array, r: Array, roll: Array, mean: Array, a: Array, b: Array, *coefficients: Array
) -> None:
    """As :func:`rmsprop_centered`, with b ← μ b + g / (√(r − ḡ²) + ε);  θ ← θ − γ b."""
    alpha, gain, eps, minus_lr, mu = coefficients
    average_square(r, g, alpha, gain, a)
    deviation_plus(r, mean, g, gain, eps, a)
    roll_by_quotient(p, g, roll, a, b, minus_lr, mu)


def deviation_plus(r: Array, mean: Array, g: Array, gain: Array, eps: Array, a: Array) -> None:
    """ḡ ← α ḡ + (1−α) g;  a ← √(r − ḡ²) + ε."""
    average(mean, g, gain, a)
    square(mean, a)
    subtract(r, a, a)
    root_plus(a, eps, a)


def roll_by_quotient(
    p: Array, g: Array, roll: Array, denominator: Array, b: Array, minus_lr: Array, mu: Array
) -> None:
    """b ← μ b + g / denominator;  θ ← θ − γ b."""
    multiply(roll, mu, roll)
    divide(g, denominator, b)
    add(roll, b, roll)
    descend(p, roll, b, minus_lr)


class RMSprop(Optimizer):
    """r ← α r + (1−α) g²;  θ ← θ − γ g / (√r + ε), optionally with momentum and centered.

    With ``momentum`` μ:  b ← μ b + g / (√r + ε);  θ ← θ − γ b. ``centered`` puts an estimate of the
    standard deviation in place of √r:  √(r − ḡ²) with ḡ ← α ḡ + (1−α) g.

    Raises:
        ValueError: a negative option.

    Source: Tieleman & Hinton (2012); Graves (2013).
    """

    scalars = ("step",)

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        maximize: bool = False,
    ) -> None:
        require_nonnegative(
            lr=lr, eps=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha
        )
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": False,
            "foreach": None,
            "maximize": maximize,
            "differentiable": False,
        }
        super().__init__(params, defaults)

    def _moments(self, group: Group) -> tuple[str, ...]:
        rolling = ("momentum_buffer",) if group["momentum"] > 0 else ()
        return ("square_avg", *rolling, *(("grad_avg",) if group["centered"] else ()))

    def _advance(self, group: Group, counters: Counters) -> Advance:
        alpha, mu = group["alpha"], group["momentum"]
        coefficients: tuple[float, ...] = (alpha, 1 - alpha, group["eps"], -group["lr"])
        rule: Rule = rmsprop_centered if group["centered"] else rmsprop
        if mu > 0:
            rule = rmsprop_centered_rolling if group["centered"] else rmsprop_rolling
            coefficients = (*coefficients, mu)
        return (counters[0] + 1,), rule, coefficients
