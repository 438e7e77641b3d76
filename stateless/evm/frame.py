"""A frame: one running piece of code with its stack, memory and gas; and the message that started it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from stateless.evm.code import Code
from stateless.evm.halts import OutOfGas
from stateless.evm.meter import GAS_RANGE, check_memory

if TYPE_CHECKING:
    from stateless.evm.environment import Environment, Precompile
    from stateless.evm.state import Snapshot

__all__ = ["DONE", "WAIT", "CallKind", "Frame", "Message", "memory_gas"]

DONE: Final = -1
"""Returned by a segment's last operation: the frame has ended, its output is set."""
WAIT: Final = -2
"""Likewise: a child frame must run first; it stands in ``frame.child``."""

MEMORY_WORD: Final = 3
MEMORY_QUADRATIC: Final = 512
LENT_BYTES: Final = 1024
"""Call data beyond this is not copied: a call pays nothing for the size of its input, however often it sends
the same megabytes."""
MEMORY_LIMIT: Final = (1 << 37) - 32
"""Beyond this the gas formula overflows in the client and no gas suffices."""


CallKind = Literal["call", "callcode", "delegatecall", "staticcall"]


class Message(NamedTuple):
    """What a transaction, a call or a creation asks for.

    ``target`` is the account whose storage is used, ``code_address`` the one whose code is run (they differ
    for CALLCODE, DELEGATECALL and delegated accounts). ``is_create``: ``code`` is initcode and ``target``
    the account that is to be. ``data`` may be the caller's own memory, which waits meanwhile.
    """

    caller: bytes
    target: bytes
    code_address: bytes
    value: int
    data: bytes | memoryview
    gas: int
    code: Code
    depth: int = 0
    is_create: bool = False
    is_static: bool = False
    transfers_value: bool = True
    """False for CALLCODE, which pays itself, and for DELEGATECALL, whose value is its parent's."""
    kind: CallKind = "call"
    precompile: Precompile | None = None


class Frame:
    """The running state of one message. Stack items are ints in [0, 2^256)."""

    __slots__ = (
        "child",
        "chunks",
        "code",
        "environment",
        "gas",
        "memory",
        "message",
        "output",
        "output_to",
        "pc",
        "return_data",
        "snapshot",
        "stack",
        "state",
    )

    def __init__(self, message: Message, environment: Environment, snapshot: Snapshot) -> None:
        self.message = message
        self.environment = environment
        self.state = environment.state
        self.code = message.code
        self.gas = message.gas
        self.pc = 0
        self.stack: list[int] = []
        self.memory = bytearray()
        self.return_data = b""
        self.output = b""
        self.child: Message | None = None
        self.output_to = (0, 0)
        self.snapshot = snapshot
        # the chunks of the code that the transaction has paid for already
        self.chunks = environment.policy.paid_chunks(message)

    def charge(self, amount: int) -> None:
        """Take gas.

        Raises:
            OutOfGas: there is less.
        """
        left = self.gas - amount
        if left < 0:
            raise OutOfGas
        self.gas = left

    def subtract(self, amount: int) -> None:
        """Take gas without a look at what there is, modulo 2^64 (networks before Kaustinen-7)."""
        self.gas -= amount
        if self.gas < 0:
            self.gas += GAS_RANGE
            self.environment.meter.wrap()

    def give(self, amount: int) -> None:
        """Add gas that a child left, modulo 2^64: a child whose gas has wrapped returns nearly that much."""
        self.gas += amount
        if self.gas >= GAS_RANGE:
            self.gas -= GAS_RANGE
            self.environment.meter.unwrap()

    def expand(self, offset: int, size: int) -> None:
        """Pay for and add the memory that a range touches."""
        if size:
            end = offset + size
            if end > len(self.memory):
                self.charge(memory_gas(len(self.memory), end))
                self.grow(end)

    def grow(self, end: int) -> None:
        """Add memory that is paid for, so that byte ``end`` − 1 is in it."""
        if end > len(self.memory):
            check_memory(end)
            self.memory.extend(bytes((end + 31 & -32) - len(self.memory)))

    def read(self, offset: int, size: int) -> bytes:
        """Memory that :meth:`expand` has made sure of."""
        return bytes(self.memory[offset : offset + size])

    def lend(self, offset: int, size: int) -> bytes | memoryview:
        """Likewise, for a child. Memory cannot grow until what is lent is released."""
        if size <= LENT_BYTES:
            return bytes(self.memory[offset : offset + size])
        return memoryview(self.memory)[offset : offset + size]


def memory_gas(have: int, end: int) -> int:
    """Gas for growing memory from ``have`` bytes (a multiple of 32) so that byte ``end`` − 1 is in it.

    Raises:
        OutOfGas: more than any gas pays for.
    """
    if end <= have:
        return 0
    if end > MEMORY_LIMIT:
        raise OutOfGas
    words, before = (end + 31) >> 5, have >> 5
    return (
        MEMORY_WORD * (words - before)
        + words * words // MEMORY_QUADRATIC
        - before * before // MEMORY_QUADRATIC
    )
