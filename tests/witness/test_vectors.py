"""Files of other teams decode into what their README says they hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.vectors import vector_files
from verkle.errors import IncompleteError, MalformedError, UnsupportedError
from witness.block import BlockInput
from witness.decode import decode_blocks
from witness.header import header_from_rlp_item, header_to_rlp
from witness.header_json import with_merge_constants
from witness.keccak import keccak256
from witness.rlp import decode
from witness.sizes import witness_sizes
from witness.witness_json import witness_from_json, witness_to_json


def blocks_of(path: Path) -> tuple[BlockInput, ...]:
    blocks = decode_blocks(path.read_bytes(), path.stem)
    assert all(block.defect is None for block in blocks)
    return blocks


def normalised(witness: dict[str, Any]) -> dict[str, Any]:
    """A witness of any dialect as geth writes it, by hand: the measure for the encoder."""
    for stem in witness["stateDiff"]:
        stem.pop("comment", None)
        for diff in stem["suffixDiffs"]:
            diff["suffix"] = int(diff["suffix"])
    proof = witness["verkleProof"]
    digits = proof["depthExtensionPresent"][2:]
    proof["depthExtensionPresent"] = "0x" + digits.zfill(2 * len(witness["stateDiff"]))
    return witness


def check_round_trip(block: BlockInput, source: dict[str, Any]) -> None:
    assert block.witness is not None
    written = witness_to_json(block.witness)
    assert witness_from_json(written) == block.witness
    if "parentStateRoot" not in source:
        written.pop("parentStateRoot", None)
    assert written == normalised(source)


@pytest.mark.parametrize(
    "path", vector_files("verkle-blocks/kaustinen*.json", "verkle-blocks/no-parent-root/*.json")
)
def test_devnet_block(path: Path) -> None:
    document = json.loads(path.read_text())
    (block,) = blocks_of(path)
    assert block.name == path.stem
    assert block.network == document["network"]
    assert block.witness is not None
    root = document["parentStateRoot"]
    assert block.witness.parent_state_root == (None if root is None else bytes.fromhex(root[2:]))
    check_round_trip(block, document["executionWitness"])
    assert block.header is not None
    assert block.header.number == int(str(document["header"]["blockNumber"]), 0)
    if "witness-only" not in path.name:
        assert block.transactions is not None
        assert [raw.hex() for raw in block.transactions] == [raw[2:] for raw in document["transactions"]]
        assert block.withdrawals == (() if "withdrawals" in document else None)
        assert (block.block_hash is None) == ("blockHash" not in document["header"])
        assert block.header.difficulty == 0
        assert block.header.nonce == bytes(8)


@pytest.mark.parametrize("path", vector_files("verkle-blocks/invalid-*.json"))
def test_invalid_devnet_block_decodes(path: Path) -> None:
    """What is wrong with these is the proof, not the form."""
    (block,) = blocks_of(path)
    assert block.witness is not None
    assert block.witness.parent_state_root is None
    assert block.transactions is None
    assert block.header is not None
    assert block.header.number == int(path.stem[-2:])


def test_suffixes_as_strings_and_numbers(vectors: Path) -> None:
    for name, kind in (("kaustinen2-nov13-block1", str), ("kaustinen6-block1", int)):
        path = vectors / "verkle-blocks" / f"{name}.json"
        document = json.loads(path.read_text())
        assert isinstance(document["executionWitness"]["stateDiff"][0]["suffixDiffs"][0]["suffix"], kind)
        (block,) = blocks_of(path)
        check_round_trip(block, document["executionWitness"])


def test_published_fixture(vectors: Path) -> None:
    """One bare fixture, with depthExtensionPresent a digit short."""
    document = json.loads((vectors / "verkle-eest/transfer.json").read_text())
    (block,) = blocks_of(vectors / "verkle-eest/transfer.json")
    assert block.name == "transfer"
    assert block.witness is not None
    assert block.witness.proof.extension_present == bytes.fromhex("0a0a0808")
    check_round_trip(block, document["blocks"][0]["witness"])
    assert block.header is not None
    assert keccak256(header_to_rlp(block.header)) == block.block_hash
    assert block.transactions is not None
    assert len(block.transactions) == 1
    assert block.ommers == 0
    assert block.rlp_bytes == len(document["blocks"][0]["rlp"]) // 2 - 1
    # The parent is among the headers, and found by its hash.
    parents = [h for h in block.headers if keccak256(header_to_rlp(h)) == block.header.parent_hash]
    assert [parent.number for parent in parents] == [0]


def check_filled(path: Path) -> tuple[int, int]:
    ((test_id, fixture),) = json.loads(path.read_text()).items()
    blocks = blocks_of(path)
    assert len(blocks) == len(fixture["blocks"])
    headers = [header_to_rlp(header) for header in blocks[0].headers]
    hashes = {keccak256(header) for header in headers}
    for source, block in zip(fixture["blocks"], blocks, strict=True):
        assert block.name.startswith(test_id)
        assert block.network == "Verkle"
        assert block.expect_exception == source.get("expectException")
        assert (block.witness is None) == ("witness" not in source)
        assert block.header is not None
        assert block.header.parent_hash in hashes
        if "blockHeader" in source:
            assert keccak256(header_to_rlp(block.header)) == block.block_hash
            check_round_trip(block, source["witness"])
    return len(blocks), sum(block.witness is not None for block in blocks)


@pytest.mark.parametrize(
    "path", vector_files("verkle-eest/filled/eip*/**/*.json", every=9) + vector_files(
        "verkle-eest/filled/other-suites/shanghai/eip3860_initcode/**/*.json", every=3)
)  # fmt: skip
def test_filled_fixture(path: Path) -> None:
    check_filled(path)


def test_every_filled_fixture_counts(vectors: Path) -> None:
    blocks = witnesses = invalid = 0
    for path in sorted((vectors / "verkle-eest/filled").rglob("*.json")):
        for block in decode_blocks(path.read_bytes(), path.stem):
            blocks += 1
            witnesses += block.witness is not None
            invalid += block.expect_exception is not None
            assert block.defect is None
    assert (blocks, witnesses, invalid) == (1325, 1321, 4)


@pytest.mark.parametrize("path", vector_files("verkle-geth/*.json", every=12))
def test_geth_scenario(path: Path) -> None:
    document = json.loads(path.read_text())
    blocks = blocks_of(path)
    assert len(blocks) == len(document["blocks"])
    for index, (source, block) in enumerate(zip(document["blocks"], blocks, strict=True)):
        several = len(blocks) > 1
        assert block.name == document["name"] + (f"#{index + 1}" if several else "")
        assert (block.rules, block.chain_id) == (document["rules"], document["chainId"])
        check_round_trip(block, source["executionWitness"])
        assert block.header is not None
        assert keccak256(header_to_rlp(block.header)) == block.block_hash
        assert header_from_rlp_item(decode(header_to_rlp(block.header))) == block.header
        assert block.withdrawals is not None
        assert len(block.withdrawals) == len(source["withdrawals"])
        hashes = {keccak256(header_to_rlp(header)) for header in block.headers}
        assert block.header.parent_hash in hashes


def test_every_geth_scenario_counts(vectors: Path) -> None:
    blocks = transactions = withdrawals = 0
    for path in sorted((vectors / "verkle-geth").glob("*.json")):
        for block in blocks_of(path):
            blocks += 1
            assert block.transactions is not None
            assert block.withdrawals is not None
            transactions += len(block.transactions)
            withdrawals += len(block.withdrawals)
    assert (blocks, transactions, withdrawals) == (474, 4624, 129)


def test_parent_header_of_a_cut_chain(vectors: Path) -> None:
    blocks = blocks_of(vectors / "verkle-geth/blockhash-ring-8192.json")
    assert blocks[0].header is not None
    numbers = [header.number for header in blocks[0].headers]
    assert numbers[:2] == [0, 8190]
    assert len(numbers) == 2 + len(blocks)


def test_a_scenario_without_blocks(vectors: Path) -> None:
    data = (vectors / "verkle-geth/odd/endless-program.json").read_bytes()
    with pytest.raises(IncompleteError) as caught:
        decode_blocks(data, "endless-program")
    assert caught.value.code == "NO_BLOCKS"


def test_receipts_are_no_blocks(vectors: Path) -> None:
    data = (vectors / "verkle-blocks/expected_receipts.json").read_bytes()
    with pytest.raises(MalformedError) as caught:
        decode_blocks(data, "receipts")
    assert caught.value.code == "UNKNOWN_FORMAT"


@pytest.mark.parametrize(
    "path",
    vector_files("eest/eest-v5.4.0/**/*.json", every=120),
)
def test_other_kinds_are_named(path: Path) -> None:
    with pytest.raises(UnsupportedError) as caught:
        decode_blocks(path.read_bytes(), path.stem)
    assert caught.value.code == "FORMAT_UNSUPPORTED"


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("1", {"witness_bytes": 745, "proof_bytes": 640, "commitments": 1, "other_stems": 1, "keys": 1}),
        (
            "72",
            {"witness_bytes": 2211, "state_diff_bytes": 1194, "proof_bytes": 997, "commitments": 13,
             "keys": 21, "stems": 5, "other_stems": 0},
        ),
        (
            "73",
            {"witness_bytes": 14808, "state_diff_bytes": 11355, "proof_bytes": 3433, "commitments": 69,
             "keys": 372, "stems": 91, "other_stems": 18},
        ),
    ],
)  # fmt: skip
def test_measured_sizes(vectors: Path, block: str, expected: dict[str, int]) -> None:
    """SPEC 9.4."""
    (read,) = blocks_of(vectors / f"verkle-blocks/kaustinen6-block{block}.json")
    assert read.witness is not None
    sizes = witness_sizes(read.witness).to_json()
    assert {name: sizes[name] for name in expected} == expected
    assert sizes["present"] + sizes["absent"] == sizes["keys"]
    assert sizes["witness_bytes"] == 8 + sizes["state_diff_bytes"] + sizes["proof_ssz_bytes"]


def test_merge_constants_keep_the_block_hash(vectors: Path) -> None:
    """What a devnet header leaves out is filled in once, and the block hash agrees."""
    (block,) = blocks_of(vectors / "verkle-blocks/kaustinen6-block72.json")
    assert block.header is not None
    assert with_merge_constants(block.header) == block.header
    assert block.header.withdrawals_root is None  # left to whoever knows the body
