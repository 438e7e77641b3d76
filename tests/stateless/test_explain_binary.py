"""The walk through a binary tree: every step's hash is that of the tree, every answer the tree's own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateless.inspection.explain_binary import explain_binary
from stateless.inspection.questions import Question
from tests.oracles.accounts import account_items
from verkle.accounts import AccountHeader
from verkle.errors import IncompleteError, UnsupportedError
from witness.binary.container import BinaryWitness
from witness.binary.keys import stem_of
from witness.binary.prover import prove_keys
from witness.binary.rules import DEFAULT, hash_function
from witness.binary.subtree import ZERO
from witness.binary.tree import BinaryTree
from witness.errors import UsageError
from witness.keccak import keccak256

RICH = b"\x07" * 20
CODE = bytes(range(40))


def tree() -> BinaryTree:
    made = BinaryTree(DEFAULT)
    items: dict[bytes, bytes] = {}
    for i in range(20):
        address = keccak256(bytes([i]))[:20]
        items.update(account_items(DEFAULT, address, AccountHeader(i, 10**18)))
    header = AccountHeader(3, 5, keccak256(CODE), len(CODE))
    items.update(account_items(DEFAULT, RICH, header, CODE, {slot: slot + 1 for slot in range(70)}))
    made.put(items)
    return made


TREE = tree()


def witness(*keys: bytes) -> BinaryWitness:
    made = prove_keys(TREE, keys)
    return BinaryWitness(made.diff, made.proof, DEFAULT.name, TREE.root)


def key(index: int, suffix: int) -> bytes:
    return stem_of(DEFAULT, RICH, index) + bytes([suffix])


def test_header_slot_and_chunk() -> None:
    shown = witness(key(0, 0), key(0, 1), key(0, 64 + 5), key(0, 128))
    account = explain_binary(shown, Question(address=RICH))
    assert [answer.name for answer in account.answers] == ["basic data", "code hash"]
    assert account.answers[0].meaning == "nonce 3, balance 5 wei, code size 40"
    slot = explain_binary(shown, Question(address=RICH, slot=5))
    assert slot.answers[0].value == (6).to_bytes(32, "big")
    assert slot.conclusion.endswith("slot 5 is 6.")
    chunk = explain_binary(shown, Question(address=RICH, chunk=0))
    assert chunk.answers[0].value == b"\0" + CODE[:31]
    assert explain_binary(shown, Question(key=key(0, 69))).answers[0].value == slot.answers[0].value
    assert len(explain_binary(shown, Question(key=key(0, 0)[:31])).answers) == 4


@given(st.lists(st.binary(min_size=31, max_size=31), max_size=6), st.data())
def test_hashes_lead_from_the_root_to_the_end(strangers: list[bytes], data: st.DataObject) -> None:
    present = data.draw(
        st.lists(st.sampled_from([key(0, 0), key(0, 70), key(0, 7)]), max_size=3, unique=True)
    )
    keys = [*(stem + b"\0" for stem in strangers), *present]
    if not keys:
        return
    shown = witness(*keys)
    digest = hash_function(DEFAULT)
    for asked in keys:
        found = explain_binary(shown, Question(key=asked))
        assert found.error is None
        assert found.status == ("absent" if TREE.get(asked) is None else "present")
        wanted: object = TREE.root
        for step in found.steps:
            if step.kind == "internal node":
                child, sibling = step.facts["child"], step.facts["sibling"]
                assert isinstance(child, bytes)
                assert isinstance(sibling, bytes)
                pair = sibling + child if step.facts["child_index"] else child + sibling
                assert step.facts["hash"] == wanted == digest(pair)
                wanted = child
            elif step.kind == "empty slot":
                assert wanted == ZERO
            elif step.kind in {"stem node", "other leaf"}:
                assert step.facts["hash"] == wanted


@given(st.binary(min_size=31, max_size=31))
def test_what_is_not_listed_is_told_only_where_it_is_shown(stem: bytes) -> None:
    """A stem beside the walk to another: its slot is empty, another's, or not opened."""
    shown = witness(key(0, 0))
    found = explain_binary(shown, Question(key=stem + b"\0"))
    if found.error is None:
        assert found.status == "absent"
        assert TREE.get(stem + b"\0") is None
    else:
        assert found.error.code == "KEY_NOT_IN_WITNESS"
        assert found.steps[-1].kind == "not in the witness"


def test_a_false_proof_and_a_missing_root() -> None:
    shown = witness(key(0, 0))
    false = replace(shown, pre_root=b"\x01" * 32)
    found = explain_binary(false, Question(address=RICH))
    assert found.error is not None
    assert (found.error.code, found.proof, found.answers) == ("BINARY_PROOF_FALSE", "false", ())
    with pytest.raises(IncompleteError) as caught:
        explain_binary(replace(shown, pre_root=None), Question(address=RICH))
    assert caught.value.code == "NO_PRE_ROOT"
    given_root = explain_binary(replace(shown, pre_root=None), Question(key=key(0, 0)), (TREE.root, "option"))
    assert given_root.root_from == "option"


def test_questions_and_rules_that_are_none() -> None:
    shown = witness(key(0, 0))
    with pytest.raises(UsageError):
        explain_binary(shown, Question(key=key(0, 0), slot=1))
    with pytest.raises(UnsupportedError):
        explain_binary(replace(shown, rules="eip1"), Question(address=RICH))


def test_a_suffix_that_is_not_listed() -> None:
    found = explain_binary(witness(key(0, 0)), Question(address=RICH))
    assert [answer.status for answer in found.answers] == ["present", "unknown"]
    empty = explain_binary(
        BinaryWitness((), witness().proof, DEFAULT.name, TREE.root), Question(address=RICH)
    )
    assert empty.status == "unknown"
