"""The state while a block runs: a :class:`StateView` with changes on top, and a journal to undo them.

All changes go through dictionaries, and the journal remembers of each write which dictionary, which key and
what was there, so that undoing knows nothing of accounts, slots or warm addresses. A value that was only
read and kept is no change and has no entry.

Lifetimes: warm sets, transient storage, created and destroyed accounts, logs and the refund counter live
for one transaction; accounts and storage for the block.

Sources: EIP-161 (empty accounts), EIP-1153 (transient storage), EIP-2929 (warm sets), EIP-6780.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from stateless.evm.code import EMPTY_CODE, Code
from stateless.evm.meter import MOST_MEMORY, check_memory
from stateless.view import Account, AccountFields, StateChanges, StateView
from verkle.constants import DELEGATION_BYTES, DELEGATION_MARK, EMPTY_CODE_HASH
from verkle.errors import IncompleteError, InvalidError
from witness.keccak import keccak256

__all__ = ["Log", "Snapshot", "State"]

_CHANGE_BYTES: Final = 128
"""Memory that a change in the journal is counted for."""
_MOST_CHANGES: Final = MOST_MEMORY // _CHANGE_BYTES
_MISSING: Final = object()
# What lives for the block, but for code that was put in place.
_LASTING: Final = (
    "_before", "_accounts", "_before_storage", "_storage", "_cleared", "_fresh", "_deployed", "_filled",
    "_deleted", "_made",
)  # fmt: skip
_NEW_ACCOUNT: Final = Account(0, 0, EMPTY_CODE_HASH)


class Log(NamedTuple):
    """An event: 20-byte address, topics of 32 bytes, data."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


class Snapshot(NamedTuple):
    """A point to go back to."""

    journal: int
    logs: int
    refund: int


