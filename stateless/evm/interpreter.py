"""Run a message to its end. Calls do not recurse: waiting frames stand in a list, so Python's own limit
plays no part in the depth of 1,024.

Source: Yellow Paper 9.4; EELS ``vm/interpreter.py`` for the order of steps in a creation.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from stateless.evm.code import Code, Recording, Segment
from stateless.evm.decode import decode_segment
from stateless.evm.environment import Environment, Precompile
from stateless.evm.frame import WAIT, Frame, Message
from stateless.evm.halts import Halt, KeepGas, OutOfGas, Revert
from stateless.evm.meter import Meter, check_memory
from verkle.constants import CHUNK_BYTES

__all__ = ["Outcome", "run"]

EOF_BYTE: Final = 0xEF


_Loops = dict[tuple[int, int], tuple[Code, dict[int, Segment]]]
"""Segments by the numbers of a code and of its set of paid chunks; the code is kept beside them so that its
number stays its own."""


class Outcome(NamedTuple):
    """How a message ended. ``error``: why it failed, for people; ``None`` if it succeeded."""

    gas_left: int
    output: bytes
    error: str | None
    reverted: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether its changes stand."""
        return self.error is None


def run(message: Message, environment: Environment) -> Outcome:
    """Run a message and all that it calls; the state keeps its changes if it succeeds."""
    waiting: list[Frame] = []
    loops: _Loops = {}
    held = 0  # bytes of memory of those that wait
    meter = environment.meter
    meter.begin(message.gas)
    frame, outcome = _begin(message, environment)
    while True:
        if frame is not None:
            try:
                child = _execute(frame, loops)
            except Revert as revert:
                outcome = Outcome(frame.gas, revert.output, "reverted", reverted=True)
            except Halt as halt:
                meter.forfeit(frame.gas)
                outcome = Outcome(0, b"", halt.reason)
            else:
                if child is not None:
                    waiting.append(frame)
                    meter.parked += frame.gas
                    held += len(frame.memory)
                    check_memory(held)
                    frame, outcome = _begin(child, environment)
                    continue
                outcome = Outcome(frame.gas, frame.output, None)
            if frame.message.is_create and outcome.succeeded:
                gas = outcome.gas_left
                outcome = _deploy(frame, outcome)
                if not outcome.succeeded:
                    meter.forfeit(gas - outcome.gas_left)
            if not outcome.succeeded:
                environment.state.revert(frame.snapshot)
        if not waiting:
            meter.end(outcome.gas_left)
            return outcome
        frame = waiting.pop()
        meter.parked -= frame.gas
        held -= len(frame.memory)
        _resume(frame, outcome)


def _begin(message: Message, environment: Environment) -> tuple[Frame | None, Outcome]:
    """Move the value, then give the frame to run, or the outcome if there is nothing to run."""
    state = environment.state
    snapshot = state.snapshot()
    if message.is_create:
        state.create(message.target)
    try:
        gas = environment.policy.enter(message, environment)
    except Halt as halt:
        state.revert(snapshot)
        environment.meter.forfeit(message.gas)
        return None, Outcome(0, b"", halt.reason)
    if gas != message.gas:
        message = message._replace(gas=gas)
    if message.value and message.transfers_value:
        state.transfer(message.caller, message.target, message.value)
    elif message.precompile is None:
        state.touch(message.target)
    if message.precompile is not None:
        try:
            used, output = _precompiled(message.precompile, message, environment.meter)
        except Halt as halt:
            state.revert(snapshot)
            environment.meter.forfeit(message.gas)
            return None, Outcome(0, b"", halt.reason)
        return None, Outcome(message.gas - used, output, None)
    if not message.code.size and not message.is_create:
        return None, Outcome(message.gas, b"", None)
    return Frame(message, environment, snapshot), Outcome(0, b"", None)


def _precompiled(precompile: Precompile, message: Message, meter: Meter) -> tuple[int, bytes]:
    """Gas used and output of a precompile, which gets no more gas than may be charged here: it could not be
    stopped."""
    gas = max(0, min(message.gas, message.gas - meter.floor()))
    try:
        return precompile(message.data, gas)
    except OutOfGas:
        if gas < message.gas:
            meter.check(message.gas - gas - 1)
        raise


