"""Random streams: the same bits from the same seed, whatever is drawn in whatever order."""

from __future__ import annotations

import platform
import sys
import warnings
from typing import Any

import numpy as np
import pytest

from parity_tests.instrument import (
    EXACT,
    Bad,
    Case,
    Tier,
    Ulp,
    assert_parity,
    bad_cases,
    cases,
    covers,
    offered,
    probabilities,
    to_tensor,
)

covers("rand", "randn", "randint", "randperm", "bernoulli")

SEEDS = (0, 1, 42, 2**32 - 1, 2**32 + 5, 2**64 - 1, -1, -(2**63))
SIZES = (0, 1, 2, 3, 15, 16, 17, 31, 32, 33, 100, 1000)
THREADED = 100_003  # more than torch gives to one thread where it splits work

# Other compilers fuse other operations of the float32 Box-Muller transform; see scratch.random.
KNOWN_KERNELS = sys.platform == "linux" and platform.machine() == "x86_64"
NORMAL_TIER: Tier = EXACT if KNOWN_KERNELS else Ulp("libm")

#: What is drawn: (impl, n, dtype, generator) -> tensor.
DRAWS: dict[str, Any] = {
    "rand": lambda i, n, t, g: i.rand(n, dtype=t, generator=g),
    "randn": lambda i, n, t, g: i.randn(n, dtype=t, generator=g),
    "randint": lambda i, n, t, g: i.randint(-5, 7, (n,), generator=g),
    "randint in 64 bits": lambda i, n, t, g: i.randint(-5, 2**28, (n,), generator=g),
    "randint below 64 bits": lambda i, n, t, g: i.randint(0, 2**28 - 1, (n,), generator=g),
    "randint of all": lambda i, n, t, g: i.randint(-(2**63), 2**63 - 1, (n,), generator=g),
    "randint as float": lambda i, n, t, g: i.randint(9, (n,), dtype=t, generator=g),
    "randint as uint8": lambda i, n, t, g: i.randint(256, (n,), dtype="uint8", generator=g),
    "randint as bool": lambda i, n, t, g: i.randint(0, 2, (n,), dtype="bool", generator=g),
    "randperm": lambda i, n, t, g: i.randperm(n, generator=g),
    "randperm as float": lambda i, n, t, g: i.randperm(n, dtype=t, generator=g),
    "bernoulli": lambda i, n, t, g: i.bernoulli(i.rand(n, dtype=t, generator=g), generator=g),
    "bernoulli p": lambda i, n, t, g: i.bernoulli(i.rand(n, dtype=t, generator=g), 0.3, generator=g),
    "bernoulli 0": lambda i, n, t, g: i.bernoulli(i.rand(n, dtype=t, generator=g), 0, generator=g),
    "bernoulli 1": lambda i, n, t, g: i.bernoulli(i.rand(n, dtype=t, generator=g), 1.0, generator=g),
    "uniform": lambda i, n, t, g: i.uniform_(i.rand(n, dtype=t), -0.1, 0.3, g),
    "uniform, symmetric": lambda i, n, t, g: i.uniform_(i.rand(n, dtype=t), -1 / 28, 1 / 28, g),
    "uniform, narrow": lambda i, n, t, g: i.uniform_(i.rand(n, dtype=t), 100.0, 100.001, g),
    "uniform, a point": lambda i, n, t, g: i.uniform_(i.rand(n, dtype=t), 0.7, 0.7, g),
    "uniform, wide": lambda i, n, t, g: i.uniform_(i.rand(n, dtype=t), -1e38, 1e38, g),
    "normal": lambda i, n, t, g: i.normal_(i.rand(n, dtype=t), 0.5, 2.3, g),
    "normal, centred": lambda i, n, t, g: i.normal_(i.rand(n, dtype=t), 0.0, 0.02, g),
    "normal, constant": lambda i, n, t, g: i.normal_(i.rand(n, dtype=t), 3.0, 0.0, g),
}  # fmt: skip # a table


