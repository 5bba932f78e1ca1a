"""The verdict on one array: dtype, shape, NaN and infinities, distance; and its record."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from parity_tests.instrument import again, messages
from parity_tests.instrument.bits import same_bits
from parity_tests.instrument.high_precision import Oracle, split
from parity_tests.instrument.report import RECORDER, Record
from parity_tests.instrument.sides import to_numpy
from parity_tests.instrument.tiers import COMPARATIVE, EXACT, Tier


class ParityError(AssertionError):
    """Two implementations disagree by more than the tier allows.

    recorded: whether the report has a row that says so; direction: of what that row is, if not;
    of_zeros: that zeros have another sign is all.
    """

    def __init__(
        self, message: str, recorded: bool = False, direction: str = "", of_zeros: bool = False
    ) -> None:
        super().__init__(message)
        self.recorded, self.direction, self.of_zeros = recorded, direction, of_zeros


@dataclass
class Comparison:
    """One array of the candidate beside torch's and the oracle's, and what they came from."""

    op: str
    direction: str
    dtype: str
    actual: np.ndarray
    expected: np.ndarray
    oracle: Oracle | None = None
    device: str = "cpu"
    inputs: tuple[np.ndarray, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    upstream: np.ndarray | None = None
    position: int = 0
    #: The first input is the first and the second argument: their gradients are summed.
    twice: bool = False
    where: str = ""
    #: Code that shows the element at an index; without one, the array's dtype and shape.
    paste: Callable[[tuple[int, ...] | None], str] | None = None
    #: What was evaluated already: kept when the oracle is replaced.
    memo: dict[Any, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.has_oracle = self.oracle is not None
        high = self.expected.astype(np.float64) if self.oracle is None else self.oracle.high
        low = np.zeros(high.shape) if self.oracle is None else self.oracle.low
        high, low = np.broadcast_to(high, self.expected.shape), np.broadcast_to(low, high.shape)
        unknown = np.isnan(high) | (np.isinf(high) & np.isfinite(self.expected))
        #: Where the truth is the oracle's; elsewhere torch stands in, which has errors of its own.
        self.known = self.has_oracle & ~unknown
        torch_says = self.expected.astype(np.float64)
        self.truth = Oracle(np.where(unknown, torch_says, high), np.where(unknown, 0.0, low))

    def evaluate(self, function: Callable[..., Any], *lead: Any) -> Any:
        """A bound's or scale's function of the inputs (and, for a gradient, of the upstream)."""
        if (function, lead) not in self.memo:
            inputs = [a.astype(np.float64) if a.dtype.kind == "f" else a for a in self.inputs]
            upstream = [] if self.upstream is None else [self.upstream.astype(np.float64)]
            result = function(*lead, *upstream, *inputs, **self.options)
            if upstream and self.twice:
                result = [result[0] + result[1], *result[2:]]
            self.memo[function, lead] = result[self.position] if upstream else result
        return self.memo[function, lead]

    @property
    def title(self) -> str:
        """Operation, direction, dtype, device and case, in one line."""
        parts = [self.op, self.direction, self.dtype, self.device, self.where]
        return " · ".join(filter(None, parts))


class Verdict(NamedTuple):
    """Element by element: refused or not, how far from the truth, and how far it may be."""

    bad: np.ndarray
    error: np.ndarray
    allowed: np.ndarray


def verdict(c: Comparison, tier: Tier) -> Verdict:
    """Where the tier does not hold, for arrays of one dtype and shape."""
    if tier.exact or c.actual.dtype.kind != "f":
        bad = ~same_bits(c.actual, c.expected, getattr(tier, "signed_zero", True))
        return Verdict(bad, np.where(bad, np.inf, 0.0), np.zeros(bad.shape))
    with np.errstate(all="ignore"):
        allowed, error = tier.allowed(c), c.truth.error(c.actual)
        return Verdict(_outside(c, error, allowed), error, allowed)


def obvious(actual: np.ndarray, expected: np.ndarray, tier: Tier) -> bool:
    """Whether the arrays are so alike that no oracle and no scale could refuse them.

    The tiers whose `settled` is a proof settle all that is one ulp of torch's value apart.
    """
    if actual.dtype != expected.dtype or actual.shape != expected.shape:
        return False
    if tier.exact or expected.dtype.kind != "f":
        return bool(same_bits(actual, expected).all())
    with np.errstate(all="ignore"):
        near = np.abs(actual - expected) <= np.abs(np.spacing(expected))
    return tier.proves and bool((near | (actual == expected)).all())


def judge(c: Comparison, tier: Tier) -> None:
    """Record the comparison; raise a ParityError that teaches where the tier does not hold."""
    __tracebackhide__ = True
    if c.actual.dtype != c.expected.dtype or c.actual.shape != c.expected.shape:
        got, want = f"{c.actual.dtype} {c.actual.shape}", f"{c.expected.dtype} {c.expected.shape}"
        said = f"{c.title}\n  candidate gives {got}, torch {want}{_paste(c)}"
        raise ParityError(said, direction=c.direction)
    if c.actual.size == 0:
        return
    bad, error, allowed = verdict(c, tier)
    with np.errstate(all="ignore"):
        shares = np.where(np.isfinite(error) & (allowed > 0), error / allowed, 0.0)
    shares = np.where(bad & ~np.isfinite(error), np.inf, shares)
    wrong = bad & (c.actual != c.expected)  # a zero's sign alone is the least of what can differ
    index = _worst(wrong if wrong.any() else bad, error, allowed) if bad.any() else None
    record = _record(c, tier, float(np.max(shares, initial=0.0)), index)
    if index is not None:
        said = messages.disagreement(c, tier, record, index, bad, error, allowed)
        raise ParityError(said, True, of_zeros=tier.exact and not wrong.any())


def _outside(c: Comparison, error: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Where the candidate is further from the truth than allowed, or not finite where torch is.

    Where torch is not finite the candidate must be the same, unless the truth is finite and the
    candidate has it: torch is not the truth.
    """
    close = error <= allowed
    same = (c.actual == c.expected) | (np.isnan(c.actual) & np.isnan(c.expected))
    return np.asarray(~np.where(np.isfinite(c.expected), close, same | close))


