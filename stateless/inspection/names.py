"""Whose keys they are: addresses that a block names, and the places in the tree that follow from them.

Keys of all trees are hashes, which do not say what was hashed. But a block names addresses: senders and
recipients, what they create, access lists, authorizations, the coinbase, withdrawals, the accounts that the
rules themselves touch. A key that is the hash of one of them has a name; what only execution finds has none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from stateless.leaves import Kind, meaning
from stateless.rules import RuleSet
from stateless.signatures import authority, sender
from stateless.transaction_decode import decode_transaction
from stateless.transactions import Transaction
from verkle.constants import BLOCK_HASH_WINDOW
from verkle.embedding import StemsOf, stems, storage_position
from verkle.errors import StatelessError
from witness import rlp
from witness.block import BlockInput
from witness.keccak import keccak256

__all__ = [
    "Named",
    "Owner",
    "TreeNames",
    "created_address",
    "leaf_words",
    "named_addresses",
    "owner_places",
    "tree_names",
]


# Transactions that are named one by one.
_LISTED: Final = 3
# Stems of code beyond the header: a contract has at most 24,576 bytes in 793 chunks.
_CODE_STEMS: Final = range(1, 4)
_BLOCK_HASHES: Final = "block hashes"


@dataclass(frozen=True, slots=True)
class Named:
    """What a block names. ``roles``: by address, in words. ``slots``: by address, those in access lists.

    ``understood``: how many of the transactions could be read and have a sender.
    """

    roles: Mapping[bytes, tuple[str, ...]]
    slots: Mapping[bytes, tuple[int, ...]]
    understood: int


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose stem it is: the account, and which of its stems (0: its header)."""

    address: bytes
    tree_index: int


@dataclass(frozen=True, slots=True)
class TreeNames:
    """Owners by stem under a rule set, and roles by address; both empty where no rules are known."""

    rules: RuleSet | None
    owners: Mapping[bytes, Owner]
    roles: Mapping[bytes, tuple[str, ...]]

    def leaf(self, stem: bytes, suffix: int) -> tuple[Owner | None, Kind, int | None]:
        """Owner, kind, and number of the slot or chunk of a leaf; ``unknown`` where nothing names it."""
        owner = self.owners.get(stem)
        kind, index = meaning(suffix, None if owner is None else owner.tree_index, self.rules)
        return owner, kind, index


def leaf_words(kind: Kind, index: int | None, suffix: int) -> str:
    """What a leaf is: ``balance``, ``slot 7``, ``code chunk 3``, ``suffix 12``."""
    if kind == "storage":
        number = index or 0
        return f"slot {number if number < 1 << 64 else hex(number)}"
    if kind == "code":
        return f"code chunk {index}"
    return f"suffix {suffix}" if kind == "unknown" else kind.replace("_", " ")


def named_addresses(block: BlockInput) -> Named:
    """All addresses that the block names by itself, each with what it has to do with it.

    Transactions that cannot be read, or whose signature does not hold, name nobody.
    """
    roles: dict[bytes, list[str]] = defaultdict(list)
    slots: dict[bytes, dict[int, None]] = defaultdict(dict)
    if block.header is not None and block.header.coinbase is not None:
        roles[block.header.coinbase].append("coinbase")
    numbered: dict[tuple[bytes, str], list[int]] = defaultdict(list)
    understood = 0
    for number, raw in enumerate(block.transactions or (), 1):
        try:
            tx = decode_transaction(raw, number - 1)
            signer = sender(tx)
        except StatelessError:
            continue
        understood += 1
        for address, role in _roles_of(tx, signer):
            if number not in numbered[address, role]:
                numbered[address, role].append(number)
        for entry in tx.access_list:
            slots[entry.address].update(dict.fromkeys(entry.slots))
    for (address, role), numbers in numbered.items():
        roles[address].append(_of_transactions(role, numbers))
    for withdrawal in block.withdrawals or ():
        if "withdrawal" not in roles[withdrawal.address]:
            roles[withdrawal.address].append("withdrawal")
    return Named(
        {address: tuple(words) for address, words in roles.items()},
        {address: tuple(numbers) for address, numbers in slots.items()},
        understood,
    )


def _roles_of(tx: Transaction, signer: bytes) -> Iterable[tuple[bytes, str]]:
    yield signer, "sender of"
    yield (created_address(signer, tx.nonce), "created by") if tx.to is None else (tx.to, "to of")
    for entry in tx.access_list:
        yield entry.address, "in the access list of"
    for authorization in tx.authorizations:
        yield authorization.address, "delegated to by"
        signed_by = authority(authorization)
        if signed_by is not None:
            yield signed_by, "authority in"


def created_address(creator: bytes, nonce: int) -> bytes:
    """Where a creation transaction, or CREATE, puts its contract (20 bytes)."""
    return keccak256(rlp.encode([creator, rlp.encode_integer(nonce)]))[12:]


def _of_transactions(role: str, numbers: Sequence[int]) -> str:
    if len(numbers) > _LISTED:
        return f"{role} {len(numbers)} txs"
    return f"{role} tx {', '.join(map(str, numbers))}"


def owner_places(block: BlockInput, named: Named, rules: RuleSet) -> list[tuple[bytes, int]]:
    """(address, tree index) of the stems that follow from what a block names, without code beyond
    the header."""
    places = dict.fromkeys((address, 0) for address in named.roles)
    for address, numbers in named.slots.items():
        for slot in numbers:
            places[address, storage_position(slot, rules.storage_offset)[0]] = None
    history = rules.history
    number = None if block.header is None else block.header.number
    if history is not None:
        places[history.address, 0] = None
        for child in () if number is None else range(max(1, number - BLOCK_HASH_WINDOW), number + 1):
            places[history.address, storage_position(history.slot(child), rules.storage_offset)[0]] = None
    return list(places)


def tree_names(
    block: BlockInput,
    asked: Iterable[bytes],
    rules: RuleSet | None,
    extra: Iterable[bytes] = (),
    stems_of: StemsOf | None = None,
) -> TreeNames:
    """Names of the stems in ``asked`` (31 bytes each). ``extra``: addresses known from elsewhere.
    ``stems_of``: what makes stems of (address, tree index) pairs in another tree than the rules'."""
    if rules is None:
        return TreeNames(None, {}, {})
    named = named_addresses(block)
    roles = dict(named.roles)
    if rules.history is not None:
        roles[rules.history.address] = (*roles.get(rules.history.address, ()), _BLOCK_HASHES)
    places = dict.fromkeys(owner_places(block, named, rules))
    places.update(dict.fromkeys((address, 0) for address in extra))
    wanted = set(asked)
    made = stems_of or partial(stems, stem_hash=rules.stem_hash)
    owners = _match(list(places), wanted, made)
    code = [
        (owner.address, index) for owner in owners.values() if not owner.tree_index for index in _CODE_STEMS
    ]
    return TreeNames(rules, _match(code, wanted, made) | owners, roles)


def _match(places: Sequence[tuple[bytes, int]], wanted: set[bytes], made: StemsOf) -> dict[bytes, Owner]:
    """Of the places those whose stem is wanted, by stem."""
    found = made(places) if places else []
    return {stem: Owner(*place) for stem, place in zip(found, places, strict=True) if stem in wanted}
