"""Which precompiles a fork has, what the simple ones give, and that each takes all gas it is short of."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateless.evm.halts import Halt, OutOfGas
from stateless.forks import FORKS
from stateless.precompiles import address, hashes, precompiles
from stateless.secp256k1 import ORDER
from tests.stateless.transaction_samples import address as account
from tests.stateless.transaction_samples import sign

PLENTY = 10**9
OSAKA = precompiles("osaka")


def run(number: int, data: bytes, gas: int = PLENTY) -> bytes:
    return OSAKA[address(number)](data, gas)[1]


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


@pytest.mark.parametrize(
    ("fork_name", "numbers"),
    [
        ("shanghai", range(1, 10)),
        ("cancun", range(1, 11)),
        ("prague", range(1, 18)),
        ("osaka", [*range(1, 18), 0x100]),
    ],
)
def test_each_fork_has_its_own(fork_name: Any, numbers: range) -> None:
    assert list(precompiles(fork_name)) == [number.to_bytes(20, "big") for number in numbers]
    assert list(FORKS[fork_name].execution.precompiles) == list(precompiles(fork_name))


def test_only_osaka_prices_exponentiation_anew() -> None:
    data = word(1) + word(1) + word(1) + b"\2\2\5"
    assert [precompiles(name)[address(5)](data, PLENTY)[0] for name in ("cancun", "prague", "osaka")] == [
        200,
        200,
        500,
    ]


def test_no_library_is_loaded_before_a_precompile_is_called(project: Path) -> None:
    program = (
        "import sys; import stateless.precompiles as p; table = p.precompiles('osaka')\n"
        "heavy = ['py_arkworks_bls12381', 'cryptography', 'coincurve', 'blake2b', 'Crypto']\n"
        "print([name for name in heavy if name in sys.modules])\n"
        "print(table[p.address(4)](b'x', 18))"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=project, capture_output=True, check=True, text=True
    ).stdout
    assert said.splitlines() == ["[]", "(18, b'x')"]


def test_a_precompile_says_which_it_is() -> None:
    assert repr(OSAKA[address(1)]) == "<precompile ecrecover>"


# Number, input, price of that input.
PRICED = [
    (1, bytes(128), 3000),
    (1, b"", 3000),
    (2, b"", 60),
    (2, bytes(1), 72),
    (2, bytes(32), 72),
    (2, bytes(33), 84),
    (3, b"", 600),
    (3, bytes(32), 720),
    (3, bytes(65), 960),
    (4, b"", 15),
    (4, bytes(64), 21),
    (5, b"", 500),
    (6, b"", 150),
    (7, b"", 6000),
    (8, b"", 45000),
    (8, bytes(192), 79000),
    (8, bytes(384), 113000),
    (9, (12).to_bytes(4, "big") + bytes(209), 12),
    (9, bytes(213), 0),
    (0x0B, bytes(256), 375),
    (0x0C, bytes(160), 12000),
    (0x0C, bytes(320), 2 * 12000 * 949 // 1000),
    (0x0C, bytes(160 * 128), 128 * 12000 * 519 // 1000),
    (0x0C, bytes(160 * 129), 129 * 12000 * 519 // 1000),
    (0x0D, bytes(512), 600),
    (0x0E, bytes(288), 22500),
    (0x0E, bytes(288 * 3), 3 * 22500 * 923 // 1000),
    (0x0E, bytes(288 * 130), 130 * 22500 * 524 // 1000),
    (0x0F, bytes(384), 70300),
    (0x0F, bytes(768), 102900),
    (0x10, bytes(64), 5500),
    (0x11, bytes(128), 23800),
    (0x100, bytes(160), 6900),
    (0x100, b"", 6900),
]


@pytest.mark.parametrize(("number", "data", "price"), PRICED)
def test_prices(number: int, data: bytes, price: int) -> None:
    precompile = OSAKA[address(number)]
    used, output = precompile(data, price)
    assert used == price
    assert precompile(data, price + 1) == (price, output)
    if price:
        with pytest.raises(OutOfGas):
            precompile(data, price - 1)
        with pytest.raises(OutOfGas):
            precompile(data, 0)


@pytest.mark.parametrize("number", [*range(1, 18), 0x100])
@given(st.binary(max_size=800), st.integers(0, 200_000))
def test_random_input_gives_an_output_or_a_halt(number: int, data: bytes, gas: int) -> None:
    try:
        used, output = OSAKA[address(number)](data, gas)
    except Halt:
        return
    assert 0 <= used <= gas
    assert isinstance(output, bytes)


@given(st.binary(max_size=300))
def test_hashes_and_identity(data: bytes) -> None:
    assert run(2, data) == hashlib.sha256(data).digest()
    assert run(3, data) == bytes(12) + hashlib.new("ripemd160", data).digest()
    assert run(4, data) == data


RIPEMD160 = {
    b"": "9c1185a5c5e9fc54612808977ee8f548b2258d31",
    b"abc": "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc",
    b"message digest": "5d0689ef49d2fae572b881b123a85ffa21595f36",
}


@pytest.fixture
def openssl_without_ripemd(monkeypatch: pytest.MonkeyPatch) -> Any:
    def unsupported(*_: object, **__: object) -> None:
        raise ValueError("unsupported hash type ripemd160")

    monkeypatch.setattr(hashlib, "new", unsupported)
    hashes._ripemd160.cache_clear()
    yield
    hashes._ripemd160.cache_clear()


@pytest.mark.parametrize("data", RIPEMD160)
def test_ripemd160(data: bytes) -> None:
    assert run(3, data)[12:].hex() == RIPEMD160[data]


@pytest.mark.usefixtures("openssl_without_ripemd")
@pytest.mark.parametrize("data", RIPEMD160)
def test_ripemd160_where_openssl_lacks_it(data: bytes) -> None:
    assert run(3, data)[12:].hex() == RIPEMD160[data]


# The call of the state test CallEcrecover0.
RECOVERABLE = bytes.fromhex(
    "18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c"
    "000000000000000000000000000000000000000000000000000000000000001c"
    "73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75f"
    "eeb940b1d03b21e36b0e47e79769f095fe2ab855bd91e3a38756b7d75a9c4549"
)


def test_ecrecover_known_answer() -> None:
    expected = bytes(12) + bytes.fromhex("a94f5374fce5edbc8e2a8697c15331677e6ebf0b")
    assert run(1, RECOVERABLE) == expected
    assert run(1, RECOVERABLE + b"more") == expected


def test_ecrecover_takes_a_high_s() -> None:
    s = int.from_bytes(RECOVERABLE[96:], "big")
    assert s > ORDER // 2
    turned = RECOVERABLE[:32] + word(27) + RECOVERABLE[64:96] + word(ORDER - s)
    assert run(1, turned) == run(1, RECOVERABLE)


def test_ecrecover_reads_beyond_its_input_as_zeros() -> None:
    cut = RECOVERABLE[:-1] + b"\0"
    assert run(1, cut[:-1]) == run(1, cut) != run(1, RECOVERABLE)
    assert run(1, RECOVERABLE[:96]) == b""


@pytest.mark.parametrize(
    "data",
    [
        b"",
        RECOVERABLE[:32] + word(0) + RECOVERABLE[64:],
        RECOVERABLE[:32] + word(1) + RECOVERABLE[64:],
        RECOVERABLE[:32] + word(26) + RECOVERABLE[64:],
        RECOVERABLE[:32] + word(29) + RECOVERABLE[64:],
        RECOVERABLE[:32] + word(27 + 256) + RECOVERABLE[64:],
        RECOVERABLE[:32] + b"\1" + RECOVERABLE[33:],
        RECOVERABLE[:64] + word(0) + RECOVERABLE[96:],
        RECOVERABLE[:64] + word(ORDER) + RECOVERABLE[96:],
        RECOVERABLE[:64] + word(5) + RECOVERABLE[96:],
        RECOVERABLE[:96] + word(0),
        RECOVERABLE[:96] + word(ORDER),
        RECOVERABLE[:96] + b"\xff" * 32,
    ],
)
def test_ecrecover_of_what_nobody_signed_is_empty_and_no_failure(data: bytes) -> None:
    assert OSAKA[address(1)](data, 3000) == (3000, b"")


@given(st.binary(min_size=32, max_size=32), st.integers(1, ORDER - 1))
def test_ecrecover_finds_who_signed(message: bytes, key: int) -> None:
    parity, r, s = sign(message, key)
    assert run(1, message + word(27 + parity) + word(r) + word(s)) == bytes(12) + account(key)
