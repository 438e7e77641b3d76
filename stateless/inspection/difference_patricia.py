"""Two Merkle-Patricia witnesses: the nodes, codes and headers that only one of them has, and what those are.

Nodes are compared by their hash and told by their place: which trie, which path, whose account, which slot.
Names come from the block, from the keys that some dialects list, and from slots of small number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from stateless.forks import (
    BEACON_ROOTS_ADDRESS,
    CONSOLIDATION_REQUESTS_ADDRESS,
    WITHDRAWAL_REQUESTS_ADDRESS,
)
from stateless.inspection.comparison import Comparison, Difference, Side
from stateless.inspection.explain import pre_root_of
from stateless.inspection.names import named_addresses
from stateless.inspection.values import ether, word
from stateless.rules import HISTORY_ADDRESS
from verkle.errors import IncompleteError, InvalidError
from witness.block import BlockInput
from witness.header import Header, header_to_rlp, missing_fields
from witness.keccak import keccak256
from witness.patricia.account import account_path, decode_value, slot_path
from witness.patricia.bag import index_nodes
from witness.patricia.container import PatriciaWitness
from witness.patricia.nodes import Branch, Leaf
from witness.patricia.placed import Placed, PlacedLeaf, place_nodes

__all__ = ["PatriciaNames", "compare_patricia", "node_words", "patricia_names"]

_SMALL_SLOTS: Final = range(64)
_SYSTEM: Final = (
    (BEACON_ROOTS_ADDRESS, "beacon roots"),
    (HISTORY_ADDRESS, "block hashes"),
    (WITHDRAWAL_REQUESTS_ADDRESS, "withdrawal requests"),
    (CONSOLIDATION_REQUESTS_ADDRESS, "consolidation requests"),
)


@dataclass(frozen=True, slots=True)
class PatriciaNames:
    """Addresses, with their roles, and slots by the path of their leaf (64 nibbles)."""

    accounts: Mapping[str, tuple[bytes, tuple[str, ...]]]
    slots: Mapping[str, int]

    def account(self, path: str) -> str:
        """Whose leaf lies at a path, in words."""
        found = self.accounts.get(path)
        if found is None:
            return f"account with hash 0x{path}"
        address, roles = found
        return f"account 0x{address.hex()}" + (f" ({', '.join(roles)})" if roles else "")

    def slot(self, path: str) -> str:
        """Which slot's leaf lies at a path, in words."""
        found = self.slots.get(path)
        if found is None:
            return f"slot with hash 0x{path}"
        return f"slot {found if found < 1 << 64 else hex(found)}"


def patricia_names(*blocks: BlockInput) -> PatriciaNames:
    """All names that the blocks and their witnesses give."""
    accounts: dict[bytes, tuple[str, ...]] = {address: (role,) for address, role in _SYSTEM}
    slots: dict[int, None] = dict.fromkeys(_SMALL_SLOTS)
    for block in blocks:
        named = named_addresses(block)
        accounts.update(named.roles)
        for numbers in named.slots.values():
            slots.update(dict.fromkeys(numbers))
        for key in () if block.patricia is None else block.patricia.keys:
            if len(key) == 20:
                accounts.setdefault(key, ())
            elif len(key) == 32:
                slots[int.from_bytes(key, "big")] = None
    return PatriciaNames(
        {account_path(address): (address, roles) for address, roles in accounts.items()},
        {slot_path(slot): slot for slot in slots},
    )


def node_words(placed: Placed | None, names: PatriciaNames) -> str:
    """What a node is and where it stands; ``None``: no path leads to it."""
    if placed is None:
        return "a node that no path from the state root leads to"
    if placed.leaf is not None:
        return leaf_words(placed.leaf, names)
    trie = "the state trie" if placed.owner is None else f"the storage of {names.account(placed.owner)}"
    kind = (
        "bytes that are no node"
        if placed.node is None
        else "a branch"
        if isinstance(placed.node, Branch)
        else "an extension"
    )
    if isinstance(placed.node, Leaf):
        kind = "a leaf"
    return f"{kind} of {trie} at {placed.path or 'the top'}"


def leaf_words(leaf: PlacedLeaf, names: PatriciaNames) -> str:
    """What a leaf says."""
    if leaf.owner is None:
        account = leaf.account
        said = (
            "no account in it"
            if account is None
            else f"nonce {account.nonce}, balance {ether(account.balance)}"
        )
        return f"{names.account(leaf.key)}: {said}"
    try:
        value = word(decode_value(leaf.value).to_bytes(32, "big"))
    except InvalidError:
        value = "no value"
    return f"{names.slot(leaf.key)} of {names.account(leaf.owner)}: {value}"


