"""Tree keys and code chunks by definition, as SPEC 4.2, 4.3, 4.5 and 4.6.1 say it; for tests only."""

from __future__ import annotations

from tests.oracles.curve import Point, commit, map_to_field, serialise

CODE_OFFSET = 128
HEADER_STORAGE_OFFSET = 64


def _hashed_point(data: bytes) -> Point:
    padded = data.ljust(255 * 16, b"\0")
    chunks = [int.from_bytes(padded[i : i + 16], "little") for i in range(0, 255 * 16, 16)]
    return commit([2 + 256 * len(data), *chunks])


def pedersen_hash(data: bytes) -> bytes:
    """At most 4080 bytes; 32 bytes little-endian."""
    return map_to_field(_hashed_point(data)).to_bytes(32, "little")


def get_tree_key(address32: bytes, tree_index: int, sub_index: int) -> bytes:
    """The rule of Kaustinen 6, 7 and EIP-6800."""
    return pedersen_hash(address32 + tree_index.to_bytes(32, "little"))[:31] + bytes([sub_index])


def get_tree_key_reversed_point(address32: bytes, tree_index: int, sub_index: int) -> bytes:
    """The rule of Kaustinen 2 to 5: the serialised point itself, back to front."""
    point = serialise(_hashed_point(address32 + tree_index.to_bytes(32, "little")))
    return point[::-1][:31] + bytes([sub_index])


def address32(address20: bytes) -> bytes:
    return bytes(12) + address20


def storage_position(slot: int, main_storage_offset: int = 256**31) -> tuple[int, int]:
    """(tree_index, sub_index) of a storage slot."""
    return divmod(HEADER_STORAGE_OFFSET + slot if slot < 64 else main_storage_offset + slot, 256)


def code_position(chunk: int) -> tuple[int, int]:
    """(tree_index, sub_index) of a code chunk."""
    return divmod(CODE_OFFSET + chunk, 256)


def chunkify(code: bytes) -> list[bytes]:
    """31 bytes of code each, behind one byte that counts the push data they begin with."""
    code = code + bytes(-len(code) % 31)
    push_data_left = [0] * (len(code) + 33)
    at = 0
    while at < len(code):
        n = code[at] - 0x5F if 0x60 <= code[at] <= 0x7F else 0
        at += 1
        for k in range(n):
            push_data_left[at + k] = n - k
        at += n
    return [bytes([min(push_data_left[i], 31)]) + code[i : i + 31] for i in range(0, len(code), 31)]
