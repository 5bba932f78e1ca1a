"""Data order: the same batches from the same seed, and the same draws when a loop breaks off."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from parity_tests.instrument import (
    EXACT,
    Bad,
    assert_parity,
    bad_cases,
    covers,
    offered,
    options_grid,
    to_numpy,
    to_tensor,
)

covers("TensorDataset", "DataLoader", "random_split")

LOADERS = [
    options
    for options in options_grid(
        batch_size=[1, 2, 3, 7, 20, None], shuffle=[False, True], drop_last=[False, True]
    )
    if not (options["batch_size"] is None and options["drop_last"])
]


def table(impl, n, dtype="float32", device="cpu"):
    """n rows of three numbers, with their labels."""
    x = np.arange(3 * n, dtype=dtype).reshape(n, 3) / 8
    y = np.arange(n)[::-1].copy()
    return impl.TensorDataset(to_tensor(impl, x, device=device), to_tensor(impl, y, device=device))


def epochs(impl, loader, generator, others, take):
    """Three epochs, each broken off after ``take`` batches, and what every generator has drawn."""
    seen: list[Any] = [len(loader), loader.batch_size, loader.drop_last]
    for _ in range(3):
        iterator = iter(loader)
        seen.append(others.get_state())  # the iterator alone has drawn, not yet the first batch
        seen.append(impl.rand(1))
        seen.append([list(batch) for batch in itertools.islice(iterator, take)])
        seen.append(others.get_state())
        if take is None:
            assert next(iterator, "the end") == "the end"
    seen.append(generator.get_state())
    return seen


@pytest.mark.parametrize("options", LOADERS, ids=str)
def test_batches(options, candidate, reference, device):
    """Batches, their order, len(), and the state of the generators after every epoch."""
    offered(candidate, "DataLoader", "TensorDataset")
    torch_loader = reference.DataLoader.__bases__[0]
    # torch.manual_seed walks the stack; its generator's own method does not
    everyone = {impl: impl.manual_seed(3) for impl in (candidate, reference)}
    for n, own, take in itertools.product((2, 6, 7), (False, True), (None, 0, 1)):
        sides = []
        for impl, make in (
            (candidate, candidate.DataLoader),
            (reference, reference.DataLoader),
            (reference, torch_loader),  # torch's own loader, taking samples one by one
        ):
            generator = impl.Generator().manual_seed(7)
            data = table(impl, n, device="cpu" if impl is candidate else device)
            loader = make(data, **options, generator=generator if own else None)
            sides.append(epochs(impl, loader, generator, everyone[impl].manual_seed(3), take))
        where = f"{n} samples, own generator {own}, {take} batches"
        assert_parity(sides[1], sides[2], EXACT, op="torch_ref.DataLoader", direction=where)
        assert_parity(sides[0], sides[1], EXACT, op="DataLoader", direction=where, device=device)


LENGTHS = [[3, 4], [0, 7], [7], [0.5, 0.5], [0.3, 0.3, 0.4], [0.1, 0.2, 0.7], [1], [2, 2, 3]]


@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
def test_split(lengths, candidate, reference):
    """The same rows in the same part, from a generator and from the global one."""
    offered(candidate, "random_split")
    for own in (False, True):
        parts = []
        for impl in (candidate, reference):
            impl.manual_seed(5)
            generator = impl.Generator().manual_seed(6) if own else None
            split = impl.random_split(table(impl, 7), lengths, generator)
            assert all(part.dataset is split[0].dataset for part in split)
            parts.append(
                [[list(part.indices), len(part), *part[list(range(len(part)))]] for part in split]
            )
        assert_parity(parts[0], parts[1], EXACT, op="random_split", direction=str(lengths))


def test_empty_part(candidate, reference):
    """A fraction too small for one sample deserves a warning."""
    offered(candidate, "random_split")
    for impl in (candidate, reference):
        with pytest.warns(UserWarning, match="index 1 is 0"):
            impl.random_split(range(3), [0.9, 0.1])
        with pytest.warns(UserWarning, match="index 0 is 0"):
            impl.random_split(range(3), [0.0, 1.0])


def test_one_sample_by_default(candidate, reference):
    offered(candidate, "DataLoader", "TensorDataset")
    mine, torchs = (list(impl.DataLoader(table(impl, 3))) for impl in (candidate, reference))
    assert_parity(mine, torchs, EXACT, op="DataLoader", direction="default batch size")


def test_training_set(candidate, reference, dtype):
    """A shuffled loader over a part of a part: what a training run does."""
    offered(candidate, "random_split", "DataLoader")
    batches = []
    for impl in (candidate, reference):
        impl.manual_seed(0)
        most, _ = impl.random_split(table(impl, 1000, dtype), [0.8, 0.2])
        part, _ = impl.random_split(most, [500, 300])
        batches.append([list(batch) for batch in impl.DataLoader(part, 32, shuffle=True)])
    assert_parity(batches[0], batches[1], EXACT, op="DataLoader", direction="subset of a subset")


SAMPLES: dict[str, Any] = {
    "ints": lambda i: [1, 2, 3],
    "floats": lambda i: [1.5, 2, 3],
    "bools": lambda i: [True, False],
    "tuples": lambda i: [(1, 2.0), (3, 4.0), (5, 6.0)],
    "lists": lambda i: [[1, 2.0], [3, 4.0], [5, 6.0]],
    "dicts": lambda i: [{"a": 1, "b": 2.5}, {"a": 2, "b": 3.5}],
    "texts": lambda i: [{"name": "one"}, {"name": "two"}],
    "arrays": lambda i: [np.arange(3.0), np.arange(3.0, 6.0)],
    "array of rows": lambda i: np.arange(6.0, dtype=np.float32).reshape(3, 2),
    "scalars": lambda i: list(np.arange(3.0)),
    "tensors": lambda i: [i.tensor([1.0, 2.0]), i.tensor([3.0, 4.0])],
    "a tensor": lambda i: i.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
    "pairs": lambda i: [(i.tensor([1.0, 2.0]), 0), (i.tensor([3.0, 4.0]), 1)],
}


@pytest.mark.parametrize("name", SAMPLES)
def test_any_data_set(name, candidate, reference):
    """Whatever has a length and samples by number; numbers and tensors are stacked."""
    offered(candidate, "DataLoader")
    for size in (1, 2, None):
        sides = []
        for impl in (candidate, reference):
            impl.manual_seed(1)
            sides.append(list(impl.DataLoader(SAMPLES[name](impl), size, shuffle=size == 2)))
        assert_parity(sides[0], sides[1], EXACT, op="DataLoader", direction=f"{name}, {size}")


def negated_sample(self, index):
    x, y = self.tensors
    return -x[index], y[index]


def test_subclass_decides_what_a_sample_is(candidate, reference):
    """A data set that changes its samples is asked for each of them."""
    offered(candidate, "DataLoader", "TensorDataset")
    sides = []
    for impl in (candidate, reference):
        impl.manual_seed(0)
        negated = type("Negated", (impl.TensorDataset,), {"__getitem__": negated_sample})
        sides.append(list(impl.DataLoader(negated(*table(impl, 5).tensors), 2, shuffle=True)))
    assert_parity(sides[0], sides[1], EXACT, op="DataLoader", direction="subclass")


def test_samples(candidate, reference):
    """A data set is indexed by number, list and slice; a tensor in it keeps its gradient."""
    offered(candidate, "TensorDataset")
    for index in (0, -1, [3, 1, 1], slice(1, 3)):
        sides = [list(table(impl, 5)[index]) for impl in (candidate, reference)]
        assert_parity(sides[0], sides[1], EXACT, op="TensorDataset", direction=str(index))
    grads = []
    for impl in (candidate, reference):
        x = impl.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
        for (batch,) in impl.DataLoader(impl.TensorDataset(x), 2):
            (batch * batch).sum().backward()
        grads.append(x.grad)
    assert_parity(grads[0], grads[1], EXACT, op="TensorDataset", direction="gradient")


def test_batches_are_copies(candidate):
    """What a training loop does to a batch does not reach the data set."""
    offered(candidate, "DataLoader", "TensorDataset")
    data = table(candidate, 6)
    before = to_numpy(data.tensors[0]).copy()
    for shuffle in (False, True):
        for x, _ in candidate.DataLoader(data, 3, shuffle):
            to_numpy(x)[...] = 99
    assert_parity(data.tensors[0], before, EXACT, op="DataLoader")


def empty(impl):
    return impl.TensorDataset(to_tensor(impl, np.zeros((0, 2), np.float32)))


def test_empty_data_set(candidate, reference):
    """Without shuffling, an empty data set is an empty epoch."""
    offered(candidate, "DataLoader", "TensorDataset")
    for impl in (candidate, reference):
        loader = impl.DataLoader(empty(impl), 2)
        assert (len(loader), list(loader)) == (0, [])


def in_batches_of(size):
    return lambda impl: impl.DataLoader(table(impl, 5), size)


BAD = [
    *(Bad("DataLoader", in_batches_of(size), ValueError, repr(size), id=f"size {size}")
      for size in (0, -1, 2.5, True, "a")),
    Bad("DataLoader", lambda i: i.DataLoader(table(i, 5), None, drop_last=True), ValueError, "None",
        id="drop_last without size"),
    Bad("DataLoader", lambda i: i.DataLoader(table(i, 5), 2, drop_last=1), ValueError, "1",
        id="drop_last"),
    Bad("DataLoader", lambda i: i.DataLoader(empty(i), 2, shuffle=True), ValueError, "empty",
        id="nothing to shuffle"),
    Bad("DataLoader", lambda i: list(i.DataLoader(5)), TypeError, "len", id="no data set"),
    Bad("DataLoader", lambda i: list(i.DataLoader([None, 1], 2)), TypeError, "NoneType", id="None"),
    Bad("DataLoader", lambda i: list(i.DataLoader([[1, 2], [3]], 2)), RuntimeError, "equal size",
        id="ragged"),
    Bad("DataLoader", lambda i: list(i.DataLoader([i.tensor([1.0]), i.tensor([1.0, 2.0])], 2)),
        RuntimeError, "(2,)", id="shapes"),
    Bad("DataLoader", lambda i: list(i.DataLoader(table(i, 5), 2, generator=5)), TypeError, "int",
        id="generator"),
    Bad("TensorDataset", lambda i: i.TensorDataset(i.tensor([1, 2]), i.tensor([1])), AssertionError,
        "2, 1", id="lengths"),
    Bad("TensorDataset", lambda i: i.TensorDataset(i.tensor(1.0)), IndexError, "dimension",
        id="0-d"),
    Bad("TensorDataset", lambda i: table(i, 5)[5], IndexError, "5", id="index"),
    Bad("random_split", lambda i: i.random_split(table(i, 5), [2, 2]), ValueError, "5 samples",
        id="sum"),
    Bad("random_split", lambda i: i.random_split(table(i, 5), [0.5, 0.3]), ValueError, "0.3",
        id="fractions"),
    Bad("random_split", lambda i: i.random_split(table(i, 5), [0.2, 0.4, 0.3, 0.1]), ValueError,
        "[0.2", id="fractions that sum to more"),
    Bad("random_split", lambda i: i.random_split(table(i, 5), [1.5, -0.5]), ValueError, "1.5",
        id="negative fraction"),
    Bad("random_split", lambda i: i.random_split(table(i, 5), [2.0, 3.0]), TypeError, "integers",
        id="floats"),
    Bad("random_split", lambda i: i.random_split(table(i, 5), []), ValueError, "[]", id="none"),
    Bad("random_split", lambda i: i.random_split(table(i, 5), [2, 3], 7), TypeError, "int",
        id="generator"),
    Bad("random_split", lambda i: i.random_split(table(i, 5), [2, 3])[0][7], IndexError,
        id="index"),
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
