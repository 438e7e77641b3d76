"""States for ``bench evm``: one in dictionaries, and a recorder that turns a block with a witness into one.

The peers cannot read a Merkle-Patricia witness, and what reading it costs is no part of running the block.
So the block is run once from its witness, what it reads is kept, and ours and the peers start from that.
"""

from __future__ import annotations

from collections.abc import Mapping

from cli.bench_workloads import WorkAccount, Workload
from stateless.evm.code import Code
from stateless.view import Account, AccountFields, Reader, StateChanges, StateView
from verkle.constants import EMPTY_CODE_HASH
from verkle.errors import IncompleteError
from witness.keccak import keccak256


class MemoryView:
    """A ``StateView`` of plain accounts, decoded once."""

    def __init__(self, workload: Workload) -> None:
        self._accounts: dict[bytes, Account] = {}
        self._codes: dict[bytes, bytes] = {}
        for address, given in workload.accounts.items():
            code_hash = keccak256(given.code) if given.code else EMPTY_CODE_HASH
            self._codes[code_hash] = given.code
            self._accounts[address] = Account(given.nonce, given.balance, code_hash)
        self._programs: dict[bytes, Code] = {}
        self.reader = Reader()
        self._storage: dict[bytes, Mapping[int, int]] = {
            address: given.storage for address, given in workload.accounts.items()
        }
        self._block_hashes = workload.block_hashes

    def account(self, address: bytes) -> Account | None:
        """The account, ``None`` if there is none."""
        return self._accounts.get(address)

    def storage(self, address: bytes, slot: int) -> int:
        """The value of a slot."""
        return self._storage[address].get(slot, 0)

    def has_leaf(self, *_: object) -> bool:
        """There are no leaves."""
        raise ValueError("a recorded state has no leaves")

    def has_storage(self, address: bytes) -> bool:
        """Whether any slot is there."""
        return bool(self._storage.get(address))

    def code_hash(self, address: bytes) -> bytes | None:
        """What EXTCODEHASH gives, ``None`` for zero."""
        account = self._accounts.get(address)
        return None if account is None or account.is_empty else account.code_hash

    def code(self, address: bytes, account: AccountFields) -> Code:  # noqa: ARG002 (the contract's signature)
        """The code."""
        code = self._programs.get(account.code_hash)
        if code is None:
            code = self._programs[account.code_hash] = Code(self._codes[account.code_hash])
        return code

    def forget_code(self) -> None:
        """Code is decoded anew from here on, as for a block that comes."""
        self._programs.clear()

    def code_size(self, address: bytes, account: AccountFields) -> int:
        """Its size."""
        return self.code(address, account).size

    def block_hash(self, number: int) -> bytes:
        """Of the blocks whose hash the workload gives. Raises ``IncompleteError`` for others."""
        digest = self._block_hashes.get(number)
        if digest is None:
            raise IncompleteError(
                "BLOCK_HASH_MISSING", "a workload lacks the hash of a block", where={"block": number}
            )
        return digest

    def post_root(self, changes: StateChanges) -> bytes:  # noqa: ARG002 (the contract)
        """There is no tree; a workload has no root to compare with."""
        raise ValueError("a recorded state has no trie, and so no root")


class RecordingView:
    """Hands every question on to another view and keeps the answers."""

    def __init__(self, view: StateView) -> None:
        self._view = view
        self.reader = view.reader
        self._accounts: dict[bytes, AccountFields | None] = {}
        self._storage: dict[bytes, dict[int, int]] = {}
        self._codes: dict[bytes, bytes] = {}
        self.block_hashes: dict[int, bytes] = {}

    def account(self, address: bytes) -> AccountFields | None:
        """See ``StateView``."""
        account = self._accounts[address] = self._view.account(address)
        return account

    def storage(self, address: bytes, slot: int) -> int:
        """See ``StateView``."""
        value = self._storage.setdefault(address, {})[slot] = self._view.storage(address, slot)
        return value

    def has_storage(self, address: bytes) -> bool:
        """See ``StateView``."""
        return self._view.has_storage(address)

    def has_leaf(self, address: bytes, tree_index: int, suffix: int) -> bool:
        """See ``StateView``."""
        return self._view.has_leaf(address, tree_index, suffix)

    def code_hash(self, address: bytes) -> bytes | None:
        """See ``StateView``."""
        self.account(address)
        return self._view.code_hash(address)

    def code(self, address: bytes, account: AccountFields) -> Code:
        """See ``StateView``."""
        code = self._view.code(address, account)
        self._codes[account.code_hash] = code.data
        return code

    def code_size(self, address: bytes, account: AccountFields) -> int:
        """See ``StateView``."""
        return self.code(address, account).size

    def block_hash(self, number: int) -> bytes:
        """See ``StateView``."""
        digest = self.block_hashes[number] = self._view.block_hash(number)
        return digest

    def post_root(self, changes: StateChanges) -> bytes:
        """See ``StateView``."""
        return self._view.post_root(changes)

    def accounts(self) -> dict[bytes, WorkAccount]:
        """The accounts that were read, with what was read of their storage (zeros left out) and code.

        The peers keep code in the account, so code that was not read is fetched if it is there; where the
        witness leaves it out the account is given none, which nothing can notice but EXTCODEHASH, and the
        gas that is used at the end.
        """
        found: dict[bytes, WorkAccount] = {}
        for address, account in self._accounts.items():
            if account is None:
                continue
            code = self._codes.get(account.code_hash)
            if code is None:
                try:
                    code = self._view.code(address, account).data
                except IncompleteError:
                    code = b""
            slots = {slot: value for slot, value in self._storage.get(address, {}).items() if value}
            found[address] = WorkAccount(account.nonce, account.balance, code, slots)
        return found
