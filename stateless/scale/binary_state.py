"""A binary tree of N stems of which only the touched paths exist, and which the ordinary prover proves.

Internal nodes on the touched paths, touched stem nodes and foreign stems that stand alone beside a path or at
the end of one are real. A node beside a path with several stems below it is an internal node with a random
hash and no children: nobody goes there.

But for one case. A proof must show an internal node to be one if its left child's hash could be read as a
stem (``witness.binary.kinds``), which happens to one node in 256·2^depth; it does so by nine levels below
some node to its right. Where a left child comes out so, all random hashes below its right one are replaced by
nodes that have nine levels.

Sources: EIP-7864; SPEC 8; SCALE 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from stateless.scale.leaves import FOREIGN_SUFFIX, by_stem, touched_stems
from stateless.scale.occupancy import ROOT, Occupancy, key_of_prefix, prefix_of
from witness.binary.container import DEEP_STEPS
from witness.binary.kinds import could_be_stem
from witness.binary.rules import DEFAULT, BinaryRules
from witness.binary.subtree import TOP, ZERO, stem_hash
from witness.binary.tree import STEM_BITS, BinaryTree, InternalNode, Node, StemNode

__all__ = ["BinaryState", "sample_binary"]


@dataclass(frozen=True, slots=True)
class BinaryState:
    """The tree, and what was drawn for it.

    ``tree``: give it to :func:`witness.binary.prover.prove_keys` with keys of touched stems; these can be
    written to, too. ``depths``: for each touched stem how deep its walk ends. ``nodes``: how many were made.
    ``remembered``: prefixes kept while drawing.
    """

    tree: BinaryTree
    depths: Mapping[bytes, int]
    nodes: int
    remembered: int


class _PartialTree(BinaryTree):
    """A binary tree that is handed its nodes."""

    def hang(self, top: Node | None) -> None:
        """Take over a node with all that is below it."""
        self._top = top


def sample_binary(
    seed: bytes,
    stems: int,
    leaves: Mapping[bytes, bytes | None],
    rules: BinaryRules = DEFAULT,
    *,
    visits: Iterable[bytes] = (),
) -> BinaryState:
    """A state of ``stems`` random stems and the given leaves: 32-byte key → value, ``None`` for absent.

    A stem is in the tree if one of its leaves is; leaves that are given need not be proven. ``visits``: stems
    (31 bytes) besides those of ``leaves`` to which walks must be possible. The same arguments give the same
    tree, in whatever order the leaves are given.

    Raises:
        ValueError: a key, a value or a stem of a wrong length; a number of stems that no state has.
    """
    occupancy = Occupancy(b"binary" + seed, stems, STEM_BITS)
    values = {prefix_of(stem): found for stem, found in by_stem(leaves).items()}
    touched = [prefix_of(stem) for stem in touched_stems(leaves, visits)]
    tree = _PartialTree(rules)
    sampler = _Sampler(occupancy, values, tree)
    tree.hang(sampler.node(ROOT, touched, deep=False))
    depths = {key_of_prefix(stem): depth for stem, depth in sampler.depths.items()}
    return BinaryState(tree, depths, sampler.nodes, occupancy.remembered)


class _Sampler:
    """Makes the nodes that the walks to some stems go through, each with its hash."""

    def __init__(
        self, occupancy: Occupancy, values: Mapping[int, Mapping[int, bytes]], tree: BinaryTree
    ) -> None:
        self._occupancy = occupancy
        self._values = values
        self._digest = tree.digest
        self.depths: dict[int, int] = {}
        self.nodes = 0

    def node(self, prefix: int, walks: Sequence[int], *, deep: bool) -> Node | None:
        """The node at a prefix, which all ``walks`` share. ``deep``: random hashes have nine levels below."""
        own = [stem for stem in walks if stem in self._values]
        total = self._occupancy.count(prefix) + len(own)
        depth = prefix.bit_length() - 1
        if total < 2:
            self.depths.update(dict.fromkeys(walks, depth))
            if total == 0:
                return None
            return self._stem_node(own[0] if own else self._occupancy.lone(prefix))
        if not walks:
            return self._beside(prefix, DEEP_STEPS if deep else 0)
        shift = STEM_BITS - 1 - depth
        left = self.node(2 * prefix, [stem for stem in walks if not stem >> shift & 1], deep=deep)
        to_the_right = [stem for stem in walks if stem >> shift & 1]
        deep = deep or could_be_stem(_hash_of(left), prefix - (1 << depth), depth)
        right = self.node(2 * prefix + 1, to_the_right, deep=deep)
        return self._internal(left, right)

    def _internal(self, left: Node | None, right: Node | None) -> InternalNode:
        self.nodes += 1
        node = InternalNode(left, right)
        node.hash = self._digest(_hash_of(left) + _hash_of(right))
        return node

    def _stem_node(self, stem: int) -> StemNode:
        self.nodes += 1
        values = self._values.get(stem) or {FOREIGN_SUFFIX: self._occupancy.draw(b"v", stem, 32)}
        node = StemNode(key_of_prefix(stem), dict(values))
        inside, _ = node.nodes(self._digest)
        node.hash = stem_hash(node.stem, inside[TOP], self._digest)
        return node

    def _beside(self, prefix: int, levels: int) -> InternalNode:
        """An internal node with a random hash, or with so many levels above a random hash."""
        drawn = self._occupancy.draw(b"h", prefix, 32 * (levels + 1))
        node = InternalNode(None, None)
        node.hash = drawn[:32]
        for level in range(1, levels + 1):
            left = InternalNode(None, None)
            left.hash = drawn[32 * level : 32 * level + 32]
            node = self._internal(left, node)
        return node


def _hash_of(node: Node | None) -> bytes:
    return ZERO if node is None or node.hash is None else node.hash
