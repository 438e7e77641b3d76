"""How the nodes of a full tree are kept: one byte string a node, the same in memory and on disk.

Points are affine, x ‖ y, each 32 bytes big-endian (trusted storage: no square root on reading); images
are 32 bytes big-endian.

Inner node, by path::

    point ‖ bitmap of children (32 bytes) ‖ per child, ascending: image ‖ kind (1 byte) ‖ stem (31 bytes)

with kind 1 and the stem for a leaf, kind 0 and zeros for an inner node. Leaf, by stem::

    point ‖ image ‖ per half: point ‖ image ‖ bitmap of values (32 bytes) ‖ values, ascending

Bit i of a bitmap is bit i mod 8 of byte i // 8. A record knows its children's images, so proving from a
node needs no look at its children.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from verkle.banderwagon import Point, normalise_many
from verkle.constants import VALUE_BYTES
from verkle.errors import MalformedError
from verkle.field import ONE, Fp
from verkle.update import Half, Leaf, Slot

__all__ = ["InnerRecord", "LeafRecord", "encode_points", "merge_inner", "new_leaf"]

POINT_BYTES: Final = 64
IMAGE_BYTES: Final = 32
BITMAP_BYTES: Final = 32
CHILD_BYTES: Final = 64
HALF_BYTES: Final = POINT_BYTES + IMAGE_BYTES
VALUES_AT: Final = HALF_BYTES * 3
"""Where the bitmap of a leaf's values begins: after the leaf and its two halves."""
INNER_BYTES: Final = POINT_BYTES + BITMAP_BYTES
LEAF_BYTES: Final = VALUES_AT + BITMAP_BYTES
"""Lengths of records without children or values."""


def _damaged(what: str, where: Mapping[str, object]) -> MalformedError:
    return MalformedError("STORE_DAMAGED", f"a record of the tree is damaged: {what}", where=where)


def encode_points(points: Sequence[Point]) -> list[bytes]:
    """64 bytes each; one inversion for all."""
    return [x.to_be_bytes() + y.to_be_bytes() for x, y, _, _ in normalise_many(points)]


def _decode_point(data: bytes) -> Point:
    try:
        x = Fp.from_be_bytes(data[:32])
        y = Fp.from_be_bytes(data[32:POINT_BYTES])
    except ValueError:
        raise _damaged("a coordinate is not below the field modulus", {"point": data[:POINT_BYTES]}) from None
    return (x, y, ONE, x * y)


def _rank(bitmap: bytes, index: int) -> int | None:
    """How many bits are set below ``index``, ``None`` if it is not set itself."""
    bits = int.from_bytes(bitmap, "little")
    if not bits >> index & 1:
        return None
    return (bits & ((1 << index) - 1)).bit_count()


def _set_bits(bitmap: bytes) -> Iterator[int]:
    bits = int.from_bytes(bitmap, "little")
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low


class InnerRecord:
    """A view of one inner node's bytes.

    Raises:
        MalformedError: ``STORE_DAMAGED``: the length does not fit the bitmap.
    """

    __slots__ = ("_bitmap", "_data")

    def __init__(self, data: bytes, path: bytes) -> None:
        self._data = data
        self._bitmap = data[POINT_BYTES : POINT_BYTES + BITMAP_BYTES]
        children = int.from_bytes(self._bitmap, "little").bit_count()
        if len(data) != POINT_BYTES + BITMAP_BYTES + children * CHILD_BYTES:
            raise _damaged("an inner node of wrong length", {"path": path})

    @property
    def commitment(self) -> Point:
        """The node's commitment."""
        return _decode_point(self._data)

    @property
    def point_bytes(self) -> bytes:
        """The node's commitment, x ‖ y."""
        return self._data[:POINT_BYTES]

    def _slot(self, rank: int) -> Slot:
        at = POINT_BYTES + BITMAP_BYTES + rank * CHILD_BYTES
        child = self._data[at : at + CHILD_BYTES]
        image = int.from_bytes(child[:IMAGE_BYTES], "big")
        return Slot(image, child[IMAGE_BYTES + 1 :] if child[IMAGE_BYTES] else None)

    def slot(self, index: int) -> Slot | None:
        """The child at ``index``, ``None`` if the slot is empty."""
        rank = _rank(self._bitmap, index)
        return None if rank is None else self._slot(rank)

    def slots(self) -> Iterator[tuple[int, Slot]]:
        """All children, ascending."""
        for rank, index in enumerate(_set_bits(self._bitmap)):
            yield index, self._slot(rank)

    def children(self) -> tuple[int, bytearray]:
        """The bitmap as an integer, and a copy of the children's bytes."""
        at = POINT_BYTES + BITMAP_BYTES
        return int.from_bytes(self._bitmap, "little"), bytearray(self._data[at:])

    def vector(self) -> dict[int, int]:
        """The committed vector: child index → image."""
        return {index: slot.image for index, slot in self.slots()}


