"""Code of which only some 31-byte chunks are known, run by the same interpreter."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateless.evm.code import Code, Recording
from stateless.evm.environment import Environment
from stateless.evm.frame import Frame, Message
from stateless.evm.interpreter import Outcome, run
from stateless.evm.policy import WarmCold
from stateless.evm.witness_gas import pushed_chunks
from tests.evm.machines import environment, message
from verkle.constants import CHUNK_BYTES
from verkle.embedding import chunkify
from verkle.errors import IncompleteError

GAS = 100_000


class Recorder(WarmCold):
    """Mainnet's prices, with every chunk that is run noted, at no cost."""

    def __init__(self) -> None:
        self.chunks: list[int] = []

    def recording(self, _: Message) -> Recording:
        return Recording(touches=True, chunks=True, push_chunks=pushed_chunks)

    def chunk(self, f: Frame, index: int) -> None:
        if not self.chunks or self.chunks[-1] != index:
            self.chunks.append(index)

    def push_chunks(self, f: Frame, chunks: Sequence[int]) -> None:
        for index in chunks:
            self.chunk(f, index)


def run_partly(code: bytes, known: set[int] | None = None) -> tuple[Outcome, list[int]]:
    chunks = {i: chunk for i, chunk in enumerate(chunkify(code)) if known is None or i in known}
    policy = Recorder()
    around: Environment = environment(code)._replace(policy=policy)
    return run(message(Code.partly(len(code), chunks), GAS), around), policy.chunks


def run_whole(code: bytes) -> Outcome:
    return run(message(Code(code), GAS), environment(code))


# PUSH1 70 JUMP, zeros, at 70: JUMPDEST PUSH1 1 PUSH1 0 MSTORE PUSH1 32 PUSH1 0 RETURN
JUMPING = bytes.fromhex("604656").ljust(70, b"\0") + bytes.fromhex("5b600160005260206000f3")


def test_only_what_is_run_must_be_known() -> None:
    outcome, chunks = run_partly(JUMPING, {0, 2})
    assert outcome == run_whole(JUMPING)
    assert chunks == [0, 2]


@pytest.mark.parametrize(("known", "missing"), [({0}, 2), ({1, 2}, 0), (set(), 0)])
def test_a_chunk_that_is_not_known_is_named(known: set[int], missing: int) -> None:
    with pytest.raises(IncompleteError) as caught:
        run_partly(JUMPING, known)
    assert (caught.value.code, caught.value.where["chunk"]) == ("CODE_CHUNK_MISSING", missing)


def test_push_data_in_the_next_chunk() -> None:
    """PUSH4 as byte 30: its data is in chunk 1."""
    code = b"\x5b" * 30 + bytes.fromhex("63000000ff") + bytes.fromhex("50 00".replace(" ", ""))
    assert run_partly(code)[0] == run_whole(code)
    with pytest.raises(IncompleteError):
        run_partly(code, {0})


@pytest.mark.parametrize(("destination", "known", "incomplete"), [(40, {0, 1}, False), (40, {0}, True)])
def test_a_jump_to_no_destination(destination: int, known: set[int], incomplete: bool) -> None:
    """An invalid jump is one only where the byte is known; JUMPDEST as push data is none."""
    code = bytes([0x60, destination, 0x56]).ljust(39, b"\0") + b"\x60\x5b" + bytes(10)
    if incomplete:
        with pytest.raises(IncompleteError):
            run_partly(code, known)
    else:
        assert run_partly(code, known)[0].error == run_whole(code).error is not None


def test_copying_needs_the_range_and_nothing_needs_nothing() -> None:
    """CODECOPY of bytes 40 … 49, then of none at 40."""
    for size, known in ((10, {0, 1}), (0, {0})):
        code = bytes([0x60, size, 0x60, 40, 0x60, 0, 0x39, 0]).ljust(93, b"\1")
        assert run_partly(code, known)[0] == run_whole(code)
    with pytest.raises(IncompleteError):
        run_partly(bytes([0x60, 10, 0x60, 40, 0x60, 0, 0x39, 0]).ljust(93, b"\1"), {0})


@given(st.binary(max_size=3 * CHUNK_BYTES))
def test_all_chunks_are_the_whole_code(code: bytes) -> None:
    partly = Code.partly(len(code), dict(enumerate(chunkify(code))))
    assert partly.data == code
    assert partly.jump_destinations == Code(code).jump_destinations
    outcome, chunks = run_partly(code)
    assert outcome == run_whole(code)
    assert all(chunk < len(code) / CHUNK_BYTES for chunk in chunks)


def test_a_jumpdest_in_the_padding_is_none() -> None:
    """A state that was made up can have one behind the code."""
    code = bytes.fromhex("600a56").ljust(9, b"\0")
    chunk = b"\0" + code.ljust(10, b"\0") + b"\x5b" + bytes(20)
    assert Code.partly(len(code), {0: chunk}).jump_destinations == frozenset()
    assert Code.partly(11, {0: chunk}).jump_destinations == {10}
