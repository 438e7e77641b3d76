"""Keccak-256: fixed answers, and the same from every backend."""

from __future__ import annotations

import hashlib
import importlib
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from witness import keccak, keccak_plain


@pytest.mark.parametrize(
    ("data", "digest"),
    [
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
        (b"\x80", "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"),
        (b"\xc0", "1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"),
    ],
)
def test_known_answers(data: bytes, digest: str) -> None:
    assert keccak.keccak256(data).hex() == digest


LENGTHS = [0, 1, 31, 32, 134, 135, 136, 137, 271, 272, 273, 1000]


@pytest.mark.parametrize("length", LENGTHS)
def test_plain_python_agrees_at_the_edges_of_blocks(length: int) -> None:
    data = bytes(i * 7 % 256 for i in range(length))
    assert keccak_plain.keccak256(data) == keccak.keccak256(data)


@given(st.binary(max_size=300))
def test_plain_python_agrees(data: bytes) -> None:
    assert keccak_plain.keccak256(data) == keccak.keccak256(data)


def test_plain_python_permutes_as_sha3_does() -> None:
    """Another function with the same permutation, by another hand: sha3_256 differs in the padding alone."""
    for length in LENGTHS:
        data = bytes(length)
        padding = bytearray(keccak_plain.RATE - length % keccak_plain.RATE)
        padding[0] = 0x06
        padding[-1] |= 0x80
        assert keccak_plain.sponge(data + padding) == hashlib.sha3_256(data).digest()


def test_is_not_sha3() -> None:
    assert keccak.keccak256(b"abc") != hashlib.sha3_256(b"abc").digest()


@given(st.binary(max_size=300))
def test_both_backends_agree(data: bytes) -> None:
    pycryptodome = pytest.importorskip("Crypto.Hash.keccak", reason="pycryptodome is not installed")
    assert keccak.keccak256(data) == pycryptodome.new(digest_bits=256, data=data).digest()


@pytest.mark.parametrize(
    ("missing", "name"),
    [(("sha3",), "pycryptodome"), (("sha3", "Crypto.Hash.keccak", "Crypto.Hash"), "plain Python")],
    ids=str,
)
def test_falls_back_where_the_first_choices_are_missing(
    monkeypatch: pytest.MonkeyPatch, missing: tuple[str, ...], name: str
) -> None:
    if name == "pycryptodome":
        pytest.importorskip("Crypto.Hash.keccak", reason="pycryptodome is not installed")
    for module in missing:
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setattr(sys.modules["witness"], "keccak", keccak)  # put back in the end, after the import
    monkeypatch.delitem(sys.modules, "witness.keccak")
    fallback = importlib.import_module("witness.keccak")
    assert name == fallback.KECCAK_BACKEND
    assert fallback.keccak256(b"abc") == keccak.keccak256(b"abc")
