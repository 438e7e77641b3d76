"""From code bytes to segments (``stateless.evm.code``), one at a time, when control first arrives there.

PUSH takes its value, and a PUSH before a JUMP or JUMPI its destination, now and not when they run; with many
other instructions a PUSH becomes one operation (``instructions.fused``). A block runs most of its code only
once, so decoding is as hot as running: what it needs of each opcode is laid out flat beforehand
(``decoding_table``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from typing import Final, NamedTuple

from stateless.evm.code import NOTHING_RECORDED, Code, Operation, Recording, Segment
from stateless.evm.instructions import control
from stateless.evm.instructions.arithmetic import iszero
from stateless.evm.instructions.fused import FUSED, push_below
from stateless.evm.table import JUMP, JUMPDEST, JUMPI, PC, PUSH0, SWAP1, Instruction
from verkle.constants import CHUNK_BYTES

__all__ = ["STACK_LIMIT", "Entry", "decode_segment", "decoding_table"]

STACK_LIMIT: Final = 1024
_STOP: Final = Instruction("STOP", 0, 0, 0, control.stop, "last")
_INVALID: Final = Instruction("INVALID", 0, 0, 0, control.invalid, "last")
_PLAIN, _PUSH, _BOUNDARY, _LAST, _JUMP, _JUMPI, _JUMPDEST, _PC = range(8)
_FORMS: Final = {JUMP: _JUMP, JUMPI: _JUMPI, JUMPDEST: _JUMPDEST, PC: _PC}
_KINDS: Final = {"plain": _PLAIN, "boundary": _BOUNDARY, "last": _LAST}
_END: Final = 256
"""Index of what stands beyond the end of the code."""


class Entry(NamedTuple):
    """What decoding does with an opcode: how (``form``), numbers of the ``Instruction``, and ``fused``, which
    makes one operation of it and the value of a PUSH before it."""

    form: int
    gas: int
    pops: int
    rise: int
    operation: Operation | None
    touches: bool
    fused: Callable[[int], Operation] | None


def decoding_table(instructions: Mapping[int, Instruction]) -> tuple[Entry, ...]:
    """An entry for each of the 256 opcodes, and one for the STOP beyond the end of the code."""
    table: list[Entry] = []
    for opcode in range(_END + 1):
        instruction = _STOP if opcode == _END else instructions.get(opcode, _INVALID)
        form = _KINDS[instruction.kind]
        if instruction is not _INVALID:
            form = _PUSH if PUSH0 <= opcode <= PUSH0 + 32 else _FORMS.get(opcode, form)
        rise = instruction.pushes - instruction.pops
        operation = instruction.operation
        fused = push_below if opcode == SWAP1 else None if operation is None else FUSED.get(operation)
        table.append(
            Entry(form, instruction.gas, instruction.pops, rise, operation, instruction.touches, fused)
        )
    return tuple(table)


def decode_segment(
    code: Code,
    start: int,
    table: Sequence[Entry],
    recording: Recording = NOTHING_RECORDED,
    paid: Set[int] = frozenset(),
) -> Segment:
    """The segment that begins at ``start``; beyond the end of the code there is a STOP.

    ``paid``: chunks beyond the first into which it may go on if they are known, since nothing of them is
    recorded any more.

    Raises:
        IncompleteError: the code is known in part, and an instruction or its push data is not.
    """
    data = code.data
    end = code.size
    touches_end, chunked, push_chunks = recording
    gas = height = need = peak = 0
    operations: list[Operation] = []
    append = operations.append
    last: Operation | None = None
    pushed: int | None = None  # the value of a PUSH that stands right before
    partial = code.chunks is not None
    if code.chunks is not None:
        code.require(start, start + 1)
        # a chunk can be paid for without being known: by the account that calls this code as its own
        paid = paid & code.chunks.keys()
    at = start
    chunk = start // CHUNK_BYTES
    while True:
        form, cost, pops, rise, operation, touches, fused = table[data[at] if at < end else _END]
        if form == _JUMPDEST and at != start:
            break  # a jump may arrive here
        gas += cost
        if pops - height > need:  # noqa: PLR1730 (a call of max costs as much as the rest of the round)
            need = pops - height
        height += rise
        if height > peak:  # noqa: PLR1730
            peak = height
        at += 1
        if form == _PUSH:
            after = at + data[at - 1] - PUSH0
            crossed = push_chunks(at - 1, after - at, end) if push_chunks is not None else ()
            if chunked and crossed:
                crossed = [each for each in crossed if each != chunk and each not in paid]
            if crossed:
                append(control.push_across(crossed, at, after - at))
                at = after
                break
            if partial:
                code.require(at, after)
            pushed = int.from_bytes(data[at:after], "big")
            if after > end:  # push data beyond the end of the code is zeros
                pushed <<= 8 * (after - end)
            append(control.push(pushed))
            at = after
        elif form == _JUMP and pushed in code.jump_destinations:
            operations.pop()
            at = pushed
            break
        elif form == _JUMPI:
            if pushed in code.jump_destinations:
                operations.pop()
                if operations and operations[-1] is iszero:
                    operations.pop()
                    last = control.jumpi_unless(pushed, at)
                else:
                    last = control.jumpi_to(pushed, at)
            else:
                last = control.jumpi(at)
            break
        elif fused is not None and pushed is not None:
            operations[-1] = fused(pushed)
            pushed = None
        else:
            pushed = None
            if form == _PC:
                operation = control.pc(at - 1)
            if form in {_LAST, _JUMP}:
                last = operation
                break
            if operation is not None:
                append(operation)
            if form == _BOUNDARY:
                break
        if touches_end and touches:
            break
        if chunked and at // CHUNK_BYTES != chunk:
            chunk = at // CHUNK_BYTES
            if chunk not in paid or at >= end:
                break
    if chunked and start == end:
        last = control.end_of_code
    begins_in = start // CHUNK_BYTES if chunked and start < end else -1
    return Segment(gas, need, STACK_LIMIT - peak, tuple(operations), last, at, begins_in)
