"""An optimizer of either side, driven by injected gradients, and what of it must agree.

``KINDS`` are optimizers of which each keeps another kind of state.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from parity_tests.instrument import (
    COMPARATIVE_TENSOR,
    assert_parity,
    offered,
    to_numpy,
    to_tensor,
)
from parity_tests.instrument.lacking import Partial, keeps_state, not_offered
from parity_tests.instrument.sides import parameter, takes_gradients
from parity_tests.instrument.taken import known, within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parity_tests.instrument.tiers import Tier

KINDS: dict[str, dict[str, Any]] = {
    "SGD": {"lr": 0.1},
    "SGD-momentum": {"lr": 0.1, "momentum": 0.9},
    "Adagrad": {"initial_accumulator_value": 0.1},
    "RMSprop": {"momentum": 0.9, "centered": True},
    "Adam": {"amsgrad": True},
    "AdamW": {},
    "NAdam": {},
    "RAdam": {"betas": (0.9, 0.9)},
    "Adamax": {},
    "Adadelta": {},
    "ASGD": {"t0": 3},
    "Rprop": {},
    "LookaheadNesterov": {},
    "RootEpsilonAdam": {},
}
SHAPES = ((3, 2), (4,), (), (0,), (2, 1, 2))
kinds = pytest.mark.parametrize("kind", KINDS)


class Side:
    """One implementation's optimizer over parameters, driven by injected gradients."""

    def __init__(
        self,
        impl: Any,
        kind: str,
        start: list[np.ndarray],
        groups: Any = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        name = kind.partition("-")[0]
        options = KINDS[kind] if options is None else options
        offered(impl, name)
        self.impl = impl
        self.parameters = [parameter(impl, a.copy()) for a in start]
        self.optimizer = getattr(impl, name)(self.parameters, **options)
        if groups:
            if isinstance(impl, Partial) and not hasattr(self.optimizer, "param_groups"):
                not_offered(impl, f"{name} with param_groups")
            self.optimizer = getattr(impl, name)(groups(self.parameters), **options)

    def step(self, gradients: Sequence[np.ndarray | None]) -> None:
        self.optimizer.zero_grad()
        for p, g in zip(self.parameters, gradients, strict=True):
            if g is not None:
                constant = to_tensor(self.impl, g.copy())
                if isinstance(self.impl, Partial) and takes_gradients(self.impl, p):
                    p.grad = constant
                else:
                    (p * constant).sum().backward()
        self.optimizer.step()

    def saved(self) -> dict[str, Any]:
        """A state_dict of NumPy arrays of its own, from either side."""
        saved = self.optimizer.state_dict()
        state = {i: {k: array(v) for k, v in s.items()} for i, s in saved["state"].items()}
        return {"state": state, "param_groups": copy.deepcopy(saved["param_groups"])}

    def load(self, saved: dict[str, Any]) -> None:
        """Load what :meth:`saved` gave, on either side."""
        state = {i: {k: self.native(v) for k, v in s.items()} for i, s in saved["state"].items()}
        self.optimizer.load_state_dict({**saved, "state": state})

    def native(self, value: Any) -> Any:
        """An array as this side keeps state: a tensor, or an array."""
        keeps_tensors = hasattr(self.parameters[0].data, "numpy")
        return to_tensor(self.impl, value.copy()) if keeps_tensors else value

    def values(self) -> list[np.ndarray]:
        return [to_numpy(p).copy() for p in self.parameters]


def pairs(candidate: Any, reference: Any, rng: np.random.Generator, dtype: str) -> Any:
    """Makes both sides over equal parameters, with what both know of the options, and gradients."""

    def make(kind: str, groups: Any = None, shapes: Any = SHAPES) -> tuple[Side, Side, Any]:
        start = draw(rng, dtype, shapes)
        options = within(candidate, reference, kind.partition("-")[0], KINDS[kind])
        ours, theirs = (Side(i, kind, start, groups, options) for i in (candidate, reference))
        return ours, theirs, lambda: draw(rng, dtype, shapes)

    return make


def array(value: Any) -> np.ndarray:
    return np.array(to_numpy(value))


def draw(rng: np.random.Generator, dtype: str, shapes: Any = SHAPES) -> list[np.ndarray]:
    return [np.asarray(rng.standard_normal(shape), dtype) for shape in shapes]


def agree(
    ours: Side,
    theirs: Side,
    where: str,
    counters_as: str | None = None,
    tier: Tier = COMPARATIVE_TENSOR,
) -> None:
    """Parameters, state and groups are torch's; errors are measured by the largest value of each.

    Over all parameters: a single number may be the small difference of two large ones.
    ``counters_as``: a dtype in which to compare the 0-d state, where torch changed it.
    """
    op = type(theirs.optimizer).__name__
    if not keeps_state(ours.impl, ours.optimizer):
        assert_parity(ours.values(), theirs.values(), tier, op=op, direction=where)
        return
    mine, other = ours.saved(), theirs.saved()
    groups = known(ours.impl, op, mine["param_groups"], other["param_groups"])
    assert mine["param_groups"] == groups, f"{op}, {where}: options of the groups"
    assert sorted(mine["state"]) == sorted(other["state"]), f"{op}, {where}: whose state is kept"
    assert_parity(
        {**joined(dict(enumerate(ours.values()))), **state_arrays(mine, counters_as)},
        {**joined(dict(enumerate(theirs.values()))), **state_arrays(other, counters_as)},
        tier,
        op=op,
        direction=where,
    )


def state_arrays(saved: dict[str, Any], counters_as: str | None) -> dict[str, np.ndarray]:
    """Every kind of state, over all parameters, by its key and dtype."""
    keys = sorted({key for state in saved["state"].values() for key in state})
    found: dict[str, np.ndarray] = {}
    for key in keys:
        arrays = {i: s[key] for i, s in sorted(saved["state"].items()) if key in s}
        if counters_as and all(a.ndim == 0 for a in arrays.values()):
            arrays = {i: a.astype(counters_as) for i, a in arrays.items()}
        found |= {f"{key} {kind}": a for kind, a in joined(arrays).items()}
    return found


def joined(arrays: dict[int, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays behind each other, by dtype, indices and shapes."""
    kinds: dict[str, list[np.ndarray]] = {}
    shapes: dict[str, list[Any]] = {}
    for i, a in arrays.items():
        kinds.setdefault(str(a.dtype), []).append(a.reshape(-1))
        shapes.setdefault(str(a.dtype), []).append((i, a.shape))
    return {f"{kind} {shapes[kind]}": np.concatenate(parts) for kind, parts in kinds.items()}
