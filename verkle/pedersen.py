"""Pedersen commitments: Σ v_i · G_i over the fixed basis, no blinding.

Ways to the same sum, chosen by what is asked:

* a vector with many entries: the bucket kernel over the table of shifts;
* entries of generators that are used often: combs (:mod:`verkle.combs`), wide for the few that every leaf
  uses, narrow for the others;
* other entries: signed bits over the table of shifts, 32 doublings in all, with odd multiples that are
  prepared for the length of one call, the more the oftener a generator comes up in it.

Vectors are given as ``{index: scalar}``, with integers taken mod R; what is missing is 0. Index
:data:`verkle.crs.Q` is the inner-product generator.

Sources: EIP-6800; SPEC 2.2, 4.1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Final

from verkle.banderwagon import IDENTITY, Cached, Point, add, double, is_identity
from verkle.combs import COLUMNS, DIGIT_BITS, NARROW, WIDE, Comb, Slim, digits_of
from verkle.constants import WIDTH
from verkle.crs import SHIFT_BITS, SHIFTS, basis
from verkle.field import R
from verkle.msm import accumulate, bucket_sum, negate_cached, odd_multiples, signed_bytes, wnaf
from verkle.table_modes import TableMode, chosen_mode

__all__ = ["Committer", "commit", "commit_many"]

Vector = Mapping[int, int]

DENSE_FROM: Final = 24
"""From this many entries on the bucket kernel is quicker than signed bits; it never is than combs."""
COUNTED_BELOW: Final = 64
"""Longer vectors are no reason to make combs: the bucket kernel is nearly as quick."""

NARROW_FROM: Final = 128
WIDE_FROM: Final = 1000
MAX_WIDE: Final = 16
"""Uses of a generator from which on its comb pays, and how many wide ones there are at most (37 MB), unless
the tables may be large."""

HALF_R: Final = R // 2
_WIDTHS: Final = ((40, 6), (10, 5), (2, 4), (0, 2))
"""(uses of a generator, width of the non-adjacent form that pays from there on); 2 needs no table."""


def commit(vector: Vector) -> Point:
    """The commitment to one vector."""
    return commit_many([vector])[0]


def commit_many(vectors: Sequence[Vector]) -> list[Point]:
    """The commitments to many vectors, sharing the work where they share generators."""
    return Committer().commit_many(vectors)


class Committer:
    """Commits, and keeps the combs of often used generators from call to call.

    ``mode`` (default: the process's) says how many it may make; :mod:`verkle.table_modes` has the memory that
    they take. It changes no commitment.
    """

    __slots__ = ("_combs", "_mode", "_uses")

    def __init__(self, mode: TableMode | None = None) -> None:
        self._mode: TableMode = mode or chosen_mode()
        self._combs: dict[int, Comb] = {}
        self._uses: Counter[int] = Counter()

    def commit_many(self, vectors: Sequence[Vector]) -> list[Point]:
        """The commitments to many vectors, sharing the work where they share generators."""
        for index, count in Counter(i for v in vectors if len(v) < COUNTED_BELOW for i in v).items():
            self._use(index, count)
        sparse = [not self._is_dense(vector) for vector in vectors]
        by_bits = Counter(
            i for v, kept in zip(vectors, sparse, strict=True) if kept for i in v if i not in self._combs
        )
        multiples = {index: _Multiples(index, count) for index, count in by_bits.items()}
        return [
            self._sparse(v, multiples) if kept else _dense(v) for v, kept in zip(vectors, sparse, strict=True)
        ]

    def _use(self, index: int, times: int) -> None:
        """Count uses of a generator, and make the comb that they pay for."""
        if self._mode == "small":
            return
        self._uses[index] += times
        comb = self._combs.get(index)
        wide = sum(other.spacing == WIDE for other in self._combs.values())
        if self._uses[index] >= WIDE_FROM and wide < (WIDTH if self._mode == "large" else MAX_WIDE):
            if comb is None or comb.spacing != WIDE:
                self._combs[index] = Comb(index, WIDE)
        elif self._uses[index] >= NARROW_FROM and comb is None:
            self._combs[index] = Comb(index, NARROW)

    def _is_dense(self, vector: Vector) -> bool:
        return len(vector) >= DENSE_FROM and not self._combs.keys() >= vector.keys()

    def _sparse(self, vector: Vector, multiples: Mapping[int, _Multiples]) -> Point:
        bits: list[tuple[_Multiples, int]] = []
        narrow: list[tuple[Comb, bytes]] = []
        wide: list[Iterable[Slim]] = []
        for index, scalar in vector.items():
            scalar %= R
            if scalar > HALF_R:
                scalar -= R
            comb = self._combs.get(index)
            if comb is None:
                bits.append((multiples[index], scalar))
            elif comb.spacing == WIDE:
                wide.append(comb.terms(digits_of(scalar)))
            else:
                narrow.append((comb, digits_of(scalar)))
        out = IDENTITY
        if narrow:
            for column in range(COLUMNS - 1, -1, -1):
                if not is_identity(out):
                    for _ in range(DIGIT_BITS):
                        out = double(out)
                out = accumulate(out, chain.from_iterable(c.terms(d, column) for c, d in narrow))
        if wide:
            out = accumulate(out, chain.from_iterable(wide))
        if bits:
            by_bits = _by_bits(bits)
            out = add(out, by_bits) if narrow or wide else by_bits
        return out


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


def _by_bits(terms: Iterable[tuple[_Multiples, int]]) -> Point:
    """The sum of the products of generators and scalars in −R/2 … R/2."""
    columns: list[list[Cached]] = [[] for _ in range(SHIFT_BITS)]
    for table, scalar in terms:
        count, plus, minus = table.count, table.plus, table.minus
        if scalar < 0:
            plus, minus = minus, plus
        for position, digit in wnaf(abs(scalar), table.width):
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
