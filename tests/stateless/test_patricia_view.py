"""The Merkle-Patricia state view: what it reads, what it rebuilds, and what it calls missing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateless.ancestors import BlockHashes
from stateless.patricia_state import PatriciaState, make_witness
from stateless.patricia_view import PatriciaView, refuse_surplus, survey, view_of_witness
from stateless.view import Account, StateChanges
from tests.stateless.patricia_samples import ADDRESSES, Alloc, State, difference, state_of, states
from tests.witness_patricia.strategies import attempt
from verkle.constants import EMPTY_CODE_HASH
from verkle.errors import IncompleteError, InvalidError, MalformedError, StatelessError
from witness import rlp
from witness.keccak import keccak256
from witness.patricia.account import AccountLeaf, account_path, encode_account, slot_path
from witness.patricia.bag import index_nodes
from witness.patricia.container import PatriciaWitness
from witness.patricia.nodes import EMPTY_TRIE_ROOT, Leaf, encode_node
from witness.patricia.trie import build

NO_HASHES = BlockHashes({})
A, B, C = ADDRESSES[:3]


def reads(
    state: State, slots: range = range(8)
) -> list[tuple[str, Callable[[PatriciaView], object], object]]:
    """Everything that can be asked, and the answer by the plain state."""
    asked: list[tuple[str, Callable[[PatriciaView], object], object]] = []
    for address in ADDRESSES:
        alloc = state.get(address)
        account = None if alloc is None else alloc.account
        asked.append(("account", lambda view, a=address: view.account(a), account))
        asked.append(
            (
                "has_storage",
                lambda view, a=address: view.has_storage(a),
                bool(alloc and any(alloc.storage.values())),
            )
        )
        if alloc is not None and alloc.code:
            asked.append(("code", lambda view, a=alloc: view.code(a.address, a.account).data, alloc.code))
        asked += [
            (
                "storage",
                lambda view, a=address, s=slot: view.storage(a, s),
                0 if alloc is None else alloc.storage.get(slot, 0),
            )
            for slot in slots
        ]
    return asked


@given(states())
def test_the_full_state_reads_what_it_was_built_from(state: State) -> None:
    view = state_of(state).view()
    for name, read, expected in reads(state):
        assert read(view) == expected, name


@given(states(), states(), st.sets(st.sampled_from(ADDRESSES)))
def test_roots_do_not_depend_on_the_way(before: State, after: State, anew: set[bytes]) -> None:
    changes = difference(before, after, anew=frozenset(anew & {*before, *after}))
    state = state_of(before)
    changed = state.after(state.view(), changes)
    assert changed.root == state_of(after).root
    for name, read, expected in reads(after):
        assert read(changed.view()) == expected, name
    for name, read, expected in reads(before):
        assert read(state.view()) == expected, name  # the earlier state is still there


@given(states(), states(), st.data())
def test_a_witness_is_enough_and_what_it_lacks_is_missing_not_absent(
    before: State, after: State, data: st.DataObject
) -> None:
    asked = data.draw(st.lists(st.sampled_from(reads(before)), max_size=6))
    changes = difference(before, after)
    state = state_of(before)
    view = state.view()
    for _, read, expected in asked:
        assert read(view) == expected
    root = view.post_root(changes)
    witness = make_witness(view)
    again = view_of_witness(witness, state.root, NO_HASHES)
    for _, read, expected in asked:
        assert read(again) == expected
    assert again.post_root(changes) == root == state_of(after).root
    assert make_witness(again) == witness
    refuse_surplus(survey(index_nodes(witness.nodes), state.root))

    for absent in witness.nodes:
        nodes = index_nodes(node for node in witness.nodes if node != absent)
        rest = PatriciaView(nodes, state.root, again.codes, NO_HASHES)
        for _, read, expected in asked:
            check(attempt(lambda view=rest, read=read: read(view)), expected, absent)
        check(attempt(lambda view=rest: view.post_root(changes)), root, absent)


def check(found: object, expected: object, absent: bytes) -> None:
    if not isinstance(found, StatelessError):
        assert found == expected
        return
    assert isinstance(found, IncompleteError)
    assert found.code == "PATRICIA_NODE_MISSING"
    assert found.where["node"] == keccak256(absent)


# --- single cases -------------------------------------------------------------------------------------


def sample() -> State:
    return {
        A: Alloc(A, 1, 10, b"\x60\x00", {1: 5, 2: 6}),
        B: Alloc(B, 0, 7),
        **{address: Alloc(address, 0, 1) for address in ADDRESSES[3:]},
    }


def missing(call: Callable[[], object]) -> IncompleteError:
    with pytest.raises(IncompleteError) as caught:
        call()
    return caught.value


def test_a_missing_node_names_who_wanted_it() -> None:
    state = state_of(sample())
    view = PatriciaView({state.root: state.nodes[state.root]}, state.root, NO_CODES, NO_HASHES)
    for call in (
        lambda: view.account(A),
        lambda: view.storage(A, 1),
        lambda: view.has_storage(A),
        lambda: view.post_root(StateChanges({A: None}, {}, frozenset(), {})),
    ):
        error = missing(call)
        assert error.code == "PATRICIA_NODE_MISSING"
        assert error.where["account"] == A
        assert account_path(A).startswith(str(error.where["path"]))
        assert f"0x{A.hex()}" in error.message


def test_a_missing_storage_node_names_the_slot() -> None:
    state = state_of(sample())
    storage_root = build({slot_path(1): b"\x05", slot_path(2): b"\x06"}).root
    nodes = {digest: node for digest, node in state.nodes.items() if digest != storage_root}
    view = PatriciaView(nodes, state.root, NO_CODES, NO_HASHES)
    assert view.has_storage(A)
    assert view.account(A) == sample()[A].account
    error = missing(lambda: view.storage(A, 3))
    assert error.where == {"node": storage_root, "path": "", "account": A, "slot": (3).to_bytes(32, "big")}
    error = missing(lambda: view.post_root(StateChanges({}, {A: {2: 9}}, frozenset(), {})))
    assert error.where["slot"] == (2).to_bytes(32, "big")
    # Storage that is cleared needs no node of what was there.
    whole = state_of({**sample(), A: Alloc(A, 1, 10, b"\x60\x00", {2: 9})})
    changes = StateChanges({A: sample()[A].account}, {A: {2: 9}}, frozenset({A}), {})
    assert view.post_root(changes) == whole.root


def test_a_missing_sibling_names_the_slot_that_is_deleted() -> None:
    state = state_of({A: Alloc(A, 1, 0, b"", {1: 2**255, 2: 2**255})})
    first = [
        node
        for node in state.nodes.values()
        if encode_node(Leaf(slot_path(1)[1:], b"\xa0\x80" + bytes(31))) == node
    ]
    assert len(first) == 1
    nodes = {digest: node for digest, node in state.nodes.items() if node != first[0]}
    view = PatriciaView(nodes, state.root, NO_CODES, NO_HASHES)
    assert view.storage(A, 2) == 2**255
    error = missing(lambda: view.post_root(StateChanges({}, {A: {2: 0}}, frozenset(), {})))
    assert error.where["node"] == keccak256(first[0])
    assert error.where["slot"] == (2).to_bytes(32, "big")


def test_accounts_made_and_destroyed() -> None:
    """New ones begin with empty storage, without any node; what was destroyed may come back empty."""
    before = sample()
    state = state_of(before)
    fresh = Account(1, 0, EMPTY_CODE_HASH)
    cases: list[tuple[StateChanges, State]] = [
        (
            StateChanges({C: fresh}, {C: {7: 1}}, frozenset({C}), {}),
            {**before, C: Alloc(C, 1, 0, b"", {7: 1})},
        ),
        (StateChanges({C: fresh}, {C: {7: 1}}, frozenset(), {}), {**before, C: Alloc(C, 1, 0, b"", {7: 1})}),
        (StateChanges({C: None}, {}, frozenset({C}), {}), before),
        (StateChanges({A: None}, {}, frozenset({A}), {}), {k: v for k, v in before.items() if k != A}),
        (StateChanges({A: fresh}, {}, frozenset({A}), {}), {**before, A: Alloc(A, 1)}),
        (
            StateChanges({A: fresh}, {A: {1: 5}}, frozenset({A}), {}),
            {**before, A: Alloc(A, 1, 0, b"", {1: 5})},
        ),
        (StateChanges({}, {A: {1: 0, 2: 0}}, frozenset(), {}), {**before, A: before[A]._replace(storage={})}),
        (StateChanges({}, {A: {3: 0}}, frozenset(), {}), before),
        (StateChanges({}, {}, frozenset(), {}), before),
        (StateChanges(dict.fromkeys(before), {}, frozenset(before), {}), {}),
    ]
    for changes, after in cases:
        assert state.view().post_root(changes) == state_of(after).root
    assert state_of({}).root == EMPTY_TRIE_ROOT == state_of({}).view().post_root(cases[-1][0])
    with pytest.raises(ValueError, match="does not exist"):
        state.view().post_root(StateChanges({}, {C: {1: 1}}, frozenset(), {}))


def test_codes_are_wanted_when_they_are_read() -> None:
    state = state_of(sample())
    view = view_of_witness(PatriciaWitness(tuple(state.nodes.values())), state.root, NO_HASHES)
    account = view.account(A)
    assert account is not None
    error = missing(lambda: view.code(A, account))
    assert error.code == "PATRICIA_CODE_MISSING"
    assert error.where == {"account": A, "code_hash": account.code_hash}
    assert view.code(B, account._replace(code_hash=EMPTY_CODE_HASH)).data == b""
    with_code = PatriciaWitness(tuple(state.nodes.values()), codes=(b"\x61", b"\x60\x00"))
    again = view_of_witness(with_code, state.root, NO_HASHES)
    assert again.code(A, account).data == b"\x60\x00"
    assert again.code_size(A, account) == 2
    assert again.code_hash(A) == account.code_hash
    assert again.codes.touched() == [b"\x60\x00"]


def test_block_hashes() -> None:
    hashes = BlockHashes({7: b"\x07" * 32}, {6: b"\x06" * 32})
    view = PatriciaView({}, EMPTY_TRIE_ROOT, NO_CODES, hashes)
    assert (view.block_hash(7), view.block_hash(6)) == (b"\x07" * 32, b"\x06" * 32)
    assert hashes.assumed == ((6, b"\x06" * 32),)
    assert missing(lambda: view.block_hash(5)).code == "BLOCK_HASH_MISSING"
    assert missing(lambda: state_of({}).view().block_hash(5)).code == "BLOCK_HASH_MISSING"


def test_a_root_that_is_not_there() -> None:
    error = missing(lambda: view_of_witness(PatriciaWitness(()), bytes(32), NO_HASHES))
    assert (error.code, error.where) == ("PATRICIA_NODE_MISSING", {"node": bytes(32), "path": ""})
    assert view_of_witness(PatriciaWitness(()), EMPTY_TRIE_ROOT, NO_HASHES).account(A) is None


def test_a_node_of_two_megabytes() -> None:
    state = state_of(sample())
    witness = PatriciaWitness((*state.nodes.values(), bytes(2 << 20)))
    with pytest.raises(MalformedError) as caught:
        view_of_witness(witness, state.root, NO_HASHES)
    assert caught.value.code == "PATRICIA_NODE_SIZE"


def test_leaves_that_are_no_accounts_or_values() -> None:
    for data in (b"x" * 40, rlp.encode([b"", b"", bytes(32), bytes(32), b""])):
        built = build({account_path(A): data})
        with pytest.raises(InvalidError) as caught:
            PatriciaView(built.created, built.root, NO_CODES, NO_HASHES).account(A)
        assert caught.value.code == "PATRICIA_ACCOUNT"
        assert caught.value.where["account"] == A
    storage = build({slot_path(1): b"\x82\x00\x01"})
    built = build({account_path(A): encode_account(AccountLeaf(0, 0, storage.root, EMPTY_CODE_HASH))})
    view = PatriciaView(built.created | storage.created, built.root, NO_CODES, NO_HASHES)
    with pytest.raises(InvalidError) as caught:
        view.storage(A, 1)
    assert caught.value.code == "PATRICIA_STORAGE_VALUE"
    assert caught.value.where["slot"] == (1).to_bytes(32, "big")
    with pytest.raises(InvalidError):
        survey(built.created | storage.created, built.root)


def test_nodes_that_nothing_asks_for() -> None:
    state = state_of(sample())
    stray = encode_node(Leaf("0" * 64, b"v"))
    found = survey(state.nodes | index_nodes([stray]), state.root)
    assert (found.accounts, found.slots, found.surplus) == (len(sample()), 2, (keccak256(stray),))
    with pytest.raises(InvalidError) as caught:
        refuse_surplus(found)
    assert caught.value.code == "PATRICIA_NODE_SURPLUS"
    assert caught.value.where == {"node": keccak256(stray)}
    refuse_surplus(survey(state.nodes, state.root))


NO_CODES = PatriciaState().view().codes
