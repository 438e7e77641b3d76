"""Reading and changing tries: known roots, py-trie as the judge, and laws; missing is never absent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given

from tests.witness_patricia.strategies import attempt, cases
from verkle.errors import IncompleteError, StatelessError
from witness.keccak import keccak256
from witness.patricia.bag import NodeBag, index_nodes
from witness.patricia.nodes import EMPTY_TRIE_ROOT
from witness.patricia.trie import Updated, build, lookup, update, visit

Case = tuple[int | None, dict[bytes, bytes], dict[bytes, bytes]]


def nibbles(length: int | None) -> int | None:
    return None if length is None else 2 * length


def paths(entries: dict[bytes, bytes]) -> dict[str, bytes]:
    return {key.hex(): value for key, value in entries.items()}


def applied(entries: dict[bytes, bytes], changes: dict[bytes, bytes]) -> dict[bytes, bytes]:
    return {key: value for key, value in {**entries, **changes}.items() if value}


# --- the public tests of the trie ---------------------------------------------------------------------


def octets(text: str) -> bytes:
    return bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode()


def steps(given: Any) -> list[tuple[bytes, bytes]]:
    pairs = given.items() if isinstance(given, dict) else given
    return [(octets(key), b"" if value is None else octets(value)) for key, value in pairs]


@pytest.mark.parametrize("name", ["trietest", "trieanyorder", "trietest_secureTrie"])
def test_public_tries(vectors: Path, name: str) -> None:
    """One by one, all at once, and for those of any order in the reverse one."""
    document = json.loads((vectors / f"eest/ethereum-tests/TrieTests/{name}.json").read_text())
    assert document
    for case in document.values():
        secure = "secure" in name
        given = [(keccak256(key) if secure else key, value) for key, value in steps(case["in"])]
        for order in (given, given[::-1]) if name == "trieanyorder" else (given,):
            root, nodes = EMPTY_TRIE_ROOT, dict[bytes, bytes]()
            for key, value in order:
                changed = update(NodeBag(nodes, key_nibbles=64 if secure else None), root, {key.hex(): value})
                nodes.update(changed.created)
                root = changed.root
            assert root == bytes.fromhex(case["root"][2:])
        left = {key: value for key, value in dict(given).items() if value}
        assert build(paths(left)).root == root
        bag = NodeBag(nodes, key_nibbles=64 if secure else None)
        assert {key: lookup(bag, root, key.hex()) for key, _ in given} == {
            key: left.get(key) for key, _ in given
        }


# --- another implementation ---------------------------------------------------------------------------


@given(cases())
def test_roots_are_those_of_py_trie(case: Case) -> None:
    import trie

    length, before, changes = case
    judge = trie.HexaryTrie({})
    for key, value in before.items():
        judge[key] = value
    built = build(paths(before))
    assert built.root == judge.root_hash
    after = update(NodeBag(built.created, key_nibbles=nibbles(length)), built.root, paths(changes))
    for key, value in changes.items():
        if value:
            judge[key] = value
        elif key in before:
            del judge[key]
    assert after.root == judge.root_hash


# --- laws ---------------------------------------------------------------------------------------------


def change_from(nodes: list[bytes], length: int | None, root: bytes, changes: dict[bytes, bytes]) -> Updated:
    return update(NodeBag(index_nodes(nodes), key_nibbles=nibbles(length)), root, paths(changes))


@given(cases())
@example((2, {b"\x00\x00": b"a", b"\x00\x01": b"b"}, {b"\x00\x00": b"", b"\x00\x01": b""}))
@example((2, {b"\x00\x00": b"z" * 40, b"\x00\x10": b"y" * 40, b"\x10\x00": b"x" * 40}, {b"\x10\x00": b""}))
@example((None, {b"\x00": b"a", b"\x00\x00": b"b"}, {b"\x00\x00": b""}))
def test_a_change_is_the_trie_built_anew(case: Case) -> None:
    length, before, changes = case
    built = build(paths(before))
    bag = NodeBag(built.created, key_nibbles=nibbles(length))
    changed = update(bag, built.root, paths(changes))
    after = applied(before, changes)
    assert changed.root == build(paths(after)).root
    nodes = built.created | changed.created
    whole = NodeBag(nodes, key_nibbles=nibbles(length))
    for key in {*before, *changes}:
        assert lookup(whole, changed.root, key.hex()) == after.get(key)
    assert set(visit(whole, changed.root)) == set(after.values())
    # Undone, and with nothing to do.
    undo = {key: before.get(key, b"") for key in changes}
    assert update(whole, changed.root, paths(undo)).root == built.root
    assert update(whole, changed.root, {}) == Updated(changed.root, {})
    assert update(whole, changed.root, paths(after)) == Updated(changed.root, {})


@given(cases())
def test_every_node_is_made_once_and_none_in_vain(case: Case) -> None:
    """What a change makes is what the new trie has and the old one had not, but for nodes of equal bytes."""
    length, before, changes = case
    built = build(paths(before))
    changed = change_from(list(built.created.values()), length, built.root, changes)
    fresh = build(paths(applied(before, changes)))
    made = set(changed.created)
    assert made <= set(fresh.created)
    assert set(fresh.created) - set(built.created) <= made


@given(cases())
@example((2, {b"\x00\x00": b"z" * 40, b"\x00\x10": b"y" * 40, b"\x10\x00": b"x" * 40}, {b"\x10\x00": b""}))
def test_the_nodes_touched_are_enough_and_each_is_needed(case: Case) -> None:
    length, before, changes = case
    built = build(paths(before))
    bag = NodeBag(built.created, key_nibbles=nibbles(length))
    after = update(bag, built.root, paths(changes)).root
    reads = {key: lookup(bag, built.root, key.hex()) for key in [*changes, *list(before)[:2]]}
    witness = bag.touched()
    assert len(witness) == len(set(witness))
    assert change_from(witness, length, built.root, changes).root == after

    for absent in witness:
        rest = NodeBag(index_nodes(node for node in witness if node != absent), key_nibbles=nibbles(length))
        missed = 0
        for key, value in reads.items():
            found = attempt(lambda bag=rest, key=key: lookup(bag, built.root, key.hex()))
            if isinstance(found, StatelessError):
                missed += 1
                check_missing(found, absent)
                assert key.hex().startswith(str(found.where["path"]))
            else:
                assert found == value
        changed = attempt(lambda bag=rest: update(bag, built.root, paths(changes)))
        if isinstance(changed, StatelessError):
            missed += 1
            check_missing(changed, absent)
        else:
            assert changed.root == after
        assert missed


def check_missing(error: StatelessError, node: bytes) -> None:
    assert isinstance(error, IncompleteError)
    assert error.code == "PATRICIA_NODE_MISSING"
    assert error.where["node"] == keccak256(node)


def test_inserts_spare_the_sibling_of_a_deleted_child() -> None:
    """Two children, one deleted, another put in: the branch stays, and the second child is not needed."""
    before = {"00" + "0" * 62: b"a" * 40, "01" + "0" * 62: b"b" * 40, "1" + "0" * 63: b"c" * 40}
    built = build(before)
    nodes = dict(built.created)
    sibling = next(digest for digest, node in nodes.items() if b"b" * 40 in node and len(node) < 150)
    del nodes[sibling]
    changes = {"00" + "0" * 62: b"", "02" + "0" * 62: b"d" * 40}
    after = {key: value for key, value in {**before, **changes}.items() if value}
    assert update(NodeBag(nodes), built.root, changes).root == build(after).root
    with pytest.raises(IncompleteError) as caught:
        update(NodeBag(nodes), built.root, {"00" + "0" * 62: b""})
    assert caught.value.where == {"node": sibling, "path": "01"}


def test_decoding_is_lazy() -> None:
    """A node that nobody goes to is not looked at."""
    built = build({"0" * 64: b"a" * 40, "1" * 64: b"b" * 40})
    nodes = {digest: node for digest, node in built.created.items() if b"b" * 40 not in node}
    assert lookup(NodeBag(nodes | {bytes(32): b"nonsense"}), built.root, "0" * 64) == b"a" * 40


def test_an_empty_trie_needs_no_node() -> None:
    bag = NodeBag({})
    assert lookup(bag, EMPTY_TRIE_ROOT, "0" * 64) is None
    assert update(bag, EMPTY_TRIE_ROOT, {"0" * 64: b""}) == Updated(EMPTY_TRIE_ROOT, {})
    assert not list(visit(bag, EMPTY_TRIE_ROOT))
    assert build({}) == Updated(EMPTY_TRIE_ROOT, {})
