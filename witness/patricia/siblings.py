"""Nodes of an earlier trie, rebuilt from a later one that shows them merged with what was above.

A branch that loses all children but one gives way to that one, whose path grows by what led to it. Computing
this needs the sibling as it was; proofs of the state before (EIP-1186) do not show it, since no read goes
there, but those of the state after show the grown node. Cutting its path back gives the sibling again, and a
branch of the earlier trie has its hash: nothing is believed that the earlier root does not bind.

Source: the "orphan" search of zeth's ``preflight``; SPEC 9.2 (deletion hazard).
"""

from __future__ import annotations

from collections.abc import Iterable

from verkle.errors import InvalidError
from witness.keccak import keccak256
from witness.patricia.nodes import (
    EMPTY_REFERENCE,
    HASH_REFERENCE_BYTES,
    Branch,
    Leaf,
    decode_node,
    encode_node,
)

__all__ = ["rebuild_siblings"]


def rebuild_siblings(before: Iterable[bytes], after: Iterable[bytes]) -> list[bytes]:
    """RLP of the nodes that ``before`` refers to without holding them, as far as ``after`` shows them.

    Both hold RLP of nodes of the two tries. What is no node is passed over: who asks for it will refuse it.
    """
    earlier = set(before)
    wanted = _missing_children(earlier)
    rebuilt: dict[bytes, None] = {}
    for node in after:
        if node not in earlier and wanted:
            for candidate in _cut_back(node):
                if keccak256(candidate) in wanted:
                    rebuilt[candidate] = None
    return list(rebuilt)


def _missing_children(nodes: set[bytes]) -> set[bytes]:
    """Hashes that branches refer to and no node has."""
    wanted: set[bytes] = set()
    for data in nodes:
        try:
            node = decode_node(data)
        except InvalidError:
            continue
        if isinstance(node, Branch):
            wanted.update(
                reference[1:]
                for reference in node.children
                if reference != EMPTY_REFERENCE and len(reference) == HASH_REFERENCE_BYTES
            )
    return wanted - {keccak256(node) for node in nodes}


def _cut_back(data: bytes) -> list[bytes]:
    """A leaf or an extension as it was before its path grew, for every length by which it can have."""
    try:
        node = decode_node(data)
    except InvalidError:
        return []
    if isinstance(node, Branch):
        return []
    # An extension without path is none; a leaf can be one at the very end of its key.
    longest = len(node.path) if isinstance(node, Leaf) else len(node.path) - 1
    shorter = (encode_node(node._replace(path=node.path[cut:])) for cut in range(1, longest + 1))
    return [candidate for candidate in shorter if len(candidate) >= 32]
