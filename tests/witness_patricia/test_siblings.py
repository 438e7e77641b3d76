"""Siblings of deleted nodes, rebuilt from proofs of the state after: enough, and never anything unbound."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from verkle.errors import IncompleteError
from witness.keccak import keccak256
from witness.patricia.bag import NodeBag, index_nodes
from witness.patricia.nodes import Leaf, encode_node
from witness.patricia.siblings import rebuild_siblings
from witness.patricia.trie import build, lookup, update

KEYS = st.text("01f", min_size=6, max_size=6).map(lambda head: head + "0" * 58)


def proof(nodes: dict[bytes, bytes], root: bytes, *keys: str) -> list[bytes]:
    """The nodes on the paths of the keys: what eth_getProof gives."""
    bag = NodeBag(nodes)
    for key in keys:
        lookup(bag, root, key)
    return bag.touched()


@given(st.sets(KEYS, min_size=2, max_size=12), st.data())
def test_a_deletion_from_proofs_of_both_states(keys: set[str], data: st.DataObject) -> None:
    """Proofs of the deleted key before and of its neighbours after; where the sibling is a leaf or an
    extension, that is enough. Where it is a branch, the proofs after show it as it is."""
    entries = {key: b"v" * 40 + key.encode() for key in keys}
    deleted = data.draw(st.sampled_from(sorted(keys)))
    before = build(entries)
    after = update(NodeBag(before.created), before.root, {deleted: b""})
    nodes = before.created | after.created
    given_before = proof(nodes, before.root, deleted)
    given_after = proof(nodes, after.root, *(keys - {deleted}))
    rebuilt = rebuild_siblings(given_before, given_after)
    assert all(keccak256(node) in before.created for node in rebuilt)
    bag = NodeBag(index_nodes([*given_before, *rebuilt, *given_after]))
    assert update(bag, before.root, {deleted: b""}).root == after.root


def test_the_sibling_is_needed_and_found() -> None:
    entries = {"0" * 64: b"a" * 40, "01" + "0" * 62: b"b" * 40, "1" + "0" * 63: b"c" * 40}
    before = build(entries)
    deleted = "01" + "0" * 62
    after = update(NodeBag(before.created), before.root, {deleted: b""})
    nodes = before.created | after.created
    given_before = proof(nodes, before.root, deleted)
    given_after = proof(nodes, after.root, "0" * 64)
    try:
        update(NodeBag(index_nodes([*given_before, *given_after])), before.root, {deleted: b""})
    except IncompleteError as error:
        missing = error.where["node"]
    rebuilt = rebuild_siblings(given_before, given_after)
    assert [keccak256(node) for node in rebuilt] == [missing]


def test_what_no_node_of_before_asks_for_is_not_made() -> None:
    before = build({"0" * 64: b"a" * 40, "1" * 64: b"b" * 40})
    stranger = encode_node(Leaf("0" * 60, b"x" * 40))
    assert rebuild_siblings(before.created.values(), [stranger]) == []
    assert rebuild_siblings([b"nonsense"], [b"\xc0", stranger]) == []
    assert rebuild_siblings([], []) == []
