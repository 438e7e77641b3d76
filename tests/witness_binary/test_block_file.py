"""A block with a binary witness as a file: JSON and CBOR, told by content, read as it was written."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.witness_binary.samples import ROOT, WITNESS
from verkle.errors import InvalidError, MalformedError, StatelessError, UnsupportedError
from witness.binary.witness_cbor import block_from_cbor, block_to_cbor, witness_from_cbor, witness_to_cbor
from witness.binary.witness_json import witness_to_json
from witness.block import BlockInput
from witness.block_json import block_to_json, json_bytes
from witness.decode import decode_blocks
from witness.header import Header, Withdrawal
from witness.header_json import with_merge_constants
from witness.join import join

AFTER = b"\x22" * 32
PARENT = with_merge_constants(Header(parent_hash=b"\x01" * 32, number=6, extra_data=b""))
HEADER = with_merge_constants(Header(parent_hash=b"\x02" * 32, number=7, extra_data=b"x"))
ALONE = BlockInput("sample", binary=replace(WITNESS, post_root=AFTER))
WHOLE = BlockInput(
    "sample",
    header=HEADER,
    block_hash=b"\x03" * 32,
    transactions=(b"\x02\xc0", b"\xc1\x80"),
    withdrawals=(Withdrawal(1, 2, b"\x04" * 20, 5),),
    binary=replace(WITNESS, post_root=AFTER),
    headers=(PARENT, HEADER),
    rules="kaustinen7",
    chain_id=69420,
)


def as_json(block: BlockInput) -> bytes:
    return json_bytes(block_to_json(block))


@pytest.mark.parametrize("block", [ALONE, WHOLE], ids=["witness alone", "block"])
@pytest.mark.parametrize("form", ["json", "cbor"])
def test_what_is_written_is_read(block: BlockInput, form: str) -> None:
    data = as_json(block) if form == "json" else block_to_cbor(block)
    for asked in (None, form):
        (back,) = decode_blocks(data, "sample", format=asked)
        assert back == replace(block, ommers=back.ommers)
    if form == "cbor":
        assert block_to_cbor(back) == data


def test_the_witness_of_a_whole_file() -> None:
    assert witness_from_cbor(block_to_cbor(WHOLE)) == WHOLE.binary
    assert block_from_cbor(witness_to_cbor(WITNESS), "n") == BlockInput("n", binary=WITNESS)
    with pytest.raises(ValueError, match="no witness of the binary tree"):
        block_to_cbor(BlockInput("n"))


def test_a_root_beside_the_witness() -> None:
    document = block_to_json(WHOLE)
    root = document["executionWitness"].pop("parentStateRoot")
    document["parentStateRoot"] = root
    (block,) = decode_blocks(json.dumps(document).encode(), "n")
    assert block.binary is not None
    assert block.binary.pre_root == ROOT
    document["executionWitness"]["parentStateRoot"] = "0x" + "77" * 32
    with pytest.raises(InvalidError) as caught:
        decode_blocks(json.dumps(document).encode(), "n")
    assert caught.value.code == "PRE_ROOT_CONFLICT"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"executionWitness": witness_to_json(WITNESS) | {"binaryRules": "x"}}, "BINARY_RULES"),
        ({"executionWitness": witness_to_json(WITNESS) | {"binaryProof": {}}}, "FIELD_MISSING"),
        ({"executionWitness": witness_to_json(WITNESS) | {"postStateRoot": "0x00"}}, "HEX_LENGTH"),
        ({"executionWitness": witness_to_json(WITNESS) | {"stateDiff": 7}}, "FIELD_TYPE"),
        ({"parentStateRoot": 7}, "FIELD_TYPE"),
        ({"header": {"parentHash": "0x00"}}, "HEX_LENGTH"),
    ],
)
def test_refused_json(change: dict[str, object], code: str) -> None:
    with pytest.raises(StatelessError) as caught:
        decode_blocks(json.dumps(block_to_json(WHOLE) | change).encode(), "n")
    assert caught.value.code == code


def test_refused_cbor() -> None:
    data = block_to_cbor(WHOLE)
    with pytest.raises(MalformedError) as caught:
        decode_blocks(data[:-1] + bytes([data[-1] ^ 1]), "n")
    assert caught.value.code == "CBOR_DIGEST"
    newer = data.replace(b"stateless-binary\x01", b"stateless-binary\x02")
    with pytest.raises(UnsupportedError) as later:
        decode_blocks(newer, "n")
    assert later.value.code == "CBOR_SCHEMA_NEWER"


def test_a_witness_and_its_block_from_two_files() -> None:
    joined = join(ALONE, replace(WHOLE, name="other", binary=None))
    assert joined == WHOLE
