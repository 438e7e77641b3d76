"""The rules by which accesses become leaves, each on an account made for it; and beside the tree's own."""

from __future__ import annotations

from collections.abc import Iterable

from stateless.compare.access_set import AccessSet, TouchedAccount
from stateless.compare.embedding import Embedded, embed
from tests.oracles.accounts import account_items
from verkle.accounts import AccountHeader, encode_header
from verkle.embedding import chunkify
from witness.binary.keys import chunk_key, header_key, stem_of, storage_key
from witness.binary.rules import DEFAULT

ADDRESS = bytes.fromhex("11" * 20)
CODE = bytes.fromhex("60016002600355") * 20
HEADER = AccountHeader(3, 10**18, b"\x07" * 32, len(CODE))
BASIC, HASH = header_key(DEFAULT, ADDRESS, 0), header_key(DEFAULT, ADDRESS, 1)


def stems_of(places: Iterable[tuple[bytes, int]]) -> list[bytes]:
    return [stem_of(DEFAULT, address, index) for address, index in places]


def embedded(account: TouchedAccount, *, chunks: bool = True) -> Embedded:
    return embed(AccessSet({ADDRESS: account}), stems_of, chunks=chunks)


def test_a_look_shows_basic_data_alone() -> None:
    leaves = embedded(TouchedAccount(before=HEADER))
    header = encode_header("basic_data", HEADER)
    assert leaves.asked == {BASIC: header[0]}
    assert leaves.others == {HASH: header[1]}
    assert not leaves.writes


def test_an_absent_account_shows_that_basic_data_is_absent() -> None:
    assert embedded(TouchedAccount()).asked == {BASIC: None}


def test_a_new_account_writes_both_leaves() -> None:
    leaves = embedded(TouchedAccount(after=AccountHeader(0, 5)))
    assert leaves.asked == {BASIC: None, HASH: None}
    assert leaves.writes.keys() == {BASIC, HASH}


def test_a_balance_that_changes_writes_basic_data_alone() -> None:
    after = AccountHeader(4, 1, HEADER.code_hash, HEADER.code_size)
    leaves = embedded(TouchedAccount(before=HEADER, after=after))
    assert leaves.writes == {BASIC: encode_header("basic_data", after)[0]}
    assert leaves.asked.keys() == {BASIC}


def test_a_slot_set_to_zero_is_written_as_zeros() -> None:
    slot = storage_key(DEFAULT, ADDRESS, 70)
    leaves = embedded(TouchedAccount(before=HEADER, slots={70: 9}, slots_after={70: 0}))
    assert leaves.asked[slot] == (9).to_bytes(32, "big")
    assert leaves.writes == {slot: bytes(32)}


def test_a_slot_never_written_has_no_leaf() -> None:
    assert (
        embedded(TouchedAccount(before=HEADER, slots={5: None})).asked[storage_key(DEFAULT, ADDRESS, 5)]
        is None
    )


def test_a_destroyed_account_writes_nothing() -> None:
    leaves = embedded(TouchedAccount(before=HEADER, destroyed=True, cleared=True, slots={1: 2}))
    assert not leaves.writes
    assert leaves.asked[BASIC] is not None


def test_chunks_that_ran_are_shown_and_others_are_there() -> None:
    every = dict(enumerate(chunkify(CODE)))
    leaves = embedded(TouchedAccount(before=HEADER, code=CODE, chunks=frozenset({1, 3}), chunk_leaves=every))
    keys = {number: chunk_key(DEFAULT, ADDRESS, number) for number in every}
    assert leaves.asked.keys() == {BASIC, keys[1], keys[3]}
    assert leaves.others.keys() == {HASH, keys[0], keys[2], keys[4]}
    assert leaves.chunks == set(keys.values())


def test_whole_code_is_bound_by_its_hash() -> None:
    every = dict(enumerate(chunkify(CODE)))
    account = TouchedAccount(before=HEADER, code=CODE, chunks=frozenset({1}), chunk_leaves=every)
    leaves = embedded(account, chunks=False)
    assert leaves.asked.keys() == {BASIC, HASH}
    assert not leaves.chunks
    assert not leaves.others


def test_new_code_writes_all_its_chunks() -> None:
    after = AccountHeader(1, 0, b"\x09" * 32, len(CODE))
    leaves = embedded(TouchedAccount(after=after, deployed=CODE))
    for number, chunk in enumerate(chunkify(CODE)):
        key = chunk_key(DEFAULT, ADDRESS, number)
        assert leaves.asked[key] is None
        assert leaves.writes[key] == chunk


def test_a_whole_account_has_the_leaves_that_the_tree_gives_it() -> None:
    """``account_items`` is the judge: all that it has is here, and nothing else."""
    every = dict(enumerate(chunkify(CODE)))
    slots: dict[int, int | None] = {0: 1, 63: 2, 64: 3, 1 << 255: 4}
    account = TouchedAccount(
        before=HEADER,
        hash_looked_at=True,
        slots=slots,
        code=CODE,
        chunks=frozenset(every),
        chunk_leaves=every,
    )
    words = {slot: value for slot, value in slots.items() if value}
    assert embedded(account).asked == dict(account_items(DEFAULT, ADDRESS, HEADER, CODE, words))
