"""The state root after the block, from the proven part of the tree alone.

New values change suffix commitments, those change leaves, those change inner nodes up to the root. A
changed commitment is the old one plus the commitment to the difference of its vector, so no sibling is
needed. A new stem goes where its absence was proven: into the empty slot, or together with the leaf
found there into a chain of new inner nodes; the siblings in those are known to be empty, because the
slot held nothing or one leaf.

All commitments of one level are made in one batch, and mapped to the field in one batch.

Sources: EIP-6800; SPEC 4.1, 5.8.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from verkle.banderwagon import IDENTITY, Point, add, encode_many, map_to_field_many
from verkle.diff import StemDiff
from verkle.openings import C1_SLOT, C2_SLOT, PRESENT, Extension, leaf_scalars
from verkle.pedersen import commit_many
from verkle.proof import ProvenTree

__all__ = ["post_root"]


def post_root(tree: ProvenTree) -> bytes:
    """The root (32 bytes, a compressed point) after all new values of the tree's diff are written."""
    changed = [
        (stem_diff, extension)
        for stem_diff, extension in zip(tree.plan.diff, tree.plan.extensions, strict=True)
        if any(leaf.new is not None for leaf in stem_diff.suffixes)
    ]
    if not changed:
        return tree.root
    images = _leaf_images(tree, changed)
    slots = _Slots(tree)
    by_slot: dict[bytes, dict[bytes, int]] = defaultdict(dict)
    for stem_diff, extension in changed:
        by_slot[extension.path][stem_diff.stem] = images[stem_diff.stem]
    for path, leaves in by_slot.items():
        found = tree.plan.leaves.get(path)
        if found is not None and found not in leaves:
            leaves[found] = tree.images[tree.plan.index[path]]
        slots.place(path, leaves)
    return encode_many([slots.fold()])[0]


@dataclass(frozen=True, slots=True)
class _Half:
    """One half of a stem's values that changes: its old commitment and image, its change."""

    slot: int
    commitment: Point
    image: int
    vector: dict[int, int]


def _halves(tree: ProvenTree, stem_diff: StemDiff, extension: Extension) -> list[_Half]:
    """The suffix commitments of one stem that change; they start from nothing for a new stem."""
    vectors: dict[int, dict[int, int]] = defaultdict(dict)
    for leaf in stem_diff.suffixes:
        if leaf.new is None:
            continue
        low, high = leaf_scalars(leaf.new)
        old_low, old_high = leaf_scalars(leaf.current)
        vector = vectors[C1_SLOT if leaf.suffix < 128 else C2_SLOT]
        at = 2 * (leaf.suffix % 128)
        if low != old_low:
            vector[at] = low - old_low
        if high != old_high:
            vector[at + 1] = high - old_high
    out = []
    for slot, vector in vectors.items():
        if extension.status == PRESENT:
            i = tree.plan.index[extension.path + bytes([slot])]
            out.append(_Half(slot, tree.commitments[i], tree.images[i], vector))
        else:
            out.append(_Half(slot, IDENTITY, 0, vector))
    return out


def _leaf_images(tree: ProvenTree, changed: Sequence[tuple[StemDiff, Extension]]) -> dict[bytes, int]:
    """The image of each changed or new leaf, by stem."""
    halves = [(i, half) for i, pair in enumerate(changed) for half in _halves(tree, *pair)]
    deltas = commit_many([half.vector for _, half in halves])
    new_images = map_to_field_many(
        [add(half.commitment, delta) for (_, half), delta in zip(halves, deltas, strict=True)]
    )
    vectors: list[dict[int, int]] = []
    for stem_diff, extension in changed:
        new = extension.status != PRESENT
        vectors.append({0: 1, 1: int.from_bytes(stem_diff.stem, "little")} if new else {})
    for (i, half), image in zip(halves, new_images, strict=True):
        vectors[i][half.slot] = image - half.image
    points = []
    for (_, extension), delta in zip(changed, commit_many(vectors), strict=True):
        if extension.status == PRESENT:
            delta = add(tree.commitments[tree.plan.index[extension.path]], delta)
        points.append(delta)
    stems = [stem_diff.stem for stem_diff, _ in changed]
    return dict(zip(stems, map_to_field_many(points), strict=True))


class _Slots:
    """The changed slots of inner nodes by depth, and the inner nodes that are new."""

    def __init__(self, tree: ProvenTree) -> None:
        self._tree = tree
        self._new_inner: set[bytes] = set()
        self._images: dict[int, dict[bytes, int]] = defaultdict(dict)

    def place(self, path: bytes, leaves: dict[bytes, int]) -> None:
        """Put leaves (stem → image), at least one, into the slot at ``path``, each as high as it can be."""
        if len(leaves) == 1:
            (image,) = leaves.values()
            self._images[len(path)][path] = image
            return
        self._new_inner.add(path)
        below: dict[bytes, dict[bytes, int]] = defaultdict(dict)
        for stem, image in leaves.items():
            below[stem[: len(path) + 1]][stem] = image
        for child, group in below.items():
            self.place(child, group)
        # its own image follows from its children's
        self._images[len(path)].setdefault(path, 0)

    def fold(self) -> Point:
        """The root's commitment after all slots are changed, deepest level first."""
        depth = max(self._images)
        while True:
            parents, points = self._level(depth)
            depth -= 1
            if depth == 0:
                (root,) = points
                return root
            self._images[depth].update(zip(parents, map_to_field_many(points), strict=True))

    def _level(self, depth: int) -> tuple[list[bytes], list[Point]]:
        """The nodes one level up that have changed slots at ``depth``, and their new commitments."""
        tree, index = self._tree, self._tree.plan.index
        vectors: dict[bytes, dict[int, int]] = defaultdict(dict)
        for path, image in self._images[depth].items():
            parent = path[:-1]
            # what stood in the slot before. A new inner node starts empty, whatever stood at its own
            # path: the index may know P‖02 and P‖03 as the halves of the leaf that it replaces.
            known = parent not in self._new_inner and path in index
            vectors[parent][path[-1]] = image - (tree.images[index[path]] if known else 0)
        parents = list(vectors)
        points = []
        for parent, delta in zip(parents, commit_many(list(vectors.values())), strict=True):
            old = IDENTITY if parent in self._new_inner else tree.commitments[index[parent]]
            points.append(add(old, delta))
        return parents, points