def tier_of(name, dtype):
    """Exact, but for float32 normal samples where torch's kernels are not known."""
    return NORMAL_TIER if dtype == "float32" and name.startswith(("randn", "normal")) else EXACT


@pytest.fixture
def generators(candidate, reference):
    """Makes one generator per side, with the same seed."""
    names = ("rand", "randn", "randint", "randperm", "bernoulli", "uniform_", "normal_")
    offered(candidate, "Generator", *names)

    def make(seed: int) -> tuple[Any, Any]:
        return candidate.Generator().manual_seed(seed), reference.Generator().manual_seed(seed)

    return make


@pytest.mark.parametrize("seed", SEEDS)
def test_stream(seed, candidate, reference, generators, dtype):
    """Everything, in every size, from one generator: a draw too many or too few shows in the next."""
    mine, theirs = generators(seed)
    sizes = (*SIZES, THREADED) if seed == SEEDS[0] else SIZES
    for n in sizes:
        for name, draw in DRAWS.items():
            actual, expected = draw(candidate, n, dtype, mine), draw(reference, n, dtype, theirs)
            where = f"{name} of {n}, seed {seed}"
            assert_parity(actual, expected, tier_of(name, dtype), op=name, direction=where)


@pytest.mark.parametrize("bits", [1, 8, 16, 24, 27, 28, 31, 32, 48, 63])
@pytest.mark.parametrize("beside", [-1, 0, 1])
def test_integers_of_ranges_around_powers_of_two(candidate, reference, generators, bits, beside):
    """How many bits a draw takes depends on the range: 32, or 64 from 2^28 on; so does the next."""
    size = 2**bits + beside
    for low in (0, -(2 ** (bits - 1)), 5):
        if low + size >= 2**63 or size < 1:
            continue
        mine, theirs = generators(3)
        for n in (1, 3, 17):
            where = f"{n} of [{low}, {low} + 2^{bits} + {beside})"
            actual = candidate.randint(low, low + size, (n,), generator=mine)
            expected = reference.randint(low, low + size, (n,), generator=theirs)
            assert_parity(actual, expected, EXACT, op="randint", direction=where)
            actual, expected = mine.get_state(), theirs.get_state()
            assert_parity(actual, expected, EXACT, op="randint", direction=f"state after {where}")


def test_many_normals(candidate, reference, generators, dtype, exhaustive):
    """Every block is transformed alike, however long the tensor."""
    mine, theirs = generators(7)
    n = 2**20 + 5 if dtype == "float32" else 2**16 + 5
    for _ in range(40 if exhaustive else 1):
        actual = candidate.randn(n, dtype=dtype, generator=mine)
        expected = reference.randn(n, dtype=dtype, generator=theirs)
        assert_parity(actual, expected, tier_of("randn", dtype), op="randn", direction="long")


@pytest.mark.parametrize("size", [(2, 3), ((2, 3),), ([4],), ((),), (0, 3), (5, 4, 3)], ids=str)
def test_shapes(size, candidate, reference, device, dtype):
    """Dimensions one by one or as a sequence; drawn on the CPU wherever the result lies."""
    offered(candidate, "manual_seed", "rand", "randn")
    for name in ("rand", "randn"):
        candidate.manual_seed(3), reference.manual_seed(3)
        actual = getattr(candidate, name)(*size, dtype=dtype, requires_grad=True)
        expected = getattr(reference, name)(*size, dtype=dtype, requires_grad=True, device=device)
        assert (actual.requires_grad, actual.is_leaf) == (True, True)
        assert_parity(actual, expected, tier_of(name, dtype), op=name, device=device)


