"""A whole state in memory, as a Merkle-Patricia trie: the host's side, which has everything.

It executes a block on the same view as a verifier (``PatriciaView``) and takes the nodes and codes that were
touched for the witness: those on the paths of all reads, and what computing the root after the block needed.
Nodes are kept by hash and never change, so states share them and an earlier one stays good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from stateless.ancestors import BlockHashes
from stateless.patricia_view import CodeBag, PatriciaView
from stateless.view import StateChanges
from verkle.constants import EMPTY_CODE_HASH
from witness.header import Header
from witness.keccak import keccak256
from witness.patricia.account import AccountLeaf, account_path, encode_account, encode_value, slot_path
from witness.patricia.container import PatriciaWitness
from witness.patricia.nodes import EMPTY_TRIE_ROOT
from witness.patricia.trie import build

__all__ = ["Allocated", "PatriciaState", "make_witness"]


class Allocated(Protocol):
    """An account with all that belongs to it (``stateless.genesis`` reads them)."""

    @property
    def address(self) -> bytes:
        """20 bytes."""

    @property
    def nonce(self) -> int:
        """Nonce."""

    @property
    def balance(self) -> int:
        """In wei."""

    @property
    def code(self) -> bytes:
        """Runtime code."""

    @property
    def storage(self) -> Mapping[int, int]:
        """Values by slot; what is zero counts as absent."""


@dataclass(frozen=True, slots=True)
class PatriciaState:
    """A state: its root (32 bytes), and all nodes and codes by hash, shared with states made from it."""

    root: bytes = EMPTY_TRIE_ROOT
    nodes: dict[bytes, bytes] = field(default_factory=dict)
    codes: dict[bytes, bytes] = field(default_factory=dict)

    @classmethod
    def from_alloc(cls, alloc: Iterable[Allocated]) -> PatriciaState:
        """The state that holds these accounts, empty ones too."""
        nodes: dict[bytes, bytes] = {}
        codes: dict[bytes, bytes] = {}
        leaves: dict[str, bytes] = {}
        for account in alloc:
            slots = {slot_path(slot): encode_value(value) for slot, value in account.storage.items() if value}
            storage = build(slots)
            nodes.update(storage.created)
            code_hash = EMPTY_CODE_HASH
            if account.code:
                code_hash = keccak256(account.code)
                codes[code_hash] = account.code
            leaves[account_path(account.address)] = encode_account(
                AccountLeaf(account.nonce, account.balance, storage.root, code_hash)
            )
        accounts = build(leaves)
        nodes.update(accounts.created)
        return cls(accounts.root, nodes, codes)

    def view(self, block_hashes: Callable[[int], bytes] | None = None) -> PatriciaView:
        """A ``StateView`` of this state that remembers what is touched; one for each block.

        Without ``block_hashes`` no block hash is known.
        """
        return PatriciaView(self.nodes, self.root, CodeBag(self.codes), block_hashes or BlockHashes({}))

    def after(self, view: PatriciaView, changes: StateChanges) -> PatriciaState:
        """The state after the changes. ``view``: of this state; it then has touched what that needed."""
        updated = view.rebuild(changes)
        self.nodes.update(updated.created)
        self.codes.update(changes.codes)
        return PatriciaState(updated.root, self.nodes, self.codes)


def make_witness(
    view: PatriciaView, ancestors: Iterable[Header] = (), block_hashes: BlockHashes | None = None
) -> PatriciaWitness:
    """The witness of what was touched through ``view``: nodes and codes in ascending order, each once. The
    top node of the state is always among them, so that a block that reads nothing can be verified too.

    ``ancestors``: headers before the block, of which the parent is taken, and those back to the oldest that
    was asked for through ``block_hashes``.
    """
    view.bag.root(view.root)
    asked = set() if block_hashes is None else block_hashes.asked
    newest_first = sorted(ancestors, key=lambda header: header.number or 0, reverse=True)
    oldest = min(asked, default=None)
    kept = [
        header
        for index, header in enumerate(newest_first)
        if index == 0 or (oldest is not None and header.number is not None and header.number >= oldest)
    ]
    return PatriciaWitness(
        nodes=tuple(sorted(view.bag.touched())),
        codes=tuple(sorted(view.codes.touched())),
        ancestors=tuple(reversed(kept)),
    )
