"""``lint``: for every rule a witness that breaks it, and sound ones that break none."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stateless.code_table import CODES
from stateless.genesis import AllocAccount
from stateless.inspection.finding import Finding, LintOptions, LintReport
from stateless.inspection.lint import LINTERS, lint
from stateless.inspection.lint_patricia import needed_by
from stateless.inspection.lint_rules import RULES
from stateless.inspection.lint_text import lint_text
from stateless.inspection.lint_verkle import touched_by
from stateless.inspection.sarif import sarif
from stateless.patricia_state import PatriciaState
from stateless.rules import RULE_SETS
from tests.vectors import PROJECT
from verkle.diff import KindOpening, StemDiff, SuffixDiff
from verkle.errors import StatelessError
from verkle.openings import plan
from witness.block import BlockInput
from witness.decode import decode_blocks
from witness.keccak import keccak256
from witness.patricia.nodes import Branch, Leaf, encode_node
from witness.source import read_path

FIXTURES = PROJECT / "fixtures"
SOUND = ["tx-types", "transfer-new", "create-in-create", "random-128", "sstore-clear", "withdrawals-zero"]


def block_of(name: str) -> BlockInput:
    path = FIXTURES / name
    return decode_blocks(read_path(path), path.name)[0]


def verkle(name: str = "tx-types") -> BlockInput:
    return block_of(f"blocks/{name}.json")


def patricia() -> BlockInput:
    return block_of("patricia/three-transactions.json")


@pytest.mark.parametrize("name", SOUND)
def test_sound_blocks_have_no_findings(name: str) -> None:
    assert lint(verkle(name)).findings == ()


def test_an_executed_block_without_surplus_has_none() -> None:
    report = lint(patricia())
    assert (report.findings, report.notes) == ((), ())


def _with_leaf(
    block: BlockInput, stem: int, suffix: int, change: Callable[[SuffixDiff], SuffixDiff]
) -> BlockInput:
    """The block with one leaf of its witness changed; the proof is then false, which lint does not ask."""
    assert block.witness is not None
    diff = list(block.witness.state_diff)
    leaves = tuple(change(leaf) if leaf.suffix == suffix else leaf for leaf in diff[stem].suffixes)
    assert leaves != diff[stem].suffixes
    diff[stem] = StemDiff(diff[stem].stem, leaves)
    return replace(block, witness=replace(block.witness, state_diff=tuple(diff)))


def _stem_of(block: BlockInput, address: str) -> int:
    from verkle.embedding import stems

    assert block.witness is not None
    stem = stems([(bytes.fromhex(address), 0)], RULE_SETS["kaustinen7"].stem_hash)[0]
    return [diff.stem for diff in block.witness.state_diff].index(stem)


CONTRACT = "99ea1d0f499916e51a8a73e421c18e351978235e"
COINBASE = "29e84647acd0b6eddbc084600d422fab190cc5d0"


def _unbound() -> BlockInput:
    return replace(verkle(), headers=())


def _surplus_kind() -> BlockInput:
    block = block_of("blocks/big-100-txs.json.gz")
    assert block.witness is not None
    planned = plan(block.witness.state_diff, block.witness.proof)
    opened = {(i, z) for i, z, _, _ in planned.openings}
    path = next(
        path
        for i, path in enumerate(planned.paths)
        if i and planned.kinds[i] == "inner" and (i, 0) not in opened
        and any(leaf.startswith(path) for leaf in planned.leaves)
    )  # fmt: skip
    proof = replace(block.witness.proof, kinds=(KindOpening(path, bytes([9]) + bytes(31)),))
    return replace(block, witness=replace(block.witness, proof=proof))


def _half_account() -> BlockInput:
    block = verkle()
    at = _stem_of(block, COINBASE)
    return _with_leaf(block, at, 1, lambda leaf: replace(leaf, new=None))


def _basic_data(change: Callable[[bytearray], None]) -> BlockInput:
    block = verkle()

    def changed(leaf: SuffixDiff) -> SuffixDiff:
        data = bytearray(leaf.current or bytes(32))
        change(data)
        return replace(leaf, current=bytes(data))

    return _with_leaf(block, _stem_of(block, CONTRACT), 0, changed)


def _reserved_leaf() -> BlockInput:
    block = verkle()
    assert block.witness is not None
    at = _stem_of(block, CONTRACT)
    diff = list(block.witness.state_diff)
    leaves = sorted((*diff[at].suffixes, SuffixDiff(7, None, None)), key=lambda leaf: leaf.suffix)
    diff[at] = StemDiff(diff[at].stem, tuple(leaves))
    return replace(block, witness=replace(block.witness, state_diff=tuple(diff)))


def _chunk() -> BlockInput:
    block = verkle()
    return _with_leaf(
        block, _stem_of(block, CONTRACT), 128, lambda leaf: replace(leaf, current=b"\x20" + bytes(31))
    )


def _deep(depth: int, stems: int = 1) -> BlockInput:
    """Stems that are absent at a depth, each below its own first byte."""
    block = verkle()
    assert block.witness is not None
    diff = tuple(StemDiff(bytes([i]) + bytes(30), (SuffixDiff(0, None, None),)) for i in range(stems))
    paths = 1 + stems * (depth - 1)
    proof = replace(
        block.witness.proof,
        other_stems=(),
        extension_present=bytes([depth << 3]) * stems,
        commitments=(bytes(32),) * (paths - 1),
    )
    return BlockInput("deep", witness=replace(block.witness, state_diff=diff, proof=proof))


def _too_many_keys() -> BlockInput:
    block = verkle()
    assert block.witness is not None
    assert block.header is not None
    at = _stem_of(block, CONTRACT)
    diff = list(block.witness.state_diff)
    there = {leaf.suffix for leaf in diff[at].suffixes}
    more = [SuffixDiff(suffix, None, None) for suffix in range(256) if suffix not in there]
    diff[at] = StemDiff(
        diff[at].stem, tuple(sorted((*diff[at].suffixes, *more), key=lambda leaf: leaf.suffix))
    )
    # C2 is now touched too: its commitment is there already, for the code.
    return replace(
        block,
        header=replace(block.header, gas_used=21000),
        transactions=(block.transactions or ())[:1],
        witness=replace(block.witness, state_diff=tuple(diff)),
    )


def _nothing_written() -> BlockInput:
    block = verkle()
    assert block.witness is not None
    diff = tuple(
        StemDiff(each.stem, tuple(replace(leaf, new=None) for leaf in each.suffixes))
        for each in block.witness.state_diff
    )
    return replace(block, witness=replace(block.witness, state_diff=diff))


def _stranger_among_transfers() -> BlockInput:
    """Plain transfers, with the coinbase called another: then nothing explains its leaves."""
    block = verkle("transfer-new")
    assert block.header is not None
    return replace(block, header=replace(block.header, coinbase=b"\x55" * 20))


def test_without_execution_keys_are_held_against_what_a_block_names() -> None:
    static = LintOptions(execute=False)
    assert lint(verkle("transfer-new"), static).findings == ()
    found = lint(_stranger_among_transfers(), static).findings
    assert {finding.rule for finding in found} == {"key-unexplained"}
    assert len(found) == 2


def _patricia(**changes: Any) -> BlockInput:
    block = patricia()
    assert block.patricia is not None
    return replace(block, patricia=replace(block.patricia, **changes))


def _nodes(block: BlockInput) -> tuple[bytes, ...]:
    assert block.patricia is not None
    return block.patricia.nodes


def _unneeded_node() -> BlockInput:
    """The whole state of the fixture: more than the block reads."""
    from fixtures.patricia import COUNTER, COUNTER_CODE

    block = patricia()
    x = next(leaf for leaf in _state_nodes(COUNTER, COUNTER_CODE) if leaf not in _nodes(block))
    return _patricia(nodes=tuple(sorted((*_nodes(block), x))))


def _state_nodes(counter: bytes, code: bytes) -> list[bytes]:
    """Nodes of the fixture's state but those on its sender's path, which another state cannot give."""
    others = [AllocAccount(keccak256(bytes([i]))[:20], i, 0, b"", {}) for i in range(1, 40)]
    state = PatriciaState.from_alloc([AllocAccount(counter, 0, 1, code, {0: 41}), *others])
    root = next(node for node in _nodes(patricia()) if keccak256(node) == _root())
    return [node for node in state.nodes.values() if keccak256(node) in root]


def _root() -> bytes:
    from stateless.inspection.explain import pre_root_of

    found = pre_root_of(patricia())
    assert found is not None
    return found[0]


def _ancestors(*numbers: int) -> BlockInput:
    block = patricia()
    assert block.patricia is not None
    (parent,) = block.patricia.ancestors
    return _patricia(ancestors=tuple(replace(parent, number=number) for number in numbers))


def _older_header() -> BlockInput:
    """A block whose parent has a parent in the witness."""
    from stateless.headers import header_hash

    block = patricia()
    assert block.patricia is not None
    assert block.header is not None
    (parent,) = block.patricia.ancestors
    older = replace(parent, number=(parent.number or 0) - 1, timestamp=(parent.timestamp or 0) - 12)
    younger = replace(parent, parent_hash=header_hash(older))
    header = replace(block.header, parent_hash=header_hash(younger))
    return replace(
        block, header=header, block_hash=None, patricia=replace(block.patricia, ancestors=(younger, older))
    )


def _heavy() -> BlockInput:
    """Few leaves, and a hundred kilobytes of other nodes."""
    fillers = tuple(encode_node(Leaf("20", bytes([i]) * 900)) for i in range(120))
    return _patricia(nodes=tuple(sorted((*_nodes(patricia()), *fillers))))


CASES: dict[str, Callable[[], BlockInput]] = {
    "witness-refused": lambda: block_of("broken/depth-zero.json"),
    "pre-root-asserted": _unbound,
    "absence-node-kind": lambda: block_of("node-kinds/absence-of-present.json"),
    "key-surplus": _reserved_leaf,
    "kind-opening-surplus": _surplus_kind,
    "account-half-written": _half_account,
    "leaf-reserved": _reserved_leaf,
    "basic-data-reserved": lambda: _basic_data(lambda data: data.__setitem__(0, 1)),
    "code-size-over-limit": lambda: _basic_data(lambda data: data.__setitem__(5, 1)),
    "chunk-push-data": _chunk,
    "stem-deep": lambda: _deep(7),
    "proof-over-model": lambda: _deep(31, stems=4),
    "keys-over-gas": _too_many_keys,
    "nothing-written": _nothing_written,
    "nodes-unsorted": lambda: _patricia(nodes=_nodes(patricia())[::-1]),
    "codes-unsorted": lambda: _patricia(codes=(b"\x02", b"\x01")),
    "headers-unsorted": lambda: _ancestors(41, 39, 40),
    "node-repeated": lambda: _patricia(nodes=(_nodes(patricia())[0], *_nodes(patricia()))),
    "code-repeated": lambda: _patricia(codes=(b"\x01", b"\x01")),
    "header-repeated": lambda: _ancestors(41, 41),
    "node-empty": lambda: _patricia(nodes=(b"\x80", *_nodes(patricia()))),
    "code-empty": lambda: _patricia(codes=(b"",)),
    "node-malformed": lambda: _patricia(nodes=(*_nodes(patricia()), b"\xff" * 9)),
    "node-unreachable": lambda: _patricia(
        nodes=(*_nodes(patricia()), encode_node(Branch((b"\xa0" + bytes(32),) * 16, b"")))
    ),
    "node-unneeded": _unneeded_node,
    "code-unreferenced": lambda: _patricia(codes=(b"\x01\x02",)),
    "header-unneeded": _older_header,
    "keys-listed": lambda: _patricia(keys=(bytes(20),)),
    "block-hashes-listed": lambda: _patricia(block_hashes=(bytes(32), bytes(32))),
    "nodes-over-model": _heavy,
}
# Found in the text of a file, where blocks cannot be executed, or in a file of others.
ELSEWHERE = {"hex-upper-case", "hex-odd-length", "hex-no-prefix", "key-unexplained", "code-unneeded"}


def test_every_rule_has_a_case() -> None:
    assert CASES.keys() | ELSEWHERE == RULES.keys()
    assert not CASES.keys() & ELSEWHERE
    assert {"verkle", "patricia"} <= set(LINTERS)


@pytest.mark.parametrize("rule", CASES)
def test_the_rule_finds_it(rule: str) -> None:
    report = lint(CASES[rule]())
    found = [finding for finding in report.findings if finding.rule == rule]
    assert found, report
    for finding in found:
        assert finding.level == RULES[rule].level
        assert finding.message.endswith(".")


def test_places_lead_to_what_is_meant() -> None:
    report = lint(_reserved_leaf())
    (finding,) = [each for each in report.findings if each.rule == "leaf-reserved"]
    block = _reserved_leaf()
    assert block.witness is not None
    stem, leaf = (int(part.rpartition("[")[2].rstrip("]")) for part in finding.place.split("."))
    found = block.witness.state_diff[stem]
    assert found.stem + bytes([found.suffixes[leaf].suffix]) == finding.key


def test_surplus_keys_are_those_that_execution_does_not_touch() -> None:
    block = _reserved_leaf()
    assert block.witness is not None
    at = _stem_of(block, CONTRACT)
    key = block.witness.state_diff[at].stem + bytes([7])
    (finding,) = [each for each in lint(block).findings if each.rule == "key-surplus"]
    assert finding.key == key
    stem, leaf = (int(part.rpartition("[")[2].rstrip("]")) for part in finding.place.split("."))
    assert (stem, block.witness.state_diff[stem].suffixes[leaf].suffix) == (at, 7)
    static = lint(block, LintOptions(execute=False))
    assert not any(each.rule == "key-surplus" for each in static.findings)
    assert any("code may run" in note for note in static.notes)
    rules = RULE_SETS["kaustinen7"]
    assert key not in touched_by(block, rules)
    assert len(touched_by(block, rules)) == sum(len(diff.suffixes) for diff in block.witness.state_diff) - 1


def test_where_execution_fails_keys_are_held_against_what_the_block_names() -> None:
    def without_time(block: BlockInput) -> BlockInput:
        assert block.header is not None
        return replace(block, header=replace(block.header, timestamp=None))

    report = lint(without_time(verkle("transfer-new")))
    assert report.findings == ()
    assert any("HEADER_INCOMPLETE" in note and "held against" in note for note in report.notes)
    found = lint(without_time(_stranger_among_transfers())).findings
    assert {finding.rule for finding in found} == {"key-unexplained"}
    with pytest.raises(StatelessError) as caught:
        touched_by(verkle(), replace(RULE_SETS["kaustinen7"], execution=None))
    assert caught.value.code == "EXECUTION_UNSUPPORTED"


def test_what_cannot_be_executed_is_said() -> None:
    lacking = block_of("patricia/node-missing.json")
    report = lint(lacking)
    assert any("PATRICIA_NODE_MISSING" in note for note in report.notes)
    assert any("was not executed" in note for note in lint(patricia(), LintOptions(execute=False)).notes)
    assert lint(_unneeded_node(), LintOptions(execute=False)).findings == ()


def test_needed_is_what_a_minimal_witness_holds() -> None:
    block = patricia()
    needed = needed_by(block)
    assert needed.nodes == {keccak256(node) for node in _nodes(block)}
    assert needed.oldest is None


def test_a_mainnet_witness_that_is_not_minimal(vectors: Path) -> None:
    path = vectors / "patricia-blocks" / "holesky-2971844.sbv-legacy.json"
    (block,) = decode_blocks(read_path(path), path.name)
    report = lint(block)
    rules = {finding.rule for finding in report.findings}
    assert {"node-unneeded", "block-hashes-listed", "pre-root-asserted"} <= rules
    needed = needed_by(block)
    kept = tuple(node for node in _nodes(block) if keccak256(node) in needed.nodes)
    assert block.patricia is not None
    less = replace(block, patricia=replace(block.patricia, nodes=kept))
    assert not any(finding.rule == "node-unneeded" for finding in lint(less).findings)


def test_codes_that_are_never_read(vectors: Path) -> None:
    path = vectors / "patricia-blocks" / "mainnet-21230867.zeth.json.gz"
    (block,) = decode_blocks(read_path(path), path.name)
    assert any(finding.rule == "code-unneeded" for finding in lint(block).findings)


def test_how_bytes_are_written() -> None:
    document = json.loads((FIXTURES / "blocks/transfer-new.json").read_text())
    assert lint_text(document) == ()
    witness = document["blocks"][0]["executionWitness"]
    witness["stateDiff"][1]["stem"] = witness["stateDiff"][1]["stem"].upper().replace("0X", "0x")
    witness["verkleProof"]["d"] = witness["verkleProof"]["d"].removeprefix("0x")
    witness["verkleProof"]["otherStems"] = ["0x123", "0x456"]
    found = {finding.rule: finding for finding in lint_text(document)}
    assert set(found) == {"hex-upper-case", "hex-odd-length", "hex-no-prefix"}
    assert found["hex-upper-case"].place == "blocks[0].executionWitness.stateDiff[1].stem"
    assert found["hex-odd-length"].message.startswith("2 byte strings")
    assert lint_text({"gasUsed": "ABC", "name": "0x1", "d": {"d": ["0xa"]}}) != ()
    assert lint_text({"gasUsed": "ABC", "name": "0x1", "state": "not hex"}) == ()


def test_no_witness_and_defects_are_raised() -> None:
    with pytest.raises(StatelessError) as caught:
        lint(block_of("broken/witness-removed.json"))
    assert caught.value.code == "NO_WITNESS"


def test_an_oversized_node_is_refused_as_verify_does() -> None:
    report = lint(_patricia(nodes=(bytes(2000),)))
    assert report.error is not None
    assert report.error.code == "PATRICIA_NODE_SIZE"
    assert report.error.code in CODES
    assert [finding.rule for finding in report.findings] == ["witness-refused"]


@pytest.mark.parametrize("path", sorted(FIXTURES.rglob("*.json")), ids=lambda path: path.name)
def test_no_fixture_is_too_broken_to_look_at(path: Path) -> None:
    if path.name == "MANIFEST.json":
        return
    try:
        blocks = decode_blocks(read_path(path), path.name)
    except StatelessError:
        return
    for block in blocks:
        try:
            report = lint(block)
        except StatelessError:  # a defect, or no witness: what verify says as well
            continue
        assert isinstance(report, LintReport)
        assert {finding.rule for finding in report.findings} <= RULES.keys()


def test_rules_are_whole() -> None:
    for rule_id, rule in RULES.items():
        assert rule.id == rule_id == rule_id.lower()
        for text in (rule.short, rule.help):
            assert text[0].isupper() or text.startswith("verify")
            assert text.endswith(".")


def test_sarif_names_rules_by_their_place() -> None:
    finding = Finding("node-unreachable", "m.", "nodes[3]", bytes(32))
    log = sarif([("a dir/ü.json", "block", finding)], version="1", exit_code=0, errors=[("-", "X: y")])
    (run,) = log["runs"]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "node-unreachable"
    location = result["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "a%20dir/%C3%BC.json"
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "block/nodes[3]"
    assert run["invocations"][0]["executionSuccessful"] is False
