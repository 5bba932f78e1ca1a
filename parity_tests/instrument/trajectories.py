"""Runs of many steps: how far apart two implementations may drift, and where they first did.

float64   relative difference ≤ 1e-10 at every step, per tensor
float32   no further apart than 8 × the reference's divergence from itself when its weights move by
          one ulp: ReLU networks amplify roundings, and this is the honest yardstick

Every weight moves, each up or down: a single one may stand at an input that is always 0, and then
nothing parts. One ulp is the least that counts: a first step that carries small weights far rounds
the movement away, and rounds itself as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import torch

from parity_tests.instrument import again
from parity_tests.instrument import tolerances as table
from parity_tests.instrument.judge import ParityError
from parity_tests.instrument.report import RECORDER, Record
from parity_tests.instrument.sides import to_numpy

Step = Mapping[str, Any]
Runner = Callable[[Any, bool], Iterable[Step]]


def check_trajectory(
    run: Runner, candidate: Any, reference: Any, dtype: str, op: str, device: str = "cpu"
) -> None:
    """Compare two runs step by step; raises ParityError at the first step and tensor that differ.

    run(impl, nudge) yields {tensor name: tensor or array} after every step, names in the order of
    the layers; where nudge is True, for the reference only, it moves the weights by one ulp before
    the first step (`move_weights`).
    """
    ours, theirs = _collect(run(candidate, False)), _collect(run(reference, False))
    if len(ours) != len(theirs):
        said = f"candidate made {len(ours)} steps, torch {len(theirs)}"
        raise ParityError(f"{op} · {said}{again.text()}")
    nudged = _collect(run(reference, True)) if dtype == "float32" else theirs
    own, worst = 2 * table.UNIT_ROUNDOFF[dtype], 0.0
    for t, (mine, expected, moved) in enumerate(zip(ours, theirs, nudged, strict=True), start=1):
        if list(mine) != list(expected):
            said = f"tensors {list(mine)}, torch {list(expected)}"
            raise ParityError(f"{op} · step {t}: {said}{again.text()}")
        scales = {name: _scale(value) for name, value in expected.items()}
        if dtype == "float32":
            own = max(own, *(_apart(moved[n], expected[n]) / scales[n] for n in expected))
            allowed = table.TRAJECTORY_SELF.value * own
        else:
            allowed = table.TRAJECTORY_RELATIVE.value
        for name, value in expected.items():
            difference = _apart(mine[name], value) / scales[name]
            if not difference <= allowed or mine[name].dtype != value.dtype:
                message = _message(op, t, name, mine, expected, difference, allowed)
                raise ParityError(message + again.text())
            worst = max(worst, difference / allowed)
    record = Record(op, "run", dtype, device, "trajectory", len(ours), ratio=worst)
    RECORDER.add(record)


@torch.no_grad()
def move_weights(parameters: Iterable[torch.Tensor]) -> None:
    """Move every element of the reference's parameters up or down by one ulp, in place.

    The ulp is its own; of a weight that is 0, that of its tensor's largest, or of 1.
    """
    coins = np.random.default_rng(0)
    for parameter in parameters:
        values = to_numpy(parameter)
        largest = np.max(np.abs(values), initial=0.0) or values.dtype.type(1)
        up = np.where(values, np.nextafter(values, np.inf), np.spacing(largest))
        down = np.where(values, np.nextafter(values, -np.inf), -np.spacing(largest))
        moved = np.where(coins.random(values.shape) < 0.5, up, down)
        parameter.copy_(torch.from_numpy(moved.astype(values.dtype)))


def _collect(steps: Iterable[Step]) -> list[dict[str, np.ndarray]]:
    return [{k: np.array(to_numpy(v)) for k, v in step.items()} for step in steps]


def _scale(array: np.ndarray) -> float:
    """The tensor's largest finite magnitude."""
    largest = float(np.max(np.abs(array), initial=0.0, where=np.isfinite(array)))
    return max(largest, float(np.finfo(np.float32).tiny))


def _apart(a: np.ndarray, b: np.ndarray) -> float:
    """The largest difference; equal NaN and infinities do not count, unequal ones are infinite."""
    if a.shape != b.shape:
        return float("inf")
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(all="ignore"):
        gap = np.where(same, 0.0, np.abs(a.astype(np.float64) - b.astype(np.float64)))
    return float(np.max(np.nan_to_num(gap, nan=np.inf), initial=0.0))


def _message(
    op: str,
    t: int,
    name: str,
    mine: Mapping[str, np.ndarray],
    expected: Mapping[str, np.ndarray],
    difference: float,
    allowed: float,
) -> str:
    """The first step and tensor that differ, and how the other tensors stand at that step."""
    lines = [f"{op} · run: the first step that differs is {t}, the first tensor is {name!r}"]
    a, e = mine[name], expected[name]
    if a.dtype != e.dtype or a.shape != e.shape:
        lines.append(f"  candidate {a.dtype} {a.shape}, torch {e.dtype} {e.shape}")
    else:
        gap = np.abs(a.astype(np.float64) - e.astype(np.float64))
        index = np.unravel_index(int(np.argmax(np.nan_to_num(gap, nan=np.inf))), gap.shape)
        at = tuple(int(i) for i in index)
        lines.append(f"  at index {at}: candidate {a[at]!r}, torch {e[at]!r}")
    lines.append(f"  relative difference {difference:.3g}, allowed {allowed:.3g}; at this step:")
    for other, value in expected.items():
        apart = _apart(mine[other], value) / _scale(value)
        lines.append(f"    {other:<28} {apart:.3g}")
    return "\n".join(lines)