def merge_inner(old: InnerRecord | None, point: bytes, changes: Mapping[int, Slot]) -> bytes:
    """The record of an inner node after some of its slots changed; ``point`` is its new x ‖ y."""
    bits, children = (0, bytearray()) if old is None else old.children()
    for index, (image, stem) in changes.items():
        at = CHILD_BYTES * (bits & ((1 << index) - 1)).bit_count()
        end = at + CHILD_BYTES * (bits >> index & 1)
        children[at:end] = image.to_bytes(IMAGE_BYTES, "big") + (b"\x01" + stem if stem else bytes(32))
        bits |= 1 << index
    return point + bits.to_bytes(BITMAP_BYTES, "little") + children


class LeafRecord:
    """A view of one leaf's bytes.

    Raises:
        MalformedError: ``STORE_DAMAGED``: the length does not fit the bitmap.
    """

    __slots__ = ("_bitmap", "_data")

    def __init__(self, data: bytes, stem: bytes) -> None:
        self._data = data
        self._bitmap = data[VALUES_AT : VALUES_AT + BITMAP_BYTES]
        values = int.from_bytes(self._bitmap, "little").bit_count()
        if len(data) != VALUES_AT + BITMAP_BYTES + values * VALUE_BYTES:
            raise _damaged("a leaf of wrong length", {"stem": stem})

    @property
    def count(self) -> int:
        """How many values there are."""
        return int.from_bytes(self._bitmap, "little").bit_count()

    def half(self, which: int) -> Half:
        """The leaf itself (0), C1 (1) or C2 (2): commitment and image."""
        part = self._data[which * HALF_BYTES : (which + 1) * HALF_BYTES]
        return Half(_decode_point(part), int.from_bytes(part[POINT_BYTES:], "big"))

    @property
    def leaf(self) -> Leaf:
        """The node with both its halves."""
        commitment, image = self.half(0)
        return Leaf(commitment, image, (self.half(1), self.half(2)))

    def value(self, suffix: int) -> bytes | None:
        """The value at a suffix, ``None`` if it is absent."""
        rank = _rank(self._bitmap, suffix)
        return None if rank is None else self._value(rank)

    def _value(self, rank: int) -> bytes:
        at = VALUES_AT + BITMAP_BYTES + rank * VALUE_BYTES
        return self._data[at : at + VALUE_BYTES]

    def values(self) -> Iterator[tuple[int, bytes]]:
        """All values, suffixes ascending."""
        for rank, suffix in enumerate(_set_bits(self._bitmap)):
            yield suffix, self._value(rank)


def new_leaf(points: Sequence[bytes], leaf: Leaf, values: Mapping[int, bytes]) -> bytes:
    """The record of a leaf; ``points`` are the 64 bytes of the leaf, C1 and C2."""
    images = (leaf.image, leaf.halves[0].image, leaf.halves[1].image)
    head = b"".join(p + i.to_bytes(IMAGE_BYTES, "big") for p, i in zip(points, images, strict=True))
    bits = sum(1 << suffix for suffix in values)
    return head + bits.to_bytes(BITMAP_BYTES, "little") + b"".join(values[s] for s in sorted(values))
