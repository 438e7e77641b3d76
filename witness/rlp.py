"""Recursive Length Prefix, strict: one encoding for each value, and no other is read.

An item is a byte string or a list of items. Refused: a length with leading zeros, a long form where the
short one fits, a prefix before a single byte below 0x80, missing or trailing bytes, deep nesting, more
items than any block has. Reading is one pass without recursion or copies of the rest, so its cost is linear
in the input whatever the input is.

Source: Ethereum yellow paper, appendix B.
"""

from __future__ import annotations

from typing import Final, TypeAlias, Union

from verkle.errors import MalformedError

Item: TypeAlias = Union[bytes, "list[Item]"]

FIRST_LIST_BYTE: Final = 0xC0
"""From here on a first byte is that of a list; EIP-2718 leaves 0x00 … 0x7f for types of transactions."""

# The deepest honest structure: block, transactions, transaction, access list, entry, keys.
MAX_DEPTH: Final = 16
# A block of 10 MiB (EIP-7934) has at most some 300,000 access-list keys of 33 bytes.
MAX_ITEMS: Final = 2_000_000


def decode(data: bytes, where: str = "") -> Item:
    """The one item that ``data`` encodes, whole. ``where`` names the place of ``data`` for errors.

    Raises ``MalformedError``: ``RLP_TRUNCATED``, ``RLP_TRAILING_BYTES``, ``RLP_NOT_CANONICAL``,
    ``RLP_TOO_DEEP``, ``RLP_TOO_LARGE``; each with the byte offset.
    """
    root: list[Item] = []
    open_lists: list[tuple[list[Item], int]] = [(root, len(data))]
    offset = 0
    count = 0
    while open_lists:
        items, end = open_lists[-1]
        if offset == end and (len(open_lists) > 1 or root):
            open_lists.pop()
            continue
        if len(open_lists) == 1 and root:
            raise _error("RLP_TRAILING_BYTES", f"{end - offset} bytes follow the item", offset, where)

        start, stop, is_list = _span(data, offset, end, where)
        count += 1
        if count > MAX_ITEMS:
            raise _error("RLP_TOO_LARGE", f"more than {MAX_ITEMS} items", offset, where)
        if is_list:
            # The item at the top is at depth 1; open_lists already holds the root's own frame.
            if len(open_lists) > MAX_DEPTH:
                raise _error("RLP_TOO_DEEP", f"lists nested deeper than {MAX_DEPTH}", offset, where)
            children: list[Item] = []
            items.append(children)
            open_lists.append((children, stop))
            offset = start
        else:
            items.append(data[start:stop])
            offset = stop
    return root[0]


def _span(data: bytes, offset: int, end: int, where: str) -> tuple[int, int, bool]:
    """Start and end of the payload of the item at ``offset``, which must end by ``end``; is it a list?"""
    if offset >= end:
        raise _error("RLP_TRUNCATED", "an item is missing", offset, where)
    prefix = data[offset]
    if prefix < 0x80:
        return offset, offset + 1, False
    is_list = prefix >= FIRST_LIST_BYTE
    short = prefix - (FIRST_LIST_BYTE if is_list else 0x80)
    if short < 56:
        start, length = offset + 1, short
    else:
        start = offset + 1 + short - 55
        if start > end:
            raise _error("RLP_TRUNCATED", "a length runs beyond the end", offset, where)
        length = int.from_bytes(data[offset + 1 : start], "big")
        if data[offset + 1] == 0 or length < 56:
            raise _error("RLP_NOT_CANONICAL", "a length is not in its shortest form", offset, where)
    stop = start + length
    if stop > end:
        raise _error("RLP_TRUNCATED", f"an item ends {stop - end} bytes beyond its container", offset, where)
    if not is_list and length == 1 and data[start] < 0x80:
        raise _error("RLP_NOT_CANONICAL", "a byte below 0x80 needs no prefix", offset, where)
    return start, stop, is_list


def encode(item: Item) -> bytes:
    """The encoding of ``item``: ``decode(encode(item)) == item``."""
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        return _prefix(0x80, len(item)) + item
    payload = b"".join([encode(part) for part in item])
    return _prefix(FIRST_LIST_BYTE, len(payload)) + payload


def encode_integer(value: int) -> bytes:
    """The byte string that stands for ``value`` (0 or more): big-endian, no leading zeros, zero is empty.
    It is the item, not yet its encoding."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def _prefix(base: int, length: int) -> bytes:
    if length < 56:
        return bytes((base + length,))
    size = encode_integer(length)
    return bytes((base + 55 + len(size),)) + size


def _error(code: str, what: str, offset: int, where: str) -> MalformedError:
    place: dict[str, object] = {"path": where} if where else {}
    return MalformedError(code, f"not valid RLP: {what} (at byte {offset})", where=place | {"offset": offset})
