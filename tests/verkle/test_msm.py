"""Sums of multiples: both kernels, all three ways over the basis, against one multiplication at a time."""

from __future__ import annotations

import hashlib
import itertools
from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.oracles import curve
from tests.verkle.strategies import EDGE_SCALARS, encoded_points, examples, scalars
from verkle import banderwagon as group
from verkle import crs, pedersen
from verkle.combs import digits_of
from verkle.field import R
from verkle.msm import STRAUS_LIMIT, msm, signed_bytes, wnaf
from verkle.pedersen import DENSE_FROM, Committer, commit, commit_many

GENERATOR = bytes.fromhex("4a2c7486fd924882bf02c6908de395122843e3e05264d7991e18e7985dad51e9")

terms = st.lists(st.tuples(encoded_points, scalars), max_size=7)


def encoded(p: group.Point) -> bytes:
    return group.encode_many([p])[0]


def oracle_sum(pairs: list[tuple[bytes, int]]) -> bytes:
    return curve.serialise(curve.msm([curve.deserialise(a) for a, _ in pairs], [k for _, k in pairs]))


@given(terms)
@example([])
@example([(GENERATOR, 0)])
@example([(GENERATOR, 1), (GENERATOR, R - 1)])
@example([(GENERATOR, 5), (GENERATOR, 5), (bytes(32), R - 1)])
@examples(40)
def test_sum_of_multiples(pairs: list[tuple[bytes, int]]) -> None:
    points = group.decode_many([a for a, _ in pairs])
    assert encoded(msm(points, [k for _, k in pairs])) == oracle_sum(pairs)


@given(terms, st.integers(-2, 2))
@examples(10)
def test_scalars_are_taken_mod_r(pairs: list[tuple[bytes, int]], times: int) -> None:
    points = group.decode_many([a for a, _ in pairs])
    shifted = [k + times * R for _, k in pairs]
    assert group.equal(msm(points, shifted), msm(points, [k for _, k in pairs]))


def scattered(n: int) -> list[int]:
    """n scalars of all sizes, edges among them."""
    hashes = [int.from_bytes(hashlib.sha256(i.to_bytes(4, "big")).digest(), "big") % R for i in range(n)]
    return [EDGE_SCALARS[i % 16] if i % 16 < len(EDGE_SCALARS) else hashes[i] for i in range(n)]


@pytest.mark.parametrize("n", [0, 1, 2, 3, STRAUS_LIMIT - 1, STRAUS_LIMIT, STRAUS_LIMIT + 1, 256])
def test_both_kernels(n: int) -> None:
    """Multiples of one point, so that the sum is known from the scalars alone; every other sign turned."""
    doublings = [group.GENERATOR]
    while len(doublings) < 32:
        doublings.append(group.double(doublings[-1]))
    points = [group.negate(doublings[i % 32]) if i % 2 else group.double(doublings[i % 31]) for i in range(n)]
    weights = [-(1 << i % 32) if i % 2 else 2 << i % 31 for i in range(n)]
    ks = scattered(n)
    expected = curve.mul(sum(w * k for w, k in zip(weights, ks, strict=True)), curve.GENERATOR)
    assert encoded(msm(points, ks)) == curve.serialise(expected)
    assert group.is_identity(msm(points, [0] * n))
    assert group.is_identity(msm([group.IDENTITY] * n, ks))


