"""From encoding to encoding: the witness whole, what is lost said."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given

from stateless.conversion import ENCODINGS, Encoding, encode_block, encoded_sizes
from stateless.headers import header_hash
from stateless.verifier import verify_all
from tests.vectors import vector_files
from tests.witness.samples import HEADER, WITNESS, block_document, chain_document, witness_document
from tests.witness.strategies import blocks
from verkle.diff import KindOpening
from verkle.errors import IncompleteError, MalformedError, StatelessError, UnsupportedError
from witness.block import BlockInput
from witness.decode import decode_blocks

BARE = BlockInput(name="witness", witness=WITNESS)
ROOT = "state root before the block"


def once(block: BlockInput, to: Encoding) -> BlockInput:
    (back,) = decode_blocks(encode_block(block, to).data, block.name)
    return back


def parent_alone(block: BlockInput) -> BlockInput:
    """What of a block's headers is kept."""
    header = block.header
    found = [other for other in block.headers if header and header_hash(other) == header.parent_hash]
    headers = (found[0], header) if found and header is not None else ()
    return replace(block, headers=headers, expect_exception=None)


@pytest.mark.parametrize(
    "path",
    vector_files(
        "verkle-blocks/kaustinen*.json",
        "verkle-blocks/no-parent-root/*.json",
        "verkle-eest/transfer.json",
        "verkle-forged/*.json",
    )
    + vector_files("verkle-geth/*.json", every=23)
    + vector_files("verkle-eest/filled/eip*/**/*.json", every=23),
)
def test_every_direction(path: Path) -> None:
    for block in decode_blocks(path.read_bytes(), path.stem):
        if block.witness is None:
            continue
        expected = parent_alone(block)
        for first, second in product(("json", "cbor"), repeat=2):
            passed = once(once(block, first), second)  # type: ignore[arg-type]
            # JSON has no place for the count of ommers, from which the length of the RLP is computed.
            assert replace(passed, ommers=None, rlp_bytes=None) == replace(
                expected, ommers=None, rlp_bytes=None
            )
        assert encode_block(block, "cbor").dropped == (
            ("expected exception",) if block.expect_exception else ()
        )
        root = block.witness.parent_state_root
        through_ssz = once(block, "ssz")
        assert through_ssz.witness == replace(block.witness, parent_state_root=None)
        assert (ROOT in encode_block(block, "ssz").dropped) == (root is not None)
        assert through_ssz == replace(BARE, name=block.name, witness=through_ssz.witness)


@given(blocks())
def test_any_block(block: BlockInput) -> None:
    for to in ENCODINGS:
        back = once(block, to)
        assert back.witness is not None
        assert block.witness is not None
        assert replace(back.witness, parent_state_root=None) == replace(block.witness, parent_state_root=None)
        encoded = encode_block(block, to)
        assert ("transactions" in encoded.dropped) == (to == "ssz" and block.transactions is not None)
        # Once more changes nothing and loses nothing.
        again = encode_block(back, to)
        assert (again.data, again.dropped) == (encoded.data, ())


def test_what_is_lost_is_said() -> None:
    (block,) = decode_blocks(json.dumps(block_document()).encode(), "block")
    assert encode_block(block, "json").dropped == ()
    assert encode_block(block, "cbor").dropped == ()
    assert encode_block(block, "ssz").dropped == (
        "header", "block hash", "transactions", "withdrawals", "network", ROOT,
    )  # fmt: skip
    assert encode_block(BARE, "ssz").dropped == (ROOT,)
    assert encode_block(replace(block, ommers=2), "json").dropped == ("count of ommers",)
    assert encode_block(replace(block, ommers=2), "cbor").dropped == ()
    assert encode_block(replace(block, expect_exception="x"), "cbor").dropped == ("expected exception",)


def test_the_parents_header_goes_along_and_no_other() -> None:
    document = chain_document(3)
    blocks = decode_blocks(json.dumps(document).encode(), "chain")
    parent = replace(HEADER, number=0)
    assert all(encode_block(block, "cbor").dropped == () for block in blocks)
    digest = header_hash(parent)
    assert digest is not None
    child = replace(HEADER, parent_hash=digest)
    block = replace(BARE, header=child, headers=(replace(HEADER, number=7), parent, child))
    for to in ("json", "cbor"):
        assert once(block, to).headers == (parent, child)  # type: ignore[arg-type]
    assert "parent header" in encode_block(block, "ssz").dropped


