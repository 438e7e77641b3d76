"""A sampled Patricia state against the ordinary view, before and after changes, and against whole tries."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateless.patricia_view import CodeBag, PatriciaView, survey, view_of_witness
from stateless.scale.occupancy import ROOT, Occupancy, key_of_prefix
from stateless.scale.patricia_state import (
    PatriciaState,
    TouchedAccount,
    _account_drawer,
    _slot_drawer,
    sample_patricia,
    sample_trie,
)
from stateless.view import Account, StateChanges
from tests.verkle.strategies import examples
from witness.keccak import keccak256
from witness.patricia.account import decode_account
from witness.patricia.bag import NodeBag
from witness.patricia.container import PatriciaWitness
from witness.patricia.nodes import EMPTY_TRIE_ROOT, Branch, Leaf, decode_node
from witness.patricia.trie import build, lookup, update

seeds = st.binary(max_size=4)
counts = st.one_of(st.integers(0, 40), st.sampled_from((2**10, 2**16, 2**24, 2**32)))
addresses = st.integers(0, 40).map(lambda i: keccak256(bytes([i]))[:20])
slots = st.one_of(st.integers(0, 40), st.integers(0, 2**256 - 1))
slot_values = st.sampled_from((0, 1, 0x7F, 0x80, 2**256 - 1))
accounts = st.builds(
    TouchedAccount,
    st.integers(0, 3),
    st.integers(0, 2**70),
    slots=st.dictionaries(slots, slot_values, max_size=5),
    other_slots=counts,
)
states = st.dictionaries(addresses, st.one_of(st.none(), accounts), min_size=1, max_size=8)


def view_over(state: PatriciaState, nodes: Mapping[bytes, bytes]) -> PatriciaView:
    return PatriciaView(nodes, state.root, CodeBag(()), lambda _: b"")


@st.composite
def changes(draw: st.DrawFn, touched: Mapping[bytes, TouchedAccount | None]) -> StateChanges:
    """Writes to what is touched: accounts made, changed and deleted, and slots set, often to 0."""
    after: dict[bytes, Account | None] = {}
    storage: dict[bytes, dict[int, int]] = {}
    for address, account in touched.items():
        what = draw(st.sampled_from(("nothing", "set", "delete", "slots")))
        if what == "set":
            after[address] = Account(draw(st.integers(0, 9)), draw(st.integers(0, 9)), keccak256(b""))
        elif what == "delete":
            after[address] = None
        elif what == "slots" and account is not None:
            storage[address] = {slot: draw(slot_values) for slot in account.slots}
    return StateChanges(after, storage, frozenset(), {})


@given(seeds, counts, states, st.data())
@examples(40)
def test_the_view_reads_it_and_changes_it(
    seed: bytes, count: int, touched: dict[bytes, TouchedAccount | None], data: st.DataObject
) -> None:
    """All nodes are there; those that were asked for are enough; and they give the same root after."""
    state = sample_patricia(seed, count, touched)
    host = view_over(state, state.nodes)
    for address, account in touched.items():
        found = host.account(address)
        if account is None:
            assert found is None
            continue
        assert found == Account(account.nonce, account.balance, account.code_hash)
        assert {slot: host.storage(address, slot) for slot in account.slots} == account.slots
    change = data.draw(changes(touched))
    after = host.post_root(change)
    asked = tuple(host.bag.touched())
    if state.root == EMPTY_TRIE_ROOT:
        return
    witness = view_of_witness(PatriciaWitness(asked), state.root, lambda _: b"")
    for address, account in touched.items():
        assert (witness.account(address) is None) == (account is None)
    assert witness.post_root(change) == after
    found_nodes = survey(state.nodes, state.root)
    assert not found_nodes.surplus


@given(seeds, counts, states, st.randoms(use_true_random=False))
@examples(20)
def test_the_same_seed_gives_the_same_state(
    seed: bytes, count: int, touched: dict[bytes, TouchedAccount | None], random: Random
) -> None:
    shuffled = list(touched.items())
    random.shuffle(shuffled)
    assert sample_patricia(seed, count, touched) == sample_patricia(seed, count, dict(shuffled))


@st.composite
def tries(draw: st.DrawFn, count: int, seed: bytes) -> dict[str, bytes | None]:
    """Keys near those that are drawn, so that extensions are split and walks end everywhere."""
    near = [key_of_prefix(key).hex() for key in Occupancy(seed, count, 256).below(ROOT)] or ["0" * 64]
    values: dict[str, bytes | None] = {}
    for _ in range(draw(st.integers(0, 8))):
        key = draw(st.sampled_from([*near, *values]))
        at = draw(st.one_of(st.integers(0, 6), st.sampled_from((60, 62, 63))))
        key = key[:at] + draw(st.sampled_from("0123456789abcdef")) + draw(st.sampled_from("0f")) * (63 - at)
        if key not in near:
            values[key] = draw(st.sampled_from((None, b"\x01", b"\x02" * 20, b"\x03" * 40)))
    return values


@given(seeds, st.integers(0, 60), st.data())
@examples(60)
def test_it_is_the_whole_trie_seen_from_the_touched_keys(
    seed: bytes, count: int, data: st.DataObject
) -> None:
    """With a walk to every key, the root of the whole trie; without, every reference that is not random."""
    occupancy = Occupancy(seed, count, 256)
    draw_value = _slot_drawer(occupancy)
    drawn = {key_of_prefix(key).hex(): draw_value(key) for key in occupancy.below(ROOT)}
    values = data.draw(tries(count, seed))
    entries = drawn | {key: value for key, value in values.items() if value is not None}
    whole = build(entries)
    everywhere = sample_trie(occupancy, dict.fromkeys(drawn) | values, draw_value)
    assert everywhere.root == whole.root
    assert everywhere.nodes.keys() == whole.created.keys()

    sampled = sample_trie(occupancy, values, draw_value)
    bag = NodeBag(sampled.nodes)
    for key, depth in sampled.depths.items():
        assert lookup(bag, sampled.root, key) == values[key]
        assert depth == everywhere.depths[key]
        others = entries.keys() - {key}
        shared = max((_shared(key, other) for other in others), default=-1)
        if values[key] is not None:
            assert depth == shared + 1
    # the same changes ask for nodes that are there, and have the same outcome as in the whole trie
    change = {key: b"" if value is not None else b"\x07" for key, value in values.items()}
    after = update(bag, sampled.root, change)
    assert (after.root != sampled.root) == any(value or values[key] for key, value in change.items())
    assert (
        update(NodeBag(whole.created), whole.root, change).root
        == build(drawn | {key: value for key, value in change.items() if value}).root
    )
    back = update(
        NodeBag({**sampled.nodes, **after.created}), after.root, {k: v or b"" for k, v in values.items()}
    )
    assert back.root == sampled.root


def _shared(one: str, other: str) -> int:
    return next((k for k in range(64) if one[k] != other[k]), 64)


def test_nodes_do_not_grow_with_the_state() -> None:
    touched: dict[bytes, TouchedAccount | None] = {
        keccak256(bytes([i]))[:20]: TouchedAccount() for i in range(99)
    }
    small, large = (sample_patricia(b"", count, touched) for count in (2**16, 2**32))
    assert len(small.nodes) < len(large.nodes) < 3 * len(small.nodes)
    assert large.remembered < 3 * small.remembered


def test_a_leaf_beside_the_walks_is_embedded_where_it_is_short() -> None:
    """From nine nibbles on, with values of one byte; 2^36 keys are crowded enough."""
    occupancy = Occupancy(b"", 2**36, 256)
    values = {keccak256(bytes([i])).hex(): b"\x01" for i in range(20)}
    sampled = sample_trie(occupancy, values, lambda _: b"\x01")
    references = [
        child
        for node in map(decode_node, sampled.nodes.values())
        if isinstance(node, Branch)
        for child in node.children
    ]
    embedded = [child for child in references if 1 < len(child) < 32]
    assert len(embedded) > 20
    for child in embedded:
        leaf = decode_node(child)
        assert isinstance(leaf, Leaf)
        assert len(leaf.path) <= 55
    assert all(lookup(NodeBag(sampled.nodes), sampled.root, key) for key in values)


def test_drawn_accounts_are_accounts() -> None:
    draw = _account_drawer(Occupancy(b"", 5, 256))
    for key in range(1 << 256, (1 << 256) + 20):
        account = decode_account(draw(key))
        assert account.storage_root == EMPTY_TRIE_ROOT
        assert account.balance < 1 << 72


@pytest.mark.parametrize(
    ("count", "touched"),
    [(0, {bytes(19): None}), (-1, {}), (0, {bytes(20): TouchedAccount(other_slots=-1)})],
)
def test_what_is_no_state_is_refused(count: int, touched: dict[bytes, TouchedAccount | None]) -> None:
    with pytest.raises(ValueError, match=r"an address has 20 bytes|0 to 2\^40 keys"):
        sample_patricia(b"", count, touched)
