"""Small states for tests of the Merkle-Patricia view, and strategies over them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from hypothesis import strategies as st

from stateless.patricia_state import PatriciaState
from stateless.view import Account, StateChanges
from verkle.constants import EMPTY_CODE_HASH
from witness.keccak import keccak256


class Alloc(NamedTuple):
    address: bytes
    nonce: int = 0
    balance: int = 0
    code: bytes = b""
    storage: Mapping[int, int] = {}

    @property
    def account(self) -> Account:
        return Account(self.nonce, self.balance, keccak256(self.code))


State = dict[bytes, Alloc]

ADDRESSES = [bytes([n]) * 20 for n in range(1, 9)]
_CODES = st.sampled_from([b"", b"\x00", b"\x60\x01", b"\x5b" * 40])
_SLOTS = st.integers(0, 6)
_VALUES = st.sampled_from([1, 2, 0x7F, 0x80, 2**256 - 1, 2**64])


def _alloc(address: bytes) -> st.SearchStrategy[Alloc]:
    return st.builds(
        Alloc,
        st.just(address),
        st.integers(0, 3),
        st.integers(0, 2**70),
        _CODES,
        st.dictionaries(_SLOTS, _VALUES, max_size=5),
    )


@st.composite
def states(draw: st.DrawFn) -> State:
    addresses = draw(st.lists(st.sampled_from(ADDRESSES), unique=True, max_size=6))
    return {address: draw(_alloc(address)) for address in addresses}


def state_of(allocs: State) -> PatriciaState:
    return PatriciaState.from_alloc(allocs.values())


def difference(before: State, after: State, *, anew: frozenset[bytes] = frozenset()) -> StateChanges:
    """The changes from one state to another; accounts of ``anew`` are destroyed and made again."""
    accounts: dict[bytes, Account | None] = {}
    storage: dict[bytes, dict[int, int]] = {}
    codes: dict[bytes, bytes] = {}
    for address in {*before, *after}:
        old, new = before.get(address), after.get(address)
        if new is None:
            accounts[address] = None
            continue
        if old is None or old.account != new.account or address in anew:
            accounts[address] = new.account
            if new.account.code_hash != EMPTY_CODE_HASH:
                codes[new.account.code_hash] = new.code
        kept = {} if old is None or address in anew else old.storage
        slots = {
            slot: new.storage.get(slot, 0)
            for slot in {*kept, *new.storage}
            if kept.get(slot, 0) != new.storage.get(slot, 0)
        }
        if slots:
            storage[address] = slots
    gone = {address for address, account in accounts.items() if account is None}
    return StateChanges(accounts, storage, frozenset(gone | (anew & {*after})), codes)
