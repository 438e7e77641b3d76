"""Laws of the group and of its encoding, and agreement with the oracle's textbook formulas."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import curve
from tests.verkle import kats
from tests.verkle.implementations import FAST, ORACLE
from tests.verkle.strategies import encoded_points, examples, scalars
from verkle import banderwagon as group
from verkle.errors import InvalidError, MalformedError
from verkle.field import ONE, ZERO, P, R, fp_from_int

encoded_lists = st.lists(encoded_points, max_size=6)


def fast(encoded: bytes, stretch: int = 1) -> group.Point:
    """The element with another Z, as sums have it."""
    x, y, z, t = group.decode_many([encoded])[0]
    by = fp_from_int(stretch)
    return x * by, y * by, z * by, t * by


def other(p: group.Point) -> group.Point:
    """The other representative of the same element: + (0, −1)."""
    x, y, z, t = p
    return -x, -y, z, t


def encoded(p: group.Point) -> bytes:
    return group.encode_many([p])[0]


stretches = st.integers(1, P - 1)


# The oracle's own ground


@given(encoded_points, encoded_points)
@examples(40)
def test_the_oracle_follows_the_affine_law(a: bytes, b: bytes) -> None:
    p, q = curve.deserialise(a), curve.deserialise(b)
    expected = curve.affine_sum(curve.affine(p), curve.affine(q))
    assert curve.on_curve(expected)
    assert curve.affine(curve.add(p, q)) == expected
    assert curve.affine(curve.double(p)) == curve.affine(curve.add(p, p))
    x, y, z, t = curve.add(p, q)
    assert (x * y - z * t) % P == 0


@given(st.integers(0, 70), encoded_points)
@examples(20)
def test_the_oracle_multiplies_by_adding(k: int, a: bytes) -> None:
    p = curve.deserialise(a)
    assert curve.eq(curve.mul(k, p), curve.total([p] * k))


# Laws of the program's group


@given(encoded_points, encoded_points, encoded_points, stretches)
@examples(100)
def test_addition(a: bytes, b: bytes, c: bytes, stretch: int) -> None:
    p, q, r = fast(a, stretch), fast(b), fast(c, stretch)
    assert group.equal(group.add(p, q), group.add(q, p))
    assert group.equal(group.add(group.add(p, q), r), group.add(p, group.add(q, r)))
    assert group.equal(group.add(p, group.IDENTITY), p)
    assert group.is_identity(group.add(p, group.negate(p)))
    assert group.equal(group.double(p), group.add(p, p))
    expected = curve.add(curve.deserialise(a), curve.deserialise(b))
    assert encoded(group.add(p, q)) == curve.serialise(expected)
    x, y, z, t = group.add(p, q)
    assert x * y == z * t


@given(encoded_points, encoded_points, stretches)
@examples(40)
def test_both_representatives_behave_alike(a: bytes, b: bytes, stretch: int) -> None:
    p, q = fast(a, stretch), fast(b)
    assert group.equal(p, other(p))
    assert encoded(other(p)) == a
    assert encoded(group.add(other(p), q)) == encoded(group.add(p, q))
    assert encoded(group.double(other(p))) == encoded(group.double(p))
    assert group.map_to_field_many([other(p)]) == group.map_to_field_many([p])
    assert group.is_identity(other(group.IDENTITY))


@given(encoded_points, encoded_points)
@examples(40)
def test_equality(a: bytes, b: bytes) -> None:
    assert group.equal(fast(a), fast(b)) == (a == b)
    assert group.is_identity(fast(a)) == (a == bytes(32))


def test_the_placeholder_equals_nothing() -> None:
    nothing = (ZERO, ZERO, ONE, ZERO)
    assert not group.equal(nothing, nothing)
    assert not group.equal(nothing, group.GENERATOR)
    assert not group.equal(group.GENERATOR, nothing)
    assert not group.is_identity(nothing)
    assert group.map_to_field_many([nothing, group.GENERATOR, nothing])[::2] == [0, 0]


@given(scalars, scalars, encoded_points)
@examples(25)
def test_multiplication(j: int, k: int, a: bytes) -> None:
    p = fast(a)
    assert encoded(group.multiply(p, k)) == curve.serialise(curve.mul(k, curve.deserialise(a)))
    both = group.add(group.multiply(p, j), group.multiply(p, k))
    assert group.equal(group.multiply(p, j + k), both)
    assert group.equal(group.multiply(p, -k), group.negate(group.multiply(p, k)))
    assert group.equal(group.multiply(p, k + R), group.multiply(p, k))


# Encoding


@given(encoded_lists, stretches)
@examples(40)
def test_encoding_and_decoding(many: list[bytes], stretch: int) -> None:
    assert group.encode_many(group.decode_many(many)) == many
    assert group.encode_many([fast(a, stretch) for a in many]) == many
    images = [curve.map_to_field(curve.deserialise(a)) for a in many]
    assert group.map_to_field_many([fast(a, stretch) for a in many]) == images
    for x, y, z, t in group.decode_many(many):
        assert z is ONE
        assert x * y == t


@given(st.one_of(st.integers(0, 2**256 - 1), st.integers(0, 300), st.integers(P - 300, P + 300)))
@examples(150)
def test_any_32_bytes(number: int) -> None:
    """Both take the same strings, and refuse the others for the same reason."""
    data = number.to_bytes(32, "big")
    outcomes = []
    for implementation in (ORACLE, FAST):
        try:
            outcomes.append(implementation.encode(implementation.decode(data)).hex())
        except Exception as error:  # noqa: BLE001 - whatever it is, it must be the same
            outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]
    assert "POINT" in outcomes[0] or outcomes[0] == data.hex()


GOOD = bytes.fromhex(kats.GENERATOR_DOUBLINGS[1])
BAD = [
    (bytes.fromhex(kats.OUTSIDE_SUBGROUP[0]), InvalidError, "POINT_NOT_IN_SUBGROUP"),
    (P.to_bytes(32, "big"), InvalidError, "POINT_NOT_CANONICAL"),
    ((2).to_bytes(32, "big"), InvalidError, "POINT_NOT_ON_CURVE"),
    (bytes(31), MalformedError, "POINT_LENGTH"),
    (b"", MalformedError, "POINT_LENGTH"),
]


@pytest.mark.parametrize(("data", "family", "code"), BAD, ids=range(len(BAD)))
@pytest.mark.parametrize("at", [0, 1, 4])
def test_the_wrong_point_of_a_batch_is_named(
    data: bytes, family: type[InvalidError], code: str, at: int
) -> None:
    batch = [GOOD, bytes(32), GOOD, GOOD]
    batch.insert(at, data)
    with pytest.raises(family) as caught:
        group.decode_many(batch)
    assert (caught.value.code, caught.value.where) == (code, {"index": at})

    def place(i: int) -> Mapping[str, object]:
        return {"part": "test", "number": 10 * i}

    with pytest.raises(family) as caught:
        group.decode_many(batch, place)
    assert caught.value.where == {"part": "test", "number": 10 * at}


def test_no_points_at_all() -> None:
    assert group.decode_many([]) == []
    assert group.encode_many([]) == []
    assert group.map_to_field_many([]) == []
    assert group.cache_many([]) == []
    assert group.normalise_many([]) == []
