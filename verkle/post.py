"""The state root after the block, from the proven part of the tree alone.

No sibling is needed: a changed commitment is the old one plus the commitment to a difference. New inner
nodes are known in full, because the slot in which they grow held nothing or one leaf.

Sources: EIP-6800; SPEC 5.8.
"""

from __future__ import annotations

from verkle.banderwagon import Point, encode_many
from verkle.openings import Extension
from verkle.proof import ProvenTree
from verkle.update import C1_SLOT, NO_HALF, Half, Leaf, Write, update

__all__ = ["post_root"]


def post_root(tree: ProvenTree) -> bytes:
    """The root (32 bytes, a compressed point) after all new values of the tree's diff are written."""
    writes = {}
    for stem_diff in tree.plan.diff:
        stem_writes = [
            Write(leaf.suffix, leaf.current, leaf.new) for leaf in stem_diff.suffixes if leaf.new is not None
        ]
        if stem_writes:
            writes[stem_diff.stem] = stem_writes
    if not writes:
        return tree.root
    return encode_many([update(_Proven(tree), writes).root])[0]


class _Proven:
    """A proven tree as :class:`verkle.update.TreeView`."""

    def __init__(self, tree: ProvenTree) -> None:
        self._tree = tree
        self._extensions: dict[bytes, Extension] = {e.stem: e for e in tree.plan.extensions}

    def locate(self, stem: bytes) -> tuple[bytes, bytes | None]:
        extension = self._extensions[stem]
        return extension.path, extension.leaf_stem

    def inner(self, path: bytes) -> Point:
        return self._tree.commitments[self._tree.plan.index[path]]

    def slot_image(self, path: bytes) -> int:
        at = self._tree.plan.index.get(path)
        return 0 if at is None else self._tree.images[at]

    def leaf(self, stem: bytes) -> Leaf:
        path = self._extensions[stem].path
        first, second = (self._half(path + bytes([C1_SLOT + which])) for which in (0, 1))
        at = self._tree.plan.index[path]
        return Leaf(self._tree.commitments[at], self._tree.images[at], (first, second))

    def _half(self, path: bytes) -> Half:
        """A half with no queried suffix is not in the proof; no written suffix can be in it either."""
        at = self._tree.plan.index.get(path)
        return NO_HALF if at is None else Half(self._tree.commitments[at], self._tree.images[at])
