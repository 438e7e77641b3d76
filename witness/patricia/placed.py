"""Where each node of a bag stands: in the state trie or an account's storage trie, at which path.

Nothing is judged: what is no node is placed where it is referred to, and not gone through. Each node is
placed once, at the first place that leads to it, so that the work is linear in the nodes, whatever they
claim.

Source: Ethereum yellow paper, appendix D.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from verkle.errors import InvalidError
from witness.patricia.account import AccountLeaf, decode_account
from witness.patricia.bag import KEY_NIBBLES
from witness.patricia.nodes import (
    EMPTY_REFERENCE,
    EMPTY_TRIE_ROOT,
    HASH_REFERENCE_BYTES,
    HEX,
    Branch,
    Leaf,
    Node,
    decode_node,
)

__all__ = ["Placed", "PlacedLeaf", "place_nodes"]


@dataclass(frozen=True, slots=True)
class PlacedLeaf:
    """A leaf, embedded ones too. ``owner``: path of the account (64 nibbles) for a storage trie, ``None`` for
    the state trie; ``key``: 64 nibbles; ``value``: as the trie holds it."""

    owner: str | None
    key: str
    value: bytes
    account: AccountLeaf | None


@dataclass(frozen=True, slots=True)
class Placed:
    """A node by hash. ``node``: ``None`` if its bytes are none. ``leaf``: set for a leaf."""

    owner: str | None
    path: str
    node: Node | None
    leaf: PlacedLeaf | None = None


def place_nodes(nodes: Mapping[bytes, bytes], root: bytes) -> tuple[dict[bytes, Placed], list[PlacedLeaf]]:
    """Every node that a path from ``root`` leads to, by hash, and all leaves on those paths."""
    placed: dict[bytes, Placed] = {}
    leaves: list[PlacedLeaf] = []
    tries: list[tuple[str | None, bytes]] = [(None, root)]
    begun: set[bytes] = set()
    while tries:
        owner, top = tries.pop()
        if top == EMPTY_TRIE_ROOT or top in begun:
            continue
        begun.add(top)
        for leaf in _trie(nodes, owner, top, placed):
            leaves.append(leaf)
            if leaf.account is not None:
                tries.append((leaf.key, leaf.account.storage_root))
    return placed, leaves


def _trie(
    nodes: Mapping[bytes, bytes], owner: str | None, root: bytes, placed: dict[bytes, Placed]
) -> Iterator[PlacedLeaf]:
    todo: list[tuple[str, bytes]] = [("", b"\xa0" + root)]
    while todo:
        path, reference = todo.pop()
        raw, digest = reference, None
        if len(reference) == HASH_REFERENCE_BYTES:
            digest = reference[1:]
            if digest in placed or digest not in nodes:
                continue
            raw = nodes[digest]
        try:
            node: Node | None = decode_node(raw)
        except InvalidError:
            node = None
        leaf = None
        if isinstance(node, Leaf):
            leaf = _leaf(owner, path + node.path, node.value)
        elif isinstance(node, Branch) and len(path) < KEY_NIBBLES:
            todo.extend(
                (path + HEX[nibble], child)
                for nibble, child in enumerate(node.children)
                if child != EMPTY_REFERENCE
            )
        elif node is not None and not isinstance(node, Branch) and len(path + node.path) < KEY_NIBBLES:
            todo.append((path + node.path, node.child))
        if digest is not None:
            placed[digest] = Placed(owner, path, node, leaf)
        if leaf is not None:
            yield leaf


def _leaf(owner: str | None, key: str, value: bytes) -> PlacedLeaf:
    account = None
    if owner is None:
        try:
            account = decode_account(value)
        except InvalidError:
            account = None
    return PlacedLeaf(owner, key, value, account)
