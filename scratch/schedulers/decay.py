"""Schedules that scale the learning rate by a factor of the epoch t.

    LambdaLR       α_t = α_0 λ(t)
    StepLR         α_t = α_0 γ^⌊t / step_size⌋
    MultiStepLR    α_t = α_0 γ^(number of milestones ≤ t)
    ConstantLR     α_t = α_0 · factor                                     until total_iters
    LinearLR       α_t = α_0 (start + (end − start) t / total_iters)      until total_iters
    ExponentialLR  α_t = α_0 γ^t
    PolynomialLR   α_t = α_0 (1 − t / total_iters)^power                  until total_iters

Source: Robbins & Monro (1951) for decaying steps; the rest is common practice in PyTorch's form.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING, Any

from scratch.schedulers.base import LRScheduler, saved_callable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scratch.optimizers import Optimizer
    from scratch.schedulers.base import Rates


class LambdaLR(LRScheduler):
    """α_t = α_0 λ(t), with ``lr_lambda`` one function of the epoch, or a list: one per group.

    Raises:
        ValueError: a list whose length is not the number of groups.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | list[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        groups = len(optimizer.param_groups)
        given = list(lr_lambda) if isinstance(lr_lambda, list | tuple) else [lr_lambda] * groups
        if len(given) != groups:
            raise ValueError(f"Expected {groups} lr_lambdas, but got {len(given)}")
        self.lr_lambdas = given
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Rates:
        """α_0 λ(t)."""
        self._check_called_within_step()
        pairs = zip(self.base_lrs, self.lr_lambdas, strict=True)
        return [base_lr * factor(self.last_epoch) for base_lr, factor in pairs]

    def state_dict(self) -> dict[str, Any]:
        """As always; of the functions only the attributes of callable objects are saved."""
        saved = [saved_callable(function) for function in self.lr_lambdas]
        return {**super().state_dict(), "lr_lambdas": saved}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a saved state."""
        super().load_state_dict({k: v for k, v in state_dict.items() if k != "lr_lambdas"})
        for function, saved in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if saved is not None:
                vars(function).update(saved)


class StepLR(LRScheduler):
    """α ← α γ every ``step_size`` epochs.

    >>> from scratch import SGD, tensor
    >>> optimizer = SGD([tensor([0.0], requires_grad=True)], lr=1.0)
    >>> scheduler = StepLR(optimizer, step_size=2, gamma=0.5)
    >>> for epoch in range(4):
    ...     print(scheduler.get_last_lr())
    ...     optimizer.step()
    ...     scheduler.step()
    [1.0]
    [1.0]
    [0.5]
    [0.5]
    """

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Rates:
        """α γ when ``step_size`` divides t, else α."""
        self._check_called_within_step()
        if self.last_epoch == 0 or self.last_epoch % self.step_size != 0:
            return self._present_lr()
        return [lr * self.gamma for lr in self._present_lr()]

    def _get_closed_form_lr(self) -> Rates:
        drops = self.last_epoch // self.step_size
        return [base_lr * self.gamma**drops for base_lr in self.base_lrs]


class MultiStepLR(LRScheduler):
    """α ← α γ at each of the ``milestones``, epochs in increasing order."""

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Rates:
        """α γ^n where t is a milestone n times."""
        self._check_called_within_step()
        if self.last_epoch not in self.milestones:
            return self._present_lr()
        times = self.milestones[self.last_epoch]
        return [lr * self.gamma**times for lr in self._present_lr()]

    def _get_closed_form_lr(self) -> Rates:
        passed = bisect_right(sorted(self.milestones.elements()), self.last_epoch)
        return [base_lr * self.gamma**passed for base_lr in self.base_lrs]


class ConstantLR(LRScheduler):
    """α_0 · ``factor`` for ``total_iters`` epochs, then α_0.

    Raises:
        ValueError: ``factor`` outside [0, 1].
    """

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 1.0 / 3,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if factor > 1.0 or factor < 0:
            raise ValueError(
                f"Constant multiplicative factor expected to be between 0 and 1. It is {factor}."
            )
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Rates:
        """α · factor at t = 0, α / factor at t = ``total_iters``."""
        self._check_called_within_step()
        if self.last_epoch == 0:
            return [lr * self.factor for lr in self._present_lr()]
        if self.last_epoch != self.total_iters:
            return self._present_lr()
        return [lr * (1.0 / self.factor) for lr in self._present_lr()]

    def _get_closed_form_lr(self) -> Rates:
        over = self.last_epoch >= self.total_iters
        return [base_lr * (self.factor + over * (1 - self.factor)) for base_lr in self.base_lrs]


class LinearLR(LRScheduler):
    """From α_0 · ``start_factor`` to α_0 · ``end_factor`` in ``total_iters`` equal increments.

    Raises:
        ValueError: ``start_factor`` outside (0, 1] or ``end_factor`` outside [0, 1].
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if start_factor > 1.0 or start_factor <= 0:
            raise ValueError(
                "Starting multiplicative factor expected to be greater than 0 and less or equal to "
                f"1. It is {start_factor}."
            )
        if end_factor > 1.0 or end_factor < 0:
            raise ValueError(
                f"Ending multiplicative factor expected to be between 0 and 1. It is {end_factor}."
            )
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Rates:
        """α times the ratio of the factors at t and t − 1."""
        self._check_called_within_step()
        start, rise, total = (
            self.start_factor,
            self.end_factor - self.start_factor,
            self.total_iters,
        )
        if self.last_epoch == 0:
            return [lr * start for lr in self._present_lr()]
        if self._is_initial or self.last_epoch > total:
            return self._present_lr()
        ratio = 1.0 + rise / (total * start + (self.last_epoch - 1) * rise)
        return [lr * ratio for lr in self._present_lr()]

    def _get_closed_form_lr(self) -> Rates:
        rise, total = self.end_factor - self.start_factor, self.total_iters
        factor = self.start_factor + rise * min(total, self.last_epoch) / total
        return [base_lr * factor for base_lr in self.base_lrs]


class ExponentialLR(LRScheduler):
    """α ← α γ every epoch."""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Rates:
        """α γ, but at the start α."""
        self._check_called_within_step()
        if self._is_initial:
            return self._present_lr()
        return [lr * self.gamma for lr in self._present_lr()]

    def _get_closed_form_lr(self) -> Rates:
        return [base_lr * self.gamma**self.last_epoch for base_lr in self.base_lrs]


class PolynomialLR(LRScheduler):
    """α_t = α_0 (1 − t / ``total_iters``)^``power``, and 0 from ``total_iters`` on."""

    def __init__(
        self,
        optimizer: Optimizer,
        total_iters: int = 5,
        power: float = 1.0,
        last_epoch: int = -1,
    ) -> None:
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Rates:
        """α times the ratio of (1 − t/T)^power at t and t − 1."""
        self._check_called_within_step()
        t, total = self.last_epoch, self.total_iters
        if self._is_initial or t > total:
            return self._present_lr()
        ratio = ((1.0 - t / total) / (1.0 - (t - 1) / total)) ** self.power
        return [lr * ratio for lr in self._present_lr()]

    def _get_closed_form_lr(self) -> Rates:
        left = 1.0 - min(self.total_iters, self.last_epoch) / self.total_iters
        return [base_lr * left**self.power for base_lr in self.base_lrs]
