"""Make the proof of a set of keys out of a whole tree; the work grows with the proof, never with the state.

One walk from the root, left before right, along the tree and the sorted stems together, leaves every part of
the proof in its order. What shows kinds is then added where ``witness.binary.kinds`` asks for it: so the
proof of a set of keys is always the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from verkle.diff import StemDiff, SuffixDiff
from witness.binary.container import BinaryProof, PathEnd, ShownValue
from witness.binary.kinds import could_be_stem, deep_needed, deep_steps, left_edges_matter, shown_by
from witness.binary.proof import climb
from witness.binary.rules import Hash
from witness.binary.shape import plan
from witness.binary.subtree import LEAVES, ZERO, beside
from witness.binary.tree import STEM_BITS, BinaryTree, InternalNode, Node, StemNode, check_key

__all__ = ["Made", "prove_diff", "prove_keys", "state_diff"]


@dataclass(frozen=True, slots=True)
class Made:
    """A proof, the diff that it is of, and how many hashes it took beyond those that the tree keeps."""

    diff: tuple[StemDiff, ...]
    proof: BinaryProof
    hashes: int


def state_diff(
    tree: BinaryTree, keys: Iterable[bytes], new_values: Mapping[bytes, bytes] | None = None
) -> tuple[StemDiff, ...]:
    """The diff of these keys (32 bytes each, in any order) with the tree's current values.

    ``new_values``, whose keys are proven too, fill in what a block writes; one that equals the current value
    is no change and left out. Raises ``MalformedError`` ``KEY_LENGTH``.
    """
    new_values = new_values or {}
    by_stem: dict[bytes, set[int]] = {}
    for key in (*keys, *new_values):
        check_key(key)
        by_stem.setdefault(key[:-1], set()).add(key[-1])
    out = []
    for stem in sorted(by_stem):
        leaves = []
        for suffix in sorted(by_stem[stem]):
            key = stem + bytes([suffix])
            current, new = tree.get(key), new_values.get(key)
            leaves.append(SuffixDiff(suffix, current, None if new == current else new))
        out.append(StemDiff(stem, tuple(leaves)))
    return tuple(out)


def prove_keys(
    tree: BinaryTree, keys: Iterable[bytes], new_values: Mapping[bytes, bytes] | None = None
) -> Made:
    """The state diff of a set of keys and its proof against the tree's root."""
    return prove_diff(tree, state_diff(tree, keys, new_values))


def prove_diff(tree: BinaryTree, diff: tuple[StemDiff, ...]) -> Made:
    """As :func:`prove_keys`, of a diff that :func:`state_diff` made of this tree."""
    if not diff:
        return Made(diff, BinaryProof(), 0)
    walk = _Walk(diff, tree.digest)
    walk.run(tree.top)
    proof = BinaryProof(tuple(walk.ends), tuple(walk.siblings), tuple(walk.stem_siblings))
    hashes = walk.hashes
    if walk.suspicious:
        proof, more = _with_deep(proof, walk, tree.digest)
        hashes += more
    return Made(diff, proof, hashes)


