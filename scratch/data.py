"""Data sets and the loader that cuts them into batches, in PyTorch's order from the same seed.

Stochastic gradient descent wants each epoch in a new random order, cut into batches of B samples: a
batch's gradient is then an unbiased estimate of the full one. An iterator over a loader draws, as
PyTorch's does, a 64-bit seed for worker processes (there are none here, but the stream has to move
on) and, to shuffle, the seed of a generator of its own that makes the permutation.

Source: Robbins & Monro (1951), "A stochastic approximation method"; PyTorch, ``torch.utils.data``.
"""

from __future__ import annotations

import itertools
import math
import warnings
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from scratch.autograd import Tensor, stack, tensor, wrap
from scratch.random import Generator, default_generator, permutation, resolve_generator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scratch.autograd import Array

__all__ = ["DataLoader", "TensorDataset", "random_split"]


class Dataset(Protocol):
    """Anything with a length whose samples can be had by number: a data set, a list, a tensor."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: Any, /) -> Any: ...


class TensorDataset:
    """Tensors whose rows belong together: sample i is ``(tensors[0][i], tensors[1][i], …)``.

    Raises:
        AssertionError: the tensors differ in length.

    >>> TensorDataset(tensor([[1.0], [2.0]]), tensor([0, 1]))[1]
    (tensor([2.]), tensor(1))
    """

    def __init__(self, *tensors: Tensor) -> None:
        for t in tensors:
            if not isinstance(t, Tensor):
                raise TypeError(f"TensorDataset expects Tensors, got {type(t).__name__}")
            if not t.ndim:
                raise IndexError("TensorDataset expects tensors with a dimension of samples")
        if any(len(t.data) != len(tensors[0].data) for t in tensors):
            lengths = ", ".join(str(len(t.data)) for t in tensors)
            raise AssertionError(f"Size mismatch between tensors: their lengths are {lengths}")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(t[index] for t in self.tensors)

    def __len__(self) -> int:
        return len(self.tensors[0].data)


class Subset:
    """The samples of ``dataset`` at ``indices``, in that order."""

    def __init__(self, dataset: Dataset, indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]
        return self.dataset[self.indices[index]]

    def __len__(self) -> int:
        return len(self.indices)


class DataLoader:
    """Batches of a data set: every pass over the loader is one epoch.

    A batch of a :class:`TensorDataset` (or a subset of one) is a list of tensors, gathered at once;
    samples of other data sets are fetched one by one and stacked. ``batch_size=None`` gives single
    samples. With ``shuffle``, every epoch has a new order, drawn from ``generator``.

    Raises:
        ValueError: ``batch_size`` is not a positive integer; ``drop_last`` is not a bool, or is set
            without a batch size; there is nothing to shuffle.

    >>> loader = DataLoader(TensorDataset(tensor([1, 2, 3, 4, 5])), batch_size=2)
    >>> len(loader), list(loader)[-1]
    (3, [tensor([5])])
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int | None = 1,
        shuffle: bool = False,
        drop_last: bool = False,
        generator: Generator | None = None,
    ) -> None:
        if shuffle and not len(dataset):
            raise ValueError("shuffle needs a data set with at least one sample, got an empty one")
        if batch_size is None:
            if drop_last:
                raise ValueError("drop_last needs a batch_size, got batch_size=None")
        elif type(batch_size) is not int or batch_size <= 0:
            raise ValueError(f"batch_size should be a positive integer, got {batch_size!r}")
        elif not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a bool, got {drop_last!r}")
        self.dataset = dataset
        self.batch_size = batch_size
        self.shuffle = bool(shuffle)
        self.drop_last = drop_last
        self.generator = generator

    def __len__(self) -> int:
        samples, size = len(self.dataset), self.batch_size or 1
        return samples // size if self.drop_last else -(-samples // size)

    def __iter__(self) -> Iterator[Any]:
        _draw_seed(resolve_generator(self.generator))  # PyTorch's seed for worker processes
        return self._batches()

    def _batches(self) -> Iterator[Any]:
        if self.batch_size is None:
            for (index,) in self._indices(1):
                yield _convert(self.dataset[int(index)])
            return
        tensors, positions = _rows_behind(self.dataset)
        for indices in self._indices(self.batch_size):
            if tensors is None:
                yield collate([self.dataset[i] for i in indices.tolist()])
            else:
                rows = indices if positions is None else positions[indices]
                yield [_gather(t, rows) for t in tensors]

    def _indices(self, size: int) -> Iterator[Array]:
        """The numbers of the samples of each batch."""
        n = len(self.dataset)
        if not self.shuffle:
            order = np.arange(n)
        else:
            own = None if self.generator else Generator().manual_seed(_draw_seed(default_generator))
            order = np.array(permutation(n, self.generator or own))
        whole = n - n % size
        for start in range(0, whole, size):
            yield order[start : start + size]
        if self.shuffle and self.generator is not None:
            self.generator.draw32(n - 1)  # for the permutation PyTorch starts before it stops
        if whole < n and not self.drop_last:
            yield order[whole:]


