"""Schedules of either side: what they act on, what they change there, and what is compared."""

from __future__ import annotations

from typing import Any

from parity_tests.instrument import EXACT, assert_parity


class Halving:
    """A callable object with something to remember."""

    def __init__(self, every: int) -> None:
        self.every = every

    def __call__(self, epoch: float) -> float:
        return 0.5 ** (epoch // self.every)


def optimizer_of(impl: Any, name: str = "SGD") -> Any:
    """An optimizer with two groups, the second with a rate of its own."""
    one, two = (impl.tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    options = {"momentum": 0.9} if name == "SGD" else {}
    return getattr(impl, name)(
        [{"params": [one]}, {"params": [two], "lr": 0.03}], lr=0.1, **options
    )


def settings(optimizer: Any) -> list[dict[str, Any]]:
    """What a schedule may change in the groups."""
    names = ("lr", "initial_lr", "max_lr", "min_lr", "momentum", "betas", "max_momentum")
    return [
        {name: group[name] for name in names if name in group} for group in optimizer.param_groups
    ]


def saved(scheduler: Any) -> dict[str, Any]:
    """Its state_dict, but for tuples and counters: plain dicts and lists."""
    return {
        key: dict(value) if key == "milestones" else value
        for key, value in scheduler.state_dict().items()
    }


def same(actual: Any, expected: Any, name: str, where: str) -> None:
    """Exactly equal, in type too."""
    assert_parity(actual, expected, EXACT, op=name, direction=where)


def same_state(ours: Any, theirs: Any, name: str, where: str) -> None:
    """What both schedules would save is exactly equal, entry by entry, in whatever order."""
    same(_in_order(saved(ours)), _in_order(saved(theirs)), name, f"{where}: state")


def _in_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _in_order(value[key]) for key in sorted(value)}
    return [_in_order(item) for item in value] if isinstance(value, list) else value
