"""Where an account's parts lie in the binary tree: as in the Verkle tree, but for the hash.

A key is 32 bytes, ``H(address32 ‖ tree index as 32 bytes)[:31] ‖ suffix``. Positions, leaf values and code
chunks are those of EIP-6800 with basic data in one leaf; the functions are Verkle's own.

Source: EIP-7864, *Tree embedding*, variants A and B; SPEC 8.3.
"""

from __future__ import annotations

from verkle.constants import ADDRESS_BYTES, MAIN_STORAGE_OFFSET, STEM_BYTES
from verkle.embedding import chunk_position, storage_position
from witness.binary.rules import BinaryRules, hash_function

__all__ = [
    "chunk_key",
    "header_key",
    "stem_of",
    "storage_key",
]


def stem_of(rules: BinaryRules, address: bytes, tree_index: int) -> bytes:
    """The stem (31 bytes) of a group of 256 leaves of an account (20-byte address).

    Raises:
        ValueError: an address of another length, or an index outside 0 … 2^256 − 1.
    """
    if len(address) != ADDRESS_BYTES:
        raise ValueError(f"an address has {ADDRESS_BYTES} bytes, not {len(address)}")
    if not 0 <= tree_index < 1 << 256:
        raise ValueError(f"a tree index fits 32 bytes, {tree_index:#x} does not")
    place = bytes(12) + address + tree_index.to_bytes(32, rules.index_order)
    return hash_function(rules)(place)[:STEM_BYTES]


def _key(rules: BinaryRules, address: bytes, position: tuple[int, int]) -> bytes:
    return stem_of(rules, address, position[0]) + bytes([position[1]])


def header_key(rules: BinaryRules, address: bytes, suffix: int) -> bytes:
    """The key of a header leaf, ``BASIC_DATA`` or ``CODE_HASH``."""
    return _key(rules, address, (0, suffix))


def storage_key(rules: BinaryRules, address: bytes, slot: int) -> bytes:
    """The key of a storage slot."""
    return _key(rules, address, storage_position(slot, MAIN_STORAGE_OFFSET))


def chunk_key(rules: BinaryRules, address: bytes, chunk: int) -> bytes:
    """The key of a code chunk, by its number."""
    return _key(rules, address, chunk_position(chunk))
