"""The one-cycle schedule: up to a large learning rate and down to far below the start, once.

    phase 1   α: max_lr / div_factor → max_lr,          momentum: max → base
    phase 2   α: max_lr → initial / final_div_factor,   momentum: base → max

``three_phase`` comes down as it went up and then goes on to the minimum.

Source: Smith & Topin (2019), "Super-convergence: very fast training of neural networks using large
learning rates".
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

from scratch.schedulers.base import LRScheduler, per_group, require_optimizer
from scratch.schedulers.cyclic import note_momentum, require_momentum, set_momentum

if TYPE_CHECKING:
    from scratch.optimizers import Optimizer
    from scratch.schedulers.base import Rates


def _cosine(start: float, end: float, fraction: float) -> float:
    """From ``start`` to ``end`` along half a cosine."""
    return end + (start - end) / 2.0 * (math.cos(math.pi * fraction) + 1)


def _line(start: float, end: float, fraction: float) -> float:
    """From ``start`` to ``end`` along a line."""
    return (end - start) * fraction + start


_ANNEAL = {"cos": _cosine, "linear": _line}


def _phase(end_step: float, lr: tuple[str, str], momentum: tuple[str, str]) -> dict[str, Any]:
    """One phase in PyTorch's words: until when, and from which group option to which."""
    return {
        "end_step": end_step,
        "start_lr": lr[0],
        "end_lr": lr[1],
        "start_momentum": momentum[0],
        "end_momentum": momentum[1],
    }


def _positive_integer(name: str, value: int) -> int:
    if value <= 0 or not isinstance(value, int):
        raise ValueError(f"Expected positive integer {name}, but got {value}")
    return value


class OneCycleLR(LRScheduler):
    """From ``max_lr``/``div_factor`` up to ``max_lr``, then down to a ``final_div_factor``-th.

    Step it after every batch, ``total_steps`` times (or ``epochs`` × ``steps_per_epoch``). The
    rise takes the fraction ``pct_start``. With ``cycle_momentum`` the momentum (β1 of Adam) goes
    from ``max_momentum`` to ``base_momentum`` and back.

    Raises:
        ValueError: no or bad numbers of steps, a fraction outside [0, 1], an unknown strategy, a
            list of another length than groups, an optimizer without momentum where it is to be
            cycled; stepping more often than ``total_steps``.
        TypeError: ``optimizer`` is no Optimizer.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        self.optimizer = require_optimizer(optimizer)
        if total_steps is not None:
            self.total_steps = _positive_integer("total_steps", total_steps)
        elif epochs is not None and steps_per_epoch is not None:
            epochs = _positive_integer("epochs", epochs)
            self.total_steps = epochs * _positive_integer("steps_per_epoch", steps_per_epoch)
        else:
            raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
        self._schedule_phases = self._phases(pct_start, three_phase)
        if pct_start < 0 or pct_start > 1 or not isinstance(pct_start, float):
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in _ANNEAL:
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        self._anneal_func_type = anneal_strategy
        max_lrs = per_group("max_lr", optimizer, max_lr)
        if last_epoch == -1:
            for group, largest in zip(optimizer.param_groups, max_lrs, strict=True):
                group["initial_lr"] = largest / div_factor
                group["max_lr"] = largest
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.use_beta1 = require_momentum(optimizer)
            high = per_group("max_momentum", optimizer, max_momentum)
            low = per_group("base_momentum", optimizer, base_momentum)
            if last_epoch == -1:
                note_momentum(optimizer, low, high)
        super().__init__(optimizer, last_epoch)

    def _phases(self, pct_start: float, three_phase: bool) -> list[dict[str, Any]]:
        last = self.total_steps - 1
        rise = float(pct_start * self.total_steps) - 1
        momentum_down = ("max_momentum", "base_momentum")
        up = _phase(rise, ("initial_lr", "max_lr"), momentum_down)
        if not three_phase:
            return [up, _phase(last, ("max_lr", "min_lr"), momentum_down[::-1])]
        fall = float(2 * pct_start * self.total_steps) - 2
        return [
            up,
            _phase(fall, ("max_lr", "initial_lr"), momentum_down[::-1]),
            _phase(last, ("initial_lr", "min_lr"), ("max_momentum", "max_momentum")),
        ]

    def get_lr(self) -> Rates:
        """The rates at step ``last_epoch``; sets the momentum too."""
        self._check_called_within_step()
        t = self.last_epoch
        if t > self.total_steps:
            raise ValueError(
                f"Tried to step {t} times. The specified number of total steps is "
                f"{self.total_steps}"
            )
        anneal = _ANNEAL[self._anneal_func_type]
        ends = [phase["end_step"] for phase in self._schedule_phases]
        i = next((i for i, end in enumerate(ends) if t <= end), len(ends) - 1)
        phase, start = self._schedule_phases[i], ends[i - 1] if i else 0.0
        fraction = (t - start) / (ends[i] - start)
        rates = []
        for group in self.optimizer.param_groups:
            rates.append(anneal(group[phase["start_lr"]], group[phase["end_lr"]], fraction))
            if self.cycle_momentum:
                bounds = group[phase["start_momentum"]], group[phase["end_momentum"]]
                set_momentum(group, anneal(*bounds, fraction), self.use_beta1)
        return rates
