"""Pedersen commitments: Σ v_i · G_i over the fixed basis, no blinding.

Three ways to the same sum, chosen by what is asked:

* one vector with many entries: the bucket kernel over the table of shifts;
* one vector with few entries: signed bits over the table of shifts, 32 doublings in all;
* many sparse vectors (the differences that a tree update makes): odd multiples are first prepared for
  each generator, the more the oftener it is used, and thrown away after.

Vectors are given as ``{index: scalar}``, with integers taken mod R; what is missing is 0. Index
:data:`verkle.crs.Q` is the inner-product generator.

Sources: EIP-6800; SPEC 2.2, 4.1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from verkle.banderwagon import IDENTITY, Cached, Point, add, double
from verkle.crs import SHIFT_BITS, SHIFTS, basis
from verkle.field import R
from verkle.msm import accumulate, bucket_sum, negate_cached, odd_multiples, signed_bytes, wnaf

__all__ = ["commit", "commit_many"]

Vector = Mapping[int, int]

DENSE_FROM: Final = 24
"""From this many entries on the bucket kernel is quicker than signed bits."""

_WIDTHS: Final = ((40, 6), (10, 5), (2, 4), (0, 2))
"""(uses of a generator, width of the non-adjacent form that pays from there on); 2 needs no table."""


def commit(vector: Vector) -> Point:
    """The commitment to one vector."""
    return commit_many([vector])[0]


def commit_many(vectors: Sequence[Vector]) -> list[Point]:
    """The commitments to many vectors, sharing the work where they share generators."""
    sparse = [v for v in vectors if len(v) < DENSE_FROM]
    uses = Counter(index for vector in sparse for index in vector)
    tables = {index: _Multiples(index, count) for index, count in uses.items()}
    return [_sparse(v, tables) if len(v) < DENSE_FROM else _dense(v) for v in vectors]


class _Multiples:
    """Odd multiples of the eight shifts of one generator: shift k, digit 2j+1 at ``k·count + j``."""

    __slots__ = ("count", "minus", "plus", "width")

    def __init__(self, index: int, uses: int) -> None:
        self.width = next(width for least, width in _WIDTHS if uses >= least)
        self.count = 1 << (self.width - 2)
        table = basis()
        shifts = slice(index * SHIFTS, (index + 1) * SHIFTS)
        self.plus: Sequence[Cached] = table.plus[shifts]
        self.minus: Sequence[Cached] = table.minus[shifts]
        if self.count > 1:
            self.plus = odd_multiples([cached[4] for cached in self.plus], self.count)
            self.minus = negate_cached(self.plus)


def _sparse(vector: Vector, tables: Mapping[int, _Multiples]) -> Point:
    columns: list[list[Cached]] = [[] for _ in range(SHIFT_BITS)]
    for index, scalar in vector.items():
        table = tables[index]
        count, plus, minus = table.count, table.plus, table.minus
        for position, digit in wnaf(scalar % R, table.width):
            at = (position // SHIFT_BITS) * count
            columns[position % SHIFT_BITS].append(
                plus[at + (digit >> 1)] if digit > 0 else minus[at + (-digit >> 1)]
            )
    while columns and not columns[-1]:
        columns.pop()
    out = IDENTITY
    for column in reversed(columns):
        out = accumulate(double(out), column)
    return out


def _dense(vector: Vector) -> Point:
    table = basis()
    indices = sorted(vector)
    if indices == list(range(len(indices))):
        plus, minus = table.plus[: len(indices) * SHIFTS], table.minus[: len(indices) * SHIFTS]
    else:
        plus = tuple(p for i in indices for p in table.plus[i * SHIFTS : (i + 1) * SHIFTS])
        minus = tuple(p for i in indices for p in table.minus[i * SHIFTS : (i + 1) * SHIFTS])
    digits = signed_bytes(vector[i] for i in indices)
    windows = SHIFT_BITS // 8
    out = IDENTITY
    for k in range(windows - 1, -1, -1):
        for _ in range(8):
            out = double(out)
        out = add(out, bucket_sum(digits[k::windows], plus, minus))
    return out
