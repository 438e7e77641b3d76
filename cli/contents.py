"""What a witness holds, in terms of accounts: stems named where the block tells whose they are.

Tree keys are hashes, so a stem does not say whose it is. But the block names addresses (its coinbase, the
recipients of its transactions and withdrawals, the account of earlier block hashes), and a stem that is the
hash of one of them is that account's. Senders and what contracts call take execution to find; their stems
stay unnamed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from stateless.leaves import AccountFields, Leaf, account_fields, header_kinds, meaning
from stateless.rules import RuleSet
from stateless.transactions import Target, target
from verkle.constants import WIDTH
from verkle.diff import StemDiff
from verkle.embedding import CODE_OFFSET, stems, storage_position
from verkle.openings import Extension
from witness.block import BlockInput

Happened = Literal["created", "changed", "stored", "read", "absent"]
# Blocks whose hashes BLOCKHASH can ask for.
_HASHES_BACK: Final = 256
# Stems of code beyond the header: a contract has at most 24,576 bytes in 793 chunks.
_CODE_STEMS: Final = range(1, 4)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose stem it is: the account, and which of its stems (0: its header)."""

    address: bytes
    tree_index: int


@dataclass(frozen=True, slots=True)
class Stem:
    """One stem of a witness.

    ``roles``: what the block has to do with the account, in words. ``as_account``: its leaves are read as an
    account's header, which is known for a named stem and taken from the leaves asked for else. ``before``,
    ``after``: the account, ``None`` if it is not there. ``extension``: where the stem ends in the tree,
    ``None`` where the witness's structure is wrong.
    """

    stem: bytes
    owner: Owner | None
    roles: tuple[str, ...]
    as_account: bool
    leaves: tuple[Leaf, ...]
    before: AccountFields | None
    after: AccountFields | None
    extension: Extension | None

    @property
    def happened(self) -> Happened:
        """What the block does to it."""
        header_written = any(leaf.written for leaf in self.leaves if leaf.kind not in _BODY)
        if header_written:
            return "created" if self.before is None and self.as_account else "changed"
        if any(leaf.written for leaf in self.leaves):
            return "stored"
        there = any(leaf.current is not None for leaf in self.leaves)
        return "read" if there else "absent"


_BODY: Final = ("storage", "code", "unknown")


def contents(
    block: BlockInput,
    diff: Sequence[StemDiff],
    rules: RuleSet | None,
    extensions: Sequence[Extension] | None,
) -> tuple[Stem, ...]:
    """Every stem of a witness, in its order. ``extensions`` run parallel to ``diff``."""
    owners, roles = _owners(block, diff, rules)
    ends: Sequence[Extension | None] = extensions or [None] * len(diff)
    return tuple(
        _stem(stem_diff, owners.get(stem_diff.stem), roles, rules, end)
        for stem_diff, end in zip(diff, ends, strict=True)
    )


def targets(block: BlockInput) -> list[Target | None]:
    """The target of each transaction; ``None`` for one that is not understood."""
    return [target(raw) for raw in block.transactions or ()]


def _owners(
    block: BlockInput, diff: Sequence[StemDiff], rules: RuleSet | None
) -> tuple[Mapping[bytes, Owner], Mapping[bytes, tuple[str, ...]]]:
    """Owner by stem, and roles by address, of the addresses that the block names."""
    if rules is None:
        return {}, {}
    roles = _roles(block, rules)
    places = [(address, 0) for address in roles]
    places += _history_places(block, rules)
    asked = {stem_diff.stem: stem_diff for stem_diff in diff}
    owners = _match(places, asked, rules)
    code_places = [
        (owner.address, index)
        for stem, owner in owners.items()
        if owner.tree_index == 0 and _may_have_more_code(asked[stem], rules)
        for index in _CODE_STEMS
    ]
    return owners | _match(code_places, asked, rules), roles


def _match(
    places: Sequence[tuple[bytes, int]], asked: Mapping[bytes, StemDiff], rules: RuleSet
) -> dict[bytes, Owner]:
    found = stems(places, rules.stem_hash)
    return {
        stem: Owner(address, index)
        for stem, (address, index) in zip(found, places, strict=True)
        if stem in asked
    }