def test_json_that_others_read() -> None:
    """The block file's names, numbers that every reader takes exactly, a bare witness as geth has it."""
    document = json.loads(encode_block(BARE, "json").data)
    assert document == witness_document()
    big = replace(HEADER, base_fee_per_gas=2**53, gas_limit=2**53 - 1, difficulty=1)
    document = json.loads(encode_block(replace(BARE, header=big, chain_id=2**60), "json").data)
    assert document["header"]["baseFeePerGas"] == hex(2**53)
    assert document["header"]["gasLimit"] == 2**53 - 1
    assert document["header"]["difficulty"] == 1
    assert "nonce" not in document["header"]
    assert document["chainId"] == hex(2**60)
    assert next(iter(document)) == "parentStateRoot"
    assert "parentStateRoot" not in document["executionWitness"]


@pytest.mark.parametrize("to", ENCODINGS)
def test_refusals(to: Encoding) -> None:
    with pytest.raises(IncompleteError) as missing:
        encode_block(BlockInput(name="block", header=HEADER), to)
    assert missing.value.code == "NO_WITNESS"
    defect = MalformedError("FIELD_TYPE", "not read")
    with pytest.raises(StatelessError) as caught:
        encode_block(BlockInput(name="block", defect=defect), to)
    assert caught.value is defect


@pytest.mark.parametrize("path", vector_files("patricia-blocks/devnet-1.witness.json"))
def test_a_witness_of_another_tree(path: Path) -> None:
    (block,) = decode_blocks(path.read_bytes(), path.stem)
    assert block.patricia is not None
    with pytest.raises(UnsupportedError) as caught:
        encode_block(block, "cbor")
    assert caught.value.code == "FORMAT_UNSUPPORTED"


def test_openings_that_only_cbor_carries() -> None:
    """Dropping them would leave a proof that does not hold, so the other encodings refuse."""
    proof = replace(WITNESS.proof, kinds=(KindOpening(b"\x01", bytes(32)),))
    block = replace(BARE, witness=replace(WITNESS, proof=proof))
    assert once(block, "cbor") == block
    for to in ("json", "ssz"):
        with pytest.raises(UnsupportedError) as caught:
            encode_block(block, to)  # type: ignore[arg-type]
        assert (caught.value.code, caught.value.where) == ("KINDS_UNWRITABLE", {"format": to})
    assert block.witness is not None
    sizes = encoded_sizes(block.witness)
    assert (sizes.json.plain_bytes, sizes.ssz.zlib_bytes) == (None, None)
    assert sizes.cbor.plain_bytes == len(encode_block(block, "cbor").data)


def test_sizes() -> None:
    sizes = encoded_sizes(WITNESS)
    data = {to: encode_block(BARE, to).data for to in ENCODINGS}
    assert sizes.ssz.plain_bytes == len(data["ssz"])
    assert sizes.cbor.plain_bytes == len(data["cbor"])
    assert sizes.cbor.zlib_bytes == len(zlib.compress(data["cbor"], 9))
    assert sizes.json.plain_bytes == len(json.dumps(witness_document(), separators=(",", ":")))
    # tag, array, name, schema, state root; no block; digest
    assert len(data["cbor"]) - sizes.cbor_witness_bytes == 3 + 1 + 10 + 1 + 34 + 1 + 34


@pytest.mark.parametrize("to", ["json", "cbor"])
@pytest.mark.parametrize(
    "path", vector_files("verkle-blocks/kaustinen6-block72.json", "verkle-geth/transfer-new.json")
)
def test_the_verdict_stays(path: Path, to: Encoding) -> None:
    """What is judged is the same, whatever carried it."""
    blocks = decode_blocks(path.read_bytes(), path.stem)
    before = verify_all(path.read_bytes(), "x", proof_only=True)
    for block, verdict in zip(blocks, before, strict=True):
        (after,) = verify_all(encode_block(block, to).data, "x", proof_only=True)
        assert (after.verdict, after.post_state_root) == ("valid", verdict.post_state_root)
        assert after.pre_state_root_from == verdict.pre_state_root_from
        assert [(check.name, check.status) for check in after.checks] == [
            (check.name, check.status) for check in verdict.checks
        ]
