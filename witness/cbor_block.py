"""The block in the project's own format: header, body and what says by which rules they are to be judged.

An array of nine; null means throughout that the input does not say::

    [ network, rules, chain_id, block_hash, header, transactions, withdrawals, ommers, headers ]

A header is an array of its fields in RLP order, without nulls at its end: integers of 64 bits as such, those
of 256 bits (difficulty, base fee) as bytes, big-endian without leading zeros, all else as bytes; a bloom of
nothing but zeros is written as no bytes. ``headers`` are others that the input holds, the parent's first of
all; the block's own is not repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from verkle.constants import BLOOM_BYTES
from verkle.errors import MalformedError, UnsupportedError
from witness import rlp
from witness.block import BlockInput
from witness.cbor_fields import array, byte_string, fixed, optional, record, root, text, uint
from witness.cbor_items import Item
from witness.containers import ExecutionWitness
from witness.fields import JsonPath, show
from witness.header import (
    HEADER_RULES,
    FieldRule,
    Header,
    Withdrawal,
    header_to_rlp,
    missing_fields,
    withdrawal_to_rlp,
)

_NAMES: Final = (
    "network",
    "rules",
    "chain_id",
    "block_hash",
    "header",
    "transactions",
    "withdrawals",
    "ommers",
    "headers",
)
_BLOOM: Final = "logs_bloom"
_WORD_BITS: Final = 64


def block_to_item(block: BlockInput) -> Item:
    """The array, or null where the input says nothing but a witness."""
    transactions: list[Item] | None = None if block.transactions is None else [*block.transactions]
    withdrawals: list[Item] | None = None
    if block.withdrawals is not None:
        withdrawals = [
            [credit.index, credit.validator_index, credit.address, credit.amount_gwei]
            for credit in block.withdrawals
        ]
    members: list[Item] = [
        block.network,
        block.rules,
        block.chain_id,
        block.block_hash,
        None if block.header is None else _header_to_item(block.header),
        transactions,
        withdrawals,
        block.ommers,
        [_header_to_item(header) for header in block.headers if header != block.header],
    ]
    return members if members != [None] * (len(_NAMES) - 1) + [[]] else None


def block_from_item(item: Item, path: JsonPath, name: str, witness: ExecutionWitness | None) -> BlockInput:
    """The block with its witness; ``name`` is what it is called.

    Raises ``MalformedError`` of ``witness.cbor_fields`` and ``TRANSACTION_EMPTY``, ``UnsupportedError``
    ``HEADER_TOO_NEW`` for a header with more fields than the forks known here have.
    """
    if item is None:
        return BlockInput(name=name, witness=witness)
    members = record(item, path, len(_NAMES))
    network, rules, chain_id, block_hash, header, transactions, withdrawals, ommers, headers = zip(
        members, [(*path, member) for member in _NAMES], strict=True
    )
    own = optional(*header, _header)
    others = [_header(other, (*headers[1], i)) for i, other in enumerate(array(*headers))]
    block = BlockInput(
        name=name,
        header=own,
        block_hash=optional(*block_hash, root),
        transactions=optional(*transactions, _transactions),
        withdrawals=optional(*withdrawals, _withdrawals),
        ommers=optional(*ommers, uint),
        witness=witness,
        headers=(*others, own) if others and own is not None else tuple(others),
        network=optional(*network, text),
        rules=optional(*rules, text),
        chain_id=optional(*chain_id, uint),
    )
    return replace(block, rlp_bytes=_rlp_bytes(block))


def _header_to_item(header: Header) -> Item:
    fields: list[Item] = [_field_to_item(rule, getattr(header, rule.name)) for rule in HEADER_RULES]
    while fields and fields[-1] is None:
        fields.pop()
    return fields


def _field_to_item(rule: FieldRule, value: int | bytes | None) -> Item:
    if rule.bits is not None and rule.bits > _WORD_BITS and isinstance(value, int):
        return rlp.encode_integer(value)
    return b"" if rule.name == _BLOOM and value == bytes(BLOOM_BYTES) else value


def _header(item: Item, path: JsonPath) -> Header:
    fields = array(item, path)
    if len(fields) > len(HEADER_RULES):
        raise UnsupportedError(
            "HEADER_TOO_NEW",
            f"{show(path)} has {len(fields)} fields; the forks known here have {len(HEADER_RULES)} at most",
            where={"path": show(path)},
            expected=f"at most {len(HEADER_RULES)}",
            got=len(fields),
        )
    values = {
        rule.name: _field(rule, field, (*path, rule.name))
        for rule, field in zip(HEADER_RULES, fields, strict=False)
    }
    return Header(**values)  # type: ignore[arg-type]


def _field(rule: FieldRule, item: Item, path: JsonPath) -> int | bytes | None:
    if item is None:
        return None
    if rule.bits is not None:
        if rule.bits <= _WORD_BITS:
            return uint(item, path)
        return int.from_bytes(byte_string(item, path, at_most=rule.bits // 8), "big")
    if rule.name == _BLOOM and item == b"":
        return bytes(BLOOM_BYTES)
    return byte_string(item, path) if rule.length is None else fixed(item, path, rule.length)


def _transactions(item: Item, path: JsonPath) -> tuple[bytes, ...]:
    transactions = tuple([byte_string(raw, (*path, i)) for i, raw in enumerate(array(item, path))])
    if b"" in transactions:
        place = show((*path, transactions.index(b"")))
        raise MalformedError("TRANSACTION_EMPTY", f"{place} is empty", where={"path": place})
    return transactions


def _withdrawals(item: Item, path: JsonPath) -> tuple[Withdrawal, ...]:
    return tuple([_withdrawal(credit, (*path, i)) for i, credit in enumerate(array(item, path))])


def _withdrawal(item: Item, path: JsonPath) -> Withdrawal:
    index, validator_index, address, amount = record(item, path, 4)
    return Withdrawal(
        index=uint(index, (*path, 0)),
        validator_index=uint(validator_index, (*path, 1)),
        address=fixed(address, (*path, 2), 20),
        amount_gwei=uint(amount, (*path, 3)),
    )


def _rlp_bytes(block: BlockInput) -> int | None:
    """How long the block's RLP is, where the input has all of it. Computed and not carried, since a rule on
    the size of blocks must not rest on what a file says of itself."""
    header, transactions = block.header, block.transactions
    if header is None or transactions is None or block.ommers != 0 or missing_fields(header):
        return None
    if (header.withdrawals_root is None) != (block.withdrawals is None):
        return None
    # A typed transaction is a byte string in the body's list; a legacy one is a list already.
    sizes = [len(raw) if raw[0] >= rlp.FIRST_LIST_BYTE else len(rlp.encode(raw)) for raw in transactions]
    body = len(header_to_rlp(header)) + _list_bytes(sizes) + _list_bytes([])
    if block.withdrawals is not None:
        body += _list_bytes([len(withdrawal_to_rlp(credit)) for credit in block.withdrawals])
    return _list_bytes([body])


def _list_bytes(items: Sequence[int]) -> int:
    """Length of an RLP list whose items have these lengths."""
    payload = sum(items)
    return 1 + payload + (len(rlp.encode_integer(payload)) if payload > 55 else 0)
