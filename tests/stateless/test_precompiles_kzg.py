"""Point evaluation: proofs made from the first powers of the trusted setup, and what must be refused."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_arkworks_bls12381 import GT, G1Point, G2Point, Scalar

from stateless.evm.halts import Halt
from stateless.precompiles.point_evaluation import MODULUS, OUTPUT, TAU_G2, point_evaluation

# g1_monomial[1] of the same ceremony; that it fits to TAU_G2 is the first test.
TAU_G1 = G1Point.from_compressed_bytes(
    bytes.fromhex(
        "ad3eb50121139aa34db1d545093ac9374ab7bca2c0f3bf28e27c8dcd8fc7cb42d25926fc0c97b336e9f0fb35e5a04c81"
    )
)
P = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB
INFINITY = b"\xc0" + bytes(47)
scalars = st.integers(0, MODULUS - 1)


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def claim(commitment: bytes, z: int, y: int, proof: bytes) -> bytes:
    return b"\x01" + sha256(commitment).digest()[1:] + word(z) + word(y) + commitment + proof


def linear(a: int, b: int) -> tuple[bytes, bytes]:
    """Commitment to a·X + b and the proof of its values, which is a everywhere."""
    commitment = TAU_G1 * Scalar(a) + G1Point() * Scalar(b)
    return commitment.to_compressed_bytes(), (G1Point() * Scalar(a)).to_compressed_bytes()


def holds(data: bytes) -> bool:
    try:
        used, output = point_evaluation(data, 50000)
    except Halt:
        return False
    assert (used, output) == (50000, OUTPUT)
    return True


def test_both_powers_of_the_setup_are_of_one_secret() -> None:
    assert GT.pairing(TAU_G1, G2Point()) == GT.pairing(G1Point(), G2Point.from_compressed_bytes(TAU_G2))


def test_output_is_that_of_the_eip() -> None:
    assert OUTPUT.hex() == (
        "0000000000000000000000000000000000000000000000000000000000001000"
        "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001"
    )


@given(scalars, scalars, scalars)
@settings(max_examples=20)
def test_linear_polynomials(a: int, b: int, z: int) -> None:
    commitment, proof = linear(a, b)
    y = (a * z + b) % MODULUS
    assert holds(claim(commitment, z, y, proof))
    assert not holds(claim(commitment, z, (y + 1) % MODULUS, proof))
    if a:
        assert not holds(claim(commitment, (z + 1) % MODULUS, y, proof))
        assert not holds(claim(commitment, z, y, INFINITY))


def test_constants_and_zero() -> None:
    assert holds(claim(INFINITY, 5, 0, INFINITY))
    assert not holds(claim(INFINITY, 5, 1, INFINITY))
    assert holds(claim(G1Point().to_compressed_bytes(), MODULUS - 1, 1, INFINITY))


COMMITMENT, PROOF = linear(2, 7)
GOOD = claim(COMMITMENT, 3, 13, PROOF)


def test_the_sample_holds() -> None:
    assert holds(GOOD)


@pytest.mark.parametrize("length", [0, 1, 191, 193, 384])
def test_length(length: int) -> None:
    assert not holds((GOOD * 2)[:length])


@pytest.mark.parametrize("place", range(0, 192, 7))
def test_any_changed_byte_fails(place: int) -> None:
    for bit in (1, 128):
        changed = bytearray(GOOD)
        changed[place] ^= bit
        assert not holds(bytes(changed))


def test_versioned_hash() -> None:
    for version in (0, 2, 255):
        assert not holds(bytes([version]) + GOOD[1:])


@pytest.mark.parametrize("value", [MODULUS, MODULUS + 3, 2**256 - 1])
def test_z_and_y_are_below_the_modulus(value: int) -> None:
    assert not holds(GOOD[:32] + word(value) + GOOD[64:])
    assert not holds(GOOD[:64] + word(value) + GOOD[96:])
    z, y = (int.from_bytes(GOOD[i : i + 32], "big") for i in (32, 64))
    assert not holds(GOOD[:32] + word(z + MODULUS) + GOOD[64:])
    assert not holds(GOOD[:64] + word(y + MODULUS) + GOOD[96:])


def outside() -> bytes:
    """A compressed point of the curve that is not in the subgroup."""
    x = 5
    while True:
        y = pow(x**3 + 4, (P + 1) // 4, P)
        if (y * y - x**3 - 4) % P == 0:
            return bytes([0x80 | (0x20 if y > P // 2 else 0)]) + x.to_bytes(48, "big")[1:]
        x += 1


WRONG_POINTS = {
    "infinity with a sign": b"\xe0" + bytes(47),
    "infinity not compressed": b"\x40" + bytes(47),
    "zeros": bytes(48),
    "infinity with a rest": b"\xc0" + bytes(46) + b"\x01",
    "infinity with a rest in front": b"\xc1" + bytes(47),
    "x = 0": b"\x80" + bytes(47),
    "x = 0, other sign": b"\xa0" + bytes(47),
    "not compressed": bytes([GOOD[96] & 0x7F]) + GOOD[97:144],
    "x = p": bytes([0x9A]) + P.to_bytes(48, "big")[1:],
    "x above p": b"\x9f" + b"\xff" * 47,
    "outside the subgroup": outside(),
}


@pytest.mark.parametrize("name", WRONG_POINTS)
def test_points_in_no_right_encoding_fail(name: str) -> None:
    point = WRONG_POINTS[name]
    assert not holds(claim(point, 5, 0, INFINITY))
    assert not holds(claim(INFINITY, 5, 0, point))
    assert not holds(claim(point, 5, 0, point))
