"""Absences that rest on a node being an inner node: forged ones, and honest ones of the same shape.

The forger owns a true tree and a true proof; only what he calls the nodes is false (SPEC 5.7, step 11).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.oracles import curve, prover
from tests.oracles.prover import ABSENT_EMPTY, PRESENT, Claim, claim_of
from tests.oracles.tree import Node, Tree
from tests.vectors import vector_files
from tests.verkle.implementations import FAST, ORACLE, Outcome, RefusalError, containers
from tests.verkle.strategies import examples, stem_families, suffixes, values
from verkle.diff import KindOpening
from verkle.errors import InvalidError
from verkle.openings import plan
from verkle.proof import unshown_kinds, verify_proof

VALUE = bytes(31) + b"\x07"
OTHER = bytes([0x99]) + bytes(30)


def stem(text: str) -> bytes:
    return bytes.fromhex(text).ljust(31, b"\x0a")


def judge(tree: Tree, made: Mapping[str, Any]) -> Outcome:
    """What both verifiers say."""
    fast = FAST.check_witness(tree.root(), dict(made))
    assert fast == ORACLE.check_witness(tree.root(), dict(made))
    return fast


def forge(
    tree: Tree, key: bytes, claim: Claim, new_values: Mapping[bytes, bytes] | None = None, *more: bytes
) -> prover.Witness:
    return prover.make_witness(tree, [key, *more], new_values, claims={key[:31]: claim})


# Forged


def test_absence_of_a_present_stem() -> None:
    """The leaf at depth 1 called an inner node: its slot 0x77 is 0, and so the account "does not exist"."""
    there = stem("5577")
    tree = Tree.of({there + b"\0": VALUE, there + b"\1": VALUE, OTHER + b"\0": VALUE})
    assert claim_of(tree, there) == (PRESENT, 1)
    outcome = judge(tree, forge(tree, there + b"\0", Claim(ABSENT_EMPTY, 2), {there + b"\0": bytes(32)}))
    assert outcome.values == {there + b"\0": None}
    assert outcome.unshown == [(there, b"\x55")]
    assert outcome.post_root != tree.updated({there + b"\0": bytes(32)}).root()


@pytest.mark.parametrize(("text", "suffix"), [("56025a", 0), ("56032b", 200)])
def test_absence_through_a_half(text: str, suffix: int) -> None:
    """On through slot 2 or 3 to C1 or C2, as if that were an inner node too."""
    there = stem(text)
    tree = Tree.of({there + bytes([suffix]): VALUE, OTHER + b"\0": VALUE})
    outcome = judge(tree, forge(tree, there + bytes([suffix]), Claim(ABSENT_EMPTY, 3)))
    assert outcome.values == {there + bytes([suffix]): None}
    assert outcome.unshown == [(there, there[:1]), (there, there[:2])]


@pytest.mark.parametrize(("text", "suffix"), [("5602", 200), ("5603", 0)])
def test_absence_in_an_empty_half(text: str, suffix: int) -> None:
    """A leaf without values in one half has a 0 there, which looks like an empty slot."""
    there = stem(text)
    tree = Tree.of({there + bytes([suffix]): VALUE, OTHER + b"\0": VALUE})
    outcome = judge(tree, forge(tree, there + bytes([suffix]), Claim(ABSENT_EMPTY, 2)))
    assert outcome.unshown == [(there, there[:1])]


@pytest.mark.parametrize(
    ("text", "suffix", "depth"),
    [
        ("5600", 0, 2),  # slot 0 of a leaf is 1
        ("5601", 0, 2),  # slot 1 is the stem
        ("5602", 0, 2),  # slot 2 is C1
        ("5603", 200, 2),  # slot 3 is C2
        ("560200", 0, 3),  # slot 0 of C1 is the value there
    ],
)
def test_slots_of_a_leaf_that_are_not_zero(text: str, suffix: int, depth: int) -> None:
    there = stem(text)
    tree = Tree.of({there + bytes([suffix]): VALUE, OTHER + b"\0": VALUE})
    made = forge(tree, there + bytes([suffix]), Claim(ABSENT_EMPTY, depth))
    for implementation in (FAST, ORACLE):
        with pytest.raises(RefusalError, match="PROOF_IPA_FALSE"):
            implementation.check_witness(tree.root(), made)


def test_a_true_neighbour_does_not_help_the_forger() -> None:
    """Other keys, proven truly, show nothing about the leaf."""
    there = stem("5577")
    tree = Tree.of({there + b"\0": VALUE, OTHER + b"\0": VALUE, OTHER + b"\xff": VALUE})
    more = (OTHER + b"\0", OTHER + b"\xff", stem("9977") + b"\0", stem("0102") + b"\0")
    outcome = judge(tree, forge(tree, there + b"\0", Claim(ABSENT_EMPTY, 2), None, *more))
    assert outcome.unshown == [(there, b"\x55")]


def test_nothing_below_the_leaf_can_be_shown() -> None:
    """What would show an inner node is refused: an opening at 0 (it is 1), a second claim of a leaf."""
    there = stem("5577")
    tree = Tree.of({there + b"\0": VALUE, OTHER + b"\0": VALUE})
    zero = stem("5500") + b"\0"
    claims = {there: Claim(ABSENT_EMPTY, 2), zero[:31]: Claim(ABSENT_EMPTY, 2)}
    made = prover.make_witness(tree, [there + b"\0", zero], claims=claims)
    with pytest.raises(RefusalError, match="PROOF_IPA_FALSE"):
        FAST.check_witness(tree.root(), made)
    made = prover.make_witness(
        tree, [there + b"\0", stem("5588") + b"\0"], claims={there: Claim(ABSENT_EMPTY, 2)}
    )
    with pytest.raises(RefusalError, match="PATH_CONFLICT"):
        FAST.check_witness(tree.root(), made)


def test_a_kind_opening_of_a_leaf_is_refused() -> None:
    """This project's own format can open a node at 0 for its kind alone; a leaf has a 1 there."""
    there = stem("5577")
    tree = Tree.of({there + b"\0": VALUE, OTHER + b"\0": VALUE})
    diff, proof = containers(forge(tree, there + b"\0", Claim(ABSENT_EMPTY, 2)))
    for value, code in ((1, "KIND_OPENING"), (0, "PROOF_IPA_FALSE"), (2**128, "PROOF_IPA_FALSE")):
        claimed = replace(proof, kinds=(KindOpening(b"\x55", value.to_bytes(32, "little")),))
        with pytest.raises(InvalidError) as caught:
            verify_proof(tree.root(), diff, claimed)
        assert caught.value.code == code


