"""Whole verdicts on a mainnet block whose witness was tampered with: each kind by its own code and stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fixtures.verkle_making import with_header
from stateless.verdict import Verdict
from stateless.verifier import verify_block
from witness.block import BlockInput
from witness.containers import ExecutionWitness
from witness.decode import decode_blocks
from witness.patricia.container import PatriciaWitness
from witness.patricia.nodes import Leaf, encode_node
from witness.source import read_path

STRAY = encode_node(Leaf("0" * 64, b"nobody's"))


@pytest.fixture(scope="module")
def block(vectors: Path) -> BlockInput:
    path = vectors / "patricia-blocks/mainnet-22615247.zkpi.json"
    (found,) = decode_blocks(read_path(path), path.name)
    return found


def judged(
    block: BlockInput, edit: Callable[[PatriciaWitness], PatriciaWitness], *, strict: bool = False
) -> Verdict:
    assert block.patricia is not None
    return verify_block(replace(block, patricia=edit(block.patricia)), strict=strict)


CASES: list[tuple[str, Callable[[PatriciaWitness], PatriciaWitness], str, str, str]] = [
    ("a node of 2 MB", lambda w: replace(w, nodes=(*w.nodes, bytes(2 << 20))),
     "malformed", "PATRICIA_NODE_SIZE", "PROOF"),
    ("300 ancestors", lambda w: replace(w, ancestors=w.ancestors * 300),
     "invalid", "ANCESTORS_TOO_MANY", "SHAPE"),
    ("another header", lambda w: replace(w, ancestors=(*w.ancestors, replace(w.ancestors[0], number=5))),
     "invalid", "ANCESTORS_GAP", "SHAPE"),
    ("a changed parent", lambda w: replace(w, ancestors=(replace(w.ancestors[0], state_root=bytes(32)),)),
     "invalid", "ANCESTORS_GAP", "SHAPE"),
    ("no parent", lambda w: replace(w, ancestors=()), "incomplete", "NO_PRE_ROOT", "SHAPE"),
    ("a root asserted beside", lambda w: replace(w, pre_state_root=bytes(32)),
     "invalid", "PRE_ROOT_MISMATCH", "SHAPE"),
    ("hashes of other blocks", lambda w: replace(w, block_hashes=(bytes(32),)),
     "invalid", "BLOCK_HASHES_WRONG", "SHAPE"),
    ("no nodes", lambda w: replace(w, nodes=()), "incomplete", "PATRICIA_NODE_MISSING", "PROOF"),
    ("no codes", lambda w: replace(w, codes=()), "incomplete", "PATRICIA_CODE_MISSING", "EXECUTE"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("edit", "verdict", "code", "stage"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_refusals(
    block: BlockInput, edit: Callable[[PatriciaWitness], PatriciaWitness], verdict: str, code: str, stage: str
) -> None:
    found = judged(block, edit)
    assert found.error is not None
    assert (found.verdict, found.error.code, found.error.stage) == (verdict, code, stage)


@pytest.mark.parametrize("index", range(0, 868, 62))
def test_any_node_missing_or_changed(block: BlockInput, index: int) -> None:
    """A node with one bit turned is another node; the one that is asked for is then missing."""

    def without(witness: PatriciaWitness, *instead: bytes) -> PatriciaWitness:
        return replace(witness, nodes=(*witness.nodes[:index], *instead, *witness.nodes[index + 1 :]))

    def turned(witness: PatriciaWitness) -> PatriciaWitness:
        node = bytearray(witness.nodes[index])
        node[len(node) // 2] ^= 1
        return without(witness, bytes(node))

    for edit in (without, turned):
        found = judged(block, edit)
        assert found.error is not None
        assert (found.verdict, found.error.code) == ("incomplete", "PATRICIA_NODE_MISSING")
        assert "account" in found.error.where


def test_order_and_repetition_mean_nothing(block: BlockInput) -> None:
    found = judged(
        block,
        lambda w: replace(
            w,
            nodes=(*w.nodes[::-1], *w.nodes[:9], b"\x80"),
            codes=w.codes[::-1] + w.codes,
            ancestors=w.ancestors * 2,
        ),
        strict=True,
    )
    assert found.valid


def test_a_node_that_nothing_asks_for(block: BlockInput) -> None:
    """Passed over, since honest provers leave some; refused where strictness is asked for."""

    def edit(witness: PatriciaWitness) -> PatriciaWitness:
        return replace(witness, nodes=(*witness.nodes, STRAY))

    assert judged(block, edit).valid
    found = judged(block, edit, strict=True)
    assert found.error is not None
    assert (found.verdict, found.error.code, found.error.stage) == (
        "invalid",
        "PATRICIA_NODE_SURPLUS",
        "PROOF",
    )


WITHOUT: list[tuple[dict[str, Any], str, str]] = [
    ({"rules": "prague"}, "prague", "option"),
    ({"chain_config": {"chainId": 1, "shanghaiTime": 0, "cancunTime": 0, "pragueTime": 0}}, "prague",
     "chain_config"),
]  # fmt: skip


@pytest.mark.parametrize(("named", "rules", "source"), WITHOUT)
def test_a_block_without_a_witness_under_rules_of_forks(
    block: BlockInput, named: dict[str, Any], rules: str, source: str
) -> None:
    """The header's own rules, then the state root before the block, then the witness; as for Verkle."""
    bare = replace(block, patricia=None, headers=(), network=None, rules=None, chain_config=None)
    verdict = verify_block(bare, **named)
    assert (verdict.verdict, verdict.error and verdict.error.code) == ("incomplete", "NO_PRE_ROOT")
    assert (verdict.tree, verdict.rules, verdict.rules_from) == ("patricia", rules, source)
    assert [check.status for check in verdict.checks if check.name == "block_hash"] != ["failed"]
    # a root, by the caller or in the file: only the witness lacks
    stated = replace(bare, parent_state_root=bytes(32))
    for rooted, root in ((bare, bytes(32)), (stated, None)):
        verdict = verify_block(rooted, pre_root=root, **named)
        assert (verdict.error and verdict.error.code, verdict.pre_state_root) == ("NO_WITNESS", bytes(32))
    assert bare.header is not None
    assert bare.header.gas_limit is not None
    verdict = verify_block(with_header(bare, gas_used=bare.header.gas_limit + 1), **named)
    assert (verdict.verdict, verdict.error and verdict.error.code) == ("invalid", "HEADER_GAS_USED")
    # what is no fork either stays unknown
    unknowns: list[tuple[dict[str, Any], str]] = [
        ({"rules": "nonsense"}, "RULES_UNKNOWN"),
        ({"chain_config": {"chainId": 5, "verkleTime": 0}}, "CHAIN_CONFIG_UNKNOWN"),
    ]
    for unknown, code in unknowns:
        verdict = verify_block(bare, **unknown)
        assert (verdict.verdict, verdict.error and verdict.error.code) == ("unsupported", code)
    # a Verkle witness is not judged by them
    verkle = replace(bare, witness=ExecutionWitness((), None, None))  # type: ignore[arg-type]
    assert verify_block(verkle, **named).verdict == "unsupported"
