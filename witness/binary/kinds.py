"""What tells stem nodes from internal ones, which their hashes do not.

A stem node hashes ``stem ‖ 00 ‖ top``, an internal node ``left ‖ right``: 64 bytes each. Who reads one as the
other hides accounts, or invents some: below the left half of a stem, which is no hash of the tree, may stand
whatever hashes to it. Nor is it hard to have: a stem is itself the first 31 bytes of ``H(address ‖ index)``,
so that one stem in 256 continued by 00 *is* a hash of 64 known bytes, and of an index that its owner chose.

The argument uses nothing but that the hash has no collisions and that nobody knows what hashes to 32 zero
bytes; stems may be anybody's choice. It goes down from the root, where the node is the honest tree's.

*A node taken as internal*, at a path p, with children l and r (``could_be_stem``, ``deep_needed``). If it is
a stem node of the honest tree, then l = stem ‖ 00, the stem begins with p, and r is the top of its values:
not zero, and every way down from it has at most eight hashes of 64 bytes, since after eight there is a value
of 32 bytes, or nothing. So it is internal if l does not end in 00, or does not begin with p, or r is zero,
or nine hashes of 64 bytes, each within the one before, are known from r on. For an honest internal node with
r not zero there are nine: below r is a stem node, then eight levels. The rest of the proof mostly has them:
a stem node in it stands over eight. Where it does not, one sibling below r is shown to be nine deep
(``container.DeepSibling``).

*A node taken as the stem node of s*, with the top T (``left_edges_matter``). If it is an internal node, T is
its right child r, and a value is opened eight levels below r. Every way from r along the honest tree needs
nine to a value: one hash at least to the top of a stem node's values, and eight. A shorter one must go
through the left half of a stem node, s' ‖ 00, at some node M on the way; s' then begins with the path of M,
and the right half of M is not zero. So it is a stem node if, for some value that is there, no step to the
left on its way is to a hash that ends in 00 and begins with that path, beside something that is not zero.
The *last* value of a stem is such a one always: where its way goes left there is nothing to the right. It is
shown where the values asked for do not do (``container.ShownValue``), and below a stem that nobody asked
for.

*An empty slot* is 32 zero bytes, which only the empty hash to.

So each node is what the proof says, and its children are those of the honest tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from witness.binary.container import DEEP_STEPS, DeepSibling
from witness.binary.rules import Hash
from witness.binary.shape import Segment
from witness.binary.subtree import LEAVES, ZERO
from witness.binary.tree import STEM_BITS, InternalNode, Node, StemNode

__all__ = ["could_be_stem", "deep_needed", "deep_steps", "left_edges_matter", "shown_by", "top_of_deep"]

_NOTHING: Final = 1 << 62


def could_be_stem(node: bytes, path: int, depth: int) -> bool:
    """Whether a left child's hash may be ``stem ‖ 00`` of a stem node at this path, of ``depth`` bits."""
    return (
        node[31] == 0
        and depth <= STEM_BITS
        and int.from_bytes(node[:31], "big") >> (STEM_BITS - depth) == path
    )


def left_edges_matter(left_edges: Iterable[tuple[int, bytes]], path: int, depth: int) -> set[int]:
    """Those steps to the left below a claimed stem node at a path that could go into another stem's half.

    ``left_edges`` as ``subtree.Folded`` has them; the result holds the numbers of the nodes gone to.
    """
    matter = set()
    right_child = path << 1 | 1
    for number, node in left_edges:
        parent = number >> 1
        level = parent.bit_length() - 1
        if could_be_stem(node, right_child << level | parent - (1 << level), depth + 1 + level):
            matter.add(number)
    return matter


def shown_by(suffix: int, matter: set[int]) -> bool:
    """Whether the way to this value, which is there, goes by none of those steps."""
    return not any((LEAVES + suffix) >> level in matter for level in range(8))


def deep_needed(
    segments: Sequence[Segment],
    is_stem: Sequence[bool],
    siblings: Sequence[bytes],
    suspects: set[tuple[int, int]],
) -> list[int]:
    """Which siblings must be shown to be nine deep, ascending.

    ``is_stem``: by end, whether a stem node is there. ``suspects``: (segment, depth) of internal nodes that
    could be stem nodes by their left child, and have a right one. Of the siblings below the right child, the
    first is taken; one serves all that need it. Linear in siblings.
    """
    needed: set[int] = set()
    heights: dict[int, tuple[int, int]] = {}  # of a segment's uppermost node: height, first sibling below it

    def right_one(place: tuple[int, int], height: int, first: int) -> int:
        """The height of the right child after what is needed was taken."""
        if place not in suspects or height >= DEEP_STEPS:
            return height
        needed.add(first)
        return DEEP_STEPS

    for number in range(len(segments) - 1, -1, -1):
        segment = segments[number]
        if segment.end >= 0:
            # a stem node over eight levels, to a value
            height, first = (DEEP_STEPS if is_stem[segment.end] else 0), _NOTHING
        else:
            (left, left_first), (right, right_first) = heights.pop(segment.left), heights.pop(segment.right)
            right = right_one((number, segment.bottom), right, right_first)
            height, first = 1 + max(left, right), min(left_first, right_first)
        path = segment.path
        for depth in range(segment.bottom - 1, segment.top - 1, -1):
            beside = segment.first_sibling + depth - segment.top
            beside_first = _NOTHING if siblings[beside] == ZERO else beside
            if path & 1:
                height = right_one((number, depth), height, first)
                beside_height = 0
            else:
                beside_height = right_one((number, depth), 0, beside_first)
            height, first = 1 + max(height, beside_height), min(first, beside_first)
            path >>= 1
        heights[number] = height, first
    return sorted(needed)


def top_of_deep(deep: DeepSibling, digest: Hash) -> bytes:
    """The hash that the steps of a deep sibling lead up to."""
    node = deep.bottom
    for step in reversed(deep.steps):
        node = digest(node + ZERO if step is None else step + node)
    return node


def deep_steps(sibling: int, node: Node, digest: Hash) -> tuple[DeepSibling, int]:
    """Nine steps down from a node of a whole, hashed tree: to the right wherever there is something.

    Returned with the number of hashes that were made.
    """
    steps: list[bytes | None] = []
    here: Node | None = node
    inside: dict[int, bytes] | None = None
    bottom, at, hashes = ZERO, 1, 0
    while len(steps) < DEEP_STEPS:
        if inside is not None:
            left, right = inside.get(2 * at, ZERO), inside.get(2 * at + 1, ZERO)
            at = 2 * at + (right != ZERO)
        elif isinstance(here, InternalNode):
            left, right = _hash_of(here.left), _hash_of(here.right)
            here = here.left if here.right is None else here.right
        elif isinstance(here, StemNode):
            inside, hashes = here.nodes(digest)
            left, right = here.stem + b"\0", inside[1]
        else:
            raise ValueError("a tree ends above the values of a stem")
        steps.append(None if right == ZERO else left)
        bottom = left if right == ZERO else right
    return DeepSibling(sibling, tuple(steps), bottom), hashes


def _hash_of(node: Node | None) -> bytes:
    return ZERO if node is None or node.hash is None else node.hash
