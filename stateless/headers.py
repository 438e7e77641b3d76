"""The facts about a block's header: its hash, the roots of the body, and the parent chosen by hash.

What must hold between them is in ``stateless.header_rules``.

Sources: go-ethereum ``core/types/block.go`` (order of fields), EIP-3675 (what proof of stake fixes),
EIP-4895 (withdrawals); SPEC 10.1, 10.6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from stateless.rules import RuleSet
from witness.block import BlockInput
from witness.header import HEADER_RULES as FIELD_RULES
from witness.header import Header, header_to_rlp, withdrawal_to_rlp
from witness.header_json import with_merge_constants
from witness.keccak import keccak256
from witness.patricia.ordered import ordered_root

if TYPE_CHECKING:  # loads the interpreter
    from stateless.forks import Fork

_FIELD_NAMES: Final = tuple(rule.name for rule in FIELD_RULES)
# A Verkle block has at least the fields of a Shanghai header.
SHANGHAI_FIELDS: Final = 17


@dataclass(frozen=True, slots=True)
class HeaderFacts:
    """What the header rules look at.

    ``header``: as the input gives it. ``parent``: the header whose hash is ``header.parent_hash``.
    ``transactions_root``, ``withdrawals_root``: of the block's body, ``None`` where the input has no body.
    ``body_ommers``: how many ommers the body holds. ``block_hash``: computed; ``None`` where fields are
    not known. ``field_count``: how many fields the header has; ``None`` where that is not known.
    ``claimed_hash``: what the input says.
    """

    header: Header
    parent: Header | None
    rules: RuleSet | Fork | None
    transactions_root: bytes | None
    withdrawals_root: bytes | None
    body_ommers: int | None
    block_hash: bytes | None
    field_count: int | None
    claimed_hash: bytes | None


def header_facts(
    block: BlockInput, header: Header, parents: Mapping[bytes, Header], rules: RuleSet | Fork | None
) -> HeaderFacts:
    """Compute the roots of the body and the hash of the header, and choose the parent by its hash.

    ``parents``: other headers of the input by hash (``headers_by_hash``). A transactions or withdrawals
    root that the header lacks is taken from the body for the hash, which then binds it.
    """
    transactions_root = withdrawals_root = None
    if block.transactions is not None:
        transactions_root = ordered_root(block.transactions)
    if block.withdrawals is not None:
        withdrawals_root = ordered_root([withdrawal_to_rlp(withdrawal) for withdrawal in block.withdrawals])
    sealed = header
    if block.rlp_bytes is None:
        sealed = replace(
            header,
            transactions_root=header.transactions_root or transactions_root,
            withdrawals_root=header.withdrawals_root or withdrawals_root,
        )
    block_hash = header_hash(sealed)
    # A header out of RLP has the fields that it has; one out of JSON may only be given in part.
    whole = block.rlp_bytes is not None or block_hash is not None
    return HeaderFacts(
        header=header,
        parent=None if header.parent_hash is None else parents.get(header.parent_hash),
        rules=rules,
        transactions_root=transactions_root,
        withdrawals_root=withdrawals_root,
        body_ommers=block.ommers,
        block_hash=block_hash,
        field_count=len(_fields_present(with_merge_constants(sealed))) if whole else None,
        claimed_hash=block.block_hash,
    )


def sealed_header(facts: HeaderFacts) -> Header:
    """The header as it is hashed: with what its schema or its body fixes filled in."""
    return with_merge_constants(
        replace(
            facts.header,
            transactions_root=facts.header.transactions_root or facts.transactions_root,
            withdrawals_root=facts.header.withdrawals_root or facts.withdrawals_root,
        )
    )


def header_hash(header: Header) -> bytes | None:
    """Return the block hash (32 bytes), or ``None`` if a field up to the withdrawals root is not known.

    The constants of proof of stake count as known. Of the fields after the withdrawals root one counts only
    if those before it are there: devnet files carry a beacon root that is no part of the header.
    """
    hashed = _hashed_part(header)
    return None if hashed is None else keccak256(header_to_rlp(hashed))


def lacking_fields(header: Header) -> tuple[str, ...]:
    """Names of the fields without which a Verkle block's header has no hash, in RLP order."""
    sealed = with_merge_constants(header)
    return tuple([name for name in _FIELD_NAMES[:SHANGHAI_FIELDS] if getattr(sealed, name) is None])


def headers_by_hash(headers: Iterable[Header]) -> dict[bytes, Header]:
    """Return the headers that can be hashed, by their hash (32 bytes); each with the fields alone that its
    hash covers, so that what else a file says of it counts for nothing."""
    hashed = (_hashed_part(header) for header in headers)
    return {keccak256(header_to_rlp(header)): header for header in hashed if header is not None}


def _hashed_part(header: Header) -> Header | None:
    """The fields that enter the hash, the constants of proof of stake filled in."""
    sealed = with_merge_constants(header)
    present = _fields_present(sealed)
    if len(present) < SHANGHAI_FIELDS:
        return None
    return Header(**{name: getattr(sealed, name) for name in present})


def _fields_present(header: Header) -> tuple[str, ...]:
    """Names of the fields before the first that is not known, in RLP order."""
    for index, name in enumerate(_FIELD_NAMES):
        if getattr(header, name) is None:
            return _FIELD_NAMES[:index]
    return _FIELD_NAMES
