"""The truth: torch_ref in float64 for float32, mpmath in 60 digits for float64.

Gradients in 60 digits are central differences of upstream·f at h = 1e-20, whose error is 1e-40.
Where the forward and the backward difference disagree, f has a kink: the derivative there is a
convention, and torch's stands in for the oracle.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np

from parity_tests.instrument import high_precision as m
from parity_tests.instrument import tolerances as table
from parity_tests.instrument.high_precision import Oracle
from parity_tests.instrument.inputs import to_dtype
from parity_tests.instrument.sides import forward

if TYPE_CHECKING:
    from collections.abc import Callable

    from parity_tests.instrument.trial import Trial

Oracles = list[Oracle]
_OUTSIDE = (ZeroDivisionError, ValueError, OverflowError, TypeError, mpmath.libmp.NoConvergence)
#: Central differences need two evaluations per element: the plain trial of a bigger array is
#: differentiated at this many elements only, spread over it.
_DIFFERENTIATED = 24
#: Where f' = 0 the two differences part by f''·h: a curvature up to this is no kink.
_CURVED = 1e6


def compute(trial: Trial) -> tuple[Oracles | None, Oracles | None]:
    """The oracle's values and gradients of a trial; None where there is none."""
    if trial.case.tier_for(trial.dtype).exact and trial.case.tier_for(trial.dtype, True).exact:
        return None, None
    if trial.dtype == "float32":
        return _float64(trial)
    if trial.case.oracle is None:
        return None, None
    shapes = [v.shape for v in trial.values]
    same = len(shapes) == 1 and all(a.shape == shapes[0] for a in trial.arrays)
    values, grads = _elementwise(trial) if trial.case.elementwise and same else _general(trial)
    _sane(trial, values)
    return values, grads


def _float64(trial: Trial) -> tuple[Oracles, Oracles | None]:
    """torch_ref on the same numbers in float64, on the CPU."""
    arrays = [to_dtype(a, "float64") for a in trial.arrays]
    function = trial.function(trial.reference, "float64")
    result = forward(trial.reference, function, arrays, trial.wrt)
    values = [_exactly(v) for v in result.outputs]
    if not any(trial.tracked):
        return values, None
    grads = result.pullback([u.astype(np.float64) for u in trial.upstreams])
    return values, [_exactly(np.zeros(()) if g is None else g) for g in grads]


def _exactly(array: np.ndarray) -> Oracle:
    high = array.astype(np.float64)
    return Oracle(high, np.zeros(high.shape))


def _formula(trial: Trial) -> Callable[..., Any]:
    case = trial.case
    assert case.oracle is not None
    options = {
        k: m.to_mpf(v.astype("float64")) if isinstance(v, np.ndarray) and v.dtype.kind == "f" else v
        for k, v in case.options.items()
    }
    return lambda *inputs: case.oracle(m, *trial.repeat(inputs), **options)  # type: ignore[misc]


def _elementwise(trial: Trial) -> tuple[Oracles, Oracles | None]:
    """Element by element, each with the digits its magnitude needs."""
    f = _formula(trial)
    size = trial.values[0].size
    highs = np.full((1 + len(trial.wrt), size), np.nan)
    lows = np.zeros_like(highs)
    flat = [a.reshape(-1) for a in trial.arrays]
    upstream = trial.upstreams[0].reshape(-1)
    for i in range(size):
        point = [float(a[i]) for a in flat]
        with m.precision(m.DIGITS + _extra_digits(point)):
            results = _at_point(f, point, trial.wrt, float(upstream[i]))
            for row, value in enumerate(results):
                one = m.split(value)
                highs[row, i], lows[row, i] = one.high[()], one.low[()]
    shape = trial.values[0].shape
    oracles = [
        Oracle(h.reshape(shape), lo.reshape(shape)) for h, lo in zip(highs, lows, strict=True)
    ]
    return oracles[:1], oracles[1:] if any(trial.tracked) else None


def _extra_digits(point: list[float]) -> int:
    """More digits for arguments of very different size: f(x ± h) must still differ."""
    sizes = [abs(x) for x in point if x != 0 and math.isfinite(x)]
    return int(math.log10(max([1.0, *sizes])) - math.log10(min([1.0, *sizes])) + 1)