@pytest.mark.parametrize("n", [2, 130, 200])
def test_everything_cancels(n: int) -> None:
    points = [group.GENERATOR, group.negate(group.GENERATOR)] * (n // 2)
    assert group.is_identity(msm(points, [R - 1] * n))
    assert group.is_identity(msm([group.GENERATOR] * n, [1, R - 1] * (n // 2)))


@pytest.mark.parametrize(("points", "weights"), [(0, 1), (1, 0), (200, 199)])
def test_lengths_must_agree(points: int, weights: int) -> None:
    with pytest.raises(ValueError, match="points"):
        msm([group.GENERATOR] * points, [1] * weights)


# Digits


@given(st.one_of(scalars, st.integers(0, 2**256 - 1)), st.integers(2, 8))
@examples(60)
def test_non_adjacent_form(k: int, width: int) -> None:
    digits = list(wnaf(k, width))
    assert sum(digit << position for position, digit in digits) == k
    assert all(digit % 2 and abs(digit) < 1 << (width - 1) for _, digit in digits)
    positions = [position for position, _ in digits]
    assert all(b - a >= width for a, b in itertools.pairwise(positions))


@given(st.lists(scalars, max_size=4))
@examples(40)
def test_signed_bytes(ks: list[int]) -> None:
    data = signed_bytes(ks)
    for i, k in enumerate(ks):
        digits = data[32 * i : 32 * i + 32]
        assert sum((digit - 128) * 256**j for j, digit in enumerate(digits)) == k


# The fixed basis

vectors = st.dictionaries(
    st.one_of(st.sampled_from((0, 1, 2, 3, 255)), st.integers(0, 255)), scalars, max_size=6
)


@given(vectors)
@examples(40)
def test_sparse_commitments(vector: dict[int, int]) -> None:
    assert encoded(commit(vector)) == curve.serialise(curve.commit(vector))


@pytest.mark.parametrize("n", [DENSE_FROM - 1, DENSE_FROM, DENSE_FROM + 1, 100, 255, 256])
@pytest.mark.parametrize("order", ["first", "last", "scattered"])
def test_dense_commitments(n: int, order: str) -> None:
    start = {"first": 0, "last": 256 - n, "scattered": 17}[order]
    step = 5 if order == "scattered" else 1
    vector = {(start + step * i) % 256: k for i, k in enumerate(scattered(n))}
    assert encoded(commit(vector)) == curve.serialise(curve.commit(vector))


@given(st.lists(vectors, max_size=5))
@examples(15)
def test_many_at_once_are_each(many: list[dict[int, int]]) -> None:
    expected = [curve.serialise(curve.commit(vector)) for vector in many]
    assert group.encode_many(commit_many(many)) == expected


def test_many_at_once_of_all_sizes() -> None:
    """Tables grow with how often a generator is used; 60 uses of G_0 take the widest."""
    ks = scattered(60)
    many = [{0: k, 1 + i % 40: i} for i, k in enumerate(ks)] + [{}, {0: 0}, dict(enumerate(ks))]
    expected = [curve.serialise(curve.commit(vector)) for vector in many]
    assert group.encode_many(commit_many(many)) == expected


# Combs: tables that a committer makes for generators that come up often


def check_committer(committer: Committer, many: list[dict[int, int]]) -> None:
    expected = []
    for vector in many:
        over_basis = curve.commit({i: k for i, k in vector.items() if i != crs.Q})
        expected.append(curve.serialise(curve.add(over_basis, curve.mul(vector.get(crs.Q, 0), curve.Q))))
    assert group.encode_many(committer.commit_many(many)) == expected


def test_a_committer_that_is_kept() -> None:
    """G_0 and G_1 get narrow combs on the way; edge scalars of both signs go through them."""
    committer = Committer("default")
    ks = scattered(40)
    for start in range(0, 160, 40):
        check_committer(committer, [{0: k, 1: -k, 2 + (start + i) % 200: i} for i, k in enumerate(ks)])
    check_committer(committer, [{0: k, 1: 1} for k in EDGE_SCALARS] + [{0: -k} for k in EDGE_SCALARS])
    check_committer(committer, [{}, {0: 0}, {0: R, 1: R - 1, crs.Q: 5}, dict.fromkeys(range(40), 3)])


@pytest.mark.parametrize(("narrow", "wide", "most"), [(1, 2, 2), (1, 10**6, 0), (1, 1, 3)])
def test_combs_from_the_first_use(narrow: int, wide: int, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wide, narrow and no combs in one sum, and combs that widen between two calls."""
    monkeypatch.setattr(pedersen, "NARROW_FROM", narrow)
    monkeypatch.setattr(pedersen, "WIDE_FROM", wide)
    monkeypatch.setattr(pedersen, "MAX_WIDE", most)
    committer = Committer("default")
    ks = scattered(30)
    for start in (0, 15):
        part = ks[start : start + 15]
        check_committer(committer, [dict.fromkeys(range(1 + i % 6), k) for i, k in enumerate(part)])
    check_committer(committer, [dict(enumerate(ks)), {crs.Q: R - 1, 255: 1, 7: R // 2, 8: R // 2 + 1}])


@given(st.lists(st.dictionaries(st.integers(0, 3), scalars, max_size=4), max_size=6))
@examples(15)
def test_random_vectors_through_combs(many: list[dict[int, int]]) -> None:
    check_committer(_warm(), many)


@cache
def _warm() -> Committer:
    committer = Committer("default")
    for index, times in ((0, pedersen.WIDE_FROM), (1, pedersen.NARROW_FROM)):
        committer.commit_many([{index: 1}] * times)
    return committer


def test_digits_of_combs() -> None:
    for scalar in (0, 1, -1, 127, 128, -128, -129, R // 2, -(R // 2)):
        digits = digits_of(scalar)
        assert sum((digit - 128) * 256**k for k, digit in enumerate(digits)) == scalar


@given(vectors, vectors, scalars)
@examples(15)
def test_commitments_are_linear(f: dict[int, int], g: dict[int, int], k: int) -> None:
    both = {i: f.get(i, 0) + k * g.get(i, 0) for i in f.keys() | g.keys()}
    assert group.equal(commit(both), group.add(commit(f), group.multiply(commit(g), k)))


def test_negative_and_large_entries() -> None:
    assert group.equal(commit({3: -1}), group.negate(commit({3: 1})))
    assert group.equal(commit({3: R + 1}), commit({3: 1}))
    assert group.is_identity(commit(dict.fromkeys(range(256), R)))


def test_the_inner_products_generator() -> None:
    assert group.equal(commit({crs.Q: 1}), group.GENERATOR)
    assert group.equal(
        commit({crs.Q: 7, 0: 1}), group.add(group.multiply(group.GENERATOR, 7), commit({0: 1}))
    )
    whole = commit(dict.fromkeys(range(257), 1))
    assert group.equal(whole, group.add(commit(dict.fromkeys(range(256), 1)), group.GENERATOR))


def test_the_table_is_the_derivation() -> None:
    """``crs.bin`` says what hashing the seed says, shift by shift."""
    assert group.encode_many(crs.derive_generators()) == [curve.serialise(g) for g in curve.generators()]
    data = crs.table_bytes()
    assert hashlib.sha256(data).hexdigest() == crs.DIGEST
    at = 64 * (crs.SHIFTS * 200 + 5)
    x, y = (int.from_bytes(data[i : i + 32], "big") for i in (at, at + 32))
    shifted = curve.mul(2 ** (5 * crs.SHIFT_BITS), curve.generators()[200])
    assert curve.eq(curve.extended((x, y)), shifted)
