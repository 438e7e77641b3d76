"""The common reference string: 256 generators G_0 … G_255 and Q.

G_i is the i-th point that hashing "eth_verkle_oct_2021" with a counter gives (SPEC 2.1); Q, the
generator of the inner product, is Banderwagon's own generator.

Deriving them costs 1,061 square roots and is done once, by ``python -m verkle.crs``, into ``crs.bin``;
a test derives them again. For each of the 257 points the table holds the multiples by 2^0, 2^32, …
2^224, so that a sum over the basis needs 32 doublings and not 256. Layout: 257 × 8 points of 64 bytes,
affine x ‖ y, both big-endian; base by base, shifts ascending.
"""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from verkle.banderwagon import FIVE, GENERATOR, Cached, D, Point, decode_many, double, normalise_many
from verkle.constants import WIDTH
from verkle.errors import InvalidError
from verkle.field import ONE, Fp, P
from verkle.msm import negate_cached

__all__ = ["SHIFTS", "SHIFT_BITS", "Basis", "Q", "basis", "derive_generators"]

Q: Final = WIDTH
"""Index of the inner-product generator in the table."""
SHIFT_BITS: Final = 32
SHIFTS: Final = 256 // SHIFT_BITS

SEED: Final = b"eth_verkle_oct_2021"
DIGEST: Final = "5478e1d27f35714276138a693c3d6e26457ba01a1eaecb308ed8d8c3a7670367"
"""SHA-256 of ``crs.bin``."""

_TABLE: Final = Path(__file__).with_name("crs.bin")


class Basis(NamedTuple):
    """The table in memory: entry ``base · SHIFTS + k`` is 2^(32k) · G_base, and its negative."""

    plus: tuple[Cached, ...]
    minus: tuple[Cached, ...]

    def generator(self, base: int) -> Point:
        """G_base (Q for ``base == Q``), with Z = 1."""
        return self.plus[base * SHIFTS][4]


@cache
def basis() -> Basis:
    """Read the table, checking its digest.

    Raises:
        RuntimeError: the installed table is damaged (not an error of any input).
    """
    data = _TABLE.read_bytes()
    if hashlib.sha256(data).hexdigest() != DIGEST:
        raise RuntimeError(f"{_TABLE.name} is damaged: its SHA-256 is not {DIGEST}")
    plus: list[Cached] = []
    for at in range(0, len(data), 64):
        x = Fp.from_be_bytes(data[at : at + 32])
        y = Fp.from_be_bytes(data[at + 32 : at + 64])
        t = x * y
        plus.append((x, y, FIVE * x, D * t, (x, y, ONE, t)))
    return Basis(tuple(plus), tuple(negate_cached(plus)))


def derive_generators() -> list[Point]:
    """G_0 … G_255 from the seed (SPEC 2.1).

    x = SHA-256(seed ‖ counter as 8 bytes big-endian) mod p, *reduced* and not refused if it is p or
    more; counters whose x is not that of a group element are skipped.
    """
    found: list[Point] = []
    counter = 0
    while len(found) < WIDTH:
        digest = hashlib.sha256(SEED + counter.to_bytes(8, "big")).digest()
        counter += 1
        x = int.from_bytes(digest, "big") % P
        try:
            found += decode_many([x.to_bytes(32, "big")])
        except InvalidError:
            continue
    return found


def table_bytes() -> bytes:
    """The contents of ``crs.bin``, derived anew."""
    points: list[Point] = []
    for point in [*derive_generators(), GENERATOR]:
        for _ in range(SHIFTS):
            points.append(point)
            for _ in range(SHIFT_BITS):
                point = double(point)
    return b"".join(x.to_be_bytes() + y.to_be_bytes() for x, y, _, _ in normalise_many(points))


if __name__ == "__main__":
    _TABLE.write_bytes(table_bytes())
    sys.stdout.write(hashlib.sha256(_TABLE.read_bytes()).hexdigest() + "\n")
