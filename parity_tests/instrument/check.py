"""One case, everything that PARITY.md asks of it: values, gradients, layouts, special inputs."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from parity_tests.instrument.asking import missing
from parity_tests.instrument.held import Held, LeakError
from parity_tests.instrument.inputs import (
    LAYOUTS,
    VARIANTS,
    draw,
    float16_values,
    special_inputs,
    to_dtype,
)
from parity_tests.instrument.lacking import offered
from parity_tests.instrument.report import RECORDER
from parity_tests.instrument.single import hold_one_by_one
from parity_tests.instrument.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parity_tests.instrument.case import Case

#: Length of the longer random input of elementwise cases: enough for every vector width and tail.
_LONG = 259
#: In float64 every 8th of the 65,536 float16 values: 60 digits take half a millisecond each.
_SIXTY_DIGITS_STEP = 8


def check(
    case: Case,
    candidate: Any,
    reference: Any,
    dtype: str = "float32",
    device: str = "cpu",
    seed: int = 0,
    exhaustive: bool = False,
    variants: tuple[str, ...] | None = None,
    sparing: bool = False,
) -> None:
    """Hold one case of the candidate against the reference; raises ParityError.

    variants: only these besides the plain inputs (of VARIANTS, "single", "specials" and "long").
    sparing: no 60 digits where the verdict is clear without them; the report has less to show.
    """
    __tracebackhide__ = True  # a failure shows the test and the message
    offered(candidate, case.name)
    rng = case.stream(seed)
    given = case, reference, dtype, device, rng, exhaustive, variants, sparing
    leak: LeakError | None = None
    try:
        for trial, layout in trials(*given):
            leak = _run(trial, layout, candidate, leak)
            plain = trial.variant == "plain" and not layout
            if plain and (variants is None or "single" in variants):
                with _warnings_as_errors(candidate, leak):
                    hold_one_by_one(trial, candidate)
        if leak is not None:
            raise leak
    except Exception as error:
        if not missing(candidate, error, case):
            RECORDER.refuse(case.name, dtype, device, error)
        raise


def check_arrays(
    case: Case,
    arrays: Sequence[np.ndarray],
    candidate: Any,
    reference: Any,
    device: str = "cpu",
    seed: int = 0,
) -> None:
    """Hold one case on given arrays instead of its own, once; raises ParityError."""
    offered(candidate, case.name)
    dtype = next(str(a.dtype) for a in arrays if a.dtype.kind == "f")
    common: dict[str, Any] = {"dtype": dtype, "device": device, "rng": case.stream(seed)}
    leak = _run(Trial(case, tuple(arrays), "given", reference=reference, **common), "", candidate)
    if leak is not None:
        raise leak


def _run(
    trial: Trial, layout: str, candidate: Any, leak: LeakError | None = None
) -> LeakError | None:
    """Torch first, with whatever warnings it has; then the candidate, which may not leak any.

    Its first leak, if any, is given back: it is a failure, but not as grave as a wrong number.
    """
    __tracebackhide__ = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trial.prepare()
    try:
        with _warnings_as_errors(candidate, leak):
            Held(trial, candidate, layout).hold()
    except LeakError as error:
        leak = error
    else:
        return leak
    with _warnings_as_errors(candidate, leak):
        Held(trial, candidate, layout).hold()
    return leak


@contextmanager
def _warnings_as_errors(candidate: Any, leak: LeakError | None = None) -> Iterator[None]:
    """NumPy's warnings fail the candidate, unless its module says that it leaks them, or one has."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if leak is None and not getattr(candidate, "LEAKS_WARNINGS", False):
            warnings.simplefilter("error", RuntimeWarning)
        yield


def trials(
    case: Case,
    reference: Any,
    dtype: str,
    device: str,
    rng: np.random.Generator,
    exhaustive: bool,
    variants: tuple[str, ...] | None = None,
    sparing: bool = False,
) -> Iterator[tuple[Trial, str]]:
    """The plain inputs, then every variant that applies, then the special values."""
    arrays = draw(case.inputs, rng, dtype)
    case.require(arrays)
    common = {"reference": reference, "dtype": dtype, "device": device, "rng": rng}
    common["sparing"] = sparing
    wanted = VARIANTS if case.variants is None else tuple(case.variants.split())
    if variants is not None:
        wanted = tuple(v for v in wanted if v in variants)
    plain = Trial(case, arrays, "plain", **common)
    yield plain, ""
    for layout in ("transposed", "strided", "reversed"):
        if layout in wanted and any(a.ndim for a in arrays):
            yield plain, layout
    for variant, changed in changed_values(case, arrays, wanted):
        yield (
            Trial(case, changed, variant, **common),
            variant if variant in LAYOUTS else "",
        )
    if "twice" in wanted and _can_repeat(case, arrays):
        yield Trial(case, (arrays[0], *arrays[2:]), "twice", twice=True, **common), ""
    for variant, special in special_trials(case, arrays, dtype, rng, exhaustive):
        if variants is not None and variant not in variants:
            continue
        yield Trial(case, special, variant, **common), ""


def changed_values(
    case: Case, arrays: tuple[np.ndarray, ...], wanted: tuple[str, ...]
) -> Iterator[tuple[str, tuple[np.ndarray, ...]]]:
    """Variants with other values than the plain inputs: repeated rows, no rows, 0-d."""
    if "broadcast" in wanted and any(a.ndim and a.shape[0] > 1 for a in arrays):
        yield "broadcast", tuple(np.array(LAYOUTS["broadcast"](a)) for a in arrays)
    rows = next((a.shape[0] for a in arrays if a.ndim), None)
    if "empty" in wanted and rows is not None:
        yield "empty", tuple(a[:0] if a.ndim and a.shape[0] == rows else a for a in arrays)
    if "scalar" in wanted and (case.elementwise or case.variants is not None):
        yield "scalar", tuple(np.array(a.reshape(-1)[0]) for a in arrays)


def special_trials(
    case: Case,
    arrays: tuple[np.ndarray, ...],
    dtype: str,
    rng: np.random.Generator,
    exhaustive: bool,
) -> Iterator[tuple[str, tuple[np.ndarray, ...]]]:
    """For elementwise cases: special values, a longer random array, all of float16."""
    if not case.elementwise or any(a.dtype.kind != "f" for a in arrays):
        return
    if case.specials is not False:
        only = case.specials if isinstance(case.specials, tuple) else None
        yield "specials", special_inputs(len(arrays), dtype, case.kinks, only)
    long = [rng.choice(a.reshape(-1), _LONG) for a in arrays]
    if not case.tier_for(dtype).exact:
        long = [a * rng.uniform(0.9, 1.0, _LONG) for a in long]
    yield "long", tuple(to_dtype(a, dtype) for a in long)
    if exhaustive and len(arrays) == 1 and case.specials is not False:
        every = float16_values(dtype)[:: 1 if dtype == "float32" else _SIXTY_DIGITS_STEP]
        if case.specials is not None:  # of what is not finite only what the case names
            every = every[np.isfinite(every) | np.isin(every, case.specials)]
        yield "float16", (every,)


def _can_repeat(case: Case, arrays: tuple[np.ndarray, ...]) -> bool:
    """Whether the first two inputs are float tensors of one shape, both differentiated."""
    if len(arrays) < 2 or any(a.dtype.kind != "f" for a in arrays[:2]):
        return False
    both = case.wrt is None or {0, 1} <= set(case.wrt)
    return both and arrays[0].shape == arrays[1].shape
