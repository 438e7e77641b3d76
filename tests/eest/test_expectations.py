"""A fixture's expectation is the measure: each part of it, changed, makes its test fail by its own code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stateless.code_table import CODES
from stateless.eest import patricia_chain
from stateless.eest.fixture import chain_rules
from stateless.eest.run import Kind, run_tests
from stateless.exceptions_table import EXCEPTIONS, codes_for
from stateless.patricia_state import make_witness
from stateless.patricia_view import PatriciaView
from tests.eest.fixtures import BAD_SECOND, GOOD, STATES, TWO_FAULTS, changed, code_of, one, run_one
from verkle.errors import InvalidError, MalformedError
from witness.patricia.container import PatriciaWitness

Fixture = dict[str, Any]
STATE = f"{STATES}/cancun/eip4844_blobs/test_blobhash_opcode_contexts_tx_types.json"
BAD_STATE = f"{STATES}/cancun/eip4844_blobs/test_invalid_tx_max_fee_per_blob_gas_state.json"


def first_account(alloc: Fixture) -> Fixture:
    account = next(iter(alloc.values()))
    assert isinstance(account, dict)
    return account


def block(fixture: Fixture, index: int = 0) -> Fixture:
    found = fixture["blocks"][index]
    assert isinstance(found, dict)
    return found


def remove(container: Fixture, name: str) -> None:
    del container[name]


CHANGES: tuple[tuple[str, Callable[[Fixture], object], str | None], ...] = (
    (GOOD, lambda f: None, None),
    (GOOD, lambda f: first_account(f["postState"]).update(balance="0x1"), "TEST_STATE_DIFFERS"),
    (GOOD, lambda f: f["postState"].update({"0x" + "77" * 20: {"balance": 1}}), "TEST_STATE_DIFFERS"),
    (GOOD, lambda f: f["postState"].popitem(), "TEST_STATE_DIFFERS"),
    (GOOD, lambda f: f.update(postState=None, postStateHash="0x" + "00" * 32), "TEST_STATE_DIFFERS"),
    (GOOD, lambda f: f.update(postState=None), "FIELD_MISSING"),
    (GOOD, lambda f: f.update(lastblockhash=f["genesisBlockHeader"]["hash"]), "TEST_LAST_BLOCK"),
    (GOOD, lambda f: first_account(f["pre"]).update(nonce="0x77"), "TEST_STATE_DIFFERS"),
    (GOOD, lambda f: f["genesisBlockHeader"].update(hash="0x" + "00" * 32), "BLOCK_HASH_MISMATCH"),
    (GOOD, lambda f: block(f)["blockHeader"].update(hash="0x" + "00" * 32), "BLOCK_HASH_MISMATCH"),
    (GOOD, lambda f: block(f).update(expectException="BlockException.INVALID_GASLIMIT"), "TEST_NOT_REFUSED"),
    (GOOD, lambda f: block(f).update(expectException="BlockException.NO_SUCH"), "TEST_EXCEPTION_UNKNOWN"),
    (GOOD, lambda f: block(f).update(rlp="0xc0"), "BLOCK_FIELDS"),
    (GOOD, lambda f: remove(block(f), "rlp"), "FIELD_MISSING"),
    (GOOD, lambda f: f.update(config={"chainid": "two"}), "HEX_SYNTAX"),
    (GOOD, lambda f: f.update(network="Shanghai"), "HEADER_FIELDS"),
    (BAD_SECOND, lambda f: None, None),
    (BAD_SECOND, lambda f: remove(block(f, 1), "expectException"), "FIELD_MISSING"),
    (BAD_SECOND, lambda f: block(f, 1).update(expectException="BlockException.INVALID_GAS_USED"),
     "TEST_OTHER_REASON"),
    (BAD_SECOND, lambda f: block(f, 1).update(
        expectException="BlockException.INVALID_GAS_USED|"
        "BlockException.INVALID_BLOCK_TIMESTAMP_OLDER_THAN_PARENT"), None),
    # The body's root is wrong too; the reason stated must still be found behind it.
    (TWO_FAULTS, lambda f: None, None),
    (TWO_FAULTS, lambda f: f["blocks"][-1].update(expectException="TransactionException.SENDER_NOT_EOA"),
     "TEST_OTHER_REASON"),
    (TWO_FAULTS, lambda f: f["blocks"][-1].update(
        expectException="BlockException.INVALID_TRANSACTIONS_ROOT"), None),
)  # fmt: skip


@pytest.mark.parametrize(("name", "change", "code"), CHANGES, ids=lambda value: None)
def test_blocks(vectors: Path, name: str, change: Callable[[Fixture], object], code: str | None) -> None:
    result = run_one(changed(one(vectors / name), change), "block")
    assert code_of(result) == code
    if code is not None and result.error is not None:
        assert result.to_json()["error"]


def post(fixture: Fixture) -> Fixture:
    fork = next(iter(fixture["post"]))
    fixture["post"] = {fork: fixture["post"][fork][:1]}
    found = fixture["post"][fork][0]
    assert isinstance(found, dict)
    return found


STATE_CHANGES: tuple[tuple[str, Callable[[Fixture], object], str | None], ...] = (
    (STATE, post, None),
    (STATE, lambda f: post(f).update(hash="0x" + "00" * 32), "TEST_STATE_DIFFERS"),
    (STATE, lambda f: post(f).update(logs="0x" + "00" * 32), "TEST_LOGS_DIFFER"),
    (STATE, lambda f: remove(post(f), "txbytes"), "FIELD_MISSING"),
    (STATE, lambda f: (post(f), f["env"].pop("currentNumber")), "FIELD_MISSING"),
    (STATE, lambda f: (post(f), f["env"].update(currentNumber="x")), "HEX_SYNTAX"),
    (STATE, lambda f: (post(f), f.update(config=[])), "FIELD_TYPE"),
    (STATE, lambda f: post(f).update(expectException="TransactionException.NONCE_IS_MAX"),
     "TEST_NOT_REFUSED"),
    (BAD_STATE, post, None),
    (BAD_STATE, lambda f: remove(post(f), "expectException"), "TX_BLOB_FEE_BELOW_BASE"),
    (BAD_STATE, lambda f: post(f).update(expectException="TransactionException.NONCE_IS_MAX"),
     "TEST_OTHER_REASON"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "change", "code"), STATE_CHANGES, ids=lambda value: None)
def test_states(vectors: Path, name: str, change: Callable[[Fixture], object], code: str | None) -> None:
    assert code_of(run_one(changed(one(vectors / name), change), "state")) == code


def test_a_state_that_differs_is_told_by_account_and_slot(vectors: Path) -> None:
    fixture = one(vectors / GOOD)
    address, account = next(iter(fixture["postState"].items()))
    account["storage"]["0x05"] = "0x07"
    result = run_one(fixture, "block")
    assert result.error is not None
    assert result.error.where == {"account": bytes.fromhex(address[2:]), "slot": 5}
    assert (result.error.expected, result.error.got) == (7, 0)


def test_a_witness_that_does_not_serve_is_found(vectors: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run from the witness alone is one: take a node out and it fails, while the whole state has it."""

    def one_node_less(view: PatriciaView, *arguments: Any) -> PatriciaWitness:
        whole = make_witness(view, *arguments)
        nodes = [node for node in whole.nodes if node != view.bag.root(view.root)]
        return PatriciaWitness(tuple(nodes[:-1]), whole.codes, whole.ancestors)

    monkeypatch.setattr(patricia_chain, "make_witness", one_node_less)
    result = run_one(one(vectors / GOOD), "block")
    assert code_of(result) == "CROSS_CHECK_DIFFERS"
    assert result.error is not None
    assert result.error.where["what"] == "verdict"
    assert "PATRICIA_NODE_MISSING" in str(result.error.got)


