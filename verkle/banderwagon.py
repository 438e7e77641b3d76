"""Banderwagon: the prime-order group of the commitments.

The curve is Bandersnatch in twisted Edwards form, ``a·x² + y² = 1 + d·x²·y²`` over ``Fp`` with
``a = −5``. An element of Banderwagon is the class ``{(x, y), (−x, −y)}`` of a point whose
``1 − a·x²`` is a square.

Notation: a :data:`Point` is extended coordinates ``(X, Y, Z, T)`` with ``x = X/Z``, ``y = Y/Z``,
``T = X·Y/Z``. A :data:`Cached` is an affine point prepared for being added often:
``(x, y, 5x, d·x·y, point)``. In both every coordinate is an ``Fp``.

The addition is Hisil–Wong–Carter–Dawson's unified one. ``a`` and ``d`` are both non-squares, so it is
not complete on the whole curve; it is on the points that :func:`decode_many` lets in, all of which lie
in the subgroup of odd order up to (0, −1) (SPEC 1.1). It is written with products in place of
Karatsuba's trick, because a product costs no more than a sum here.

Sources: EIP-6800; go-ipa ``banderwagon/element.go`` for the encoding; SPEC 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from verkle.errors import InvalidError, MalformedError
from verkle.field import HALF_P, ONE, ZERO, Fp, R, batch_inverse, fp_from_int, sqrt

__all__ = [
    "GENERATOR",
    "IDENTITY",
    "Cached",
    "Point",
    "add",
    "cache_many",
    "decode_many",
    "double",
    "encode_many",
    "equal",
    "is_identity",
    "map_to_field_many",
    "multiply",
    "negate",
    "normalise_many",
]

Point = tuple[Fp, Fp, Fp, Fp]
Cached = tuple[Fp, Fp, Fp, Fp, Point]

FIVE: Final = Fp(5)
D: Final = fp_from_int(45022363124591815672509500913686876175488063829319466900776701791074614335719)
_NEGATIVE_D: Final = -D

IDENTITY: Final[Point] = (ZERO, ONE, ONE, ZERO)
_GENERATOR_X: Final = fp_from_int(0x29C132CC2C0B34C5743711777BBE42F32B79C022AD998465E1E71866A252AE18)
_GENERATOR_Y: Final = fp_from_int(0x2A6C669EDA123E0F157D8B50BADCD586358CAD81EEE464605E3167B6CC974166)
GENERATOR: Final[Point] = (_GENERATOR_X, _GENERATOR_Y, ONE, _GENERATOR_X * _GENERATOR_Y)

_EULER: Final = fp_from_int(HALF_P)


def add(p: Point, q: Point) -> Point:
    """p + q, for any two elements, equal ones and the identity included."""
    x1, y1, z1, t1 = p
    x2, y2, z2, t2 = q
    e = x1 * y2 + y1 * x2
    h = y1 * y2 + FIVE * (x1 * x2)
    c = D * (t1 * t2)
    z = z1 * z2
    f = z - c
    g = z + c
    return (e * f, g * h, f * g, e * h)


def double(p: Point) -> Point:
    """p + p."""
    x, y, z, _ = p
    xx = FIVE * x.square()
    yy = y.square()
    zz = z.square()
    xy = x * y
    e = xy + xy
    g = yy - xx
    f = zz + zz - g
    h = yy + xx
    return (e * f, g * h, f * g, e * h)


def negate(p: Point) -> Point:
    """−p."""
    x, y, z, t = p
    return (-x, y, z, -t)


def multiply(p: Point, scalar: int) -> Point:
    """scalar · p for any integer; double-and-add over signed digits. Not constant in time.

    Many products at once: :func:`verkle.msm.msm`. Multiples of the fixed basis: :mod:`verkle.pedersen`.
    """
    scalar %= R
    minus = negate(p)
    out = IDENTITY
    # non-adjacent form, most significant first: digit i is bit i+1 of 3k less bit i+1 of k
    triple = 3 * scalar
    for i in range(triple.bit_length() - 1, 0, -1):
        out = double(out)
        if (triple ^ scalar) >> i & 1:
            out = add(out, p if triple >> i & 1 else minus)
    return out


def equal(p: Point, q: Point) -> bool:
    """Whether both stand for the same element: ``x1·y2 = x2·y1``; false for the non-point X = Y = 0."""
    if (p[0].is_zero() and p[1].is_zero()) or (q[0].is_zero() and q[1].is_zero()):
        return False
    return p[0] * q[1] == q[0] * p[1]


def is_identity(p: Point) -> bool:
    """Whether ``p`` is the neutral element, (0, 1) or (0, −1)."""
    return p[0].is_zero() and not p[1].is_zero()


def normalise_many(points: Sequence[Point]) -> list[Point]:
    """The same points with Z = 1, by one inversion."""
    inverses = batch_inverse([p[2] for p in points])
    out = []
    for (x, y, _, _), inverse in zip(points, inverses, strict=True):
        x = x * inverse
        y = y * inverse
        out.append((x, y, ONE, x * y))
    return out


def cache_many(points: Sequence[Point]) -> list[Cached]:
    """Prepare points for mixed addition, by one inversion (none if all have Z = 1 already)."""
    if any(p[2] is not ONE for p in points):
        points = normalise_many(points)
    return [(p[0], p[1], FIVE * p[0], D * p[3], p) for p in points]


def encode_many(points: Sequence[Point]) -> list[bytes]:
    """32 bytes each: x big-endian, its sign chosen so that y is positive (SPEC 1.3); one inversion."""
    out = []
    for x, y, _, _ in normalise_many(points):
        out.append((x if int(y) > HALF_P else -x).to_be_bytes())
    return out


def map_to_field_many(points: Sequence[Point]) -> list[int]:
    """x/y as an integer, reduced mod R; one inversion. The identity maps to 0 (SPEC 1.5).

    As bytes the "hash" of a commitment is this number in 32 bytes little-endian.
    """
    inverses = batch_inverse([p[1] for p in points])
    return [int(p[0] * inverse) % R for p, inverse in zip(points, inverses, strict=True)]


def _index(i: int) -> Mapping[str, object]:
    return {"index": i}


def decode_many(
    encoded: Sequence[bytes], place: Callable[[int], Mapping[str, object]] = _index
) -> list[Point]:
    """Decode untrusted points, with Z = 1; two inversions' worth of work is shared by all.

    Each must be 32 bytes, a canonical big-endian x < P, on the curve, and in the subgroup
    (``1 − a·x²`` a square); y is the positive root. 32 zero bytes are the identity.

    ``place(i)`` says in the error's ``where`` which point was wrong.

    Raises:
        MalformedError: ``POINT_LENGTH``.
        InvalidError: ``POINT_NOT_CANONICAL``, ``POINT_NOT_ON_CURVE``, ``POINT_NOT_IN_SUBGROUP``.

    Source: SPEC 1.4; go-ipa ``SetBytes`` and its subgroup check.
    """
    xs: list[Fp] = []
    numerators: list[Fp] = []
    denominators: list[Fp] = []
    for i, data in enumerate(encoded):
        if len(data) != 32:
            raise MalformedError(
                "POINT_LENGTH", "a compressed point has 32 bytes", where=place(i), expected=32, got=len(data)
            )
        try:
            x = Fp.from_be_bytes(data)
        except ValueError:
            raise InvalidError(
                "POINT_NOT_CANONICAL",
                "the x coordinate of a point is not below the field modulus",
                where=place(i),
                got=data,
            ) from None
        xx = x.square()
        xs.append(x)
        numerators.append(ONE + FIVE * xx)
        denominators.append(ONE + _NEGATIVE_D * xx)
    # no denominator is 0: d is not a square
    inverses = batch_inverse(denominators)
    out: list[Point] = []
    for i, x in enumerate(xs):
        u, v = numerators[i], denominators[i]
        # y² = u/v, and sqrt(u·v)/v is a root of it. If u·v is a square, u and v are both squares
        # (the point is good) or both not (it is on the curve, outside the subgroup).
        root = sqrt(u * v)
        if root is None:
            raise InvalidError(
                "POINT_NOT_ON_CURVE", "no point of the curve has this x", where=place(i), got=encoded[i]
            )
        if not u.pow(_EULER).is_one():
            raise InvalidError(
                "POINT_NOT_IN_SUBGROUP",
                "the point is on the curve but not in the prime-order group",
                where=place(i),
                got=encoded[i],
            )
        y = root * inverses[i]
        if int(y) <= HALF_P:
            y = -y
        out.append((x, y, ONE, x * y))
    return out
