"""What a proof of whole nodes would take, if nodes held 1, 2 or 4 levels of the tree at once.

A tree may be kept in nodes of 2^k children: a *group* is the top node at a depth that k divides, with all
below it down to depth k more. go-ethereum stores such groups, and its witness is the stored nodes as they
are; here a group leaves out the children that the witness has anyway. So this counts a witness of all groups
on the walks to the asked keys, from the root down, and on within the eight levels of a stem's values, where

- a group is a bitmap of its 2^k children, and the hash (32 bytes) of each that is there and on no walk; - a
child is what stands at the group's lowest depth. A stem node or an empty slot that a walk meets above it is
  where the walk ends. A stem node above it that no walk meets is one child all the same, and one hash;
- within a stem the groups begin at the top of its values, and the asked leaves are on the walk.

With k = 1 the hashes are those that the proof holds (but for what shows kinds), and a bitmap is two bits.
With larger k a walk passes fewer groups, each with more that is not on it: hashes grow as (2^k − 1)/k.

Source: go-ethereum ``trie/bintrie`` (grouped nodes); SPEC 8.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from verkle.constants import HASH_BYTES
from verkle.errors import UnsupportedError
from witness.binary.subtree import LEAVES, TOP
from witness.binary.tree import STEM_BITS, BinaryTree, InternalNode, Node, StemNode, check_key

__all__ = ["GroupedSizes", "grouped_sizes"]


class GroupedSizes(NamedTuple):
    """Counts of groups and hashes, above stems and within them, and bytes of both parts of all groups."""

    tree_groups: int
    stem_groups: int
    tree_hashes: int
    stem_hashes: int
    bitmap_bytes: int
    hash_bytes: int

    @property
    def total_bytes(self) -> int:
        """Bitmaps, rounded up to bytes together, and hashes."""
        return self.bitmap_bytes + self.hash_bytes


def grouped_sizes(tree: BinaryTree, keys: Iterable[bytes], bits: Literal[1, 2, 4]) -> GroupedSizes:
    """Measure the groups that a witness of these 32-byte keys would hold, for groups of ``bits`` levels.

    Raises:
        MalformedError: ``KEY_LENGTH``.
        UnsupportedError: ``BINARY_GROUP_BITS``: another number of levels.
    """
    if bits not in (1, 2, 4):
        raise UnsupportedError(
            "BINARY_GROUP_BITS", "nodes hold 1, 2 or 4 levels of the tree", expected="1, 2 or 4", got=bits
        )
    by_stem: dict[int, list[int]] = {}
    for key in keys:
        check_key(key)
        by_stem.setdefault(int.from_bytes(key[:-1], "big"), []).append(key[-1])
    tree_groups = tree_hashes = stem_groups = stem_hashes = 0
    waiting: list[tuple[Node | None, int, list[int]]] = [(tree.top, 0, sorted(by_stem))] if by_stem else []
    while waiting:
        node, depth, stems = waiting.pop()
        if isinstance(node, StemNode):
            if node.number in by_stem:
                groups, hashes = _within_stem(node, by_stem[node.number], bits, tree)
                stem_groups += groups
                stem_hashes += hashes
        elif node is not None:
            tree_groups += 1
            for child, at, of_child in _children(node, depth, depth + bits, stems):
                if of_child:
                    waiting.append((child, at, of_child))
                else:
                    tree_hashes += 1
    bitmap_bits = (tree_groups + stem_groups) << bits
    return GroupedSizes(
        tree_groups,
        stem_groups,
        tree_hashes,
        stem_hashes,
        (bitmap_bits + 7) // 8,
        HASH_BYTES * (tree_hashes + stem_hashes),
    )


def _children(
    top: InternalNode, depth: int, lowest: int, stems: list[int]
) -> list[tuple[Node | None, int, list[int]]]:
    """What the group has at its lowest depth, or where it ends above: node, depth, stems that go there."""
    level: list[tuple[Node | None, list[int]]] = [(top, stems)]
    out: list[tuple[Node | None, int, list[int]]] = []
    for at in range(depth, lowest):
        below: list[tuple[Node | None, list[int]]] = []
        for node, here in level:
            if not isinstance(node, InternalNode):
                out.append((node, at, here))
                continue
            shift = STEM_BITS - 1 - at
            below.append((node.left, [stem for stem in here if not stem >> shift & 1]))
            below.append((node.right, [stem for stem in here if stem >> shift & 1]))
        level = [(node, here) for node, here in below if node is not None or here]
    return out + [(node, lowest, here) for node, here in level]


def _within_stem(node: StemNode, suffixes: Iterable[int], bits: int, tree: BinaryTree) -> tuple[int, int]:
    """Groups and hashes within a stem; what is empty as a whole needs no group."""
    nodes: Mapping[int, bytes] = node.nodes(tree.digest)[0]
    walked = {LEAVES + suffix for suffix in suffixes}
    touched = set(walked)
    for leaf in walked:
        while leaf > TOP:
            leaf >>= 1
            touched.add(leaf)
    groups = hashes = 0
    for top in sorted(touched):
        level = top.bit_length() - 1
        if level % bits or level == 8 or top not in nodes:
            continue
        groups += 1
        first = top << bits
        hashes += sum(child in nodes and child not in touched for child in range(first, first + (1 << bits)))
    return groups, hashes
