"""The strict reading of CBOR items: it accepts what the deterministic encoding has, and nothing else."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from verkle.errors import MalformedError
from witness.cbor_items import MAX_DEPTH, MAX_ITEMS, decode

items = st.recursive(
    st.none() | st.integers(0, 2**64 - 1) | st.binary(max_size=300) | st.text(max_size=30),
    lambda children: st.lists(children, max_size=5),
    max_leaves=30,
)


def depth(item: Any) -> int:
    return 1 + max((depth(child) for child in item), default=0) if isinstance(item, list) else 0


def refusal(data: bytes) -> MalformedError:
    with pytest.raises(MalformedError) as caught:
        decode(data)
    assert caught.value.where["offset"] in range(len(data) + 1)
    return caught.value


@given(items.filter(lambda item: depth(item) <= MAX_DEPTH))
def test_reads_what_cbor2_writes(item: Any) -> None:
    assert decode(cbor2.dumps(item, canonical=True)) == item


@given(st.binary(max_size=40))
@example(b"\x1c")
@example(b"\xff")
def test_what_is_read_is_what_would_be_written(data: bytes) -> None:
    try:
        item = decode(data)
    except MalformedError:
        return
    assert cbor2.dumps(item, canonical=True) == data


@given(items.filter(lambda item: depth(item) <= MAX_DEPTH), st.data())
def test_every_cut_and_every_tail_is_noticed(item: Any, data: st.DataObject) -> None:
    encoded = cbor2.dumps(item, canonical=True)
    cut = data.draw(st.integers(0, len(encoded) - 1))
    assert refusal(encoded[:cut]).code == "CBOR_TRUNCATED"
    assert refusal(encoded + data.draw(st.binary(min_size=1, max_size=3))).code == "CBOR_TRAILING_BYTES"


@pytest.mark.parametrize(
    ("hexed", "code", "offset"),
    [
        ("", "CBOR_TRUNCATED", 0),
        ("19 01", "CBOR_TRUNCATED", 0),
        ("42 00", "CBOR_TRUNCATED", 0),
        ("82 00", "CBOR_TRUNCATED", 0),
        ("83 00 00", "CBOR_TRUNCATED", 0),
        ("5b ff ff ff ff ff ff ff ff", "CBOR_TRUNCATED", 0),
        ("9b ff ff ff ff ff ff ff ff", "CBOR_TRUNCATED", 0),
        ("00 00", "CBOR_TRAILING_BYTES", 1),
        ("20", "CBOR_KIND", 0),  # -1
        ("81 a0", "CBOR_KIND", 1),  # a map
        ("81 c0 00", "CBOR_KIND", 1),  # a tag
        ("c2 41 01", "CBOR_KIND", 0),  # a big integer
        ("f4", "CBOR_KIND", 0),  # false
        ("f7", "CBOR_KIND", 0),  # undefined
        ("f9 3c 00", "CBOR_KIND", 0),  # a float
        ("fa 3f 80 00 00", "CBOR_KIND", 0),
        ("ff", "CBOR_KIND", 0),  # a break
        ("1c", "CBOR_KIND", 0),  # reserved
        ("5d", "CBOR_KIND", 0),
        ("61 ff", "CBOR_TEXT", 0),
        ("62 ed a0", "CBOR_TEXT", 0),
        ("5f ff", "CBOR_NOT_CANONICAL", 0),
        ("9f ff", "CBOR_NOT_CANONICAL", 0),
        ("81 9f 00 ff", "CBOR_NOT_CANONICAL", 1),
        ("18 17", "CBOR_NOT_CANONICAL", 0),
        ("19 00 ff", "CBOR_NOT_CANONICAL", 0),
        ("1a 00 00 ff ff", "CBOR_NOT_CANONICAL", 0),
        ("1b 00 00 00 00 ff ff ff ff", "CBOR_NOT_CANONICAL", 0),
        ("58 01 00", "CBOR_NOT_CANONICAL", 0),
        ("98 01 00", "CBOR_NOT_CANONICAL", 0),
        ("81" * 9 + "00", "CBOR_TOO_DEEP", 8),
    ],
)
def test_refusals(hexed: str, code: str, offset: int) -> None:
    error = refusal(bytes.fromhex(hexed))
    assert (error.code, error.where) == (code, {"offset": offset})


def test_the_deepest_that_is_read() -> None:
    item: Any = 0
    for _ in range(MAX_DEPTH):
        item = [item]
    assert decode(cbor2.dumps(item, canonical=True)) == item


def test_more_items_than_any_file_has() -> None:
    count = MAX_ITEMS
    data = b"\x9a" + count.to_bytes(4, "big") + b"\0" * count
    assert refusal(data).code == "CBOR_TOO_LARGE"
