"""Code out of 31-byte chunks of which some are at hand: where they lie, and whether they fit together.

Source: EIP-6800, *Code*; SPEC 4.5, 5.9.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from verkle.constants import CHUNK_BYTES, PUSH1, PUSH32
from verkle.embedding import chunk_position
from verkle.errors import InvalidError, MalformedError

__all__ = ["MOST_CODE", "check_chunks", "chunk_places"]

MOST_CODE: Final = 1 << 18
"""Code of more bytes is not run here; no network lets more than 24,576 be deployed."""


def chunk_places(size: int) -> list[tuple[int, int]]:
    """(tree index, suffix) of the chunks of code of ``size`` bytes, in order."""
    return [chunk_position(number) for number in range(-(-size // CHUNK_BYTES))]


def check_chunks(address: bytes, chunks: Mapping[int, bytes]) -> None:
    """Hold the leading byte of each chunk, how many of its bytes are push data, against what comes before.

    ``chunks``: by number, ascending, 32 bytes each.

    Raises:
        MalformedError: ``CODE_CHUNK_MALFORMED``: more push data than a chunk has bytes.
        InvalidError: ``CODE_CHUNK_MISFIT``: other than the chunk before it, or the beginning, says.
    """
    carry: int | None = 0  # push data that reaches beyond the chunk before; None: not known
    expected = 0
    for number, chunk in chunks.items():
        leading = chunk[0]
        where = {"account": address, "chunk": number}
        if leading > CHUNK_BYTES:
            raise MalformedError(
                "CODE_CHUNK_MALFORMED",
                "a code chunk says that more of its bytes are push data than it has",
                where=where,
                expected=f"at most {CHUNK_BYTES}",
                got=leading,
            )
        if number != expected:
            carry = None
        expected = number + 1
        if carry is not None and leading != min(carry, CHUNK_BYTES):
            raise InvalidError(
                "CODE_CHUNK_MISFIT",
                "a code chunk does not begin with as much push data as the chunk before it leaves",
                where=where,
                expected=min(carry, CHUNK_BYTES),
                got=leading,
            )
        carry = _carry(chunk, carry)


def _carry(chunk: bytes, carry: int | None) -> int | None:
    """The push data that reaches beyond a chunk, ``None`` if that cannot be told."""
    if carry is None:
        if chunk[0] == CHUNK_BYTES:
            return None  # all of it is push data, of which there may be one byte more
        carry = chunk[0]
    at = carry
    while at < CHUNK_BYTES:
        opcode = chunk[1 + at]
        at += 1
        if PUSH1 <= opcode <= PUSH32:
            at += opcode - PUSH1 + 1
    return at - CHUNK_BYTES
