"""Cyclic schedules: the rate rises and falls in triangles, the momentum opposite to it.

    α_t = base_lr + (max_lr − base_lr) · height(t) · scale,   0 ≤ height ≤ 1

Large rates in between cross saddles and plateaus; they need little momentum.

Source: Smith (2017), "Cyclical learning rates for training neural networks".
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from scratch.schedulers.base import LRScheduler, per_group, require_optimizer, saved_callable

if TYPE_CHECKING:
    from collections.abc import Callable

    from scratch.optimizers import Optimizer
    from scratch.schedulers.base import Rates

    Group = dict[str, Any]


def require_momentum(optimizer: Optimizer) -> bool:
    """Whether the momentum to cycle is β1 of ``betas``; raises ValueError where there is none."""
    if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
        raise ValueError(
            "optimizer must support momentum or beta1 with `cycle_momentum` option enabled"
        )
    return "betas" in optimizer.defaults


def set_momentum(group: Group, momentum: float, use_beta1: bool) -> None:
    """Set the group's momentum, or its β1."""
    if use_beta1:
        group["betas"] = (momentum, *group["betas"][1:])
    else:
        group["momentum"] = momentum


def note_momentum(optimizer: Optimizer, base: list[float], largest: list[float]) -> None:
    """Note the bounds of the momentum in the groups; the first step starts at the upper one."""
    for group, low, high in zip(optimizer.param_groups, base, largest, strict=True):
        group["max_momentum"] = high
        group["base_momentum"] = low


class CyclicLR(LRScheduler):
    """Triangles between ``base_lr`` and ``max_lr``: ``step_size_up`` steps up, then down.

    ``mode`` scales the height of cycle c: ``"triangular"`` by 1, ``"triangular2"`` by 1/2^(c−1),
    ``"exp_range"`` by γ^t at step t; or ``scale_fn`` says, as a function of c or t by
    ``scale_mode``. With ``cycle_momentum`` the momentum (β1 of Adam) falls while the rate rises.

    Raises:
        ValueError: an unknown mode, a list of another length than groups, an optimizer without
            momentum where it is to be cycled.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: Literal["triangular", "triangular2", "exp_range"] = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: Literal["cycle", "iterations"] = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float = 0.8,
        max_momentum: float = 0.9,
        last_epoch: int = -1,
    ) -> None:
        self.optimizer = require_optimizer(optimizer)
        base_lrs = per_group("base_lr", optimizer, base_lr)
        if last_epoch == -1:
            for lr, group in zip(base_lrs, optimizer.param_groups, strict=True):
                group["lr"] = lr
        self.max_lrs = per_group("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        down = float(step_size_down) if step_size_down is not None else up
        self.total_size = up + down
        self.step_ratio = up / self.total_size
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError(f"mode is invalid and scale_fn is None: {mode!r}")
        self.mode = mode
        self.gamma = gamma
        self._scale_fn_custom = scale_fn
        self.scale_mode: str = scale_mode
        self._choose_scale()
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.use_beta1 = require_momentum(optimizer)
            self.base_momentums = per_group("base_momentum", optimizer, base_momentum)
            self.max_momentums = per_group("max_momentum", optimizer, max_momentum)
            if last_epoch == -1:
                note_momentum(optimizer, self.base_momentums, self.max_momentums)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def _choose_scale(self) -> None:
        if self._scale_fn_custom is None:
            self.scale_mode = "iterations" if self.mode == "exp_range" else "cycle"

    def scale_fn(self, x: float) -> float:
        """The height of the triangle: at cycle x, or at step x where ``scale_mode`` says so."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "exp_range":
            return self.gamma**x
        return 1.0 if self.mode == "triangular" else 1 / (2.0 ** (x - 1))

    def get_lr(self) -> Rates:
        """The rates at step ``last_epoch``; sets the momentum too."""
        self._check_called_within_step()
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        rising = x <= self.step_ratio
        height = x / self.step_ratio if rising else (x - 1) / (self.step_ratio - 1)
        scale = partial(self.scale_fn, cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            bounds = zip(self.base_momentums, self.max_momentums, strict=True)
            momentums = [high - (high - low) * height * scale() for low, high in bounds]
            for group, momentum in zip(self.optimizer.param_groups, momentums, strict=True):
                set_momentum(group, momentum, self.use_beta1)
        bounds = zip(self.base_lrs, self.max_lrs, strict=True)
        return [low + (high - low) * height * scale() for low, high in bounds]

    def state_dict(self) -> dict[str, Any]:
        """As always; of ``scale_fn`` only the attributes of a callable object are saved."""
        saved = saved_callable(self._scale_fn_custom)
        return {**super().state_dict(), "_scale_fn_custom": saved}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a saved state."""
        saved = state_dict["_scale_fn_custom"]
        super().load_state_dict({k: v for k, v in state_dict.items() if k != "_scale_fn_custom"})
        if saved is not None:
            vars(self._scale_fn_custom).update(saved)
        self._choose_scale()
