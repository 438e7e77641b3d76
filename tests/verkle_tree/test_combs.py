"""Commitments through combs are the commitments without them, whatever a generator's uses so far."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verkle.strategies import EDGE_SCALARS, examples, scalars
from verkle.banderwagon import IDENTITY, Point, double, encode_many, multiply
from verkle.combs import NARROW, WIDE, Comb, digits_of
from verkle.crs import Q, basis
from verkle.field import R
from verkle.msm import accumulate, msm
from verkle.pedersen import COUNTED_BELOW, DENSE_FROM, MAX_WIDE, NARROW_FROM, WIDE_FROM, Committer

G = 5
HALF = R // 2
COMBS = {spacing: Comb(G, spacing) for spacing in (WIDE, NARROW)}


def product(comb: Comb, scalar: int) -> bytes:
    digits = digits_of(scalar)
    out = IDENTITY
    for column in range(comb.spacing - 1, -1, -1):
        for _ in range(8):
            out = double(out)
        out = accumulate(out, comb.terms(digits, column))
    return encode_many([out])[0]


def by_definition(vector: dict[int, int]) -> Point:
    return msm([basis().generator(i) for i in vector], [scalar % R for scalar in vector.values()])


@pytest.mark.parametrize("spacing", [WIDE, NARROW])
@pytest.mark.parametrize(
    "scalar", [0, 1, -1, 127, 128, 129, 255, 256, 2**128, -(2**128), 2**248 - 1, HALF, -HALF, 0x80 << 240]
)
def test_edges(spacing: int, scalar: int) -> None:
    assert product(COMBS[spacing], scalar) == encode_many([multiply(basis().generator(G), scalar)])[0]


@examples(40)
@given(st.integers(-HALF, HALF))
def test_products(scalar: int) -> None:
    expected = encode_many([multiply(basis().generator(G), scalar)])[0]
    assert {product(comb, scalar) for comb in COMBS.values()} == {expected}


def test_digits_are_the_scalar() -> None:
    for scalar in (0, 1, -1, HALF, -HALF, 2**200 + 1):
        digits = digits_of(scalar)
        assert len(digits) == 32
        assert sum((digit - 128) * 256**k for k, digit in enumerate(digits)) == scalar


@pytest.fixture(scope="module")
def seasoned() -> Committer:
    """Has wide combs for 0 … 3, narrow ones for 4 … 9, none for the others."""
    committer = Committer("default")
    committer.commit_many(
        [dict.fromkeys(range(4), 1)] * WIDE_FROM + [dict.fromkeys(range(4, 10), 1)] * NARROW_FROM
    )
    return committer


@examples(60)
@given(vector=st.dictionaries(st.one_of(st.integers(0, 12), st.integers(0, Q)), scalars, max_size=12))
def test_all_kinds_of_tables_in_one_vector(seasoned: Committer, vector: dict[int, int]) -> None:
    fresh, used = (committer.commit_many([vector])[0] for committer in (Committer(), seasoned))
    assert encode_many([fresh, used]) == encode_many([by_definition(vector)] * 2)


def test_negative_and_unreduced_scalars(seasoned: Committer) -> None:
    for index in (0, 4, 100):
        for scalar in EDGE_SCALARS:
            variants = [{index: scalar}, {index: scalar - R}, {index: scalar + 3 * R}]
            for committer in (Committer(), seasoned):
                assert len(set(encode_many(committer.commit_many(variants)))) == 1


@pytest.fixture(scope="module")
def combed() -> Committer:
    """Has a narrow comb for every generator."""
    committer = Committer("default")
    for first in range(0, 257, 20):
        committer.commit_many([dict.fromkeys(range(first, min(first + 20, 257)), 1)] * NARROW_FROM)
    return committer


@pytest.mark.parametrize("length", [DENSE_FROM - 1, DENSE_FROM, COUNTED_BELOW - 1, COUNTED_BELOW, 256])
def test_sparse_and_dense_meet(combed: Committer, length: int) -> None:
    random = Random(length)
    vectors = [{i: random.randrange(R) for i in random.sample(range(256), length)} for _ in range(2)]
    expected = encode_many([by_definition(vector) for vector in vectors])
    assert encode_many(Committer().commit_many(vectors)) == expected
    assert encode_many(combed.commit_many(vectors)) == expected


def test_few_combs_are_wide() -> None:
    """Memory stays bounded however many generators are used however often."""
    committer = Committer("default")
    committer.commit_many([dict.fromkeys(range(MAX_WIDE + 4), 1)] * WIDE_FROM)
    committer.commit_many([dict.fromkeys(range(MAX_WIDE + 4), 1)])
    spacings = [comb.spacing for comb in committer._combs.values()]
    assert (spacings.count(WIDE), spacings.count(NARROW)) == (MAX_WIDE, 4)
