"""A whole Verkle state: what it reads, that it never changes, and the states after it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stateless.genesis import AllocAccount, alloc_leaves
from stateless.rules import RULE_SETS
from stateless.verkle_state import VerkleState
from verkle.branch import BranchStore
from verkle.pedersen import Committer
from verkle.tree import MemoryStore, Tree

# One committer for all: its tables are made once.
COMMITTER = Committer()

# few stems, of which several share a prefix, so that leaves are split and overwritten
stems = st.sampled_from([bytes([a, b]) + bytes(29) for a in (0, 1, 255) for b in (0, 1)])
keys = st.builds(lambda stem, suffix: stem + bytes([suffix]), stems, st.sampled_from([0, 1, 127, 128, 255]))
batches = st.dictionaries(keys, st.binary(min_size=32, max_size=32), max_size=6)


def plain_root(leaves: Mapping[bytes, bytes]) -> bytes:
    tree = Tree(MemoryStore(), COMMITTER)
    tree.put(leaves)
    return tree.root


@settings(max_examples=25)
@given(st.lists(batches, min_size=1, max_size=4), batches, batches)
def test_states_after_states(blocks: list[dict[bytes, bytes]], left: dict[bytes, bytes],
                             right: dict[bytes, bytes]) -> None:  # fmt: skip
    """Each is the tree of all that was written before it; two successors of one state do not mix."""
    leaves: dict[bytes, bytes] = {}
    states = [VerkleState(Tree(MemoryStore(), COMMITTER), COMMITTER)]
    roots = [states[0].root]
    for block in blocks:
        leaves |= block
        states.append(states[-1].after(block))
        roots.append(plain_root(leaves))
    one, other = states[-1].after(left), states[-1].after(right)
    assert one.root == plain_root(leaves | left)
    assert other.root == plain_root(leaves | right)
    assert [state.tree.root for state in states] == roots
    assert dict(states[-1].tree.items()) == leaves
    assert list(one.tree.items()) == sorted((leaves | left).items())
    for key in leaves | left | right:
        assert states[-1].leaf(key) == leaves.get(key)
        assert other.leaf(key) == (leaves | right).get(key)
    assert states[-1].leaf(b"\x77" * 32) is None


def test_a_branch_of_a_branch_lies_on_the_store_below() -> None:
    """However long a chain is, a look-up asks two stores."""
    below = MemoryStore({b"a": b"1", b"b": b"2"})
    first = BranchStore(below)
    first.put({b"b": b"3", b"c": b"4"})
    second = BranchStore(first)
    second.put({b"a": b"5"})
    assert [first.get(key) for key in (b"a", b"b", b"c", b"d")] == [b"1", b"3", b"4", None]
    assert [second.get(key) for key in (b"a", b"b", b"c", b"d")] == [b"5", b"3", b"4", None]
    assert list(second.scan(b"")) == [(b"a", b"5"), (b"b", b"3"), (b"c", b"4")]
    assert list(first.scan(b"b")) == [(b"b", b"3")]
    assert second._below is below
    assert dict(below.scan(b"")) == {b"a": b"1", b"b": b"2"}


@pytest.mark.parametrize("name", ["kaustinen7", "kaustinen6", "kaustinen2"])
def test_from_an_alloc(name: str) -> None:
    rules = RULE_SETS[name]
    accounts = [
        AllocAccount(b"\x11" * 20, 5, 1, b"\x60\x01" * 40, {0: 1, 64: 2, 2**255: 3}),
        AllocAccount(b"\x22" * 20, 7, 0, b"", {}),
    ]
    state = VerkleState.from_alloc(accounts, rules, COMMITTER)
    leaves = dict(alloc_leaves(accounts, rules))
    assert state.root == plain_root(leaves)
    assert {key: state.leaf(key) for key in leaves} == leaves
