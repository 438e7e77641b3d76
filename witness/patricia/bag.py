"""A bag of trie nodes: found by their own hash, decoded when someone first goes there, each once.

Nothing that an input says about a node counts, only the Keccak-256 of its bytes. So a node can be reached
only along references that begin at a root, whatever else the bag holds; and a bag that lacks a node is
*incomplete*: that never means that a key is absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from verkle.errors import IncompleteError, InvalidError, MalformedError
from witness.keccak import keccak256
from witness.patricia.nodes import (
    EMPTY_REFERENCE,
    EMPTY_TRIE_ROOT,
    HASH_REFERENCE_BYTES,
    Node,
    decode_node,
)

__all__ = ["KEY_NIBBLES", "MAX_NODE_BYTES", "NodeBag", "index_nodes"]

# Keys of the state are Keccak-256 digests.
KEY_NIBBLES: Final = 64
# A branch has 532 bytes, a leaf with an account fewer than 150. execution-specs allows a witness the same.
MAX_NODE_BYTES: Final = 1024


def index_nodes(nodes: Iterable[bytes]) -> dict[bytes, bytes]:
    """The nodes by their Keccak-256; repeated ones once. ``MalformedError`` ``PATRICIA_NODE_SIZE`` beyond
    ``MAX_NODE_BYTES``. The RLP of nothing (``0x80``) is no node and is left out."""
    indexed: dict[bytes, bytes] = {}
    for index, node in enumerate(nodes):
        if len(node) > MAX_NODE_BYTES:
            raise MalformedError(
                "PATRICIA_NODE_SIZE",
                f"trie node {index} has {len(node)} bytes; none has more than {MAX_NODE_BYTES}",
                where={"index": index},
                expected=f"at most {MAX_NODE_BYTES}",
                got=len(node),
            )
        if node != EMPTY_REFERENCE:
            indexed[keccak256(node)] = node
    return indexed


class NodeBag:
    """Decoded access to nodes indexed by hash; remembers which were asked for.

    ``key_nibbles``: length of all keys, ``None`` for tries whose keys differ in length (then a branch may
    hold a value). ``nodes`` is not copied: a store that grows is seen as it grows.
    """

    __slots__ = ("_decoded", "_nodes", "_roots", "key_nibbles")

    def __init__(self, nodes: Mapping[bytes, bytes], *, key_nibbles: int | None = KEY_NIBBLES) -> None:
        self._nodes = nodes
        self._decoded: dict[bytes, Node] = {}
        # Apart, since a node shorter than 32 bytes may be a root and nobody's child.
        self._roots: dict[bytes, Node] = {}
        self.key_nibbles = key_nibbles

    def root(self, root: bytes) -> Node | None:
        """The top node of the trie with this root, ``None`` for an empty trie.

        Raises ``IncompleteError`` ``PATRICIA_NODE_MISSING``, and as ``decode_node``.
        """
        if root == EMPTY_TRIE_ROOT:
            return None
        node = self._roots.get(root)
        if node is None:
            node = self._roots[root] = self._decode(self._raw(root, ""), root, "")
        return node

    def child(self, reference: bytes, key: str, depth: int) -> Node:
        """The node behind a reference that is not empty; ``key[:depth]`` is the path to it, for errors.

        Raises ``IncompleteError`` ``PATRICIA_NODE_MISSING``; ``InvalidError`` ``PATRICIA_NODE_SHORT`` if a
        hash stands for a node that belongs embedded, and as ``decode_node``.
        """
        node = self._decoded.get(reference)
        if node is None:
            if len(reference) == HASH_REFERENCE_BYTES:
                digest = reference[1:]
                # The hash of an empty trie is a root; no parent writes it, whether the bag has it or not.
                raw = EMPTY_REFERENCE if digest == EMPTY_TRIE_ROOT else self._raw(digest, key[:depth])
                if len(raw) < 32:
                    raise InvalidError(
                        "PATRICIA_NODE_SHORT",
                        f"a node of {len(raw)} bytes is referred to by its hash instead of being embedded",
                        where={"node": digest, "path": key[:depth]},
                        expected="32 bytes or more",
                        got=len(raw),
                    )
                node = self._decode(raw, digest, key[:depth])
            else:
                node = self._decode(reference, None, key[:depth])
            self._decoded[reference] = node
        return node

    def holds(self, reference: bytes) -> bool:
        """Whether the node behind a reference is at hand."""
        if len(reference) != HASH_REFERENCE_BYTES or reference[1:] == EMPTY_TRIE_ROOT:
            return True
        return reference[1:] in self._nodes

    def touched_hashes(self) -> dict[bytes, None]:
        """Hashes of the nodes that were asked for."""
        touched = dict.fromkeys(self._roots)
        for reference in self._decoded:
            if len(reference) == HASH_REFERENCE_BYTES:
                touched[reference[1:]] = None
        return touched

    def touched(self) -> list[bytes]:
        """RLP of the nodes that were asked for, each once; embedded ones are within their parents."""
        return [self._nodes[digest] for digest in self.touched_hashes()]

    def _raw(self, digest: bytes, path: str) -> bytes:
        raw = self._nodes.get(digest)
        if raw is None:
            at = f"at path {path}" if path else "at the root"
            raise IncompleteError(
                "PATRICIA_NODE_MISSING",
                f"the witness lacks the trie node 0x{digest.hex()} {at}",
                where={"node": digest, "path": path},
            )
        return raw

    def _decode(self, raw: bytes, digest: bytes | None, path: str) -> Node:
        try:
            return decode_node(raw, branch_values=self.key_nibbles is None)
        except InvalidError as error:
            error.where.update({"path": path} if digest is None else {"node": digest, "path": path})
            raise
