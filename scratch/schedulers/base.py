"""What every learning-rate schedule has in common: when it acts, and what it remembers.

A schedule sets the learning rate of each parameter group after every epoch (or step). Like
PyTorch's, it multiplies the rate that it finds, so that several can act on one optimizer; the
recursion and the closed form of a schedule agree in exact arithmetic, and the rates here are
PyTorch's to the last bit because the order of operations is.

Source: Robbins & Monro (1951), "A stochastic approximation method": Σ α_t = ∞, Σ α_t² < ∞;
PyTorch's ``torch.optim.lr_scheduler`` for the interface.
"""

from __future__ import annotations

import warnings
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import ref

from scratch.optimizers import Optimizer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Rates = list[float]

T = TypeVar("T")


def require_optimizer(optimizer: Any) -> Optimizer:
    """``optimizer`` itself; raises TypeError if it is none."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
    return optimizer


def per_group(name: str, optimizer: Optimizer, value: T | Sequence[T]) -> list[T]:
    """``value`` for each parameter group: itself where it is a list, repeated where it is one.

    Raises:
        ValueError: a list whose length is not the number of groups.
    """
    groups = len(optimizer.param_groups)
    if not isinstance(value, list | tuple):
        return [value] * groups  # type: ignore[list-item] # not a sequence
    if len(value) != groups:
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups. "
            f"{name} has {len(value)} values, param_groups has {groups}."
        )
    return list(value)


def _note_steps(optimizer: Optimizer) -> None:
    """Let ``optimizer.step`` leave a mark, so that a schedule can tell that it came first."""
    if hasattr(optimizer.step, "_wrapped_by_lr_sched"):
        return
    owner = ref(optimizer)  # no cycle: the optimizer would hold a function that holds it
    step = type(optimizer).step

    @wraps(step)
    def noted(*args: Any, **kwargs: Any) -> Any:
        optimizer = owner()
        optimizer._opt_called = True  # type: ignore[union-attr] # it is being called
        return step(optimizer, *args, **kwargs)  # type: ignore[arg-type] # so is it here

    noted._wrapped_by_lr_sched = True  # type: ignore[attr-defined] # as torch marks it
    optimizer.step = noted  # type: ignore[method-assign] # of this one alone


class LRScheduler:
    """Base class of all schedules but ReduceLROnPlateau.

    A subclass defines ``get_lr``: the rates that follow from ``last_epoch`` and the present rates.

    Args:
        optimizer: whose groups' ``"lr"`` is set; each gets an ``"initial_lr"``.
        last_epoch: −1 to start, or the epoch that a resumed run had reached.

    Raises:
        TypeError: ``optimizer`` is no Optimizer.
        KeyError: resuming without ``"initial_lr"`` in the groups.
    """

    _is_initial = False
    _get_lr_called_within_step = False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = require_optimizer(optimizer)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming "
                    "scheduler with last_epoch >= 0; load the optimizer's state first"
                )
        self.base_lrs: Rates = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        _note_steps(optimizer)
        self._initial_step()

    def _initial_step(self) -> None:
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def get_lr(self) -> Rates:
        """The rates at ``last_epoch``, given those of the groups now; one per group."""
        raise NotImplementedError(f"{type(self).__name__} does not define get_lr")

    def get_last_lr(self) -> Rates:
        """The rates that the last step set, one per group."""
        return self._last_lr

    def step(self) -> None:
        """Go to the next epoch; call it after the optimizer's step."""
        if self._step_count == 1:
            self._check_order()
        self._step_count += 1
        self._update_lr()

    def _check_order(self) -> None:
        if not hasattr(self.optimizer.step, "_wrapped_by_lr_sched"):
            warnings.warn(
                "Seems like `optimizer.step()` has been overridden after learning rate scheduler "
                "initialization. Please, make sure to call `optimizer.step()` before "
                "`lr_scheduler.step()`.",
                stacklevel=3,
            )
        elif not getattr(self.optimizer, "_opt_called", False):
            warnings.warn(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`. Call them in the "
                "opposite order: `optimizer.step()` before `lr_scheduler.step()`. Otherwise the "
                "first value of the learning rate schedule is skipped.",
                stacklevel=3,
            )

    def _update_lr(self, epoch: int | None = None) -> None:
        """Set the rates of the next epoch, or those of ``epoch`` by the closed form if any."""
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        closed_form = getattr(self, "_get_closed_form_lr", None)
        self._set_lr(self.get_lr if epoch is None or closed_form is None else closed_form)

    def _set_lr(self, rates: Callable[[], Rates]) -> None:
        self._get_lr_called_within_step = True
        try:
            values = rates()
        finally:
            self._get_lr_called_within_step = False
        for group, lr in zip(self.optimizer.param_groups, values, strict=True):
            group["lr"] = lr
        self._last_lr = self._present_lr()

    def _present_lr(self) -> Rates:
        return [group["lr"] for group in self.optimizer.param_groups]

    def _check_called_within_step(self) -> None:
        if not self._get_lr_called_within_step:
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use "
                "`get_last_lr()`.",
                stacklevel=3,
            )

    def state_dict(self) -> dict[str, Any]:
        """Everything that the schedule remembers, but not the optimizer."""
        return {key: value for key, value in vars(self).items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a saved state."""
        vars(self).update(state_dict)


def saved_callable(function: Any) -> dict[str, Any] | None:
    """What is saved of a user's function: the attributes of a callable object, of others None."""
    is_plain = type(function) is type(saved_callable) or not hasattr(function, "__dict__")
    return None if is_plain else dict(vars(function))
