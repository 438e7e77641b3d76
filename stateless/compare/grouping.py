"""A sampled binary tree for counting nodes of several levels.

A node beside the paths of a sampled tree has a hash and nothing below it: a proof needs no more. A node of
several levels is cut off lower down, where several hashes stand in its place. So that they are counted
(``witness.binary.grouped``), such nodes get what the sample has up to three levels below them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from stateless.scale.occupancy import ROOT, Occupancy, key_of_prefix, prefix_of
from witness.binary.tree import STEM_BITS, BinaryTree, InternalNode, Node, StemNode

__all__ = ["grow_siblings"]

LEVELS: Final = 3
"""Below a node beside a path, in groups of four levels."""
_VALUE: Final = b"\x01" * 32
_HASH: Final = b"\x01" * 32


def grow_siblings(tree: BinaryTree, walks: Iterable[bytes], seed: bytes, stems: int) -> None:
    """Give the nodes beside these walks (stems, 31 bytes) what stands below them. ``seed`` and ``stems``: of
    ``sample_binary``. Roots and proofs do not change."""
    occupancy = Occupancy(b"binary" + seed, stems, STEM_BITS)
    waiting: list[tuple[Node | None, int, Sequence[int]]] = [
        (tree.top, ROOT, sorted(prefix_of(stem) for stem in walks))
    ]
    while waiting:
        node, prefix, here = waiting.pop()
        if not isinstance(node, InternalNode):
            continue
        if not here:
            if node.left is None and node.right is None:
                _grow(node, prefix, occupancy, LEVELS)
            continue
        shift = STEM_BITS - prefix.bit_length()
        waiting.append((node.left, 2 * prefix, [stem for stem in here if not stem >> shift & 1]))
        waiting.append((node.right, 2 * prefix + 1, [stem for stem in here if stem >> shift & 1]))


def _grow(node: InternalNode, prefix: int, occupancy: Occupancy, levels: int) -> None:
    if levels:
        node.left = _child(2 * prefix, occupancy, levels - 1)
        node.right = _child(2 * prefix + 1, occupancy, levels - 1)


def _child(prefix: int, occupancy: Occupancy, levels: int) -> Node | None:
    keys = occupancy.count(prefix)
    if keys == 0:
        return None
    child: Node
    if keys == 1:
        child = StemNode(key_of_prefix(occupancy.lone(prefix)), {0: _VALUE})
    else:
        child = InternalNode(None, None)
        _grow(child, prefix, occupancy, levels)
    child.hash = _HASH
    return child
