"""Adam: momentum and an adapted step size, both corrected for starting at zero; and AdamW.

    m ← β1 m + (1−β1) g,     v ← β2 v + (1−β2) g²
    m̂ = m / (1−β1^t),        v̂ = v / (1−β2^t)
    θ ← θ − γ m̂ / (√v̂ + ε)

The corrections are scalars, so they are moved out of the arrays, as section 2 of the paper does:
γ_t = γ √(1−β2^t) / (1−β1^t), ε̂ = ε √(1−β2^t), and θ ← θ − γ_t m / (√v + ε̂).

AdamW shrinks the weights directly, θ ← (1 − γλ) θ, where Adam adds λθ to the gradient and so scales
the decay by 1/√v̂ too.

Source: Kingma & Ba (2015), "Adam: a method for stochastic optimization"; Reddi, Kale & Kumar (2018),
"On the convergence of Adam and beyond" (amsgrad); Loshchilov & Hutter (2019), "Decoupled weight decay
regularization" (AdamW).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy import maximum

from scratch.optimizers.base import Optimizer, require_betas, require_nonnegative
from scratch.optimizers.pieces import average, average_square, descend_by_quotient, root_plus

if TYPE_CHECKING:
    from scratch.optimizers.base import Advance, Params
    from scratch.optimizers.flat import Array, Counters
    from scratch.optimizers.groups import Group


def adam(p: Array, g: Array, m: Array, v: Array, a: Array, b: Array, *coefficients: Array) -> None:
    """m ← β1 m + (1−β1) g;  v ← β2 v + (1−β2) g²;  θ ← θ − γ_t m / (√v + ε̂)."""
    gain1, beta2, gain2, eps, minus_lr = coefficients
    average(m, g, gain1, a)
    average_square(v, g, beta2, gain2, a)
    root_plus(v, eps, a)
    descend_by_quotient(p, m, a, b, minus_lr)


def adam_amsgrad(
    p: Array, g: Array, m: Array, v: Array, v_max: Array, a: Array, b: Array, *coefficients: Array
) -> None:
    """As :func:`adam`, with v_max ← max(v_max, v) under the root."""
    gain1, beta2, gain2, eps, minus_lr = coefficients
    average(m, g, gain1, a)
    average_square(v, g, beta2, gain2, a)
    maximum(v_max, v, out=v_max)
    root_plus(v_max, eps, a)
    descend_by_quotient(p, m, a, b, minus_lr)


class Adam(Optimizer):
    """θ ← θ − γ m̂ / (√v̂ + ε), from the corrected averages m̂ of g and v̂ of g².

        m ← β1 m + (1−β1) g,   m̂ = m / (1−β1^t);     v ← β2 v + (1−β2) g²,   v̂ = v / (1−β2^t)

    ``amsgrad`` takes the largest v so far. ``decoupled_weight_decay`` makes it AdamW.

    Raises:
        ValueError: a negative option, or a β outside [0, 1).

    Source: Kingma & Ba (2015); Reddi et al. (2018) for ``amsgrad``.

    >>> from scratch import tensor
    >>> w = tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = Adam([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()  # the first step has size γ whatever the gradient
    >>> w.tolist()
    [0.5, -1.5]
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
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
    ) -> None:
        require_nonnegative(lr=lr, eps=eps, weight_decay=weight_decay)
        require_betas(betas)
        if not all(isinstance(beta, float) for beta in betas):
            raise ValueError(f"betas must be both floats, got {betas}")
        defaults = {
            "lr": lr,
            "betas": tuple(betas),
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": None,
            "capturable": False,
            "differentiable": False,
            "fused": None,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def _moments(self, group: Group) -> tuple[str, ...]:
        return (*self.moments, "max_exp_avg_sq") if group["amsgrad"] else self.moments

    def _advance(self, group: Group, counters: Counters) -> Advance:
        t = counters[0] + 1
        beta1, beta2 = group["betas"]
        root_correction = (1 - beta2**t) ** 0.5
        minus_lr = -group["lr"] * root_correction / (1 - beta1**t)
        eps = group["eps"] * root_correction
        rule = adam_amsgrad if group["amsgrad"] else adam
        return (t,), rule, (1 - beta1, beta2, 1 - beta2, eps, minus_lr)


class AdamW(Adam):
    """Adam with decoupled weight decay: θ ← (1 − γλ) θ before the step, g as it is.

    Raises:
        ValueError: a negative option, or a β outside [0, 1).

    Source: Loshchilov & Hutter (2019).
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            maximize=maximize,
            decoupled_weight_decay=True,
        )

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a saved state, of AdamW or Adam; the weight decay stays decoupled."""
        super().load_state_dict(state_dict)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True
