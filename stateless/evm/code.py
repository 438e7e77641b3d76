"""Code, wholly or partly known, and the straight-line segments that it is decoded into.

A segment begins where control can arrive and ends where it can leave, or where gas is looked at or an
access is recorded. Its constant gas, and how deep it reaches into the stack and above it, are known when it
is decoded, so that they are checked once for all its instructions. An exceptional halt takes all gas and
undoes all changes wherever in the segment it happens, so checking early cannot be told from checking late:
everything that *can* be told (gas left, accesses recorded for good) ends a segment.

Source: Yellow Paper 9.4; EIP-3541, EIP-3670 are not needed for legacy code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from verkle.constants import CHUNK_BYTES
from verkle.errors import IncompleteError

if TYPE_CHECKING:
    from stateless.evm.frame import Frame

__all__ = ["EMPTY_CODE", "NOTHING_RECORDED", "Code", "Operation", "Recording", "Segment", "jump_destinations"]

_LONGEST_PUSH: Final = 32
# A PUSH with its data. The lengths that compilers use most come first.
_PUSHES: Final = b"|".join(
    b"\\x%02x.{%d}" % (0x5F + size, size)
    for size in sorted(range(1, _LONGEST_PUSH + 1), key=lambda size: size not in {1, 2, 4, 20, 32})
)
# Everything up to the next JUMPDEST, which may be missing at the end. Never gives back what it took, so that
# it stays in step with the instructions.
_TO_JUMPDEST: Final = re.compile(rb"(?:[^\x5b\x60-\x7f]++|" + _PUSHES + rb")*+(\x5b)?", re.DOTALL)

Operation = Callable[["Frame", list[int]], Any]
"""One instruction: works on the frame and its stack."""


class Segment(NamedTuple):
    """Instructions that run one after the other.

    ``gas``: their constant gas. ``need``: stack items that must be there. ``room``: most items that may be
    there, so that 1024 is not passed. ``operations``: all but a last one that decides where to go on;
    ``last``: that one, returning the next program counter or a negative number (``stateless.evm.frame``);
    ``next``: where to go on if there is none. ``chunk``: the 31-byte chunk that it begins in, −1 where that
    need not be paid.
    """

    gas: int
    need: int
    room: int
    operations: tuple[Operation, ...]
    last: Operation | None
    next: int
    chunk: int


class Recording(NamedTuple):
    """What is recorded of running code, and so must end a segment.

    ``touches``: accesses to the state. ``chunks``: the 31-byte chunk that an instruction lies in.
    ``push_chunks``: the chunks that the data of a PUSH touches, of (position of the PUSH, its bytes, size of
    the code); ``None``: none.
    """

    touches: bool
    chunks: bool
    push_chunks: Callable[[int, int, int], Sequence[int]] | None


NOTHING_RECORDED: Final = Recording(False, False, None)


def jump_destinations(code: bytes) -> frozenset[int]:
    """Positions of JUMPDEST that are not push data."""
    # zeros behind, so that no PUSH lacks data; there is no JUMPDEST among them
    padded = code + bytes(_LONGEST_PUSH)
    return frozenset(match.start(1) for match in _TO_JUMPDEST.finditer(padded) if match.lastindex)


@dataclass(eq=False)
class Code:
    """The code of an account. One object is shared by all frames that run it, so it is decoded once.

    ``chunks``: those that are known, as leaves of a tree hold them (how many bytes of push data come first,
    then 31 bytes of code), by number; ``None``: all of ``data`` is known. Of code that is known in part
    ``data`` has zeros elsewhere, and whoever looks there says so first (:meth:`require`). ``place``: what an
    error about a missing chunk says beside its number. ``absent``: chunks of which it is known that the state
    lacks them.
    """

    data: bytes
    segments: dict[int, Segment] = field(default_factory=dict)
    chunks: Mapping[int, bytes] | None = None
    place: Mapping[str, object] = field(default_factory=dict)
    absent: frozenset[int] = frozenset()
    size: int = -1
    """In bytes; of code that is known in part ``data`` may end before."""

    def __post_init__(self) -> None:
        if self.size < 0:
            self.size = len(self.data)

    @classmethod
    def partly(
        cls,
        size: int,
        chunks: Mapping[int, bytes],
        place: Mapping[str, object] | None = None,
        absent: frozenset[int] = frozenset(),
    ) -> Code:
        """Code of ``size`` bytes of which these chunks are known. To be run by a policy that records chunks:
        its segments do not look beyond the chunk that they begin in."""
        data = bytearray(CHUNK_BYTES * (max(chunks, default=-1) + 1))
        for number, chunk in chunks.items():
            data[CHUNK_BYTES * number : CHUNK_BYTES * (number + 1)] = chunk[1:]
        return cls(bytes(data[:size]), chunks=chunks, place=place or {}, absent=absent, size=size)

    def require(self, start: int, stop: int) -> None:
        """Make sure that bytes ``start`` … ``stop`` − 1 are known; beyond the end everything is.

        Raises:
            IncompleteError: ``CODE_CHUNK_MISSING``, ``CODE_CHUNK_ABSENT``.
        """
        if self.chunks is None or stop <= start or start >= self.size:
            return
        for number in range(start // CHUNK_BYTES, -(-min(stop, self.size) // CHUNK_BYTES)):
            if number not in self.chunks:
                where = {**self.place, "chunk": number}
                if number in self.absent:
                    raise IncompleteError(
                        "CODE_CHUNK_ABSENT",
                        "a chunk of the code that is run or copied is absent from the state",
                        where=where,
                    )
                raise IncompleteError(
                    "CODE_CHUNK_MISSING",
                    "the witness lacks a chunk of the code that is run or copied",
                    where=where,
                )

    @cached_property
    def jump_destinations(self) -> frozenset[int]:
        """Where a jump may go; of code that is known in part, within the chunks that are."""
        if self.chunks is None:
            return jump_destinations(self.data)
        found = (
            CHUNK_BYTES * number + chunk[0] + place
            for number, chunk in self.chunks.items()
            for place in jump_destinations(chunk[1 + chunk[0] :])
        )
        # the last chunk is padded: what stands behind the code is no instruction, whatever it is
        return frozenset(at for at in found if at < self.size)


EMPTY_CODE: Final = Code(b"")
