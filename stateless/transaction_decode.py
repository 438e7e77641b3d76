"""Signed transactions read from their bytes, strictly: one encoding for each value.

So writing what was read gives the same bytes again. Every length, count and width of a field is checked here;
what the values mean is not.

Sources: EIP-2718, 2930, 1559, 4844, 7702; go-ethereum ``core/types`` for the widths; SPEC 10.7.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from stateless.transactions import (
    ACCESS_LIST,
    BLOB,
    DYNAMIC_FEE,
    EIP155_V,
    LEGACY,
    SET_CODE,
    AccessListEntry,
    Authorization,
    Transaction,
)
from verkle.constants import ADDRESS_BYTES, HASH_BYTES
from verkle.errors import InvalidError, MalformedError
from witness import rlp

__all__ = ["decode_transaction", "decode_transactions"]

_FIRST_STRING_BYTE: Final = 0x80

# Names of the fields in the order of the encoding, without the signature.
_TWO_FEES: Final = (
    "chainId",
    "nonce",
    "maxPriorityFeePerGas",
    "maxFeePerGas",
    "gasLimit",
    "to",
    "value",
    "data",
    "accessList",
)
_FIELDS: Final[Mapping[int, tuple[str, ...]]] = MappingProxyType(
    {
        LEGACY: ("nonce", "gasPrice", "gasLimit", "to", "value", "data"),
        ACCESS_LIST: ("chainId", "nonce", "gasPrice", "gasLimit", "to", "value", "data", "accessList"),
        DYNAMIC_FEE: _TWO_FEES,
        BLOB: (*_TWO_FEES, "maxFeePerBlobGas", "blobVersionedHashes"),
        SET_CODE: (*_TWO_FEES, "authorizationList"),
    }
)
_SIGNATURE: Final = ("v", "r", "s")
_BITS: Final = MappingProxyType({"nonce": 64, "gasLimit": 64})
"""Widths of integers that are not 256 bits."""


def decode_transactions(raw: Sequence[bytes] | None) -> list[Transaction] | None:
    """A block's transactions; ``None`` if the input has none. Raises as :func:`decode_transaction`."""
    return None if raw is None else [decode_transaction(each, i) for i, each in enumerate(raw)]


def decode_transaction(raw: bytes, index: int | None = None) -> Transaction:
    """Read a signed transaction (a typed one with its type byte first). ``index`` names it in errors.

    Raises:
        MalformedError: ``RLP_…``, ``TX_DECODE_LIST`` (no list of the type's fields), ``TX_DECODE_FIELD`` (one
            field, named in ``where``).
        InvalidError: ``TX_TYPE_UNSUPPORTED``: no type known here.
    """
    place: dict[str, object] = {} if index is None else {"transaction": index}
    if not raw:
        raise MalformedError("TX_DECODE_LIST", "a transaction is empty", where=place)
    if raw[0] >= rlp.FIRST_LIST_BYTE:
        kind, payload = LEGACY, raw
    elif raw[0] >= _FIRST_STRING_BYTE:
        raise MalformedError(
            "TX_DECODE_LIST",
            f"a transaction begins with 0x{raw[0]:02x}, which is neither a type nor a list",
            where=place,
        )
    else:
        kind, payload = raw[0], raw[1:]
        if kind == LEGACY or kind not in _FIELDS:
            raise InvalidError(
                "TX_TYPE_UNSUPPORTED", f"no transaction has type {kind}", where=place, got=kind
            )
    try:
        item = rlp.decode(payload, "transaction")
    except MalformedError as error:
        error.where.update(place)
        raise
    return _Reader(kind, item, place).read()


