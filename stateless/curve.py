"""Curves y² = x³ + b of prime order in plain integers: the sum of a few multiples of points.

Two curves of Ethereum have this shape, secp256k1 and the first group of bn254. Points are pairs of integers
below p, ``None`` is the point at infinity. Nothing here is constant-time: it works on public data only.

Way: both curves have an endomorphism (x, y) → (β·x, y) that multiplies by λ, so each scalar is split into
two of half the length (GLV); all halves then share one chain of doublings, and each adds an odd multiple
of its point about once in six steps (Straus, width-5 NAF). Jacobian coordinates, with every exceptional case
told apart, since points and scalars come from hostile hands.

Sources: Gallant, Lambert, Vanstone (CRYPTO 2001); explicit-formulas database, "dbl-2009-l" and "madd".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

__all__ = ["Curve", "Point", "add", "is_on_curve", "linear_combination"]

Point: TypeAlias = tuple[int, int]
_Jacobian: TypeAlias = tuple[int, int, int]

_INFINITY: Final[_Jacobian] = (0, 1, 0)

WIDTH: Final = 5
"""Bits of a window; a point's table holds its odd multiples below 2^(WIDTH − 1)."""


@dataclass(frozen=True, slots=True)
class Curve:
    """y² = x³ + ``b`` modulo the prime ``p``, a group of prime order ``n``.

    ``beta``: a cube root of 1 modulo p; (x, y) → (β·x, y) multiplies points by a cube root of 1 modulo n, λ.
    ``basis``: two short pairs (i, j) with i + j·λ ≡ 0 modulo n, of determinant n.
    """

    p: int
    b: int
    n: int
    beta: int
    basis: tuple[tuple[int, int], tuple[int, int]]


def is_on_curve(curve: Curve, point: Point) -> bool:
    """Whether the coordinates fulfil the equation. They must be below p."""
    x, y = point
    return (y * y - x * x * x - curve.b) % curve.p == 0


def add(curve: Curve, left: Point | None, right: Point | None) -> Point | None:
    """The sum of two points of the curve."""
    if left is None:
        return right
    if right is None:
        return left
    p = curve.p
    (x1, y1), (x2, y2) = left, right
    if x1 == x2:
        return _double_affine(left, p) if y1 == y2 else None
    slope = (y2 - y1) * pow(x2 - x1, -1, p) % p
    x3 = (slope * slope - x1 - x2) % p
    return x3, (slope * (x1 - x3) - y1) % p


def linear_combination(curve: Curve, terms: Sequence[tuple[int, Point]]) -> Point | None:
    """Σ scalar · point over ``terms``; scalars are any integers, taken modulo n."""
    p = curve.p
    # Position of a bit → the points to add there, on the way down.
    due: dict[int, list[Point]] = {}
    for scalar, point in terms:
        first, second = _split(curve, scalar % curve.n)
        if not (first or second):
            continue
        odd = _odd_multiples(curve, point)
        _schedule(due, first, odd, p)
        if second:
            _schedule(due, second, [(x * curve.beta % p, y) for x, y in odd], p)

    x, y, z = _INFINITY
    for position in range(max(due, default=-1), -1, -1):
        x, y, z = _double(x, y, z, p)
        for point in due.get(position, ()):
            x, y, z = _add(x, y, z, point, p)
    if not z:
        return None
    inverse = pow(z, -1, p)
    square = inverse * inverse % p
    return x * square % p, y * square % p * inverse % p


def _split(curve: Curve, scalar: int) -> tuple[int, int]:
    """Two integers, signed and about half as long as n, with first + second·λ ≡ scalar modulo n: what is
    left of (scalar, 0) after subtracting the nearest point of the lattice that the basis spans."""
    (a1, b1), (a2, b2) = curve.basis
    n = curve.n
    c1 = (2 * b2 * scalar + n) // (2 * n)
    c2 = (-2 * b1 * scalar + n) // (2 * n)
    return scalar - c1 * a1 - c2 * a2, -c1 * b1 - c2 * b2


def _odd_multiples(curve: Curve, point: Point) -> list[Point]:
    """P, 3P, 5P … (2^(WIDTH−1) − 1)P. None of them is infinity, since n is a prime above all of these."""
    p = curve.p
    twice = _double_affine(point, p)
    multiples: list[_Jacobian] = [(*point, 1)]
    for _ in range((1 << (WIDTH - 2)) - 1):
        multiples.append(_add(*multiples[-1], twice, p))
    # One inversion for all (Montgomery's trick).
    products, product = [], 1
    for _, _, z in multiples:
        products.append(product)
        product = product * z % p
    inverse = pow(product, -1, p)
    affine: list[Point] = []
    for (x, y, z), before in zip(reversed(multiples), reversed(products), strict=True):
        own = inverse * before % p
        inverse = inverse * z % p
        square = own * own % p
        affine.append((x * square % p, y * square % p * own % p))
    affine.reverse()
    return affine


def _schedule(due: dict[int, list[Point]], scalar: int, odd: list[Point], p: int) -> None:
    """Enter the digits of ``scalar``, in non-adjacent form of width WIDTH, into ``due``."""
    negative = scalar < 0
    left = -scalar if negative else scalar
    position = 0
    while left:
        zeros = (left & -left).bit_length() - 1
        left >>= zeros
        position += zeros
        digit = left & ((1 << WIDTH) - 1)
        if digit >> (WIDTH - 1):
            digit -= 1 << WIDTH
        left -= digit
        x, y = odd[abs(digit) >> 1]
        due.setdefault(position, []).append((x, y if (digit > 0) != negative else p - y))


def _double_affine(point: Point, p: int) -> Point:
    """Twice a point. Its y is not 0: that would be a point of order 2, and n is odd."""
    x, y = point
    slope = 3 * x * x * pow(2 * y, -1, p) % p
    x3 = (slope * slope - 2 * x) % p
    return x3, (slope * (x - x3) - y) % p


def _double(x: int, y: int, z: int, p: int) -> _Jacobian:
    """Twice a point in Jacobian coordinates; infinity stays infinity."""
    yy = y * y % p
    d = 4 * x * yy % p
    e = 3 * x * x % p
    x3 = (e * e - 2 * d) % p
    return x3, (e * (d - x3) - 8 * yy * yy) % p, 2 * y * z % p


def _add(x1: int, y1: int, z1: int, right: Point, p: int) -> _Jacobian:
    """Sum of a point in Jacobian coordinates and an affine one."""
    x2, y2 = right
    if not z1:
        return x2, y2, 1
    zz = z1 * z1 % p
    h = (x2 * zz - x1) % p
    r = (y2 * z1 % p * zz - y1) % p
    if not h:
        return _INFINITY if r else _double(x1, y1, z1, p)
    hh = h * h % p
    hhh = h * hh % p
    v = x1 * hh % p
    x3 = (r * r - hhh - 2 * v) % p
    return x3, (r * (v - x3) - y1 * hhh) % p, z1 * h % p
