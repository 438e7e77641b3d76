"""Witnesses that clients made: proof, root afterwards, and the same bytes from the program's own prover."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.oracles.prover import Witness
from tests.vectors import vector_files
from tests.verkle.implementations import FAST, ORACLE, RefusalError, containers
from verkle.openings import plan
from verkle.prover import prove_keys
from verkle.tree import Tree


def raw(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def even(witness: Witness) -> Witness:
    """Older fixtures drop the first digit of ``depthExtensionPresent``; Kaustinen 2 to 4 quote the suffix."""
    proof = witness["verkleProof"]
    digits = proof["depthExtensionPresent"].removeprefix("0x")
    proof["depthExtensionPresent"] = "0x" + digits.zfill(len(digits) + len(digits) % 2)
    for entry in witness["stateDiff"]:
        for leaf in entry["suffixDiffs"]:
            leaf["suffix"] = int(leaf["suffix"])
    return witness


def load(path: Path) -> tuple[dict[str, Any], bytes, Witness]:
    facts = json.loads(path.read_text())
    return facts, raw(facts["parentStateRoot"]), even(facts["executionWitness"])


@pytest.mark.parametrize("path", vector_files("verkle-blocks/kaustinen*.json"))
def test_devnet_blocks(path: Path) -> None:
    """The root afterwards is the header's, but for block 1 of Kaustinen 6 (SPEC 5.8 iv)."""
    facts, root, witness = load(path)
    outcome = FAST.check_witness(root, witness)
    assert outcome == ORACLE.check_witness(root, witness)
    expected = facts["header"].get("stateRoot") or facts["postStateRoot"]
    assert (outcome.post_root == raw(expected)) == (path.stem != "kaustinen6-block1")


@pytest.mark.parametrize(
    ("name", "openings", "paths"),
    [
        ("kaustinen6-block72", 65, 14),
        ("kaustinen6-block73", 217, 70),
        ("kaustinen6-block98-witness-only", 7, 4),
        ("kaustinen6-block1", 3, 2),
    ],
)
def test_sizes_of_plans(vectors: Path, name: str, openings: int, paths: int) -> None:
    _, _, witness = load(vectors / f"verkle-blocks/{name}.json")
    laid_out = plan(*containers(witness))
    assert len(laid_out.openings) == openings
    assert len(laid_out.paths) == paths


def test_absences_not_shown_in_block_73(vectors: Path) -> None:
    _, root, witness = load(vectors / "verkle-blocks/kaustinen6-block73.json")
    assert len(FAST.check_witness(root, witness).unshown) == 42


@pytest.mark.parametrize(("number", "code"), [(72, "PROOF_IPA_FALSE"), (73, "POINT_NOT_CANONICAL")])
def test_invalid_blocks_of_rust_verkle(vectors: Path, number: int, code: str) -> None:
    facts = json.loads((vectors / f"verkle-blocks/invalid-kaustinen6-block{number}.json").read_text())
    _, root, _ = load(vectors / "verkle-blocks/kaustinen6-block72.json")
    if number == 73:
        _, root, _ = load(vectors / "verkle-blocks/kaustinen6-block73.json")
    for implementation in (FAST, ORACLE):
        with pytest.raises(RefusalError, match=code):
            implementation.check_witness(root, even(facts["executionWitness"]))


@pytest.mark.parametrize("path", vector_files("verkle-geth/*.json", every=15))
def test_kaustinen_7(path: Path) -> None:
    for block in json.loads(path.read_text())["blocks"]:
        outcome = FAST.check_witness(raw(block["parentStateRoot"]), even(block["executionWitness"]))
        assert outcome.post_root == raw(block["header"]["stateRoot"])


@pytest.mark.parametrize("path", vector_files("verkle-geth/odd/edge-*.json"))
def test_blocks_that_do_not_determine_their_root(path: Path) -> None:
    """The proof holds; the client wrote leaves that it left out of the witness."""
    (block,) = json.loads(path.read_text())["blocks"]
    outcome = FAST.check_witness(raw(block["parentStateRoot"]), even(block["executionWitness"]))
    assert outcome.post_root != raw(block["header"]["stateRoot"])


@pytest.mark.parametrize("path", vector_files("verkle-eest/filled/*/**/*.json", every=17))
def test_filled_tests(path: Path) -> None:
    """From all leaves before the first block the program's prover writes go-verkle's proof, byte for byte."""
    (facts,) = json.loads(path.read_text()).values()
    root = raw(facts["genesisBlockHeader"]["stateRoot"])
    tree = Tree()
    tree.put({raw(key): raw(value) for key, value in facts["preTree"].items()})
    assert tree.root == root
    blocks = [block for block in facts["blocks"] if "expectException" not in block]
    for number, block in enumerate(blocks[:3]):
        witness = even(block["witness"])
        outcome = FAST.check_witness(root, witness)
        root = raw(block["blockHeader"]["stateRoot"])
        assert outcome.post_root == root
        if number == 0:
            diff, _ = containers(witness)
            keys = [entry.stem + bytes([leaf.suffix]) for entry in diff for leaf in entry.suffixes]
            new = {e.stem + bytes([leaf.suffix]): leaf.new for e in diff for leaf in e.suffixes if leaf.new}
            assert prove_keys(tree, keys, new) == containers(witness)
