"""Laws of the sampled keys: sums, order of looking, distribution; against exact sums and enumeration."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import accumulate
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateless.scale.binomial import EXACT_BELOW, half_binomial, quantile
from stateless.scale.occupancy import MAX_KEYS, ROOT, Occupancy, key_of_prefix, prefix_of
from tests.verkle.strategies import examples

seeds = st.binary(max_size=8)
counts = st.one_of(st.integers(0, 300), st.sampled_from((2**16, 2**16 + 1, 2**32, MAX_KEYS)))
keys = st.binary(min_size=31, max_size=31)


def prefixes(key: bytes) -> list[int]:
    whole = prefix_of(key)
    return [whole >> k for k in range(whole.bit_length())]


@given(seeds, counts, st.lists(keys, min_size=1, max_size=4))
@examples(60)
def test_halves_sum_to_the_whole(seed: bytes, count: int, looked_at: list[bytes]) -> None:
    occupancy = Occupancy(seed, count, 248)
    for key in looked_at:
        for prefix in prefixes(key)[1:]:
            assert occupancy.count(prefix) == occupancy.count(2 * prefix) + occupancy.count(2 * prefix + 1)
    assert occupancy.count(ROOT) == count


@given(seeds, counts, st.lists(keys, min_size=1, max_size=4), st.randoms(use_true_random=False))
@examples(60)
def test_the_order_of_looking_does_not_matter(
    seed: bytes, count: int, looked_at: list[bytes], random: Random
) -> None:
    wanted = [p for key in looked_at for p in prefixes(key)]
    one = Occupancy(seed, count, 248)
    straight = {p: one.count(p) for p in wanted}
    random.shuffle(wanted)
    other = Occupancy(seed, count, 248)
    for p in wanted:
        if random.random() < 0.1 and other.count(p) < 5000:
            other.children(p, min(8, 249 - p.bit_length()))
        assert other.count(p) == straight[p]


@given(seeds, st.integers(0, 300))
@examples(30)
def test_counts_are_those_of_the_keys(seed: bytes, count: int) -> None:
    occupancy = Occupancy(seed, count, 248)
    found = [key_of_prefix(key) for key in Occupancy(seed, count, 248).below(ROOT)]
    whole = [prefix_of(key) for key in found]
    assert len(found) == count
    assert found == sorted(set(found))
    assert all(len(key) == 31 for key in found)
    for key in found[::17]:
        for prefix in prefixes(key)[::5]:
            same = [k for k in whole if k >> (249 - prefix.bit_length()) == prefix]
            assert occupancy.count(prefix) == len(same)
            assert occupancy.first(prefix) == same[0]
            if len(same) == 1:
                assert occupancy.lone(prefix) == prefix_of(key)


@given(seeds, st.integers(0, 300), st.sampled_from((1, 4, 8)), keys)
@examples(40)
def test_children_are_what_is_counted_below(seed: bytes, count: int, bits: int, key: bytes) -> None:
    occupancy = Occupancy(seed, count, 248)
    for prefix in (ROOT, prefix_of(key) >> 240, prefix_of(key) >> 232):
        children = occupancy.children(prefix, bits)
        assert list(children) == sorted(children)
        for index in range(1 << bits):
            below = prefix << bits | index
            child = children.get(index)
            assert occupancy.count(below) == (0 if child is None else child.keys)
            if child is not None:
                assert child.key == (occupancy.lone(below) if child.keys == 1 else None)


def test_one_key_alone_is_found_on_its_path_only() -> None:
    occupancy = Occupancy(b"", 1, 256)
    key = occupancy.lone(ROOT)
    for shift in range(256):
        assert occupancy.count(key >> shift) == 1
        assert occupancy.count(key >> shift ^ 1) == 0
    assert occupancy.first((key >> 200) ^ 1) is None
    with pytest.raises(ValueError, match="0 keys"):
        occupancy.lone(key ^ 1)


def test_memory_follows_what_was_looked_at() -> None:
    key = prefix_of(bytes(range(31)))
    for count in (1 << 16, 1 << 40):
        occupancy = Occupancy(b"", count, 248)
        occupancy.count(key)
        occupancy.children(key >> 232, 8) if count == 1 << 16 else None
        assert occupancy.remembered < 2 * (math.log2(count) + 12)


@pytest.mark.parametrize("count", [0, 1, 5, 13])
def test_few_keys_are_split_exactly(count: int) -> None:
    size = -(-count // 8)
    seen = [0] * (count + 1)
    for bits in range(1 << 8 * size):
        seen[half_binomial(count, lambda _, b=bits: b.to_bytes(size, "big"))] += 1
    assert [Fraction(n, 1 << 8 * size) for n in seen] == [
        Fraction(math.comb(count, k), 1 << count) for k in range(count + 1)
    ]


def exact_distribution(count: int) -> tuple[int, list[float]]:
    """A number far below the middle, and P(at most k) from it on, as far above."""
    middle, reach = count // 2, 6 * math.isqrt(count)
    up, down = [1.0], [1.0]
    for k in range(middle, middle + reach):
        up.append(up[-1] * (count - k) / (k + 1))
    for k in range(middle, middle - reach, -1):
        down.append(down[-1] * k / (count - k + 1))
    weights = [*down[:0:-1], *up]
    total = math.fsum(weights)
    return middle - reach, [weight / total for weight in accumulate(weights)]


@pytest.mark.parametrize("count", [EXACT_BELOW, EXACT_BELOW + 1])
def test_many_keys_are_split_as_the_exact_law_says(count: int) -> None:
    """The step at which the quantile passes k is the exact probability of at most k."""
    first, probabilities = exact_distribution(count)
    deviation = math.isqrt(count) // 2
    steps = 1 << 52
    for k in range(count // 2 - 5 * deviation, count // 2 + 5 * deviation, 7):
        step = int(probabilities[k - first] * steps)
        slack = int(2e-11 * steps)
        assert quantile(count, step - slack) <= k < quantile(count, step + slack)
    assert first < quantile(count, 0) < count // 2 - 8 * deviation
    assert count // 2 + 8 * deviation < quantile(count, steps - 1) < first + len(probabilities)


@pytest.mark.parametrize("count", [1 << 32, 1 << 40])
def test_a_great_many_keys_have_the_moments_of_the_law(count: int) -> None:
    shifts = [quantile(count, (2 * i + 1) << 38) - count // 2 for i in range(1 << 13)]
    assert sum(shifts) == 0
    assert sum(s * s for s in shifts) / len(shifts) == pytest.approx(count / 4, rel=1e-3)


def test_what_is_no_state_is_refused() -> None:
    for keys_, bits in ((-1, 248), (MAX_KEYS + 1, 248), (5, 127), (5, 257)):
        with pytest.raises(ValueError, match=r"sampled state has|keys have"):
            Occupancy(b"", keys_, bits)
