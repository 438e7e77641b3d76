"""Multi-scalar multiplication: Σ scalar_i · P_i for points that are not known in advance.

Two methods, chosen by the number of points:

* few points: Straus' interleaving with width-5 non-adjacent forms (one chain of 253 doublings for all,
  some 42 additions a point, eight odd multiples prepared for each);
* many points: Pippenger's buckets with signed 8-bit windows. A scalar plus ``0x80…80``, as bytes,
  *is* the list of its signed digits, each plus 128; so the digits of one window, for all points, are one
  slice of one byte string, and none is ever computed.

Both kernels serve the fixed basis too (:mod:`verkle.pedersen`). Nothing is constant in time: nothing
here is secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from verkle.banderwagon import IDENTITY, Cached, Point, add, cache_many, double
from verkle.field import ONE, Fp, R

__all__ = ["accumulate", "bucket_sum", "msm", "negate_cached", "odd_multiples", "signed_bytes", "wnaf"]

STRAUS_LIMIT: Final = 128
"""Up to this many points Straus is quicker."""
WINDOW: Final = 5
"""Width of the non-adjacent form: digits are odd and below 2^(WINDOW − 1)."""

_DIGIT_OFFSET: Final = int.from_bytes(b"\x80" * 32, "little")


def msm(points: Sequence[Point], scalars: Sequence[int]) -> Point:
    """Σ scalars[i] · points[i]; scalars are integers, taken mod R. No points: the identity."""
    if len(points) != len(scalars):
        raise ValueError(f"{len(points)} points but {len(scalars)} scalars")
    return (_straus if len(points) <= STRAUS_LIMIT else _pippenger)(points, scalars)


def negate_cached(points: Iterable[Cached]) -> list[Cached]:
    """The negatives, prepared alike."""
    return [(-x, y, -x5, -dt, (-p[0], p[1], ONE, -p[3])) for x, y, x5, dt, p in points]


# --- few points -----------------------------------------------------------------------------------


def wnaf(scalar: int, width: int) -> Iterator[tuple[int, int]]:
    """(bit position, odd digit) ascending, Σ digit·2^position = scalar ≥ 0, |digit| < 2^(width − 1)."""
    mask = (1 << width) - 1
    half = 1 << (width - 1)
    position = 0
    while scalar:
        zeros = (scalar & -scalar).bit_length() - 1
        scalar >>= zeros
        position += zeros
        digit = scalar & mask
        if digit >= half:
            digit -= mask + 1
        yield position, digit
        scalar = (scalar - digit) >> width
        position += width


def odd_multiples(points: Sequence[Point], count: int) -> list[Cached]:
    """``count`` odd multiples P, 3P, 5P … of each point, point after point, ready for mixed addition."""
    out: list[Point] = []
    for point in points:
        out.append(point)
        if count > 1:
            twice = double(point)
            for _ in range(count - 1):
                point = add(point, twice)
                out.append(point)
    return cache_many(out)


def accumulate(start: Point, points: Iterable[tuple[Fp, Fp, Fp, Fp, object]]) -> Point:
    """``start`` plus all ``points``."""
    x1, y1, z1, t1 = start
    for x, y, x5, dt, _ in points:
        e = x1 * y + y1 * x
        h = y1 * y + x1 * x5
        c = t1 * dt
        f = z1 - c
        g = z1 + c
        x1 = e * f
        y1 = g * h
        z1 = f * g
        t1 = e * h
    return (x1, y1, z1, t1)


def _straus(points: Sequence[Point], scalars: Sequence[int]) -> Point:
    half = 1 << (WINDOW - 2)
    table = odd_multiples(points, half)
    minus = negate_cached(table)
    columns: list[list[Cached]] = [[] for _ in range(R.bit_length() + 1)]
    for i, scalar in enumerate(scalars):
        base = i * half
        for position, digit in wnaf(scalar % R, WINDOW):
            columns[position].append(table[base + (digit >> 1)] if digit > 0 else minus[base + (-digit >> 1)])
    while columns and not columns[-1]:
        columns.pop()
    out = IDENTITY
    for column in reversed(columns):
        out = accumulate(double(out), column)
    return out


# --- many points ----------------------------------------------------------------------------------


def signed_bytes(scalars: Iterable[int]) -> bytes:
    """32 bytes a scalar, each byte a digit + 128: scalar = Σ (byte_k − 128) · 256^k.

    A scalar is below 2^253 after reduction, so the sum with the offset stays below 2^256.
    """
    return b"".join([(s % R + _DIGIT_OFFSET).to_bytes(32, "little") for s in scalars])


def bucket_sum(digits: bytes, plus: Sequence[Cached], minus: Sequence[Cached]) -> Point:
    """Σ (digits[i] − 128) · plus[i]; ``minus`` holds the negatives of ``plus``."""
    buckets: list[list[Cached]] = [[] for _ in range(129)]
    for digit, p, m in zip(digits, plus, minus, strict=True):
        if digit > 128:
            buckets[digit - 128].append(p)
        elif digit < 128:
            buckets[128 - digit].append(m)
    # Σ j·B_j = Σ over j of (B_128 + … + B_j)
    running: Point | None = None
    total = IDENTITY
    for bucket in reversed(buckets[1:]):
        if bucket:
            if running is None:
                running = accumulate(bucket[0][4], bucket[1:])
            else:
                running = add(running, accumulate(bucket[0][4], bucket[1:]))
        if running is not None:
            total = add(total, running)
    return total


def _pippenger(points: Sequence[Point], scalars: Sequence[int]) -> Point:
    plus = cache_many(points)
    minus = negate_cached(plus)
    digits = signed_bytes(scalars)
    out = IDENTITY
    for k in range(31, -1, -1):
        for _ in range(8):
            out = double(out)
        out = add(out, bucket_sum(digits[k::32], plus, minus))
    return out