def test_defaults(candidate, reference, device):
    """float32 reals, int64 integers, and the global generator."""
    offered(candidate, "manual_seed", "rand", "randint", "randperm")
    for seed in (5, True, 2.0):
        assert candidate.manual_seed(seed).initial_seed() == int(seed)
        reference.manual_seed(seed)
        for call in (
            lambda i, **o: i.rand(2, **o),
            lambda i, **o: i.randn(2, **o),
            lambda i, **o: i.randint(3, (2, 2), **o),
            lambda i, **o: i.randint(3, size=(2,), **o),
            lambda i, **o: i.randint(high=3, size=[2], **o),
            lambda i, **o: i.randint(low=2, high=3, size=(2,), **o),
            lambda i, **o: i.randperm(5, **o),
        ):
            assert_parity(call(candidate), call(reference, device=device), EXACT, op="defaults")
    assert_parity(candidate.bernoulli(candidate.rand(40)), reference.bernoulli(reference.rand(40)),
                  EXACT, op="bernoulli")  # fmt: skip # both sides, then words


@pytest.mark.parametrize("high", [2**24 + 3, 2**25 + 1, 2**30, 2**53, 2**53 + 5, 2**60 + 1])
def test_integers_as_floats(high, candidate, reference, generators, dtype):
    """Beyond 2^24 (2^53) the range shrinks to ends that the dtype holds, with a warning."""
    mine, theirs = generators(high)
    digits = 24 if dtype == "float32" else 53
    for low in (0, 3, 1 - high, high // 2 + 1):
        sides = []
        for impl, g in ((candidate, mine), (reference, theirs)):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                sides.append(impl.randint(low, high, (50,), dtype=dtype, generator=g))
            if impl is candidate:  # torch gives each of its warnings only once
                assert bool(caught) is (max(abs(low), high - 1) > 2**digits)
        assert_parity(sides[0], sides[1], EXACT, op="randint", direction=f"[{low}, {high})")


LAYOUTS = {
    "transposed": (lambda a: a.T, (4, 6)),
    "three axes": (lambda a: np.swapaxes(a, 0, 2), (4, 6, 5)),
    "every other column": (lambda a: a[:, ::2], (8, 12)),
    "every other row, transposed": (lambda a: a[::2].T, (8, 12)),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_memory_order(layout, candidate, reference, generators, dtype):
    """Where a tensor does not lie row by row, torch fills it in the order of memory."""
    view, shape = LAYOUTS[layout]
    fills = {
        "uniform_": lambda i, x, g: i.uniform_(x, -1.0, 2.0, g),
        "normal_": lambda i, x, g: i.normal_(x, 1.0, 2.0, g),
        "bernoulli": lambda i, x, g: i.bernoulli(x, generator=g),
        "bernoulli p": lambda i, x, g: i.bernoulli(x, 0.4, generator=g),
    }
    mine, theirs = generators(11)
    for name, fill in fills.items():
        array = np.random.default_rng(0).random(shape).astype(dtype)
        x = to_tensor(candidate, view(array.copy()))
        y = view_of_torch(reference, array, layout)
        assert_parity(fill(candidate, x, mine), fill(reference, y, theirs), EXACT, op=name)


def view_of_torch(reference, array, layout):
    """The same view in torch, which has no swapaxes of NumPy's and no view of an array's strides."""
    x = to_tensor(reference, array)
    return {
        "transposed": lambda: x.T,
        "three axes": lambda: x.transpose(0, 2),
        "every other column": lambda: x[:, ::2],
        "every other row, transposed": lambda: x[::2].T,
    }[layout]()


@cases([Case("bernoulli", inputs=(probabilities(4, 5),), tier=EXACT, variants="twice",
             call=lambda i, p, *_: i.bernoulli(p, generator=i.Generator().manual_seed(2)))])  # fmt: skip # a table
def test_gradient_of_a_coin(case, check):
    """It is flat: the gradient is zero, and there is one."""
    check(case)


BAD = [
    Bad("rand", lambda i: i.rand(), TypeError, "size", id="no size"),
    Bad("rand", lambda i: i.rand(2.0), TypeError, "float", id="float size"),
    Bad("rand", lambda i: i.rand([2.0]), TypeError, "float", id="float in size"),
    Bad("rand", lambda i: i.rand(True), TypeError, "bool", id="bool size"),
    Bad("rand", lambda i: i.rand((2, 3), 4), TypeError, id="sequence and number"),
    Bad("rand", lambda i: i.rand(2, -1), RuntimeError, "-1", id="negative size"),
    Bad("rand", lambda i: i.rand(2, dtype="int64"), NotImplementedError, "int64"),
    Bad("rand", lambda i: i.rand(2, dtype="float31"), TypeError, "float31", id="no such dtype"),
    Bad("rand", lambda i: i.rand(2, generator=5), TypeError, "int", id="no generator"),
    Bad("randn", lambda i: i.randn(), TypeError, "size", id="no size"),
    Bad("randn", lambda i: i.randn(-2), RuntimeError, "-2", id="negative size"),
    Bad("randn", lambda i: i.randn(2, dtype="bool"), NotImplementedError, "bool"),
    Bad("randint", lambda i: i.randint(0, (2,)), RuntimeError, "high=0", id="empty"),
    Bad("randint", lambda i: i.randint(5, 3, (2,)), RuntimeError, "low=5", id="reversed"),
    Bad("randint", lambda i: i.randint(3, 3, (0,)), RuntimeError, "low=3", id="empty, no samples"),
    Bad("randint", lambda i: i.randint(5), TypeError, "size", id="no size"),
    Bad("randint", lambda i: i.randint(0, 3, 2), TypeError, "size", id="size is a number"),
    Bad("randint", lambda i: i.randint(2.5, (2,)), TypeError, "float", id="float high"),
    Bad("randint", lambda i: i.randint(0, 5, (2, -1)), RuntimeError, "-1", id="negative size"),
    Bad("randint", lambda i: i.randint(0, 300, (2,), dtype="uint8"), RuntimeError, "uint8"),
    Bad("randint", lambda i: i.randint(-1, 3, (2,), dtype="uint8"), RuntimeError, "uint8", id="low"),
    Bad("randint", lambda i: i.randint(0, 3, (2,), dtype="bool"), RuntimeError, "bool", id="bool"),
    Bad("randint", lambda i: i.randint(0, 2**31 + 1, (2,), dtype="int32"), RuntimeError, "int32",
        id="int32"),
    Bad("randint", lambda i: i.randint(0, 2**63, (2,)), ValueError, "64", id="65 bits"),
    Bad("randint", lambda i: i.randint(2**30 + 1, 2**30 + 3, (2,), dtype="float32"), RuntimeError,
        "float32", id="between floats"),
    Bad("randint", lambda i: i.randint(0, 3, (2,), requires_grad=True), RuntimeError, "float",
        id="gradient"),
    Bad("randperm", lambda i: i.randperm(-1), RuntimeError, "-1"),
    Bad("randperm", lambda i: i.randperm(3.0), TypeError, "float"),
    Bad("randperm", lambda i: i.randperm(True), TypeError, "bool", id="bool"),
    Bad("randperm", lambda i: i.randperm(257, dtype="uint8"), RuntimeError, "uint8", id="uint8"),
    Bad("randperm", lambda i: i.randperm(2**24 + 2, dtype="float32"), RuntimeError, "float32",
        id="float32"),
    Bad("randperm", lambda i: i.randperm(3, dtype="bool"), NotImplementedError, "bool"),
    Bad("randperm", lambda i: i.randperm(3, requires_grad=True), RuntimeError, "float",
        id="gradient"),
    Bad("bernoulli", lambda i: i.bernoulli(0.5), TypeError, "float"),
    Bad("bernoulli", lambda i: i.bernoulli(i.tensor([0.5]), "a"), TypeError, "str", id="p"),
    Bad("bernoulli", lambda i: i.bernoulli(i.tensor([1, 0])), NotImplementedError, "int64"),
    Bad("bernoulli", lambda i: i.bernoulli(i.tensor([1.5])), RuntimeError, "[0, 1]"),
    Bad("bernoulli", lambda i: i.bernoulli(i.tensor([0.5]), -0.1), RuntimeError, "-0.1", id="p<0"),
    Bad("bernoulli", lambda i: i.bernoulli(i.tensor([0.5]), float("nan")), RuntimeError, "nan",
        id="NaN"),
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
