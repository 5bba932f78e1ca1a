"""Step sizes adapted to accumulated squares: AdaGrad and Adadelta.

Each weight gets its own step size, the learning rate over the root of what its squared gradients
have been; large where gradients were small, small where they were large.

    Adagrad    r ← r + g²;            θ ← θ − γ_t g / (√r + ε),   γ_t = γ / (1 + (t−1) lr_decay)
    Adadelta   r ← ρ r + (1−ρ) g²;    Δ = √(s+ε)/√(r+ε) · g;   s ← ρ s + (1−ρ) Δ²;   θ ← θ − γ Δ

ε stands outside Adagrad's root, as in PyTorch; the form with ε inside it is in
:mod:`scratch.optimizers.textbook`.

Source: Duchi, Hazan & Singer (2011), "Adaptive subgradient methods for online learning and
stochastic optimization"; Zeiler (2012), "ADADELTA: an adaptive learning rate method".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from numpy import add, divide, multiply, sqrt, square

from scratch.optimizers.base import Optimizer, require_nonnegative
from scratch.optimizers.pieces import average_square, descend, descend_by_quotient, root_plus

if TYPE_CHECKING:
    from scratch.optimizers.base import Advance, Params
    from scratch.optimizers.flat import Array, Counters
    from scratch.optimizers.groups import Group


def adagrad(p: Array, g: Array, r: Array, a: Array, b: Array, minus_lr: Array, eps: Array) -> None:
    """r ← r + g²;  θ ← θ − γ_t g / (√r + ε)."""
    square(g, a)
    add(r, a, r)
    root_plus(r, eps, a)
    descend_by_quotient(p, g, a, b, minus_lr)


class Adagrad(Optimizer):
    """r ← r + g²;  θ ← θ − γ_t g / (√r + ε),  γ_t = γ / (1 + (t−1) ``lr_decay``).

    r starts at ``initial_accumulator_value``. It only grows, so the steps only shrink.

    Raises:
        ValueError: a negative option.

    Source: Duchi, Hazan & Singer (2011).
    """

    scalars = ("step",)
    moments = ("sum",)

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
        }
        require_nonnegative(**options)
        torch_only = {"foreach": None, "differentiable": False, "fused": None}
        super().__init__(params, {**options, "maximize": maximize, **torch_only})
        for group, slabs in zip(self.param_groups, self._slabs, strict=True):
            for slab in slabs:
                for i in range(len(slab.params)):  # PyTorch shows this state before any step
                    self._begin(group, slab, i, self.moments)

    def _initial(self, _group: Group, _name: str) -> float:
        return self.defaults["initial_accumulator_value"]

    def _advance(self, group: Group, counters: Counters) -> Advance:
        t = counters[0] + 1
        minus_lr = -group["lr"] / (1 + (t - 1) * group["lr_decay"])
        return (t,), adagrad, (minus_lr, group["eps"])


def adadelta(
    p: Array,
    g: Array,
    r: Array,
    s: Array,
    a: Array,
    b: Array,
    rho: Array,
    gain: Array,
    eps: Array,
    minus_lr: Array,
) -> None:
    """r ← ρ r + (1−ρ) g²;  Δ = √(s+ε)/√(r+ε) · g;  s ← ρ s + (1−ρ) Δ²;  θ ← θ − γ Δ."""
    average_square(r, g, rho, gain, a)
    add(r, eps, a)
    sqrt(a, a)
    add(s, eps, b)
    sqrt(b, b)
    divide(b, a, b)
    multiply(b, g, b)
    average_square(s, b, rho, gain, a)
    descend(p, b, a, minus_lr)


class Adadelta(Optimizer):
    """r ← ρ r + (1−ρ) g²;  Δ = √(s+ε)/√(r+ε) · g;  s ← ρ s + (1−ρ) Δ²;  θ ← θ − γ Δ.

    Δ has the unit of θ, so the learning rate is 1 unless told otherwise.

    Raises:
        ValueError: a negative option, or ρ above 1.

    Source: Zeiler (2012).
    """

    scalars = ("step",)
    moments = ("square_avg", "acc_delta")

    def __init__(
        self,
        params: Params,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        *,
        maximize: bool = False,
    ) -> None:
        require_nonnegative(lr=lr, eps=eps, weight_decay=weight_decay)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": False,
            "foreach": None,
            "differentiable": False,
        }
        super().__init__(params, defaults)

    def _advance(self, group: Group, counters: Counters) -> Advance:
        rho = group["rho"]
        return (counters[0] + 1,), adadelta, (rho, 1 - rho, group["eps"], -group["lr"])
