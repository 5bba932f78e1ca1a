"""Arrays of random numbers, in the order in which PyTorch draws them from the same generator.

    uniform    low + (high − low) u                       normal       mean + std n
    integer    low + word mod (high − low)                Bernoulli    1 if u < p else 0
    permutation    exchange i with i + word mod (n − i), for i = 0, 1, …

Sources: Box & Muller (1958) for the normal distribution; Durstenfeld (1964), "Algorithm 235: Random
permutation", for the shuffle that Fisher & Yates (1938) did with pencil and paper.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from scratch.random.box_muller import box_muller
from scratch.random.fused import fma, multiply_add
from scratch.random.generator import resolve_generator

if TYPE_CHECKING:
    from scratch.autograd import Array
    from scratch.random.generator import Generator

_FLOATING = (np.dtype(np.float32), np.dtype(np.float64))
_MANY = 16  # from here on normal samples are made 16 at a time
_WIDE = 2**28  # ranges from here on take 64 bits a draw
_HUGE = (2**32 - 1) // 20  # permutations from here on, PyTorch makes another way


def fill_uniform(
    array: Array, low: float, high: float, generator: Generator | None = None
) -> Array:
    """Fill ``array`` in place with samples of U[low, high); returns it.

    Raises:
        NotImplementedError: the dtype is not floating.
        RuntimeError: low > high, or a bound or their distance is beyond the range of the dtype.
    """
    dtype = _require_floating("uniform", array)
    largest = float(np.finfo(dtype).max)
    for name, bound in (("from", low), ("to", high)):
        if not -largest <= bound <= largest:
            raise RuntimeError(f"uniform_: {name}={bound} is out of bounds for {dtype}")
    if not low <= high:
        raise RuntimeError(f"uniform_ expects a range [from, to), got from={low} > to={high}")
    if not high - low <= largest:
        raise RuntimeError(f"uniform_ expects to - from <= {largest}, got from={low} and to={high}")
    a, b = dtype.type(low), dtype.type(high)
    u = resolve_generator(generator).uniform(array.size, dtype)
    values = multiply_add(u, b - a, a)
    values[values == b] = a  # rounding may reach the upper end, which is excluded
    return _put(array, values)


def fill_normal(array: Array, mean: float, std: float, generator: Generator | None = None) -> Array:
    """Fill ``array`` in place with samples of N(mean, std²); returns it.

    Raises:
        NotImplementedError: the dtype is not floating.
        RuntimeError: std < 0.
    """
    dtype = _require_floating("normal", array)
    if not std >= 0:
        raise RuntimeError(f"normal_ expects std >= 0, got std={std}")
    generator = resolve_generator(generator)
    if array.size >= _MANY and array.flags.c_contiguous:
        normal = _many_normals(array.size, dtype, generator)
        return _put(array, fma(normal, std, mean))
    values = multiply_add(_single_normals(array.size, generator), std, mean)
    return _put(array, values.astype(dtype))


def _many_normals(n: int, dtype: np.dtype[Any], generator: Generator) -> Array:
    """n ≥ 16 standard normal samples: 8 pairs a block; an incomplete last block is made anew.

    "Anew" means that the last 16 samples, some of them made already, come from 16 fresh uniforms.
    """
    u = generator.uniform(n, dtype)
    whole = n - n % _MANY
    normal = np.empty_like(u)
    normal[:whole] = box_muller(u[:whole].reshape(-1, 2, 8)).ravel()
    if n % _MANY:
        normal[-_MANY:] = box_muller(generator.uniform(_MANY, dtype).reshape(1, 2, 8)).ravel()
    return normal


def _single_normals(n: int, generator: Generator) -> Array:
    """n samples one after the other, in double precision; the sine of a pair waits its turn."""
    samples = [] if generator.next_normal is None or not n else [generator.next_normal]
    missing = n - len(samples)
    u = generator.uniform(missing + missing % 2, np.dtype(np.float64)).tolist()
    for u1, u2 in zip(u[::2], u[1::2], strict=True):
        r, theta = math.sqrt(-2.0 * math.log1p(-u2)), 2.0 * math.pi * u1
        samples += (r * math.cos(theta), r * math.sin(theta))
    if n:
        generator.next_normal = samples.pop() if len(samples) > n else None
    return np.array(samples, dtype=np.float64)


def bernoulli_mask(
    shape: tuple[int, ...],
    p: float,
    dtype: np.dtype[Any] | type = np.float32,
    generator: Generator | None = None,
) -> Array:
    """A new array of ones (with probability ``p``) and zeros: ``empty(shape).bernoulli_(p)``.

    Raises:
        RuntimeError: p is not within [0, 1].
    """
    return fill_bernoulli(np.empty(shape, dtype), p, generator)


def fill_bernoulli(array: Array, p: float, generator: Generator | None = None) -> Array:
    """Fill ``array`` in place with ones, each with probability ``p``, and zeros; returns it.

    Raises:
        RuntimeError: p is not within [0, 1].
    """
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], got p={p}")
    bits = resolve_generator(generator).draw64(array.size) & np.uint64(2**53 - 1)
    return _put(array, bits < math.ceil(p * 2.0**53))  # k/2⁵³ < p, in integers


def bernoulli_from(probabilities: Array, generator: Generator | None = None) -> Array:
    """An array like ``probabilities`` with a one where u < p, one draw per element.

    Raises:
        NotImplementedError: the dtype is not floating.
        RuntimeError: a probability is not within [0, 1].
    """
    dtype = _require_floating("bernoulli", probabilities)
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise RuntimeError("bernoulli expects every probability in [0, 1]")
    u = resolve_generator(generator).uniform(probabilities.size, dtype)
    return (u.reshape(probabilities.shape) < probabilities).astype(dtype)


def integers(low: int, high: int, n: int, generator: Generator | None = None) -> Array:
    """``n`` integers of [low, high) as int64; wide ranges take 64 bits a draw, others 32."""
    generator = resolve_generator(generator)
    if high - low >= _WIDE:
        return (generator.draw64(n) % np.uint64(high - low)).astype(np.int64) + np.int64(low)
    return (generator.draw32(n) % np.uint32(high - low)).astype(np.int64) + np.int64(low)


def permutation(n: int, generator: Generator | None = None) -> list[int]:
    """The integers 0 … n − 1 in random order.

    Raises:
        NotImplementedError: n ≥ 214,748,364, where PyTorch draws another way.
    """
    if n >= _HUGE:
        raise NotImplementedError(f"randperm is implemented for n < {_HUGE}, got n={n}")
    order = list(range(n))
    if n < 2:
        return order
    left = np.arange(n, 1, -1, dtype=np.uint32)
    words = resolve_generator(generator).draw32(n - 1) % left
    partners = words.astype(np.int64) + np.arange(n - 1)
    for i, j in enumerate(partners.tolist()):
        order[i], order[j] = order[j], order[i]
    return order


def _put(array: Array, values: Array) -> Array:
    """Write ``values``, drawn one after the other, to ``array`` in the order of its memory."""
    axes = sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis]))
    in_memory = array.transpose(axes)
    in_memory[...] = values.reshape(in_memory.shape)
    return array


def _require_floating(name: str, array: Array) -> np.dtype[Any]:
    if array.dtype not in _FLOATING:
        raise NotImplementedError(f"{name} samples are float32 or float64, not {array.dtype}")
    return array.dtype
