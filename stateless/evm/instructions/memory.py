"""Memory, storage, hashing and logs.

Source: Yellow Paper appendix H.2, 0x20, 0x50s, 0xa0s; EIP-1153, EIP-5656.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from stateless.evm.halts import Halt
from stateless.evm.instructions.environment import COPY_WORD
from stateless.evm.state import Log
from witness.keccak import keccak256

if TYPE_CHECKING:
    from stateless.evm.frame import Frame

KECCAK_WORD: Final = 6
LOG_TOPIC: Final = 375
LOG_BYTE: Final = 8


def keccak(f: Frame, s: list[int]) -> None:
    """KECCAK256 of a range of memory."""
    offset = s.pop()
    size = s[-1]
    f.charge(KECCAK_WORD * ((size + 31) >> 5))
    f.expand(offset, size)
    s[-1] = int.from_bytes(keccak256(bytes(f.memory[offset : offset + size]) if size else b""), "big")


def mload(f: Frame, s: list[int]) -> None:
    """MLOAD."""
    offset = s[-1]
    if offset + 32 > len(f.memory):
        f.expand(offset, 32)
    s[-1] = int.from_bytes(f.memory[offset : offset + 32], "big")


def mstore(f: Frame, s: list[int]) -> None:
    """MSTORE."""
    offset = s.pop()
    if offset + 32 > len(f.memory):
        f.expand(offset, 32)
    f.memory[offset : offset + 32] = s.pop().to_bytes(32, "big")


def mstore8(f: Frame, s: list[int]) -> None:
    """MSTORE8: the lowest byte."""
    offset = s.pop()
    f.expand(offset, 1)
    f.memory[offset] = s.pop() & 0xFF


def mcopy(f: Frame, s: list[int]) -> None:
    """MCOPY: ranges may overlap."""
    to, offset, size = s.pop(), s.pop(), s.pop()
    f.charge(COPY_WORD * ((size + 31) >> 5))
    f.expand(max(to, offset), size)
    if size:
        f.memory[to : to + size] = f.memory[offset : offset + size]


def msize(f: Frame, s: list[int]) -> None:
    """MSIZE."""
    s.append(len(f.memory))


def sload(f: Frame, s: list[int]) -> None:
    """SLOAD."""
    slot = s[-1]
    f.environment.policy.read_slot(f, slot)
    s[-1] = f.state.storage(f.message.target, slot)


def sstore(f: Frame, s: list[int]) -> None:
    """SSTORE. It ends its segment: its gas depends on the gas that is left."""
    slot, value = s.pop(), s.pop()
    f.environment.policy.write_slot(f, slot, value)
    forbid_static(f)
    f.state.set_storage(f.message.target, slot, value)


def tload(f: Frame, s: list[int]) -> None:
    """TLOAD."""
    s[-1] = f.state.transient(f.message.target, s[-1])


def tstore(f: Frame, s: list[int]) -> None:
    """TSTORE."""
    forbid_static(f)
    f.state.set_transient(f.message.target, s.pop(), s.pop())


def forbid_static(f: Frame) -> None:
    """Halt if the frame may not change state (EIP-214)."""
    if f.message.is_static:
        raise Halt("state change in a static call")


def log(topics: int) -> Callable[[Frame, list[int]], None]:
    """LOG0 … LOG4."""

    def operation(f: Frame, s: list[int]) -> None:
        offset, size = s.pop(), s.pop()
        hashes = tuple(s.pop().to_bytes(32, "big") for _ in range(topics))
        f.charge(LOG_TOPIC * topics + LOG_BYTE * size)
        f.expand(offset, size)
        forbid_static(f)
        f.state.logs.append(Log(f.message.target, hashes, f.read(offset, size)))

    return operation
