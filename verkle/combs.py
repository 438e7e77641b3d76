"""Comb tables: the multiples of one generator that signed bytes can ask for.

A scalar is Σ digit_k · 2^(8k) with 32 digits in −128 … 127; a scalar plus 128 in every byte, as bytes, *is*
the list of its digits, each plus 128 (:func:`verkle.msm.signed_bytes`). A comb has a row for every
``spacing``-th byte, and in it the point of each digit. With ``spacing`` 1 a product is 32 additions and
nothing is doubled; with ``spacing`` 4 the digits are read in four columns with eight doublings between
them, which all products of one sum share, for a quarter of the memory.

=======  ====  =================  ================
spacing  rows  points             memory
=======  ====  =================  ================
1        32    32 · 255           2.3 MB
4        8     8 · 255            0.6 MB
=======  ====  =================  ================

They pay for what is committed to often; :mod:`verkle.pedersen` says when.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import getitem
from typing import Final

from verkle.banderwagon import Cached, Point, add, cache_many, double
from verkle.crs import SHIFT_BITS, SHIFTS, basis
from verkle.field import Fp

__all__ = ["COLUMNS", "NARROW", "WIDE", "Comb", "Slim", "digits_of"]

Slim = tuple[Fp, Fp, Fp, Fp, None]
"""A :data:`verkle.banderwagon.Cached` that does not keep its point."""

DIGIT_BITS: Final = 8
COLUMNS: Final = SHIFT_BITS // DIGIT_BITS
"""Digits between two rows of a comb made of the shifts that the basis has."""
NARROW: Final = COLUMNS
WIDE: Final = 1
"""The two spacings."""

_HALF: Final = 1 << (DIGIT_BITS - 1)
_DIGITS: Final = SHIFTS * COLUMNS
_OFFSET: Final = int.from_bytes(bytes([_HALF]) * _DIGITS, "little")


def digits_of(scalar: int) -> bytes:
    """The 32 signed bytes, each plus 128, of a scalar in −R/2 … R/2."""
    return (scalar + _OFFSET).to_bytes(_DIGITS, "little")


class Comb:
    """The comb of generator ``index``; ``spacing`` is :data:`WIDE` or :data:`NARROW`."""

    __slots__ = ("_rows", "spacing")

    def __init__(self, index: int, spacing: int) -> None:
        self.spacing = spacing
        points: list[Point] = []
        for cached in basis().plus[index * SHIFTS : (index + 1) * SHIFTS]:
            base = cached[4]
            for _ in range(COLUMNS // spacing):
                point = base
                points.append(point)
                for _ in range(_HALF - 1):
                    point = add(point, base)
                    points.append(point)
                base = double(point)
        multiples = cache_many(points)
        self._rows = tuple(_row(multiples[k : k + _HALF]) for k in range(0, len(multiples), _HALF))

    def terms(self, digits: bytes, column: int = 0) -> Iterable[Slim]:
        """The points of every ``spacing``-th digit from ``column`` on; a digit 0 has none."""
        return filter(None, map(getitem, self._rows, digits[column :: self.spacing]))


def _row(multiples: Sequence[Cached]) -> tuple[Slim | None, ...]:
    """The point of digit − 128 at each byte; ``multiples`` are 1 … 128."""
    minus: list[Slim | None] = [(-x, y, -x5, -dt, None) for x, y, x5, dt, _ in reversed(multiples)]
    return (*minus, None, *((x, y, x5, dt, None) for x, y, x5, dt, _ in multiples[:-1]))
