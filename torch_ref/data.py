"""Data sets and the loader that cuts them into batches: those of ``torch.utils.data``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch.utils.data
from torch.utils.data import (
    BatchSampler,
    RandomSampler,
    SequentialSampler,
    Subset,
    TensorDataset,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Generator

__all__ = ["DataLoader", "TensorDataset", "random_split"]


class DataLoader(torch.utils.data.DataLoader):
    """Batches of a data set: every pass over the loader is one epoch.

    torch's own loader, with its fetching of whole batches switched on where that is possible. By
    default torch takes the samples of a :class:`TensorDataset` out one by one and stacks them again,
    which costs more than training a small network on them. With a sampler of batches and
    ``batch_size=None`` it asks the data set for a list of indices at once (the "disable automatic
    batching" of its documentation): the same batches, in the same order, from the same draws.

    Raises:
        ValueError: ``batch_size`` is not a positive integer; ``drop_last`` is not a bool, or is set
            without a batch size; there is nothing to shuffle.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool = False,
        drop_last: bool = False,
        generator: Generator | None = None,
    ) -> None:
        if batch_size is None or not _takes_lists(dataset):
            super().__init__(dataset, batch_size, shuffle, drop_last=drop_last, generator=generator)
            return
        order = (
            RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        )
        batches = BatchSampler(order, batch_size, drop_last)
        super().__init__(dataset, batch_size=None, sampler=batches, generator=generator)
        # What the user asked for; torch forbids to set them once the loader is made.
        self.__dict__.update(batch_size=batch_size, drop_last=drop_last)


def _takes_lists(dataset: Any) -> bool:
    """Whether ``dataset[[i, j, …]]`` is the batch of samples i, j, …"""
    while type(dataset) is Subset:
        dataset = dataset.dataset
    return type(dataset) is TensorDataset


def random_split(
    dataset: Any, lengths: Sequence[int | float], generator: Generator | None = None
) -> list[Subset]:
    """Cut a data set at random into parts of the given lengths, or fractions with the sum 1.

    Of fractions, what rounding down leaves over goes one by one to the first parts.

    Raises:
        ValueError: the lengths do not sum to that of the data set.
    """
    return torch.utils.data.random_split(dataset, lengths, generator)
