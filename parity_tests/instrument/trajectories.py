"""Runs of many steps: how far apart two implementations may drift, and where they first did.

float64   relative difference ≤ 1e-10 at every step, per tensor
float32   no further apart than 8 × the reference's divergence from itself when one weight moves
          by one ulp: ReLU networks amplify roundings, and this is the honest yardstick
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

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
    the layers; where nudge is True it moves one weight by one ulp before the first step
    (`move_one_weight`).
    """
    ours, theirs = _collect(run(candidate, False)), _collect(run(reference, False))
    if len(ours) != len(theirs):
        said = f"candidate made {len(ours)} steps, torch {len(theirs)}"
        raise ParityError(f"{op} · {said}{again.text()}")
    nudged = _collect(run(reference, True)) if dtype == "float32" else theirs
    unit = 2 * table.UNIT_ROUNDOFF[dtype]
    own, worst = 0.0, 0.0
    for t, (mine, expected, moved) in enumerate(zip(ours, theirs, nudged, strict=True), start=1):
        if list(mine) != list(expected):
            said = f"tensors {list(mine)}, torch {list(expected)}"
            raise ParityError(f"{op} · step {t}: {said}{again.text()}")
        scales = {name: _scale(value) for name, value in expected.items()}
        if dtype == "float32":
            own = max(own, *(_apart(moved[n], expected[n]) / scales[n] for n in expected))
            floor = table.TRAJECTORY_FLOOR_ULP.value * unit * t
            allowed = table.TRAJECTORY_SELF.value * own + floor
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


def move_one_weight(parameter: Any) -> None:
    """Move a parameter's first element up by one ulp, in place, on either side."""
    values = to_numpy(parameter)
    first = (0,) * values.ndim
    up = np.nextafter(values[first], values.dtype.type(np.inf))
    parameter.data[first] = float(up)


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
