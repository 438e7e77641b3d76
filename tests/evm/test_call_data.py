"""What a call hands over: the caller's own memory where it is large, and the same bytes in any case."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateless.evm import frame as frames
from stateless.evm.frame import LENT_BYTES, Message
from stateless.evm.halts import Halt
from stateless.evm.interpreter import Outcome, run
from stateless.forks import FORKS
from tests.evm.machines import CONTRACT, environment, frame, message, view_of
from verkle.errors import StatelessError

CALLEE = b"\x33" * 20
LARGE = 3 * LENT_BYTES


def code_of(*parts: int | str) -> bytes:
    """Numbers are pushed, texts are opcodes in hex."""
    return b"".join(
        bytes.fromhex(part) if isinstance(part, str) else b"\x61" + part.to_bytes(2, "big") for part in parts
    )


MSTORE, CALLDATALOAD, CALLDATASIZE, CALLDATACOPY, RETURN, REVERT = "52", "35", "36", "37", "f3", "fd"
# Size, words at the beginning, across the end and beyond it, and a copy with zeros behind it; all returned.
LOOKS = code_of(
    *(CALLDATASIZE, 0, MSTORE),
    *(0, CALLDATALOAD, 32, MSTORE),
    *(5, CALLDATASIZE, "03", CALLDATALOAD, 64, MSTORE),
    *(LARGE, CALLDATALOAD, 96, MSTORE),
    *(4096, 7, 128, CALLDATACOPY),
    *(4224, 0, RETURN),
)
ALL_BACK = code_of(CALLDATASIZE, 0, 0, CALLDATACOPY, CALLDATASIZE, 0, REVERT)


def calling(size: int, opcode: str) -> bytes:
    """Fill memory; call with ``size`` bytes from 5 on; grow memory, and return it with what came back."""
    fill = [part for word in range(0, LARGE, 32) for part in (word + 1, word, MSTORE)]
    value = (0,) if opcode in {"f1", "f2"} else ()
    call = (4096, 4096, size, 5, *value, "73" + CALLEE.hex(), 0xFFFF, opcode)
    return code_of(*fill, *call, 8192, MSTORE, 1, 20_000, MSTORE, 8224, 0, RETURN)


def outcome(code: bytes, callee: bytes) -> Outcome:
    around = environment(view=view_of({CONTRACT: code, CALLEE: callee}))
    return run(message(around.state.code(CONTRACT), 10_000_000), around)


@pytest.mark.parametrize("opcode", ["f1", "f2", "f4", "fa"])
@pytest.mark.parametrize(
    "callee", [LOOKS, ALL_BACK, b"\xfe", b""], ids=["looks", "all back", "halts", "nobody"]
)
@pytest.mark.parametrize("size", [0, 1, 33, LENT_BYTES, LENT_BYTES + 1, LARGE])
def test_lent_or_copied_it_is_the_same(
    opcode: str, callee: bytes, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = calling(size, opcode)
    got = outcome(code, callee)
    assert got.succeeded
    for limit in (0, 1 << 30):
        monkeypatch.setattr(frames, "LENT_BYTES", limit)
        assert outcome(code, callee) == got


def test_large_data_is_the_memory_itself() -> None:
    """However often it is sent; it can grow again when it is given back."""
    running = frame(b"", 10_000_000)
    running.expand(0, LARGE)
    lent = running.lend(1, LARGE - 1)
    assert isinstance(lent, memoryview)
    assert lent.obj is running.memory
    with pytest.raises(BufferError):
        running.expand(0, 2 * LARGE)
    lent.release()
    running.expand(0, 2 * LARGE)
    assert isinstance(running.lend(0, LENT_BYTES), bytes)


@given(st.binary(max_size=70), st.integers(0, 100))
def test_a_word_of_call_data(data: bytes, offset: int) -> None:
    made = environment(bytes.fromhex(f"60{offset:02x}355f5260205ff3"))
    sent = Message(b"\x22" * 20, CONTRACT, CONTRACT, 0, data, 100_000, made.state.code(CONTRACT))
    assert run(sent, made).output == data[offset : offset + 32].ljust(32, b"\0")


PRECOMPILES = [
    (fork, address) for fork in ("shanghai", "osaka") for address in FORKS[fork].execution.precompiles
]


@pytest.mark.parametrize(
    ("fork", "address"), PRECOMPILES, ids=lambda part: part if isinstance(part, str) else part.hex()[-3:]
)
def test_a_precompile_takes_what_is_lent(fork: str, address: bytes) -> None:
    """The same answer, and an answer of its own; also of inputs that are too long or too short."""
    draw = random.Random(address)
    precompile = FORKS[fork].execution.precompiles[address]
    sizes = (0, 1, 96, 128, 160, 192, 193, 213, 214, 256, 257, 288, 384, 512, 2048)
    datas = [bytes(size) for size in sizes] + [draw.randbytes(size) for size in sizes]
    datas.append(bytes.fromhex(f"{1:064x}{1:064x}{1:064x}030205") + bytes(2000))

    def answer(data: bytes | memoryview, gas: int) -> object:
        try:
            used, output = precompile(data, gas)
        except (Halt, StatelessError) as error:
            return type(error), str(error)
        assert isinstance(output, bytes)
        return used, output

    for data in datas:
        for gas in (0, 10, 1_000_000):
            memory = bytearray(data)
            with memoryview(memory) as lent:
                assert answer(lent, gas) == answer(data, gas)
            memory.extend(b"\0")