@given(stem_families(max_size=5), st.data())
@examples(8)
def test_any_present_stem_can_be_hidden_and_never_unseen(stems: list[bytes], data: st.DataObject) -> None:
    """At whatever depth the leaf lies, the forgery is accepted only on the assumption that it is no leaf."""
    tree = Tree()
    for each in stems:
        tree.put(each + bytes([data.draw(suffixes)]), data.draw(values))
    hidden = data.draw(st.sampled_from(stems))
    depth = claim_of(tree, hidden).depth
    assume(depth < 31)
    assume(hidden[depth] >= 4)
    key = hidden + bytes([data.draw(suffixes)])
    outcome = judge(tree, forge(tree, key, Claim(ABSENT_EMPTY, depth + 1)))
    assert outcome.values == {key: None}
    assert (hidden, hidden[:depth]) in outcome.unshown
    assert {about for about, _ in outcome.unshown} == {hidden}


def test_all_that_is_assumed_is_listed() -> None:
    """0x05 is truly an inner node, 0x0502 is the leaf that is called one: the first is not all there is."""
    hidden = stem("050207")
    tree = Tree.of({hidden + b"\0": VALUE, stem("0577") + b"\0": VALUE, OTHER + b"\0": VALUE})
    outcome = judge(tree, forge(tree, hidden + b"\0", Claim(ABSENT_EMPTY, 3)))
    assert outcome.unshown == [(hidden, b"\x05"), (hidden, b"\x05\x02")]


def test_an_opening_at_0_that_is_1_shows_nothing() -> None:
    """No honest image is 1; whatever makes one, it is what a leaf has there."""
    key = stem("5500") + b"\0"
    made = prover.make_witness(INNER, [key, ABSENT])
    laid_out = plan(*containers(made))
    openings = [(i, z, y or 0) for i, z, y, _ in laid_out.openings]
    assert unshown_kinds(laid_out, openings) == ()
    at = laid_out.index[b"\x55"]
    openings = [(i, z, 1 if (i, z) == (at, 0) else y) for i, z, y in openings]
    assert {u.path for u in unshown_kinds(laid_out, openings)} == {b"\x55"}


