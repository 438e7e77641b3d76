"""Keccak-256: fixed answers, and the same from both backends."""

from __future__ import annotations

import hashlib
import importlib
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from witness import keccak


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


def test_is_not_sha3() -> None:
    assert keccak.keccak256(b"abc") != hashlib.sha3_256(b"abc").digest()


@given(st.binary(max_size=300))
def test_both_backends_agree(data: bytes) -> None:
    pycryptodome = pytest.importorskip("Crypto.Hash.keccak", reason="pycryptodome is not installed")
    assert keccak.keccak256(data) == pycryptodome.new(digest_bits=256, data=data).digest()


def test_falls_back_where_the_first_choice_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("Crypto.Hash.keccak", reason="pycryptodome is not installed")
    monkeypatch.setitem(sys.modules, "sha3", None)
    monkeypatch.delitem(sys.modules, "witness.keccak")
    fallback = importlib.import_module("witness.keccak")
    assert fallback.KECCAK_BACKEND == "pycryptodome"
    assert fallback.keccak256(b"abc") == keccak.keccak256(b"abc")
    monkeypatch.setattr(sys.modules["witness"], "keccak", keccak)