class _Reader:
    """Takes the fields of one transaction, and says in errors which one it was."""

    def __init__(self, kind: int, item: rlp.Item, place: dict[str, object]) -> None:
        self.kind = kind
        self.place = place
        names = (*_FIELDS[kind], *_SIGNATURE)
        if isinstance(item, bytes) or len(item) != len(names):
            got = "a byte string" if isinstance(item, bytes) else f"{len(item)} fields"
            network_form = kind == BLOB and not isinstance(item, bytes) and item and isinstance(item[0], list)
            raise MalformedError(
                "TX_DECODE_LIST",
                f"a transaction of type {kind} has {len(names)} fields, here is {got}"
                + (", as it is sent between nodes with its blobs" if network_form else ""),
                where=place,
                expected=len(names),
                got=0 if isinstance(item, bytes) else len(item),
            )
        self.fields = dict(zip(names, item, strict=True))

    def read(self) -> Transaction:
        """The fields in the order of the encoding, so that the first one that is wrong is the one named."""
        integer, kind, fields = self.integer, self.kind, self.fields
        chain_id = None if kind == LEGACY else integer("chainId")
        nonce = integer("nonce")
        if kind in {LEGACY, ACCESS_LIST}:
            max_priority_fee = max_fee = integer("gasPrice")
        else:
            max_priority_fee, max_fee = integer("maxPriorityFeePerGas"), integer("maxFeePerGas")
        gas_limit = integer("gasLimit")
        to = self.address(fields["to"], "to") if fields["to"] != b"" else None
        value, data = integer("value"), self.octets(fields["data"], "data")
        access_list = self.access_list() if kind != LEGACY else ()
        max_blob_fee = integer("maxFeePerBlobGas") if kind == BLOB else 0
        blob_hashes = self.blob_hashes() if kind == BLOB else ()
        authorizations = self.authorizations() if kind == SET_CODE else ()
        v, r, s = integer("v"), integer("r"), integer("s")
        if kind == LEGACY and v >= EIP155_V:
            chain_id = (v - EIP155_V) // 2
        return Transaction(
            kind,
            chain_id,
            nonce,
            max_priority_fee,
            max_fee,
            gas_limit,
            to,
            value,
            data,
            v,
            r,
            s,
            access_list,
            max_blob_fee,
            blob_hashes,
            authorizations,
        )

    def access_list(self) -> tuple[AccessListEntry, ...]:
        entries: list[AccessListEntry] = []
        for entry in self.items_of(self.fields["accessList"], "accessList"):
            address, slots = self.items_of(entry, "accessList", 2)
            entries.append(
                AccessListEntry(
                    self.address(address, "accessList"),
                    tuple(
                        int.from_bytes(self.octets(slot, "accessList", HASH_BYTES), "big")
                        for slot in self.items_of(slots, "accessList")
                    ),
                )
            )
        return tuple(entries)

    def blob_hashes(self) -> tuple[bytes, ...]:
        name = "blobVersionedHashes"
        return tuple(self.octets(value, name, HASH_BYTES) for value in self.items_of(self.fields[name], name))

    def authorizations(self) -> tuple[Authorization, ...]:
        name = "authorizationList"
        found: list[Authorization] = []
        for entry in self.items_of(self.fields[name], name):
            chain_id, address, nonce, y_parity, r, s = self.items_of(entry, name, 6)
            found.append(
                Authorization(
                    self.number(chain_id, name, 256),
                    self.address(address, name),
                    self.number(nonce, name, 64),
                    self.number(y_parity, name, 8),
                    self.number(r, name, 256),
                    self.number(s, name, 256),
                )
            )
        return tuple(found)

    def integer(self, name: str) -> int:
        return self.number(self.fields[name], name, _BITS.get(name, 256))

    def number(self, item: rlp.Item, name: str, bits: int) -> int:
        if not isinstance(item, bytes):
            raise self.error(name, "is a list, not an integer")
        if item[:1] == b"\x00":
            raise self.error(name, "is an integer with a leading zero byte")
        if len(item) > bits // 8:
            raise self.error(name, f"is an integer of {len(item)} bytes, more than {bits // 8}")
        return int.from_bytes(item, "big")

    def octets(self, item: rlp.Item, name: str, length: int | None = None) -> bytes:
        if not isinstance(item, bytes):
            raise self.error(name, "is a list where bytes belong")
        if length is not None and len(item) != length:
            raise self.error(name, f"has {len(item)} bytes where {length} belong")
        return item

    def address(self, item: rlp.Item, name: str) -> bytes:
        return self.octets(item, name, ADDRESS_BYTES)

    def items_of(self, item: rlp.Item, name: str, length: int | None = None) -> list[rlp.Item]:
        if isinstance(item, bytes):
            raise self.error(name, "is a byte string where a list belongs")
        if length is not None and len(item) != length:
            raise self.error(name, f"has a list of {len(item)} where one of {length} belongs")
        return item

    def error(self, name: str, what: str) -> MalformedError:
        return MalformedError(
            "TX_DECODE_FIELD", f"transaction field {name} {what}", where=self.place | {"field": name}
        )
