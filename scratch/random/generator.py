"""The generator of random bits: the Mersenne Twister MT19937, seeded and read as PyTorch does.

State of 624 words x, with the linear recurrence over the field of two elements

    x[k+624] = x[k+397] ⊕ (upper bit of x[k] | lower 31 bits of x[k+1]) A

and a tempering of each word on its way out. NumPy has the recurrence; what makes the stream
PyTorch's is how it is seeded (the low 32 bits of the seed), how 64-bit draws are put together
(first draw high, second low) and how bits become a real number in [0, 1).

Source: Matsumoto & Nishimura (1998), "Mersenne Twister: a 623-dimensionally equidistributed uniform
pseudo-random number generator".
"""

from __future__ import annotations

import operator
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from scratch.autograd import Tensor, wrap

if TYPE_CHECKING:
    from scratch.autograd import Array

WORDS = 624
DEFAULT_SEED = 67280421310721  # that of a new torch.Generator

# The layout of torch.Generator.get_state(); normal_x, normal_rho and the float sample are unused.
_STATE = np.dtype(
    [
        *(("seed", "u8"), ("left", "i4"), ("seeded", "i4"), ("next", "u8"), ("words", "u8", WORDS)),
        *(("normal_x", "f8"), ("next_normal", "f8"), ("normal_rho", "f8")),
        *(("has_next_normal", "i4"), ("padding", "i4"), ("float", "f4"), ("has_float", "u4")),
    ]
)


class Generator:
    """A stream of random bits, equal to that of ``torch.Generator()`` with the same seed.

    >>> from scratch.random import rand
    >>> rand(3, generator=Generator().manual_seed(0))
    tensor([0.4963, 0.7682, 0.0885])
    """

    __slots__ = ("_engine", "_seed", "next_normal")

    next_normal: float | None
    """The second sample of the last Box–Muller pair, kept for the next single draw."""

    def __init__(self) -> None:
        self.manual_seed(DEFAULT_SEED)

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream that belongs to ``seed``, −2⁶³ ≤ seed < 2⁶⁴; returns the generator.

        A negative seed counts down from 2⁶⁴. Only the low 32 bits choose the stream.

        Raises:
            RuntimeError: ``seed`` is not an integer.
            ValueError: ``seed`` does not fit in 64 bits.
        """
        try:
            whole = None if isinstance(seed, bool) else operator.index(seed)
        except TypeError:
            whole = None
        if whole is None:
            raise RuntimeError(f"manual_seed expected an integer, got {type(seed).__name__}")
        if not -(2**63) <= whole < 2**64:
            raise ValueError(f"manual_seed expected a seed of 64 bits, -2^63 to 2^64-1, got {seed}")
        self._seed = whole % 2**64
        # RandomState rather than np.random.Generator: its stream is frozen across NumPy versions.
        self._engine = np.random.RandomState(self._seed & 0xFFFFFFFF)
        self.next_normal = None
        return self

    def seed(self) -> int:
        """Start a stream that nobody can predict; returns its seed."""
        seed = int.from_bytes(os.urandom(8), "little") & (2**53 - 1)
        self.manual_seed(seed)
        return seed

    def initial_seed(self) -> int:
        """The seed that the stream was started with, 0 ≤ seed < 2⁶⁴."""
        return self._seed

    def draw32(self, n: int) -> Array:
        """The next ``n`` words of the stream, as uint32 of shape (n,)."""
        return self._engine.randint(0, 2**32, size=n, dtype=np.uint32)

    def draw64(self, n: int) -> Array:
        """The next 2n words in pairs (high, low), as uint64 of shape (n,)."""
        return self._engine.randint(0, 2**64, size=n, dtype=np.uint64)

    def uniform(self, n: int, dtype: np.dtype[Any]) -> Array:
        """``n`` reals k/2ᵈ in [0, 1): d = 24 bits of one word, or d = 53 of a pair for float64."""
        if dtype == np.float64:
            return (self.draw64(n) & np.uint64(2**53 - 1)) * 2.0**-53
        bits = self.draw32(n) & np.uint32(2**24 - 1)
        return bits.astype(np.float32) * np.float32(2.0**-24)

    def get_state(self) -> Tensor:
        """The state as a uint8 tensor, byte for byte that of ``torch.Generator.get_state()``."""
        state = np.zeros((), _STATE)
        engine = self._engine.get_state(legacy=False)["state"]
        words, position = engine["key"], engine["pos"]
        if position == WORDS and np.array_equal(words, _words(np.random.RandomState(_low(self)))):
            position = 0  # nothing drawn yet: PyTorch then says 0 where NumPy says 624
        state["seed"], state["words"], state["next"] = self._seed, words, position
        state["seeded"] = 1
        state["left"] = WORDS + 1 - position if position else 1
        if self.next_normal is not None:
            state["has_next_normal"], state["next_normal"] = 1, self.next_normal
        return wrap(np.frombuffer(state.tobytes(), np.uint8).copy())

    def set_state(self, new_state: Tensor) -> Generator:
        """Continue from a state that :meth:`get_state`, of either side, returned.

        Raises:
            TypeError: ``new_state`` is not a uint8 tensor.
            RuntimeError: it has another length than a state.
        """
        if not isinstance(new_state, Tensor) or new_state.dtype != np.uint8:
            kind = new_state.dtype if isinstance(new_state, Tensor) else type(new_state).__name__
            raise TypeError(f"set_state expected a uint8 tensor from get_state, got {kind}")
        if new_state.numel() != _STATE.itemsize:
            raise RuntimeError(
                f"set_state expected {_STATE.itemsize} bytes, got {new_state.numel()}"
            )
        state = np.frombuffer(new_state.data.tobytes(), _STATE)[0]
        self.manual_seed(int(state["seed"]))
        position = int(state["next"]) or WORDS  # 0: nothing drawn yet
        words = state["words"].astype(np.uint32)
        self._engine.set_state(
            {"bit_generator": "MT19937", "state": {"key": words, "pos": position}}
        )
        if state["has_next_normal"]:
            self.next_normal = float(state["next_normal"])
        return self


def _low(generator: Generator) -> int:
    return generator.initial_seed() & 0xFFFFFFFF


def _words(engine: np.random.RandomState) -> Array:
    words: Array = engine.get_state(legacy=False)["state"]["key"]
    return words


default_generator = Generator()
default_generator.seed()


def manual_seed(seed: int) -> Generator:
    """Seed the generator that is used where none is given; returns it.

    Raises:
        ValueError: ``seed`` does not fit in 64 bits.

    >>> from scratch.random import rand
    >>> _ = manual_seed(0)
    >>> rand(2)
    tensor([0.4963, 0.7682])
    """
    return default_generator.manual_seed(int(seed))


def resolve_generator(generator: Generator | None) -> Generator:
    """``generator``, or the default one for None.

    Raises:
        TypeError: it is something else.
    """
    if generator is None:
        return default_generator
    if not isinstance(generator, Generator):
        raise TypeError(f"generator must be a Generator or None, got {type(generator).__name__}")
    return generator