def compare_patricia(a: BlockInput, b: BlockInput) -> Comparison:
    """See ``stateless.inspection.difference``; the block itself is left to it."""
    left, right = a.patricia, b.patricia
    if left is None or right is None:
        raise IncompleteError("NO_WITNESS", "one of the inputs holds no Merkle-Patricia witness")
    names = patricia_names(a, b)
    root = pre_root_of(a) or pre_root_of(b)
    shared: dict[str, int] = {}
    differences = [
        *_nodes(left, right, None if root is None else root[0], names, shared),
        *_codes(left, right, shared),
        *_headers(left, right, shared),
        *_block_hashes(left, right),
    ]
    return Comparison(("patricia", "patricia"), tuple(differences), shared, tuple(_notes(left, right)))


def _sides(left: Mapping[bytes, object], right: Mapping[bytes, object]) -> Iterator[tuple[Side, bytes]]:
    yield from (("a", key) for key in left if key not in right)
    yield from (("b", key) for key in right if key not in left)


def _nodes(
    left: PatriciaWitness,
    right: PatriciaWitness,
    root: bytes | None,
    names: PatriciaNames,
    shared: dict[str, int],
) -> Iterator[Difference]:
    bags = {"a": index_nodes(left.nodes), "b": index_nodes(right.nodes)}
    shared["nodes"] = len(bags["a"].keys() & bags["b"].keys())
    # Placed in both together: a node may hang below one that only the other has.
    placed = {} if root is None else place_nodes(bags["a"] | bags["b"], root)[0]
    found = sorted(
        _sides(bags["a"], bags["b"]), key=lambda item: (item[0], _place(placed.get(item[1])), item[1])
    )
    for side, digest in found:
        yield Difference("nodes", side, node_words(placed.get(digest), names), digest)


def _place(placed: Placed | None) -> tuple[int, str, str]:
    return (2, "", "") if placed is None else (int(placed.owner is not None), placed.owner or "", placed.path)


def _codes(left: PatriciaWitness, right: PatriciaWitness, shared: dict[str, int]) -> Iterator[Difference]:
    bags = [{keccak256(code): code for code in witness.codes} for witness in (left, right)]
    shared["codes"] = len(bags[0].keys() & bags[1].keys())
    for side, digest in _sides(*bags):
        code = (bags[0] if side == "a" else bags[1])[digest]
        yield Difference("codes", side, f"code of {len(code)} bytes", digest)


def _headers(left: PatriciaWitness, right: PatriciaWitness, shared: dict[str, int]) -> Iterator[Difference]:
    bags = [
        {
            keccak256(header_to_rlp(header)): header
            for header in witness.ancestors
            if not missing_fields(header)
        }
        for witness in (left, right)
    ]
    shared["headers"] = len(bags[0].keys() & bags[1].keys())
    for side, digest in _sides(*bags):
        header: Header = (bags[0] if side == "a" else bags[1])[digest]
        yield Difference("headers", side, f"the header of block {header.number}", digest)


def _block_hashes(left: PatriciaWitness, right: PatriciaWitness) -> Iterator[Difference]:
    first, second = left.block_hashes, right.block_hashes
    for back, (one, other) in enumerate(zip(first, second, strict=False), 1):
        if one != other:
            yield Difference("block hashes", "both", f"another hash {back} blocks back", a=one, b=other)
    if len(first) != len(second):
        side: Side = "a" if len(first) > len(second) else "b"
        more = abs(len(first) - len(second))
        yield Difference("block hashes", side, f"{more} more hashes of earlier blocks")


def _notes(left: PatriciaWitness, right: PatriciaWitness) -> Iterator[str]:
    for name, witness in (("a", left), ("b", right)):
        for part, items in (("nodes", witness.nodes), ("codes", witness.codes)):
            if len(set(items)) < len(items):
                yield f"{name} repeats {len(items) - len(set(items))} {part}"
        if witness.keys:
            yield f"{name} lists {len(witness.keys)} keys, which nobody reads"
    for part, one, other in (("nodes", left.nodes, right.nodes), ("codes", left.codes, right.codes)):
        if one != other and set(one) == set(other):
            yield f"the {part} stand in another order"
