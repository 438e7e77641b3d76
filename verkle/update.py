"""What a set of writes changes in a tree, by difference and from the bottom up.

New values change a leaf's halves (its suffix commitments C1 and C2), those change the leaf, leaves
change inner nodes, up to the root. A changed commitment is the old one plus the commitment to the
difference of its vector, so no sibling is needed: the same code updates a full tree and the part of one
that a witness proves. A new stem goes to where its walk ends: into the empty slot, or together with the
leaf found there into a chain of new inner nodes.

All commitments of one level are made in one batch, and mapped to the field in one batch.

Sources: EIP-6800; SPEC 4.1, 5.8.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from verkle.banderwagon import IDENTITY, Point, add, map_to_field_many
from verkle.pedersen import Vector, commit_many

__all__ = ["NO_HALF", "Half", "Leaf", "Slot", "TreeView", "Update", "Write", "leaf_scalars", "update"]

Committing = Callable[[Sequence[Vector]], list[Point]]
"""Commits to many vectors at once."""

LEAF_MARKER: Final = 1 << 128
"""Added to the low half of a value that is there, so that zero differs from absent."""
C1_SLOT: Final = 2
"""Where a leaf's vector has the image of C1; that of C2 comes after it."""


class Half(NamedTuple):
    """A suffix commitment and its image: C1 for suffixes 0–127, C2 for 128–255."""

    commitment: Point
    image: int


NO_HALF: Final = Half(IDENTITY, 0)
"""A half without values."""


class Leaf(NamedTuple):
    """The node of one stem."""

    commitment: Point
    image: int
    halves: tuple[Half, Half]


class Slot(NamedTuple):
    """A child of an inner node: its image, and the stem if it is a leaf."""

    image: int
    stem: bytes | None


class Write(NamedTuple):
    """One leaf value (32 bytes) and what it replaces, ``None`` if the leaf was absent."""

    suffix: int
    old: bytes | None
    new: bytes


class TreeView(Protocol):
    """What must be known of a tree to update it. Paths are the first bytes of the stems below."""

    def locate(self, stem: bytes) -> tuple[bytes, bytes | None]:
        """Where the walk to a stem ends: a path, and the stem of the leaf there (``None``: empty)."""

    def inner(self, path: bytes) -> Point:
        """The commitment of the inner node at a path."""

    def slot_image(self, path: bytes) -> int:
        """The image of the node at a path as its parent has it; 0 if there is none."""

    def leaf(self, stem: bytes) -> Leaf:
        """The leaf of a stem that is present; a half in which nothing is written may be left out."""


@dataclass(frozen=True, slots=True)
class Update:
    """All that changes. ``slots``: by path of the inner node, then by index of the child."""

    root: Point
    leaves: Mapping[bytes, Leaf]
    inner: Mapping[bytes, Point]
    slots: Mapping[bytes, Mapping[int, Slot]]


def leaf_scalars(value: bytes | None) -> tuple[int, int]:
    """The two scalars of a leaf value: low half + 2^128, high half; (0, 0) for absent (SPEC 4.1).

    "Low" is the first sixteen bytes in memory; both halves are read little-endian.
    """
    if value is None:
        return 0, 0
    return int.from_bytes(value[:16], "little") + LEAF_MARKER, int.from_bytes(value[16:], "little")


def update(
    view: TreeView, writes: Mapping[bytes, Sequence[Write]], commit: Committing = commit_many
) -> Update:
    """The changes that ``writes`` (by stem; at least one stem, at least one write each) make to a tree.

    ``commit``: a :class:`verkle.pedersen.Committer`'s, where many updates follow each other.
    """
    places = {stem: view.locate(stem) for stem in writes}
    old = {stem: view.leaf(stem) if places[stem][1] == stem else None for stem in writes}
    leaves = _leaves(writes, old, commit)
    by_slot: dict[bytes, dict[bytes, int]] = defaultdict(dict)
    for stem, leaf in leaves.items():
        path, found = places[stem]
        by_slot[path][stem] = leaf.image
        if found is not None and found not in writes:
            by_slot[path][found] = view.slot_image(path)
    fold = _Fold(view, commit)
    for path, images in by_slot.items():
        fold.place(path, images)
    root = fold.run()
    return Update(root, leaves, fold.inner, fold.slots)


