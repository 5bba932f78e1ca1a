"""What is trained: sizes, batches, losses; and the pool that the random batches come from."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Setting(NamedTuple):
    """A network and the batches that it is trained on."""

    sizes: tuple[int, ...]
    batch: int
    loss: str = "classes"
    activation: str = "relu"

    @property
    def name(self) -> str:
        """The sizes, as in 784-128-10."""
        return "-".join(map(str, self.sizes))


SETTINGS: dict[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting((2, 2, 1), 4, "binary", "sigmoid"),
        Setting((1, 3, 1), 1, "regression", "sigmoid"),
        Setting((64, 64, 10), 32),
        Setting((784, 128, 10), 64),
        Setting((784, 512, 256, 10), 128),
        Setting((784, 2048, 2048, 10), 256),
    )
}

INPUTS, TARGETS = 31, 37
"""How many of each are in the pool; coprime, so that a pair comes back after 31 · 37 steps only."""


def targets(setting: Setting, rng: np.random.Generator) -> np.ndarray:
    """Random targets that say nothing about the inputs: the loss stays where it is."""
    shape = (setting.batch, setting.sizes[-1])
    if setting.loss == "classes":
        return rng.integers(0, setting.sizes[-1], setting.batch)
    if setting.loss == "binary":
        return rng.integers(0, 2, shape).astype(np.float32)
    return rng.standard_normal(shape, np.float32)


def batches(
    setting: Setting, convert: Callable[[np.ndarray], Any], seed: int = 0
) -> Iterator[tuple[Any, Any]]:
    """Endless random batches (x, y), each array made by ``convert`` beforehand."""
    rng = np.random.default_rng(seed)
    shape = (setting.batch, setting.sizes[0])
    xs = [convert(rng.standard_normal(shape, np.float32)) for _ in range(INPUTS)]
    ys = [convert(targets(setting, rng)) for _ in range(TARGETS)]
    return ((xs[i % INPUTS], ys[i % TARGETS]) for i in count())