# Empty slots called inner nodes

SMALL = Tree.of({bytes([k]) * 32: bytes([k]) * 32 for k in (1, 2, 3)})
NEW = bytes([9]).ljust(31, b"\0") + b"\0"
"""Absent: its slot of the root is empty, and it is zeros from there on."""


def with_phantoms(tree: Tree, paths: list[bytes]) -> Tree:
    """The same tree, but the prover sees all-zero inner nodes at some empty slots; the root stays."""
    copy = tree.updated({})
    for path in paths:
        assert path not in copy.nodes
        copy.nodes[path] = Node("inner", {}, curve.IDENTITY)
    assert copy.root() == tree.root()
    return copy


@pytest.mark.parametrize("depth", [2, 3, 31])
@pytest.mark.parametrize("write", [True, False])
def test_an_empty_slot_is_no_inner_node(depth: int, write: bool) -> None:
    """True openings, a true absence, nothing unlike an inner node; but the new stem would lie too deep."""
    tree = with_phantoms(SMALL, [NEW[:k] for k in range(1, depth)])
    made = forge(tree, NEW, Claim(ABSENT_EMPTY, depth), {NEW: VALUE} if write else None)
    for implementation in (FAST, ORACLE):
        with pytest.raises(RefusalError, match="INNER_NODE_EMPTY"):
            implementation.check_witness(tree.root(), made)
    judge(SMALL, prover.make_witness(SMALL, [NEW], {NEW: VALUE}))


def test_an_empty_slot_below_a_true_inner_node() -> None:
    key = stem("5577")[:30] + b"\0\0"
    tree = with_phantoms(INNER, [key[:2]])
    made = forge(tree, key, Claim(ABSENT_EMPTY, 3), {key: VALUE}, stem("5510") + b"\0")
    for implementation in (FAST, ORACLE):
        with pytest.raises(RefusalError, match="INNER_NODE_EMPTY"):
            implementation.check_witness(tree.root(), made)


def test_a_kind_opening_shows_no_node_that_is_not_there() -> None:
    """The project's own format could open any empty slot at 0."""
    tree = with_phantoms(INNER.updated({stem("77") + b"\0": VALUE}), [b"\x42"])
    key = stem("4277") + b"\0"
    claims = {key[:31]: Claim(ABSENT_EMPTY, 2)}
    opened = sorted([prover.Opening(b"\x42", 0), *prover.openings_of([key], claims)])
    made = prover.make_witness(tree, [key], {key: VALUE}, claims=claims, openings=opened)
    diff, proof = containers(made)
    with pytest.raises(InvalidError) as caught:
        verify_proof(tree.root(), diff, replace(proof, kinds=(KindOpening(b"\x42", bytes(32)),)))
    assert (caught.value.code, caught.value.where["path"]) == ("INNER_NODE_EMPTY", b"\x42")


def test_an_empty_half_is_honest() -> None:
    """C2 of a leaf without values there is the identity, and is opened."""
    key = stem("5510") + b"\xff"
    assert judge(INNER, prover.make_witness(INNER, [key], {key: VALUE})).values == {key: None}


# Honest

INNER = Tree.of({stem("5510") + b"\0": VALUE, stem("5520") + b"\0": VALUE, OTHER + b"\0": VALUE})
"""0x55 is an inner node with two leaves."""
ABSENT = stem("5577") + b"\0"


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        ((), False),
        ((OTHER + b"\0",), False),
        ((stem("5588") + b"\0",), False),  # one more empty slot above 3
        ((stem("5503") + b"\0",), False),  # a leaf may have a 0 there
        ((stem("5501") + b"\0",), False),
        ((stem("5500") + b"\0",), True),  # 0 at index 0: no leaf
        ((stem("5510") + b"\0",), True),  # a leaf below
        ((stem("551077") + b"\0",), True),  # absent by another's leaf, which is below
    ],
)
def test_honest_absence(more: tuple[bytes, ...], shown: bool) -> None:
    outcome = judge(INNER, prover.make_witness(INNER, [ABSENT, *more]))
    of_ours = [entry for entry in outcome.unshown if entry[0] == ABSENT[:31]]
    assert of_ours == ([] if shown else [(ABSENT[:31], b"\x55")])