class _Walk:
    """The parts of a proof as they come up."""

    def __init__(self, diff: Sequence[StemDiff], digest: Hash) -> None:
        self.diff = diff
        self._numbers = [int.from_bytes(stem_diff.stem, "big") for stem_diff in diff]
        self._digest = digest
        self.ends: list[PathEnd] = []
        self.end_hashes: list[bytes] = []
        self.siblings: list[bytes] = []
        self.sibling_nodes: list[Node | None] = []
        self.stem_siblings: list[bytes] = []
        self.suspicious = False
        """Whether some internal node could be a stem node by its left child."""
        self.hashes = 0

    def run(self, top: Node | None) -> None:
        numbers = self._numbers
        # (node, its depth, the stems whose walks come by)
        waiting: list[tuple[Node | None, int, int, int]] = [(top, 0, 0, len(numbers))]
        while waiting:
            node, depth, low, high = waiting.pop()
            while isinstance(node, InternalNode):
                shift = STEM_BITS - 1 - depth
                left, right = node.left, node.right
                if left is None or left.hash is None:
                    suspicious = could_be_stem(ZERO, numbers[low] >> (shift + 1), depth)
                else:
                    suspicious = not left.hash[31] and could_be_stem(
                        left.hash, numbers[low] >> (shift + 1), depth
                    )
                self.suspicious |= suspicious and right is not None
                depth += 1
                first, last = numbers[low] >> shift & 1, numbers[high - 1] >> shift & 1
                if first != last:
                    middle = self._parting(low, high, shift)
                    waiting.append((right, depth, middle, high))
                    node, high = left, middle
                    continue
                beside, node = (left, right) if first else (right, left)
                self.siblings.append(ZERO if beside is None or beside.hash is None else beside.hash)
                self.sibling_nodes.append(beside)
            self._end(node, depth, low, high)

    def _parting(self, low: int, high: int, shift: int) -> int:
        """The first of these stems that has the bit set; the last one has it."""
        numbers, high = self._numbers, high - 1
        while low < high:
            middle = (low + high) // 2
            if numbers[middle] >> shift & 1:
                high = middle
            else:
                low = middle + 1
        return low

    def _end(self, node: StemNode | None, depth: int, low: int, high: int) -> None:
        if node is None:
            self.ends.append(PathEnd("empty", depth))
            self.end_hashes.append(ZERO)
            return
        asked: list[int] = []
        for i in range(low, high):
            if self._numbers[i] == node.number:
                asked = [leaf.suffix for leaf in self.diff[i].suffixes]
        nodes, hashes = node.nodes(self._digest)
        self.hashes += hashes
        shown = self._shown(node, nodes, depth, asked)
        opened = asked if shown is None else sorted([*asked, shown.suffix])
        self.stem_siblings += [nodes.get(i, ZERO) for i in beside(opened)]
        self.end_hashes.append(ZERO if node.hash is None else node.hash)
        if asked and high - low == 1:
            self.ends.append(PathEnd("own", depth, None, shown))
        else:
            self.ends.append(PathEnd("named", depth, node.stem, shown))

    @staticmethod
    def _shown(
        node: StemNode, nodes: Mapping[int, bytes], depth: int, asked: Sequence[int]
    ) -> ShownValue | None:
        """The last value, unless one that is asked for shows the node to be a stem node."""
        for suffix in asked:
            if suffix not in node.values:
                continue
            edges = []
            i = LEAVES + suffix
            while i > 1:
                if not i & 1 and not nodes[i][31] and i + 1 in nodes:
                    edges.append((i, nodes[i]))
                i >>= 1
            path = node.number >> (STEM_BITS - depth)
            if not edges or shown_by(suffix, left_edges_matter(edges, path, depth)):
                return None
        last = max(node.values)
        return ShownValue(last, node.values[last])


def _with_deep(proof: BinaryProof, walk: _Walk, digest: Hash) -> tuple[BinaryProof, int]:
    """The proof with the siblings shown to be deep that it needs; and how many hashes that took."""
    # what a verifier will do, on the way to the same question
    laid_out = plan(walk.diff, proof)
    climbed = climb(laid_out.segments, walk.end_hashes, proof.siblings, digest)
    is_stem = [end.stem is not None for end in laid_out.ends]
    deep, hashes = [], climbed.hashes
    for sibling in deep_needed(laid_out.segments, is_stem, proof.siblings, climbed.suspects):
        node = walk.sibling_nodes[sibling]
        if node is not None:
            made, made_hashes = deep_steps(sibling, node, digest)
            deep.append(made)
            hashes += made_hashes
    return BinaryProof(proof.ends, proof.siblings, proof.stem_siblings, tuple(deep)), hashes
