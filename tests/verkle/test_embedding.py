"""Tree keys and code chunks, against the oracle and by their laws."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.oracles import keys
from tests.verkle.implementations import FAST, ORACLE
from tests.verkle.strategies import examples
from verkle import constants, embedding

addresses = st.one_of(
    st.sampled_from((bytes(20), b"\xff" * 20, b"\xff" * 19 + b"\xfe", bytes(19) + b"\1")),
    st.binary(min_size=20, max_size=20),
)
slots = st.one_of(
    st.sampled_from((0, 1, 63, 64, 65, 255, 256, 2**248, 2**256 - 2**39, 2**256 - 1)),
    st.integers(0, 2**256 - 1),
)
tree_indices = st.one_of(st.sampled_from((0, 1, 2**128, 2**249, 2**256 - 1)), st.integers(0, 2**256 - 1))
opcodes = st.sampled_from((0x5B, 0x60, 0x61, 0x6F, 0x7E, 0x7F, 0x80, 0x00))
codes = st.one_of(
    st.binary(max_size=200),
    st.lists(opcodes, max_size=150).map(bytes),
    st.lists(st.one_of(opcodes, st.integers(0, 255)), max_size=150).map(bytes),
)


@given(addresses, tree_indices, st.integers(0, 255), st.booleans())
@examples(40)
def test_tree_keys(address: bytes, tree_index: int, sub_index: int, reversed_point: bool) -> None:
    expected = ORACLE.tree_key(address, tree_index, sub_index, reversed_point=reversed_point)
    assert FAST.tree_key(address, tree_index, sub_index, reversed_point=reversed_point) == expected


@given(st.lists(st.tuples(addresses, tree_indices), max_size=6))
@examples(15)
def test_many_stems_are_each(places: list[tuple[bytes, int]]) -> None:
    for rule in ("map_to_field", "reversed_point"):
        one_by_one = [embedding.tree_key(*place, 0, rule)[:31] for place in places]
        assert embedding.stems(places, rule) == one_by_one


@given(slots)
@examples(60)
def test_storage_positions(slot: int) -> None:
    for offset in (256 * 2**31, 256**31):
        position = embedding.storage_position(slot, offset)
        assert position == keys.storage_position(slot, offset)
        tree_index, suffix = position
        assert tree_index < 2**249 + 2**248
        assert slot < 64 or tree_index * 256 + suffix == offset + slot


@given(st.binary(max_size=300))
@examples(20)
def test_pedersen_hash(data: bytes) -> None:
    assert FAST.pedersen_hash(data) == ORACLE.pedersen_hash(data)


def test_the_longest_hash() -> None:
    data = bytes(i % 251 for i in range(255 * 16))
    assert FAST.pedersen_hash(data) == ORACLE.pedersen_hash(data)
    with pytest.raises(ValueError, match="4080 bytes"):
        embedding.pedersen_hash(bytes(255 * 16 + 1))


@pytest.mark.parametrize("address", [b"", bytes(19), bytes(21), bytes(32)])
def test_address_of_wrong_length(address: bytes) -> None:
    with pytest.raises(ValueError, match="20 bytes"):
        embedding.tree_key(address, 0, 0, "map_to_field")


@pytest.mark.parametrize("tree_index", [-1, 2**256])
def test_tree_index_out_of_range(tree_index: int) -> None:
    """As the docstring says: ``ValueError``."""
    with pytest.raises(ValueError):  # noqa: PT011 - any text
        embedding.tree_key(bytes(20), tree_index, 0, "map_to_field")


@given(codes)
@example(b"\x01" * 30 + b"\x7f" + b"\x02" * 40)
@example(b"\x7f" * 31)
@example(b"\x60" * 31)
@examples(200)
def test_chunks(code: bytes) -> None:
    chunks = embedding.chunkify(code)
    assert chunks == keys.chunkify(code)
    assert all(len(chunk) == 32 and chunk[0] <= 31 for chunk in chunks)
    padded = b"".join(chunk[1:] for chunk in chunks)
    assert padded[: len(code)] == code
    assert not any(padded[len(code) :])
    assert 0 <= len(padded) - len(code) < 31


@given(codes)
@examples(100)
def test_a_chunk_alone_tells_its_jump_destinations(code: bytes) -> None:
    whole = _jump_destinations(code, 0)
    parts = set()
    for i, chunk in enumerate(embedding.chunkify(code)):
        parts |= {31 * i + at for at in _jump_destinations(chunk[1:], chunk[0])}
    assert {at for at in parts if at < len(code)} == whole


def _jump_destinations(code: bytes, at: int) -> set[int]:
    found = set()
    while at < len(code):
        if code[at] == 0x5B:
            found.add(at)
        at += code[at] - 0x5E if 0x60 <= code[at] <= 0x7F else 1
    return found


def test_the_suffixes_of_the_header_leaves() -> None:
    leaves = {"basic_data": constants.BASIC_DATA, "code_hash": constants.CODE_HASH}
    assert {name: i for i, name in enumerate(embedding.HEADER_LEAVES["basic_data"])} == leaves