def _roles(block: BlockInput, rules: RuleSet) -> dict[bytes, tuple[str, ...]]:
    roles: dict[bytes, list[str]] = defaultdict(list)
    if block.header is not None and block.header.coinbase is not None:
        roles[block.header.coinbase].append("coinbase")
    recipients: dict[bytes, list[int]] = defaultdict(list)
    for number, found in enumerate(targets(block), 1):
        if found is not None and found.address is not None:
            recipients[found.address].append(number)
    for address, numbers in recipients.items():
        roles[address].append(_of_transactions(numbers))
    for withdrawal in block.withdrawals or ():
        if "withdrawal" not in roles[withdrawal.address]:
            roles[withdrawal.address].append("withdrawal")
    if rules.history is not None:
        roles[rules.history.address].append("block hashes")
    return {address: tuple(words) for address, words in roles.items()}


def _of_transactions(numbers: Sequence[int], listed: int = 3) -> str:
    if len(numbers) > listed:
        return f"to of {len(numbers)} txs"
    return f"to of tx {', '.join(map(str, numbers))}"


def _history_places(block: BlockInput, rules: RuleSet) -> list[tuple[bytes, int]]:
    """The stems that hold the hashes of the last blocks, beside the header's."""
    history = rules.history
    number = None if block.header is None else block.header.number
    if history is None or number is None:
        return []
    indices = {
        storage_position(history.slot(child), rules.storage_offset)[0]
        for child in range(max(1, number - _HASHES_BACK), number + 1)
    }
    return [(history.address, index) for index in sorted(indices) if index]


def _may_have_more_code(stem_diff: StemDiff, rules: RuleSet) -> bool:
    """Whether the account's code may go beyond its header stem."""
    account = _fields(stem_diff, rules, after=False)
    if account is None or not account.has_code:
        return False
    return account.code_size is None or account.code_size > 31 * (WIDTH - CODE_OFFSET)


def _stem(
    stem_diff: StemDiff,
    owner: Owner | None,
    roles: Mapping[bytes, tuple[str, ...]],
    rules: RuleSet | None,
    end: Extension | None,
) -> Stem:
    as_account = owner.tree_index == 0 if owner is not None else _asked_as_account(stem_diff, rules)
    tree_index = owner.tree_index if owner is not None else 0 if as_account else None
    leaves = tuple(
        Leaf(leaf.suffix, *meaning(leaf.suffix, tree_index, rules), leaf.current, leaf.new)
        for leaf in stem_diff.suffixes
    )
    return Stem(
        stem=stem_diff.stem,
        owner=owner,
        roles=roles.get(owner.address, ()) if owner is not None else (),
        as_account=as_account,
        leaves=leaves,
        before=_fields(stem_diff, rules, after=False) if as_account and rules is not None else None,
        after=_fields(stem_diff, rules, after=True) if as_account and rules is not None else None,
        extension=end,
    )


def _fields(stem_diff: StemDiff, rules: RuleSet, *, after: bool) -> AccountFields | None:
    kinds = header_kinds(rules.layout)
    values = {
        kinds[leaf.suffix]: leaf.new if after and leaf.new is not None else leaf.current
        for leaf in stem_diff.suffixes
        if leaf.suffix < len(kinds)
    }
    return account_fields(values, rules.layout)


def _asked_as_account(stem_diff: StemDiff, rules: RuleSet | None) -> bool:
    """Whether the leaves asked for are those of an account's header: its first, which every touch of an
    account reads, with nothing in it that no account has there."""
    if rules is None or not stem_diff.suffixes or stem_diff.suffixes[0].suffix != 0:
        return False
    first = stem_diff.suffixes[0]
    values = [value for value in (first.current, first.new) if value is not None]
    if rules.layout == "basic_data":
        return all(not any(value[:5]) for value in values)
    return all(not any(value) for value in values)  # a version, and there is only version 0
