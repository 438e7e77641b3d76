"""A block as the network encodes it: ``RLP([header, transactions, ommers, withdrawals?])``.

Legacy transactions stand in the list as lists, typed ones as byte strings ``type ‖ payload`` (EIP-2718);
either way the raw bytes come out that are hashed and put into the transactions trie.

Source: go-ethereum ``core/types/block.go`` (extblock), EIP-2718, EIP-4895.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from verkle.errors import InvalidError, MalformedError
from witness import rlp
from witness.header import (
    Header,
    Withdrawal,
    header_from_rlp_item,
    header_to_rlp,
    withdrawal_to_rlp,
    withdrawals_from_rlp_item,
)

_SHORT_LIST: Final = 56


class BlockBody(NamedTuple):
    """A decoded block. ``withdrawals`` is ``None`` before Shanghai; ``ommers`` is their count."""

    header: Header
    transactions: tuple[bytes, ...]
    ommers: int
    withdrawals: tuple[Withdrawal, ...] | None


def block_from_rlp(data: bytes, where: str = "") -> BlockBody:
    """Decode a block. Raises ``MalformedError`` of ``witness.rlp`` and ``witness.header``, ``BLOCK_FIELDS``,
    ``TRANSACTION_EMPTY``; ``UnsupportedError`` ``HEADER_TOO_NEW``; ``InvalidError``
    ``WITHDRAWALS_PRESENCE`` where only one of header and body speaks of withdrawals.
    """
    place: dict[str, object] = {"path": where} if where else {}
    block = rlp.decode(data, where)
    if isinstance(block, bytes) or not 3 <= len(block) <= 4:
        raise MalformedError(
            "BLOCK_FIELDS",
            "a block is a list of three or four: header, transactions, ommers, withdrawals",
            where=place,
            expected="3 or 4",
            got="a byte string" if isinstance(block, bytes) else len(block),
        )
    header = header_from_rlp_item(block[0], where)
    if isinstance(block[1], bytes):
        raise MalformedError("BLOCK_FIELDS", "the transactions are not a list", where=place)
    if isinstance(block[2], bytes):
        raise MalformedError("BLOCK_FIELDS", "the ommers are not a list", where=place)
    withdrawals = withdrawals_from_rlp_item(block[3], where) if len(block) == 4 else None
    if (withdrawals is None) != (header.withdrawals_root is None):
        raise InvalidError(
            "WITHDRAWALS_PRESENCE",
            "the body has withdrawals and the header no root of them"
            if header.withdrawals_root is None
            else "the header has a root of withdrawals and the body none",
            where=place,
        )
    transactions = tuple([_raw(item, place | {"transaction": i}) for i, item in enumerate(block[1])])
    return BlockBody(header, transactions, len(block[2]), withdrawals)


def block_rlp_bytes(header: Header, transactions: Sequence[bytes], withdrawals: Sequence[Withdrawal]) -> int:
    """Length of the encoding of a block without ommers that is given in parts, transactions raw.

    Raises ``IncompleteError`` ``HEADER_INCOMPLETE``.
    """
    # a legacy transaction is a list already; any other is a string that holds its encoding
    listed = (len(raw) if raw[0] >= rlp.FIRST_LIST_BYTE else len(rlp.encode(raw)) for raw in transactions)
    parts = (
        len(header_to_rlp(header)),
        _list_bytes(sum(listed)),
        _list_bytes(0),
        _list_bytes(sum(len(withdrawal_to_rlp(withdrawal)) for withdrawal in withdrawals)),
    )
    return _list_bytes(sum(parts))


def _list_bytes(payload: int) -> int:
    return payload + (1 if payload < _SHORT_LIST else 1 + (payload.bit_length() + 7) // 8)


def _raw(item: rlp.Item, place: dict[str, object]) -> bytes:
    if not isinstance(item, bytes):
        return rlp.encode(item)
    if not item:
        raise MalformedError("TRANSACTION_EMPTY", "a transaction is an empty byte string", where=place)
    return item
