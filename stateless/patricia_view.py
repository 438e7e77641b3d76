"""The state before a block, read out of a Merkle-Patricia trie of which only some nodes are at hand.

The same view serves the verifier (nodes from a witness) and the host (all nodes, see ``patricia_state``),
which then takes what was touched for the witness.

Errors of the trie get the account and the slot that was wanted, and the names of addresses instead of paths.
Source: SPEC 9.3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from stateless.evm.code import EMPTY_CODE, Code
from stateless.view import Account, AccountFields, Reader, StateChanges
from verkle.constants import EMPTY_CODE_HASH
from verkle.errors import IncompleteError, InvalidError, StatelessError
from witness.keccak import keccak256
from witness.patricia.account import (
    AccountLeaf,
    account_path,
    decode_account,
    decode_value,
    encode_account,
    encode_value,
    slot_path,
)
from witness.patricia.bag import NodeBag, index_nodes
from witness.patricia.container import PatriciaWitness
from witness.patricia.nodes import EMPTY_TRIE_ROOT
from witness.patricia.trie import Updated, lookup, update, visit

_Name = TypeVar("_Name")

__all__ = ["CodeBag", "PatriciaView", "Survey", "refuse_surplus", "survey", "view_of_witness"]


class CodeBag:
    """Codes by their Keccak-256, hashed when the first is asked for; remembers which were."""

    __slots__ = ("_by_hash", "_codes", "asked")

    def __init__(self, codes: Iterable[bytes] | Mapping[bytes, bytes]) -> None:
        """``codes``: in any order, or already by hash (not copied)."""
        self._by_hash: Mapping[bytes, bytes] | None = codes if isinstance(codes, Mapping) else None
        self._codes = codes
        self.asked: set[bytes] = set()

    def get(self, code_hash: bytes) -> bytes | None:
        """The code with this hash, ``None`` if it is not here."""
        if self._by_hash is None:
            self._by_hash = {keccak256(code): code for code in self._codes}
        code = self._by_hash.get(code_hash)
        if code is not None:
            self.asked.add(code_hash)
        return code

    def touched(self) -> list[bytes]:
        """The codes that were asked for and found."""
        return [] if self._by_hash is None else [self._by_hash[digest] for digest in self.asked]


class PatriciaView:
    """A ``StateView`` (``stateless.view``) over the trie with the root ``root``.

    ``block_hashes``: hash of an earlier block by number, raising ``IncompleteError`` where it has none.
    """

    def __init__(
        self, nodes: Mapping[bytes, bytes], root: bytes, codes: CodeBag, block_hashes: Callable[[int], bytes]
    ) -> None:
        self.bag = NodeBag(nodes)
        self.reader = Reader()
        self.root = root
        self.codes = codes
        self._block_hashes = block_hashes
        self._leaves: dict[bytes, AccountLeaf | None] = {}
        self._programs: dict[bytes, Code] = {}

    def account(self, address: bytes) -> Account | None:
        """The account, ``None`` if it is proven absent."""
        leaf = self._leaf(address)
        return None if leaf is None else Account(leaf.nonce, leaf.balance, leaf.code_hash)

    def storage(self, address: bytes, slot: int) -> int:
        """The value of a slot, 0 if it is proven absent; without any node if there is no storage."""
        leaf = self._leaf(address)
        if leaf is None or leaf.storage_root == EMPTY_TRIE_ROOT:
            return 0
        try:
            value = lookup(self.bag, leaf.storage_root, slot_path(slot))
            return 0 if value is None else decode_value(value)
        except StatelessError as error:
            raise _about(error, address, slot) from None

    def has_leaf(self, *_: object) -> bool:
        """There are no such leaves in this tree."""
        raise ValueError("a Merkle-Patricia trie has no leaves by tree index")

    def has_storage(self, address: bytes) -> bool:
        """Whether the account has a storage root other than the empty one; needs no node of the storage."""
        leaf = self._leaf(address)
        return leaf is not None and leaf.storage_root != EMPTY_TRIE_ROOT

    def code_hash(self, address: bytes) -> bytes | None:
        """The code hash, ``None`` of an account that is absent or empty."""
        account = self.account(address)
        return None if account is None or account.is_empty else account.code_hash

    def code_size(self, address: bytes, account: AccountFields) -> int:
        """The code's size. Raises as :meth:`code`."""
        return len(self.code(address, account).data)

    def code(self, address: bytes, account: AccountFields) -> Code:
        """The whole code. Raises ``IncompleteError`` ``PATRICIA_CODE_MISSING``."""
        code_hash = account.code_hash
        if code_hash == EMPTY_CODE_HASH:
            return EMPTY_CODE
        program = self._programs.get(code_hash)
        if program is not None:
            return program
        code = self.codes.get(code_hash)
        if code is None:
            raise IncompleteError(
                "PATRICIA_CODE_MISSING",
                f"the witness lacks the code of account 0x{address.hex()}",
                where={"account": address, "code_hash": code_hash},
            )
        program = self._programs[code_hash] = Code(code)
        return program

    def block_hash(self, number: int) -> bytes:
        """The hash of an earlier block."""
        return self._block_hashes(number)

    def post_root(self, changes: StateChanges) -> bytes:
        """The state root after the changes."""
        return self.rebuild(changes).root

    def rebuild(self, changes: StateChanges) -> Updated:
        """The state root after the changes, and every node made for it.

        Storage first, then accounts; each trie is changed in one pass, so that the siblings needed are the
        fewest possible. An account that is new, or made anew, begins with empty storage and needs no node.

        Raises ``IncompleteError`` ``PATRICIA_NODE_MISSING`` for a node without which a root cannot be
        written, with an account and a slot that need it.
        """
        created: dict[bytes, bytes] = {}
        leaves: dict[str, bytes] = {}
        addresses: dict[str, bytes] = {}
        for address in sorted({*changes.accounts, *changes.storage, *changes.cleared}):
            before = self._leaf(address)
            path = account_path(address)
            addresses[path] = address
            account: AccountFields | None
            if address in changes.accounts:
                account = changes.accounts[address]
                if account is None:
                    leaves[path] = b""
                    continue
            elif before is not None:
                account = Account(before.nonce, before.balance, before.code_hash)
            else:
                raise ValueError(f"storage of an account that does not exist: 0x{address.hex()}")
            root = EMPTY_TRIE_ROOT
            if before is not None and address not in changes.cleared:
                root = before.storage_root
            slots = changes.storage.get(address)
            if slots:
                root, made = self._update_storage(address, root, slots)
                created.update(made)
            leaves[path] = encode_account(
                AccountLeaf(account.nonce, account.balance, root, account.code_hash)
            )
        try:
            updated = update(self.bag, self.root, leaves)
        except StatelessError as error:
            raise _about(error, _wanting(error, addresses)) from None
        created.update(updated.created)
        return Updated(updated.root, created)

    def _update_storage(self, address: bytes, root: bytes, slots: Mapping[int, int]) -> Updated:
        paths = {slot_path(slot): slot for slot in slots}
        try:
            return update(self.bag, root, {path: encode_value(slots[slot]) for path, slot in paths.items()})
        except StatelessError as error:
            raise _about(error, address, _wanting(error, paths)) from None

    def _leaf(self, address: bytes) -> AccountLeaf | None:
        try:
            return self._leaves[address]
        except KeyError:
            pass
        try:
            value = lookup(self.bag, self.root, account_path(address))
            leaf = self._leaves[address] = None if value is None else decode_account(value)
        except StatelessError as error:
            raise _about(error, address) from None
        return leaf


