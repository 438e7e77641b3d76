"""From accesses to leaves: the rules, once, for the Verkle tree and for the binary tree; and what the
Patricia trie makes of the same accesses.

**Trees with leaves** (EIP-6800, EIP-7864; positions and values are the same, the hash that makes the stem is
not):

1. An account that is looked at shows its basic data (nonce, balance, code size), also where it is absent. Its
   code hash is shown where that is looked at, where code is put in place, and of an account that is made.
2. A slot shows its leaf; one that never was written has none. A slot set to zero is written as 32 zero bytes:
   nothing is ever deleted.
3. A destroyed account writes nothing, and its leaves stay; so does the former storage of an account that is
   made anew, and what shorter code in the place of longer leaves over.
4. Code chunks are shown where execution or copying touched them, whatever gas rules the block ran under
   (``stateless.compare.recording``); new code writes all of its chunks, and shows that they were absent.
5. Code *whole* or left out: there are no chunk leaves; an account whose code runs shows its code hash, which
   binds the code that travels beside the proof.

**Patricia trie**: an account that is looked at, or whose slots are, shows its leaf or its absence; a slot
likewise in its storage trie; slots set to zero and destroyed accounts are deleted, and what deleting needs is
shown. Code is beside the proof, whole, once for each code hash. *Chunks* is then a count only: 32 bytes for
each chunk that ran, which nothing would bind to the code hash.

Sources: EIP-6800 and EIP-7864, *Tree embedding*; EIP-4762; SPEC 4.4, 8.3, 9.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from stateless.compare.access_set import AccessSet, TouchedAccount
from stateless.rules import RuleSet
from verkle.accounts import encode_header
from verkle.constants import BASIC_DATA, CODE_HASH, MAIN_STORAGE_OFFSET, WORD_BYTES
from verkle.embedding import StemsOf, chunk_position, chunkify, storage_position

__all__ = ["LAYOUT", "LEAF_RULES", "Embedded", "embed", "leaf_rules"]

LAYOUT: Final = "basic_data"

LEAF_RULES: Final = RuleSet(
    name="eip6800",
    networks=(),
    fork_times=(),
    chain_id=1,
    layout=LAYOUT,
    stem_hash="map_to_field",
    storage_offset=MAIN_STORAGE_OFFSET,
    history=None,
    header_fields=17,
    execution=None,
    source="EIP-6800, text of 2024-07: where leaves lie, and nothing of execution",
)
"""Where the leaves of a state lie that did not come in leaves."""


def leaf_rules(rules: RuleSet | None) -> RuleSet:
    """Where leaves lie when a block that ran under ``rules`` (``None``: none with leaves) is put into a tree:
    as EIP-6800 has it; what the rules say of the history account stays."""
    if rules is None:
        return LEAF_RULES
    return RuleSet(
        name=rules.name,
        networks=(),
        fork_times=(),
        chain_id=rules.chain_id,
        layout=LAYOUT,
        stem_hash=LEAF_RULES.stem_hash,
        storage_offset=LEAF_RULES.storage_offset,
        history=rules.history,
        header_fields=rules.header_fields,
        execution=rules.execution,
        source=LEAF_RULES.source,
    )


@dataclass(frozen=True, slots=True)
class Embedded:
    """Leaves by 32-byte key.

    ``asked``: values before, ``None`` for absent, of all that a witness shows. ``writes``: new values; their
    keys are asked for. ``others``: leaves of touched accounts that are there and not asked for. ``chunks``:
    keys of code.
    """

    asked: Mapping[bytes, bytes | None]
    writes: Mapping[bytes, bytes]
    others: Mapping[bytes, bytes]
    chunks: frozenset[bytes]

    @property
    def before(self) -> dict[bytes, bytes | None]:
        """All leaves before the block, asked for or not."""
        return {**self.others, **self.asked}


class _Leaf(NamedTuple):
    """A leaf of an account. ``new``: ``None`` if it stays as it is."""

    tree_index: int
    suffix: int
    asked: bool
    before: bytes | None
    new: bytes | None = None
    is_chunk: bool = False


def embed(accesses: AccessSet, stems_of: StemsOf, *, chunks: bool = True) -> Embedded:
    """Put the accesses into a tree. ``chunks``: rule 4 above; without, rule 5.

    Raises:
        MalformedError: ``ACCOUNT_NUMBER_RANGE``: a balance or a code that basic data has no room for.
    """
    leaves = [
        (address, leaf)
        for address, account in accesses.accounts.items()
        for leaf in _leaves(account, chunks=chunks)
    ]
    places = list(dict.fromkeys((address, leaf.tree_index) for address, leaf in leaves))
    stems = dict(zip(places, stems_of(places), strict=True))
    asked: dict[bytes, bytes | None] = {}
    writes: dict[bytes, bytes] = {}
    others: dict[bytes, bytes] = {}
    code: set[bytes] = set()
    for address, leaf in leaves:
        key = stems[address, leaf.tree_index] + bytes([leaf.suffix])
        if leaf.is_chunk:
            code.add(key)
        if leaf.asked:
            asked[key] = leaf.before
            if leaf.new is not None and leaf.new != leaf.before:
                writes[key] = leaf.new
        elif leaf.before is not None:
            others[key] = leaf.before
    return Embedded(asked, writes, others, frozenset(code))


def _leaves(account: TouchedAccount, *, chunks: bool) -> Iterator[_Leaf]:
    before: Mapping[int, bytes] = {}
    after: Mapping[int, bytes] = {}
    if account.before is not None:
        before = encode_header(LAYOUT, account.before)
    if account.after is not None:
        after = encode_header(LAYOUT, account.after)
    made = account.after is not None and (account.before is None or account.deployed is not None)
    shows_hash = account.hash_looked_at or made or (not chunks and bool(account.chunks))
    yield _Leaf(0, BASIC_DATA, account.looked_at, before.get(BASIC_DATA), after.get(BASIC_DATA))
    new_hash = after.get(CODE_HASH) if made else None
    yield _Leaf(0, CODE_HASH, shows_hash, before.get(CODE_HASH), new_hash)
    for slot, value in account.slots.items():
        new = account.slots_after.get(slot)
        yield _Leaf(*storage_position(slot, MAIN_STORAGE_OFFSET), True, _word(value), _word(new))
    if chunks:
        yield from _chunk_leaves(account)


def _chunk_leaves(account: TouchedAccount) -> Iterator[_Leaf]:
    deployed = chunkify(account.deployed) if account.deployed else []
    known = account.chunk_leaves
    for number in sorted({*known, *range(len(deployed))}):
        new = deployed[number] if number < len(deployed) else None
        asked = number in account.chunks or new is not None
        yield _Leaf(*chunk_position(number), asked, known.get(number), new, is_chunk=True)


def _word(value: int | None) -> bytes | None:
    return None if value is None else value.to_bytes(WORD_BYTES, "big")
