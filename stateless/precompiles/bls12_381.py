"""0x0b to 0x11: the groups and the pairing of BLS12-381, and its maps from field elements to points.

A coordinate is 64 bytes big-endian, of which the first 16 are 0, and below p; an element of Fp2 has its
real part first. Infinity is all zeros. Points that are added need only be on their curve; those that are
multiplied or paired must be in the subgroup. Every malformed input, an empty one too, is a failure.

Source: EIP-2537 as it went live with Prague.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from py_arkworks_bls12381 import GT, G1Point, G2Point, Scalar

from stateless.evm.halts import Halt
from stateless.precompiles.prices import (
    BLS_PAIRING,
    G1_ADD,
    G1_DISCOUNTS,
    G1_MULTIPLY,
    G2_ADD,
    G2_DISCOUNTS,
    G2_MULTIPLY,
    MAP_FP2_TO_G2,
    MAP_FP_TO_G1,
    msm_gas,
    pay,
)

__all__ = ["g1_add", "g1_msm", "g2_add", "g2_msm", "map_fp2_to_g2", "map_fp_to_g1", "pairing"]

FP_BYTES: Final = 64
G1_BYTES: Final = 128
G2_BYTES: Final = 256
SCALAR_BYTES: Final = 32
_PADDING: Final = bytes(16)

_T = TypeVar("_T")


def g1_add(data: bytes, gas: int) -> tuple[int, bytes]:
    """Input: two points of the first curve. Output: their sum."""
    used = pay(gas, G1_ADD)
    _whole(data, 2 * G1_BYTES, 1)
    left, right = (_read(G1Point.from_xy_bytes_unchecked_be, part) for part in _parts(data, G1_BYTES))
    return used, _padded((left + right).to_xy_bytes_be())


def g2_add(data: bytes, gas: int) -> tuple[int, bytes]:
    """Input: two points of the second curve. Output: their sum."""
    used = pay(gas, G2_ADD)
    _whole(data, 2 * G2_BYTES, 1)
    left, right = (_read(G2Point.from_xy_bytes_unchecked_be, part) for part in _parts(data, G2_BYTES))
    return used, _padded((left + right).to_xy_bytes_be())


def g1_msm(data: bytes | memoryview, gas: int) -> tuple[int, bytes]:
    """Input: one or more points of the first group, each with a scalar of 32 bytes, of any size. Output: the
    sum of the products."""
    size = G1_BYTES + SCALAR_BYTES
    used = pay(gas, msm_gas(G1_MULTIPLY, G1_DISCOUNTS, _whole(data, size)))
    points = [_read(G1Point.from_xy_bytes_be, part[:G1_BYTES]) for part in _parts(data, size)]
    scalars = [Scalar.from_be_bytes_mod_order(part[G1_BYTES:]) for part in _parts(data, size)]
    return used, _padded(G1Point.multiexp_unchecked(points, scalars).to_xy_bytes_be())


def g2_msm(data: bytes | memoryview, gas: int) -> tuple[int, bytes]:
    """As ``g1_msm``, in the second group."""
    size = G2_BYTES + SCALAR_BYTES
    used = pay(gas, msm_gas(G2_MULTIPLY, G2_DISCOUNTS, _whole(data, size)))
    points = [_read(G2Point.from_xy_bytes_be, part[:G2_BYTES]) for part in _parts(data, size)]
    scalars = [Scalar.from_be_bytes_mod_order(part[G2_BYTES:]) for part in _parts(data, size)]
    return used, _padded(G2Point.multiexp_unchecked(points, scalars).to_xy_bytes_be())


def pairing(data: bytes | memoryview, gas: int) -> tuple[int, bytes]:
    """Input: one or more pairs of a point of the first group and one of the second. Output: 1 in 32 bytes if
    the product of the pairings is 1, else 0."""
    size = G1_BYTES + G2_BYTES
    once, each = BLS_PAIRING
    used = pay(gas, once + each * _whole(data, size))
    first = [_read(G1Point.from_xy_bytes_be, part[:G1_BYTES]) for part in _parts(data, size)]
    second = [_read(G2Point.from_xy_bytes_be, part[G1_BYTES:]) for part in _parts(data, size)]
    return used, int(GT.pairing_check(first, second)).to_bytes(32, "big")


def map_fp_to_g1(data: bytes, gas: int) -> tuple[int, bytes]:
    """Input: an element of Fp. Output: the point of the first group that it is mapped to."""
    used = pay(gas, MAP_FP_TO_G1)
    _whole(data, FP_BYTES, 1)
    return used, _padded(_read(G1Point.map_from_fp_be, data).to_xy_bytes_be())


def map_fp2_to_g2(data: bytes, gas: int) -> tuple[int, bytes]:
    """Input: an element of Fp2. Output: the point of the second group that it is mapped to."""
    used = pay(gas, MAP_FP2_TO_G2)
    _whole(data, 2 * FP_BYTES, 1)
    return used, _padded(_read(G2Point.map_from_fp2_be, data).to_xy_bytes_be())


def _whole(data: bytes | memoryview, size: int, count: int | None = None) -> int:
    """How many parts of ``size`` bytes the input has: at least one, no rest, ``count`` if that is given."""
    parts, rest = divmod(len(data), size)
    if rest or not parts or (count is not None and parts != count):
        raise Halt(f"an input of {len(data)} bytes where parts of {size} belong")
    return parts


def _parts(data: bytes | memoryview, size: int) -> list[bytes]:
    return [bytes(data[i : i + size]) for i in range(0, len(data), size)]


def _read(reader: Callable[[bytes], _T], data: bytes) -> _T:
    """Give ``reader`` the coordinates without their padding; it refuses those that are not below p, and
    points that are not on the curve or, if it is one that looks, in the subgroup."""
    coordinates = _parts(data, FP_BYTES)
    if any(not coordinate.startswith(_PADDING) for coordinate in coordinates):
        raise Halt("a coordinate is not padded with zeros")
    try:
        return reader(b"".join(coordinate[16:] for coordinate in coordinates))
    except ValueError as error:
        raise Halt(str(error)) from error


def _padded(coordinates: bytes) -> bytes:
    return b"".join(_PADDING + coordinate for coordinate in _parts(coordinates, FP_BYTES - 16))
