"""Banderwagon, its encoding and the Pedersen basis with plain integers, as SPEC 1 and 2 say it.

The judge of the fast modules, for tests only: it shares no line with them, and where the two differ the
definitions here are the ones to read first. :func:`affine_sum` is the textbook law; all else runs on
extended coordinates (X, Y, Z, T), x = X/Z, y = Y/Z, T = XY/Z, which the tests hold against it.

Sources: EIP-6800; go-ipa ``banderwagon/element.go``, ``ipa/config.go``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from hashlib import sha256
from typing import Final

P: Final = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
"""The base field."""
R: Final = 13108968793781547619861935127046491459309155893440570251786403306729687672801
"""The order of the group: the scalar field."""
A: Final = P - 5
D: Final = 45022363124591815672509500913686876175488063829319466900776701791074614335719

Affine = tuple[int, int]
Point = tuple[int, int, int, int]

IDENTITY: Final[Point] = (0, 1, 1, 0)
GENERATOR_AFFINE: Final[Affine] = (
    18886178867200960497001835917649091219057080094937609519140440539760939937304,
    19188667384257783945677642223292697773471335439753913231509108946878080696678,
)


class RefusedError(ValueError):
    """An input that the specification refuses; the text is a stable reason in one or two words."""


# The group (SPEC 1.1, 1.2)


def on_curve(point: Affine) -> bool:
    """a·x² + y² = 1 + d·x²·y²."""
    x, y = point
    return (A * x * x + y * y - 1 - D * x * x * y * y) % P == 0


def affine_sum(p: Affine, q: Affine) -> Affine:
    """The addition law of twisted Edwards curves, by definition."""
    (x1, y1), (x2, y2) = p, q
    k = D * x1 * x2 * y1 * y2 % P
    x3 = (x1 * y2 + y1 * x2) * pow(1 + k, -1, P) % P
    y3 = (y1 * y2 - A * x1 * x2) * pow(1 - k, -1, P) % P
    return x3, y3


def extended(point: Affine) -> Point:
    x, y = point
    return x, y, 1, x * y % P


def affine(point: Point) -> Affine:
    inverse = pow(point[2], -1, P)
    return point[0] * inverse % P, point[1] * inverse % P


def add(p: Point, q: Point) -> Point:
    """Unified addition in extended coordinates (Hisil, Wong, Carter, Dawson 2008, section 3.1)."""
    x1, y1, z1, t1 = p
    x2, y2, z2, t2 = q
    a = x1 * x2 % P
    b = y1 * y2 % P
    c = D * t1 % P * t2 % P
    d = z1 * z2 % P
    e = (x1 + y1) * (x2 + y2) - a - b
    f, g, h = d - c, d + c, b + 5 * a
    return e * f % P, g * h % P, f * g % P, e * h % P


def double(p: Point) -> Point:
    x, y, z, _ = p
    a, b = x * x % P, y * y % P
    e = (x + y) * (x + y) - a - b
    g = b - 5 * a
    f, h = g - 2 * z * z, -5 * a - b
    e, f = e % P, f % P
    return e * f % P, g * h % P, f * g % P, e * h % P


def neg(p: Point) -> Point:
    x, y, z, t = p
    return -x % P, y, z, -t % P


def mul(k: int, p: Point) -> Point:
    """k·p by windows of four bits."""
    k %= R
    multiples = [IDENTITY]
    for _ in range(15):
        multiples.append(add(multiples[-1], p))
    out = IDENTITY
    for digit in f"{k:x}":
        out = double(double(double(double(out))))
        if digit != "0":
            out = add(out, multiples[int(digit, 16)])
    return out


def total(points: Iterable[Point]) -> Point:
    out = IDENTITY
    for point in points:
        out = add(out, point)
    return out


def msm(points: Sequence[Point], scalars: Sequence[int]) -> Point:
    """Σ scalar·point, one by one."""
    return total(mul(k, p) for p, k in zip(points, scalars, strict=True))


def eq(p: Point, q: Point) -> bool:
    """Equality of the classes {(x, y), (−x, −y)}; the placeholder X = Y = 0 equals nothing."""
    if p[:2] == (0, 0) or q[:2] == (0, 0):
        return False
    return (p[0] * q[1] - q[0] * p[1]) % P == 0


# Encoding (SPEC 1.3, 1.4, 1.5)


def sqrt(n: int) -> int | None:
    """A root of n mod P by Tonelli and Shanks, or None; P − 1 = 2^32 · odd, and 5 is no square."""
    odd = (P - 1) >> 32
    root, t = pow(n, (odd + 1) // 2, P), pow(n, odd, P)
    c, order = pow(5, odd, P), 32
    if t == 0:
        return 0
    while t != 1:
        i, power = 0, t
        while power != 1:
            power = power * power % P
            i += 1
        if i >= order:
            return None
        b = pow(c, 1 << (order - i - 1), P)
        root, c = root * b % P, b * b % P
        t, order = t * c % P, i
    return root


def serialise(p: Point) -> bytes:
    """x as 32 bytes big-endian, of the representative whose y is above (P − 1)/2."""
    x, y = affine(p)
    return (x if y > (P - 1) // 2 else -x % P).to_bytes(32, "big")


def deserialise(data: bytes) -> Point:
    """The five checks of SPEC 1.4.

    Raises:
        RefusedError: ``length``, ``not canonical``, ``not on curve`` or ``not in subgroup``.
    """
    if len(data) != 32:
        raise RefusedError("length")
    x = int.from_bytes(data, "big")
    if x >= P:
        raise RefusedError("not canonical")
    y = sqrt((A * x * x - 1) * pow(D * x * x - 1, -1, P) % P)
    if y is None:
        raise RefusedError("not on curve")
    if pow(1 - A * x * x, (P - 1) // 2, P) != 1:
        raise RefusedError("not in subgroup")
    return extended((x, y if y > (P - 1) // 2 else P - y))


def map_to_field(p: Point) -> int:
    """x/y as an integer, reduced mod R."""
    return p[0] * pow(p[1], -1, P) % P % R


# The basis (SPEC 2)


@cache
def generators() -> tuple[Point, ...]:
    """G_0 … G_255, hashed from the seed; a counter whose hash is no point is passed over."""
    found: list[Point] = []
    counter = 0
    while len(found) < 256:
        digest = sha256(b"eth_verkle_oct_2021" + counter.to_bytes(8, "big")).digest()
        counter += 1
        try:
            found.append(deserialise((int.from_bytes(digest, "big") % P).to_bytes(32, "big")))
        except RefusedError:
            continue
    return tuple(found)


@lru_cache(maxsize=256)
def _shifts(index: int) -> tuple[Point, ...]:
    """16^k · G_index for k = 0 … 63, with Z = 1, so that a commitment needs no doublings."""
    out = [generators()[index]]
    for _ in range(63):
        out.append(double(double(double(double(out[-1])))))
    products = [1]
    for point in out:
        products.append(products[-1] * point[2] % P)
    inverse = pow(products.pop(), -1, P)
    scaled = []
    for (x, y, z, _), before in zip(reversed(out), reversed(products), strict=True):
        one_over_z = inverse * before % P
        scaled.append(extended((x * one_over_z % P, y * one_over_z % P)))
        inverse = inverse * z % P
    return tuple(reversed(scaled))


def _add_scaled(p: Point, q: Point) -> Point:
    """:func:`add` for a q with Z = 1."""
    x1, y1, z1, t1 = p
    x2, y2, _, t2 = q
    a = x1 * x2 % P
    b = y1 * y2 % P
    c = D * t1 % P * t2 % P
    e = (x1 + y1) * (x2 + y2) - a - b
    f, g, h = z1 - c, z1 + c, b + 5 * a
    return e * f % P, g * h % P, f * g % P, e * h % P


def commit(vector: Mapping[int, int] | Sequence[int]) -> Point:
    """Σ f_i·G_i over the 256 generators, without blinding; missing entries are 0.

    Each scalar is written in base 16 (256 for long vectors); all 16^k·G_i of one digit are added first,
    and then each of these sums is taken as often as its digit says.
    """
    entries = [
        (i, f % R) for i, f in (vector.items() if isinstance(vector, Mapping) else enumerate(vector)) if f % R
    ]
    step = 2 if len(entries) > 30 else 1
    base = 16**step
    sums: list[Point | None] = [None] * base
    for i, f in entries:
        shifts = _shifts(i)
        k = 0
        while f:
            f, digit = divmod(f, base)
            if digit:
                there = sums[digit]
                sums[digit] = shifts[k] if there is None else _add_scaled(there, shifts[k])
            k += step
    out = running = IDENTITY
    for there in reversed(sums[1:]):
        if there is not None:
            running = add(running, there)
        out = add(out, running)
    return out


GENERATOR: Final[Point] = extended(GENERATOR_AFFINE)
Q: Final = GENERATOR
"""The generator of the inner product; not hashed."""