def _execute(frame: Frame, loops: _Loops) -> Message | None:
    """Run until the frame ends (``None``) or a child must run first."""
    stack = frame.stack
    segments = frame.code.segments
    recording = frame.environment.policy.recording(frame.message)
    chunks = frame.chunks
    chunked = recording.chunks
    floor = max(0, frame.environment.meter.floor())
    pc = frame.pc
    while True:
        segment = segments.get(pc)
        if segment is None:
            segment = _segment(frame, recording, pc, segments)
            floor = max(0, frame.environment.meter.floor())
        cost, need, room, operations, last, after, chunk = segment
        if chunk >= 0 and chunk not in chunks:
            frame.environment.policy.chunk(frame, chunk)
            floor = max(0, frame.environment.meter.floor())
        gas = frame.gas - cost
        if gas < floor:
            if gas < 0:
                raise OutOfGas
            frame.environment.meter.check(gas)
        frame.gas = gas
        if not need <= len(stack) <= room:
            raise Halt("stack underflow" if len(stack) < need else "stack overflow")
        for operation in operations:
            operation(frame, stack)
        if last is None:
            if chunked and after < pc:
                segments = _looping(frame, loops)
                chunked = False
            pc = after
            continue
        frame.pc = after
        pc = last(frame, stack)
        if pc < 0:
            return frame.child if pc == WAIT else None
        if chunked and pc < after:
            segments = _looping(frame, loops)
            chunked = False


def _segment(frame: Frame, recording: Recording, pc: int, segments: dict[int, Segment]) -> Segment:
    """The segment at ``pc``, met for the first time: in the code, or in a loop."""
    code = frame.code
    if recording.chunks and pc < code.size and pc // CHUNK_BYTES not in frame.chunks:
        # before decoding, which needs the chunk: one that cannot be paid is not in the witness
        frame.environment.policy.chunk(frame, pc // CHUNK_BYTES)
    paid = frozenset() if segments is code.segments else frame.chunks
    segment = segments[pc] = decode_segment(code, pc, frame.environment.rules.table, recording, paid)
    return segment


def _looping(frame: Frame, loops: _Loops) -> dict[int, Segment]:
    """Where chunks are recorded, the segments for code that runs again: joined over all chunks that are paid.

    A set of segments serves one code and one set of paid chunks, in one transaction.
    """
    return loops.setdefault((id(frame.code), id(frame.chunks)), (frame.code, {}))[1]


def _deploy(frame: Frame, outcome: Outcome) -> Outcome:
    """Put the output of initcode in place as code, or fail (EIP-3541, EIP-170)."""
    code = outcome.output
    if code[:1] == bytes([EOF_BYTE]):
        return Outcome(0, b"", "code begins with 0xEF")
    if len(code) > frame.environment.rules.code_limit:
        return Outcome(0, b"", "code over the limit")
    try:
        left = frame.environment.policy.deploy(frame.message, code, outcome.gas_left)
    except Halt as halt:
        return Outcome(0, b"", halt.reason)
    except KeepGas as kept:
        return Outcome(kept.gas, b"", "out of gas")
    frame.state.set_code(frame.message.target, code)
    return Outcome(left, b"", None)


def _resume(frame: Frame, outcome: Outcome) -> None:
    """Give a waiting frame what its child left: gas, output, success."""
    child = frame.child
    frame.child = None
    if child is not None and isinstance(child.data, memoryview):
        child.data.release()
    frame.give(outcome.gas_left)
    if child is not None and child.is_create:
        # a creation leaves return data only when it reverts
        frame.return_data = outcome.output if outcome.reverted else b""
        frame.stack.append(int.from_bytes(child.target, "big") if outcome.succeeded else 0)
        return
    frame.return_data = outcome.output
    out, out_size = frame.output_to
    size = min(out_size, len(outcome.output))
    if size:
        frame.memory[out : out + size] = outcome.output[:size]
    frame.stack.append(1 if outcome.succeeded else 0)
