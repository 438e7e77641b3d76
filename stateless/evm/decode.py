"""From code bytes to segments (``stateless.evm.code``), one at a time, when control first arrives there.

PUSH takes its value, DUP and SWAP their depth, and a PUSH before a JUMP or JUMPI its destination, now and
not when they run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stateless.evm.code import CHUNK_BYTES, Code, Operation, Segment
from stateless.evm.instructions import control
from stateless.evm.table import DUP1, JUMP, JUMPDEST, JUMPI, PC, PUSH0, SWAP1, Instruction

__all__ = ["STACK_LIMIT", "decode_segment"]

STACK_LIMIT: Final = 1024
_STOP: Final = Instruction("STOP", 0, 0, 0, control.stop, "last")
_INVALID: Final = Instruction("INVALID", 0, 0, 0, control.invalid, "last")


def decode_segment(
    code: Code, start: int, instructions: Mapping[int, Instruction], *, chunked: bool = False
) -> Segment:
    """The segment that begins at ``start``; beyond the end of the code there is a STOP.

    ``chunked``: segments also end where an access is recorded and where the next instruction lies in
    another 31-byte chunk.
    """
    data = code.data
    end = len(data)
    gas = height = need = peak = 0
    operations: list[Operation] = []
    last: Operation | None = None
    pushed: int | None = None  # the value of a PUSH that stands right before
    at = start
    while True:
        opcode = data[at] if at < end else 0
        instruction = _STOP if at >= end else instructions.get(opcode, _INVALID)
        if opcode == JUMPDEST and at != start and at < end:
            break  # a jump may arrive here
        gas += instruction.gas
        need = max(need, instruction.pops - height)
        height += instruction.pushes - instruction.pops
        peak = max(peak, height)
        after = at + 1
        if PUSH0 <= opcode <= PUSH0 + 32 and instruction is not _INVALID:
            size = opcode - PUSH0
            after += size
            # push data beyond the end of the code is zeros
            value = int.from_bytes(data[at + 1 : after].ljust(size, b"\0"), "big")
            operations.append(control.push(value))
            pushed = value
        elif opcode == JUMP and pushed in code.jump_destinations:
            operations.pop()
            at = pushed
            break
        elif opcode == JUMPI:
            if pushed in code.jump_destinations:
                operations.pop()
                last = control.jumpi_to(pushed, after)
            else:
                last = control.jumpi(after)
        else:
            pushed = None
            operation = _made(opcode, at) if instruction.operation is None else instruction.operation
            if instruction.kind == "last":
                last = operation
            elif operation is not None:
                operations.append(operation)
        at = after
        if last is not None or instruction.kind == "boundary":
            break
        if chunked and (instruction.touches or at // CHUNK_BYTES != start // CHUNK_BYTES):
            break
    return Segment(gas, need, STACK_LIMIT - peak, tuple(operations), last, at)


def _made(opcode: int, at: int) -> Operation | None:
    """The operation of an opcode that decoding makes; ``None`` for JUMPDEST, which does nothing."""
    if opcode == PC:
        return control.pc(at)
    if DUP1 <= opcode < DUP1 + 16:
        return control.dup(opcode - DUP1 + 1)
    if SWAP1 <= opcode < SWAP1 + 16:
        return control.swap(opcode - SWAP1 + 1)
    return None
