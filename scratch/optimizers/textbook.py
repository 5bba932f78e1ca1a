"""The optimizers as the course's slides write them, where that is not how PyTorch does.

    ClassicalMomentum    ν ← ρν − αg;           θ ← θ + ν         lr inside the buffer
    AveragedMomentum     ν ← ρν + (1−ρ)g;       θ ← θ − αν        from the first step on
    LookaheadNesterov    ν ← ρν − α∇J(θ+ρν);    θ ← θ + ν         gradient at the point ahead
    RootEpsilonAdagrad   r ← r + g²;            θ ← θ − α/√(r+ε) · g
    RootEpsilonRMSprop   r ← ρr + (1−ρ)g²;      θ ← θ − α/√(r+ε) · g
    RootEpsilonAdam      s ← ρ₁s + (1−ρ₁)g;  r ← ρ₂r + (1−ρ₂)g²;
                         θ ← θ − α/√(r/(1−ρ₂^t) + ε) · s/(1−ρ₁^t)

When they equal PyTorch's: ClassicalMomentum is ``SGD(momentum=ρ)`` as long as α does not change (then
ν = −α b). AveragedMomentum is ``SGD(momentum=ρ, dampening=ρ)`` but for the first step, which SGD
takes with g whole. LookaheadNesterov is ``SGD(momentum=ρ, nesterov=True)`` as long as neither α nor ρ
changes and the parameters are read at the point ahead. ε inside the root acts like √ε outside where
r is small, and like nothing where it is not.

The slides print Adam with g·g in its first moment and corrections 1−ρ; the forms above are those of
Kingma & Ba, with g and 1−ρ^t.

Source: Polyak (1964); Nesterov (1983) in the form of Sutskever et al. (2013), eqs. 3–4; Duchi et al.
(2011); Tieleman & Hinton (2012); Kingma & Ba (2015).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import add, divide, multiply, sqrt, square

from scratch.autograd import Tensor, wrap
from scratch.optimizers.base import Optimizer, require_betas, require_nonnegative
from scratch.optimizers.pieces import average, average_square, descend

if TYPE_CHECKING:
    from scratch.optimizers.base import Advance, Params
    from scratch.optimizers.flat import Array, Counters
    from scratch.optimizers.groups import Group


def require_decay(name: str, rho: float) -> None:
    """Raise ValueError unless a decay rate lies in [0, 1)."""
    if not 0.0 <= rho < 1.0:
        raise ValueError(f"Invalid {name} value: {rho}, expected 0 ≤ {name} < 1")


def classical_momentum(
    p: Array, g: Array, nu: Array, a: Array, _: Array, rho: Array, minus_lr: Array
) -> None:
    """ν ← ρν − αg;  θ ← θ + ν."""
    multiply(nu, rho, nu)
    descend(nu, g, a, minus_lr)
    add(p, nu, p)


class ClassicalMomentum(Optimizer):
    """ν ← ρν − αg;  θ ← θ + ν, with ν = 0 at first, α = ``lr`` and ρ = ``momentum``.

    The buffer holds steps already taken with their learning rate, so a new rate takes effect
    slowly; in ``SGD(momentum=ρ)`` it takes effect at once.

    Raises:
        ValueError: a negative learning rate, or ρ outside [0, 1).

    Source: Polyak (1964); Sutskever et al. (2013), eqs. 1–2.
    """

    moments = ("velocity",)

    def __init__(self, params: Params, lr: float = 1e-3, momentum: float = 0.9) -> None:
        require_nonnegative(lr=lr)
        require_decay("momentum", momentum)
        super().__init__(params, {"lr": lr, "momentum": momentum})

    def _advance(self, group: Group, counters: Counters) -> Advance:
        return counters, classical_momentum, (group["momentum"], -group["lr"])


def averaged_momentum(
    p: Array, g: Array, nu: Array, a: Array, _: Array, rho: Array, gain: Array, minus_lr: Array
) -> None:
    """ν ← ρν + (1−ρ)g;  θ ← θ − αν."""
    multiply(nu, rho, nu)
    multiply(g, gain, a)
    add(nu, a, nu)
    descend(p, nu, a, minus_lr)


class AveragedMomentum(Optimizer):
    """ν ← ρν + (1−ρ)g;  θ ← θ − αν: the step is a running average of gradients, from ν = 0 on.

    Raises:
        ValueError: a negative learning rate, or ρ outside [0, 1).

    Source: the second form of momentum in the course's slides on optimization.
    """

    moments = ("velocity",)

    def __init__(self, params: Params, lr: float = 1e-3, momentum: float = 0.9) -> None:
        require_nonnegative(lr=lr)
        require_decay("momentum", momentum)
        super().__init__(params, {"lr": lr, "momentum": momentum})

    def _advance(self, group: Group, counters: Counters) -> Advance:
        rho = group["momentum"]
        return counters, averaged_momentum, (rho, 1 - rho, -group["lr"])


def lookahead_nesterov(
    p: Array, g: Array, nu: Array, a: Array, _: Array, *coefficients: Array
) -> None:
    """Back to θ = p − ρν;  ν ← ρν − αg;  θ ← θ + ν;  ahead to p = θ + ρν."""
    minus_held, rho, minus_lr, ahead = coefficients
    descend(p, nu, a, minus_held)
    multiply(nu, rho, nu)
    descend(nu, g, a, minus_lr)
    descend(p, nu, a, ahead)


class LookaheadNesterov(Optimizer):
    """ν ← ρν − α∇J(θ+ρν);  θ ← θ + ν: the gradient is taken where the momentum leads.

    So that the usual loop computes that gradient, the parameters are held at the point ahead,
    p = θ + ρν, between steps; :meth:`position` gives θ. A step goes back to θ, updates ν and θ, and
    goes ahead again; with α and ρ constant, p moves exactly as in ``SGD(nesterov=True)``:
    p ← p − α(g + ρb) with ν = −αb.

    Raises:
        ValueError: a negative learning rate, or ρ outside [0, 1).

    Source: Nesterov (1983); Sutskever et al. (2013), eqs. 3–4; Bengio et al. (2013), "Advances in
    optimizing recurrent networks", for holding the parameters ahead.
    """

    scalars = ("held",)  # the ρ with which p was put ahead, should momentum change
    scalar_dtype = np.dtype(np.float64)
    moments = ("velocity",)

    def __init__(self, params: Params, lr: float = 1e-3, momentum: float = 0.9) -> None:
        require_nonnegative(lr=lr)
        require_decay("momentum", momentum)
        super().__init__(params, {"lr": lr, "momentum": momentum})

    def _advance(self, group: Group, counters: Counters) -> Advance:
        rho = group["momentum"]
        return (rho,), lookahead_nesterov, (-counters[0], rho, -group["lr"], 1 + rho)

    def position(self, p: Tensor) -> Tensor:
        """θ = p − ρν, the point that parameter ``p`` is held ahead of."""
        state: dict[str, Any] = self.state.get(p, {})
        ahead = float(state["held"]) * state["velocity"].data if state else 0
        return wrap(p.data - ahead)


def root_epsilon_adagrad(
    p: Array, g: Array, r: Array, a: Array, _: Array, eps: Array, minus_lr: Array
) -> None:
    """r ← r + g²;  θ ← θ − α/√(r+ε) · g."""
    square(g, a)
    add(r, a, r)
    descend_by_root(p, g, r, a, eps, minus_lr)


def descend_by_root(p: Array, g: Array, r: Array, a: Array, eps: Array, minus_lr: Array) -> None:
    """θ ← θ − α/√(r+ε) · g."""
    add(r, eps, a)
    sqrt(a, a)
    divide(minus_lr, a, a)
    multiply(a, g, a)
    add(p, a, p)


class RootEpsilonAdagrad(Optimizer):
    """r ← r + g²;  θ ← θ − α/√(r+ε) · g, with r = 0 at first.

    Raises:
        ValueError: a negative option.

    Source: Duchi et al. (2011), with ε where the course's slides put it.
    """

    moments = ("sum",)

    def __init__(self, params: Params, lr: float = 1e-2, eps: float = 1e-10) -> None:
        require_nonnegative(lr=lr, eps=eps)
        super().__init__(params, {"lr": lr, "eps": eps})

    def _advance(self, group: Group, counters: Counters) -> Advance:
        return counters, root_epsilon_adagrad, (group["eps"], -group["lr"])


def root_epsilon_rmsprop(
    p: Array, g: Array, r: Array, a: Array, _: Array, *coefficients: Array
) -> None:
    """r ← ρr + (1−ρ)g²;  θ ← θ − α/√(r+ε) · g."""
    rho, gain, eps, minus_lr = coefficients
    average_square(r, g, rho, gain, a)
    descend_by_root(p, g, r, a, eps, minus_lr)


class RootEpsilonRMSprop(Optimizer):
    """r ← ρr + (1−ρ)g²;  θ ← θ − α/√(r+ε) · g, with r = 0 at first and ρ = ``alpha``.

    Raises:
        ValueError: a negative option, or ρ outside [0, 1).

    Source: Tieleman & Hinton (2012), with ε where the course's slides put it.
    """

    moments = ("square_avg",)

    def __init__(
        self, params: Params, lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8
    ) -> None:
        require_nonnegative(lr=lr, eps=eps)
        require_decay("alpha", alpha)
        super().__init__(params, {"lr": lr, "alpha": alpha, "eps": eps})

    def _advance(self, group: Group, counters: Counters) -> Advance:
        rho = group["alpha"]
        return counters, root_epsilon_rmsprop, (rho, 1 - rho, group["eps"], -group["lr"])


def root_epsilon_adam(
    p: Array, g: Array, s: Array, r: Array, a: Array, b: Array, *coefficients: Array
) -> None:
    """s ← ρ₁s + (1−ρ₁)g;  r ← ρ₂r + (1−ρ₂)g²;  θ ← θ − α_t/√(r/(1−ρ₂^t) + ε) · s."""
    gain1, rho2, gain2, correction2, eps, minus_lr = coefficients
    average(s, g, gain1, a)
    average_square(r, g, rho2, gain2, a)
    divide(r, correction2, b)
    descend_by_root(p, s, b, a, eps, minus_lr)


class RootEpsilonAdam(Optimizer):
    """Adam with ε inside the root: θ ← θ − α/√(r̂+ε) · ŝ, with ŝ = s/(1−ρ₁^t), r̂ = r/(1−ρ₂^t).

    Raises:
        ValueError: a negative option, or a ρ outside [0, 1).

    Source: Kingma & Ba (2015), with ε where the course's slides put it.
    """

    scalars = ("step",)
    moments = ("exp_avg", "exp_avg_sq")

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        require_nonnegative(lr=lr, eps=eps)
        require_betas(betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    def _advance(self, group: Group, counters: Counters) -> Advance:
        t = counters[0] + 1
        rho1, rho2 = group["betas"]
        minus_lr = -group["lr"] / (1 - rho1**t)
        coefficients = (1 - rho1, rho2, 1 - rho2, 1 - rho2**t, group["eps"], minus_lr)
        return (t,), root_epsilon_adam, coefficients
