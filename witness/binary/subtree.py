"""The 256 values of one stem as a tree of eight levels, whole or known in part.

Nodes have numbers: the top is 1, the children of ``i`` are ``2i`` and ``2i + 1``, the leaf of a suffix is
``256 + suffix``. A leaf is the hash of its value, or 32 zero bytes where there is none; a node is the hash of
its two children, or 32 zero bytes where both are. A value of 32 zero bytes is one, with a hash.

*Opening* a set of suffixes shows the nodes beside the paths from these leaves to the top. Their order is
level by level from the leaves up, by number within a level.

Source: EIP-7864, *Tree structure*; SPEC 8.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from witness.binary.rules import Hash

__all__ = ["LEAVES", "LEVELS", "TOP", "ZERO", "Folded", "beside", "fold", "grow", "stem_hash"]

ZERO: Final = bytes(32)
"""The hash of what is not there."""
TOP: Final = 1
LEAVES: Final = 256
LEVELS: Final = 8


class Folded(NamedTuple):
    """A partly known tree of values, hashed.

    ``left_edges``: numbers of the nodes whose hash ends in a zero byte, with that hash, where they are left
    children on an opened path and what is to their right is not empty (``witness.binary.kinds`` asks).
    ``hashes``: how many were made, those of the leaves not among them.
    """

    top: bytes
    left_edges: list[tuple[int, bytes]]
    hashes: int


def grow(values: Mapping[int, bytes], digest: Hash) -> tuple[dict[int, bytes], int]:
    """All nodes that are not empty, by number, of a stem's values by suffix; and how many hashes it took."""
    nodes: dict[int, bytes] = {}
    for suffix, value in values.items():
        nodes[LEAVES + suffix] = digest(value)
    level = sorted(nodes)
    get = nodes.get
    while level and level[0] != TOP:
        above: list[int] = []
        for i in level:
            parent = i >> 1
            if not above or above[-1] != parent:
                above.append(parent)
                nodes[parent] = digest(get(2 * parent, ZERO) + get(2 * parent + 1, ZERO))
        level = above
    return nodes, len(nodes)


def beside(suffixes: Iterable[int]) -> list[int]:
    """Numbers of the nodes that an opening of these suffixes (ascending, at least one) shows, in order."""
    out: list[int] = []
    level = [LEAVES + suffix for suffix in suffixes]
    while level[0] != TOP:
        known = set(level)
        out += [i ^ 1 for i in level if i ^ 1 not in known]
        level = sorted({i >> 1 for i in level}) if len(level) > 1 else [level[0] >> 1]
    return out


def fold(leaves: Mapping[int, bytes], siblings: Sequence[bytes], digest: Hash) -> Folded:
    """The top over opened leaves (hashes by suffix, ascending) and as many siblings as ``beside`` lists."""
    left_edges: list[tuple[int, bytes]] = []
    hashes = 0
    if len(leaves) == 1:
        [(suffix, node)] = leaves.items()
        i = LEAVES + suffix
        for sibling in siblings:
            if i & 1:
                left, right = sibling, node
            else:
                left, right = node, sibling
                if not node[31] and ZERO not in (node, sibling):
                    left_edges.append((i, node))
            if left == ZERO == right:
                node = ZERO
            else:
                node = digest(left + right)
                hashes += 1
            i >>= 1
        return Folded(node, left_edges, hashes)

    level = [(LEAVES + suffix, leaf) for suffix, leaf in leaves.items()]
    rest = iter(siblings)
    while level[0][0] != TOP:
        # first the siblings of this level, in order
        numbers = {i for i, _ in level}
        known = dict(level)
        for i, _ in level:
            if i ^ 1 not in numbers:
                known[i ^ 1] = next(rest)
        above: list[tuple[int, bytes]] = []
        for i, node in level:
            parent = i >> 1
            if above and above[-1][0] == parent:
                continue
            left, right = known[2 * parent], known[2 * parent + 1]
            if not i & 1 and not node[31] and ZERO not in (node, right):
                left_edges.append((i, node))
            if left == ZERO == right:
                above.append((parent, ZERO))
            else:
                above.append((parent, digest(left + right)))
                hashes += 1
        level = above
    return Folded(level[0][1], left_edges, hashes)


def stem_hash(stem: bytes, top: bytes, digest: Hash) -> bytes:
    """The hash of a stem node: of stem, a zero byte, and the top of its values."""
    return digest(stem + b"\0" + top)
