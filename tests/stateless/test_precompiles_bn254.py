"""bn254: laws of the groups and of the pairing, py_ecc as the judge, and what must be refused."""

from __future__ import annotations

import math
import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_ecc import optimized_bn128 as judge

from stateless.curve import linear_combination
from stateless.evm.halts import Halt
from stateless.precompiles import bn254_fields as fields
from stateless.precompiles.bn254 import add_points, multiply_point, pairing
from stateless.precompiles.bn254_pairing import (
    G1,
    TWIST_B,
    G2Point,
    U,
    _final_exponentiation,
    is_on_twist,
)

PLENTY = 10**9
P, N = fields.P, G1.n
YES, NO = (1).to_bytes(32, "big"), bytes(32)
INFINITY1, INFINITY2 = bytes(64), bytes(128)

scalars = st.integers(0, 2**256 - 1)
small = st.integers(1, 1000)


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def first(k: int) -> bytes:
    """k times the generator of the first group."""
    x, y = linear_combination(G1, [(k, (1, 2))]) or (0, 0)
    return word(x) + word(y)


@cache
def second(k: int) -> bytes:
    """k times the generator of the second group, by py_ecc."""
    k %= N
    if not k:
        return INFINITY2
    x, y = judge.normalize(judge.multiply(judge.G2, k))
    return b"".join(word(int(part)) for part in (*reversed(x.coeffs), *reversed(y.coeffs)))


def negative(point: bytes) -> bytes:
    return point[:32] + word(-int.from_bytes(point[32:], "big") % P)


def add(data: bytes) -> bytes:
    return add_points(data, PLENTY)[1]


def multiply(data: bytes) -> bytes:
    return multiply_point(data, PLENTY)[1]


def check(data: bytes) -> bytes:
    return pairing(data, PLENTY)[1]


@given(scalars, scalars)
def test_addition(a: int, b: int) -> None:
    left, right, both = first(a), first(b), first(a + b)
    assert add(left + right) == add(right + left) == both
    assert add(left + INFINITY1) == add(INFINITY1 + left) == left
    assert add(left + left) == first(2 * a)
    assert add(left + negative(left)) == INFINITY1


@given(scalars, scalars)
def test_multiplication(a: int, k: int) -> None:
    assert multiply(first(a) + word(k)) == first(a * k)


def test_known_sum() -> None:
    """Twice the generator, as every client's tests have it."""
    expected = (
        "030644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd3"
        "15ed738c0e0a7c92e7845f96b2ae9c0a68a6a449e3538fc7ff3ebf7a5a18a2c4"
    )
    generator = word(1) + word(2)
    assert add(generator * 2).hex() == multiply(generator + word(2)).hex() == expected


@given(st.integers(1, 2**256 - 1))
@settings(max_examples=25)
def test_multiplication_as_py_ecc(k: int) -> None:
    x, y = judge.normalize(judge.multiply(judge.G1, k))
    assert multiply(first(1) + word(k)) == word(int(x)) + word(int(y))


@pytest.mark.parametrize("k", [0, 1, 2, N - 1, N, N + 1, 2 * N, 2**256 - 1])
def test_scalars_at_the_edges(k: int) -> None:
    assert multiply(first(5) + word(k)) == first(5 * k)
    assert multiply(INFINITY1 + word(k)) == INFINITY1


def test_input_is_read_as_if_followed_by_zeros() -> None:
    point = first(9)
    assert add(b"") == add(b"\0" * 7) == INFINITY1
    assert add(point) == point
    assert add(point + point + b"more") == first(18)
    assert multiply(point) == INFINITY1
    assert multiply(point + b"\1") == first(9 << 248)
    assert multiply(point + word(3) + b"more") == first(27)


X, Y = first(7)[:32], first(7)[32:]


@pytest.mark.parametrize(
    "point",
    [
        Y + X,
        X + word(int.from_bytes(Y, "big") + 1),
        word(0) + word(1),
        word(P) + word(0),
        word(0) + word(P),
        word(P + 1) + word(2),
        word(1) + word(P + 2),
        word(2**256 - 1) * 2,
    ],
)
def test_points_off_the_curve_and_coordinates_not_reduced_fail(point: bytes) -> None:
    for data in (point, first(1) + point, point + first(1)):
        with pytest.raises(Halt):
            add(data)
    with pytest.raises(Halt):
        multiply(point + word(2))
    with pytest.raises(Halt):
        check(point + second(1))


