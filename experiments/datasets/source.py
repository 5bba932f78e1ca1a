"""A data set before it is split: arrays, and what their rows and columns are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Source:
    """Samples with their names.

    `x` is (N, D); `y` is (N,) integer labels for classes, (N, 1) floats otherwise.
    `fractions` are the shares of train, validation and test; None means that the samples are the
    whole world (a truth table), so all three are the same. `test` is a test set that comes apart
    (MNIST's), and then the third share is 0.
    `scale` is "standardize" (each column by the training mean and spread), a number to divide by,
    or None.
    """

    x: NDArray[Any]
    y: NDArray[Any]
    feature_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    fractions: tuple[float, float, float] | None = (0.7, 0.1, 0.2)
    test: tuple[NDArray[Any], NDArray[Any]] | None = None
    scale: str | float | None = None
    image_shape: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()

    @property
    def in_features(self) -> int:
        """D, the number of columns of `x`."""
        return int(self.x.shape[1])
