"""The block header and withdrawals as values, and their RLP form.

The header is a list of 15 fields up to London, one more from each of London (base fee) and Shanghai
(withdrawals root), three more from Cancun, one more from Prague, two more from Amsterdam (which is read, so
that its headers can be chained, and not executed): 15 … 23. Integers are big-endian without leading zeros,
zero is the empty string; hashes 32 bytes, addresses 20, the bloom 256, the nonce 8.

Source: go-ethereum ``core/types/block.go``; EIP-1559, 4895, 4844, 4788, 7685, 7928, 7843; SPEC 10.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final, NamedTuple

from verkle.errors import IncompleteError, MalformedError, UnsupportedError
from witness import rlp


@dataclass(frozen=True, slots=True)
class Header:
    """A block header; the fields stand in RLP order.

    A field that is ``None`` is one that the input does not have: either the fork has no such field (the
    last seven, of a header read from RLP) or the file leaves it out. Gas in gas, ``timestamp`` in seconds,
    ``base_fee_per_gas`` in wei.
    """

    parent_hash: bytes | None = None
    ommers_hash: bytes | None = None
    coinbase: bytes | None = None
    state_root: bytes | None = None
    transactions_root: bytes | None = None
    receipts_root: bytes | None = None
    logs_bloom: bytes | None = None
    difficulty: int | None = None
    number: int | None = None
    gas_limit: int | None = None
    gas_used: int | None = None
    timestamp: int | None = None
    extra_data: bytes | None = None
    prev_randao: bytes | None = None
    nonce: bytes | None = None
    base_fee_per_gas: int | None = None
    withdrawals_root: bytes | None = None
    blob_gas_used: int | None = None
    excess_blob_gas: int | None = None
    parent_beacon_block_root: bytes | None = None
    requests_hash: bytes | None = None
    block_access_list_hash: bytes | None = None
    slot_number: int | None = None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A credit from the consensus layer (EIP-4895). ``amount_gwei`` in gwei, not wei; address 20 bytes."""

    index: int
    validator_index: int
    address: bytes
    amount_gwei: int


class FieldRule(NamedTuple):
    """How one header field is encoded: ``length`` bytes exactly, or an integer of at most ``bits`` bits."""

    name: str
    length: int | None = None
    bits: int | None = None


# extraData is the one field with neither: any bytes (the rule of 32 at most is a rule of the block, not of
# its encoding). The limits are those of go-ethereum's types, so that what it cannot decode is refused here.
HEADER_RULES: Final[tuple[FieldRule, ...]] = (
    FieldRule("parent_hash", length=32),
    FieldRule("ommers_hash", length=32),
    FieldRule("coinbase", length=20),
    FieldRule("state_root", length=32),
    FieldRule("transactions_root", length=32),
    FieldRule("receipts_root", length=32),
    FieldRule("logs_bloom", length=256),
    FieldRule("difficulty", bits=256),
    FieldRule("number", bits=64),
    FieldRule("gas_limit", bits=64),
    FieldRule("gas_used", bits=64),
    FieldRule("timestamp", bits=64),
    FieldRule("extra_data"),
    FieldRule("prev_randao", length=32),
    FieldRule("nonce", length=8),
    FieldRule("base_fee_per_gas", bits=256),
    FieldRule("withdrawals_root", length=32),
    FieldRule("blob_gas_used", bits=64),
    FieldRule("excess_blob_gas", bits=64),
    FieldRule("parent_beacon_block_root", length=32),
    FieldRule("requests_hash", length=32),
    FieldRule("block_access_list_hash", length=32),
    FieldRule("slot_number", bits=64),
)

# Fields that every header has, whatever the fork; the rest were appended one fork after another.
FIRST_FIELDS: Final = 15


def missing_fields(header: Header) -> tuple[str, ...]:
    """Names of the fields without which the header has no RLP: the first 15, and every later one that
    stands before a field that is there. Empty for a header that can be encoded and hashed."""
    values = [getattr(header, field.name) for field in fields(header)]
    present = [index for index, value in enumerate(values) if value is not None]
    end = max(FIRST_FIELDS, present[-1] + 1 if present else 0)
    return tuple(HEADER_RULES[index].name for index in range(end) if values[index] is None)


def header_to_rlp(header: Header) -> bytes:
    """The RLP list whose Keccak-256 is the block hash. Trailing fields that are ``None`` are left out.

    Raises ``IncompleteError`` ``HEADER_INCOMPLETE`` naming the fields if any is missing.
    """
    missing = missing_fields(header)
    if missing:
        raise IncompleteError(
            "HEADER_INCOMPLETE",
            "the header lacks fields, so it has no encoding and no hash: " + ", ".join(missing),
            where={"fields": list(missing)},
        )
    items: list[rlp.Item] = []
    for rule in HEADER_RULES:
        value = getattr(header, rule.name)
        if value is None:
            break
        items.append(rlp.encode_integer(value) if rule.bits is not None else value)
    return rlp.encode(items)


