"""``explain``: the walk is the tree's own, every step is one of the proof's openings, and the answer is the
witness's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateless.genesis import AllocAccount
from stateless.inspection.explain import EXPLAINERS, explain, pre_root_of
from stateless.inspection.explanation import Explanation
from stateless.inspection.questions import Question, question
from stateless.patricia_state import PatriciaState
from stateless.rules import RULE_SETS
from tests.vectors import PROJECT
from verkle.embedding import stems
from verkle.errors import IncompleteError, StatelessError, UnsupportedError
from verkle.openings import ABSENT_EMPTY, PRESENT, plan
from witness.block import BlockInput
from witness.decode import decode_blocks
from witness.errors import UsageError
from witness.keccak import keccak256
from witness.patricia.account import account_path, slot_path
from witness.patricia.bag import NodeBag
from witness.patricia.container import PatriciaWitness
from witness.patricia.trie import build, lookup
from witness.patricia.walk import walk
from witness.source import read_path

FIXTURES = PROJECT / "fixtures"
SMALL = [
    "tx-types",
    "address-high-bits",
    "deep-stems-new-subtrees",
    "chunks-code-32",
    "random-128",
    "sstore-clear",
]
CONTRACT = "0x99ea1d0f499916e51a8a73e421c18e351978235e"
COINBASE = "0x29e84647acd0b6eddbc084600d422fab190cc5d0"


def block_of(name: str) -> BlockInput:
    path = FIXTURES / f"{name}.json"
    return decode_blocks(read_path(path), path.name)[0]


@pytest.mark.parametrize("name", SMALL)
def test_every_leaf_of_a_witness_is_walked_to(name: str) -> None:
    block = block_of(f"blocks/{name}")
    witness = block.witness
    assert witness is not None
    planned = plan(witness.state_diff, witness.proof)
    for stem_diff, extension in zip(planned.diff, planned.extensions, strict=True):
        found = explain(block, Question(key=stem_diff.stem))
        assert found.proof == "holds"
        assert found.error is None
        assert [answer.key[31] for answer in found.answers] == [leaf.suffix for leaf in stem_diff.suffixes]
        assert [answer.value for answer in found.answers] == [leaf.current for leaf in stem_diff.suffixes]
        assert [answer.new for answer in found.answers] == [leaf.new for leaf in stem_diff.suffixes]
        assert found.steps[0].facts["commitment"] == found.root
        depths = [
            step.facts["depth"] for step in found.steps if step.kind in {"leaf", "other leaf", "empty slot"}
        ]
        assert depths == [extension.depth]
        _steps_are_openings(found, block)


def _steps_are_openings(found: Explanation, block: BlockInput) -> None:
    """What a step says of its opening is what the plan opens there, in the node that the step hangs from."""
    witness = block.witness
    assert witness is not None
    planned = plan(witness.state_diff, witness.proof)
    encoded = (found.root, *witness.proof.commitments)
    for step in found.steps:
        shown = [step.facts[name] for name in ("opening", "low", "high") if name in step.facts]
        for opening in shown:
            assert isinstance(opening, dict)
            at, z, y, child = planned.openings[opening["number"] - 1]
            assert planned.paths[at].hex() == opening["path"]
            assert (encoded[at], z) == (opening["commitment"], opening["z"])
            if child is None:
                assert y == int.from_bytes(opening["y"], "big")
            else:
                assert encoded[child] == step.facts["commitment"]
                assert opening["y"] == step.facts["image"]


def test_a_value_is_said_once_where_its_meaning_is_its_hex() -> None:
    found = explain(block_of("blocks/tx-types"), question(f"{CONTRACT}:0"))
    assert found.answers[0].new is not None
    assert found.steps[-1].words.count(found.answers[0].new.hex()) == 1


def test_the_forms_of_a_question_agree() -> None:
    block = block_of("blocks/tx-types")
    rules = RULE_SETS["kaustinen7"]
    stem = stems([(bytes.fromhex(CONTRACT[2:]), 0)], rules.stem_hash)[0]
    slot = explain(block, question(f"{CONTRACT}:0"))
    assert slot == explain(block, question(CONTRACT, slot="0x0"))
    key = explain(block, question("0x" + (stem + bytes([64])).hex()))
    assert slot.answers == key.answers
    assert [answer.status for answer in slot.answers] == ["absent"]
    assert slot.answers[0].new == bytes(12) + bytes.fromhex("3302041e58d21ebc973cd8ffd5fcc3870a9f20e9")
    account = explain(block, question(CONTRACT))
    assert [answer.name for answer in account.answers] == ["basic data", "code hash"]
    assert account.answers[1].value == keccak256(bytes.fromhex("33600055"))
    chunk = explain(block, question(CONTRACT, chunk="0"))
    assert chunk.answers[0].value == (bytes.fromhex("0033600055") + bytes(32))[:32]
    assert "code chunk 0" in chunk.conclusion


def test_five_leaves_have_their_own_names(vectors: Path) -> None:
    path = vectors / "verkle-blocks" / "kaustinen6-block72.json"
    (block,) = decode_blocks(read_path(path), path.name)
    assert block.header is not None
    assert block.header.coinbase is not None
    found = explain(block, Question(address=block.header.coinbase))
    assert [answer.name for answer in found.answers] == [
        "version", "balance", "nonce", "code hash", "code size",
    ]  # fmt: skip
    assert found.root_from == "file"


def test_absence_at_an_empty_slot() -> None:
    found = explain(block_of("blocks/tx-types"), question(COINBASE))
    assert found.status == "absent"
    assert [step.kind for step in found.steps] == ["root", "empty slot", "written", "written"]
    assert found.assumptions == ()
    assert "is absent" in found.conclusion


def test_absence_by_another_stem_names_it() -> None:
    block = block_of("blocks/address-high-bits")
    assert block.witness is not None
    planned = plan(block.witness.state_diff, block.witness.proof)
    others = [end for end in planned.extensions if end.leaf_stem not in (None, end.stem)]
    assert others
    for end in others:
        found = explain(block, Question(key=end.stem))
        assert found.status == "absent"
        assert found.steps[-1].kind in {"other leaf", "written"}
        assert end.leaf_stem is not None
        assert end.leaf_stem.hex() in found.conclusion


@pytest.mark.parametrize(
    ("name", "assumed"),
    [("absence-of-present", 1), ("absence-honest-not-shown", 1), ("absence-honest-shown", 0)],
)
def test_an_absence_says_what_it_rests_on(name: str, assumed: int) -> None:
    block = block_of(f"node-kinds/{name}")
    assert block.witness is not None
    ends = plan(block.witness.state_diff, block.witness.proof).extensions
    absent = next(end.stem for end in ends if end.status == ABSENT_EMPTY)
    found = explain(block, Question(key=absent))
    assert found.status == "absent"
    assert len(found.assumptions) == assumed
    assert sum(step.kind == "assumption" for step in found.steps) == assumed
    assert ("assumed, not shown" in found.conclusion) == bool(assumed)


def test_a_stem_that_is_not_listed_can_be_absent_all_the_same() -> None:
    """In the empty slot of another, and beside the leaf of another."""
    block = block_of("blocks/tx-types")
    assert block.witness is not None
    planned = plan(block.witness.state_diff, block.witness.proof)
    for path in [*planned.empty, *planned.leaves]:
        stranger = path + b"\x77" * (31 - len(path))
        found = explain(block, Question(key=stranger))
        assert (found.status, found.error) == ("absent", None)


def test_a_key_that_the_witness_does_not_have() -> None:
    block = block_of("blocks/tx-types")
    assert block.witness is not None
    ends = plan(block.witness.state_diff, block.witness.proof).extensions
    present = next(end for end in ends if end.status == PRESENT)
    for key in (bytes(32), present.stem + b"\xee"):
        found = explain(block, Question(key=key))
        assert found.status == "unknown"
        assert found.error is not None
        assert found.error.code == "KEY_NOT_IN_WITNESS"
        assert found.steps[-1].kind == "not in the witness"


def test_a_false_proof_shows_nothing() -> None:
    block = block_of("broken/current-value")
    assert block.witness is not None
    found = explain(block, Question(key=block.witness.state_diff[0].stem))
    assert found.proof == "false"
    assert found.error is not None
    assert found.error.code == "PROOF_IPA_FALSE"
    assert found.conclusion.startswith("Nothing is shown")


def test_without_a_root_nothing_is_checked() -> None:
    block = block_of("blocks/tx-types")
    assert block.witness is not None
    root = block.witness.parent_state_root
    bare = BlockInput("bare", witness=replace(block.witness, parent_state_root=None))
    asked = Question(key=block.witness.state_diff[0].stem)
    found = explain(bare, asked)
    assert (found.proof, found.root) == ("unchecked", None)
    assert "nothing was checked" in found.conclusion
    assert explain(bare, asked, pre_root=root).proof == "holds"
    assert explain(bare, asked, pre_root=root).root_from == "option"


def test_addresses_need_rules_and_keys_do_not() -> None:
    block = replace(block_of("blocks/tx-types"), rules=None, network=None)
    assert block.witness is not None
    with pytest.raises(UnsupportedError) as caught:
        explain(block, question(CONTRACT))
    assert caught.value.code == "RULES_NOT_NAMED"
    assert explain(block, question(CONTRACT), rules="kaustinen7").status == "present"
    assert explain(block, Question(key=block.witness.state_diff[0].stem)).error is None
    unknown = replace(block, rules="nonsense")
    assert explain(unknown, Question(key=block.witness.state_diff[0].stem)).error is None
    with pytest.raises(UnsupportedError):
        explain(unknown, question(CONTRACT))


def test_wrong_structure_and_no_witness_are_raised() -> None:
    with pytest.raises(StatelessError) as caught:
        explain(block_of("broken/depth-zero"), question("00" * 32))
    assert caught.value.code == "EXTENSION_DEPTH"
    with pytest.raises(IncompleteError) as missing:
        explain(block_of("broken/witness-removed"), question("00" * 32))
    assert missing.value.code == "NO_WITNESS"


@pytest.mark.parametrize(
    "text",
    ["", "0x", "0x12", "00" * 21, "zz" * 20, "0x" + "00" * 20 + ":", "0x" + "00" * 20 + ":-1",
     "0x" + "00" * 20 + ":1.5", "0x" + "00" * 20 + ":0x" + "f" * 65, "00 " * 20,
     "0x" + "00" * 20 + ":" + "9" * 100, "\u0663" * 40],
)  # fmt: skip
def test_questions_that_are_none(text: str) -> None:
    with pytest.raises(UsageError):
        question(text)


def test_one_question_at_a_time() -> None:
    address = "0x" + "11" * 20
    for call in (
        {"slot": "1", "chunk": "1"},
        {"chunk": str(1 << 30)},
    ):
        with pytest.raises(UsageError):
            question(address, **call)
    with pytest.raises(UsageError):
        question(f"{address}:1", slot="1")
    with pytest.raises(UsageError):
        question("11" * 31, slot="1")
    with pytest.raises(UsageError):
        explain(block_of("blocks/tx-types"), question("11" * 32, slot="1"))


def test_every_tree_has_an_explainer() -> None:
    assert {"verkle", "patricia"} <= set(EXPLAINERS)


# Merkle-Patricia.

RICH = bytes([7]) * 20
POOR = bytes([8]) * 20
CODE = bytes(range(40))


def patricia(*, without: int | None = None) -> tuple[BlockInput, PatriciaState]:
    """A state of sixty accounts, one with code and storage, as a witness of all its nodes."""
    accounts = [AllocAccount(keccak256(bytes([i]))[:20], i, 0, b"", {}) for i in range(60)]
    rich = AllocAccount(RICH, 10**18, 3, CODE, {slot: slot + 5 for slot in range(40)})
    state = PatriciaState.from_alloc([*accounts, rich])
    nodes = list(state.nodes.values())
    if without is not None:
        nodes.pop(without)
    witness = PatriciaWitness(tuple(nodes), (CODE,), pre_state_root=state.root)
    return BlockInput("made", patricia=witness), state


def test_an_account_a_slot_and_code() -> None:
    block, state = patricia()
    account = explain(block, Question(address=RICH))
    assert (account.status, account.proof, account.root) == ("present", "holds", state.root)
    assert [answer.meaning for answer in account.answers][:2] == ["3", "1 ETH"]
    slot = explain(block, Question(address=RICH, slot=7))
    assert slot.answers[0].value == (12).to_bytes(32, "big")
    assert [step.kind for step in slot.steps].count("storage root") == 1
    chunk = explain(block, Question(address=RICH, chunk=1))
    assert chunk.answers[0].value == CODE[31:62]
    beyond = explain(block, Question(address=RICH, chunk=2))
    assert beyond.status == "absent"
    assert explain(block, Question(key=keccak256(RICH), slot=7)).answers == slot.answers


def test_hashes_lead_from_node_to_node() -> None:
    block, state = patricia()
    found = explain(block, Question(address=RICH, slot=7))
    wanted: object = state.root
    for step in found.steps:
        if step.kind in {"branch", "extension", "leaf"}:
            assert step.facts["hash"] == wanted
            wanted = step.facts.get("child")
        elif step.kind == "storage root":
            wanted = step.facts["hash"]


def test_absences_of_a_patricia_trie() -> None:
    block, _ = patricia()
    strangers = [bytes([i]) * 20 for i in range(100, 130)]
    kinds = set()
    for address in strangers:
        found = explain(block, Question(address=address))
        assert (found.status, found.error) == ("absent", None)
        kinds.add(found.answers[0].meaning)
    assert len(kinds) >= 2, "by an empty slot and by another's leaf"
    slot = explain(block, Question(address=RICH, slot=1 << 200))
    assert slot.status == "absent"
    nobody = explain(block, Question(address=POOR, slot=1))
    assert nobody.status == "absent"
    assert "no such account" in nobody.conclusion


def test_the_missing_node_is_where_the_walk_stops() -> None:
    for without in range(len(patricia()[1].nodes)):
        block, state = patricia(without=without)
        found = explain(block, Question(address=RICH, slot=7))
        gone = keccak256(list(state.nodes.values())[without])
        if found.error is None:
            assert found.status == "present"
            continue
        assert found.error.code == "PATRICIA_NODE_MISSING"
        assert found.status == "unknown"
        assert found.steps[-1].kind == "stopped"
        assert found.steps[-1].facts["hash"] == gone


def test_code_that_is_missing() -> None:
    block, _ = patricia()
    assert block.patricia is not None
    bare = replace(block, patricia=replace(block.patricia, codes=()))
    found = explain(bare, Question(address=RICH, chunk=0))
    assert found.error is not None
    assert found.error.code == "PATRICIA_CODE_MISSING"
    assert explain(bare, Question(address=keccak256(b"\x01")[:20], chunk=0)).status == "absent"


def test_a_trie_has_no_stems_and_needs_a_root() -> None:
    block, _ = patricia()
    with pytest.raises(UsageError):
        explain(block, Question(key=bytes(31)))
    assert block.patricia is not None
    rootless = replace(block, patricia=replace(block.patricia, pre_state_root=None))
    with pytest.raises(IncompleteError) as caught:
        explain(rootless, Question(address=RICH))
    assert caught.value.code == "NO_PRE_ROOT"


def test_nodes_that_are_none_and_leaves_that_are_no_account() -> None:
    wrong = b"\xc0" + bytes(40)
    block = BlockInput("x", patricia=PatriciaWitness((wrong,), pre_state_root=keccak256(wrong)))
    found = explain(block, Question(address=RICH))
    assert found.error is not None
    assert (found.error.family, found.proof) == ("invalid", "false")
    made = build({account_path(RICH): b"\x83abc"})
    block = BlockInput("x", patricia=PatriciaWitness(tuple(made.created.values()), pre_state_root=made.root))
    found = explain(block, Question(address=RICH))
    assert found.error is not None
    assert found.error.code == "PATRICIA_ACCOUNT"


def test_where_the_root_comes_from() -> None:
    bound = block_of("patricia/three-transactions")
    found = pre_root_of(bound)
    assert found is not None
    assert found[1] == "parent_header"
    alone = BlockInput("witness", patricia=bound.patricia)
    assert pre_root_of(alone) == (found[0], "newest_header")
    assert pre_root_of(BlockInput("nothing")) is None


@given(st.dictionaries(st.integers(0, 400), st.integers(1, 1 << 80), max_size=30), st.integers(0, 500))
def test_a_walk_ends_as_a_lookup_does(slots: dict[int, int], asked: int) -> None:
    made = build({slot_path(slot): value.to_bytes(16, "big") for slot, value in slots.items()})
    bag = NodeBag(made.created)
    found = walk(bag, made.root, slot_path(asked))
    assert found.error is None
    assert found.value == lookup(bag, made.root, slot_path(asked))
    assert (found.end == "value") == (asked in slots)
    path = slot_path(asked)
    for visited in found.visited:
        assert path.startswith(visited.path)


@given(st.data())
def test_a_walk_never_raises(data: st.DataObject) -> None:
    """Whatever the nodes hold: bytes changed, nodes left out."""
    made = build({slot_path(slot): bytes([slot + 1]) * 20 for slot in range(30)})
    nodes = dict(made.created)
    for digest in data.draw(st.lists(st.sampled_from(sorted(nodes)), max_size=4)):
        raw = bytearray(nodes[digest])
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
        nodes[digest] = bytes(raw)
    found = walk(NodeBag(nodes), made.root, slot_path(data.draw(st.integers(0, 40))))
    assert (found.error is not None) == (found.end == "stopped")
