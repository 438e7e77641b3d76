"""``blocktest`` on Verkle fixtures: run on the whole state, witness made and compared, verified from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stateless.eest import verkle_chain
from stateless.eest.fixture import TestResult
from stateless.eest.run import run_tests
from stateless.verdict import Verdict
from stateless.verifier import verify_block
from tests.vectors import vector_files
from witness.block import BlockInput

Document = dict[str, Any]

SCENARIO = "verkle-geth/transfer-new.json"


def results(document: Document) -> list[TestResult]:
    return list(run_tests(json.dumps(document).encode(), "block"))


def reason(document: Document) -> str | None:
    """The code for which the one test of a document fails."""
    (result,) = results(document)
    assert (result.status == "failed") == (result.error is not None)
    return None if result.error is None else result.error.code


@pytest.fixture
def chain(vectors: Path) -> Document:
    (path,) = vectors.glob("verkle-eest/filled/other-suites/shanghai/eip4895_withdrawals/**/balance_within*")
    document: Document = json.loads(path.read_text())
    return document


def inner(chain: Document) -> Document:
    (fixture,) = chain.values()
    found: Document = fixture
    return found


@pytest.fixture
def scenario(vectors: Path) -> Document:
    document: Document = json.loads((vectors / SCENARIO).read_text())
    return document


@pytest.mark.parametrize(
    "path",
    # the suite of BLOCKHASH has chains of hundreds of blocks: the slow test runs them
    vector_files(
        "verkle-eest/filled/eip[46]*/**/*.json", "verkle-eest/filled/other-suites/**/*.json", every=16
    )
    + vector_files("verkle-geth/*.json", every=40),
)
def test_sample(path: Path) -> None:
    assert {result.status for result in run_tests(path.read_bytes(), "block")} == {"passed"}


@pytest.mark.slow
def test_all(vectors: Path) -> None:
    """Every fixture of the execution-spec-tests; every scenario that is there from its genesis."""
    filled = [
        result
        for path in sorted((vectors / "verkle-eest/filled").rglob("*.json"))
        for result in run_tests(path.read_bytes(), "block")
    ]
    assert [result.name for result in filled if result.status != "passed"] == []
    assert len(filled) == 265
    geth = [
        result
        for path in sorted((vectors / "verkle-geth").glob("*.json"))
        for result in run_tests(path.read_bytes(), "block")
    ]
    assert [result.name for result in geth if result.status == "failed"] == []
    assert len(geth) == 363
    assert sum(result.status == "skipped" for result in geth) == 4


ODD = {
    # what the client does hangs on leaves that its witness does not have
    "call-value-absent-precompile": "CROSS_CHECK_DIFFERS",
    "edge-absent-touched-then-selfdestruct": "CROSS_CHECK_DIFFERS",
    "edge-absent-touched-then-value-call": "CROSS_CHECK_DIFFERS",
    "edge-precompile-call-then-selfdestruct": "CROSS_CHECK_DIFFERS",
    "edge-precompile-staticcall-then-selfdestruct": "CROSS_CHECK_DIFFERS",
    "extcodehash-empty-account": "CROSS_CHECK_DIFFERS",
    "extcodehash-untouched-accounts": "CROSS_CHECK_DIFFERS",
    "history-account-absent": "CROSS_CHECK_DIFFERS",
    "history-account-with-code": "CROSS_CHECK_DIFFERS",
    # gas used below zero, modulo 2^64: refused by the client, too
    "random-066": "HEADER_GAS_USED",
    "random-095": "HEADER_GAS_USED",
    "random-140": "HEADER_GAS_USED",
    "stipend-gas-used-negative": "HEADER_GAS_USED",
    # no block: see tests/stateless/test_block_builder.py
    "endless-program": "FIELD_MISSING",
}


@pytest.mark.parametrize("path", vector_files("verkle-geth/odd/*.json"))
def test_odd(path: Path) -> None:
    """On the whole state every block of these comes to the client's gas, receipts, witness and root; where
    the witness alone cannot tell, that is what is said."""
    assert reason(json.loads(path.read_text())) == ODD.get(path.stem)


def other_leaf(fixture: Document) -> None:
    leaf = fixture["blocks"][0]["witness"]["stateDiff"][0]["suffixDiffs"][0]
    leaf["newValue"] = "0x" + "11" * 32


def leaf_gone(fixture: Document) -> None:
    fixture["blocks"][0]["witness"]["stateDiff"].pop()


def other_order(fixture: Document) -> None:
    fixture["blocks"][0]["witness"]["stateDiff"].reverse()


def other_proof(fixture: Document) -> None:
    proof = fixture["blocks"][0]["witness"]["verkleProof"]
    proof["d"] = proof["commitmentsByPath"][0]


def other_root(fixture: Document) -> None:
    fixture["blocks"][0]["witness"]["parentStateRoot"] = "0x" + "22" * 32


def end_changed(fixture: Document) -> None:
    key = next(iter(fixture["postTree"]))
    fixture["postTree"][key] = "0x" + "33" * 32


def end_longer(fixture: Document) -> None:
    fixture["postTree"]["0x" + "44" * 32] = "0x" + "33" * 32


def account_at_the_end(fixture: Document) -> None:
    fixture["postState"] = {"0x" + "55" * 20: {"balance": "0x1"}}


def richer_genesis(fixture: Document) -> None:
    account = next(iter(fixture["pre"].values()))
    account["balance"] = "0x1234"


def other_end(fixture: Document) -> None:
    fixture["lastblockhash"] = "0x" + "66" * 32


def expected_to_fail(fixture: Document) -> None:
    fixture["blocks"][-1]["expectException"] = "TransactionException.NONCE_MISMATCH_TOO_LOW"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (other_leaf, "TEST_WITNESS_DIFFERS"),
        (leaf_gone, "TEST_WITNESS_DIFFERS"),
        (other_order, "TEST_WITNESS_DIFFERS"),
        (other_proof, "TEST_WITNESS_DIFFERS"),
        (other_root, "TEST_WITNESS_DIFFERS"),
        (end_changed, "TEST_STATE_DIFFERS"),
        (end_longer, "TEST_STATE_DIFFERS"),
        (account_at_the_end, "TEST_STATE_DIFFERS"),
        (richer_genesis, "TEST_STATE_DIFFERS"),
        (other_end, "TEST_LAST_BLOCK"),
        (expected_to_fail, "TEST_NOT_REFUSED"),
    ],
)
def test_a_fixture_that_says_something_else_fails(
    chain: Document, change: Callable[[Document], None], code: str
) -> None:
    assert reason(chain) is None
    change(inner(chain))
    assert reason(chain) == code


def test_accounts_at_the_end(chain: Document) -> None:
    """``postState`` beside ``postTree``, as other networks' fixtures have it."""
    fixture = inner(chain)
    fixture["postState"] = {
        address: {**account, "storage": {}}
        for address, account in fixture["pre"].items()
        if address.endswith("fffe")
    }
    assert reason(chain) is None