def _wanting(error: StatelessError, names: Mapping[str, _Name]) -> _Name:
    """Of the keys that were to be changed, one that needed the node of an error: that lies below it, or
    whose removal leaves it the only child of a branch."""
    path = str(error.where.get("path", ""))
    for prefix in (path, path[:-1]):
        for key, name in names.items():
            if key.startswith(prefix):
                return name
    return next(iter(names.values()))


def _about(error: StatelessError, address: bytes, slot: int | None = None) -> StatelessError:
    """The error of a trie, saying in addition for which account and slot it was gone through."""
    subject = f"account 0x{address.hex()}"
    error.where["account"] = address
    if slot is not None:
        subject = f"slot 0x{slot:x} of {subject}"
        error.where["slot"] = slot.to_bytes(32, "big")
    error.message = f"{error.message}, wanted for {subject}"
    return error


def view_of_witness(
    witness: PatriciaWitness, root: bytes, block_hashes: Callable[[int], bytes]
) -> PatriciaView:
    """The state that a witness shows below ``root``, the state root before the block.

    Raises ``MalformedError`` ``PATRICIA_NODE_SIZE``; ``IncompleteError`` ``PATRICIA_NODE_MISSING`` if not
    even the root's own node is there.
    """
    view = PatriciaView(index_nodes(witness.nodes), root, CodeBag(witness.codes), block_hashes)
    view.bag.root(root)
    return view


@dataclass(frozen=True, slots=True)
class Survey:
    """What a bag of nodes holds below a root. ``surplus``: hashes of nodes that no path leads to."""

    nodes: int
    accounts: int
    slots: int
    surplus: tuple[bytes, ...]


def survey(nodes: Mapping[bytes, bytes], root: bytes) -> Survey:
    """Go to every node that can be reached, checking each, without asking what a block needs.

    Raises as reading does, but for missing nodes, which are passed over.
    """
    bag = NodeBag(nodes)
    accounts = slots = 0
    storage_roots: dict[bytes, None] = {}
    for value in visit(bag, root):
        accounts += 1
        storage_roots[decode_account(value).storage_root] = None
    for storage_root in storage_roots:
        for value in visit(bag, storage_root):
            slots += 1
            decode_value(value)
    linked = bag.touched_hashes()
    return Survey(len(nodes), accounts, slots, tuple(digest for digest in nodes if digest not in linked))


def refuse_surplus(found: Survey) -> None:
    """Raises ``InvalidError`` ``PATRICIA_NODE_SURPLUS`` if a witness holds nodes that no path leads to."""
    if found.surplus:
        raise InvalidError(
            "PATRICIA_NODE_SURPLUS",
            f"no path below the root leads to {len(found.surplus)} of {found.nodes} trie nodes",
            where={"node": found.surplus[0]},
            expected=0,
            got=len(found.surplus),
        )
