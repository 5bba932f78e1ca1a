"""An optimizer of either side under injected gradients, and all that a step of it may change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from parity_tests.instrument.bits import same_bits
from parity_tests.instrument.lacking import keeps_state
from parity_tests.instrument.sides import parameter, takes_gradients, to_numpy, to_tensor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parity_tests.instrument.recipe import Gradients, Recipe

#: Entries of a parameter group that steer torch's execution, not the mathematics.
EXECUTION = ("foreach", "fused", "capturable", "differentiable", "params")


class Snapshot(NamedTuple):
    """Parameters, and state by parameter and torch's key, after a step."""

    parameters: list[np.ndarray]
    state: dict[int, dict[str, Any]]
    groups: list[dict[str, Any]]


class Run:
    """One side's optimizer over its parameters."""

    def __init__(
        self,
        impl: Any,
        recipe: Recipe,
        start: list[np.ndarray],
        device: str = "cpu",
        saved: Mapping[str, Any] | None = None,
        first: int = 1,
    ) -> None:
        self.impl, self.recipe, self.device, self.t = impl, recipe, device, first
        self.parameters = [parameter(impl, np.array(a), device) for a in start]
        self.optimizer = recipe.build(impl, self.parameters, first)
        self.keeps_state = keeps_state(impl, self.optimizer)
        if saved is not None:
            self.optimizer.load_state_dict(_translate(impl, saved))

    def step(self, gradients: Gradients) -> None:
        """Give every parameter its gradient (None: it took no part in the loss), and step."""
        self.recipe.take_turns(self.optimizer, self.t)
        self.t += 1
        self.optimizer.zero_grad()
        for p, gradient in zip(self.parameters, gradients, strict=True):
            if gradient is not None:
                constant = to_tensor(self.impl, np.array(gradient), device=self.device)
                if takes_gradients(self.impl, p):
                    p.grad = constant
                else:
                    (p * constant).sum().backward()
        try:
            self.optimizer.step()
        except Exception as error:
            error.add_note(f"{self.recipe} · step {self.t - 1}")
            raise

    def changed(self, gradients: Gradients) -> int | None:
        """The first parameter whose gradient a step has changed, if any: it is the user's."""
        for i, (p, g) in enumerate(zip(self.parameters, gradients, strict=True)):
            now = None if p.grad is None else to_numpy(p.grad)
            if now is None or g is None:
                if now is not g:
                    return i
            elif now.dtype != g.dtype or now.shape != g.shape or not same_bits(now, g).all():
                return i
        return None

    def state_dict(self) -> dict[str, Any]:
        """The optimizer's state_dict, its tensors as arrays of their own."""
        saved = self.optimizer.state_dict()
        state = {i: {k: _array(v) for k, v in s.items()} for i, s in saved["state"].items()}
        return {"state": state, "param_groups": [dict(g) for g in saved["param_groups"]]}

    def snapshot(self) -> Snapshot:
        """Everything that a step may change, copied; parameters, where there is nothing else."""
        parameters = [to_numpy(p).copy() for p in self.parameters]
        if not self.keeps_state:
            return Snapshot(parameters, {}, [])
        saved = self.state_dict()
        groups = [
            {k: v for k, v in group.items() if k not in EXECUTION}
            for group in saved["param_groups"]
        ]
        return Snapshot(parameters, saved["state"], groups)


def _array(value: Any) -> Any:
    is_array = isinstance(value, np.ndarray) or hasattr(value, "detach")
    return to_numpy(value).copy() if is_array else value


def _translate(impl: Any, saved: Mapping[str, Any]) -> dict[str, Any]:
    """A state_dict of arrays with this side's tensors, without torch's execution options."""
    lift = {
        i: {k: to_tensor(impl, v.copy()) if isinstance(v, np.ndarray) else v for k, v in s.items()}
        for i, s in saved["state"].items()
    }
    dropped = set(EXECUTION) - {"params"}
    groups = [{k: v for k, v in g.items() if k not in dropped} for g in saved["param_groups"]]
    return {"state": lift, "param_groups": groups}


def _not_cancelled(gradient: np.ndarray, parameter: np.ndarray, scale: float) -> np.ndarray:
    """The first gradient, no smaller than a quarter of the parameter.

    Weight decay (up to 0.1) cannot cancel it then. What is left of two numbers that cancel is a
    rounding error; a rule that divides by its own first gradient would blow it up to a whole step.
    """
    return np.copysign(
        np.maximum(np.abs(gradient), np.abs(parameter) * scale / 4), gradient
    ).astype(gradient.dtype)


def sequence(
    rng: np.random.Generator,
    shapes: tuple[tuple[int, ...], ...],
    dtype: str,
    steps: int,
    scale: float,
    dyadic: bool,
) -> tuple[list[np.ndarray], list[Gradients]]:
    """Start parameters and gradients; some gradients are zero, some missing."""

    def draw(shape: tuple[int, ...], factor: float) -> np.ndarray:
        drawn = rng.integers(-32, 33, shape) / 8.0 if dyadic else rng.standard_normal(shape)
        return np.asarray(drawn * factor, dtype=dtype)

    start = [draw(shape, 1.0) for shape in shapes]
    gradients: list[Gradients] = []
    for t in range(steps):
        drawn = [draw(shape, scale) for shape in shapes]
        if t == 0 and not dyadic:
            drawn = [_not_cancelled(g, p, scale) for g, p in zip(drawn, start, strict=True)]
        row: Gradients = [*drawn]
        if t % 7 == 3 and len(shapes) > 1:
            row[1] = None
        if t % 11 == 5:
            row[0] = np.zeros(shapes[0], dtype=dtype)
        gradients.append(row)
    return start, gradients