@pytest.mark.parametrize(("chain_id", "code"), [("0x01", None), ("0x02", "TX_CHAIN_ID")])
def test_chain_id_of_the_config(vectors: Path, chain_id: str, code: str | None) -> None:
    (path,) = vectors.glob("verkle-eest/filled/other-suites/berlin/eip2930_access_list/**/*.json")
    document = json.loads(path.read_text())
    inner(document)["config"] = {"chainid": chain_id}
    assert reason(document) == code


def unknown_rules(scenario: Document) -> None:
    scenario["rules"] = "kaustinen99"


def poorer_genesis(scenario: Document) -> None:
    next(iter(scenario["genesis"]["alloc"].values()))["balance"] = "0x1"


def no_parent(scenario: Document) -> None:
    del scenario["blocks"][0]


def other_gas(scenario: Document) -> None:
    del scenario["blocks"][0]["blockHash"], scenario["blocks"][0]["header"]["blockHash"]
    scenario["blocks"][0]["header"]["gasUsed"] += 1


def half_a_block(scenario: Document) -> None:
    scenario["blocks"][0]["transactions"] = "0x"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (unknown_rules, "RULES_UNKNOWN"),
        (poorer_genesis, "TEST_STATE_DIFFERS"),
        (no_parent, "PARENT_UNKNOWN"),
        (other_gas, "GAS_USED_MISMATCH"),
        (half_a_block, "FIELD_TYPE"),
    ],
)
def test_a_scenario_that_says_something_else_fails(
    scenario: Document, change: Callable[[Document], None], code: str
) -> None:
    change(scenario)
    assert reason(scenario) == code


def test_a_witness_that_does_not_serve_is_found(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run from the witness alone is one: without it no block is accepted."""

    def without(block: BlockInput, **options: Any) -> Verdict:
        return verify_block(replace(block, witness=None), **options)

    document = json.loads((project / "fixtures/blocks/transfer-new.json").read_text())
    assert reason(document) is None
    monkeypatch.setattr(verkle_chain, "verify_block", without)
    assert reason(document) == "CROSS_CHECK_DIFFERS"


def test_the_end_of_a_chain_is_skipped(vectors: Path) -> None:
    """Nobody has the state before its first block."""
    data = (vectors / "verkle-geth/blockhash-ring-8192.json").read_bytes()
    (result,) = run_tests(data, "block")
    assert (result.status, result.fork) == ("skipped", "kaustinen7")


def test_scenarios_are_selected_by_name(scenario: Document) -> None:
    data = json.dumps(scenario).encode()
    assert len(list(run_tests(data, "block", lambda name: name == "transfer-new"))) == 1
    assert list(run_tests(data, "block", lambda name: False)) == []