class State:
    """Accounts and storage of one block, on top of the state before it.

    ``kept``: accounts that are there by rule: never removed for being empty, and their storage is read and
    written without a look at the account. ``deletes_stirred``: an account that was merely stirred up
    (:meth:`stir`) and is absent counts as deleted, if the view knows that it is.
    """

    def __init__(
        self, view: StateView, kept: frozenset[bytes] = frozenset(), *, deletes_stirred: bool = False
    ) -> None:
        self._view = view
        self._kept = kept
        self._deletes_stirred = deletes_stirred
        self.reader = view.reader
        self._before: dict[bytes, AccountFields | None] = {}
        self._accounts: dict[bytes, AccountFields | None] = {}
        self._before_storage: dict[tuple[bytes, int], int] = {}
        self._storage: dict[tuple[bytes, int], int] = {}
        self._originals: dict[tuple[bytes, int], int] = {}
        self._cleared: dict[bytes, bool] = {}
        self._fresh: dict[bytes, bool] = {}
        self._placed: dict[bytes, Code] = {}
        self._deployed: dict[bytes, bytes] = {}
        self._journal: list[tuple[dict[Any, Any], Any, Any]] = []
        self._filled: set[tuple[bytes, int, int]] = set()
        self._deleted: set[bytes] = set()
        self._made: dict[bytes, bool] = {}
        self.begin_transaction()

    def copy(self, view: StateView) -> State:
        """The same state, as it is between two transactions, to try something on. What was not read yet is
        read from ``view``; code is decoded anew, so that other rules can run it."""
        other = State(view, self._kept, deletes_stirred=self._deletes_stirred)
        for name in _LASTING:
            setattr(other, name, getattr(self, name).copy())
        other._placed = {address: Code(code.data) for address, code in self._placed.items()}
        return other

    # --- transactions and frames ------------------------------------------------------------------

    def begin_transaction(self) -> None:
        """Forget what lives for one transaction."""
        self._journal.clear()
        self._originals.clear()
        self._transient: dict[tuple[bytes, int], int] = {}
        self._touched = self._made
        self._made = {}
        self._created: dict[bytes, bool] = {}
        self._stirred: dict[bytes, bool] = {}
        self._destroyed: dict[bytes, bool] = {}
        self.warm_addresses: dict[bytes, bool] = {}
        self.warm_slots: dict[tuple[bytes, int], bool] = {}
        self.logs: list[Log] = []
        self.refund = 0

    def end_transaction(self) -> None:
        """Remove what was destroyed, and touched accounts that are empty (EIP-161)."""
        gone = dict.fromkeys(self._destroyed)
        for address in self._touched:
            if address in self._kept:
                continue
            account = self.account(address)
            if account is not None and self._is_surely_empty(account):
                gone[address] = None
        if self._deletes_stirred:
            gone |= dict.fromkeys(self._stirred_up())
        self._deleted.update(gone)
        for address in gone:
            self._accounts[address] = None
            self._cleared[address] = True
            self._placed[address] = EMPTY_CODE
        if gone:  # all in one pass, however many there are
            for key in [key for key in self._storage if key[0] in gone]:
                del self._storage[key]
        self._journal.clear()

    @staticmethod
    def _is_surely_empty(account: AccountFields) -> bool:
        """Whether an account is empty. One of which the view knows too little for that stays: if it should
        not, the state root tells."""
        try:
            return account.is_empty
        except IncompleteError:
            return False

    def _stirred_up(self) -> Iterator[bytes]:
        """Accounts that there would not be, had they not been stirred up; as far as the view knows them."""
        for address in self._stirred.keys() - self._kept:
            try:
                account = self.account(address)
            except IncompleteError:
                continue
            if account is None or self._is_surely_empty(account):
                yield address

    def snapshot(self) -> Snapshot:
        """A point that :meth:`revert` goes back to."""
        return Snapshot(len(self._journal), len(self.logs), self.refund)

    def revert(self, snapshot: Snapshot) -> None:
        """Undo everything since the snapshot."""
        journal = self._journal
        while len(journal) > snapshot.journal:
            target, key, old = journal.pop()
            if old is _MISSING:
                del target[key]
            else:
                target[key] = old
        del self.logs[snapshot.logs :]
        self.refund = snapshot.refund

    def _set(self, target: dict[Any, Any], key: Any, value: Any) -> None:
        journal = self._journal
        journal.append((target, key, target.get(key, _MISSING)))
        target[key] = value
        if len(journal) > _MOST_CHANGES:
            check_memory(_CHANGE_BYTES * len(journal))

    # --- accounts ---------------------------------------------------------------------------------

    def account(self, address: bytes) -> AccountFields | None:
        """The account as it is now, ``None`` if there is none."""
        try:
            return self._accounts[address]
        except KeyError:
            account = self._before[address] = self._accounts[address] = self._view.account(address)
            return account

    def is_empty(self, address: bytes) -> bool:
        """Whether there is no account, or an empty one (EIP-161)."""
        account = self.account(address)
        return account is None or account.is_empty

    def balance(self, address: bytes) -> int:
        """Balance in wei."""
        account = self.account(address)
        return 0 if account is None else account.balance

    def shown_balance(self, address: bytes) -> int:
        """What BALANCE gives."""
        try:
            return self.balance(address)
        except IncompleteError as error:
            return self.reader.answer(error, address)

    def nonce(self, address: bytes) -> int:
        """Nonce."""
        account = self.account(address)
        return 0 if account is None else account.nonce

    def code_hash(self, address: bytes) -> bytes:
        """Code hash, that of no code if there is no account."""
        account = self.account(address)
        return EMPTY_CODE_HASH if account is None else account.code_hash

    def shown_code_hash(self, address: bytes) -> int:
        """What EXTCODEHASH gives: 0 for an account that is absent or empty (EIP-1052)."""
        account = self._accounts.get(address)
        try:
            if address not in self._accounts or (
                account is not None and account is self._before.get(address)
            ):
                # not changed in this block; the view can tell with less than the whole account
                found = self._view.code_hash(address)
                return 0 if found is None else int.from_bytes(found, "big")
            return 0 if account is None or account.is_empty else int.from_bytes(account.code_hash, "big")
        except IncompleteError as error:
            return self.reader.answer(error, address)

    def code(self, address: bytes) -> Code:
        """The code of an account."""
        try:
            account = self.account(address)
        except IncompleteError as error:
            # some code is no answer, but that there is none may be known
            self.reader.answer(error, address)
            return EMPTY_CODE
        if account is None:
            return EMPTY_CODE
        placed = self._placed.get(address)
        return self._view.code(address, account) if placed is None else placed

    def code_size(self, address: bytes) -> int:
        """The size of an account's code in bytes."""
        placed = self._placed.get(address)
        try:
            account = self.account(address)
            if account is None:
                return 0
            return self._view.code_size(address, account) if placed is None else placed.size
        except IncompleteError as error:
            return self.reader.answer(error, address)

    def exists(self, address: bytes) -> bool:
        """Whether there is an account, or one was stirred up in this transaction (:meth:`stir`)."""
        return address in self._stirred or self.account(address) is not None

    def stir(self, address: bytes) -> None:
        """Make an account count as existing until the transaction ends, as adding nothing to its balance
        does in go-ethereum; it is empty and goes with the end of the transaction if nothing else makes it."""
        if address not in self._stirred:
            self._set(self._stirred, address, True)

    def make(self, address: bytes) -> None:
        """Make an account if there is none, as storing something in it does in go-ethereum. It is there for
        the next transaction, at whose end it goes if it is empty."""
        if self.account(address) is None:
            self._accounts[address] = _NEW_ACCOUNT
        self._made[address] = True

    def delegation(self, address: bytes) -> bytes | None:
        """The account whose code is run for ``address`` (EIP-7702), ``None`` without a delegation."""
        data = self.code(address).data
        return data[3:] if len(data) == DELEGATION_BYTES and data.startswith(DELEGATION_MARK) else None

    def set_account(self, address: bytes, account: AccountFields) -> None:
        """Replace an account's fields. It counts as touched."""
        self.account(address)
        self._set(self._accounts, address, account)
        self.touch(address)

    def touch(self, address: bytes) -> None:
        """Mark an account as touched: if it is empty at the end of the transaction, it is removed."""
        if address not in self._touched:
            self._set(self._touched, address, True)

    def touch_if_known(self, address: bytes) -> None:
        """:meth:`touch`, if the view knows the account."""
        try:
            self.account(address)
        except IncompleteError:
            return
        self.touch(address)

    def add_balance(self, address: bytes, amount: int) -> None:
        """Add to (or, negative, take from) a balance; makes the account if there is none.

        Raises:
            InvalidError: ``BALANCE_OVERFLOW``: more than 256 bits hold, which is more ether than there is.
        """
        account = self.account(address)
        if account is None:
            account = _NEW_ACCOUNT
        elif not amount:  # no change, whose other fields then need not be known
            self.touch(address)
            return
        balance = account.balance + amount
        if balance >> 256:
            raise InvalidError(
                "BALANCE_OVERFLOW",
                "an account comes to more ether than 256 bits can count",
                where={"account": address},
                got=balance,
            )
        self.set_account(address, account._replace(balance=balance))

    def transfer(self, sender: bytes, recipient: bytes, amount: int) -> None:
        """Move ether that is there."""
        self.add_balance(sender, -amount)
        self.add_balance(recipient, amount)

    def increment_nonce(self, address: bytes) -> None:
        """Add one to the nonce."""
        account = self.account(address) or _NEW_ACCOUNT
        self.set_account(address, account._replace(nonce=account.nonce + 1))

    def set_code(self, address: bytes, data: bytes) -> None:
        """Deploy code (or a delegation)."""
        account = self.account(address) or _NEW_ACCOUNT
        code_hash = keccak256(data)
        if data:
            self._deployed[code_hash] = data
        self._set(self._placed, address, Code(data))
        self.set_account(address, account._replace(code_hash=code_hash))

    def collides(self, address: bytes) -> bool:
        """Whether a contract cannot be made here: nonce, code or storage is there (EIP-684, EIP-7610)."""
        account = self.account(address)
        if account is None:
            return False
        if account.nonce or account.code_hash != EMPTY_CODE_HASH:
            return True
        return address not in self._cleared and self._view.has_storage(address)

    def create(self, address: bytes) -> None:
        """Make a new contract account with nonce 1; a balance that is there stays."""
        account = self.account(address) or _NEW_ACCOUNT
        self.set_account(address, Account(1, account.balance, EMPTY_CODE_HASH))
        self._set(self._created, address, True)
        # of storage that is there without an account nothing is seen: SPEC 4.4
        self._set(self._fresh, address, True)
        self._set(self._placed, address, EMPTY_CODE)

    def is_created(self, address: bytes) -> bool:
        """Whether the account was made in this transaction."""
        return address in self._created

    def destroy(self, address: bytes) -> None:
        """Remove the account when the transaction ends."""
        if address not in self._destroyed:
            self._set(self._destroyed, address, True)

    # --- storage ----------------------------------------------------------------------------------

    def storage(self, address: bytes, slot: int) -> int:
        """The value of a slot as it is now."""
        key = (address, slot)
        value = self._storage.get(key)
        if value is None:
            value = 0
            if (
                address not in self._cleared
                and address not in self._fresh
                and (address in self._kept or self.account(address) is not None)
            ):
                value = self._view.storage(address, slot)
                self._before_storage[key] = value
            self._storage[key] = value
        return value

    def original(self, address: bytes, slot: int) -> int:
        """The value of a slot when the transaction began."""
        original = self._originals.get((address, slot))
        return self.storage(address, slot) if original is None else original

    def set_storage(self, address: bytes, slot: int, value: int) -> None:
        """Write a slot."""
        key = (address, slot)
        self._originals.setdefault(key, self.storage(address, slot))
        self._set(self._storage, key, value)

    def transient(self, address: bytes, slot: int) -> int:
        """The value of a transient slot."""
        return self._transient.get((address, slot), 0)

    def set_transient(self, address: bytes, slot: int, value: int) -> None:
        """Write a transient slot."""
        self._set(self._transient, (address, slot), value)

    def is_absent_leaf(self, place: tuple[bytes, int, int]) -> bool:
        """Whether a leaf is neither there before the block nor filled in it. For views of trees that have
        leaves."""
        return place not in self._filled and not self._view.has_leaf(*place)

    def fill_leaf(self, place: tuple[bytes, int, int]) -> None:
        """A leaf is there from now on."""
        self._filled.add(place)

    # --- warm sets --------------------------------------------------------------------------------

    def warm_address(self, address: bytes) -> bool:
        """Make an address warm; whether it was warm already."""
        if address in self.warm_addresses:
            return True
        self._set(self.warm_addresses, address, True)
        return False

    def warm_slot(self, address: bytes, slot: int) -> bool:
        """Make a slot warm; whether it was warm already."""
        key = (address, slot)
        if key in self.warm_slots:
            return True
        self._set(self.warm_slots, key, True)
        return False

    def prewarm(self, addresses: Iterable[bytes], slots: Iterable[tuple[bytes, int]] = ()) -> None:
        """Make warm what is so from the start of a transaction."""
        self.warm_addresses.update(dict.fromkeys(addresses, True))
        self.warm_slots.update(dict.fromkeys(slots, True))

    # --- the block --------------------------------------------------------------------------------

    def changes(self) -> StateChanges:
        """What is different from the state before the block."""
        accounts = {}
        for address, account in self._accounts.items():
            before = self._before.get(address)
            cleared = address in self._cleared and (account is not None or before is not None)
            if account != before or cleared:
                accounts[address] = account
        storage: dict[bytes, dict[int, int]] = {}
        for (address, slot), value in self._storage.items():
            was = 0 if address in self._cleared else self._before_storage.get((address, slot), 0)
            if value != was and self._accounts.get(address, _NEW_ACCOUNT) is not None:
                storage.setdefault(address, {})[slot] = value
        codes = {
            account.code_hash: self._deployed[account.code_hash]
            for account in accounts.values()
            # what is not an ``Account`` has the code that it had before
            if isinstance(account, Account) and account.code_hash in self._deployed
        }
        deleted = frozenset(each for each in self._deleted if self._accounts[each] is None)
        cleared_accounts = frozenset(self._cleared.keys() & accounts.keys())
        return StateChanges(accounts, storage, cleared_accounts, codes, deleted)
