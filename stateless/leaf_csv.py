"""Leaves as text: a ``key,value`` row each, 32 bytes and 32 bytes in hex.

Read line by line, so that a file may be larger than memory. A first row ``key,value`` is a heading. ``0x``
may be missing, a comma may stand at the end, empty lines are passed over; all else is refused with its line.
"""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Iterator
from typing import BinaryIO, Final

from verkle.constants import KEY_BYTES
from verkle.errors import MalformedError
from verkle.leaf_sort import Row

__all__ = ["bytes32", "read_rows"]

HEADING: Final = (b"key", b"value")
LONGEST_ROW: Final = 160
"""Bytes of a line; a well-formed one has at most 136."""
_HEX_DIGITS: Final = 2 * KEY_BYTES


def read_rows(stream: BinaryIO) -> Iterator[Row]:
    """The rows of a stream, as they come; :class:`verkle.leaf_sort.SortedLeaves` finds repeated keys.

    Raises ``MalformedError``: ``CSV_ROW``, ``HEX_SYNTAX``, ``KEY_LENGTH``, ``VALUE_LENGTH``, with the line.
    """
    line = 0
    while text := stream.readline(LONGEST_ROW):
        line += 1
        if len(text) == LONGEST_ROW:
            raise _not_a_row(line)
        fields = text.rstrip(b"\r\n").split(b",")
        if len(fields) == 3 and not fields[2]:
            fields.pop()
        if len(fields) == 2:
            if line > 1 or tuple(fields) != HEADING:
                key = bytes32(fields[0], line, "KEY_LENGTH", "key")
                yield Row(key, bytes32(fields[1], line, "VALUE_LENGTH", "value"), line)
        elif fields != [b""]:
            raise _not_a_row(line)


def _not_a_row(line: int) -> MalformedError:
    return MalformedError(
        "CSV_ROW", "a row is not a key and a value with a comma between them", where={"line": line}
    )


def bytes32(field: bytes, line: int, code: str, what: str) -> bytes:
    """The 32 bytes of a field in hex, with or without 0x. ``code``: of another length; ``what``: in words.

    Raises ``MalformedError`` ``HEX_SYNTAX`` or ``code``.
    """
    digits = field[2:] if field.startswith(b"0x") else field
    try:
        data = unhexlify(digits)
    except ValueError:
        data = b""
        if len(digits) == _HEX_DIGITS or digits.strip(b"0123456789abcdefABCDEF"):
            raise MalformedError("HEX_SYNTAX", f"a {what} is not hex", where={"line": line}) from None
    if len(digits) != _HEX_DIGITS:
        raise MalformedError(
            code,
            f"a {what} has {len(digits)} hex digits instead of {_HEX_DIGITS}",
            where={"line": line},
            expected="32 bytes",
            got=f"{len(digits)} hex digits",
        )
    return data
