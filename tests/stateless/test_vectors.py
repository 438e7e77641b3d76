"""Everybody's blocks: the verdicts that the vectors' README states, executed, or under ``proof_only``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stateless.exceptions_table import codes_for
from stateless.verdict import Verdict
from stateless.verifier import verify, verify_all
from stateless.verkle_steps import EXECUTION_CHECKS
from tests.stateless.samples import unhex
from tests.vectors import vector_files

NOT_EXECUTED = set(EXECUTION_CHECKS)


def statuses(verdict: Verdict) -> dict[str, str]:
    return {check.name: check.status for check in verdict.checks}


@pytest.mark.parametrize("path", vector_files("verkle-blocks/kaustinen*block*.json"))
def test_devnet_blocks(path: Path) -> None:
    document = json.loads(path.read_bytes())
    (verdict,) = verify_all(path.read_bytes(), path.name, proof_only=True)
    checks = statuses(verdict)
    assert checks["proof"] == "passed"
    assert verdict.rules == document["network"].split("-")[0]
    assert verdict.rules_from == "file"
    assert verdict.pre_state_root_from == "file"
    assert checks["pre_state_root"] == "skipped"
    assert not verdict.executed
    assert {name for name in NOT_EXECUTED if checks[name] == "skipped"} == NOT_EXECUTED
    assert verdict.gas_used is None
    if path.name == "kaustinen6-block1.json":
        assert verdict.error is not None
        assert (verdict.verdict, verdict.error.code) == ("invalid", "POST_ROOT_MISMATCH")
        assert "history account 0xfffffffffffffffffffffffffffffffffffffffe" in verdict.error.message
        assert "without putting them into the witness" in verdict.error.message
        assert "0x" + bytes(verdict.error.expected or b"").hex() == document["header"]["stateRoot"]  # type: ignore[call-overload]
        return
    assert verdict.verdict == "valid"
    if "witness-only" in path.name:
        assert verdict.post_state_root == unhex(document["postStateRoot"])
        assert checks["post_state_root"] == "skipped"
    else:
        assert verdict.post_state_root == unhex(document["header"]["stateRoot"])
        assert checks["block_hash"] == checks["post_state_root"] == "passed"
        assert verdict.block is not None
        assert verdict.block.hash == unhex(document["header"]["blockHash"])
        assert verdict.block.transactions == len(document["transactions"])


def test_a_root_that_the_header_lacks_is_bound_by_the_block_hash(vectors: Path) -> None:
    lacks = verify(vectors / "verkle-blocks/kaustinen4-block353.json", proof_only=True)
    assert statuses(lacks)["transactions_root"] == "skipped"
    assert statuses(lacks)["block_hash"] == "passed"
    has = verify(vectors / "verkle-blocks/kaustinen6-block72.json", proof_only=True)
    assert statuses(has)["transactions_root"] == "passed"


def test_block_72_leads_to_block_73(vectors: Path) -> None:
    first = verify(vectors / "verkle-blocks/kaustinen6-block72.json", proof_only=True)
    second = verify(vectors / "verkle-blocks/kaustinen6-block73.json", proof_only=True)
    assert first.post_state_root == second.pre_state_root
    assert len(second.assumptions) == 42
    assert {assumption.code for assumption in second.assumptions} == {"ABSENCE_NODE_KIND"}


@pytest.mark.parametrize("path", vector_files("verkle-blocks/no-parent-root/*.json"))
def test_without_a_state_root_before_them(path: Path) -> None:
    (verdict,) = verify_all(path.read_bytes(), path.name, proof_only=True)
    assert verdict.error is not None
    assert (verdict.verdict, verdict.error.code) == ("incomplete", "NO_PRE_ROOT")
    assert statuses(verdict)["block_hash"] == "passed"
    assert statuses(verdict)["proof"] == "skipped"
    assert verdict.sizes["stems"]


@pytest.mark.parametrize(("name", "code"), [("72", "PROOF_IPA_FALSE"), ("73", "POINT_NOT_CANONICAL")])
def test_the_public_invalid_witnesses(vectors: Path, name: str, code: str) -> None:
    right = json.loads((vectors / f"verkle-blocks/kaustinen6-block{name}.json").read_bytes())
    wrong = vectors / f"verkle-blocks/invalid-kaustinen6-block{name}.json"
    verdict = verify(wrong, pre_root=unhex(right["parentStateRoot"]), proof_only=True)
    assert verdict.error is not None
    assert (verdict.verdict, verdict.error.code, verdict.error.stage) == ("invalid", code, "PROOF")
    assert verdict.pre_state_root_from == "option"


@pytest.mark.parametrize(
    "path",
    vector_files("verkle-eest/transfer.json")
    + vector_files("verkle-eest/filled/eip*/**/*.json", every=8)
    + vector_files("verkle-eest/filled/other-suites/**/*.json", every=12),
)
def test_execution_spec_tests(path: Path) -> None:
    document = json.loads(path.read_bytes())
    blocks = (document if "blocks" in document else next(iter(document.values())))["blocks"]
    named = "eest-verkle" if path.name == "transfer.json" else None
    verdicts = verify_all(path.read_bytes(), path.name, rules=named)
    for verdict, block in zip(verdicts, blocks, strict=True):
        if "expectException" in block:
            assert verdict.error is not None
            assert verdict.verdict == "invalid"
            assert verdict.error.code in codes_for(block["expectException"])
            continue
        assert verdict.verdict == "valid", verdict.error
        assert verdict.executed
        assert verdict.pre_state_root_from == "parent_header"
        skipped = {name for name, status in statuses(verdict).items() if status == "skipped"}
        assert skipped <= {"node_kinds", "header_fields"}
        assert verdict.rules == "eest-verkle"


def test_invalid_blocks_of_execution_spec_tests_have_no_witness(vectors: Path) -> None:
    """They break rules of transactions; header and roots alone say nothing against them."""
    folder = vectors / "verkle-eest/filled/other-suites/shanghai/eip3860_initcode/initcode"
    path = folder / "contract_creating_tx_over_limit_zeros.json"
    (verdict,) = [verdict for verdict in verify_all(path.read_bytes(), "", proof_only=True) if verdict.error]
    assert verdict.verdict == "incomplete"
    assert verdict.pre_state_root_from == "parent_header"
    assert statuses(verdict)["transactions_root"] == "passed"


@pytest.mark.parametrize("path", vector_files("verkle-geth/*.json", every=5))
def test_made_blocks(path: Path) -> None:
    document = json.loads(path.read_bytes())
    verdicts = verify_all(path.read_bytes(), path.name)
    assert len(verdicts) == len(document["blocks"])
    for verdict, block in zip(verdicts, document["blocks"], strict=True):
        assert verdict.verdict == "valid", verdict.error
        assert verdict.executed
        assert verdict.gas_used == block["header"]["gasUsed"]
        assert [(receipt["status"], receipt["gas_used"]) for receipt in verdict.receipts or ()] == [
            (receipt["status"], receipt["gasUsed"]) for receipt in block["receipts"]
        ]
        assert verdict.rules == "kaustinen7"
        assert verdict.post_state_root == unhex(block["header"]["stateRoot"])
        assert verdict.block is not None
        assert verdict.block.hash == unhex(block["blockHash"])
        skipped = {name for name, status in statuses(verdict).items() if status == "skipped"}
        assert skipped <= {"node_kinds"}


ODD_VERDICTS = {
    "call-value-absent-precompile": ("WRITE_UNPROVEN", "does not follow from it"),
    "edge-absent-touched-then-selfdestruct": ("WRITE_UNPROVEN", "does not follow from it"),
    "edge-absent-touched-then-value-call": ("WRITE_UNPROVEN", "does not follow from it"),
    "edge-precompile-call-then-selfdestruct": ("WRITE_UNPROVEN", "does not follow from it"),
    "edge-precompile-staticcall-then-selfdestruct": ("WRITE_UNPROVEN", "does not follow from it"),
    "history-account-absent": ("POST_ROOT_MISMATCH", "history account"),
    # what they read of an account is not in the witness, and its rule is another
    "extcodehash-empty-account": ("RECEIPTS_ROOT_MISMATCH", "receipts root"),
    "extcodehash-untouched-accounts": ("RECEIPTS_ROOT_MISMATCH", "receipts root"),
    "history-account-with-code": ("GAS_USED_MISMATCH", "gas used"),
    "random-066": ("HEADER_GAS_USED", "limit"),
    "random-095": ("HEADER_GAS_USED", "limit"),
    "random-140": ("HEADER_GAS_USED", "limit"),
    "stipend-gas-used-negative": ("HEADER_GAS_USED", "limit"),
    "endless-program": ("NO_BLOCKS", "empty"),
}


@pytest.mark.parametrize("path", vector_files("verkle-geth/odd/*.json"))
def test_blocks_on_which_the_client_contradicts_itself(path: Path) -> None:
    """Where the witness does not determine the root, the verdict is a refusal with an explanation."""
    verdicts = verify_all(path.read_bytes(), path.stem)
    failed = [verdict.error for verdict in verdicts if verdict.error is not None]
    if path.stem not in ODD_VERDICTS:
        assert not failed
        assert all(verdict.executed for verdict in verdicts)
        return
    code, words = ODD_VERDICTS[path.stem]
    assert failed[0].code == code
    assert words in failed[0].message


@pytest.mark.parametrize("path", vector_files("verkle-forged/*.json"))
@pytest.mark.parametrize("strict", [False, True])
def test_forgeries_are_assumptions_and_refused_when_strict(path: Path, strict: bool) -> None:
    document = json.loads(path.read_bytes())
    verdict = verify(path, proof_only=True, strict=strict)
    assert verdict.block is None
    expected = document["expectedStrict" if strict else "expected"]
    if expected == "refused":
        assert verdict.error is not None
        assert (verdict.verdict, verdict.error.code) == ("invalid", "ABSENCE_NODE_KIND")
        assert verdict.error.stage == "PROOF"
        assert statuses(verdict)["node_kinds"] == "failed"
        return
    assert verdict.verdict == "valid"
    assert statuses(verdict)["node_kinds"] == ("skipped" if expected == "assumption" else "passed")
    codes = {assumption.code for assumption in verdict.assumptions}
    assert codes == ({"ABSENCE_NODE_KIND"} if expected == "assumption" else set())
    for assumption in verdict.assumptions:
        assert assumption.key is not None
        assert "0x" + assumption.key.hex() in [
            diff["stem"] for diff in document["executionWitness"]["stateDiff"]
        ]


def test_a_network_whose_execution_is_not_known(vectors: Path) -> None:
    verdict = verify(vectors / "verkle-blocks/kaustinen4-block353.json", rules="kaustinen5")
    assert verdict.error is not None
    assert (verdict.verdict, verdict.exit_code) == ("unsupported", 4)
    assert (verdict.error.code, verdict.error.stage) == ("EXECUTION_UNSUPPORTED", "EXECUTE")
    assert "--proof-only" in verdict.error.message
    assert statuses(verdict)["post_state_root"] == "passed"


@pytest.mark.parametrize("path", vector_files("verkle-forged/*.json"))
def test_a_witness_without_its_block_leaves_nothing_to_run(path: Path) -> None:
    verdict = verify(path)
    assert verdict.error is not None
    assert (verdict.verdict, verdict.error.code) == ("incomplete", "NO_BLOCK")


def test_without_proof_only_a_wrong_root_is_still_invalid(vectors: Path) -> None:
    verdict = verify(vectors / "verkle-blocks/kaustinen6-block1.json")
    assert verdict.verdict == "invalid"


def test_rules_that_nothing_names(vectors: Path) -> None:
    verdict = verify(vectors / "verkle-eest/transfer.json")
    assert verdict.error is not None
    assert (verdict.verdict, verdict.error.code) == ("unsupported", "RULES_NOT_NAMED")
    named = verify(vectors / "verkle-eest/transfer.json", rules="eest-verkle", proof_only=True)
    assert (named.verdict, named.rules, named.rules_from) == ("valid", "eest-verkle", "option")