def random_split(
    dataset: Dataset, lengths: Sequence[int | float], generator: Generator | None = None
) -> list[Subset]:
    """Cut a data set at random into parts of the given lengths, or fractions with the sum 1.

    Of fractions, what rounding down leaves over goes one by one to the first parts.

    Raises:
        ValueError: the lengths are negative, or do not sum to that of the data set.

    >>> [len(part) for part in random_split(range(10), [0.75, 0.25])]
    [8, 2]
    """
    n, total = len(dataset), sum(lengths)
    if math.isclose(total, 1) and total <= 1:
        lengths = _lengths_of_fractions(n, lengths)
    if sum(lengths) != n:
        raise ValueError(
            f"Sum of input lengths does not equal the length of the input dataset: "
            f"{list(lengths)} for {n} samples"
        )
    if not all(hasattr(length, "__index__") for length in lengths):
        raise TypeError(f"lengths must be integers, or fractions with the sum 1, got {lengths}")
    if any(length < 0 for length in lengths):
        raise ValueError(f"lengths must not be negative, got {list(lengths)}")
    indices = permutation(n, generator)
    ends = itertools.accumulate(int(length) for length in lengths)
    return [
        Subset(dataset, indices[end - int(length) : end])
        for end, length in zip(ends, lengths, strict=True)
    ]


def _lengths_of_fractions(n: int, fractions: Sequence[float]) -> list[int]:
    for i, fraction in enumerate(fractions):
        if not 0 <= fraction <= 1:
            raise ValueError(f"Fraction at index {i} is not between 0 and 1: {fraction}")
    lengths = [math.floor(n * fraction) for fraction in fractions]
    for i in range(n - sum(lengths)):
        lengths[i % len(lengths)] += 1
    for i, length in enumerate(lengths):
        if not length:
            warnings.warn(
                f"Length of split at index {i} is 0. This might result in an empty dataset.",
                stacklevel=3,
            )
    return lengths


def collate(samples: Sequence[Any]) -> Any:
    """One batch of samples: tensors, arrays and numbers stacked; lists and dicts entry by entry.

    Raises:
        RuntimeError: shapes or lengths differ among the samples.
        TypeError: a sample is of a kind that cannot be stacked.
    """
    first = samples[0]
    if isinstance(first, Tensor):
        return stack(samples)
    if isinstance(first, np.ndarray):
        return stack([tensor(sample) for sample in samples])
    if isinstance(first, np.generic):
        return tensor(np.array(samples))
    if isinstance(first, float):
        return tensor(samples, dtype="float64")
    if isinstance(first, int):
        return tensor(samples)
    if isinstance(first, str | bytes):
        return samples
    if isinstance(first, dict):
        return {key: collate([sample[key] for sample in samples]) for key in first}
    if isinstance(first, list | tuple):
        if len({len(sample) for sample in samples}) > 1:
            raise RuntimeError("each element in list of batch should be of equal size")
        return [collate(entries) for entries in zip(*samples, strict=True)]
    raise TypeError(
        "batch must contain tensors, numpy arrays, numbers, dicts or lists; "
        f"found {type(first).__name__}"
    )


def _convert(sample: Any) -> Any:
    """A single sample in the form a batch would have: arrays as tensors, tuples as lists."""
    if isinstance(sample, np.ndarray | np.generic):
        return tensor(sample)
    if isinstance(sample, list | tuple):
        return [_convert(entry) for entry in sample]
    if isinstance(sample, dict):
        return {key: _convert(entry) for key, entry in sample.items()}
    return sample


def _rows_behind(dataset: Dataset) -> tuple[tuple[Tensor, ...] | None, Array | None]:
    """The tensors that a data set takes its samples from, and the row of each sample in them.

    (None, None) if it is something else, or a subclass that changes what a sample is.
    """
    rows: Array | None = None
    while type(dataset) is Subset:
        indices = np.asarray(dataset.indices, dtype=np.int64)
        rows = indices if rows is None else indices[rows]
        dataset = dataset.dataset
    return (dataset.tensors, rows) if type(dataset) is TensorDataset else (None, None)


def _gather(t: Tensor, rows: Array) -> Tensor:
    return t[rows] if t.requires_grad else wrap(t.data.take(rows, axis=0))


def _draw_seed(generator: Generator) -> int:
    """A random int64 that is not negative."""
    return int(generator.draw64(1)[0]) & (2**63 - 1)
