"""Where an account's parts lie in the tree: tree keys, leaf layouts, code chunks.

A tree key is a stem (31 bytes, one per 256 leaves) and a suffix (1 byte). The three things that changed
between the networks are data: how the stem is made from the hash's commitment (:data:`StemHash`), where
main storage begins, and what the header leaves hold (:data:`LeafLayout`).

Sources: EIP-6800, *Tree embedding* (as of 2024-07); SPEC 4.2 to 4.6.1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal

from verkle.banderwagon import Point, add, encode_many, map_to_field_many
from verkle.constants import CHUNK_BYTES, PUSH1, PUSH32, STEM_BYTES, WIDTH
from verkle.pedersen import commit_many

__all__ = [
    "CODE_OFFSET",
    "HEADER_LEAVES",
    "HEADER_STORAGE_OFFSET",
    "HEADER_STORAGE_SLOTS",
    "LeafLayout",
    "StemHash",
    "StemsOf",
    "chunk_position",
    "chunkify",
    "pedersen_hash",
    "stems",
    "storage_position",
    "tree_key",
]

StemHash = Literal["map_to_field", "reversed_point"]
"""``map_to_field``: Kaustinen-6 and later. ``reversed_point``: the compressed commitment, bytes reversed
(Kaustinen 2 to 5)."""
LeafLayout = Literal["basic_data", "five_leaves"]
StemsOf = Callable[[Sequence[tuple[bytes, int]]], Sequence[bytes]]
"""Stems (31 bytes) of (20-byte address, tree index) pairs, in any tree."""

WIDTH_BITS: Final = 8
HEADER_STORAGE_OFFSET: Final = 64
HEADER_STORAGE_SLOTS: Final = 64
"""Slots below this lie in the header stem, at 64 + slot."""
CODE_OFFSET: Final = 128
"""Chunks 0 to 127 lie in the header stem, at 128 + chunk."""

HEADER_LEAVES: Final[dict[LeafLayout, tuple[str, ...]]] = {
    "basic_data": ("basic_data", "code_hash"),
    "five_leaves": ("version", "balance", "nonce", "code_hash", "code_size"),
}
"""Names of the header leaves by suffix. ``basic_data``: big-endian fields packed into one leaf (SPEC
4.4). ``five_leaves``: little-endian numbers, one a leaf (SPEC 4.6)."""

_HASH_LIMIT: Final = 255 * 16
_TREE_KEY_LENGTH_SCALAR: Final = 2 + 256 * 64


def pedersen_hash(data: bytes) -> Point:
    """The commitment whose image is the Pedersen hash: 2 + 256·length at G_0, then 16-byte words, LE.

    Raises:
        ValueError: more than 4,080 bytes.
    """
    if len(data) > _HASH_LIMIT:
        raise ValueError(f"at most {_HASH_LIMIT} bytes can be hashed, not {len(data)}")
    vector = {0: 2 + 256 * len(data)}
    for j in range(0, len(data), 16):
        vector[1 + j // 16] = int.from_bytes(data[j : j + 16], "little")
    return commit_many([vector])[0]


def stems(places: Sequence[tuple[bytes, int]], stem_hash: StemHash) -> list[bytes]:
    """Stems (31 bytes) of many (20-byte address, tree index) pairs at once; work is shared by all.

    The hash is of ``address32 ‖ tree index as 32 bytes little-endian`` (SPEC 4.2).

    Raises:
        ValueError: an address of another length, or an index outside 0 … 2^256 − 1.
    """
    vectors = []
    for address, tree_index in places:
        if len(address) != 20:
            raise ValueError(f"an address has 20 bytes, not {len(address)}")
        if not 0 <= tree_index < 1 << 256:
            raise ValueError(f"a tree index fits 32 bytes, {tree_index:#x} does not")
        data = bytes(12) + address + tree_index.to_bytes(32, "little")
        vector = {1 + j: int.from_bytes(data[16 * j : 16 * j + 16], "little") for j in range(4)}
        vectors.append({j: scalar for j, scalar in vector.items() if scalar})
    constant = commit_many([{0: _TREE_KEY_LENGTH_SCALAR}])[0]
    points = [add(constant, point) for point in commit_many(vectors)]
    if stem_hash == "map_to_field":
        return [image.to_bytes(32, "little")[:STEM_BYTES] for image in map_to_field_many(points)]
    return [encoded[::-1][:STEM_BYTES] for encoded in encode_many(points)]


def tree_key(address: bytes, tree_index: int, sub_index: int, stem_hash: StemHash) -> bytes:
    """The 32-byte key of one leaf: stem ‖ suffix. For many keys, :func:`stems`."""
    return stems([(address, tree_index)], stem_hash)[0] + bytes([sub_index])


def storage_position(slot: int, main_storage_offset: int) -> tuple[int, int]:
    """(tree index, suffix) of a storage slot.

    Slots 0–63 are in the header stem. The others are at ``main_storage_offset + slot``, a sum that may
    pass 2^256: the index is that number // 256 and still fits 32 bytes.
    """
    if slot < HEADER_STORAGE_SLOTS:
        return 0, HEADER_STORAGE_OFFSET + slot
    position = main_storage_offset + slot
    return position >> WIDTH_BITS, position & WIDTH - 1


def chunk_position(chunk: int) -> tuple[int, int]:
    """(tree index, suffix) of code chunk number ``chunk``."""
    position = CODE_OFFSET + chunk
    return position >> WIDTH_BITS, position & WIDTH - 1


def chunkify(code: bytes) -> list[bytes]:
    """Code as 32-byte leaves: how many of its first bytes are push data, then 31 bytes of code.

    The last chunk is padded with zeros; no code, no chunks (EIP-6800, *Code*; SPEC 4.5).
    """
    chunks = []
    push_ends = 0  # first position after the data of the latest PUSH
    padded = code + bytes(-len(code) % CHUNK_BYTES)
    for start in range(0, len(code), CHUNK_BYTES):
        push_data = min(max(push_ends - start, 0), CHUNK_BYTES)
        chunks.append(bytes([push_data]) + padded[start : start + CHUNK_BYTES])
        position = max(start, push_ends)
        while position < start + CHUNK_BYTES:
            op = padded[position]
            position += 1
            if PUSH1 <= op <= PUSH32:
                position += op - PUSH1 + 1
                push_ends = position
    return chunks
