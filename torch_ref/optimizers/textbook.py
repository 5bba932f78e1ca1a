"""The optimizers as the course's slides write them, where that is not how PyTorch does.

    ClassicalMomentum    ν ← ρν − αg;           θ ← θ + ν         lr inside the buffer
    AveragedMomentum     ν ← ρν + (1−ρ)g;       θ ← θ − αν        from the first step on
    LookaheadNesterov    ν ← ρν − α∇J(θ+ρν);    θ ← θ + ν         gradient at the point ahead
    RootEpsilonAdagrad   r ← r + g²;            θ ← θ − α/√(r+ε) · g
    RootEpsilonRMSprop   r ← ρr + (1−ρ)g²;      θ ← θ − α/√(r+ε) · g
    RootEpsilonAdam      s ← ρ₁s + (1−ρ₁)g;  r ← ρ₂r + (1−ρ₂)g²;
                         θ ← θ − α/√(r/(1−ρ₂^t) + ε) · s/(1−ρ₁^t)

When they equal PyTorch's is said in ``scratch.optimizers.textbook``, of which this is the twin.

Source: Polyak (1964); Nesterov (1983) in the form of Sutskever et al. (2013), eqs. 3–4; Duchi et al.
(2011); Tieleman & Hinton (2012); Kingma & Ba (2015).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from torch_ref.optimizers.base import Optimizer

Params = Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]]
Group = dict[str, Any]
State = dict[str, Any]


def require_nonnegative(**values: float) -> None:
    """Raise ValueError for the first value that is negative or not a number."""
    phrases = {"lr": "learning rate", "eps": "epsilon value"}
    for name, value in values.items():
        if not value >= 0.0:
            raise ValueError(f"Invalid {phrases.get(name, f'{name} value')}: {value}")


def require_decay(name: str, rho: float) -> None:
    """Raise ValueError unless a decay rate lies in [0, 1)."""
    if not 0.0 <= rho < 1.0:
        raise ValueError(f"Invalid {name} value: {rho}, expected 0 ≤ {name} < 1")


class Textbook(Optimizer):
    """A method whose step treats each parameter by itself: ``update`` says how."""

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Perform one step; returns the closure's value, if there is a closure."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self.update(p, p.grad, self.state[p], group)
        return loss

    def update(self, p: Tensor, g: Tensor, state: State, group: Group) -> None:
        """One step of one parameter."""
        raise NotImplementedError


class ClassicalMomentum(Textbook):
    """ν ← ρν − αg;  θ ← θ + ν, with ν = 0 at first, α = ``lr`` and ρ = ``momentum``.

    Source: Polyak (1964); Sutskever et al. (2013), eqs. 1–2.
    """

    def __init__(self, params: Params, lr: float = 1e-3, momentum: float = 0.9) -> None:
        require_nonnegative(lr=lr)
        require_decay("momentum", momentum)
        super().__init__(params, {"lr": lr, "momentum": momentum})

    def update(self, p: Tensor, g: Tensor, state: State, group: Group) -> None:
        """ν ← ρν − αg;  θ ← θ + ν."""
        nu = state.setdefault("velocity", torch.zeros_like(p))
        nu.mul_(group["momentum"]).sub_(group["lr"] * g)
        p.add_(nu)


class AveragedMomentum(Textbook):
    """ν ← ρν + (1−ρ)g;  θ ← θ − αν, with ν = 0 at first.

    Source: the second form of momentum in the course's slides on optimization.
    """

    def __init__(self, params: Params, lr: float = 1e-3, momentum: float = 0.9) -> None:
        require_nonnegative(lr=lr)
        require_decay("momentum", momentum)
        super().__init__(params, {"lr": lr, "momentum": momentum})

    def update(self, p: Tensor, g: Tensor, state: State, group: Group) -> None:
        """ν ← ρν + (1−ρ)g;  θ ← θ − αν."""
        rho = group["momentum"]
        nu = state.setdefault("velocity", torch.zeros_like(p))
        nu.mul_(rho).add_((1 - rho) * g)
        p.sub_(group["lr"] * nu)


class LookaheadNesterov(Textbook):
    """ν ← ρν − α∇J(θ+ρν);  θ ← θ + ν, with the parameters held at p = θ + ρν between steps.

    Source: Nesterov (1983); Sutskever et al. (2013), eqs. 3–4; Bengio et al. (2013), "Advances in
    optimizing recurrent networks".
    """

    def __init__(self, params: Params, lr: float = 1e-3, momentum: float = 0.9) -> None:
        require_nonnegative(lr=lr)
        require_decay("momentum", momentum)
        super().__init__(params, {"lr": lr, "momentum": momentum})

    def update(self, p: Tensor, g: Tensor, state: State, group: Group) -> None:
        """Back to θ = p − ρν;  ν ← ρν − αg;  θ ← θ + ν;  ahead to p = θ + ρν."""
        rho = group["momentum"]
        if not state:
            state["held"] = torch.zeros((), dtype=torch.float64)
            state["velocity"] = torch.zeros_like(p)
        nu = state["velocity"]
        p.sub_(state["held"].item() * nu)
        nu.mul_(rho).sub_(group["lr"] * g)
        p.add_((1 + rho) * nu)
        state["held"].fill_(rho)

    @torch.no_grad()
    def position(self, p: Tensor) -> Tensor:
        """θ = p − ρν, the point that parameter ``p`` is held ahead of."""
        state = self.state.get(p)
        return p - state["held"].item() * state["velocity"] if state else p.clone()


class RootEpsilonAdagrad(Textbook):
    """r ← r + g²;  θ ← θ − α/√(r+ε) · g, with r = 0 at first.

    Source: Duchi et al. (2011), with ε where the course's slides put it.
    """

    def __init__(self, params: Params, lr: float = 1e-2, eps: float = 1e-10) -> None:
        require_nonnegative(lr=lr, eps=eps)
        super().__init__(params, {"lr": lr, "eps": eps})

    def update(self, p: Tensor, g: Tensor, state: State, group: Group) -> None:
        """r ← r + g²;  θ ← θ − α/√(r+ε) · g."""
        r = state.setdefault("sum", torch.zeros_like(p))
        r.add_(g * g)
        p.sub_(group["lr"] / (r + group["eps"]).sqrt() * g)


class RootEpsilonRMSprop(Textbook):
    """r ← ρr + (1−ρ)g²;  θ ← θ − α/√(r+ε) · g, with r = 0 at first and ρ = ``alpha``.

    Source: Tieleman & Hinton (2012), with ε where the course's slides put it.
    """

    def __init__(
        self, params: Params, lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8
    ) -> None:
        require_nonnegative(lr=lr, eps=eps)
        require_decay("alpha", alpha)
        super().__init__(params, {"lr": lr, "alpha": alpha, "eps": eps})

    def update(self, p: Tensor, g: Tensor, state: State, group: Group) -> None:
        """r ← ρr + (1−ρ)g²;  θ ← θ − α/√(r+ε) · g."""
        rho = group["alpha"]
        r = state.setdefault("square_avg", torch.zeros_like(p))
        r.mul_(rho).add_((1 - rho) * g * g)
        p.sub_(group["lr"] / (r + group["eps"]).sqrt() * g)


class RootEpsilonAdam(Textbook):
    """Adam with ε inside the root: θ ← θ − α/√(r̂+ε) · ŝ, with ŝ = s/(1−ρ₁^t), r̂ = r/(1−ρ₂^t).

    Source: Kingma & Ba (2015), with ε where the course's slides put it.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        require_nonnegative(lr=lr, eps=eps)
        if len(betas) < 2:
            raise IndexError(f"betas must be two numbers, got {betas}")
        for i, beta in enumerate(betas):
            if not 0.0 <= beta < 1.0:
                raise ValueError(f"Invalid beta parameter at index {i}: {beta}")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    def update(self, p: Tensor, g: Tensor, state: State, group: Group) -> None:
        """s ← ρ₁s + (1−ρ₁)g;  r ← ρ₂r + (1−ρ₂)g²;  θ ← θ − α/√(r̂+ε) · ŝ."""
        rho1, rho2 = group["betas"]
        if not state:
            state["step"] = torch.zeros(())
            state["exp_avg"], state["exp_avg_sq"] = torch.zeros_like(p), torch.zeros_like(p)
        s, r = state["exp_avg"], state["exp_avg_sq"]
        state["step"] += 1
        t = state["step"].item()
        s.lerp_(g, 1 - rho1)
        r.mul_(rho2).add_((1 - rho2) * g * g)
        corrected_s, corrected_r = s / (1 - rho1**t), r / (1 - rho2**t)
        p.sub_(group["lr"] / (corrected_r + group["eps"]).sqrt() * corrected_s)