@given(small, small)
@settings(max_examples=20)
def test_pairing_is_bilinear(a: int, b: int) -> None:
    assert check(first(a * b) + second(1) + negative(first(a)) + second(b)) == YES
    assert check(first(a) + second(b) + negative(first(b)) + second(a)) == YES
    assert check(first(a * b + 1) + second(1) + negative(first(a)) + second(b)) == NO
    third = first(-a - b) + second(7)
    assert check(first(a) + second(7) + first(b) + second(7) + third) == YES


def test_pairing_is_not_degenerate() -> None:
    assert check(first(1) + second(1)) == NO
    assert check(first(1) + second(1) + first(1) + second(1)) == NO


def test_pairs_with_infinity_count_for_nothing() -> None:
    assert check(b"") == YES
    pair = first(3) + second(1) + first(-3) + second(1)
    for neutral in (INFINITY1 + INFINITY2, first(5) + INFINITY2, INFINITY1 + second(5)):
        assert check(neutral) == YES
        assert check(neutral + pair) == check(pair + neutral) == YES
        assert check(neutral + first(1) + second(1)) == NO


@pytest.mark.slow
def test_pairing_as_py_ecc() -> None:
    """The two final exponentiations end in different powers of one value, so relations are compared."""
    chance = random.Random(5)
    for _ in range(3):
        a, b, c = (chance.randrange(1, N) for _ in range(3))
        d = a * b * pow(c, -1, N) % N if chance.random() < 0.6 else chance.randrange(1, N)
        points = [judge.multiply(judge.G1, k) for k in (a, N - c)]
        twists = [judge.multiply(judge.G2, k) for k in (b, d)]
        value = judge.FQ12.one()
        for point, twist in zip(points, twists, strict=True):
            value *= judge.pairing(twist, point)
        expected = YES if value == judge.FQ12.one() else NO
        assert check(first(a) + second(b) + first(-c) + second(d)) == expected


@pytest.mark.parametrize("length", [1, 64, 191, 193, 383])
def test_pairs_must_be_whole(length: int) -> None:
    with pytest.raises(Halt, match="whole pairs"):
        check(bytes(length))


