"""What a call must leave as it was: everybody's error state, warnings, printing, and random streams.

Who switches NumPy's warnings off for good hides the faults of all that runs afterwards, and who
draws a number from a global stream changes what the next one gets. Of its own stream an operation
draws as many numbers as torch's does.
"""

from __future__ import annotations

import random
import warnings
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from parity_tests.driven import KINDS, Side, draw
from parity_tests.instrument import EXACT, Case, assert_parity, offered, to_numpy, to_tensor
from parity_tests.instrument.inputs import draw as drawn
from parity_tests.instrument.lacking import offers
from parity_tests.instrument.sides import forward, parameter
from parity_tests.instrument.trial import Trial
from parity_tests.schedules import optimizer_of
from parity_tests.test_schedulers import CASES as SCHEDULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def tables() -> Iterator[Case]:
    """The cases of all tables of this suite, but for those of long arrays."""
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        long = path.stem == "test_long_arrays" or path.stem.endswith("_sizes")
        if "\n@cases(" in path.read_text("utf-8") and not long:
            for value in vars(import_module(f"parity_tests.{path.stem}")).values():
                for mark in getattr(value, "pytestmark", ()):
                    yield from mark.args[0] if mark.name == "parity_cases" else ()


#: Of each operation its first case and its last.
FIRST_AND_LAST: dict[str, list[Case]] = {}
for case in tables():
    FIRST_AND_LAST[case.name] = [*FIRST_AND_LAST.get(case.name, [])[:1], case]


def of_cases(name: str) -> Callable[[Any, Any], None]:
    """Values and gradients of both. If one of them raises, that is for its own test to say."""

    def run(impl: Any, reference: Any) -> None:
        for case in FIRST_AND_LAST[name]:
            with suppress(Exception):
                evaluate(case, impl, reference)

    return run


def evaluate(case: Case, impl: Any, reference: Any) -> None:
    dtype, rng = case.dtypes[0], case.stream(0)
    arrays = drawn(case.inputs, rng, dtype)
    common = {"reference": reference, "dtype": dtype, "device": "cpu", "rng": rng}
    trial = Trial(case, arrays, "plain", **common)
    result = forward(impl, trial.function(impl, dtype), arrays, trial.wrt)
    if any(result.tracked):
        result.pullback([np.ones_like(v) for v in result.outputs], False)


def of_an_optimizer(kind: str) -> Callable[[Any, Any], None]:
    def run(impl: Any, reference: Any) -> None:
        rng = np.random.default_rng(0)
        side = Side(impl, kind, draw(rng, "float32"))
        for _ in range(2):
            side.step(draw(rng, "float32"))

    return run


def of_a_schedule(name: str) -> Callable[[Any, Any], None]:
    def run(impl: Any, reference: Any) -> None:
        options = next(options for n, options in SCHEDULES if n == name)
        getattr(impl, name)(optimizer_of(impl), **options).step()

    return run


def fitted(impl: Any, reference: Any) -> None:
    X = to_tensor(impl, np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]))
    impl.Perceptron(2).fit(X, to_tensor(impl, np.array([1, -1, 1])), max_epochs=3)


def clipped(name: str) -> Callable[[Any, Any], None]:
    def run(impl: Any, reference: Any) -> None:
        x = parameter(impl, np.array([3.0, 4.0]))
        (x * x).sum().backward()
        getattr(impl, name)([x], 1.0)

    return run


CALLS: dict[str, Callable[[Any, Any], None]] = {
    **{name: of_cases(name) for name in FIRST_AND_LAST},
    **{kind: of_an_optimizer(kind) for kind in KINDS},
    **{name: of_a_schedule(name) for name, _ in SCHEDULES},
    **{name: clipped(name) for name in ("clip_grad_norm_", "clip_grad_value_")},
    "Perceptron": fitted,
}


STREAMS = ("NumPy's global stream", "Python's global stream")


def everybodys() -> dict[str, Any]:
    """What belongs to the whole process."""
    return {
        "NumPy's error state": {k: str(v) for k, v in np.geterr().items()},
        "NumPy's printing": {k: str(v) for k, v in np.get_printoptions().items()},
        "the filters of warnings": str(warnings.filters),
        STREAMS[0]: list(np.random.get_state()),  # noqa: NPY002 - that one
        STREAMS[1]: list(random.getstate()[1]),
    }


def next_of(impl: Any, seed: int, run: Callable[[], None]) -> np.ndarray:
    """What the stream of an implementation gives after a run that began with this seed."""
    impl.manual_seed(seed)
    run()
    return to_numpy(impl.rand(3)).copy()


@pytest.mark.parametrize("name", CALLS)
def test_a_call_leaves_the_process_as_it_was(name, candidate, reference):
    """What draws no number in torch draws none here, of nobody's stream; what does, as many."""
    op, call = name.partition("-")[0], CALLS[name]
    offered(candidate, op)
    own = offers(candidate, "manual_seed") and offers(candidate, "rand")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".")  # and not all, which somebody else may want, too
        untouched = next_of(reference, 7, lambda: None)
        torchs = next_of(reference, 7, lambda: call(reference, reference))
        before = everybodys()
        moved = next_of(reference, 7, lambda: call(candidate, reference))
        after = everybodys()
        mine = next_of(candidate, 7, lambda: call(candidate, reference)) if own else torchs
    if (torchs != untouched).any():  # of which stream is the candidate's own business
        moved = untouched
        for stream in () if own else STREAMS:
            before.pop(stream)
            after.pop(stream)
    assert_parity(after, before, EXACT, op=op, direction="side effects")
    assert_parity(moved, untouched, EXACT, op=op, direction="torch's stream")
    assert_parity(mine, torchs, EXACT, op=op, direction="its own stream")
