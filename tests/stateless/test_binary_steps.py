"""Blocks with a witness of the binary tree: judged as a whole, and refused for each thing that can be wrong.

All changed witnesses are proven anew (``fixtures.binary``), so that the execution alone can see the change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from fixtures.binary import (
    Scene,
    broken_write,
    chunk_of,
    code_hash_of,
    header_of,
    of_fork,
    of_network,
    proven,
)
from stateless.checks import BINARY_CHECKS
from stateless.verdict import Verdict
from stateless.verifier import verify
from verkle.accounts import AccountHeader, encode_header
from witness.binary.container import BinaryWitness
from witness.block import BlockInput
from witness.header import Withdrawal

SCENES = [of_fork, of_network]


def binary_of(block: BlockInput) -> BinaryWitness:
    assert block.binary is not None
    return block.binary


def code_of(block: BlockInput, **options: object) -> str | None:
    verdict = verify(block, **options)  # type: ignore[arg-type]
    return None if verdict.error is None else verdict.error.code


def status(verdict: Verdict) -> dict[str, str]:
    return {check.name: check.status for check in verdict.checks}


@pytest.mark.parametrize(
    ("scene", "rules", "skipped"),
    [
        (of_fork, "cancun", {"block_hash", "block_bytes", "requests_hash"}),
        (
            of_network,
            "kaustinen7",
            {"header_excess_blob_gas", "block_bytes", "blob_gas_used", "requests_hash"},
        ),
    ],
)
def test_valid(scene: Callable[[], Scene], rules: str, skipped: set[str]) -> None:
    block = proven(scene())
    verdict = verify(block)
    assert (verdict.verdict, verdict.tree, verdict.rules, verdict.executed) == (
        "valid",
        "binary",
        rules,
        True,
    )
    assert (verdict.assumptions, verdict.rules_from) == ((), "file")
    witness = binary_of(block)
    assert (verdict.pre_state_root, verdict.post_state_root) == (witness.pre_root, witness.post_root)
    assert verdict.pre_state_root_from == "file"
    found = status(verdict)
    assert list(found) == list(BINARY_CHECKS)
    assert {name for name, said in found.items() if said != "passed"} == skipped | {
        "header_state_root",
        "pre_state_root",
    }
    notes = {check.name: check.note for check in verdict.checks}
    assert notes["header_state_root"] == "the header's state root is that of another tree"
    assert verdict.sizes["keys"] == len(scene().asked)
    assert code_of(block, strict=True) is None


@pytest.mark.parametrize("scene", SCENES)
def test_every_key_is_needed(scene: Callable[[], Scene]) -> None:
    for key in scene().asked:
        block = proven(scene().hidden(key))
        assert code_of(block) in {"WITNESS_KEY_MISSING", "LEAF_MISSING", "CODE_CHUNK_MISSING"}
        assert code_of(block, proof_only=True) is None


@pytest.mark.parametrize("scene", SCENES)
def test_every_write_is_compared(scene: Callable[[], Scene]) -> None:
    for key, value in scene().writes.items():
        other = proven(scene().written(key, value[:-1] + bytes([value[-1] ^ 1])))
        assert code_of(other) == "WRITE_DIFFERS"
        assert code_of(proven(scene().written(key, None))) == "WRITE_MISSING"
        assert code_of(other, proof_only=True) is None
    unwritten = next(key for key in scene().asked if key not in scene().writes)
    assert code_of(proven(scene().written(unwritten, b"\x09" * 32))) == "WRITE_SURPLUS"


@pytest.mark.parametrize("scene", SCENES)
def test_a_key_that_nobody_touches(scene: Callable[[], Scene]) -> None:
    block = proven(scene().shown(header_of(b"\x77" * 20)))
    assert code_of(block) == "WITNESS_KEY_SURPLUS"
    verdict = verify(block, allow_surplus=True)
    assert (verdict.verdict, verdict.sizes["surplus_keys"]) == ("valid", 1)
    assert status(verdict)["witness_keys"] == "skipped"


def sender_of(scene: Scene) -> bytes:
    """The key of an account that can pay: the only kind that has a leaf before and a new one after."""
    return next(key for key in scene.writes if key[31] == 0 and key in scene.leaves)


@pytest.mark.parametrize("scene", SCENES)
def test_a_poor_sender(scene: Callable[[], Scene]) -> None:
    poor = encode_header("basic_data", AccountHeader(balance=1))[0]
    assert code_of(proven(scene().before(sender_of(scene()), poor))) == "TX_BALANCE"


def test_code_that_says_something_else() -> None:
    """A STOP in the place of the contract: nothing is counted nor logged, and the gas is another."""
    scene = of_fork()
    chunk = next(key for key in scene.asked if key[31] == 128 and key in scene.leaves)
    changed = proven(scene.before(chunk, bytes(32)))
    assert code_of(changed) == "GAS_USED_MISMATCH"
    misfit = proven(scene.before(chunk, b"\x20" + bytes(31)))
    assert code_of(misfit) == "CODE_CHUNK_MALFORMED"


@pytest.mark.parametrize("scene", SCENES)
def test_roots(scene: Callable[[], Scene]) -> None:
    block = proven(scene())
    witness = binary_of(block)
    claimed = replace(block, binary=replace(witness, post_root=b"\x01" * 32))
    assert code_of(claimed) == code_of(claimed, proof_only=True) == "POST_ROOT_MISMATCH"
    other = replace(block, binary=replace(witness, pre_root=b"\x01" * 32))
    assert code_of(other) == "BINARY_PROOF_FALSE"
    silent = replace(block, binary=replace(witness, pre_root=None, post_root=None))
    assert code_of(silent) == "NO_PRE_ROOT"
    assert code_of(block, pre_root=b"\x01" * 32) == "PRE_ROOT_MISMATCH"
    given = verify(silent, pre_root=witness.pre_root)
    assert (given.verdict, given.pre_state_root_from) == ("valid", "option")
    assert given.post_state_root == witness.post_root
    assert status(given)["post_state_root"] == "skipped"


@pytest.mark.parametrize("scene", SCENES)
def test_a_proof_for_other_rules(scene: Callable[[], Scene]) -> None:
    block = proven(scene())
    other = replace(block, binary=replace(binary_of(block), rules="eip7864b-sha256"))
    assert code_of(other) == "BINARY_PROOF_FALSE"
    unordered = replace(
        block, binary=replace(binary_of(block), state_diff=tuple(reversed(binary_of(block).state_diff)))
    )
    assert code_of(unordered) == "STEM_ORDER"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("gas_used", 21_001, "GAS_USED_MISMATCH"),
        ("receipts_root", b"\x01" * 32, "RECEIPTS_ROOT_MISMATCH"),
        ("logs_bloom", b"\x01" * 256, "LOGS_BLOOM_MISMATCH"),
        ("transactions_root", b"\x01" * 32, "TRANSACTIONS_ROOT_MISMATCH"),
        ("gas_limit", 1, "HEADER_GAS_LIMIT"),
    ],
)
@pytest.mark.parametrize("scene", SCENES)
def test_headers(scene: Callable[[], Scene], field: str, value: object, code: str) -> None:
    block = proven(scene())
    assert block.header is not None
    header = replace(block.header, **{field: value})
    assert code_of(replace(block, header=header, block_hash=None)) == code


def test_what_forks_ask_of_a_header() -> None:
    block = proven(of_fork())
    assert block.header is not None
    blobs = replace(block.header, blob_gas_used=131_072)
    assert code_of(replace(block, header=blobs)) == "BLOB_GAS_USED_MISMATCH"
    excess = replace(block.header, excess_blob_gas=1)
    assert code_of(replace(block, header=excess)) == "HEADER_EXCESS_BLOB_GAS"


def test_what_is_not_there() -> None:
    block = proven(of_fork())
    alone = BlockInput("alone", binary=block.binary)
    assert code_of(alone) == "NO_BLOCK"
    assert code_of(alone, proof_only=True) is None
    assert code_of(replace(block, transactions=None)) == "NO_TRANSACTIONS"
    assert code_of(replace(block, withdrawals=None)) == "NO_WITHDRAWALS"
    assert block.header is not None
    lacking = replace(block.header, receipts_root=None)
    assert code_of(replace(block, header=lacking, rlp_bytes=None)) == "HEADER_INCOMPLETE"
    more = Withdrawal(9, 9, bytes(20), 1)
    assert code_of(replace(block, withdrawals=(more,))) == "WITHDRAWALS_ROOT_MISMATCH"


def test_rules() -> None:
    block = proven(of_fork())
    unnamed = replace(block, rules=None)
    assert code_of(unnamed) == "RULES_NOT_NAMED"
    assert code_of(unnamed, rules="cancun") is None
    assert code_of(unnamed, chain_config={"chainId": 1337, "cancunTime": 0}) is None
    assert code_of(replace(block, rules="nofork")) == "FORK_UNSUPPORTED"
    assert code_of(replace(block, rules="kaustinen5")) == "HEADER_FIELDS"
    network = proven(of_network())
    assert code_of(replace(network, rules="kaustinen5")) == "EXECUTION_UNSUPPORTED"
    assert code_of(replace(network, rules="kaustinen5"), proof_only=True) is None
    by_config = verify(
        replace(network, rules=None), chain_config={"chainId": 69420, "verkleTime": 1730214060}
    )
    assert (by_config.rules, by_config.rules_from) == ("kaustinen7-devnet", "chain_config")
    # what a block pays differs: it is judged by the rules that are named, not by those that would fit
    assert code_of(replace(network, rules="shanghai")) is not None


def test_transactions_are_judged_before_the_witness() -> None:
    block = proven(of_network())
    assert block.transactions is not None
    cut = replace(block, transactions=(block.transactions[0][:-1], *block.transactions[1:]))
    assert verify(cut).error is not None
    assert verify(cut).verdict in {"invalid", "malformed"}
    foreign = replace(block, chain_id=5)
    assert code_of(foreign) == "TX_CHAIN_ID"


def test_a_fixture_that_is_broken() -> None:
    assert code_of(broken_write()) == "WRITE_DIFFERS"
    assert code_hash_of(b"\x01" * 20)[:31] == header_of(b"\x01" * 20)[:31]
    assert chunk_of(b"\x01" * 20, 0)[31] == 128