def _worst(bad: np.ndarray, error: np.ndarray, allowed: np.ndarray) -> tuple[int, ...]:
    """The first bad index for exact comparisons, the worst one otherwise."""
    if not np.isfinite(error[bad]).all():
        flat = int(np.argmax(bad & ~np.isfinite(error)))
    else:
        with np.errstate(over="ignore"):
            excess = np.where(bad, error / np.maximum(allowed, np.finfo(np.float64).tiny), -1.0)
        flat = int(np.argmax(excess))
    return tuple(int(i) for i in np.unravel_index(flat, bad.shape))


def _record(c: Comparison, tier: Tier, ratio: float, refused: tuple[int, ...] | None) -> Record:
    """Put the comparison's numbers into the report; `refused` is the worst element that failed."""
    name = re.split(r"[ ,(\[]", c.op)[0]
    record = Record(name, c.direction, c.dtype, c.device, tier.label, c.actual.size, ratio=ratio)
    record.failed = refused is not None
    if c.actual.dtype.kind == "f":
        with np.errstate(all="ignore"):
            unit = tier.unit(c)
            mine = _finite(np.where(c.actual == c.expected, 0.0, c.truth.error(c.actual)) / unit)
            if c.known.any() and not tier.exact:
                mine = _finite(c.truth.error(c.actual) / unit)
                record.reference_ulp = float(_finite(c.truth.error(c.expected) / unit).max())
            if refused is not None and not np.isfinite(c.truth.error(c.actual)[refused]):
                mine[refused] = np.inf
        at = np.unravel_index(int(np.argmax(mine)), mine.shape) if refused is None else refused
        record.candidate_ulp = float(mine[at])
        if record.candidate_ulp > 0 or record.failed:
            record.worst = messages.inputs_at(c, tuple(int(i) for i in at))
            record.case = c.where
    RECORDER.add(record)
    return record


def _finite(errors: np.ndarray) -> np.ndarray:
    return np.nan_to_num(errors, nan=0.0, posinf=0.0)


def _paste(c: Comparison) -> str:
    return f"\n  paste:\n{c.paste(None)}" if c.paste else again.text()


def assert_parity(
    actual: Any,
    expected: Any,
    tier: Tier = EXACT,
    *,
    op: str,
    direction: str = "forward",
    oracle: Any = None,
    device: str = "cpu",
) -> None:
    """Hold tensors, arrays, numbers, or (nested) lists and dicts of these, against torch's.

    oracle: a high-precision or float64 value of the same structure, or None. How the values were
    made only the test knows: a failure ends with the command that makes them again (see `again`).
    """
    __tracebackhide__ = True
    if isinstance(expected, Mapping):
        _same_keys(op, direction, list(actual), list(expected))
        for key in expected:
            truth = None if oracle is None else oracle[key]
            where = f"{direction}[{key!r}]"
            assert_parity(
                actual[key], expected[key], tier, op=op, direction=where, oracle=truth,
                device=device,
            )  # fmt: skip # both sides, then words
        return
    numbers = (bool, int, float)
    if isinstance(expected, (list, tuple)) and not all(type(v) in numbers for v in expected):
        _same_keys(op, direction, list(range(len(actual))), list(range(len(expected))))
        for i, (a, e) in enumerate(zip(actual, expected, strict=True)):
            truth = None if oracle is None else oracle[i]
            where = f"{direction}[{i}]"
            assert_parity(a, e, tier, op=op, direction=where, oracle=truth, device=device)
        return
    if expected is None or isinstance(expected, str):
        if actual != expected:
            said = f"candidate gives {actual!r}, not {expected!r}"
            raise ParityError(f"{op} · {direction}: {said}{again.text()}")
        return
    mine, theirs = to_numpy(actual), to_numpy(expected)
    truth = None if oracle is None else split(to_numpy(oracle))
    dtype = str(theirs.dtype)
    c = Comparison(op, "by hand", dtype, mine, theirs, truth, device, where=direction)
    judge(c, _default(tier, mine))


def _default(tier: Tier, array: np.ndarray) -> Tier:
    return tier if array.dtype.kind == "f" or tier.exact else COMPARATIVE


def _same_keys(op: str, direction: str, actual: list[Any], expected: list[Any]) -> None:
    __tracebackhide__ = True
    if actual != expected:
        said = f"candidate has {actual}, torch {expected}"
        raise ParityError(f"{op} · {direction}: {said}{again.text()}")
