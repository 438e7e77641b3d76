"""Verification of an ECDSA signature over P-256 in plain integers: 32-bit ARM has no wheel of the library.

Points are Jacobian, (0, 1, 0) at infinity; y² = x³ − 3x + b modulo p, of prime order n. Nothing here is
constant in time: it works on public data alone.

Sources: FIPS 186-5, 6.4.2; SP 800-186, 3.2.1.3; explicit-formulas database, "dbl-2001-b" and "add-2007-bl".
"""

from __future__ import annotations

from typing import Final

__all__ = ["B", "N", "P", "verify"]

P: Final = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B: Final = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
GENERATOR: Final = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    1,
)

_Jacobian = tuple[int, int, int]
_INFINITY: Final[_Jacobian] = (0, 1, 0)


def verify(digest: bytes, r: int, s: int, x: int, y: int) -> bool:
    """Whether (r, s), both within 1 to n − 1, signs the 32 bytes of ``digest`` under the key (x, y), both
    below p. A key that is no point of the curve verifies nothing."""
    if (y * y - x * x * x + 3 * x - B) % P:
        return False
    inverse = pow(s, -1, N)
    u1, u2 = int.from_bytes(digest, "big") * inverse % N, r * inverse % N
    key = (x, y, 1)
    both = _add(GENERATOR, key)
    total = _INFINITY
    for bit in range(255, -1, -1):
        total = _double(total)
        digits = (u1 >> bit & 1) + 2 * (u2 >> bit & 1)
        if digits:
            total = _add(total, (GENERATOR, key, both)[digits - 1])
    if not total[2]:
        return False
    square = pow(total[2], -2, P)
    return (total[0] * square % P - r) % N == 0


def _double(point: _Jacobian) -> _Jacobian:
    """Twice a point; infinity stays infinity."""
    x, y, z = point
    zz = z * z % P
    yy = y * y % P
    beta = x * yy % P
    alpha = 3 * (x - zz) * (x + zz) % P
    x3 = (alpha * alpha - 8 * beta) % P
    return x3, (alpha * (4 * beta - x3) - 8 * yy * yy) % P, 2 * y * z % P


def _add(left: _Jacobian, right: _Jacobian) -> _Jacobian:
    """The sum of any two points."""
    x1, y1, z1 = left
    x2, y2, z2 = right
    if not z1:
        return right
    if not z2:
        return left
    zz1, zz2 = z1 * z1 % P, z2 * z2 % P
    u1, u2 = x1 * zz2 % P, x2 * zz1 % P
    s1, s2 = y1 * zz2 * z2 % P, y2 * zz1 * z1 % P
    h, slope = (u2 - u1) % P, (s2 - s1) % P
    if not h:
        return _INFINITY if slope else _double(left)
    hh = h * h % P
    hhh = h * hh % P
    v = u1 * hh % P
    x3 = (slope * slope - hhh - 2 * v) % P
    return x3, (slope * (v - x3) - s1 * hhh) % P, z1 * z2 * h % P