def test_a_child_node_shows_its_parent() -> None:
    """0x55 is opened at 0x10 to something, which no leaf has there; of 0x5510 itself nothing is known."""
    tree = INNER.updated({stem("551055") + b"\0": VALUE})
    deeper = stem("551077") + b"\0"
    assert claim_of(tree, deeper[:31]) == (ABSENT_EMPTY, 3)
    outcome = judge(tree, prover.make_witness(tree, [ABSENT, deeper]))
    assert outcome.unshown == [(deeper[:31], deeper[:2])]


def test_what_lies_below_an_unshown_node_shows_nothing() -> None:
    """0x5502 opened at 0 to 0 could be C1 of a leaf at 0x55: shown only if 0x55 is, so not listed too."""
    tree = Tree.of({stem(f"5502{k}") + b"\0": VALUE for k in ("10", "20")} | {OTHER + b"\0": VALUE})
    first, second = stem("550277") + b"\0", stem("550200") + b"\0"
    assert claim_of(tree, first[:31]) == claim_of(tree, second[:31]) == (ABSENT_EMPTY, 3)
    outcome = judge(tree, prover.make_witness(tree, [first, second]))
    assert outcome.unshown == [(second[:31], b"\x55"), (first[:31], b"\x55")]


def test_absence_under_the_root_needs_nothing() -> None:
    assert judge(INNER, prover.make_witness(INNER, [stem("7777") + b"\0"])).unshown == []


def test_a_kind_opening_shows_an_honest_node() -> None:
    """The oracle proves one opening more than the keys need; it counts if the witness says so."""
    key = ABSENT
    claims = {key[:31]: claim_of(INNER, key[:31])}
    opened = [prover.Opening(b"\x55", 0), *prover.openings_of([key], claims)]
    made = prover.make_witness(INNER, [key], openings=sorted(opened))
    diff, proof = containers(made)
    with pytest.raises(InvalidError, match="does not hold"):
        verify_proof(INNER.root(), diff, proof)
    shown = replace(proof, kinds=(KindOpening(b"\x55", bytes(32)),))
    assert verify_proof(INNER.root(), diff, shown).unshown == ()


# The published ones


def _state(facts: Mapping[str, Any]) -> Tree:
    return Tree.of(
        {
            bytes.fromhex(of[2:]) + bytes([int(suffix)]): bytes.fromhex(value[2:])
            for of, leaves in facts["state"].items()
            for suffix, value in leaves.items()
        }
    )


@pytest.mark.parametrize("path", vector_files("verkle-forged/*.json"))
def test_published_witnesses(path: Path) -> None:
    facts = json.loads(path.read_text())
    root = bytes.fromhex(facts["parentStateRoot"][2:])
    tree = _state(facts)
    assert tree.root() == root
    outcome = judge(tree, facts["executionWitness"])
    assert (outcome.unshown == []) == (facts["expected"] == "valid")
    assert (outcome.unshown == []) == (facts["expectedStrict"] == "valid")
    false = [key for key, value in outcome.values.items() if tree.get(key) != value]
    assert bool(false) == (path.stem in ("absence-of-present", "absence-through-c1"))


@pytest.mark.parametrize("path", vector_files("verkle-forged/*.json"))
def test_published_witnesses_to_the_byte(path: Path) -> None:
    """The oracle, told the same lie, writes the same proof."""
    facts = json.loads(path.read_text())
    given_witness = facts["executionWitness"]
    extensions = bytes.fromhex(given_witness["verkleProof"]["depthExtensionPresent"][2:])
    claims, keys, new_values = {}, [], {}
    for entry, byte in zip(given_witness["stateDiff"], extensions, strict=True):
        of = bytes.fromhex(entry["stem"][2:])
        claims[of] = Claim(byte & 3, byte >> 3)
        for leaf in entry["suffixDiffs"]:
            keys.append(of + bytes([leaf["suffix"]]))
            if leaf["newValue"]:
                new_values[keys[-1]] = bytes.fromhex(leaf["newValue"][2:])
    made = prover.make_witness(_state(facts), keys, new_values, claims=claims)
    assert made["verkleProof"] == given_witness["verkleProof"]
    assert made["stateDiff"] == given_witness["stateDiff"]
