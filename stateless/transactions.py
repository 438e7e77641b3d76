"""Signed transactions as values, their encoding and their hashes.

Five types: 0, legacy, a bare RLP list; 1 with an access list (EIP-2930); 2 with two fees (EIP-1559); 3 with
blobs (EIP-4844); 4 with authorizations (EIP-7702). A typed one is its type byte before an RLP list
(EIP-2718). ``stateless.transaction_decode`` reads them, ``stateless.transaction_checks`` judges what they say
where that needs no state, ``stateless.signatures`` finds out who signed them.

Integers in the encoding are big-endian without leading zeros; addresses 20 bytes, hashes and slots 32.

Sources: the EIPs named; go-ethereum ``core/types`` for the widths; SPEC 10.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from stateless.blobs import GAS_PER_BLOB
from verkle.constants import ADDRESS_BYTES, HASH_BYTES
from verkle.errors import MalformedError
from witness import rlp
from witness.keccak import keccak256

__all__ = [
    "TYPE_NAMES",
    "AccessListEntry",
    "Authorization",
    "Target",
    "Transaction",
    "authorization_hash",
    "encode_transaction",
    "signing_hash",
    "target",
    "transaction_hash",
]


LEGACY, ACCESS_LIST, DYNAMIC_FEE, BLOB, SET_CODE = range(5)
TYPE_NAMES: Final = {
    LEGACY: "legacy",
    ACCESS_LIST: "access list",
    DYNAMIC_FEE: "dynamic fee",
    BLOB: "blob",
    SET_CODE: "set code",
}
# Legacy v: 27 or 28, or from EIP-155 on 35 + 2 · chain id + parity.
PRE_155_V: Final = 27
EIP155_V: Final = 35
_AUTHORIZATION_MAGIC: Final = b"\x05"
# Type → index of `to` in the list of fields.
_TO_INDEX: Final = {LEGACY: 3, ACCESS_LIST: 4, DYNAMIC_FEE: 5, BLOB: 5, SET_CODE: 5}


class AccessListEntry(NamedTuple):
    """An address, and slots of it, that the transaction pays for in advance (EIP-2930)."""

    address: bytes
    slots: tuple[int, ...]


class Authorization(NamedTuple):
    """An account's leave to point its code at ``address`` (EIP-7702). ``chain_id`` 0: on any chain.

    In range of its encoding, and no more than that: whether it holds is seen when it is used.
    """

    chain_id: int
    address: bytes
    nonce: int
    y_parity: int
    r: int
    s: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """A signed transaction. Fees in wei for one gas (``max_blob_fee``: one blob gas), ``value`` in wei.

    ``chain_id``: ``None`` for one signed without (before EIP-155). ``max_fee`` and ``max_priority_fee``: both
    are the gas price of types 0 and 1. ``to``: ``None`` for one that creates a contract. ``v``: as encoded,
    the parity of y for types 1 to 4.
    """

    type: int
    chain_id: int | None
    nonce: int
    max_priority_fee: int
    max_fee: int
    gas_limit: int
    to: bytes | None
    value: int
    data: bytes
    v: int
    r: int
    s: int
    access_list: tuple[AccessListEntry, ...] = ()
    max_blob_fee: int = 0
    blob_hashes: tuple[bytes, ...] = ()
    authorizations: tuple[Authorization, ...] = ()

    @property
    def blob_gas(self) -> int:
        """Blob gas that it uses."""
        return GAS_PER_BLOB * len(self.blob_hashes)

    @property
    def y_parity(self) -> int | None:
        """Parity of y of the signature's point, 0 or 1; ``None`` if ``v`` says neither."""
        v = self.v
        if self.type == LEGACY:
            v = (v - EIP155_V) & 1 if v >= EIP155_V else v - PRE_155_V
        return v if v in {0, 1} else None


def encode_transaction(tx: Transaction) -> bytes:
    """The bytes that ``stateless.transaction_decode`` reads; a typed one with its type byte first."""
    signature = [rlp.encode_integer(value) for value in (tx.v, tx.r, tx.s)]
    return _prefix(tx) + rlp.encode(_unsigned_fields(tx) + signature)


def transaction_hash(tx: Transaction) -> bytes:
    """Keccak-256 of the encoding, the transaction's name in the network (EIP-2718)."""
    return keccak256(encode_transaction(tx))


def signing_hash(tx: Transaction) -> bytes:
    """The 32 bytes that the sender signed: all but the signature; with the chain id in its place for a
    legacy transaction since EIP-155."""
    fields = _unsigned_fields(tx)
    if tx.type == LEGACY and tx.chain_id is not None:
        fields += [rlp.encode_integer(tx.chain_id), b"", b""]
    return keccak256(_prefix(tx) + rlp.encode(fields))


def authorization_hash(authorization: Authorization) -> bytes:
    """The 32 bytes that the authority signed (EIP-7702)."""
    fields: list[rlp.Item] = [
        rlp.encode_integer(authorization.chain_id),
        authorization.address,
        rlp.encode_integer(authorization.nonce),
    ]
    return keccak256(_AUTHORIZATION_MAGIC + rlp.encode(fields))


def _prefix(tx: Transaction) -> bytes:
    return b"" if tx.type == LEGACY else bytes((tx.type,))


def _unsigned_fields(tx: Transaction) -> list[rlp.Item]:
    """The fields before the signature, in the order of the encoding."""
    integer = rlp.encode_integer
    fields: list[rlp.Item] = []
    if tx.type != LEGACY:
        fields.append(integer(tx.chain_id or 0))
    fields.append(integer(tx.nonce))
    if tx.type >= DYNAMIC_FEE:
        fields.append(integer(tx.max_priority_fee))
    fields += [integer(tx.max_fee), integer(tx.gas_limit), tx.to or b"", integer(tx.value), tx.data]
    if tx.type != LEGACY:
        fields.append([_entry(entry) for entry in tx.access_list])
    if tx.type == BLOB:
        fields += [integer(tx.max_blob_fee), list(tx.blob_hashes)]
    elif tx.type == SET_CODE:
        fields.append([_authorization(authorization) for authorization in tx.authorizations])
    return fields


def _entry(entry: AccessListEntry) -> rlp.Item:
    return [entry.address, [slot.to_bytes(HASH_BYTES, "big") for slot in entry.slots]]


def _authorization(authorization: Authorization) -> rlp.Item:
    chain_id, address, *rest = authorization
    return [rlp.encode_integer(chain_id), address, *map(rlp.encode_integer, rest)]


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a transaction is for.

    ``type``: 0 for one from before EIP-2718. ``address``: 20 bytes, ``None`` for one that creates a contract.
    """

    type: int
    address: bytes | None

    @property
    def creates(self) -> bool:
        """Whether it creates a contract."""
        return self.address is None


def target(raw: bytes) -> Target | None:
    """The target of a raw signed transaction (typed ones with their type byte first), for showing a block.

    Nothing else of it is looked at; bytes that are no transaction of a known type are not understood
    (``None``).
    """
    if not raw:
        return None
    kind, payload = (LEGACY, raw) if raw[0] >= rlp.FIRST_LIST_BYTE else (raw[0], raw[1:])
    index = _TO_INDEX.get(kind)
    if index is None or (kind == LEGACY and payload is not raw):  # no transaction has type byte 0
        return None
    try:
        fields = rlp.decode(payload)
    except MalformedError:
        return None
    if isinstance(fields, bytes) or len(fields) <= index:
        return None
    to = fields[index]
    if not isinstance(to, bytes) or len(to) not in {0, ADDRESS_BYTES}:
        return None
    return Target(kind, to or None)
