"""Modular exponentiation: against ``pow``, for every cut of its input, and its two prices."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stateless.evm.halts import Halt, OutOfGas
from stateless.precompiles.modexp import modexp_eip2565, modexp_eip7883, modexp_gas
from stateless.precompiles.prices import MODEXP_EIP2565, MODEXP_EIP7883
from verkle.errors import UnsupportedError

PLENTY = 10**12
BOTH = (modexp_eip2565, modexp_eip7883)


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def call(base: bytes, exponent: bytes, modulus: bytes) -> bytes:
    return word(len(base)) + word(len(exponent)) + word(len(modulus)) + base + exponent + modulus


numbers = st.binary(max_size=70)


@given(numbers, numbers, numbers)
@example(b"", b"", b"")
@example(b"", b"", b"\x05")
@example(b"\x02", b"", b"\x01")
@example(b"\x00", b"\x00", b"\x07")
@example(b"\x03", b"\x03", b"\x00\x00")
def test_is_pow(base: bytes, exponent: bytes, modulus: bytes) -> None:
    b, e, m = (int.from_bytes(part, "big") for part in (base, exponent, modulus))
    expected = (pow(b, e, m) if m else 0).to_bytes(len(modulus), "big")
    for modexp in BOTH:
        assert modexp(call(base, exponent, modulus), PLENTY)[1] == expected


@given(numbers, numbers, numbers, st.integers(0, 320), st.binary(max_size=40))
def test_beyond_the_input_all_is_zero_and_what_follows_is_ignored(
    base: bytes, exponent: bytes, modulus: bytes, cut: int, more: bytes
) -> None:
    data = call(base, exponent, modulus)
    filled = data[:cut].ljust(len(data), b"\0")
    for modexp in BOTH:
        assert modexp(data + more, PLENTY) == modexp(data, PLENTY)
        if cut >= 96:
            assert modexp(data[:cut], PLENTY) == modexp(filled, PLENTY)


def test_the_examples_of_eip_198() -> None:
    p = 2**256 - 2**32 - 977
    fermat = call(b"\3", word(p - 1), word(p))
    assert modexp_eip2565(fermat, PLENTY) == (1360, word(1))
    assert modexp_eip7883(fermat, PLENTY) == (4080, word(1))
    assert modexp_eip2565(call(b"", word(p - 1), word(p)), PLENTY) == (1360, word(0))
    shorter = word(1) + word(2) + word(32) + b"\3\xff\xff\x80"
    assert modexp_eip2565(shorter, PLENTY)[1] == word(pow(3, 0xFFFF, 2**255))


# Bytes of base and modulus, exponent, price by EIP-2565, price by EIP-7883: the cases "nagydani" of both.
PRICES = [
    (64, b"\2", 200, 500),
    (64, b"\3", 200, 500),
    (64, b"\1\0\1", 341, 2048),
    (128, b"\2", 200, 512),
    (128, b"\3", 200, 512),
    (128, b"\1\0\1", 1365, 8192),
    (256, b"\2", 341, 2048),
    (256, b"\3", 341, 2048),
    (256, b"\1\0\1", 5461, 32768),
    (512, b"\2", 1365, 8192),
    (512, b"\1\0\1", 21845, 131072),
    (1024, b"\2", 5461, 32768),
    (1024, b"\1\0\1", 87381, 524288),
]


@pytest.mark.parametrize(("length", "exponent", "old", "new"), PRICES)
def test_prices(length: int, exponent: bytes, old: int, new: int) -> None:
    data = call(b"\xff" * length, exponent, b"\xfe" * length)
    for modexp, price in zip(BOTH, (old, new), strict=True):
        assert modexp(data, price)[0] == price
        with pytest.raises(OutOfGas):
            modexp(data, price - 1)


@given(st.integers(0, 2000), st.integers(0, 2000), st.integers(0, 2000), st.binary(min_size=32, max_size=32))
def test_prices_are_the_formulas_of_the_eips(base: int, exponent: int, modulus: int, head: bytes) -> None:
    first = int.from_bytes(head[: min(32, exponent)], "big")
    words = -(-max(base, modulus) // 8)
    if exponent <= 32:
        old_count = new_count = 0 if first == 0 else first.bit_length() - 1
    else:
        # EIP-2565: exponent & (2^256 − 1) stands for the first 32 bytes
        bits = 0 if first == 0 else first.bit_length() - 1
        old_count, new_count = 8 * (exponent - 32) + bits, 16 * (exponent - 32) + bits
    old = max(200, words**2 * max(old_count, 1) // 3)
    new = max(500, (16 if max(base, modulus) <= 32 else 2 * words**2) * max(new_count, 1))
    assert modexp_gas(MODEXP_EIP2565, base, exponent, modulus, first) == old
    assert modexp_gas(MODEXP_EIP7883, base, exponent, modulus, first) == new


@pytest.mark.parametrize("place", range(3))
def test_from_osaka_on_no_operand_is_longer_than_1024_bytes(place: int) -> None:
    for length in (1025, 2**32, 2**256 - 1):
        lengths = [word(1), word(1), word(1)]
        lengths[place] = word(length)
        with pytest.raises(Halt, match="longer than 1024"):
            modexp_eip7883(b"".join(lengths), PLENTY)
    lengths = [word(0), word(0), word(0)]
    lengths[place] = word(1024)
    modexp_eip7883(b"".join(lengths), PLENTY)


def test_absurd_lengths_cost_absurd_gas_or_do_nothing() -> None:
    for lengths in ((2**256 - 1, 0, 0), (0, 0, 2**256 - 1), (1, 2**256 - 1, 1), (2**255, 2**255, 2**255)):
        with pytest.raises(OutOfGas):
            modexp_eip2565(b"".join(map(word, lengths)), PLENTY)
    # nothing to raise and nothing to divide by: the exponent is never looked at
    assert modexp_eip2565(word(0) + word(2**256 - 1) + word(0), 200) == (200, b"")


def test_a_modulus_that_only_made_up_gas_pays_for() -> None:
    """Its bytes would be put into memory, be it as zeros."""
    for modulus in (b"", b"\1"):
        with pytest.raises(UnsupportedError) as caught:
            modexp_eip2565(word(0) + word(0) + word(1 << 34) + modulus, 1 << 62)
        assert caught.value.code == "EXECUTION_MEMORY"
