"""One set of inputs of a case, torch's answer to them, and the oracle's. The rest is in `held`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from parity_tests.instrument import oracles
from parity_tests.instrument.sides import forward, lift_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from parity_tests.instrument.case import Case


class Trial:
    """The inputs of one variant of a case, torch's answer to them, and the oracle's."""

    def __init__(
        self,
        case: Case,
        arrays: tuple[np.ndarray, ...],
        variant: str,
        *,
        reference: Any,
        dtype: str,
        device: str,
        rng: np.random.Generator,
        twice: bool = False,
        sparing: bool = False,
    ) -> None:
        self.case, self.arrays, self.variant = case, arrays, variant
        self.reference, self.dtype, self.device = reference, dtype, device
        self.rng, self.twice, self.sparing = rng, twice, sparing
        wrt = list(range(len(arrays) + twice) if case.wrt is None else case.wrt)
        if twice:
            wrt = sorted({max(i - 1, 0) for i in wrt})
        self.wrt = tuple(i for i in wrt if arrays[i].dtype.kind == "f")
        self.ready = False
        self.upstreams: list[np.ndarray] = []
        self.error: Exception | None = None

    def function(self, impl: Any, dtype: str, device: str = "cpu") -> Callable[..., Any]:
        """The operation of one side as a function of tensors."""
        self.lifted = options = lift_options(impl, self.case.options, dtype, device)

        def apply(*tensors: Any) -> Any:
            return self.case.apply(impl, self.repeat(tensors), options)

        return apply

    def repeat(self, tensors: tuple[Any, ...]) -> tuple[Any, ...]:
        """The first tensor as first and second argument, in the "twice" variant."""
        return (tensors[0], *tensors) if self.twice else tensors

    def name(self, i: int) -> int:
        """The number of the argument that array i is (the first one of two)."""
        return i + (self.twice and i > 0)

    def argument(self, position: int) -> int:
        """The number of the argument that a gradient is of, by its position in wrt."""
        return self.name(self.wrt[position])

    def prepare(self) -> None:
        """Torch's values and gradients, and the oracle's, once."""
        if self.ready:
            return
        self.ready = True
        function = self.function(self.reference, self.dtype, self.device)
        try:
            result = forward(self.reference, function, self.arrays, self.wrt, self.device)
            self.values, self.tracked = result.outputs, result.tracked
            self.aliases = result.aliases or []
            self.upstreams = [self._upstream(v) for v in self.values]
            self.grads = result.pullback(self.upstreams, False) if any(self.tracked) else []
        except Exception as error:
            if self.variant == "plain":
                raise
            self.error = error
            return
        self.oracles = oracles.of(self)

    def _upstream(self, value: np.ndarray) -> np.ndarray:
        """Random, non-uniform, without zeros; where it is "infinite", every other element is."""
        if self.case.upstream_kind(self.dtype) == "dyadic":
            magnitude = self.rng.integers(1, 17, value.shape) / 8.0
        else:
            magnitude = self.rng.uniform(0.25, 2.0, value.shape)
        signed = np.asarray(magnitude * self.rng.choice([-1.0, 1.0], value.shape))
        if self.case.upstream == "infinite":
            signed.flat[::2] *= np.inf
        return np.asarray(signed, dtype=value.dtype if value.dtype.kind == "f" else self.dtype)
