"""The shape of a tree, and the bytes of its records, from its stems alone.

A leaf hangs as high as its stem is alone, but never at the root; so with the stems in order, its depth is one
more than the longest prefix that it shares with a neighbour, and each stretch of stems that share a prefix is
an inner node. Nothing is committed to.

Sources: EIP-6800; SPEC 4.1; the lengths are those of :mod:`verkle.records`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from verkle.constants import VALUE_BYTES
from verkle.records import CHILD_BYTES, INNER_BYTES, LEAF_BYTES

__all__ = ["Shape", "shape_of"]


@dataclass(frozen=True, slots=True)
class Shape:
    """Counts of a tree.

    ``stems_at``, ``inner_at``: nodes by depth (the root has depth 0). ``stems_with``: stems by the number of
    their values. ``inner_bytes``, ``leaf_bytes``: length of all records.
    """

    stems: int
    leaves: int
    stems_at: dict[int, int]
    inner_at: dict[int, int]
    stems_with: dict[int, int]
    inner_bytes: int
    leaf_bytes: int


def shape_of(stems: Iterable[tuple[bytes, int]]) -> Shape:
    """The shape of the tree with these stems, ascending, each with the number of its values."""
    stems_at: Counter[int] = Counter()
    inner_at: Counter[int] = Counter()
    stems_with: Counter[int] = Counter()
    before: bytes | None = None
    shared = 0  # with the stem before the last one
    for stem, values in stems:
        stems_with[values] += 1
        if before is None:
            inner_at[0] += 1
        else:
            common = _common(before, stem)
            inner_at.update(range(shared + 1, common + 1))
            stems_at[max(shared, common) + 1] += 1
            shared = common
        before = stem
    if before is not None:
        stems_at[shared + 1] += 1
    count, inner = stems_with.total(), inner_at.total()
    leaves = sum(values * number for values, number in stems_with.items())
    return Shape(
        stems=count,
        leaves=leaves,
        stems_at=dict(sorted(stems_at.items())),
        inner_at=dict(sorted(inner_at.items())),
        stems_with=dict(sorted(stems_with.items())),
        inner_bytes=INNER_BYTES * inner + CHILD_BYTES * (count + max(inner - 1, 0)),
        leaf_bytes=LEAF_BYTES * count + VALUE_BYTES * leaves,
    )


def _common(one: bytes, other: bytes) -> int:
    """How many of the first bytes are the same; there is one that differs."""
    return next(k for k, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)
