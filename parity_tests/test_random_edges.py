"""Random numbers at the edges: the ends of ranges, where the words run out, other machines."""

from __future__ import annotations

import platform
import warnings

import numpy as np
import pytest

from parity_tests.instrument import (
    EXACT,
    Bad,
    Ulp,
    assert_parity,
    bad_cases,
    covers,
    offered,
    to_numpy,
    to_tensor,
)
from parity_tests.test_random import tier_of
from parity_tests.test_random_kernels import kernels

covers("bernoulli", "uniform_", "rand", "randn", "randint", "randperm", "Generator")

LARGEST = float(np.finfo(np.float32).max)


@pytest.mark.parametrize("bounds", [(-LARGEST, 0.0), (0.0, LARGEST), (LARGEST, LARGEST)])
def test_uniform_over_all_there_is(candidate, reference, bounds):
    """Both bounds may be the largest number, and so may their distance."""
    offered(candidate, "uniform_", "Generator")
    drawn = []
    for impl in (candidate, reference):
        generator = impl.Generator().manual_seed(3)
        drawn.append(impl.uniform_(to_tensor(impl, np.ones(40, np.float32)), *bounds, generator))
    assert_parity(drawn[0], drawn[1], EXACT, op="uniform_", direction="value")


def test_certain_coins(candidate, reference):
    """Probabilities of 0 and 1 are some."""
    for impl in (candidate, reference):
        offered(impl, "bernoulli")
        assert impl.bernoulli(impl.tensor([0.0, 1.0, 0.0, 1.0])).tolist() == [0.0, 1.0, 0.0, 1.0]


@pytest.mark.parametrize("name", ["rand", "randn", "randint", "randperm"])
def test_samples_ask_for_no_gradient(candidate, reference, name):
    offered(candidate, name)
    for impl in (candidate, reference):
        drawn = getattr(impl, name)(*((5, (3,)) if name == "randint" else (3,)))
        assert drawn.requires_grad is False


def test_randperm_without_a_dtype(candidate, reference):
    """None is the default, too."""
    offered(candidate, "randperm")
    for impl in (candidate, reference):
        assert sorted(impl.randperm(4, dtype=None).tolist()) == [0, 1, 2, 3]
        assert str(impl.randperm(4, dtype=None).dtype).endswith("int64")


def test_randperm_of_all_that_a_dtype_holds(candidate, reference):
    """0 … 127 as int8; 0 … 2048 as float16, where 2049 would be the first to be rounded."""
    offered(candidate, "randperm", "Generator")
    for n, dtype in ((128, "int8"), (2049, "float16"), (600, "float16")):
        drawn = [
            impl.randperm(n, dtype=dtype, generator=impl.Generator().manual_seed(1))
            for impl in (candidate, reference)
        ]
        assert_parity(drawn[0], drawn[1], EXACT, op="randperm", direction="value")
        assert sorted(drawn[0].tolist()) == list(range(n))


def drawn_or_refused(impl, low, high, dtype):
    """What is drawn, or the kind of error."""
    try:
        generator = impl.Generator().manual_seed(2)
        return impl.randint(low, high, (30,), dtype=dtype, generator=generator).tolist()
    except RuntimeError as error:
        return type(error)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("sign", [1, -1])
def test_integers_where_floats_are_no_longer_exact(candidate, reference, sign):
    """float16 has every integer up to 2048, every second one up to 4096, then every fourth."""
    offered(candidate, "randint", "Generator")
    for around in (2048, 4096):
        for first in range(around - 3, around + 5):
            for length in range(1, 7):
                low, high = sorted((sign * first, sign * (first + length)))
                mine, torchs = (
                    drawn_or_refused(impl, low, high, "float16") for impl in (candidate, reference)
                )
                assert mine == torchs, (low, high)


@pytest.mark.parametrize(("high", "warns"), [(2049, False), (2050, True), (2051, True)])
def test_a_warning_where_floats_are_no_longer_exact(candidate, high, warns):
    """2048 is the largest that is drawn below 2049."""
    offered(candidate, "randint")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        candidate.randint(0, high, (3,), dtype="float16")
    assert bool(said) == warns


LEAVES = {
    "rand": lambda i, **options: i.rand(2, 3, **options),
    "randn": lambda i, **options: i.randn(2, 3, **options),
    "randint": lambda i, **options: i.randint(5, (2, 3), dtype="float32", **options),
    "randperm": lambda i, **options: i.randperm(6, dtype="float32", **options),
}


@pytest.mark.parametrize("name", LEAVES)
def test_samples_with_a_gradient(candidate, reference, name):
    """They are leaves, and the same numbers."""
    offered(candidate, name, "Generator")
    drawn = []
    for impl in (candidate, reference):
        generator = impl.Generator().manual_seed(6)
        drawn.append(LEAVES[name](impl, generator=generator, requires_grad=True))
        assert drawn[-1].requires_grad
        assert drawn[-1].is_leaf
        assert tuple(drawn[-1].shape) == ((6,) if name == "randperm" else (2, 3))
    tier = tier_of(name, "float32")
    assert_parity(drawn[0], drawn[1], tier, op=name, direction="value")


def test_integers_below_zero(candidate, reference):
    offered(candidate, "randint", "Generator")
    for low, high in ((-300, -200), (-(2**63), -(2**63) + 1), (2**63 - 2, 2**63 - 1)):
        drawn = [
            impl.randint(low, high, (5,), generator=impl.Generator().manual_seed(1))
            for impl in (candidate, reference)
        ]
        assert_parity(drawn[0], drawn[1], EXACT, op="randint", direction="value")


