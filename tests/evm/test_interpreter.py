"""Segments against one instruction at a time, on code that nobody wrote; and the limits of the machine."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stateless.evm.code import EMPTY_CODE, Code, jump_destinations
from stateless.evm.frame import MEMORY_LIMIT, memory_gas
from stateless.evm.halts import Halt, OutOfGas, Revert
from stateless.evm.interpreter import _execute, run
from tests.evm.machines import environment, frame, message, run_code
from tests.oracles.evm import BINARY, TERNARY, UNARY, Machine, memory_cost
from verkle.errors import UnsupportedError

GAS = 30_000
PLAIN = [*UNARY, *BINARY, *TERNARY, 0x0A, 0x50, 0x58, 0x59, 0x5A, 0x5B, 0x5E, *range(0x80, 0xA0)]
MEMORY = [0x51, 0x52, 0x53, 0x5E, 0xF3, 0xFD]
EDGES = [0, 1, 2, 31, 32, 33, 255, 256, 2**255 - 1, 2**255, 2**256 - 1]


def push(value: int, size: int = 0) -> bytes:
    size = max(size, (value.bit_length() + 7) // 8)
    return bytes([0x5F + size]) + value.to_bytes(size, "big")


words = st.one_of(st.sampled_from(EDGES), st.integers(0, 2**256 - 1)).map(push)
small = st.integers(0, 200).map(push)
jumps = st.tuples(st.integers(0, 120), st.sampled_from([b"\x56", b"\x57"])).map(
    lambda pair: push(pair[0], 1) + pair[1]
)
pieces = st.one_of(
    words,
    small,
    st.tuples(small, st.sampled_from(MEMORY)).map(lambda pair: pair[0] + bytes([pair[1]])),
    st.sampled_from(PLAIN).map(lambda op: bytes([op])),
    st.just(b"\x5b"),
    jumps,
    st.sampled_from([b"\x00", b"\xfe", b"\x0c", b"\x56", b"\x57", b"\x7f", b"\x61\x5b"]),
)
codes = st.lists(pieces, max_size=40).map(b"".join)


@settings(max_examples=400, deadline=None)
@given(codes | st.binary(max_size=60), st.lists(st.sampled_from(EDGES), max_size=8), st.integers(0, GAS))
@example(push(3) + b"\x56\x5b", [], 100)  # a jump right behind
@example(b"\x61\x5b", [], 100)  # push data beyond the end
@example(b"\x5b\x60\x00\x56", [], 1000)  # for ever, until the gas is gone
def test_as_one_instruction_at_a_time(code: bytes, stack: list[int], gas: int) -> None:
    if not set(code) <= KNOWN:
        code = bytes(op if op in KNOWN else 0x5B for op in code)
    _agree(code, stack, gas)


def _agree(code: bytes, stack: list[int], gas: int) -> None:
    judge = Machine(code, gas, list(stack))
    end = judge.run()
    ours = frame(code, gas)
    ours.stack[:] = stack
    outcome: str = "end"
    try:
        assert _execute(ours, {}) is None
    except Revert as revert:
        outcome, ours.output = "revert", revert.output
    except Halt:
        outcome = "halt"
    assert outcome == ("end" if end in {"stop", "return"} else end)
    if outcome != "halt":  # a halt takes all gas, and nobody sees the rest
        assert (ours.stack, ours.gas, ours.output) == (judge.stack, judge.gas, judge.output)
        assert ours.memory == judge.memory


# What the judge knows, or knows to be no instruction: the others look at state, or call.
KNOWN = {*PLAIN, *MEMORY, 0x00, 0x56, 0x57, 0xFE, 0x0C, 0x0D, 0x0E, 0x0F, *range(0x5F, 0x80), 0x21, 0xEF}


@pytest.mark.parametrize("opcode", sorted({*UNARY, *BINARY, 0x51, 0x52, 0x90, 0x57}), ids=hex)
def test_a_push_and_what_is_behind_it(opcode: int) -> None:
    """Decoding makes one operation of many such pairs; here each with operands at the edges."""
    for value in EDGES:
        for below in EDGES:
            for between in (b"", b"\x15"):  # ISZERO before PUSH and JUMPI is one operation too
                code = between + push(value) + bytes([opcode]) + b"\x5b" * 40
                for gas in (3, 60, GAS):
                    _agree(code, [7, 9, below], gas)


@given(
    st.binary(max_size=120) | st.lists(st.sampled_from([b"\x5b", b"\x60", b"\x7f", b"\x73"])).map(b"".join)
)
def test_jump_destinations(code: bytes) -> None:
    found, at = set(), 0
    while at < len(code):
        if code[at] == 0x5B:
            found.add(at)
        at += 1 + (code[at] - 0x5F if 0x60 <= code[at] <= 0x7F else 0)
    assert jump_destinations(code) == found


@pytest.mark.parametrize("conditional", [False, True])
def test_a_jump_into_push_data_is_refused(conditional: bool) -> None:
    start = push(1) if conditional else b""
    end = b"\x57" if conditional else b"\x56"
    code = start + push(len(start) + 4, 1) + end + b"\x60\x5b\x00"
    assert code[len(start) + 4] == 0x5B
    outcome = run_code(code, 1000)
    assert (outcome.gas_left, outcome.error) == (0, "jump to what is no destination")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (b"\x5f" * 1024, None),
        (b"\x5f" * 1025, "stack overflow"),
        (b"\x5f" * 1024 + b"\x50\x80", None),
        (b"\x5f" * 1024 + b"\x80", "stack overflow"),
        (b"\x50", "stack underflow"),
        (b"\x5f\x01", "stack underflow"),
        (b"\x5f" * 16 + b"\x8f", None),
        (b"\x5f" * 15 + b"\x8f", "stack underflow"),
        (b"\x5f" * 17 + b"\x9f", None),
        (b"\x5f" * 16 + b"\x9f", "stack underflow"),
        # pushed in a loop, so that each segment alone keeps to the limit
        (b"\x5b\x5f\x5f\x56", "stack overflow"),
    ],
    ids=[
        "1024",
        "1025",
        "1024 again",
        "dup",
        "pop",
        "add",
        "dup16",
        "dup16 short",
        "swap16",
        "swap16 short",
        "loop",
    ],
)
def test_the_stack_holds_1024(code: bytes, error: str | None) -> None:
    outcome = run_code(code, 100_000)
    assert outcome.error == error
    assert (outcome.gas_left == 0) == (error is not None)


def test_calls_nest_1024_deep() -> None:
    """Code that calls itself with all its gas until the depth is reached; Python's own limit is no part of
    it. Each level adds one to the child's answer and hands it back."""
    body = "6020 5f 5f 5f 5f 30 5a f1 50"  # call(gas, address(), 0, 0, 0, 0, 32)
    answer = "5f 51 6001 01 5f 52 6020 5f f3"  # return(mload(0) + 1)
    code = bytes.fromhex((body + answer).replace(" ", ""))
    # 63/64 of the gas at each level: 10 million times as much at the top as at the bottom
    outcome = run_code(code, 10**15)
    assert outcome.error is None
    assert int.from_bytes(outcome.output, "big") == 1025


