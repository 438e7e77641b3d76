"""The root of the trie over a list: transactions, withdrawals and receipts of a block.

The key of item ``i`` is ``RLP(i)``, its value the item's own encoding. The trie is built at once from
its sorted keys, without a database, since nothing is ever looked up in it. Notation: a *nibble* is half a
byte, the high half first; a node's *reference* is the node itself where its RLP is shorter than 32 bytes,
else the Keccak-256 of that RLP.

Source: Ethereum yellow paper, appendix C (hex-prefix encoding) and D (the trie); SPEC 10.6.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from witness import rlp
from witness.keccak import keccak256

# keccak256(RLP(b"")): the root of a trie without entries.
EMPTY_TRIE_ROOT: Final = bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421")


def ordered_root(items: Sequence[bytes]) -> bytes:
    """Return the 32-byte root of the trie that maps ``RLP(i)`` to ``items[i]``.

    Items are the encoded members themselves: ``RLP(transaction)`` of a legacy transaction, ``type || RLP``
    of a typed one. No member of a block is empty; an empty item would mean absence in this trie and is the
    caller's mistake (``ValueError``).
    """
    if not items:
        return EMPTY_TRIE_ROOT
    if not all(items):
        raise ValueError("an ordered trie cannot hold an empty item")
    entries = sorted((_key(index), bytes(item)) for index, item in enumerate(items))
    return keccak256(rlp.encode(_node(entries, 0)))


def _node(entries: list[tuple[bytes, bytes]], depth: int) -> list[rlp.Item]:
    """The node over ``entries``: sorted pairs of nibbles and value that agree in their first ``depth``
    nibbles, at least one. Recursion ends with the longest key (18 nibbles at 2^64 items)."""
    first, value = entries[0]
    if len(entries) == 1:
        return [_hex_prefix(first[depth:], leaf=True), value]

    # Sorted, so what the first and the last share, all share.
    shared = _common_prefix(first, entries[-1][0], depth)
    if shared > depth:
        return [_hex_prefix(first[depth:shared], leaf=False), _reference(_node(entries, shared))]

    # RLP is prefix-free: no key ends where another goes on, so the seventeenth item stays empty.
    branch: list[rlp.Item] = [b""] * 17
    start = 0
    while start < len(entries):
        nibble = entries[start][0][depth]
        end = start + 1
        while end < len(entries) and entries[end][0][depth] == nibble:
            end += 1
        branch[nibble] = _reference(_node(entries[start:end], depth + 1))
        start = end
    return branch


def _reference(node: list[rlp.Item]) -> rlp.Item:
    """What a parent holds of a node: the node where its RLP is shorter than 32 bytes, else its hash."""
    encoded = rlp.encode(node)
    return node if len(encoded) < 32 else keccak256(encoded)


def _hex_prefix(nibbles: bytes, *, leaf: bool) -> bytes:
    """Pack nibbles into bytes; the first nibble holds 2 for a leaf, plus 1 where the count is odd."""
    flag = 2 if leaf else 0
    padded = bytes((flag + 1,)) + nibbles if len(nibbles) % 2 else bytes((flag, 0)) + nibbles
    return bytes(high << 4 | low for high, low in zip(padded[::2], padded[1::2], strict=True))


def _common_prefix(left: bytes, right: bytes, start: int) -> int:
    """Length of the prefix that both share, known to be at least ``start``."""
    end = min(len(left), len(right))
    while start < end and left[start] == right[start]:
        start += 1
    return start


def _key(index: int) -> bytes:
    """Nibbles of ``RLP(index)``."""
    return bytes(half for byte in rlp.encode(rlp.encode_integer(index)) for half in (byte >> 4, byte & 15))