def _at_point(
    f: Callable[..., Any], point: list[float], wrt: tuple[int, ...], upstream: float
) -> list[Any]:
    """The value, and upstream × each partial derivative, at one point; NaN where undefined."""
    x = [mpmath.mpf(v) for v in point]
    nan = mpmath.mpf("nan")
    value = _try(lambda: _scalar(f(*x)))
    results = [value]
    for i in wrt:
        size = abs(x[i]) if x[i] != 0 and mpmath.isfinite(x[i]) else 1
        h = mpmath.mpf(table.DIFFERENCE_STEP.value) * size

        def moved(step: Any, i: int = i) -> Any:
            return _scalar(f(*x[:i], x[i] + step, *x[i + 1 :]))

        def slope(h: Any = h, moved: Any = moved) -> Any:
            return _slope(moved(h), value, moved(-h), h)

        finite = all(mpmath.isfinite(v) for v in x)
        results.append(upstream * _try(slope) if finite else nan)
    return results


def _try(function: Callable[[], Any]) -> Any:
    try:
        return function()
    except _OUTSIDE:
        return mpmath.mpf("nan")


def _scalar(value: Any) -> Any:
    value = value.item() if isinstance(value, np.ndarray) else value
    return mpmath.mpf("nan") if isinstance(value, mpmath.mpc) else mpmath.mpf(value)


def _slope(above: Any, here: Any, below: Any, h: Any) -> Any:
    """The derivative; NaN at a kink."""
    right, left = (above - here) / h, (here - below) / h
    jump = abs(right - left)
    if jump > table.KINK.value * (abs(right) + abs(left)) and jump > _CURVED * h:
        return mpmath.mpf("nan")
    return (above - below) / (2 * h)


def _general(trial: Trial) -> tuple[Oracles | None, Oracles | None]:
    """The formula on whole arrays; gradients by moving one input element at a time."""
    f = _formula(trial)
    with m.precision():
        inputs = [m.to_mpf(a) for a in trial.arrays]
        try:
            values = _outputs(f(*inputs), trial)
        except _OUTSIDE:
            return None, None
        if not any(trial.tracked):
            return [m.split(v) for v in values], None
        weights = [m.to_mpf(u) for u in trial.upstreams]

        def loss(arrays: list[np.ndarray]) -> Any:
            outputs = _outputs(f(*arrays), trial)
            pairs = zip(outputs, weights, trial.tracked, strict=True)
            return sum((np.sum(o * w) for o, w, tracked in pairs if tracked), mpmath.mpf(0))

        here = loss(inputs)
        grads = [_differences(loss, inputs, i, here) for i in trial.wrt]
        return [m.split(v) for v in values], grads


def _differences(loss: Callable[..., Any], inputs: list[np.ndarray], i: int, here: Any) -> Oracle:
    """∂loss/∂inputs[i] by central differences; NaN (torch stands in) where not computed."""
    x = inputs[i]
    out = np.full(x.shape, mpmath.mpf("nan"), dtype=object)
    indices = list(np.ndindex(x.shape))
    stride = max(1, -(-len(indices) // _DIFFERENTIATED))
    h = mpmath.mpf(table.DIFFERENCE_STEP.value)
    for index in indices[::stride]:

        def moved(step: Any, index: tuple[int, ...] = index) -> Any:
            changed = x.copy()
            changed[index] = x[index] + step
            return loss([*inputs[:i], changed, *inputs[i + 1 :]])

        def slope(moved: Callable[[Any], Any] = moved) -> Any:
            return _slope(moved(h), here, moved(-h), h)

        out[index] = _try(slope)
    return m.split(out)


def _outputs(result: Any, trial: Trial) -> list[np.ndarray]:
    """The formula's results as object arrays of the outputs' shapes."""
    results = result if isinstance(result, (tuple, list)) else [result]
    arrays = [np.asarray(r, dtype=object) for r in results]
    for a, v in zip(arrays, trial.values, strict=True):
        if a.shape != v.shape:
            raise AssertionError(
                f"{trial.case}: the oracle has shape {a.shape}, torch's value {v.shape}"
            )
    return arrays


def _sane(trial: Trial, values: Oracles | None) -> None:
    """A formula that is not the operation's is a fault of the case, not of the candidate."""
    for oracle, value in zip(values or [], trial.values, strict=False):
        both = np.isfinite(oracle.high) & np.isfinite(value)
        if trial.variant not in ("plain", "long") or value.dtype.kind != "f" or not both.any():
            continue
        gap = float(np.max(oracle.error(value)[both]))
        scale = float(np.max(np.abs(value[both])))
        if gap > table.ORACLE_SANITY.value * scale:
            raise AssertionError(
                f"{trial.case}: the case's oracle is off torch by {gap:.3g} (values up to "
                f"{scale:.3g}): its formula is not the operation's"
            )
