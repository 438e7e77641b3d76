"""What a block touches, said of accounts, slots and code and of no tree: one run gives it, all trees use it.

An account is *looked at* where its numbers are read or written; its code hash is a thing apart, since trees
with a leaf for it need not show it. Slots and code chunks are those that were read, written, run or copied,
also in frames that failed. What is written is what differs after the block.

A witness in leaves shows only parts of an account. Where another tree needs the rest (a Patricia leaf has
nonce, balance, storage root and code hash in one), it is made up, and ``made_up`` names it: a nonce is 0, a
balance 0, a code hash drawn. None of it is read when the block is run again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from verkle.accounts import AccountHeader

__all__ = ["AccessSet", "TouchedAccount"]


@dataclass(frozen=True, slots=True)
class TouchedAccount:
    """One account's part.

    ``before``: ``None`` if it is absent. ``looked_at``: its numbers are read or written; ``hash_looked_at``:
    its code hash too. ``after``: the account after the block where that differs, ``None`` where it does not
    or where the account is gone (``destroyed``). ``cleared``: its former storage is gone.

    ``slots``: value before, ``None`` for one that never was written; ``slots_after``: of those that differ.
    ``chunks``: numbers of those that ran or were copied. ``chunk_leaves``: 32 bytes each, as far as known,
    also of others; ``code``: all of it, ``None`` where not known. ``deployed``: new code, ``None`` if none.
    """

    before: AccountHeader | None = None
    looked_at: bool = True
    hash_looked_at: bool = False
    after: AccountHeader | None = None
    destroyed: bool = False
    cleared: bool = False
    slots: Mapping[int, int | None] = field(default_factory=lambda: MappingProxyType({}))
    slots_after: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))
    chunks: frozenset[int] = frozenset()
    chunk_leaves: Mapping[int, bytes] = field(default_factory=lambda: MappingProxyType({}))
    code: bytes | None = None
    deployed: bytes | None = None
    made_up: frozenset[str] = frozenset()

    @property
    def code_size(self) -> int:
        """Bytes of the code before the block."""
        return 0 if self.before is None else self.before.code_size


@dataclass(frozen=True, slots=True)
class AccessSet:
    """``accounts``: by 20-byte address, ascending."""

    accounts: Mapping[bytes, TouchedAccount]

    @property
    def counts(self) -> dict[str, int]:
        """How much of each there is."""
        accounts = self.accounts.values()
        return {
            "accounts": len(self.accounts),
            "absent_accounts": sum(account.before is None for account in accounts),
            "slots": sum(len(account.slots) for account in accounts),
            "chunks": sum(len(account.chunks) for account in accounts),
            "written_accounts": sum(account.after is not None for account in accounts),
            "written_slots": sum(len(account.slots_after) for account in accounts),
            "deployed_codes": sum(account.deployed is not None for account in accounts),
            "destroyed_accounts": sum(account.destroyed for account in accounts),
        }

    def whole_codes(self) -> dict[bytes, int]:
        """Sizes of the codes that ran or were copied, by hash: a hash that several accounts share counts
        once."""
        return {
            account.before.code_hash: account.before.code_size
            for account in self.accounts.values()
            if account.before is not None and account.chunks
        }
