"""Witnesses made here are those that geth made: every byte, on every block of the corpus.

Each scenario starts from its genesis alloc, which becomes a tree under the scenario's rules; each block's
keys are proven on the tree as it then is, new values are put in, and the next block follows. Left out are the
files that give only the tail of a chain, whose state nobody has. In six files of ``odd/`` the client writes
leaves that its witness does not name (SPEC 5.9): there the witness is equal, and the root cannot be.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stateless.genesis import alloc_leaves, parse_genesis
from stateless.proving import Request, prove
from stateless.rules import RULE_SETS
from tests.vectors import vector_files
from verkle.pedersen import Committer
from verkle.tree import Tree
from witness.witness_json import state_diff_from_json, witness_to_json

# One committer for all: its tables are made once.
COMMITTER = Committer()


def hexed(data: bytes) -> str:
    return "0x" + data.hex()


def request_of(diff: Any) -> Request:
    leaves = {
        stem.stem + bytes([leaf.suffix]): leaf
        for stem in state_diff_from_json(diff)
        for leaf in stem.suffixes
    }
    return Request(
        tuple(leaves),
        {key: leaf.current for key, leaf in leaves.items()},
        {key: leaf.new for key, leaf in leaves.items() if leaf.new is not None},
    )


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
"""Their first block's root needs leaves that the witness does not have."""
NO_BLOCK = "endless-program"


def check(path: Path) -> int:
    """All blocks of a file; how many were proven."""
    scenario = json.loads(path.read_text())
    if scenario.get("omittedBlocks") or path.stem == NO_BLOCK:
        return 0
    rules = RULE_SETS[scenario["rules"]]
    tree = Tree(committer=COMMITTER)
    tree.put(alloc_leaves(parse_genesis(scenario["genesis"]["alloc"]).accounts, rules))
    assert hexed(tree.root) == scenario["genesis"]["stateRoot"]
    for number, block in enumerate(scenario["blocks"], 1):
        assert hexed(tree.root) == block["parentStateRoot"]
        expected = block["executionWitness"]
        request = request_of(expected["stateDiff"])
        made = prove(tree, request, "assumed")
        assert witness_to_json(made.witness) == {**expected, "parentStateRoot": block["parentStateRoot"]}
        assert made.added == ()
        tree.put(request.new)
        if path.stem in UNTOLD:
            assert hexed(tree.root) != block["header"]["stateRoot"]
            return number
        assert hexed(tree.root) == block["header"]["stateRoot"]
    return len(scenario["blocks"])


SAMPLE = 9
"""Every ninth file in each run."""


@pytest.mark.parametrize(
    "path", vector_files("verkle-geth/*.json", every=SAMPLE) + vector_files("verkle-geth/odd/*.json", every=5)
)
def test_sample(path: Path) -> None:
    check(path)


@pytest.mark.slow
def test_all(vectors: Path) -> None:
    folder = vectors / "verkle-geth"
    done = [check(path) for path in sorted([*folder.glob("*.json"), *folder.glob("odd/*.json")])]
    assert (len(done), sum(map(bool, done)), sum(done)) == (383, 378, 484)
