"""BLAKE2's compression function: the EIP's vectors, ``hashlib`` as the judge, both ways alike."""

from __future__ import annotations

import hashlib
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateless.evm.halts import Halt, OutOfGas
from stateless.precompiles import blake2f as module
from stateless.precompiles.blake2f import blake2f, compress_plain

# The state after BLAKE2b's parameters, the block "abc", offset 3, last block: EIP-152, test vector 5.
STATE = bytes.fromhex(
    "48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5"
    "d182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e1319cde05b"
)
ABC = STATE + b"abc".ljust(128, b"\0") + (3).to_bytes(16, "little")


def call(rounds: int, rest: bytes, final: int = 1) -> bytes:
    return rounds.to_bytes(4, "big") + rest + bytes([final])


# Test vectors 4 to 7: rounds, whether it is the last block, the new state.
VECTORS = {
    (0, 1): "08c9bcf367e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5"
    "d282e6ad7f520e511f6c3e2b8c68059b9442be0454267ce079217e1319cde05b",
    (12, 1): "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
    "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
    (12, 0): "75ab69d3190a562c51aef8d88f1c2775876944407270c42c9844252c26d28752"
    "98743e7f6d5ea2f2d3e8d226039cd31b4e426ac4f2d3d666a610c2116fde4735",
    (1, 1): "b63a380cb2897d521994a85234ee2c181b5f844d2c624c002677e9703449d2fb"
    "a551b3a8333bcdf5f2f7e08993d53923de3d64fcc68c034e717b9293fed7a421",
}


@pytest.mark.parametrize(("rounds", "final"), VECTORS)
def test_vectors_of_the_eip(rounds: int, final: int) -> None:
    data = call(rounds, ABC, final)
    assert blake2f(data, rounds) == (rounds, bytes.fromhex(VECTORS[rounds, final]))
    assert compress_plain(data).hex() == VECTORS[rounds, final]


@given(st.integers(0, 40), st.binary(min_size=208, max_size=208), st.integers(0, 1))
def test_both_ways_agree(rounds: int, rest: bytes, final: int) -> None:
    data = call(rounds, rest, final)
    assert blake2f(data, 40) == (rounds, compress_plain(data))


@given(st.binary(max_size=400))
def test_as_hashlib(message: bytes) -> None:
    blocks = [message[i : i + 128] for i in range(0, len(message), 128)] or [b""]
    for compress in (compress_plain, lambda data: blake2f(data, 12)[1]):
        state, offset = STATE, 0
        for i, block in enumerate(blocks):
            offset += len(block)
            rest = state + block.ljust(128, b"\0") + offset.to_bytes(16, "little")
            state = compress(call(12, rest, int(i == len(blocks) - 1)))
        assert state == hashlib.blake2b(message).digest()


@pytest.mark.parametrize("length", [0, 1, 212, 214, 426])
def test_length(length: int) -> None:
    with pytest.raises(Halt):
        blake2f((call(1, ABC) * 2)[:length], 100)


@pytest.mark.parametrize("final", [2, 3, 128, 255])
def test_final_flag(final: int) -> None:
    with pytest.raises(Halt, match="final flag"):
        blake2f(call(12, ABC, final), 100)


def test_a_round_costs_one_gas_and_is_paid_for_before_it_is_done() -> None:
    with pytest.raises(OutOfGas):
        blake2f(call(12, ABC), 11)
    with pytest.raises(OutOfGas):
        blake2f(call(2**32 - 1, ABC), 2**32 - 2)


def test_plain_integers_take_over_where_the_library_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "blake2b", None)
    module._compression.cache_clear()
    try:
        assert module.backend() == "plain integers"
        assert blake2f(call(12, ABC), 12)[1].hex() == VECTORS[12, 1]
    finally:
        module._compression.cache_clear()
