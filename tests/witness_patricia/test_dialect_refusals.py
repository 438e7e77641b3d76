"""Every refusal of the Merkle-Patricia dialects by its code, and hostile documents without end."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.witness.hostile import attempt, json_values, with_one_member_changed
from tests.witness.samples import hexed
from tests.witness_patricia import documents
from tests.witness_patricia.documents import BLOCKS, NODES, RPC, WHOLE, WITNESSES, serde, snake
from verkle.errors import (
    IncompleteError,
    InvalidError,
    MalformedError,
    StatelessError,
    UnsupportedError,
)
from witness import rlp
from witness.decode import FORMAT_NAMES, decode_blocks
from witness.formats.transactions import transactions_from_objects
from witness.patricia.container import patricia_sizes

Document = dict[str, Any]
Edit = Callable[[Document], object]


def refused(data: bytes, code: str, family: type[StatelessError] = MalformedError) -> StatelessError:
    with pytest.raises(StatelessError) as caught:
        decode_blocks(data, "input")
    assert (caught.value.code, type(caught.value)) == (code, family)
    return caught.value


REPLIES: list[tuple[str, Document, str, type[StatelessError]]] = [
    ("an error", {"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "no such method"}},
     "RPC_REPLY", MalformedError),
    ("an error without words", {"jsonrpc": "2.0", "id": 1, "error": "no"}, "RPC_REPLY", MalformedError),
    ("null", {"jsonrpc": "2.0", "id": 1, "result": None}, "RPC_REPLY", MalformedError),
    ("nothing", {"jsonrpc": "2.0", "id": 1}, "RPC_REPLY", MalformedError),
    ("not hex", {"jsonrpc": "2.0", "id": 1, "result": "f90"}, "HEX_SYNTAX", MalformedError),
    ("no block", {"jsonrpc": "2.0", "id": 1, "result": "0xc0"}, "BLOCK_FIELDS", MalformedError),
    ("an escape", {"jsonrpc": "2.0", "error": {"message": "\x1b[2J"}}, "FIELD_TYPE", MalformedError),
    ("something else", {"jsonrpc": "2.0", "id": 1, "result": {"startingBlock": "0x0"}},
     "FORMAT_UNSUPPORTED", UnsupportedError),
    ("a pair with an error", {"block": "0xc0", "witness": {"jsonrpc": "2.0", "error": {"message": "no"}}},
     "BLOCK_FIELDS", MalformedError),
]  # fmt: skip


@pytest.mark.parametrize(
    ("document", "code", "family"), [case[1:] for case in REPLIES], ids=[case[0] for case in REPLIES]
)
def test_replies(document: Document, code: str, family: type[StatelessError]) -> None:
    refused(json.dumps(document).encode(), code, family)


def test_what_a_node_says_is_in_the_message() -> None:
    error = refused(json.dumps(REPLIES[0][1]).encode(), "RPC_REPLY")
    assert "no such method" in error.message
    assert error.got == -32601
    document = {**documents.replies_pair(), "witness": {"jsonrpc": "2.0", "id": 1, "result": None}}
    error = refused(json.dumps(document).encode(), "RPC_REPLY")
    assert error.where["path"] == "$.witness.result"


WITNESS_EDITS: list[tuple[str, Edit, str, str]] = [
    ("nodes an object", lambda w: w.update(state=[{}]), "FIELD_TYPE", "$.state[0]"),
    ("a node without 0x", lambda w: w["state"].append("c0"), "HEX_SYNTAX", "$.state[2]"),
    ("a node of odd length", lambda w: w["state"].append("0xc"), "HEX_LENGTH", "$.state[2]"),
    ("codes a string", lambda w: w.update(codes="0x"), "FIELD_TYPE", "$.codes"),
    ("a code a number", lambda w: w["codes"].append(5), "FIELD_TYPE", "$.codes[2]"),
    ("keys an object", lambda w: w.update(keys={"a": 1}), "FIELD_TYPE", "$.keys"),
    ("headers a string", lambda w: w.update(headers="0x"), "FIELD_TYPE", "$.headers"),
    ("a header a number", lambda w: w["headers"].append(5), "FIELD_TYPE", "$.headers[2]"),
    ("a header cut short", lambda w: w["headers"].append("0xf9"), "RLP_TRUNCATED", "$.headers[2]"),
    ("a header of nothing", lambda w: w["headers"].append("0xc0"), "HEADER_FIELD_COUNT", "$.headers[2]"),
    (
        "a header field",
        lambda w: w["headers"].append({"number": "x"}),
        "HEX_SYNTAX",
        "$.headers[2].number",
    ),
]


@pytest.mark.parametrize(
    ("edit", "code", "place"), [case[1:] for case in WITNESS_EDITS], ids=[case[0] for case in WITNESS_EDITS]
)
def test_witnesses(edit: Edit, code: str, place: str) -> None:
    document = documents.reth_witness()
    edit(document)
    error = refused(json.dumps(document).encode(), code)
    assert error.where["path"] == place


def test_headers_of_forks_to_come() -> None:
    header = rlp.decode(bytes.fromhex(documents.reth_witness()["headers"][0][2:]))
    assert isinstance(header, list)
    longer = header + [b""] * (24 - len(header))
    document = {**documents.reth_witness(), "headers": [hexed(rlp.encode(longer))]}
    refused(json.dumps(document).encode(), "HEADER_TOO_NEW", UnsupportedError)


OTHER_EDITS: list[tuple[str, Callable[[], Document], Edit, str, type[StatelessError]]] = [
    ("pair: block a number", documents.pair, lambda d: d.update(block=5), "FIELD_TYPE", MalformedError),
    ("pair: block empty", documents.pair, lambda d: d.update(block={}), "FIELD_MISSING", MalformedError),
    ("pair: chain id", documents.pair, lambda d: d.update(chainId="x"), "HEX_SYNTAX", MalformedError),
    ("pair: config a list", documents.pair, lambda d: d.update(chainConfig=[]), "FIELD_TYPE", MalformedError),
    (
        "pair: config chain id",
        documents.pair,
        lambda d: d.update(chainConfig={"chainId": "a"}),
        "HEX_SYNTAX",
        MalformedError,
    ),
    (
        "fixture: no transactions",
        documents.benchmark_fixture,
        lambda d: d["block_and_witness"]["block"]["body"].pop("transactions"),
        "FIELD_MISSING",
        MalformedError,
    ),
    (
        "fixture: body a list",
        documents.benchmark_fixture,
        lambda d: d["block_and_witness"]["block"].update(body=[]),
        "FIELD_TYPE",
        MalformedError,
    ),
    ("zkpi: no block", documents.zkpi, lambda d: d.update(blocks=[]), "NO_BLOCKS", IncompleteError),
    (
        "zkpi: two blocks",
        documents.zkpi,
        lambda d: d.update(blocks=d["blocks"] * 2),
        "FORMAT_UNSUPPORTED",
        UnsupportedError,
    ),
    (
        "zkpi: header missing",
        documents.zkpi,
        lambda d: d["blocks"][0].pop("header"),
        "FIELD_MISSING",
        MalformedError,
    ),
    ("sbv: root", documents.sbv, lambda d: d.update(prev_state_root="0x00"), "HEX_LENGTH", MalformedError),
    ("sbv: hashes", documents.sbv, lambda d: d.update(block_hashes=["0x"]), "HEX_LENGTH", MalformedError),
    ("sbv: no transactions", documents.sbv, lambda d: d.pop("transactions"), "FIELD_MISSING", MalformedError),
    ("zeth: no block", documents.zeth, lambda d: d.update(full_blocks=[]), "NO_BLOCKS", IncompleteError),
    (
        "zeth: a pair of one",
        documents.zeth,
        lambda d: d["proofs"][0].pop(),
        "FIELD_TYPE",
        MalformedError,
    ),
    ("zeth: no request", documents.zeth, lambda d: d.update(code=[[]]), "FIELD_TYPE", MalformedError),
    (
        "zeth: no number",
        documents.zeth,
        lambda d: d["code"][0][0].pop("block_no"),
        "FIELD_MISSING",
        MalformedError,
    ),
    (
        "zeth: no storage",
        documents.zeth,
        lambda d: d["proofs"][0][1].pop("storageProof"),
        "FIELD_MISSING",
        MalformedError,
    ),
    (
        "zeth: a node a number",
        documents.zeth,
        lambda d: d["proofs"][0][1].update(accountProof=[5]),
        "FIELD_TYPE",
        MalformedError,
    ),
    (
        "eest: another header",
        documents.eest,
        lambda d: d["tests/a.py::test[x]"]["blocks"][0]["blockHeader"].update(number="0x9"),
        "HEADER_JSON_MISMATCH",
        InvalidError,
    ),
]


@pytest.mark.parametrize(
    ("make", "edit", "code", "family"),
    [case[1:] for case in OTHER_EDITS],
    ids=[case[0] for case in OTHER_EDITS],
)
def test_documents(make: Callable[[], Document], edit: Edit, code: str, family: type[StatelessError]) -> None:
    document = make()
    edit(document)
    refused(json.dumps(document).encode(), code, family)


RLP_WITNESSES: list[tuple[str, rlp.Item, str]] = [
    ("two parts", [[[b""] * 15], []], "WITNESS_PARTS"),
    ("five parts", [[], [], [], [], []], "WITNESS_PARTS"),
    ("codes a string", [[], b"codes", [], []], "WITNESS_PARTS"),
    ("a node a list", [[], [], [[NODES[0]]], []], "WITNESS_PARTS"),
    ("keys of lists", [[], [], [], [[]]], "WITNESS_PARTS"),
    ("a short header", [[[b""]], [], [], []], "HEADER_FIELD_COUNT"),
]


@pytest.mark.parametrize(
    ("item", "code"), [case[1:] for case in RLP_WITNESSES], ids=[case[0] for case in RLP_WITNESSES]
)
def test_witnesses_in_rlp(item: rlp.Item, code: str) -> None:
    padding: rlp.Item = [bytes(60)]
    assert isinstance(item, list)
    padded = [item[0], padding, *item[2:]] if item[1] == [] else item
    with pytest.raises(StatelessError) as caught:
        decode_blocks(rlp.encode(padded), "input", format="rlp")
    assert caught.value.code == code


TRANSACTION_EDITS: list[tuple[str, Any, str, type[StatelessError]]] = [
    ("a number", 5, "FIELD_TYPE", MalformedError),
    ("empty", "0x", "TRANSACTION_EMPTY", MalformedError),
    ("type 5", {**RPC["two fees"], "type": "0x5"}, "TX_TYPE_UNSUPPORTED", InvalidError),
    ("type text", {**RPC["two fees"], "type": "x"}, "HEX_SYNTAX", MalformedError),
    ("no nonce", {**RPC["two fees"], "nonce": None}, "FIELD_MISSING", MalformedError),
    ("no gas", {**RPC["legacy"], "gas": None}, "FIELD_MISSING", MalformedError),
    ("no input", {**RPC["legacy"], "input": None}, "FIELD_MISSING", MalformedError),
    ("no access list", {**RPC["two fees"], "accessList": None}, "FIELD_MISSING", MalformedError),
    ("access list of strings", {**RPC["two fees"], "accessList": ["0x"]}, "FIELD_TYPE", MalformedError),
    ("an entry without keys", {**RPC["two fees"], "accessList": [{"address": hexed(bytes(20))}]},
     "FIELD_MISSING", MalformedError),
    ("a key of 31 bytes",
     {**RPC["two fees"], "accessList": [{"address": hexed(bytes(20)), "storageKeys": [hexed(bytes(31))]}]},
     "HEX_LENGTH", MalformedError),
    ("an address of 21 bytes", {**RPC["legacy"], "to": hexed(bytes(21))}, "HEX_LENGTH", MalformedError),
    ("a value of 257 bits", {**RPC["legacy"], "value": hex(2**256)}, "FIELD_RANGE", MalformedError),
    ("no v", {**RPC["legacy"], "v": None}, "FIELD_MISSING", MalformedError),
    ("v 2", {**RPC["legacy"], "v": "0x2"}, "FIELD_RANGE", MalformedError),
    ("no parity", {**RPC["two fees"], "v": None, "yParity": None}, "FIELD_MISSING", MalformedError),
    ("parity 2", {**RPC["two fees"], "yParity": "0x2"}, "FIELD_RANGE", MalformedError),
    ("no r", {**RPC["two fees"], "r": None}, "FIELD_MISSING", MalformedError),
    ("no blob hashes", {**RPC["blobs"], "blobVersionedHashes": None}, "FIELD_MISSING", MalformedError),
    ("a blob hash short", {**RPC["blobs"], "blobVersionedHashes": ["0x01"]}, "HEX_LENGTH", MalformedError),
    ("no authorizations", {**RPC["authorizations"], "authorizationList": None}, "FIELD_MISSING",
     MalformedError),
    ("an authorization of nothing", {**RPC["authorizations"], "authorizationList": [{}]}, "FIELD_MISSING",
     MalformedError),
    ("serde: no member", {**serde("legacy"), "transaction": {}}, "TX_TYPE_UNSUPPORTED", InvalidError),
    ("serde: another member", {**serde("legacy"), "transaction": {"Deposit": {}}}, "TX_TYPE_UNSUPPORTED",
     InvalidError),
    ("serde: two members", {**serde("legacy"), "transaction": {"Legacy": {}, "Eip1559": {}}},
     "TX_TYPE_UNSUPPORTED", InvalidError),
    ("serde: a list", {**serde("legacy"), "transaction": {"Legacy": []}}, "FIELD_TYPE", MalformedError),
    ("serde: signature a list", {**serde("legacy"), "signature": []}, "FIELD_TYPE", MalformedError),
    ("snake: type 9", {**snake("legacy"), "transaction_type": 9}, "TX_TYPE_UNSUPPORTED", InvalidError),
]  # fmt: skip


@pytest.mark.parametrize(
    ("item", "code", "family"),
    [case[1:] for case in TRANSACTION_EDITS],
    ids=[case[0] for case in TRANSACTION_EDITS],
)
def test_transactions(item: Any, code: str, family: type[StatelessError]) -> None:
    with pytest.raises(StatelessError) as caught:
        transactions_from_objects([RPC["legacy"], item], ("list",))
    assert (caught.value.code, type(caught.value)) == (code, family)
    assert str(caught.value.where["path"]).startswith("$.list[1]")


# --- hostile documents --------------------------------------------------------------------------------

MAKERS: list[Callable[[], Document]] = [*WHOLE.values(), *WITNESSES.values(), *BLOCKS.values()]


VALUES = json_values(MAKERS, ["", "0x", "0x0", "0xc0", "0xf8", hexed(bytes(20)), hexed(bytes(32)), "Legacy"])


def check(data: bytes, format: str | None = None) -> None:
    """Blocks, or a refusal that can be shown; never another exception."""
    for block in attempt(data, format) or ():
        if block.patricia is not None:
            patricia_sizes(block.patricia)


@given(with_one_member_changed(MAKERS, VALUES), st.sampled_from([None, *FORMAT_NAMES]))
def test_one_member_replaced_or_removed(data: bytes, format: str | None) -> None:
    check(data, format)


@given(VALUES, st.sampled_from([None, *FORMAT_NAMES]))
def test_random_json(value: Any, format: str | None) -> None:
    check(json.dumps(value).encode(), format)


@given(st.data())
def test_bytes_of_encoded_inputs(data: st.DataObject) -> None:
    encoded = bytearray(data.draw(st.sampled_from([documents.block_rlp(), documents.ext_witness_rlp()])))
    for _ in range(data.draw(st.integers(1, 4))):
        encoded[data.draw(st.integers(0, len(encoded) - 1))] = data.draw(st.integers(0, 255))
    check(bytes(encoded), data.draw(st.sampled_from([None, "rlp"])))
