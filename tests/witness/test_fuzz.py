"""Whatever the input is, a decoder answers with blocks or with a typed error, and never with another."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.witness.hostile import attempt, check_evidence, json_values, with_one_member_changed
from tests.witness.samples import (
    WITNESS,
    block_document,
    block_rlp,
    chain_document,
    eest_document,
    witness_document,
)
from verkle.errors import StatelessError
from witness.block import BlockInput
from witness.block_rlp import block_from_rlp
from witness.containers import ExecutionWitness, IpaProof, StemDiff, SuffixDiff, VerkleProof
from witness.decode import FORMAT_NAMES
from witness.sizes import witness_sizes
from witness.witness_json import witness_from_json, witness_to_json

DOCUMENTS: list[Callable[[], dict[str, Any]]] = [
    witness_document,
    block_document,
    eest_document,
    chain_document,
]


def read(data: bytes, format: str | None = None) -> tuple[BlockInput, ...] | None:
    """As ``attempt``; what is read as a witness is one, and measured."""
    blocks = attempt(data, format)
    for block in blocks or ():
        block.name.encode()
        if block.witness is not None:
            witness_sizes(block.witness)
            assert witness_from_json(witness_to_json(block.witness)) == block.witness
    return blocks


@given(st.binary(max_size=200), st.sampled_from([None, *FORMAT_NAMES]))
def test_random_bytes(data: bytes, format: str | None) -> None:
    read(data, format)


@given(st.binary(max_size=200))
@example(b"\xf8")
@example(b"\xff" * 9)
def test_random_bytes_as_a_block(data: bytes) -> None:
    for candidate in (data, b"\xf8" + bytes([len(data)]) + data):
        read(candidate)
        try:
            block_from_rlp(candidate)
        except StatelessError as error:
            check_evidence(error)


values = json_values(DOCUMENTS, ["", "0x", "0x0", "0x" + "00" * 31, "0x" + "00" * 32, "Verkle"])


@given(values, st.sampled_from([None, *FORMAT_NAMES]))
def test_random_json(value: Any, format: str | None) -> None:
    read(json.dumps(value).encode(), format)


@given(with_one_member_changed(DOCUMENTS, values))
def test_one_member_replaced_or_removed(data: bytes) -> None:
    read(data)


@pytest.mark.parametrize("position", range(0, len(json.dumps(witness_document())), 7))
def test_one_byte_flipped_in_a_witness(position: int) -> None:
    """Each seventh byte, all eight bits: refused, or a witness (which the proof will judge)."""
    text = json.dumps(witness_document()).encode()
    for bit in range(8):
        broken = bytearray(text)
        broken[position] ^= 1 << bit
        blocks = read(bytes(broken))
        assert blocks is None or len(blocks) == 1


def test_a_flip_within_a_value_is_not_lost() -> None:
    """Every nibble of every hex string matters: another digit gives another witness."""
    text = json.dumps(witness_document())
    for position, character in enumerate(text):
        if character in "0123456789" and text[position - 2 : position] != '"0':
            other = "5" if character != "5" else "6"
            blocks = read((text[:position] + other + text[position + 1 :]).encode())
            if blocks is not None:
                assert blocks[0].witness != WITNESS


@given(st.data())
def test_one_byte_flipped_in_a_block(data: st.DataObject) -> None:
    text = json.dumps(data.draw(st.sampled_from(DOCUMENTS))()).encode()
    position = data.draw(st.integers(0, len(text) - 1))
    broken = bytearray(text)
    broken[position] = data.draw(st.integers(0, 255))
    read(bytes(broken))


@given(st.data())
def test_one_byte_flipped_in_an_encoded_block(data: st.DataObject) -> None:
    original = block_rlp()
    position = data.draw(st.integers(0, len(original) - 1))
    broken = bytearray(original)
    broken[position] ^= data.draw(st.integers(1, 255))
    try:
        body = block_from_rlp(bytes(broken))
    except StatelessError:
        return
    assert body != block_from_rlp(original)


stems = st.binary(min_size=31, max_size=31)
words = st.binary(min_size=32, max_size=32)
eight = st.tuples(*[words] * 8)
suffix_diffs = st.builds(SuffixDiff, st.integers(0, 255), st.none() | words, st.none() | words)
stem_diffs = st.builds(StemDiff, stems, st.lists(suffix_diffs, max_size=4).map(tuple))
witnesses = st.builds(
    ExecutionWitness,
    st.lists(stem_diffs, max_size=4).map(tuple),
    st.builds(
        VerkleProof,
        st.lists(stems, max_size=3).map(tuple),
        st.binary(max_size=6),
        st.lists(words, max_size=5).map(tuple),
        words,
        st.builds(IpaProof, eight, eight, words),
    ),
    st.none() | words,
)


@given(witnesses)
def test_every_witness_round_trips(witness: ExecutionWitness) -> None:
    blocks = read(json.dumps(witness_to_json(witness)).encode())
    assert blocks is not None
    assert blocks[0].witness == witness
