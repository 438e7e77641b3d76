"""The part of CBOR that this project's files use, read strictly: one encoding for each value, and no other.

Items are unsigned integers below 2^64, byte strings, text, arrays and null. Refused: lengths and integers
that are not in their shortest form, indefinite lengths, every other kind of item (negative and big integers,
maps, tags, floats, the other simple values), text that is not UTF-8, missing and trailing bytes, deep
nesting, more items than any file has. So bytes and items correspond one to one. Reading is one pass over the
bytes; nothing is made for a length before the bytes of that length are known to be there.

Source: RFC 8949 §3, §4.2.1 (deterministic encoding).
"""

from __future__ import annotations

from typing import Final, TypeAlias, Union

from verkle.errors import MalformedError

Item: TypeAlias = Union[int, bytes, str, "list[Item]", None]

# Nothing here is deeper: file, block, withdrawals, withdrawal, integer.
MAX_DEPTH: Final = 8
# Transactions, headers, withdrawals, shapes, openings: a block of 200 million gas has under 10,000 of each.
MAX_ITEMS: Final = 1 << 20

_UNSIGNED: Final = 0
_BYTES: Final = 2
_TEXT: Final = 3
_ARRAY: Final = 4
# The argument behind the head: additional information 24 … 27 says 1, 2, 4 or 8 bytes; what fits in fewer
# must be written so.
_ARGUMENT_BYTES: Final = {24: 1, 25: 2, 26: 4, 27: 8}
_LEAST: Final = {24: 24, 25: 1 << 8, 26: 1 << 16, 27: 1 << 32}
_KINDS: Final = ("an unsigned integer", "a negative integer", "bytes", "text", "an array", "a map", "a tag")


def decode(data: bytes, offset: int = 0) -> Item:
    """The one item that ``data`` holds from ``offset`` to its end.

    Raises ``MalformedError``: ``CBOR_TRUNCATED``, ``CBOR_TRAILING_BYTES``, ``CBOR_KIND``, ``CBOR_TEXT``,
    ``CBOR_NOT_CANONICAL``, ``CBOR_TOO_DEEP``, ``CBOR_TOO_LARGE``; each with the byte offset.
    """
    root: list[Item] = []
    # Arrays that are not complete, and how many items each still lacks.
    open_arrays: list[tuple[list[Item], int]] = [(root, 1)]
    items = 0
    while open_arrays:
        array, missing = open_arrays.pop()
        if not missing:
            continue
        open_arrays.append((array, missing - 1))
        items += 1
        if items > MAX_ITEMS:
            raise _error("CBOR_TOO_LARGE", f"more than {MAX_ITEMS} items", offset)
        if data[offset : offset + 1] == b"\xf6":
            array.append(None)
            offset += 1
            continue
        start = offset
        kind, argument, offset = head(data, start)
        if kind == _UNSIGNED:
            array.append(argument)
        elif kind == _ARRAY:
            # Each item has a byte at least.
            if argument > len(data) - offset:
                raise _error("CBOR_TRUNCATED", f"an array of {argument} items runs beyond the end", start)
            if len(open_arrays) > MAX_DEPTH:
                raise _error("CBOR_TOO_DEEP", f"arrays nested deeper than {MAX_DEPTH}", start)
            children: list[Item] = []
            array.append(children)
            open_arrays.append((children, argument))
        elif kind in (_BYTES, _TEXT):
            if argument > len(data) - offset:
                raise _error(
                    "CBOR_TRUNCATED", f"{_KINDS[kind]} of {argument} bytes runs beyond the end", start
                )
            string = data[offset : offset + argument]
            array.append(string if kind == _BYTES else _text(string, start))
            offset += argument
        else:
            raise kind_error(data, start)
    if offset != len(data):
        raise _error("CBOR_TRAILING_BYTES", f"{len(data) - offset} bytes follow the item", offset)
    return root[0]


def head(data: bytes, offset: int) -> tuple[int, int, int]:
    """Major type, argument and the offset behind them of the item at ``offset``.

    Raises as ``decode`` does, ``CBOR_KIND`` for floats and simple values.
    """
    if offset >= len(data):
        raise _error("CBOR_TRUNCATED", "an item is missing", offset)
    kind, information = data[offset] >> 5, data[offset] & 31
    if kind == 7:
        raise kind_error(data, offset)
    if information < 24:
        return kind, information, offset + 1
    if information == 31:
        raise _error("CBOR_NOT_CANONICAL", "a length is indefinite", offset)
    if information > 27:
        raise _error("CBOR_KIND", f"the first byte {data[offset]:#04x} is reserved", offset)
    end = offset + 1 + _ARGUMENT_BYTES[information]
    if end > len(data):
        raise _error("CBOR_TRUNCATED", "the input ends within an item's head", offset)
    argument = int.from_bytes(data[offset + 1 : end], "big")
    if argument < _LEAST[information]:
        raise _error("CBOR_NOT_CANONICAL", "a length or integer is not in its shortest form", offset)
    return kind, argument, end


def kind_error(data: bytes, offset: int) -> MalformedError:
    """The refusal of an item that these files do not use."""
    kind = data[offset] >> 5
    what = "a float or simple value" if kind == 7 else _KINDS[kind]
    return _error("CBOR_KIND", f"{what} has no place here", offset)


def _text(string: bytes, offset: int) -> str:
    try:
        return string.decode("utf-8")
    except UnicodeDecodeError:
        raise _error("CBOR_TEXT", "a text is not UTF-8", offset) from None


def _error(code: str, what: str, offset: int) -> MalformedError:
    return MalformedError(code, f"not valid CBOR: {what} (at byte {offset})", where={"offset": offset})
