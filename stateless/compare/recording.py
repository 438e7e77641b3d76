"""Looking on while a block runs under gas rules that know of no leaves, and noting what it touches.

The view notes accounts and slots that are asked for; the policy notes code chunks, by the account that the
code belongs to. A chunk is noted where its first instruction runs, where PUSH data reaches into it, where a
jump goes into it in vain, and where it is copied: the rules of EIP-4762, whatever the block pays for. So too
with code hashes: those of a transaction's sender and target are looked at, of EXTCODEHASH's account, and of
the place where a contract is to be made.

Gas is what it is without. The policy is the fork's own with the noting added, so the run's receipts are the
block's; the caller holds them against the header.

Source: EIP-4762, *Access events*, *Code chunks*; EIP-7702 (who delegates shows the first chunk).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from stateless.evm.code import EMPTY_CODE, NOTHING_RECORDED, Code, Recording
from stateless.evm.policy import WarmCold
from stateless.evm.witness_gas import chunks_of_range, pushed_chunks
from stateless.view import AccountFields, StateChanges, StateView
from verkle.constants import CHUNK_BYTES, DELEGATION_BYTES

if TYPE_CHECKING:
    from stateless.evm.environment import BlockContext
    from stateless.evm.frame import Frame, Message
    from stateless.evm.state import State
    from stateless.transactions import Transaction

__all__ = ["Notes", "NotingPolicy", "NotingView"]

_OWNER: Final = "account"
"""Under this name a ``Code`` knows, in its ``place``, whose it is."""
_NOTED: Final = Recording(touches=False, chunks=True, push_chunks=pushed_chunks)


@dataclass(slots=True)
class Notes:
    """What was touched. ``accounts``: as found, ``None`` for absent ones. ``slots``: values before, by
    address. ``chunks``: numbers by address. ``codes``: whole codes by address, as far as they were asked for.
    ``hashes``: addresses whose code hash was looked at."""

    accounts: dict[bytes, AccountFields | None] = field(default_factory=dict)
    slots: dict[bytes, dict[int, int]] = field(default_factory=dict)
    chunks: dict[bytes, set[int]] = field(default_factory=dict)
    codes: dict[bytes, bytes] = field(default_factory=dict)
    hashes: set[bytes] = field(default_factory=set)


class NotingView:
    """A ``StateView`` that passes everything on to another and notes it."""

    def __init__(self, view: StateView, notes: Notes) -> None:
        self._view = view
        self._notes = notes
        self._programs: dict[bytes, Code] = {}
        self.reader = view.reader

    def account(self, address: bytes) -> AccountFields | None:
        """Noted."""
        account = self._notes.accounts[address] = self._view.account(address)
        return account

    def code_hash(self, address: bytes) -> bytes | None:
        """Noted."""
        self.account(address)
        self._notes.hashes.add(address)
        return self._view.code_hash(address)

    def storage(self, address: bytes, slot: int) -> int:
        """Noted."""
        value = self._notes.slots.setdefault(address, {})[slot] = self._view.storage(address, slot)
        return value

    def has_leaf(self, address: bytes, tree_index: int, suffix: int) -> bool:
        """Not noted: asked only by rules that note by themselves."""
        return self._view.has_leaf(address, tree_index, suffix)

    def has_storage(self, address: bytes) -> bool:
        """Not noted: no tree with leaves can tell."""
        return self._view.has_storage(address)

    def code(self, address: bytes, account: AccountFields) -> Code:
        """An object for each account, so that the policy can tell whose code runs."""
        found = self._programs.get(address)
        if found is None:
            data = self._view.code(address, account).data
            if not data:
                return EMPTY_CODE
            found = self._programs[address] = Code(data, place={_OWNER: address})
            self._notes.codes[address] = data
            # such code may point to other code, and whoever calls it looks
            if len(data) == DELEGATION_BYTES:
                self._notes.chunks.setdefault(address, set()).add(0)
        return found

    def code_size(self, address: bytes, account: AccountFields) -> int:
        """A number of the account; no chunk is touched by it."""
        return self._view.code_size(address, account)

    def block_hash(self, number: int) -> bytes:
        """Passed on."""
        return self._view.block_hash(number)

    def post_root(self, changes: StateChanges) -> bytes:
        """Passed on."""
        return self._view.post_root(changes)


class NotingPolicy(WarmCold):
    """EIP-2929 that notes code chunks and code hashes. One serves one transaction; all of a block share their
    notes."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._run: dict[bytes, set[int]] = {}

    def begin(self, tx: Transaction, sender: bytes, gas: int, state: State, block: BlockContext) -> int:
        """Sender and target are looked at as a whole, as EIP-4762 has it."""
        self._notes.hashes.add(sender)
        if tx.to is not None:
            state.account(tx.to)
            self._notes.hashes.add(tx.to)
        return super().begin(tx, sender, gas, state, block)

    def recording(self, message: Message) -> Recording:
        """Chunks of code that was in the state before the block."""
        return _NOTED if _OWNER in message.code.place else NOTHING_RECORDED

    def paid_chunks(self, message: Message) -> set[int]:
        """Those that the transaction ran already."""
        owner = self._owner(message.code)
        return set() if owner is None else self._run.setdefault(owner, set())

    @staticmethod
    def _owner(code: Code) -> bytes | None:
        owner = code.place.get(_OWNER)
        return owner if isinstance(owner, bytes) else None

    def _note(self, code: Code, chunks: Sequence[int]) -> None:
        owner = self._owner(code)
        if owner is not None and chunks:
            self._notes.chunks.setdefault(owner, set()).update(chunks)

    def chunk(self, f: Frame, index: int) -> None:
        """Noted."""
        self._note(f.code, (index,))
        f.chunks.add(index)

    def push_chunks(self, f: Frame, chunks: Sequence[int]) -> None:
        """Noted."""
        self._note(f.code, chunks)

    def bad_jump(self, f: Frame, destination: int) -> None:
        """The chunk shows that there is no destination."""
        if destination < f.code.size:
            self._note(f.code, (destination // CHUNK_BYTES,))

    def own_code_range(self, f: Frame, offset: int, size: int) -> None:
        """Noted."""
        self._note(f.code, chunks_of_range(offset, size, f.code.size))

    def code_range(self, f: Frame, address: bytes, offset: int, size: int) -> None:
        """Noted."""
        if size:
            code = f.state.code(address)
            self._note(code, chunks_of_range(offset, size, code.size))

    def code_hash(self, f: Frame, address: bytes) -> None:
        """EXTCODEHASH."""
        self._notes.hashes.add(address)
        super().balance(f, address)

    def claim(self, state: State, address: bytes, gas: int) -> int:
        """Whether there is code already is told by the code hash."""
        state.account(address)
        self._notes.hashes.add(address)
        return super().claim(state, address, gas)