@pytest.mark.parametrize("n", [1, 3, 622, 623, 624, 625, 1247, 1248, 1249])
def test_the_state_where_the_words_run_out(candidate, reference, n):
    """Of 624 words made at a time; the state is torch's, and both go on from it."""
    offered(candidate, "Generator", "rand")
    mine, theirs = (impl.Generator().manual_seed(7) for impl in (candidate, reference))
    candidate.rand(n, dtype="float32", generator=mine)
    reference.rand(n, dtype="float32", generator=theirs)
    state = to_numpy(theirs.get_state())
    assert_parity(mine.get_state(), state, EXACT, op="Generator", direction="state")
    other = candidate.Generator().set_state(to_tensor(candidate, state.copy()))
    mine_next, torchs_next = (
        impl.rand(4, generator=g) for impl, g in ((candidate, other), (reference, theirs))
    )
    assert_parity(mine_next, torchs_next, EXACT, op="Generator", direction="resumed")


def test_seeds_that_nobody_can_predict(candidate):
    """53 bits, of which the low 32 choose the stream: no two of eight are alike."""
    offered(candidate, "Generator")
    seeds = [candidate.Generator().seed() for _ in range(8)]
    assert max(seeds) < 2**53
    assert len({seed % 2**32 for seed in seeds}) == 8


@pytest.mark.parametrize("options", [{}, {"dtype": np.float64}], ids=str)
def test_coins_in_a_new_array(candidate, reference, options):
    """What dropout draws: torch's stream, float32 unless said otherwise."""
    made = kernels(candidate, "distributions").bernoulli_mask
    like = np.ones((3, 5), options.get("dtype", np.float32))
    mine, theirs = (impl.Generator().manual_seed(9) for impl in (candidate, reference))
    for p in (0.25, 0.75):
        coins = made((3, 5), p, **options, generator=mine)
        tossed = reference.bernoulli(to_tensor(reference, like), p, generator=theirs)
        assert_parity(coins, tossed, EXACT, op="bernoulli", direction="mask")


def test_a_coin_whose_number_is_its_probability(candidate, reference, dtype):
    """u < p, not u ≤ p."""
    for impl in (candidate, reference):
        offered(impl, "bernoulli", "rand", "Generator")
        u = impl.rand(20, dtype=dtype, generator=impl.Generator().manual_seed(5))
        coins = impl.bernoulli(u, generator=impl.Generator().manual_seed(5))
        assert not to_numpy(coins).any()


def _uniform(low: float, high: float):
    return lambda impl: impl.uniform_(impl.tensor([1.0, 2.0]), low, high)


def _between(low: int, high: int):
    return lambda impl: impl.randint(low, high, (2,))


INFINITE = float("inf")
SIXTY_FIVE_BITS = ((-(2**63) - 1, 5), (2**63, 5), (0, -(2**63) - 1), (0, 2**63), (-(2**64), 0))
BAD = [
    Bad("bernoulli", lambda i: i.bernoulli(i.tensor([0.5]), 1.5), RuntimeError, "p=1.5"),
    *(
        Bad("randint", _between(low, high), ValueError, "64-bit", id=f"{low} to {high}")
        for low, high in SIXTY_FIVE_BITS
    ),
    Bad("randint", _between(-(2**63), -(2**63)), RuntimeError, "low < high", id="smallest"),
    Bad("randperm", lambda i: i.randperm(2050, dtype="float16"), RuntimeError, "float16"),
    Bad("randperm", lambda i: i.randperm(129, dtype="int8"), RuntimeError, "int8", id="int8"),
    Bad("Generator", lambda i: i.Generator().set_state([1]), TypeError, "got list"),
    Bad("uniform_", _uniform(-LARGEST, LARGEST), RuntimeError, "to - from", id="too wide"),
    Bad("uniform_", _uniform(-INFINITE, 0.0), RuntimeError, "from", id="from"),
    Bad("uniform_", _uniform(0.0, INFINITE), RuntimeError, "to", id="to"),
]


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)


@pytest.mark.parametrize(
    ("machine", "is_x86"),
    [
        *((name, True) for name in ("x86_64", "AMD64", "i386", "i686")),
        *((name, False) for name in ("arm64", "aarch64", "ppc64le", "")),
    ],
)
def test_machines(candidate, monkeypatch, machine, is_x86):
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert kernels(candidate, "fused")._is_x86() == is_x86


def test_a_feature_that_nobody_has_heard_of(candidate):
    assert kernels(candidate, "fused")._cpu_has("NO SUCH FEATURE") is False


def test_normal_samples_without_vector_kernels(candidate, monkeypatch):
    """The same numbers from the C library, to its precision and that of a product."""
    module = kernels(candidate, "box_muller")
    monkeypatch.setattr(module, "vector_kernels", lambda: False)
    u = np.random.default_rng(1).integers(0, 2**24, (50, 2, 8)) * 2.0**-24
    plain = module.box_muller(u.astype(np.float32))
    assert plain.dtype == np.float32
    angles = (2 * np.pi * u[:, 1]).astype(np.float32).astype(np.float64)
    r = np.sqrt(-2 * np.log(1 - u[:, 0]))
    exact = np.stack([r * np.cos(angles), r * np.sin(angles)], 1)
    assert_parity(plain, exact.astype(np.float32), Ulp("libm"), op="box_muller")
