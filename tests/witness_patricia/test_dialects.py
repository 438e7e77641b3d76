"""Every dialect gives the same block and the same witness; others' files decode into what they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stateless.ancestors import link_ancestors
from stateless.headers import header_facts
from stateless.patricia_view import PatriciaView, survey, view_of_witness
from tests.vectors import vector_files
from tests.witness.samples import WITHDRAWAL, hexed
from tests.witness_patricia import documents
from tests.witness_patricia.documents import (
    BLOCKS,
    CODES,
    HEADER,
    NODES,
    ORDER,
    RAW,
    RPC,
    TRANSACTIONS,
    WHOLE,
    WITNESS,
    WITNESSES,
    block_rlp,
    ext_witness_rlp,
    serde,
    snake,
)
from verkle.errors import MalformedError
from witness.block import BlockInput
from witness.decode import FORMATS, decode_blocks
from witness.formats.transactions import transactions_from_objects
from witness.header import header_to_rlp
from witness.join import join
from witness.keccak import keccak256
from witness.patricia.bag import index_nodes
from witness.patricia.container import PatriciaWitness, patricia_sizes
from witness.source import read_path

Make = Callable[[], dict[str, Any]]


def only(document: dict[str, Any], format: str | None = None) -> BlockInput:
    (block,) = decode_blocks(json.dumps(document).encode(), "input", format=format)
    assert block.defect is None
    return block


@pytest.mark.parametrize("make", WHOLE.values(), ids=WHOLE)
def test_every_dialect_means_the_same(make: Make) -> None:
    block = only(make())
    assert block.header == HEADER
    assert block.transactions == TRANSACTIONS
    assert block.withdrawals == (WITHDRAWAL,)
    assert block.witness is None
    assert block.patricia is not None
    assert (block.patricia.nodes, block.patricia.codes) == (NODES, CODES)
    assert block.chain_id == (None if make is documents.zeth else 17000)


@pytest.mark.parametrize("name", [name for name in WHOLE if not name.startswith("sbv")])
def test_headers(name: str) -> None:
    block = only(WHOLE[name]())
    assert block.header is not None
    assert block.patricia is not None
    assert sorted(header.number or 0 for header in block.patricia.ancestors) == [1, 2]
    found = link_ancestors(block.header, block.patricia.ancestors)
    assert found.parent == documents.PARENT
    if name != "zeth":
        assert replace(block.patricia, pre_state_root=None) == WITNESS


def test_what_the_members_around_say() -> None:
    assert only(documents.pair()).network == "holesky"
    assert only(documents.pair()).rlp_bytes == len(block_rlp())
    assert only(documents.replies_pair()).chain_config == {"chainId": 17000}
    fixture = only(documents.benchmark_fixture())
    assert fixture.name == "a-fixture"
    assert fixture.chain_config == {"chainId": 17000, "pragueTime": 0, "eip150Block": 0, "blobSchedule": {}}
    assert only(documents.zkpi()).chain_config == {"chainId": 17000}
    assert only(documents.eest()).headers == ()
    for make in (documents.replies_pair, documents.benchmark_fixture, documents.zkpi, documents.eest):
        assert only(make()).ommers == 0
    for make in (documents.sbv, documents.sbv_earlier):
        block = only(make())
        assert block.ommers is None
        assert block.patricia is not None
        assert block.patricia.pre_state_root == b"\x21" * 32
        assert block.patricia.block_hashes == (HEADER.parent_hash, documents.PARENT.parent_hash)
        assert block.patricia.ancestors == ()
    alone = only(documents.block_file()).patricia
    assert alone == replace(WITNESS, pre_state_root=b"\x21" * 32)


@pytest.mark.parametrize("make", WITNESSES.values(), ids=WITNESSES)
def test_a_witness_alone(make: Make) -> None:
    block = only(make())
    assert block == BlockInput(name="input", patricia=WITNESS)


@pytest.mark.parametrize("make", BLOCKS.values(), ids=BLOCKS)
def test_a_block_alone_and_joined(make: Make) -> None:
    block = only(make())
    assert (block.header, block.transactions, block.withdrawals) == (HEADER, TRANSACTIONS, (WITHDRAWAL,))
    assert block.patricia is None
    for witness in (only(documents.reth_witness()), *decode_blocks(ext_witness_rlp(), "input")):
        joined = join(witness, block)
        assert joined.header == HEADER
        assert joined.patricia is not None
        assert set(joined.patricia.ancestors) == set(WITNESS.ancestors)
        assert replace(joined.patricia, ancestors=()) == replace(WITNESS, ancestors=())


def test_rlp() -> None:
    (block,) = decode_blocks(block_rlp(), "block")
    assert (block.header, block.transactions, block.ommers) == (HEADER, TRANSACTIONS, 0)
    assert block.rlp_bytes == len(block_rlp())
    (witness,) = decode_blocks(ext_witness_rlp(), "witness")
    assert witness.patricia == replace(WITNESS, ancestors=WITNESS.ancestors[::-1])
    for format in (None, "rlp"):
        assert decode_blocks(block_rlp(), "block", format=format) == (block,)


@pytest.mark.parametrize("name", ["state", "codes", "headers", "keys"])
def test_lists_that_are_null_or_missing(name: str) -> None:
    """geth writes null for an empty list; only the nodes must be there."""
    document = documents.geth_witness()
    field = {"state": "nodes", "headers": "ancestors"}.get(name, name)
    if name != "state":
        assert getattr(only({**document, name: None}).patricia, field) == ()
    if name != "state":
        document.pop(name)
        assert getattr(only(document).patricia, field) == ()


def test_only_the_nodes_must_be_there() -> None:
    state = documents.geth_witness()["state"]
    alone = PatriciaWitness(nodes=WITNESS.nodes)
    assert only({"state": state}).patricia == alone
    assert only({"jsonrpc": "2.0", "id": 1, "result": {"state": state}}).patricia == alone
    assert only({"block": documents.rpc_block(), "witness": {"state": state}}).patricia == alone
    zkpi = documents.zkpi()
    zkpi["witness"].pop("codes")
    witness = only(zkpi).patricia
    assert witness is not None
    assert (witness.nodes, witness.codes) == (WITNESS.nodes, ())


@pytest.mark.parametrize(
    "document",
    [
        {"state": [], "alloc": {}},
        {"state": [], "pre": {}, "post": {}},
        {"state": {}, "headers": []},
        {"keys": [], "headers": []},
        {"alloc": {"00" * 20: {"balance": "0x1"}}},
        {"block": "0x", "witness": {"state": [], "stateDiff": [], "verkleProof": {}}},
    ],
)
def test_what_is_no_witness(document: dict[str, object]) -> None:
    with pytest.raises(MalformedError) as caught:
        only(document)
    assert caught.value.code == "UNKNOWN_FORMAT"


def test_a_block_without_its_transactions() -> None:
    block = only({**documents.rpc_block(), "transactions": [hexed(bytes(32))] * 2})
    assert block.transactions is None
    assert block.header == HEADER
    assert only({**documents.rpc_block(), "transactions": []}).transactions == ()


# --- transactions -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ORDER)
def test_transactions(name: str) -> None:
    raw = (RAW[name],)
    assert transactions_from_objects([RPC[name]], ()) == raw
    assert transactions_from_objects([serde(name)], ()) == raw
    assert transactions_from_objects([snake(name)], ()) == raw
    assert transactions_from_objects([hexed(RAW[name])], ()) == raw


def test_spellings() -> None:
    given = dict(RPC["creation"])
    given["gasLimit"], given["data"] = given.pop("gas"), given.pop("input")
    for to in ({"to": "0x"}, {"to": None}, {}):
        given.pop("to", None)
        assert transactions_from_objects([{**given, **to}], ()) == (RAW["creation"],)
    # Old nodes give v alone for typed ones; the parity then stands in v.
    two_fees = {key: value for key, value in RPC["access list"].items() if key != "yParity"}
    assert transactions_from_objects([two_fees], ()) == (RAW["access list"],)
    authorized = json.loads(json.dumps(RPC["authorizations"]))
    for entry in authorized["authorizationList"]:
        del entry["yParity"]
    assert transactions_from_objects([authorized], ()) == (RAW["authorizations"],)


# --- sizes --------------------------------------------------------------------------------------------


def test_sizes() -> None:
    sizes = patricia_sizes(replace(WITNESS, block_hashes=(bytes(32),))).to_json()
    headers = sum(len(header_to_rlp(header)) for header in WITNESS.ancestors) + 32
    assert sizes == {
        "witness_bytes": sum(map(len, NODES)) + 72 + headers + 52,
        "state_bytes": sum(map(len, NODES)),
        "codes_bytes": 72,
        "headers_bytes": headers,
        "keys_bytes": 52,
        "nodes": 2,
        "codes": 2,
        "headers": 2,
        "keys": 2,
    }
    assert patricia_sizes(PatriciaWitness(())).witness_bytes == 0


# --- others' files ------------------------------------------------------------------------------------

# File, transactions, chain id, whether a parent header binds the state before, nodes below it.
FILES: list[tuple[str, str, int, int | None, bool]] = [
    ("mainnet-22615247.zkpi.json", "zkpi", 26, 1, True),
    ("mainnet-23587691.sbv.json", "sbv", 40, 1, False),
    ("holesky-2971844.sbv-legacy.json", "sbv", 42, 17000, False),
    ("mainnet-21230867.zeth.json.gz", "zeth", 67, None, True),
]


@pytest.mark.parametrize(
    ("name", "format", "count", "chain_id", "bound"), FILES, ids=[row[0] for row in FILES]
)
def test_files(vectors: Path, name: str, format: str, count: int, chain_id: int | None, bound: bool) -> None:
    data = read_path(vectors / "patricia-blocks" / name)
    (block,) = decode_blocks(data, name)
    assert decode_blocks(data, name, format=format) == (block,)
    assert block.transactions is not None
    assert (len(block.transactions), block.chain_id) == (count, chain_id)
    check_block(block, bound=bound)


def test_replies(vectors: Path) -> None:
    folder = vectors / "patricia-blocks"
    for name, witness_name, count in (
        ("devnet-1.block.json", "devnet-1.witness.json", 100),
        ("hoodi-1151683.block.rlp", "hoodi-1151683.witness.rlp", 1),
    ):
        (block,) = decode_blocks((folder / name).read_bytes(), name)
        (witness,) = decode_blocks((folder / witness_name).read_bytes(), witness_name)
        assert block.transactions is not None
        assert len(block.transactions) == count
        assert witness.header is None
        check_block(join(witness, block), bound=True)


@pytest.mark.parametrize("path", vector_files("patricia-blocks/eest-prague/*.json"))
def test_benchmark_fixtures(path: Path) -> None:
    (block,) = decode_blocks(path.read_bytes(), path.name)
    assert block.chain_config is not None
    assert (block.chain_config["pragueTime"], block.chain_id) == (0, 1)
    check_block(block, bound=True)


def check_block(block: BlockInput, *, bound: bool) -> PatriciaView:
    """Its hash, if stated, and the roots of its body; its state before, and all that the body names in it."""
    assert block.header is not None
    assert block.patricia is not None
    facts = header_facts(block, block.header, {}, None)
    assert facts.claimed_hash in (None, facts.block_hash)
    assert facts.transactions_root == block.header.transactions_root
    assert facts.withdrawals_root == block.header.withdrawals_root
    found = link_ancestors(block.header, block.patricia.ancestors, block.patricia.block_hashes)
    assert (found.parent is not None) == bound
    root = block.patricia.pre_state_root if found.parent is None else found.parent.state_root
    assert root is not None
    view = view_of_witness(block.patricia, root, found.block_hashes)
    seen = survey(index_nodes(block.patricia.nodes), root)
    assert seen.accounts > 0
    assert len(seen.surplus) < seen.nodes / 2
    assert block.withdrawals is not None
    for credit in block.withdrawals:
        view.account(credit.address)
    return view


def test_senders_and_recorded_accesses(vectors: Path) -> None:
    """Who sent what, and every account and slot that was read, as two of the files state it."""
    folder = vectors / "patricia-blocks"
    document = json.loads((folder / "holesky-2971844.sbv-legacy.json").read_text())
    (block,) = decode_blocks((folder / "holesky-2971844.sbv-legacy.json").read_bytes(), "holesky")
    view = check_block(block, bound=False)
    for transaction in document["transaction"]:
        sender = view.account(bytes.fromhex(transaction["from"][2:]))
        assert sender is not None
        assert sender.balance > 0

    document = json.loads((folder / "mainnet-22615247.zkpi.json").read_text())
    (block,) = decode_blocks((folder / "mainnet-22615247.zkpi.json").read_bytes(), "zkpi")
    view = check_block(block, bound=True)
    absent_codes = 0
    for address, stated in document["extra"]["preState"].items():
        found = view.account(bytes.fromhex(address[2:]))
        if stated is None:
            assert found is None
            continue
        assert found is not None
        assert (found.nonce, found.balance) == (int(stated["nonce"], 16), int(stated["balance"], 16))
        assert found.code_hash.hex() == stated["codeHash"][2:]
        absent_codes += "code" in stated and view.codes.get(found.code_hash) is None
        for slot, value in stated.get("storage", {}).items():
            assert view.storage(bytes.fromhex(address[2:]), int(slot, 16)) == int(value, 16)
    assert absent_codes in {0, 1}


def test_the_siblings_of_the_zeth_file_are_there(vectors: Path) -> None:
    """Nodes that no proof of the state before shows, rebuilt from those of the state after."""
    path = vectors / "patricia-blocks/mainnet-21230867.zeth.json.gz"
    document = json.loads(read_path(path))
    before = {
        keccak256(bytes.fromhex(node[2:]))
        for request, reply in document["proofs"]
        if request["block_no"] == 21230866
        for proof in [reply["accountProof"], *(slot["proof"] for slot in reply["storageProof"])]
        for node in proof
    }
    (block,) = decode_blocks(read_path(path), "zeth")
    assert block.patricia is not None
    assert block.header is not None
    found = link_ancestors(block.header, block.patricia.ancestors)
    assert found.parent is not None
    assert found.parent.state_root is not None
    nodes = index_nodes(block.patricia.nodes)
    linked = set(nodes) - set(survey(nodes, found.parent.state_root).surplus)
    rebuilt = linked - before
    assert 0 < len(rebuilt) < 20


def test_no_two_schemas_take_one_document() -> None:
    """Detection does not hang on the order of the table, apart from what is foreign."""
    for make in (*WHOLE.values(), *WITNESSES.values(), *BLOCKS.values()):
        document = make()
        taken = [entry.name for entry in FORMATS if entry.name != "foreign" and entry.recognise(document)]
        assert len(taken) == 1, taken
