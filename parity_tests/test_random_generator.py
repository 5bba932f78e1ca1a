"""The generator: its seeds, its state in torch's bytes, and that no two share anything."""

from __future__ import annotations

import copy

import pytest

from parity_tests.instrument import (
    EXACT,
    Bad,
    assert_parity,
    bad_cases,
    covers,
    offered,
    to_numpy,
    to_tensor,
)

covers("Generator", "manual_seed")

SEEDS = (0, 1, 42, 2**32 - 1, 2**32 + 5, 2**64 - 1, -1, -(2**63))


@pytest.mark.parametrize("seed", SEEDS)
def test_state(seed, candidate, reference):
    """The state is torch's, byte for byte: at the start, midway, and with a normal sample waiting."""
    offered(candidate, "Generator", "randn", "rand")
    mine, theirs = candidate.Generator().manual_seed(seed), reference.Generator().manual_seed(seed)
    assert mine.initial_seed() == theirs.initial_seed() == seed % 2**64
    for draw in (0, 1, 3, 620, 1, 1300):
        candidate.randn(min(draw, 3), generator=mine), candidate.rand(draw, generator=mine)
        reference.randn(min(draw, 3), generator=theirs), reference.rand(draw, generator=theirs)
        state = theirs.get_state()
        assert_parity(mine.get_state(), state, EXACT, op="Generator", direction="state")
        other = candidate.Generator()
        candidate.randn(1, generator=other)  # a second one waits, which the state knows nothing of
        assert other.set_state(to_tensor(candidate, to_numpy(state))) is other
        copy = reference.Generator()
        copy.set_state(state)
        assert_parity(candidate.randn(5, generator=other), reference.randn(5, generator=copy),
                      EXACT, op="Generator", direction="resumed")  # fmt: skip # both sides, then words
        assert_parity(other.get_state(), copy.get_state(), EXACT, op="Generator")


def test_generator(candidate, reference):
    """A new generator has torch's default seed; seed() takes a new one; generators are apart."""
    offered(candidate, "Generator")
    new = candidate.Generator()
    assert new.initial_seed() == reference.Generator().initial_seed()
    assert new.seed() == new.initial_seed() != candidate.Generator().seed()
    a, b = candidate.Generator().manual_seed(1), candidate.Generator().manual_seed(1)
    candidate.manual_seed(1)
    first = to_numpy(candidate.rand(4, generator=a))
    assert_parity(candidate.rand(4, generator=b), first, EXACT, op="Generator")
    assert_parity(candidate.rand(4), first, EXACT, op="Generator")


def test_state_is_a_copy(candidate):
    """What get_state returned does not move with the generator."""
    offered(candidate, "Generator")
    g = candidate.Generator()
    state = g.get_state()
    before = to_numpy(state).copy()
    candidate.rand(3, generator=g)
    assert_parity(state, before, EXACT, op="Generator", direction="state")


def test_a_copy_goes_on_by_itself(candidate, reference):
    """A deep copy draws what its original would, second normal sample and all; neither moves the other."""
    offered(candidate, "Generator", "randn", "rand")
    seen = []
    for impl in (candidate, reference):
        g = impl.Generator().manual_seed(5)
        impl.randn(1, generator=g)
        other = copy.deepcopy(g)
        drawn = [draw(5, generator=one) for one in (g, other) for draw in (impl.rand, impl.randn)]
        seen.append([*drawn, other.get_state(), other is g])
    assert_parity(seen[0], seen[1], EXACT, op="Generator", direction="deep copy")


BAD = [
    Bad("manual_seed", lambda i: i.manual_seed("a"), ValueError, "a"),
    Bad("manual_seed", lambda i: i.manual_seed(2**64), ValueError, "64", id="above"),
    Bad("manual_seed", lambda i: i.manual_seed(-(2**63) - 1), ValueError, "64", id="below"),
    Bad("Generator", lambda i: i.Generator().manual_seed(1.5), RuntimeError, "float"),
    Bad("Generator", lambda i: i.Generator().manual_seed(True), RuntimeError, "bool", id="bool"),
    Bad("Generator", lambda i: i.Generator().set_state(5), TypeError, "int"),
    Bad("Generator", lambda i: i.Generator().set_state(i.tensor([0.0])), TypeError, "float32",
        id="float state"),
    Bad("Generator", lambda i: i.Generator().set_state(i.tensor([0, 1], dtype="uint8")),
        RuntimeError, "5056", id="short state"),
]  # fmt: skip # a table


@bad_cases(BAD)
def test_bad_input(bad, check_bad):
    check_bad(bad)
