"""What is asked of a witness: an account, a slot, a chunk of code, a stem, or a key of the tree.

::

    0x12…ef (20 bytes)         an account                0x12…ef:7      slot 7 of it
    0x12…ef (31 bytes)         a stem                    0x12…ef (32 bytes)    a key of the tree

Numbers are decimal, or hex with 0x.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from verkle.constants import ADDRESS_BYTES, KEY_BYTES, STEM_BYTES
from witness.errors import UsageError

__all__ = ["Question", "question"]

SLOT_LIMIT: Final = 1 << 256
# A code size has three bytes; no chunk lies beyond it.
CHUNK_LIMIT: Final = (1 << 24) // 31 + 1
_NUMBER_DIGITS: Final = 80


@dataclass(frozen=True, slots=True)
class Question:
    """Exactly one of ``address`` (20 bytes) and ``key`` (31 or 32 bytes) is set; at most one of ``slot``
    and ``chunk``, which are of an account."""

    address: bytes | None = None
    key: bytes | None = None
    slot: int | None = None
    chunk: int | None = None

    @property
    def words(self) -> str:
        """What is asked for, in words."""
        if self.key is not None:
            name = "stem" if len(self.key) == STEM_BYTES else "key"
            return f"{self._part()}{name} 0x{self.key.hex()}"
        return f"{self._part()}account 0x{(self.address or b'').hex()}"

    def _part(self) -> str:
        if self.slot is not None:
            return f"slot {self.slot if self.slot < 1 << 64 else hex(self.slot)} of "
        return "" if self.chunk is None else f"code chunk {self.chunk} of "


def question(text: str, *, slot: str | None = None, chunk: str | None = None) -> Question:
    """Read what a user asks for. ``slot``, ``chunk``: numbers as text, where ``text`` has none itself.

    Raises ``UsageError`` ``QUESTION``.
    """
    subject, colon, inside = text.partition(":")
    if colon:
        if slot is not None:
            raise UsageError("QUESTION", "the slot is given twice, after the colon and by --slot")
        slot = inside
    if slot is not None and chunk is not None:
        raise UsageError("QUESTION", "a slot and a code chunk are two questions; ask for one")
    data = _bytes(subject)
    number = None if slot is None else _number(slot, "slot", SLOT_LIMIT)
    piece = None if chunk is None else _number(chunk, "chunk", CHUNK_LIMIT)
    if len(data) == ADDRESS_BYTES:
        return Question(address=data, slot=number, chunk=piece)
    if len(data) == STEM_BYTES and (slot is not None or chunk is not None):
        raise UsageError("QUESTION", "a stem has suffixes; slots and chunks are asked for by address")
    return Question(key=data, slot=number, chunk=piece)


def _bytes(text: str) -> bytes:
    digits = text.removeprefix("0x")
    try:
        data = bytes.fromhex(digits) if digits.isalnum() else None
    except ValueError:
        data = None
    if data is None:
        raise UsageError(
            "QUESTION", f"{text[:80]!a} is not hex; an address is 0x and 40 digits, a key 0x and 64"
        )
    if len(data) not in {ADDRESS_BYTES, STEM_BYTES, KEY_BYTES}:
        raise UsageError(
            "QUESTION",
            f"WHAT is an address ({ADDRESS_BYTES} bytes), a stem ({STEM_BYTES}) or a tree key ({KEY_BYTES}); "
            f"this has {len(data)}",
        )
    return data


def _number(text: str, what: str, limit: int) -> int:
    plain = text.isascii() and text.isalnum() and len(text) <= _NUMBER_DIGITS
    try:
        number = int(text, 16 if text.startswith("0x") else 10) if plain else -1
    except ValueError:
        number = -1
    if not 0 <= number < limit:
        raise UsageError("QUESTION", f"{text[:80]!a} is not the number of a {what}")
    return number
