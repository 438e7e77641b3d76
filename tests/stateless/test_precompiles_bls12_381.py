"""BLS12-381: laws, py_ecc as the judge of the maps, and every input that must be refused."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_arkworks_bls12381 import G1Point, G2Point, Scalar
from py_ecc.bls.hash_to_curve import clear_cofactor_G1, clear_cofactor_G2, map_to_curve_G1, map_to_curve_G2
from py_ecc.optimized_bls12_381 import FQ, FQ2, normalize

from stateless.evm.halts import Halt
from stateless.precompiles import bls12_381

PLENTY = 10**9
P = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB
R = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
YES, NO = (1).to_bytes(32, "big"), bytes(32)
INFINITY1, INFINITY2 = bytes(128), bytes(256)

scalars = st.integers(0, 2**256 - 1)


def call(name: str, data: bytes) -> bytes:
    precompile: Callable[[bytes, int], tuple[int, bytes]] = getattr(bls12_381, name)
    return precompile(data, PLENTY)[1]


def fp(value: int) -> bytes:
    return value.to_bytes(64, "big")


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def padded(data: bytes) -> bytes:
    return b"".join(bytes(16) + data[i : i + 48] for i in range(0, len(data), 48))


def g1(k: int) -> bytes:
    return padded((G1Point() * Scalar(k % R)).to_xy_bytes_be())


def g2(k: int) -> bytes:
    return padded((G2Point() * Scalar(k % R)).to_xy_bytes_be())


def outside1(seed: int = 0) -> bytes:
    """A point of the first curve that is not in the subgroup."""
    chance = random.Random(seed)
    while True:
        x = chance.randrange(P)
        y = pow(x**3 + 4, (P + 1) // 4, P)
        if (y * y - x**3 - 4) % P == 0:
            return fp(x) + fp(y)


def outside2() -> bytes:
    """Likewise on the second curve: what the map gives before its cofactor is cleared."""
    x, y = normalize(map_to_curve_G2(FQ2((11, 12))))
    return b"".join(fp(int(part)) for part in (*x.coeffs, *y.coeffs))


@given(scalars, scalars)
@settings(max_examples=30)
def test_addition(a: int, b: int) -> None:
    for name, point, infinity in (("g1_add", g1, INFINITY1), ("g2_add", g2, INFINITY2)):
        left, right = point(a), point(b)
        assert call(name, left + right) == call(name, right + left) == point(a + b)
        assert call(name, left + left) == point(2 * a)
        assert call(name, left + infinity) == call(name, infinity + left) == left
        assert call(name, left + point(-a)) == infinity


def test_points_outside_the_subgroup_can_be_added_and_not_multiplied() -> None:
    for add, msm, point in (("g1_add", "g1_msm", outside1()), ("g2_add", "g2_msm", outside2())):
        twice = call(add, point + point)
        assert call(add, twice + point) == call(add, point + twice)
        with pytest.raises(Halt, match="subgroup"):
            call(msm, point + word(1))
        with pytest.raises(Halt, match="subgroup"):
            call(msm, point + word(0))


@given(st.lists(st.tuples(scalars, scalars), min_size=1, max_size=5))
@settings(max_examples=20)
def test_multiplication(terms: list[tuple[int, int]]) -> None:
    total = sum(a * k for a, k in terms)
    assert call("g1_msm", b"".join(g1(a) + word(k) for a, k in terms)) == g1(total)
    assert call("g2_msm", b"".join(g2(a) + word(k) for a, k in terms)) == g2(total)


@pytest.mark.parametrize("k", [0, 1, R - 1, R, R + 1, 2**256 - 1])
def test_scalars_at_the_edges(k: int) -> None:
    assert call("g1_msm", g1(3) + word(k)) == g1(3 * k)
    assert call("g2_msm", g2(3) + word(k)) == g2(3 * k)
    assert call("g1_msm", INFINITY1 + word(k)) == INFINITY1
    assert call("g2_msm", (INFINITY2 + word(k)) * 2) == INFINITY2


def test_terms_that_cancel() -> None:
    assert call("g1_msm", g1(5) + word(7) + g1(-5) + word(7)) == INFINITY1
    assert call("g2_msm", g2(5) + word(7) + g2(-5) + word(7)) == INFINITY2
    assert call("g1_msm", (g1(5) + word(7)) * 200) == g1(5 * 7 * 200)


@given(scalars, scalars)
@settings(max_examples=15)
def test_pairing_is_bilinear(a: int, b: int) -> None:
    assert call("pairing", g1(a * b) + g2(1) + g1(-a) + g2(b)) == YES
    assert call("pairing", g1(a) + g2(b) + g1(-b) + g2(a)) == YES
    assert call("pairing", g1(a * b + 1) + g2(1) + g1(-a) + g2(b)) == NO


def test_pairs_with_infinity_count_for_nothing() -> None:
    for pair in (INFINITY1 + INFINITY2, g1(2) + INFINITY2, INFINITY1 + g2(2)):
        assert call("pairing", pair) == YES
        assert call("pairing", pair + g1(1) + g2(1)) == NO


def test_pairs_of_points_outside_the_subgroup_fail() -> None:
    for pair in (
        outside1() + g2(1),
        outside1() + INFINITY2,
        g1(1) + outside2(),
        INFINITY1 + outside2(),
        g1(1) + g2(1) + INFINITY1 + outside2(),
    ):
        with pytest.raises(Halt, match="subgroup"):
            call("pairing", pair)


@pytest.mark.parametrize("value", [0, 1, 2, P - 1, P // 2, 0xABCDEF << 200])
def test_maps_as_py_ecc(value: int) -> None:
    x, y = normalize(clear_cofactor_G1(map_to_curve_G1(FQ(value))))
    assert call("map_fp_to_g1", fp(value)) == fp(int(x)) + fp(int(y))
    x, y = normalize(clear_cofactor_G2(map_to_curve_G2(FQ2((value, P - 1 - value)))))
    parts = (*x.coeffs, *y.coeffs)
    assert call("map_fp2_to_g2", fp(value) + fp(P - 1 - value)) == b"".join(fp(int(part)) for part in parts)


@given(st.integers(0, P - 1), st.integers(0, P - 1))
@settings(max_examples=10)
def test_maps_end_in_the_subgroups(a: int, b: int) -> None:
    mapped1, mapped2 = call("map_fp_to_g1", fp(a)), call("map_fp2_to_g2", fp(a) + fp(b))
    assert call("g1_msm", mapped1 + word(1)) == mapped1
    assert call("g2_msm", mapped2 + word(1)) == mapped2


GOOD = {
    "g1_add": g1(2) + g1(3),
    "g2_add": g2(2) + g2(3),
    "g1_msm": g1(2) + word(3),
    "g2_msm": g2(2) + word(3),
    "pairing": g1(2) + g2(3),
    "map_fp_to_g1": fp(5),
    "map_fp2_to_g2": fp(5) + fp(6),
}
SEVERAL = {"g1_msm", "g2_msm", "pairing"}


@pytest.mark.parametrize("name", GOOD)
def test_lengths(name: str) -> None:
    good = GOOD[name]
    for wrong in (b"", good[:-1], good + b"\0", good[1:], good[: len(good) // 2], good + good[:64]):
        with pytest.raises(Halt):
            call(name, wrong)
    if name in SEVERAL:
        call(name, good * 3)
    else:
        with pytest.raises(Halt):
            call(name, good * 2)


def coordinates(name: str) -> list[int]:
    """Where the elements of Fp begin in the good input."""
    return [i for i in range(0, len(GOOD[name]) - 32, 64) if not (name.endswith("msm") and i % 64)]


@pytest.mark.parametrize(("name", "start"), [(name, start) for name in GOOD for start in coordinates(name)])
def test_each_coordinate_is_padded_and_below_p(name: str, start: int) -> None:
    good = GOOD[name]
    value = int.from_bytes(good[start : start + 64], "big")
    for wrong in (value + P, P, 2**384 - 1, value + (1 << 384), value + (1 << 511)):
        with pytest.raises(Halt):
            call(name, good[:start] + fp(wrong) + good[start + 64 :])


@pytest.mark.parametrize("name", ["g1_add", "g2_add", "g1_msm", "g2_msm", "pairing"])
def test_points_off_the_curve_fail(name: str) -> None:
    good = GOOD[name]
    for start in coordinates(name):
        value = int.from_bytes(good[start : start + 64], "big")
        with pytest.raises(Halt):
            call(name, good[:start] + fp(value ^ 1) + good[start + 64 :])
    for point in (fp(0) + fp(1), fp(0) + fp(5)):
        if name.startswith("g1"):
            with pytest.raises(Halt):
                call(name, point + good[128:])