def _leaves(
    writes: Mapping[bytes, Sequence[Write]], old: Mapping[bytes, Leaf | None], commit: Committing
) -> dict[bytes, Leaf]:
    """The written leaves: first all halves in one batch, then all leaves."""
    owners: list[tuple[bytes, int]] = []
    vectors: list[dict[int, int]] = []
    for stem, stem_writes in writes.items():
        parts: tuple[dict[int, int], dict[int, int]] = ({}, {})
        for suffix, before, after in stem_writes:
            low, high = leaf_scalars(after)
            old_low, old_high = leaf_scalars(before)
            part = parts[suffix >> 7]
            at = 2 * (suffix & 127)
            if low != old_low:
                part[at] = low - old_low
            if high != old_high:
                part[at + 1] = high - old_high
        for which, part in enumerate(parts):
            if part:
                owners.append((stem, which))
                vectors.append(part)
    points = []
    for (stem, which), delta in zip(owners, commit(vectors), strict=True):
        leaf = old[stem]
        points.append(delta if leaf is None else add(leaf.halves[which].commitment, delta))
    images = map_to_field_many(points)

    halves = {stem: [NO_HALF, NO_HALF] if leaf is None else list(leaf.halves) for stem, leaf in old.items()}
    changes: dict[bytes, dict[int, int]] = {
        stem: {0: 1, 1: int.from_bytes(stem, "little")} if leaf is None else {} for stem, leaf in old.items()
    }
    for (stem, which), point, image in zip(owners, points, images, strict=True):
        changes[stem][C1_SLOT + which] = image - halves[stem][which].image
        halves[stem][which] = Half(point, image)
    points = []
    for leaf, delta in zip(old.values(), commit(list(changes.values())), strict=True):
        points.append(delta if leaf is None else add(leaf.commitment, delta))
    return {
        stem: Leaf(point, image, (halves[stem][0], halves[stem][1]))
        for stem, point, image in zip(old, points, map_to_field_many(points), strict=True)
    }


class _Fold:
    """The changed slots, level by level, and what they make of the inner nodes above."""

    def __init__(self, view: TreeView, commit: Committing) -> None:
        self._view = view
        self._commit = commit
        self._new: set[bytes] = set()
        self._levels: dict[int, dict[bytes, Slot]] = defaultdict(dict)
        self.inner: dict[bytes, Point] = {}
        self.slots: dict[bytes, dict[int, Slot]] = defaultdict(dict)

    def place(self, path: bytes, images: dict[bytes, int]) -> None:
        """Put leaves (stem → image; at least one) into the slot at ``path``, each as high as it can be."""
        if len(images) == 1:
            ((stem, image),) = images.items()
            self._levels[len(path)][path] = Slot(image, stem)
            return
        self._new.add(path)
        below: dict[bytes, dict[bytes, int]] = defaultdict(dict)
        for stem, image in images.items():
            below[stem[: len(path) + 1]][stem] = image
        for child, group in below.items():
            self.place(child, group)

    def run(self) -> Point:
        """Fold the deepest level into its parents until only the root is left."""
        for depth in range(max(self._levels), 0, -1):
            vectors: dict[bytes, dict[int, int]] = defaultdict(dict)
            for path, slot in self._levels[depth].items():
                parent, at = path[:-1], path[-1]
                # a new inner node starts empty, whatever the tree has under its path
                before = 0 if parent in self._new else self._view.slot_image(path)
                vectors[parent][at] = slot.image - before
                self.slots[parent][at] = slot
            points = []
            for parent, delta in zip(vectors, self._commit(list(vectors.values())), strict=True):
                points.append(delta if parent in self._new else add(self._view.inner(parent), delta))
            self.inner.update(zip(vectors, points, strict=True))
            if depth > 1:
                for parent, image in zip(vectors, map_to_field_many(points), strict=True):
                    self._levels[depth - 1][parent] = Slot(image, None)
        return self.inner[b""]