@given(st.integers(0, 2000), st.integers(1, 5000))
def test_memory_gas_is_the_difference_of_totals(have: int, more: int) -> None:
    grown = have + more
    assert memory_gas(32 * have, 32 * grown) == memory_cost(grown) - memory_cost(have)
    assert memory_gas(32 * grown, 32 * have) == 0
    # a byte of a word costs the word
    assert memory_gas(32 * have, 32 * grown - 31) == memory_gas(32 * have, 32 * grown)


def test_memory_has_an_end() -> None:
    with pytest.raises(OutOfGas):
        memory_gas(0, MEMORY_LIMIT + 1)
    for code in (
        push(2**256 - 1) + b"\x51",
        push(2**64) + push(0) + b"\xf3",
        push(2**255) + push(1) + b"\xfd",
    ):
        outcome = run_code(code, 10**9)
        assert (outcome.gas_left, outcome.error) == (0, "out of gas")


def test_code_is_decoded_once() -> None:
    code = Code(b"\x5b" + push(1) * 3 + b"\x00")
    around = environment()
    first = frame(code, 100, around)
    _execute(first, {})
    segment = code.segments[0]
    _execute(frame(code, 100, around), {})
    assert code.segments[0] is segment


def test_a_precompile_gets_no_more_gas_than_may_be_charged() -> None:
    given: list[int] = []

    def precompile(_: bytes, gas: int) -> tuple[int, bytes]:
        given.append(gas)
        raise OutOfGas

    around = environment()
    plenty = message(EMPTY_CODE, 1 << 60)._replace(precompile=precompile)
    with pytest.raises(UnsupportedError) as caught:
        run(plenty, around)
    assert (caught.value.code, given) == ("STEP_BOUND", [around.meter.bound])
    # with less, it is out of gas
    assert run(plenty._replace(gas=1000), around).error == "out of gas"
    assert given[1:] == [1000]