def header_from_rlp_item(item: rlp.Item, where: str = "") -> Header:
    """Read a header out of a decoded RLP list (``rlp.decode``). ``where`` names the place for errors.

    Raises ``MalformedError`` ``HEADER_FIELD_COUNT`` or ``HEADER_FIELD`` (with the field's name), and
    ``UnsupportedError`` ``HEADER_TOO_NEW`` for a header with more fields than the forks known here have.
    """
    if isinstance(item, bytes):
        raise MalformedError(
            "HEADER_FIELD_COUNT", "the header is a byte string, not a list", where=_place(where)
        )
    if len(item) > len(HEADER_RULES):
        raise UnsupportedError(
            "HEADER_TOO_NEW",
            f"the header has {len(item)} fields; the forks known here have {len(HEADER_RULES)} at most",
            where=_place(where),
            expected=f"at most {len(HEADER_RULES)}",
            got=len(item),
        )
    if len(item) < FIRST_FIELDS:
        raise MalformedError(
            "HEADER_FIELD_COUNT",
            f"the header has {len(item)} fields; every header has at least {FIRST_FIELDS}",
            where=_place(where),
            expected=f"at least {FIRST_FIELDS}",
            got=len(item),
        )
    values = {rule.name: _field(rule, part, where) for rule, part in zip(HEADER_RULES, item, strict=False)}
    return Header(**values)  # type: ignore[arg-type]


def _field(rule: FieldRule, part: rlp.Item, where: str) -> bytes | int:
    place = _place(where) | {"field": rule.name}
    if not isinstance(part, bytes):
        raise MalformedError("HEADER_FIELD", f"header field {rule.name} is a list", where=place)
    if rule.bits is not None:
        return _integer(part, rule.bits, "HEADER_FIELD", f"header field {rule.name}", place)
    if rule.length is not None and len(part) != rule.length:
        raise MalformedError(
            "HEADER_FIELD",
            f"header field {rule.name} has {len(part)} bytes instead of {rule.length}",
            where=place,
            expected=rule.length,
            got=len(part),
        )
    return part


def withdrawals_from_rlp_item(item: rlp.Item, where: str = "") -> tuple[Withdrawal, ...]:
    """Read the withdrawals list of a block body: each ``[index, validatorIndex, address, amount]``.

    Raises ``MalformedError`` ``WITHDRAWAL_FIELD``.
    """
    if isinstance(item, bytes):
        raise MalformedError("WITHDRAWAL_FIELD", "the withdrawals are not a list", where=_place(where))
    return tuple(_withdrawal(part, _place(where) | {"withdrawal": i}) for i, part in enumerate(item))


def _withdrawal(item: rlp.Item, place: dict[str, object]) -> Withdrawal:
    if isinstance(item, bytes) or len(item) != 4:
        raise MalformedError("WITHDRAWAL_FIELD", "a withdrawal is a list of four fields", where=place)
    parts: list[bytes] = []
    for name, part in zip(("index", "validatorIndex", "address", "amount"), item, strict=True):
        if not isinstance(part, bytes):
            raise MalformedError("WITHDRAWAL_FIELD", f"withdrawal field {name} is a list", where=place)
        parts.append(part)
    index, validator_index, address, amount = parts
    if len(address) != 20:
        raise MalformedError(
            "WITHDRAWAL_FIELD",
            f"a withdrawal's address has {len(address)} bytes instead of 20",
            where=place,
            expected=20,
            got=len(address),
        )
    return Withdrawal(
        index=_integer(index, 64, "WITHDRAWAL_FIELD", "a withdrawal's index", place),
        validator_index=_integer(validator_index, 64, "WITHDRAWAL_FIELD", "a validator index", place),
        address=address,
        amount_gwei=_integer(amount, 64, "WITHDRAWAL_FIELD", "a withdrawal's amount", place),
    )


def withdrawal_to_rlp(withdrawal: Withdrawal) -> bytes:
    """``RLP([index, validatorIndex, address, amount])``, the leaf of the withdrawals trie (EIP-4895)."""
    return rlp.encode(
        [
            rlp.encode_integer(withdrawal.index),
            rlp.encode_integer(withdrawal.validator_index),
            withdrawal.address,
            rlp.encode_integer(withdrawal.amount_gwei),
        ]
    )


def _integer(part: bytes, bits: int, code: str, what: str, place: dict[str, object]) -> int:
    if part[:1] == b"\x00":
        raise MalformedError(code, f"{what} is not canonical: it starts with a zero byte", where=place)
    if len(part) > bits // 8:
        raise MalformedError(
            code,
            f"{what} has {len(part)} bytes; at most {bits // 8} are allowed",
            where=place,
            expected=f"at most {bits // 8}",
            got=len(part),
        )
    return int.from_bytes(part, "big")


def _place(where: str) -> dict[str, object]:
    return {"path": where} if where else {}


def header_differences(left: Header, right: Header) -> Sequence[str]:
    """Names of the fields in which two headers differ, where both say something."""
    return [
        rule.name
        for rule in HEADER_RULES
        if (a := getattr(left, rule.name)) is not None
        and (b := getattr(right, rule.name)) is not None
        and a != b
    ]
