"""Blocks run on the whole state come to what geth came to: gas, receipts, access events, witness, root.

Each scenario starts from its genesis alloc, which becomes a tree under the rules of the scenario. Each block
is run on the tree as it then is; from its access events the witness is made, equal to geth's to the byte;
what it writes makes the next tree. Left out are the files that give only the tail of a chain, whose state
nobody has.

In six files of ``odd/`` the client writes leaves that its witness does not name (SPEC 5.9): there the state
has them, and so the client's root, and a verifier who has the witness alone must refuse.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stateless.evm.access import Place
from stateless.genesis import parse_genesis
from stateless.headers import headers_by_hash
from stateless.report import Options, Subject
from stateless.rules import RULE_SETS
from stateless.verifier import verify_block
from stateless.verkle_state import StateExecution, VerkleState, run_on_state
from tests.vectors import vector_files
from verkle.pedersen import Committer
from witness.formats import chain_file
from witness.witness_json import witness_to_json

# One committer for all: its tables are made once.
COMMITTER = Committer()
WRITTEN = 3
READ = 1
"""Modes of an access event."""

UNTOLD = frozenset(
    {
        "call-value-absent-precompile",
        "edge-absent-touched-then-selfdestruct",
        "edge-absent-touched-then-value-call",
        "edge-precompile-call-then-selfdestruct",
        "edge-precompile-staticcall-then-selfdestruct",
        "history-account-absent",
    }
)
"""Their first block writes leaves that the witness does not have."""
GAS_BELOW_ZERO = frozenset({"random-066", "random-095", "random-140", "stipend-gas-used-negative"})
"""The client made the block, and refused it: its gas used is modulo 2^64."""
NO_BLOCK = "endless-program"
UNPROVEN_READS = {
    "extcodehash-empty-account": "RECEIPTS_ROOT_MISMATCH",
    "extcodehash-untouched-accounts": "RECEIPTS_ROOT_MISMATCH",
    "history-account-with-code": "GAS_USED_MISMATCH",
}
"""What the client read and its witness does not have, so that from the witness another outcome follows."""


def hexed(data: bytes) -> str:
    return "0x" + data.hex()


def events(listed: list[list[Any]]) -> dict[Place, bool]:
    """The client's access events: whether each place was written."""
    found = {}
    for address, tree_index, suffix, mode in listed:
        assert mode in (READ, WRITTEN)
        found[bytes.fromhex(address[2:]), int(tree_index), int(suffix)] = mode == WRITTEN
    return found


def check_transactions(block: dict[str, Any], run: StateExecution) -> int:
    """Gas, status and access events of each transaction; how many."""
    execution = run.done.execution
    assert len(execution.receipts) == len(execution.logs) == len(block["receipts"])
    for receipt, log, theirs, accessed in zip(
        execution.receipts, execution.logs, block["receipts"], block["accessEvents"], strict=True
    ):
        assert int(receipt.succeeded) == int(str(theirs["status"]), 0)
        assert receipt.gas_used == int(str(theirs["gasUsed"]), 0)
        assert receipt.cumulative_gas_used == int(str(theirs["cumulativeGasUsed"]), 0)
        assert dict(log.leaves) == events(accessed)
    for place, written in events(block["systemAccessEvents"]).items():
        assert run.done.touched[place] == written
    return len(execution.receipts)


def check(path: Path) -> tuple[int, int]:
    """All blocks of a file; how many blocks and transactions."""
    scenario = json.loads(path.read_text())
    if scenario.get("omittedBlocks") or path.stem == NO_BLOCK:
        return 0, 0
    rules = RULE_SETS[scenario["rules"]]
    state = VerkleState.from_alloc(parse_genesis(scenario["genesis"]).accounts, rules, COMMITTER)
    assert hexed(state.root) == scenario["genesis"]["stateRoot"]
    transactions = 0
    blocks = chain_file.read(scenario, path.stem)
    for number, (block, theirs) in enumerate(zip(blocks, scenario["blocks"], strict=True)):
        assert block.header is not None
        assert hexed(state.root) == theirs["parentStateRoot"]
        run = run_on_state(Subject(block, headers_by_hash(block.headers), rules, Options()), state, rules)
        if run.error is not None:
            assert (path.stem in GAS_BELOW_ZERO, run.error.code) == (True, "HEADER_GAS_USED")
            return number, transactions
        assert run.executed is not None
        transactions += check_transactions(theirs, run.executed)
        witness, _ = run.executed.witness()
        root = {"parentStateRoot": theirs["parentStateRoot"]}
        assert witness_to_json(witness) == {**theirs["executionWitness"], **root}
        state = run.executed.after
        assert hexed(state.root) == theirs["header"]["stateRoot"]
        verdict = verify_block(block)
        code = None if verdict.error is None else verdict.error.code
        if path.stem in UNTOLD and number == 0:
            assert run.executed.untold
            assert code in ("WRITE_UNPROVEN", "POST_ROOT_MISMATCH")
        else:
            assert run.executed.untold == ()
            assert code == UNPROVEN_READS.get(path.stem)
    return len(blocks), transactions


SAMPLE = 9
"""Every ninth file in each run."""


@pytest.mark.parametrize(
    "path", vector_files("verkle-geth/*.json", every=SAMPLE) + vector_files("verkle-geth/odd/*.json")
)
def test_sample(path: Path) -> None:
    check(path)


@pytest.mark.slow
def test_all(vectors: Path) -> None:
    folder = vectors / "verkle-geth"
    done = [check(path) for path in sorted([*folder.glob("*.json"), *folder.glob("odd/*.json")])]
    assert (len(done), sum(blocks > 0 for blocks, _ in done)) == (383, 374)
    assert (sum(blocks for blocks, _ in done), sum(count for _, count in done)) == (481, 4726)
