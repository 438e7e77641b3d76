"""Spellings of one witness that mean the same, and sizes counted by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.witness.samples import (
    HEADER,
    WITNESS,
    block_document,
    chain_document,
    eest_document,
    hexed,
    witness_document,
)
from witness.block_json import block_to_json
from witness.containers import ExecutionWitness, StemDiff, SuffixDiff
from witness.decode import decode_blocks
from witness.header import header_differences
from witness.header_json import EMPTY_OMMERS_HASH
from witness.keccak import keccak256
from witness.rlp import encode
from witness.sizes import witness_sizes
from witness.witness_json import EMPTY_PROOF, witness_from_json, witness_to_json


def unprefixed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: unprefixed(member) for name, member in value.items()}
    if isinstance(value, list):
        return [unprefixed(member) for member in value]
    return value.removeprefix("0x") if isinstance(value, str) else value


def upper(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: upper(member) for name, member in value.items()}
    if isinstance(value, list):
        return [upper(member) for member in value]
    return value.upper().replace("0X", "0x") if isinstance(value, str) else value


def each_entry(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry for stem in document["stateDiff"] for entry in stem["suffixDiffs"]]


def test_written_and_read() -> None:
    assert witness_from_json(witness_to_json(WITNESS)) == WITNESS


def test_hex_without_prefix_and_in_capitals() -> None:
    assert witness_from_json(unprefixed(witness_document())) == WITNESS
    assert witness_from_json(upper(witness_document())) == WITNESS


def test_suffixes_as_strings() -> None:
    document = witness_document()
    for entry in each_entry(document):
        entry["suffix"] = str(entry["suffix"])
    assert witness_from_json(document) == WITNESS


def test_absent_values_as_empty_strings() -> None:
    document = witness_document()
    for entry in each_entry(document):
        for name in ("currentValue", "newValue"):
            if entry[name] is None:
                entry[name] = ""
    assert witness_from_json(document) == WITNESS


@pytest.mark.parametrize("statuses", ["0xa12", "a12", "0x0a12", "0a12"])
def test_a_lost_nibble_comes_back(statuses: str) -> None:
    document = witness_document()
    document["verkleProof"]["depthExtensionPresent"] = statuses
    assert witness_from_json(document) == WITNESS


@pytest.mark.parametrize("placeholder", [None, "", "0x"])
def test_parent_root_within_or_beside(placeholder: str | None) -> None:
    document = witness_document()
    root = document.pop("parentStateRoot")
    assert witness_from_json(document).parent_state_root is None
    assert witness_from_json(document, beside=root) == WITNESS
    assert witness_from_json(document | {"parentStateRoot": placeholder}, beside=root) == WITNESS
    assert witness_from_json(document | {"parentStateRoot": root}, beside=placeholder) == WITNESS


def test_other_members_are_ignored() -> None:
    document = witness_document()
    document["stateDiff"][0]["comment"] = "changed"
    document["verkleProof"]["extra"] = {"nested": [1]}
    assert witness_from_json(document) == WITNESS


@pytest.mark.parametrize(
    "document",
    [
        {"stateDiff": [], "verkleProof": None},
        {"stateDiff": None, "verkleProof": None},
        {"stateDiff": []},
        {
            "stateDiff": None,
            "verkleProof": {
                "otherStems": [],
                "depthExtensionPresent": "0x",
                "commitmentsByPath": [],
                "d": hexed(bytes(32)),
                "ipaProof": None,
            },
        },
        witness_to_json(ExecutionWitness((), EMPTY_PROOF)),
    ],
)
def test_no_keys_and_no_proof(document: dict[str, Any]) -> None:
    assert witness_from_json(document) == ExecutionWitness((), EMPTY_PROOF)


def test_a_proof_without_keys_is_kept_for_the_verifier() -> None:
    document = witness_document() | {"stateDiff": []}
    assert witness_from_json(document).proof == WITNESS.proof


def test_a_block_file() -> None:
    (block,) = decode_blocks(json.dumps(block_document()).encode(), "some")
    assert block.name == "some"
    assert block.witness == WITNESS
    assert block.block_hash == b"\x22" * 32
    assert block.header is not None
    assert header_differences(block.header, HEADER) == ["ommers_hash"]
    assert block.header.ommers_hash == EMPTY_OMMERS_HASH == keccak256(encode([]))
    assert block.header.transactions_root is None


def test_header_integers_in_hex() -> None:
    document = block_document()
    plain = decode_blocks(json.dumps(document).encode(), "some")
    for name, value in document["header"].items():
        if isinstance(value, int):
            document["header"][name] = f"{value:#010x}"
    assert decode_blocks(json.dumps(document).encode(), "some") == plain


def test_an_engine_payload() -> None:
    """Header fields at the top, beside the witness."""
    document = block_document()
    payload = document.pop("header") | document
    assert decode_blocks(json.dumps(payload).encode(), "some") == decode_blocks(
        json.dumps(block_document()).encode(), "some"
    )


def test_a_witness_alone() -> None:
    for document in (witness_document(), {"executionWitness": witness_document()}):
        (block,) = decode_blocks(json.dumps(document).encode(), "some")
        assert block.witness == WITNESS
        assert block.header is None
        assert block.transactions is None


def test_a_block_without_witness() -> None:
    for edit in ({"executionWitness": None}, {}):
        document = block_document()
        document.pop("executionWitness")
        (block,) = decode_blocks(json.dumps(document | edit).encode(), "some")
        assert block.witness is None
        assert block.header is not None
        # what the file says of the state before stands, and is written again
        for root in (None, b"\x07" * 32):
            stated = {"parentStateRoot": None if root is None else f"0x{root.hex()}"}
            (rooted,) = decode_blocks(json.dumps(document | edit | stated).encode(), "some")
            assert rooted == replace(block, parent_state_root=root)
            (again,) = decode_blocks(json.dumps(block_to_json(rooted)).encode(), "some")
            assert again.parent_state_root == root


def test_a_chain_shares_its_headers() -> None:
    blocks = decode_blocks(json.dumps(chain_document(2)).encode(), "some")
    assert [header.state_root for header in blocks[0].headers] == [b"\x24" * 32, b"\x04" * 32, b"\x04" * 32]
    assert blocks[0].headers == blocks[1].headers
    assert (blocks[0].chain_id, blocks[0].rules, blocks[0].network) == (69420, "kaustinen7", None)


def test_a_block_of_a_chain_may_name_its_own_network() -> None:
    (block,) = decode_blocks(json.dumps(block_document() | {"chainId": "0x10f2c"}).encode(), "some")
    assert (block.network, block.chain_id) == ("kaustinen7", 69420)


def test_a_fixture_without_rlp() -> None:
    document = eest_document()
    fixture = next(iter(document.values()))
    fixture["blocks"][0].pop("rlp")
    fixture.pop("genesisRLP")
    (block,) = decode_blocks(json.dumps(document).encode(), "some")
    assert block.header == HEADER
    assert block.transactions is None  # objects, not signed bytes
    assert block.withdrawals is not None
    fixture["blocks"][0]["transactions"] = []
    (block,) = decode_blocks(json.dumps(document).encode(), "some")
    assert block.transactions == ()


def test_sizes_by_hand() -> None:
    sizes = witness_sizes(WITNESS)
    assert sizes.stems == 2
    assert sizes.keys == 3
    assert (sizes.present, sizes.absent, sizes.new_values) == (2, 1, 2)
    assert sizes.values_bytes == 4 * 32
    assert sizes.proof_bytes == 576 + 3 * 32 + 31 + 2
    # SPEC 5.4: stems 39 each, entries 13 each, values 33 each.
    assert sizes.state_diff_bytes == 2 * 39 + 3 * 13 + 4 * 33
    assert sizes.witness_bytes == 8 + sizes.state_diff_bytes + 12 + 32 + 544 + 31 + 2 + 3 * 32
    assert sizes.code_chunks is None


def test_the_empty_witness_has_a_size() -> None:
    sizes = witness_sizes(ExecutionWitness((), EMPTY_PROOF))
    assert (sizes.witness_bytes, sizes.proof_bytes) == (8 + 12 + 576, 576)
    full = ExecutionWitness((StemDiff(bytes(31), (SuffixDiff(0, None, None),)),), EMPTY_PROOF)
    assert witness_sizes(full).state_diff_bytes == 39 + 13
