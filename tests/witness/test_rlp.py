"""RLP against the library of the executable specification, against others' vectors, and for its limits."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from ethereum_rlp import rlp as oracle
from ethereum_rlp.exceptions import DecodingError
from hypothesis import example, given
from hypothesis import strategies as st

from verkle.errors import MalformedError
from witness.rlp import MAX_DEPTH, MAX_ITEMS, Item, decode, encode, encode_integer

items = st.recursive(
    st.binary(max_size=80), lambda children: st.lists(children, max_size=6), max_leaves=20
)  # fmt: skip


def thawed(item: Any) -> Any:
    return bytes(item) if isinstance(item, bytes | bytearray) else [thawed(part) for part in item]


@given(items)
@example([])
@example([[]])
@example(b"\x7f")
@example(b"\x80")
@example(bytes(55))
@example(bytes(56))
@example([bytes(300)] * 300)
def test_round_trip_as_the_oracle(item: Item) -> None:
    data = encode(item)
    assert data == oracle.encode(item)
    assert decode(data) == item == thawed(oracle.decode(data))


# Bytes that are likely to be prefixes, so that random strings reach beyond the first.
prefixes = st.sampled_from(
    [0x00, 0x7F, 0x80, 0x81, 0x82, 0xB7, 0xB8, 0xB9, 0xBF, 0xC0, 0xC1, 0xC2, 0xC3, 0xF7, 0xF8, 0xF9, 0xFF]
)


@given(st.lists(st.one_of(prefixes, st.integers(0, 255)), max_size=80).map(bytes))
@example(b"")
@example(b"\xb8")
@example(b"\xf8")
@example(b"\xbf" + b"\xff" * 8)
@example(b"\xc1\x81\x00")
def test_refuses_what_the_oracle_refuses(data: bytes) -> None:
    try:
        expected = thawed(oracle.decode(data))
    except (DecodingError, IndexError):
        with pytest.raises(MalformedError) as caught:
            decode(data)
        assert caught.value.code.startswith("RLP_")
    else:
        assert decode(data) == expected


@pytest.mark.parametrize(
    ("data", "code", "offset"),
    [
        ("", "RLP_TRUNCATED", 0),
        ("83646f", "RLP_TRUNCATED", 0),
        ("b8", "RLP_TRUNCATED", 0),
        ("f90400", "RLP_TRUNCATED", 0),
        ("c3c281", "RLP_TRUNCATED", 0),
        ("c3c28101", "RLP_NOT_CANONICAL", 2),
        ("c2c281", "RLP_TRUNCATED", 1),
        ("bfffffffffffffffff", "RLP_TRUNCATED", 0),
        ("8100", "RLP_NOT_CANONICAL", 0),
        ("b800", "RLP_NOT_CANONICAL", 0),
        ("b90001", "RLP_NOT_CANONICAL", 0),
        ("f800", "RLP_NOT_CANONICAL", 0),
        ("0000", "RLP_TRAILING_BYTES", 1),
        ("c0c0", "RLP_TRAILING_BYTES", 1),
    ],
)
def test_refusals(data: str, code: str, offset: int) -> None:
    with pytest.raises(MalformedError) as caught:
        decode(bytes.fromhex(data), "$.rlp")
    assert caught.value.code == code
    assert caught.value.where == {"path": "$.rlp", "offset": offset}


def nested(depth: int) -> bytes:
    item: Item = []
    for _ in range(depth - 1):
        item = [item]
    return encode(item)


def test_depth_has_a_limit() -> None:
    decode(nested(MAX_DEPTH))
    with pytest.raises(MalformedError) as caught:
        decode(nested(MAX_DEPTH + 1))
    assert caught.value.code == "RLP_TOO_DEEP"


def test_count_has_a_limit() -> None:
    data = encode([b"\x01"] * MAX_ITEMS)
    with pytest.raises(MalformedError) as caught:
        decode(data)
    assert caught.value.code == "RLP_TOO_LARGE"


def test_cost_is_linear() -> None:
    """A list of single bytes is the worst case: the reader must not copy the rest for each."""

    def seconds(count: int) -> float:
        data = encode([b"\x01"] * count)
        best = 1e9
        for _ in range(3):
            start = time.perf_counter()
            decode(data)
            best = min(best, time.perf_counter() - start)
        return best

    assert seconds(400_000) < 40 * seconds(40_000)


def test_integers() -> None:
    assert [encode_integer(value) for value in (0, 1, 255, 256)] == [b"", b"\x01", b"\xff", b"\x01\x00"]


def plain(value: Any) -> Item:
    """A value of rlptest.json as bytes and lists."""
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, int):
        return encode_integer(value)
    return encode_integer(int(value[1:])) if value.startswith("#") else value.encode()


def test_known_answers(vectors: Path) -> None:
    cases = json.loads((vectors / "eest/ethereum-tests/RLPTests/rlptest.json").read_text())
    assert cases
    for name, case in cases.items():
        data = bytes.fromhex(case["out"].removeprefix("0x"))
        assert encode(plain(case["in"])) == data, name
        assert decode(data) == plain(case["in"]), name