def test_every_code_in_the_table_is_one() -> None:
    for name, codes in EXCEPTIONS.items():
        assert codes, name
        assert codes <= CODES.keys(), name


def test_names_that_are_not_in_the_table() -> None:
    both = codes_for("BlockException.INVALID_GASLIMIT|BlockException.INVALID_BLOCK_NUMBER")
    assert both == {"HEADER_GAS_LIMIT", "HEADER_GAS_LIMIT_STEP", "HEADER_NUMBER"}
    for text in (
        "",
        "|",
        "BlockException",
        "BlockException.INVALID_GASLIMIT|",
        "blockexception.invalid_gaslimit",
    ):
        with pytest.raises(InvalidError) as caught:
            codes_for(text)
        assert caught.value.code == "TEST_EXCEPTION_UNKNOWN"


@pytest.mark.parametrize(
    ("network", "times"),
    [
        ("Shanghai", {"shanghaiTime": 0}),
        ("BPO2", {"bpo2Time": 0}),
        ("ShanghaiToCancunAtTime15k", {"shanghaiTime": 0, "cancunTime": 15000}),
        ("BPO1ToBPO2AtTime15k", {"bpo1Time": 0, "bpo2Time": 15000}),
        ("PragueToOsakaAtTime77", {"pragueTime": 0, "osakaTime": 77}),
        ("Paris", None),
        ("Amsterdam", None),
        ("ParisToShanghaiAtTime15k", None),
        ("BPO2ToAmsterdamAtTime15k", None),
        ("BerlinToLondonAt5", None),
        ("CancunToPragueAtTime15kx", None),
        ("", None),
    ],
)
def test_networks(network: str, times: dict[str, int] | None) -> None:
    rules = chain_rules(network, None, ())
    assert (None if rules is None else rules.chain_config) == times
    assert rules is None or rules.chain_id == 1


def test_a_blob_schedule_of_the_fixture_is_used() -> None:
    entry = {"target": "0x01", "max": "0x02", "baseFeeUpdateFraction": "0x10"}
    rules = chain_rules("Prague", {"chainid": "0x05", "blobSchedule": {"Prague": entry}}, ())
    assert rules is not None
    assert rules.chain_id == 5
    schedule = {"target": 1, "max": 2, "baseFeeUpdateFraction": 16}
    assert rules.chain_config["blobSchedule"] == {"prague": schedule}


@pytest.mark.parametrize("kind", ["block", "state"])
@pytest.mark.parametrize("document", [[], {}, {"a": 1}, {"_info": {}}, "x", None, {"blocks": []}])
def test_files_of_another_kind(kind: Kind, document: object) -> None:
    with pytest.raises(MalformedError) as caught:
        list(run_tests(json.dumps(document).encode(), kind))
    assert caught.value.code == "UNKNOWN_FORMAT"


def test_what_stands_beside_a_test_is_not_passed_over(vectors: Path) -> None:
    document = {"_info": {}, "good": one(vectors / GOOD), "odd": {"network": "Cancun"}}
    results = list(run_tests(json.dumps(document).encode(), "block"))
    assert [(result.name, code_of(result)) for result in results] == [
        ("good", None),
        ("odd", "UNKNOWN_FORMAT"),
    ]
    selected = list(run_tests(json.dumps(document).encode(), "block", lambda name: name == "good"))
    assert [result.name for result in selected] == ["good"]
