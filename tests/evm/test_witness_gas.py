"""Witness gas: the log of events against its oracle, and code that is run in larger pieces once its chunks
are
paid against the same code run piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateless.evm import interpreter
from stateless.evm.access import AccessLog
from stateless.evm.code import Code
from stateless.evm.halts import OutOfGas
from stateless.evm.interpreter import Outcome, run
from stateless.evm.witness_gas import WitnessGas, chunks_of_range, pushed_chunks
from stateless.rules import RULE_SETS
from stateless.verkle_forks import verkle_fork
from stateless.witness_rules import WITNESS_COSTS, PackedRules
from tests.evm.machines import CALLER, CONTRACT, environment, message
from tests.oracles.witness_gas import Events
from verkle.constants import CHUNK_BYTES
from verkle.embedding import chunkify

RULES = RULE_SETS["kaustinen7"]
FORK = verkle_fork(RULES)

places = st.tuples(st.sampled_from([b"\1" * 20, b"\2" * 20]), st.integers(0, 2), st.integers(0, 3))


@given(
    st.lists(st.tuples(places, st.booleans(), st.sampled_from([0, 199, 200, 500, 2100, 3500, 5600, 10**6])))
)
def test_the_log_of_events_is_the_oracles(touches: list[tuple[tuple[bytes, int, int], bool, int]]) -> None:
    log, oracle = AccessLog(WITNESS_COSTS), Events()
    for place, write, available in touches:
        expected = oracle.touch(*place, write, available)
        try:
            got: int | None = (log.write if write else log.touch)(place, available)
        except OutOfGas:
            got = None
        assert got == expected
    assert set(log.leaves) == oracle.accessed_leaves
    assert {place for place, write in log.leaves.items() if write} == oracle.edited_leaves
    paid = 1900 * log.branches + 200 * log.leaves_read + 3000 * log.subtree_edits + 500 * log.chunk_edits
    paid_by_oracle = (
        1900 * len(oracle.accessed_subtrees)
        + 200 * len(oracle.accessed_leaves)
        + 3000 * len(oracle.edited_subtrees)
        + 500 * len(oracle.edited_leaves)
    )
    assert paid == paid_by_oracle


@pytest.mark.parametrize(
    ("at", "size", "code_size", "chunks"),
    [
        (0, 1, 62, []),
        (30, 1, 62, [1]),  # the data begins a chunk
        (30, 1, 31, []),  # and would, were there one
        (29, 32, 93, [1]),
        (30, 32, 93, [1, 2]),
        (30, 32, 62, [1]),
        (61, 32, 62, []),
    ],
)
def test_chunks_of_push_data(at: int, size: int, code_size: int, chunks: list[int]) -> None:
    assert list(pushed_chunks(at, size, code_size)) == chunks


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 200))
def test_chunks_of_a_copy_are_those_of_its_bytes(offset: int, size: int, code_size: int) -> None:
    touched = {at // CHUNK_BYTES for at in range(offset, offset + size) if at < code_size}
    assert list(chunks_of_range(offset, size, code_size)) == sorted(touched)


def run_witness(code: Code, gas: int) -> tuple[Outcome, Mapping[tuple[bytes, int, int], bool]]:
    around = environment(code.data)
    policy = WitnessGas(RULES, PackedRules(), frozenset(FORK.execution.precompiles))
    policy.log.begin(CALLER, CONTRACT, value=False, absent=False)
    around = around._replace(policy=policy, rules=FORK.execution)
    return run(message(code, gas), around), dict(policy.log.leaves)


# Bodies of loops: touches, memory, pushes of all sizes, jumps over something.
BODIES: list[Callable[[int], bytes]] = [
    lambda n: bytes([0x60, n % 256, 0x54, 0x50]),  # SLOAD
    lambda n: bytes([0x60, n % 256, 0x80, 0x55]),  # SSTORE
    lambda n: bytes([0x60, n % 256, 0x60, 0, 0x52]),  # MSTORE
    lambda n: bytes([0x5F + n % 33]) + bytes(n % 33) + b"\x50",  # PUSH, POP
    lambda n: bytes([0x5A, 0x50]),  # GAS
    lambda n: bytes([0x60, n % 64, 0x60, n % 96, 0x60, 0, 0x39]),  # CODECOPY
    lambda n: bytes([0x30, 0x31, 0x50]),  # BALANCE of itself
    lambda n: bytes([0x58, 0x60, 5, 0x01, 0x56, 0xFE, 0x5B]),  # PC + 5: over an INVALID to a JUMPDEST
    lambda n: bytes([0x60, n % 100, 0x56]) if n % 7 == 0 else b"\x5b",  # now and then a jump to anywhere
]
bodies = st.lists(st.tuples(st.sampled_from(BODIES), st.integers(0, 255)), min_size=1, max_size=12)


def looping(times: int, pieces: list[tuple[Callable[[int], bytes], int]]) -> bytes:
    """A counter, the pieces, and back while it is not zero."""
    body = b"".join(make(n) for make, n in pieces)
    return bytes([0x60, times, 0x5B]) + body + bytes([0x60, 1, 0x90, 0x03, 0x80, 0x60, 2, 0x57, 0])


@given(bodies, st.integers(1, 5), st.integers(0, 60_000))
def test_joined_segments_change_nothing(
    pieces: list[tuple[Callable[[int], bytes], int]], times: int, gas: int
) -> None:
    code = looping(times, pieces)
    chunks = dict(enumerate(chunkify(code)))
    joined = run_witness(Code.partly(len(code), chunks), gas)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(interpreter, "_looping", lambda frame, loops: frame.code.segments)
        assert run_witness(Code(code), gas) == joined
    assert run_witness(Code(code), gas) == joined
    touched = {suffix - 128 for _, tree_index, suffix in joined[1] if tree_index == 0 and suffix >= 128}
    # and chunks that were not paid are not needed
    known = {number: chunk for number, chunk in chunks.items() if number in touched}
    assert run_witness(Code.partly(len(code), known), gas) == joined
