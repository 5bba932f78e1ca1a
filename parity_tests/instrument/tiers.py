"""How close is close enough, and why: the tiers that every comparison names.

exact        every bit, because the arithmetic is exact or the operation order-free
ulp          distance to the correctly rounded value, for well-conditioned functions
bound        a per-element error bound from the textbook analysis (Higham, 2002)
comparative  torch is not the truth: both sides are held against the oracle

A tier says how far from the oracle the candidate may be, element by element, in absolute units.
(The fifth tier, trajectory, is about runs: see `trajectories`.)
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from parity_tests.instrument import tolerances as table
from parity_tests.instrument.bits import ulp

if TYPE_CHECKING:
    from collections.abc import Callable

    from parity_tests.instrument.judge import Comparison


@dataclass(frozen=True)
class Tier:
    """Base: a name for the report, and the allowed distance to the oracle."""

    label: str = field(default="tier", init=False, repr=False)
    exact: bool = field(default=False, init=False, repr=False)
    #: Whether `settled` is a proof: no oracle could refuse such an element.
    proves: bool = field(default=False, init=False, repr=False)

    def allowed(self, c: Comparison) -> np.ndarray:
        """The largest permitted |actual − oracle| of each element."""
        raise NotImplementedError

    def settled(self, c: Comparison) -> np.ndarray:
        """Elements that need no oracle: so close to torch that torch's own error need not excuse."""
        return _beside(c, self.allowed(c) / table.NO_ORACLE_FACTOR.value)

    def unit(self, c: Comparison) -> np.ndarray:
        """The ulp in which the report counts errors: the element's, unless the tier has a scale."""
        return ulp(c.truth.high, c.dtype)


@dataclass(frozen=True)
class Exact(Tier):
    """Every bit as torch's. `signed_zero=False` lets +0 equal −0."""

    signed_zero: bool = True
    exact: bool = field(default=True, init=False, repr=False)
    label: str = field(default="exact", init=False, repr=False)

    def allowed(self, c: Comparison) -> np.ndarray:
        """Nothing."""
        return np.zeros(c.expected.shape)


@dataclass(frozen=True)
class Ulp(Tier):
    """At most `tolerances.ULP[row]` ulp from the correctly rounded value."""

    row: str
    label: str = field(default="ulp", init=False, repr=False)

    def __post_init__(self) -> None:
        if self.row not in table.ULP:
            raise ValueError(
                f"no row {self.row!r} in parity_tests.instrument.tolerances.ULP: add one, with "
                f"its reason (rows: {', '.join(table.ULP)})"
            )

    def allowed(self, c: Comparison) -> np.ndarray:
        """The row's value × ulp(oracle)."""
        slack = np.where(c.known, 1.0, table.NO_ORACLE_FACTOR.value)
        return slack * table.ULP[self.row].value * ulp(c.truth.high, c.dtype)


@dataclass(frozen=True)
class Bound(Tier):
    """A per-element bound from the analysis of the algorithm.

    For values `function(u, *inputs, **options)` → array; for gradients
    `function(u, upstream, *inputs, **options)` → one array per differentiated input. u is the unit
    roundoff, arrays are float64. One rounding of the result is added. Where observations stay below
    1e-4 of the bound it wants tightening, or a reason in `loose`. It must shrink with u, unless what
    it bounds is an error of `chance`.
    """

    function: Callable[..., Any] = field(repr=False)
    chance: bool = False
    label: str = field(default="bound", init=False, repr=False)

    def allowed(self, c: Comparison) -> np.ndarray:
        """The bound, plus one rounding of the result."""
        slack = np.where(c.known, 1.0, table.NO_ORACLE_FACTOR.value)
        rounding = ulp(c.truth.high, c.dtype) / 2
        u = table.UNIT_ROUNDOFF[c.dtype]
        bound = np.asarray(c.evaluate(self.function, u))
        if not self.chance:
            halved = np.asarray(c.evaluate(self.function, u / 2))
            if np.any(halved > table.SHRINKS.value * bound):
                raise ValueError(
                    f"{c.title}: the bound does not shrink with the unit roundoff, so that it says "
                    "nothing of rounding errors: expected roundings × u × magnitudes"
                )
        return slack * (_summed_to(bound, c.expected.shape) + rounding)

    def unit(self, c: Comparison) -> np.ndarray:
        """The ulp of the tensor's largest value: sums cancel, and single elements say little."""
        return ulp(_largest(c.truth.high), c.dtype)


