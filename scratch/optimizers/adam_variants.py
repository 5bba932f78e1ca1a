"""What grew out of Adam: Adamax, NAdam, RAdam.

    Adamax  u ← max(β2 u, |g| + ε);                      θ ← θ − γ/(1−β1^t) · m / u
    NAdam   μ_t = β1 (1 − ½·0.96^(tψ)),  M_t = Π μ_i;    θ ← θ − γ [μ_{t+1} m/(1−M_{t+1}) +
                                                              (1−μ_t) g/(1−M_t)] / (√v̂ + ε)
    RAdam   ρ∞ = 2/(1−β2) − 1,  ρ_t = ρ∞ − 2t β2^t/(1−β2^t);   where ρ_t > 5: θ ← θ − γ r_t m̂ l_t,
            l_t = √(1−β2^t)/(√v + ε),  r_t = √[(ρ_t−4)(ρ_t−2)ρ∞ / ((ρ∞−4)(ρ∞−2)ρ_t)];
            before that the variance of v̂ is not finite and θ ← θ − γ m̂

m, v, m̂ and v̂ are Adam's.

Source: Kingma & Ba (2015), section 7.1 (Adamax); Dozat (2016), "Incorporating Nesterov momentum into
Adam"; Liu et al. (2020), "On the variance of the adaptive learning rate and beyond" (RAdam).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy import absolute, add, divide, maximum, multiply

from scratch.optimizers.adam import adam
from scratch.optimizers.base import Optimizer, require_betas, require_nonnegative
from scratch.optimizers.pieces import (
    average,
    average_square,
    descend,
    descend_by_quotient,
    root_plus,
)

if TYPE_CHECKING:
    from scratch.optimizers.base import Advance, Params
    from scratch.optimizers.flat import Array, Counters
    from scratch.optimizers.groups import Group


def adamax(
    p: Array, g: Array, m: Array, u: Array, a: Array, b: Array, *coefficients: Array
) -> None:
    """m ← β1 m + (1−β1) g;  u ← max(β2 u, |g| + ε);  θ ← θ − γ_t m / u."""
    gain1, beta2, eps, minus_lr = coefficients
    average(m, g, gain1, a)
    multiply(u, beta2, u)
    absolute(g, a)
    add(a, eps, a)
    maximum(u, a, out=u)
    descend_by_quotient(p, m, u, b, minus_lr)


class Adamax(Optimizer):
    """θ ← θ − γ/(1−β1^t) · m/u, with m Adam's and the norm u ← max(β2 u, |g| + ε).

    Raises:
        ValueError: a negative option, or a β outside [0, 1).

    Source: Kingma & Ba (2015), section 7.1.
    """

    scalars = ("step",)
    moments = ("exp_avg", "exp_inf")

    def __init__(
        self,
        params: Params,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        *,
        maximize: bool = False,
    ) -> None:
        require_nonnegative(lr=lr, eps=eps, weight_decay=weight_decay)
        require_betas(betas)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "foreach": None,
            "maximize": maximize,
            "differentiable": False,
            "capturable": False,
        }
        super().__init__(params, defaults)

    def _advance(self, group: Group, counters: Counters) -> Advance:
        t = counters[0] + 1
        beta1, beta2 = group["betas"]
        minus_lr = -group["lr"] / (1 - beta1**t)
        return (t,), adamax, (1 - beta1, beta2, group["eps"], minus_lr)


def nadam(p: Array, g: Array, m: Array, v: Array, a: Array, b: Array, *coefficients: Array) -> None:
    """m, v as in Adam;  θ ← θ + (c_g g + c_m m) / (√v + ε̂)."""
    gain1, beta2, gain2, eps, weight_g, weight_m = coefficients
    average(m, g, gain1, a)
    average_square(v, g, beta2, gain2, a)
    multiply(g, weight_g, a)
    multiply(m, weight_m, b)
    add(b, a, b)
    root_plus(v, eps, a)
    divide(b, a, b)
    add(p, b, p)


class NAdam(Optimizer):
    """Adam with Nesterov's momentum: the step looks ahead with the next step's μ.

        θ ← θ − γ [μ_{t+1} m/(1−M_{t+1}) + (1−μ_t) g/(1−M_t)] / (√v̂ + ε)
        μ_t = β1 (1 − ½·0.96^(tψ)),   M_t = μ_1 ⋯ μ_t

    ψ is ``momentum_decay``. As in PyTorch, M_t is kept in float32.

    Raises:
        ValueError: a negative option, or a β outside [0, 1).

    Source: Dozat (2016).
    """

    scalars = ("step", "mu_product")
    moments = ("exp_avg", "exp_avg_sq")

    def __init__(
        self,
        params: Params,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        require_nonnegative(
            lr=lr, eps=eps, weight_decay=weight_decay, momentum_decay=momentum_decay
        )
        require_betas(betas)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": None,
            "capturable": False,
            "differentiable": False,
        }
        super().__init__(params, defaults)

    def _start(self, _group: Group) -> Counters:
        return (0.0, 1.0)

    def _advance(self, group: Group, counters: Counters) -> Advance:
        t, mu_product = counters[0] + 1, np.float32(counters[1])
        lr, (beta1, beta2) = group["lr"], group["betas"]
        decay = group["momentum_decay"]
        mu = beta1 * (1.0 - 0.5 * (0.96 ** (t * decay)))
        mu_next = beta1 * (1.0 - 0.5 * (0.96 ** ((t + 1) * decay)))
        product = float(mu_product * np.float32(mu))
        root_correction = (1 - beta2**t) ** 0.5
        weight_g = -lr * (1.0 - mu) / (1.0 - product) * root_correction
        weight_m = -lr * mu_next / (1.0 - product * mu_next) * root_correction
        eps = group["eps"] * root_correction
        coefficients = (1 - beta1, beta2, 1 - beta2, eps, weight_g, weight_m)
        return (t, product), nadam, coefficients


def average_only(
    p: Array, g: Array, m: Array, v: Array, a: Array, _: Array, *coefficients: Array
) -> None:
    """m, v as in Adam;  θ ← θ − γ_t m."""
    gain1, beta2, gain2, minus_lr = coefficients
    average(m, g, gain1, a)
    average_square(v, g, beta2, gain2, a)
    descend(p, m, a, minus_lr)


class RAdam(Optimizer):
    """Adam with its step rectified by r_t while few gradients have been seen; unadapted at first.

    See the file's docstring for r_t. The adapted step starts when ρ_t > 5.

    Raises:
        ValueError: a negative option, or a β outside [0, 1).

    Source: Liu et al. (2020).
    """

    scalars = ("step",)
    moments = ("exp_avg", "exp_avg_sq")

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        require_nonnegative(lr=lr, eps=eps, weight_decay=weight_decay)
        require_betas(betas)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": None,
            "capturable": False,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": False,
        }
        super().__init__(params, defaults)

    def _advance(self, group: Group, counters: Counters) -> Advance:
        t = counters[0] + 1
        beta1, beta2 = group["betas"]
        averages = (1 - beta1, beta2, 1 - beta2)
        minus_lr = -group["lr"] / (1 - beta1**t)
        correction2 = 1 - beta2**t
        rho_inf = 2 / (1 - beta2) - 1
        rho = rho_inf - 2 * t * (beta2**t) / correction2
        if rho <= 5.0:
            return (t,), average_only, (*averages, minus_lr)
        rectification = (
            (rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho)
        ) ** 0.5
        minus_lr *= rectification * correction2**0.5
        return (t,), adam, (*averages, group["eps"], minus_lr)
