"""A whole binary tree in memory: build, write, and the root.

A stem node stands at the shallowest depth at which its stem is alone, which may be depth 0. Every depth at
which stems part, or at which several share a bit, has an internal node; an internal node may have one child.
Nothing is ever deleted: a value of zero is a value.

Nodes keep their hash until something below them is written, so that a write costs as many hashes as its
depth, and eight. Hashes are made when the root is asked for.

Source: EIP-7864, *Tree structure*; SPEC 8.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias, TypeVar

from verkle.constants import KEY_BYTES, VALUE_BYTES
from verkle.errors import InvalidError, MalformedError
from witness.binary.rules import DEFAULT, BinaryRules, Hash, hash_function
from witness.binary.subtree import TOP, ZERO, grow, stem_hash

__all__ = ["EMPTY_ROOT", "STEM_BITS", "BinaryTree", "InternalNode", "Node", "StemNode", "check_key", "join"]

EMPTY_ROOT: Final = ZERO
STEM_BITS: Final = 248

# From so many values on a stem keeps the nodes over them: fewer are hashed again as quickly.
_KEEP_NODES: Final = 32

T = TypeVar("T")


class StemNode:
    """All values of one stem, by suffix. ``number``: the stem as an integer, its first bit the highest."""

    __slots__ = ("_kept", "hash", "number", "stem", "values")

    def __init__(self, stem: bytes, values: dict[int, bytes]) -> None:
        self.stem = stem
        self.number = int.from_bytes(stem, "big")
        self.values = values
        self.hash: bytes | None = None
        self._kept: dict[int, bytes] | None = None

    def nodes(self, digest: Hash) -> tuple[dict[int, bytes], int]:
        """The nodes over the values as ``subtree.grow`` gives them, and how many hashes that took now."""
        if self._kept is not None:
            return self._kept, 0
        nodes, hashes = grow(self.values, digest)
        if len(self.values) >= _KEEP_NODES:
            self._kept = nodes
        return nodes, hashes

    def write(self, values: Mapping[int, bytes], digest: Hash) -> None:
        """Set values; the hash is to be made again."""
        self.values.update(values)
        self.hash = None
        kept = self._kept
        if kept is None:
            return
        for suffix, value in values.items():
            i = 256 + suffix
            kept[i] = digest(value)
            while i != TOP:
                i >>= 1
                kept[i] = digest(kept.get(2 * i, ZERO) + kept.get(2 * i + 1, ZERO))


class InternalNode:
    """Two children, of which one may be missing. ``hash`` is ``None`` from a write below on."""

    __slots__ = ("hash", "left", "right")

    def __init__(self, left: Node | None, right: Node | None) -> None:
        self.left = left
        self.right = right
        self.hash: bytes | None = None


Node: TypeAlias = InternalNode | StemNode


def join(items: Sequence[tuple[int, T]], depth: int, combine: Callable[[T | None, T | None], T]) -> T:
    """What stands at ``depth`` over items that all lie below one node there.

    ``items``: (stem as an integer, its node), ascending, at least one; ``combine`` makes an internal node of
    two children. Linear in the nodes made, without recursion.
    """
    waiting: list[tuple[T, int]] = []  # left halves, each with the depth of the node that will hold it
    last = len(items) - 1
    for i, (number, node) in enumerate(items):
        parts_after = STEM_BITS - (number ^ items[i + 1][0]).bit_length() if i < last else depth - 1
        parts_before = waiting[-1][1] if waiting else depth - 1
        at = max(parts_before, parts_after) + 1
        while waiting and waiting[-1][1] > parts_after:
            left, parting = waiting.pop()
            node = combine(left, _raised(number, node, at, parting + 1, combine))
            at = parting
        node = _raised(number, node, at, parts_after + 1, combine)
        if i == last:
            return node
        waiting.append((node, parts_after))
    raise ValueError("nothing to join")


def _raised(number: int, node: T, at: int, to: int, combine: Callable[[T | None, T | None], T]) -> T:
    """The node that holds ``node`` alone, from depth ``at`` up to depth ``to``."""
    for depth in range(at - 1, to - 1, -1):
        node = combine(None, node) if number >> (STEM_BITS - 1 - depth) & 1 else combine(node, None)
    return node


class BinaryTree:
    """Get, iterate, write, and the root."""

    def __init__(self, rules: BinaryRules = DEFAULT, items: Mapping[bytes, bytes] | None = None) -> None:
        """A tree of 32-byte keys and values, made in one pass over the sorted stems.

        Raises as :meth:`put`.
        """
        self.rules = rules
        self.digest = hash_function(rules)
        self._top: Node | None = None
        if items:
            self.put(items)

    @property
    def top(self) -> Node | None:
        """The node at depth 0, every hash below it made; ``None`` in an empty tree."""
        self._seal()
        return self._top

    @property
    def root(self) -> bytes:
        """The root in 32 bytes; of the empty tree, zeros."""
        self._seal()
        return EMPTY_ROOT if self._top is None or self._top.hash is None else self._top.hash

    def get(self, key: bytes) -> bytes | None:
        """The value of a 32-byte key, ``None`` if it is absent. Raises ``MalformedError`` ``KEY_LENGTH``."""
        check_key(key)
        number = int.from_bytes(key[:-1], "big")
        node, bit = self._top, STEM_BITS
        while isinstance(node, InternalNode):
            bit -= 1
            node = node.right if number >> bit & 1 else node.left
        return node.values.get(key[-1]) if node is not None and node.number == number else None

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """All (key, value), keys ascending."""
        waiting: list[Node | None] = [self._top]
        while waiting:
            node = waiting.pop()
            if isinstance(node, InternalNode):
                waiting += [node.right, node.left]
            elif node is not None:
                for suffix in sorted(node.values):
                    yield node.stem + bytes([suffix]), node.values[suffix]

    def put(self, items: Mapping[bytes, bytes] | Iterable[tuple[bytes, bytes]]) -> None:
        """Write many leaves.

        Raises:
            MalformedError: ``KEY_LENGTH``, ``VALUE_LENGTH``.
            InvalidError: ``KEY_REPEATED``: one key twice in one batch.
        """
        by_stem: dict[bytes, dict[int, bytes]] = {}
        for key, value in items.items() if isinstance(items, Mapping) else items:
            check_key(key)
            if len(value) != VALUE_BYTES:
                raise MalformedError(
                    "VALUE_LENGTH",
                    "a leaf value has 32 bytes",
                    where={"key": key},
                    expected=32,
                    got=len(value),
                )
            of_stem = by_stem.setdefault(key[:-1], {})
            if key[-1] in of_stem:
                raise InvalidError("KEY_REPEATED", "a batch has one key twice", where={"key": key})
            of_stem[key[-1]] = value
        if self._top is None and by_stem:
            stems = [StemNode(stem, by_stem[stem]) for stem in sorted(by_stem)]
            nodes: list[tuple[int, Node]] = [(node.number, node) for node in stems]
            self._top = join(nodes, 0, InternalNode)
            return
        for stem, values in by_stem.items():
            self._put_stem(stem, values)

    def _put_stem(self, stem: bytes, values: dict[int, bytes]) -> None:
        number = int.from_bytes(stem, "big")
        parent: InternalNode | None = None
        node, depth = self._top, 0
        while isinstance(node, InternalNode):
            node.hash = None
            parent = node
            node = node.right if number >> (STEM_BITS - 1 - depth) & 1 else node.left
            depth += 1
        if node is not None and node.number == number:
            node.write(values, self.digest)
            return
        new: Node = StemNode(stem, values)
        if node is not None:  # another stem: an internal node for each bit that both share, then they part
            both: list[tuple[int, Node]] = sorted([(node.number, node), (number, new)], key=_number)
            new = join(both, depth, InternalNode)
        if parent is None:
            self._top = new
        elif number >> (STEM_BITS - depth) & 1:
            parent.right = new
        else:
            parent.left = new

    def _seal(self) -> None:
        """Make the hashes that are missing, each node after its children."""
        digest = self.digest
        stale: list[InternalNode] = []
        waiting = [self._top]
        while waiting:
            node = waiting.pop()
            if node is None or node.hash is not None:
                continue
            if isinstance(node, StemNode):
                nodes, _ = node.nodes(digest)
                node.hash = stem_hash(node.stem, nodes[TOP], digest)
            else:
                stale.append(node)
                waiting += [node.left, node.right]
        for node in reversed(stale):
            left, right = node.left, node.right
            node.hash = digest(
                (ZERO if left is None or left.hash is None else left.hash)
                + (ZERO if right is None or right.hash is None else right.hash)
            )


def _number(item: tuple[int, Node]) -> int:
    return item[0]


def check_key(key: bytes) -> None:
    """Raise ``MalformedError`` ``KEY_LENGTH`` for a key of another length than 32 bytes."""
    if len(key) != KEY_BYTES:
        raise MalformedError("KEY_LENGTH", "a tree key has 32 bytes", expected=KEY_BYTES, got=len(key))
