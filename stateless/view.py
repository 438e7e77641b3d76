"""The contract between execution and the trees: what is read of a state, and what a block changes.

One implementation of :class:`StateView` per tree. A read that the witness does not prove raises
``IncompleteError`` naming the account, slot or chunk; it is never answered as absence or zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from verkle.constants import EMPTY_CODE_HASH

if TYPE_CHECKING:
    from stateless.evm.code import Code
    from verkle.errors import IncompleteError

__all__ = ["Account", "AccountFields", "Reader", "StateChanges", "StateView"]


class Reader:
    """Who looks at the state at the moment, for messages: a transaction by its number (``None``: the block
    itself), and an opcode's name where a policy says it."""

    __slots__ = ("opcode", "transaction")

    def __init__(self) -> None:
        self.at(None)

    def at(self, transaction: int | None) -> None:
        """Another transaction begins."""
        self.transaction = transaction
        self.opcode: str | None = None

    def answer(self, error: IncompleteError, address: bytes, slot: int | None = None) -> int:  # noqa: ARG002
        """What an instruction that only looks at ``address``, or at a slot of it, gets where the view can say
        no more than ``error``: here the error again, but some networks have rules for it."""
        raise error


class AccountFields(Protocol):
    """What execution sees of an account: :class:`Account`, or one whose fields are looked up in the witness
    when they are wanted, so that asking for one that is not proven raises ``IncompleteError``."""

    @property
    def nonce(self) -> int:
        """Nonce."""

    @property
    def balance(self) -> int:
        """In wei."""

    @property
    def code_hash(self) -> bytes:
        """32 bytes."""

    @property
    def is_empty(self) -> bool:
        """Empty in the sense of EIP-161: no nonce, no balance, no code."""

    def _replace(self, *, nonce: int = ..., balance: int = ..., code_hash: bytes = ...) -> AccountFields:
        """The account with some fields changed."""


class Account(NamedTuple):
    """An account without its storage: balance in wei, ``code_hash`` 32 bytes."""

    nonce: int
    balance: int
    code_hash: bytes

    @property
    def is_empty(self) -> bool:
        """Empty in the sense of EIP-161: no nonce, no balance, no code."""
        return not self.nonce and not self.balance and self.code_hash == EMPTY_CODE_HASH


@dataclass(frozen=True, slots=True)
class StateChanges:
    """What a block leaves different from the state before it.

    ``accounts``: those whose fields differ, ``None`` for one that is gone. ``storage``: by address, the
    slots whose value differs; 0 deletes. ``cleared``: accounts whose former storage is gone (destroyed,
    or made anew), of which ``storage`` then holds all there is. ``codes``: deployed code by its hash.
    ``deleted``: accounts that were removed in the block and are not there after it, be it that they were not
    before it either.
    """

    accounts: Mapping[bytes, AccountFields | None]
    storage: Mapping[bytes, Mapping[int, int]]
    cleared: frozenset[bytes]
    codes: Mapping[bytes, bytes]
    deleted: frozenset[bytes] = frozenset()


class StateView(Protocol):
    """A state before a block. Addresses are 20 bytes, slots and values ints in [0, 2^256).

    Every method raises ``IncompleteError`` for what the witness does not prove.
    """

    @property
    def reader(self) -> Reader:
        """Who is looking; execution keeps it."""

    def account(self, address: bytes) -> AccountFields | None:
        """The account, ``None`` if it is proven absent."""

    def code_hash(self, address: bytes) -> bytes | None:
        """What EXTCODEHASH gives, ``None`` for zero: an account that is absent or empty."""

    def storage(self, address: bytes, slot: int) -> int:
        """The value of a slot, 0 if it is proven absent."""

    def has_leaf(self, address: bytes, tree_index: int, suffix: int) -> bool:
        """Whether a leaf of an account is there, in trees whose leaves are addressed so (EIP-6800)."""

    def has_storage(self, address: bytes) -> bool:
        """Whether the account has any slot that is not zero (EIP-7610)."""

    def code(self, address: bytes, account: AccountFields) -> Code:
        """The code of an account of this state, as far as it is known."""

    def code_size(self, address: bytes, account: AccountFields) -> int:
        """Its size in bytes."""

    def block_hash(self, number: int) -> bytes:
        """The hash of one of the 256 blocks before this one, 32 bytes."""

    def post_root(self, changes: StateChanges) -> bytes:
        """The state root after the changes, 32 bytes."""
