"""The journal: going back to a snapshot leaves everything as it was, whatever happened in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stateless.evm import meter as meter_module
from stateless.evm import state as state_module
from stateless.evm.state import Log, State
from stateless.view import Account
from tests.evm.machines import View
from verkle.constants import EMPTY_CODE_HASH
from verkle.errors import UnsupportedError

ADDRESSES = [bytes([n]) * 20 for n in range(1, 5)]
SLOTS = [0, 1, 2**256 - 1]
CODES = [b"", b"\x00", b"\x5b"]


def before() -> State:
    """Two accounts, of which one has storage; the others are not there."""
    accounts = {ADDRESSES[0]: Account(1, 100, EMPTY_CODE_HASH), ADDRESSES[1]: Account(0, 5, EMPTY_CODE_HASH)}
    return State(View(accounts, {(ADDRESSES[0], 0): 7, (ADDRESSES[0], 1): 8}, CODES))


Step = Callable[[State], Any]
addresses, slots, values = (
    st.sampled_from(ADDRESSES),
    st.sampled_from(SLOTS),
    st.sampled_from([0, 1, 7, 2**255]),
)


def _log(address: bytes) -> Step:
    return lambda state: state.logs.append(Log(address, (), b""))


def _refund(amount: int) -> Step:
    def step(state: State) -> None:
        state.refund += amount

    return step


steps = st.one_of(
    st.builds(lambda a, s, v: lambda state: state.set_storage(a, s, v), addresses, slots, values),
    st.builds(lambda a, s, v: lambda state: state.set_transient(a, s, v), addresses, slots, values),
    st.builds(lambda a, v: lambda state: state.add_balance(a, v), addresses, st.integers(0, 9)),
    st.builds(lambda a: lambda state: state.increment_nonce(a), addresses),
    st.builds(lambda a, c: lambda state: state.set_code(a, c), addresses, st.sampled_from(CODES)),
    st.builds(lambda a: lambda state: state.create(a), addresses),
    # SELFDESTRUCT moves the balance first, so the account has been read
    st.builds(lambda a: lambda state: (state.account(a), state.destroy(a)), addresses),
    st.builds(lambda a: lambda state: state.touch(a), addresses),
    st.builds(lambda a: lambda state: state.warm_address(a), addresses),
    st.builds(lambda a, s: lambda state: state.warm_slot(a, s), addresses, slots),
    st.builds(lambda a, s: lambda state: state.storage(a, s), addresses, slots),
    st.builds(lambda a: lambda state: state.account(a), addresses),
    st.builds(_log, addresses),
    st.builds(_refund, st.integers(-5, 5)),
)


def seen(state: State) -> tuple[Any, ...]:
    """All that code and the end of the transaction can see. Values that are only kept do not show."""
    return (
        {a: (state.account(a), state.code(a).data, state.is_created(a)) for a in ADDRESSES},
        {
            (a, s): (state.storage(a, s), state.original(a, s), state.transient(a, s))
            for a in ADDRESSES
            for s in SLOTS
        },
        dict(state.warm_addresses),
        dict(state.warm_slots),
        set(state._touched),
        set(state._destroyed),
        list(state.logs),
        state.refund,
    )


@settings(deadline=None)
@given(st.lists(steps, max_size=15), st.lists(steps, max_size=15))
def test_revert_is_as_before(first: list[Step], second: list[Step]) -> None:
    state = before()
    for step in first:
        step(state)
    expected = seen(state)
    snapshot = state.snapshot()
    for step in second:
        step(state)
    state.revert(snapshot)
    assert seen(state) == expected


@settings(deadline=None)
@given(st.lists(steps, max_size=12), st.lists(steps, max_size=12))
def test_what_is_reverted_changes_nothing(first: list[Step], second: list[Step]) -> None:
    """The end of the transaction, and so the block, comes out as if it had never been."""
    plain, reverted = before(), before()
    for step in first:
        step(plain)
        step(reverted)
    snapshot = reverted.snapshot()
    for step in second:
        step(reverted)
    reverted.revert(snapshot)
    plain.end_transaction()
    reverted.end_transaction()
    assert reverted.changes() == plain.changes()


@settings(deadline=None)
@given(st.lists(st.lists(steps, max_size=6), max_size=6), st.data())
def test_snapshots_nest(parts: list[list[Step]], data: st.DataObject) -> None:
    state = before()
    points = []
    for part in parts:
        points.append((state.snapshot(), seen(state)))
        for step in part:
            step(state)
    while points:
        points = points[: data.draw(st.integers(1, len(points)))]
        snapshot, expected = points.pop()
        state.revert(snapshot)
        assert seen(state) == expected


def test_slots_of_another_transaction_are_originals_anew() -> None:
    state = before()
    state.set_storage(ADDRESSES[0], 0, 9)
    assert state.original(ADDRESSES[0], 0) == 7
    state.end_transaction()
    state.begin_transaction()
    assert state.original(ADDRESSES[0], 0) == 9
    assert not state.warm_slots


def test_what_could_be_undone_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that stores costs 100 gas a round, and a made-up gas limit pays for any number of them."""
    state = before()
    state.begin_transaction()
    monkeypatch.setattr(state_module, "_MOST_CHANGES", 10)
    monkeypatch.setattr(meter_module, "MOST_MEMORY", 10 * 128)
    for value in range(10):
        state.set_transient(ADDRESSES[0], 0, value)
    with pytest.raises(UnsupportedError) as caught:
        state.set_transient(ADDRESSES[0], 0, 10)
    assert (caught.value.code, caught.value.got) == ("EXECUTION_MEMORY", 11 * 128)
    # each transaction begins anew
    state.begin_transaction()
    state.set_transient(ADDRESSES[0], 0, 1)
