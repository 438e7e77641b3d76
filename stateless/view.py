"""The contract between execution and the trees: what is read of a state, and what a block changes.

One implementation of :class:`StateView` per tree. A read that the witness does not prove raises
``IncompleteError`` naming the account, slot or chunk; it is never answered as absence or zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

__all__ = ["EMPTY_CODE_HASH", "Account", "StateChanges", "StateView"]

EMPTY_CODE_HASH: Final = bytes.fromhex("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")
"""keccak256 of no bytes."""


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
    """

    accounts: Mapping[bytes, Account | None]
    storage: Mapping[bytes, Mapping[int, int]]
    cleared: frozenset[bytes]
    codes: Mapping[bytes, bytes]


class StateView(Protocol):
    """A state before a block. Addresses are 20 bytes, slots and values ints in [0, 2^256).

    Every method raises ``IncompleteError`` for what the witness does not prove.
    """

    def account(self, address: bytes) -> Account | None:
        """The account, ``None`` if it is proven absent."""

    def storage(self, address: bytes, slot: int) -> int:
        """The value of a slot, 0 if it is proven absent."""

    def has_storage(self, address: bytes) -> bool:
        """Whether the account has any slot that is not zero (EIP-7610)."""

    def code(self, address: bytes, code_hash: bytes) -> bytes:
        """The code of an account with this code hash, whole."""

    def block_hash(self, number: int) -> bytes:
        """The hash of one of the 256 blocks before this one, 32 bytes."""

    def post_root(self, changes: StateChanges) -> bytes:
        """The state root after the changes, 32 bytes."""