def square_root2(value: fields.Fp2) -> fields.Fp2 | None:
    """A root in Fp2 by way of the norm, where there is one."""
    re, im = value
    norm = (re * re + im * im) % P
    length = pow(norm, (P + 1) // 4, P)
    for sign in (length, -length):
        half = (re + sign) * pow(2, -1, P) % P
        x = pow(half, (P + 1) // 4, P)
        if x and x * x % P == half:
            y = im * pow(2 * x, -1, P) % P
            if fields.multiply2((x, y), (x, y)) == (re % P, im % P):
                return x, y
    return None


def twist_point(chance: random.Random) -> G2Point:
    """A random point of the twist, almost surely outside the subgroup."""
    while True:
        x = chance.randrange(P), chance.randrange(P)
        cube = fields.multiply2(fields.multiply2(x, x), x)
        y = square_root2((cube[0] + TWIST_B[0], cube[1] + TWIST_B[1]))
        if y is not None:
            return x, y


def encoded(point: G2Point) -> bytes:
    (x_re, x_im), (y_re, y_im) = point
    return word(x_im) + word(x_re) + word(y_im) + word(y_re)


def as_judge(point: G2Point) -> object:
    (x, y), one = point, judge.FQ2.one()
    return judge.FQ2(x), judge.FQ2(y), one


COFACTOR = 2 * P - N


@pytest.mark.parametrize("seed", range(4))
def test_points_outside_the_subgroup_fail_whatever_stands_beside_them(seed: int) -> None:
    point = twist_point(random.Random(seed))
    assert is_on_twist(point)
    for partner in (INFINITY1, first(1)):
        with pytest.raises(Halt, match="subgroup"):
            check(partner + encoded(point))
        with pytest.raises(Halt, match="subgroup"):
            check(first(1) + second(1) + partner + encoded(point))


@pytest.mark.parametrize("order", [10069, 5864401])
def test_points_of_small_order_fail(order: int) -> None:
    """Their multiples meet infinity on the way."""
    assert COFACTOR % order == 0
    point = judge.multiply(as_judge(twist_point(random.Random(1))), COFACTOR // order * N)
    assert not judge.is_inf(point)
    x, y = judge.normalize(point)
    with pytest.raises(Halt):
        check(first(1) + encoded((tuple(map(int, x.coeffs)), tuple(map(int, y.coeffs)))))


def test_a_multiple_of_the_cofactor_is_in_the_subgroup() -> None:
    x, y = judge.normalize(judge.multiply(as_judge(twist_point(random.Random(2))), COFACTOR))
    point = encoded((tuple(map(int, x.coeffs)), tuple(map(int, y.coeffs))))
    assert check(first(4) + point + first(-4) + point) == YES


def test_only_the_subgroup_is_sent_to_infinity() -> None:
    """6u + 2 + ψ − ψ² + ψ³, reduced by ψ² = tψ − p, has a norm that n divides and that is prime to the
    cofactor."""
    trace = P + 1 - N
    power, total = (1, 0), (6 * U + 2, 0)
    for sign in (1, -1, 1):
        power = (-P * power[1], power[0] + trace * power[1])
        total = total[0] + sign * power[0], total[1] + sign * power[1]
    a, b = total
    norm = a * a + a * b * trace + b * b * P
    assert norm % N == 0
    assert math.gcd(norm, COFACTOR) == 1


def test_the_parameter_gives_both_primes() -> None:
    assert 36 * U**4 + 36 * U**3 + 24 * U**2 + 6 * U + 1 == P
    assert 36 * U**4 + 36 * U**3 + 18 * U**2 + 6 * U + 1 == N


@pytest.mark.parametrize("place", range(4))
def test_coordinates_of_the_second_group_are_below_p(place: int) -> None:
    data = bytearray(first(1) + second(1))
    start = 64 + 32 * place
    value = int.from_bytes(data[start : start + 32], "big") + P
    if value < 2**256:
        data[start : start + 32] = word(value)
        with pytest.raises(Halt):
            check(bytes(data))
    data[start : start + 32] = word(P)
    with pytest.raises(Halt):
        check(bytes(data))
    data = bytearray(first(1) + second(1))
    data[start + 31] ^= 1
    with pytest.raises(Halt):
        check(bytes(data))


elements = st.tuples(*[st.integers(0, P - 1)] * 12)


def power(element: fields.Fp12, exponent: int) -> fields.Fp12:
    result = fields.ONE
    for bit in f"{exponent:b}":
        result = fields.square(result)
        if bit == "1":
            result = fields.multiply(result, element)
    return result


@given(elements, elements, elements)
@settings(max_examples=20)
def test_the_field_is_a_field(a: fields.Fp12, b: fields.Fp12, c: fields.Fp12) -> None:
    assert fields.multiply(a, b) == fields.multiply(b, a)
    assert fields.multiply(a, fields.multiply(b, c)) == fields.multiply(fields.multiply(a, b), c)
    assert fields.square(a) == fields.multiply(a, a)
    if any(a):
        assert fields.multiply(a, fields.inverse(a)) == fields.ONE
    line = (1, 0, 0, 0, 0, 0, *b[:4], 0, 0)
    assert fields.multiply_sparse(a, b[:2], b[2:4]) == fields.multiply(a, line)


@given(elements)
@settings(max_examples=3)
def test_powers_of_p(a: fields.Fp12) -> None:
    assert fields.frobenius(a) == power(a, P)
    sixth = a
    for _ in range(6):
        sixth = fields.frobenius(sixth)
    assert fields.conjugate(a) == sixth


@given(elements.filter(any))
@settings(max_examples=3)
def test_the_final_exponentiation_ends_in_the_group_of_order_n(a: fields.Fp12) -> None:
    """It is 1 exactly where the plain power (p^12 − 1) / n is."""
    end = _final_exponentiation(a)
    assert power(end, N) == fields.ONE
    assert (end == fields.ONE) == (power(a, (P**12 - 1) // N) == fields.ONE)
    assert _final_exponentiation(power(a, N)) == fields.ONE
    cyclotomic = fields.multiply(fields.conjugate(a), fields.inverse(a))
    cyclotomic = fields.multiply(fields.frobenius(fields.frobenius(cyclotomic)), cyclotomic)
    assert fields.square_cyclotomic(cyclotomic) == fields.square(cyclotomic)