@dataclass(frozen=True)
class Comparative(Tier):
    """Error of the candidate ≤ 4 × error of torch + 2, both in ulp of a scale.

    scale: None: of the element itself (torch's largest error elsewhere in the tensor counts up to
    16 ulp); "tensor": of the tensor's largest value; or a function as in `Bound`, without u, for
    the magnitude that the rounding errors refer to (e.g. |upstream| for a saturating derivative).
    Without an oracle: 8 ulp, of the tensor's largest value where the oracle knows none of it.
    """

    scale: Callable[..., Any] | str | None = None
    label: str = field(default="comparative", init=False, repr=False)
    proves: bool = field(default=True, init=False, repr=False)

    def __post_init__(self) -> None:
        if callable(self.scale):  # rows of their own: a scale may be too large to say anything
            object.__setattr__(self, "label", "scaled")

    def __repr__(self) -> str:
        name = getattr(self.scale, "__name__", self.scale)  # a function's repr has its address
        return f"Comparative(scale={name})"

    def allowed(self, c: Comparison) -> np.ndarray:
        """4 × torch's error + 2 ulp, of the scale."""
        unit = self.unit(c)
        if not c.has_oracle:
            return table.NO_ORACLE_ULP.value * unit
        with np.errstate(all="ignore"):
            own = np.nan_to_num(c.truth.error(c.expected) / unit, nan=0.0, posinf=0.0)
        worst = float(np.max(own, initial=0.0))
        if self.scale is None:
            worst = min(worst, table.COMPARATIVE_CAP.value)
        torch_error = np.maximum(own, worst)
        factor, extra = table.COMPARATIVE_FACTOR.value, table.COMPARATIVE_ULP.value
        allowed = np.where(c.known, factor * torch_error + extra, table.NO_ORACLE_ULP.value)
        return allowed * unit

    def settled(self, c: Comparison) -> np.ndarray:
        """Within one ulp of torch: |a − o| ≤ |a − t| + |t − o| ≤ 2 ulp + 4 |t − o| for every o.

        One and not two: the oracle's ulp may be half of torch's, where a power of two is between
        them. (With more than one between them 3 |t − o| is the larger by far.)
        """
        return _beside(c, ulp(self._magnitude(dataclasses.replace(c, oracle=None)), c.dtype))

    def unit(self, c: Comparison) -> np.ndarray:
        """The ulp of the scale; without an oracle at least that of the tensor's largest value."""
        magnitude = self._magnitude(c)
        if not c.has_oracle:
            magnitude = np.maximum(magnitude, _largest(c.truth.high))
        return ulp(magnitude, c.dtype)

    def _magnitude(self, c: Comparison) -> np.ndarray:
        truth = np.where(np.isfinite(c.truth.high), np.abs(c.truth.high), 0.0)
        if self.scale is None:
            return truth
        if self.scale == "tensor":
            return _largest(truth)
        assert callable(self.scale)
        scale = _summed_to(np.abs(c.evaluate(self.scale)), truth.shape)
        if c.upstream is not None:
            _is_linear(c, self.scale, scale)
        return np.maximum(np.where(np.isfinite(scale), scale, 0.0), truth)


def _is_linear(c: Comparison, function: Callable[..., Any], scale: np.ndarray) -> None:
    """Gradients are linear in the upstream, and so are the terms that they are sums of."""
    halved = dataclasses.replace(c, upstream=np.asarray(c.upstream) / 2, memo={})
    less = _summed_to(np.abs(halved.evaluate(function)), scale.shape)
    if np.any((less > table.SHRINKS.value * scale) & (scale > np.finfo(c.dtype).tiny)):
        raise ValueError(
            f"{c.title}: the scale does not shrink with the upstream gradient, so that it is no "
            "magnitude of the terms that make this one"
        )


def _beside(c: Comparison, distance: np.ndarray) -> np.ndarray:
    """Where the candidate is no further from torch than this, or the same infinity or NaN."""
    same = (c.actual == c.expected) | (np.isnan(c.actual) & np.isnan(c.expected))
    apart = np.abs(c.actual.astype(np.float64) - c.expected.astype(np.float64))
    return np.asarray(same | (apart <= distance))


def _largest(array: np.ndarray) -> np.ndarray:
    """The largest finite magnitude, in the array's shape."""
    finite = np.where(np.isfinite(array), np.abs(array), 0.0)
    return np.full(array.shape, np.max(finite, initial=0.0))


def _summed_to(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Broadcast to the shape, or summed to it: a broadcast input's gradient is a sum."""
    if array.ndim > len(shape):
        array = array.sum(axis=tuple(range(array.ndim - len(shape))))
    if array.ndim == len(shape):
        repeated = tuple(i for i, n in enumerate(shape) if n == 1 != array.shape[i])
        array = array.sum(axis=repeated, keepdims=True) if repeated else array
    return np.broadcast_to(array, shape)


EXACT = Exact()
EXACT_VALUE = Exact(signed_zero=False)
COMPARATIVE = Comparative()
COMPARATIVE_TENSOR = Comparative(scale="tensor")


def dot_bound(n: int, magnitude: np.ndarray, u: float) -> np.ndarray:
    """Error bound of n products summed in any order: min(n, λ√n)·u·(|A||B|), magnitude = |A||B|.

    n·u holds always (Jeannerod and Rump, 2013), λ√n·u with overwhelming probability (Higham and
    Mary, 2019); λ = 8.
    """
    return min(n, table.STATISTICAL_LAMBDA.value * math.sqrt(n)) * u * np.asarray(magnitude)
