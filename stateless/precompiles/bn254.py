"""0x06, 0x07, 0x08: addition, multiplication and pairing check on bn254 (alt_bn128).

Coordinates are 32 bytes big-endian and below p; an element of Fp2 has its imaginary part first. Infinity is
all zeros. A point that is not on its curve, or outside the subgroup where that matters, is a failure.

Sources: EIP-196, EIP-197; EIP-1108 (prices).
"""

from __future__ import annotations

from stateless.curve import Point, add, is_on_curve, linear_combination
from stateless.evm.halts import Halt
from stateless.precompiles.bn254_fields import P
from stateless.precompiles.bn254_pairing import G1, G2Point, SubgroupError, is_on_twist, pairing_check
from stateless.precompiles.prices import BN254_ADD, BN254_MULTIPLY, BN254_PAIRING, pay

__all__ = ["add_points", "multiply_point", "pairing"]

PAIR_BYTES = 192


def add_points(data: bytes, gas: int) -> tuple[int, bytes]:
    """Input: two points, as if followed by zeros. Output: their sum."""
    used = pay(gas, BN254_ADD)
    data = data[:128].ljust(128, b"\x00")
    return used, _encode(add(G1, _first(data[:64]), _first(data[64:])))


def multiply_point(data: bytes, gas: int) -> tuple[int, bytes]:
    """Input: a point and a scalar of 32 bytes, as if followed by zeros. Output: their product."""
    used = pay(gas, BN254_MULTIPLY)
    data = data[:96].ljust(96, b"\x00")
    point = _first(data[:64])
    if point is None:
        return used, bytes(64)
    return used, _encode(linear_combination(G1, [(int.from_bytes(data[64:], "big"), point)]))


def pairing(data: bytes | memoryview, gas: int) -> tuple[int, bytes]:
    """Input: pairs of a point of the first group and one of the second, 192 bytes each, none is allowed.
    Output: 1 in 32 bytes if the product of the pairings is 1, else 0."""
    once, each = BN254_PAIRING
    used = pay(gas, once + each * (len(data) // PAIR_BYTES))
    if len(data) % PAIR_BYTES:
        raise Halt("the input of the pairing check is not whole pairs")
    pairs: list[tuple[Point | None, G2Point]] = []
    for i in range(0, len(data), PAIR_BYTES):
        first, second = _first(data[i : i + 64]), _second(data[i + 64 : i + PAIR_BYTES])
        if second is not None:
            pairs.append((first, second))
    try:
        holds = pairing_check(pairs)
    except SubgroupError as error:
        raise Halt(str(error)) from error
    return used, int(holds).to_bytes(32, "big")


def _coordinates(data: bytes | memoryview) -> list[int]:
    values = [int.from_bytes(data[i : i + 32], "big") for i in range(0, len(data), 32)]
    if max(values) >= P:
        raise Halt("a coordinate is not below the field modulus")
    return values


def _first(data: bytes | memoryview) -> Point | None:
    x, y = _coordinates(data)
    if not (x or y):
        return None
    if not is_on_curve(G1, (x, y)):
        raise Halt("a point is not on the curve")
    return x, y


def _second(data: bytes | memoryview) -> G2Point | None:
    x_im, x_re, y_im, y_re = _coordinates(data)
    if not (x_im or x_re or y_im or y_re):
        return None
    point = (x_re, x_im), (y_re, y_im)
    if not is_on_twist(point):
        raise Halt("a point is not on the twist")
    return point


def _encode(point: Point | None) -> bytes:
    x, y = point or (0, 0)
    return x.to_bytes(32, "big") + y.to_bytes(32, "big")
