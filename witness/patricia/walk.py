"""The nodes on the way to one key, for showing it: what ``trie.lookup`` goes through, kept.

Source: Ethereum yellow paper, appendix D.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from verkle.errors import StatelessError
from witness.patricia.bag import NodeBag
from witness.patricia.nodes import EMPTY_REFERENCE, HASH_REFERENCE_BYTES, Branch, Leaf, Node
from witness.patricia.trie import lookup

__all__ = ["End", "Visited", "Walk", "walk"]

End = Literal["value", "empty trie", "empty slot", "other leaf", "other extension", "stopped"]
"""How a walk ends. ``stopped``: at a node that is missing or wrong, see ``Walk.error``."""


class Visited(NamedTuple):
    """A node, the path to it (nibbles as hex digits), and its hash: ``None`` for one embedded in its "
    "parent."""

    path: str
    node: Node
    digest: bytes | None


@dataclass(frozen=True, slots=True)
class Walk:
    """``value``: set exactly if the walk ends in one. ``error``: what stopped it."""

    visited: tuple[Visited, ...]
    end: End
    value: bytes | None = None
    error: StatelessError | None = None


def walk(bag: NodeBag, root: bytes, key: str) -> Walk:
    """The nodes from the root to ``key``. Never raises for what a node holds or lacks: that ends the walk.

    The value, or that there is none, is ``trie.lookup``'s, with all its checks.
    """
    error: StatelessError | None = None
    value: bytes | None = None
    try:
        value = lookup(bag, root, key)
    except StatelessError as caught:
        error = caught
    visited: list[Visited] = []
    try:
        end = _go(bag, root, key, visited)
    except StatelessError as caught:  # of the same node as the one above, or of one before it
        error = error or caught
        end = "stopped"
    if error is not None:
        return Walk(tuple(visited), "stopped", None, error)
    return Walk(tuple(visited), end, value)


def _go(bag: NodeBag, root: bytes, key: str, visited: list[Visited]) -> End:
    node = bag.root(root)
    if node is None:
        return "empty trie"
    digest: bytes | None = root
    path = ""
    while True:
        visited.append(Visited(path, node, digest))
        if isinstance(node, Leaf):
            return "value" if key[len(path) :] == node.path else "other leaf"
        if isinstance(node, Branch):
            if len(path) >= len(key):
                return "value" if node.value else "empty slot"
            reference = node.children[int(key[len(path)], 16)]
            if reference == EMPTY_REFERENCE:
                return "empty slot"
            path = key[: len(path) + 1]
        else:
            if not key.startswith(node.path, len(path)):
                return "other extension"
            reference = node.child
            path += node.path
        digest = reference[1:] if len(reference) == HASH_REFERENCE_BYTES else None
        node = bag.child(reference, path, len(path))
