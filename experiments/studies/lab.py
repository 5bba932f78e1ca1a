"""What a study works with: an implementation, a seed, and a record of what was found."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from experiments.tensors import to_array

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import ModuleType

    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray

T = TypeVar("T")


class Claim(NamedTuple):
    """A sentence, and whether the numbers bear it out."""

    sentence: str
    holds: bool


class Embedding(NamedTuple):
    """Points (N, D) for TensorBoard's projector, with columns of labels and pictures (N, h, w)."""

    points: NDArray[Any]
    labels: Mapping[str, Sequence[object]]
    images: NDArray[Any] | None


@dataclass(frozen=True)
class Study:
    """One entry of the table of studies.

    `run` computes with `lab.impl`, records what it finds, and returns a function that draws the
    page.
    """

    name: str
    title: str
    run: Callable[[Lab], Callable[[], Figure]]


@dataclass
class Lab:
    """The bench of one study.

    `fast` asks for fewer repetitions, steps or sizes, with the same claims. Numbers in `numbers`
    follow from the seed alone, whichever implementation computes; those in `measured` are
    times, rounding errors and the ends of long runs that amplify them: they differ from machine to
    machine.
    """

    impl: ModuleType
    seed: int = 0
    fast: bool = False
    numbers: dict[str, float] = field(default_factory=dict)
    measured: dict[str, float] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    embeddings: dict[str, Embedding] = field(default_factory=dict)

    def rng(self) -> np.random.Generator:
        """NumPy's generator, for data: the same whichever implementation computes."""
        return np.random.default_rng(self.seed)

    def scaled(self, full: T, fast: T) -> T:
        """`full`, or `fast` where time matters more than smooth curves."""
        return fast if self.fast else full

    def number(self, name: str, value: Any) -> float:
        """Record a number that depends on the seed only; its unit belongs in the name."""
        self.numbers[name] = float(value)
        return float(value)

    def measure(self, name: str, value: Any) -> float:
        """Record a time, a rounding error, or the end of a run that amplifies them."""
        self.measured[name] = float(value)
        return float(value)

    def claim(self, sentence: str, holds: Any) -> None:
        """Record that `sentence` is borne out, or that it is not."""
        self.claims.append(Claim(sentence, bool(holds)))

    def claim_of_times(self, sentence: str, holds: Any) -> None:
        """A claim about measured times: of full runs only, since short ones measure noise."""
        if not self.fast:
            self.claim(sentence, holds)

    @property
    def failed(self) -> list[str]:
        """The claims that do not hold."""
        return [claim.sentence for claim in self.claims if not claim.holds]

    def tensor(self, values: ArrayLike, requires_grad: bool = False) -> Any:
        """A float64 tensor: roundings stay far below whatever a study shows."""
        array = np.asarray(values, dtype=np.float64)
        return self.impl.tensor(array, requires_grad=requires_grad)

    def labels(self, values: ArrayLike) -> Any:
        """Class numbers as a tensor of int64."""
        return self.impl.tensor(np.asarray(values, dtype=np.int64))

    def network(self, sizes: Sequence[int], **options: Any) -> Any:
        """An `MLP` in float64; call `impl.manual_seed` before, for the same weights every time."""
        return self.impl.MLP(list(sizes), **options).double()

    def values(self, function: Callable[[Any], Any], x: ArrayLike) -> NDArray[np.float64]:
        """function(x) as an array, with no graph recorded."""
        with self.impl.no_grad():
            return to_array(function(self.tensor(x)))

    def slopes(self, function: Callable[[Any], Any], x: ArrayLike) -> NDArray[np.float64]:
        """∂ Σ function(x) / ∂x as an array: the derivative, where function is element by element."""
        point = self.tensor(x, requires_grad=True)
        function(point).sum().backward()
        return to_array(point.grad)


def fit(
    lab: Lab,
    model: Any,
    loss: Callable[[], Any],
    steps: int,
    optimizer: str = "Adam",
    watch: Callable[[int], object] | None = None,
    **options: Any,
) -> NDArray[np.float64]:
    """Take `steps` steps on `loss()` and return its value before each; `watch` follows each step."""
    chosen = getattr(lab.impl, optimizer)(model.parameters(), **options)
    history = []
    for step in range(steps):
        value = loss()
        chosen.zero_grad()
        value.backward()
        chosen.step()
        history.append(value.item())
        if watch is not None:
            watch(step + 1)
    return np.array(history)


def walk(
    lab: Lab,
    f: Callable[[Any], Any],
    start: ArrayLike,
    steps: int,
    optimizer: str,
    **options: Any,
) -> NDArray[np.float64]:
    """The points (steps + 1, D) that an optimizer visits on f from `start`."""
    point = lab.tensor(start, requires_grad=True)
    chosen = getattr(lab.impl, optimizer)([point], **options)
    path = [to_array(point).copy()]
    for _ in range(steps):
        chosen.zero_grad()
        f(point).backward()
        chosen.step()
        path.append(to_array(point).copy())
    return np.array(path)


def fastest(work: Callable[[], object], repeats: int) -> float:
    """Processor seconds of the fastest of `repeats` calls: what the work takes undisturbed.

    The processor's time, not the clock's: waiting for other programs is not part of the work.
    """
    best = np.inf
    for _ in range(repeats):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return float(best)


def first_below(values: ArrayLike, level: float) -> int:
    """The index of the first value below `level`; the length if there is none."""
    below = np.flatnonzero(np.asarray(values) < level)
    return int(below[0]) if below.size else len(np.asarray(values))
