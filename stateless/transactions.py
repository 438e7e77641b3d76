"""Signed transactions as values: read from their bytes and written back, their hashes, what they cost at least.

Five types: 0, legacy, a bare RLP list; 1 with an access list (EIP-2930); 2 with two fees (EIP-1559); 3 with
blobs (EIP-4844); 4 with authorizations (EIP-7702). A typed one is its type byte before an RLP list
(EIP-2718). Reading is strict: one encoding for each value, so that writing gives the same bytes again. What
a transaction may say is judged elsewhere: by ``stateless.transaction_checks`` where it needs no state.

Integers in the encoding are big-endian without leading zeros; addresses 20 bytes, hashes and slots 32.

Sources: the EIPs named; go-ethereum ``core/types`` for the widths; SPEC 10.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from stateless.intrinsic import INTRINSIC, IntrinsicCosts, floor_gas, intrinsic_gas
from verkle.errors import InvalidError, MalformedError
from witness import rlp
from witness.keccak import keccak256

__all__ = [
    "INTRINSIC",
    "TYPE_NAMES",
    "AccessListEntry",
    "Authorization",
    "IntrinsicCosts",
    "Target",
    "Transaction",
    "authorization_hash",
    "decode_transaction",
    "encode_transaction",
    "floor_gas",
    "intrinsic_gas",
    "signing_hash",
    "target",
    "transaction_hash",
]

ADDRESS_BYTES: Final = 20
HASH_BYTES: Final = 32
GAS_PER_BLOB: Final = 131072

LEGACY, ACCESS_LIST, DYNAMIC_FEE, BLOB, SET_CODE = range(5)
TYPE_NAMES: Final = {
    LEGACY: "legacy",
    ACCESS_LIST: "access list",
    DYNAMIC_FEE: "dynamic fee",
    BLOB: "blob",
    SET_CODE: "set code",
}
# The first byte of a list; EIP-2718 leaves 0x00 … 0x7f for types.
_FIRST_LIST_BYTE: Final = 0xC0
_FIRST_STRING_BYTE: Final = 0x80
# Legacy v: 27 or 28, or from EIP-155 on 35 + 2 · chain id + parity.
_PRE_155_V: Final = 27
_EIP155_V: Final = 35
_AUTHORIZATION_MAGIC: Final = b"\x05"

# Names of the fields in the order of the encoding, without the signature.
_FIELDS: Final[dict[int, tuple[str, ...]]] = {
    LEGACY: ("nonce", "gasPrice", "gasLimit", "to", "value", "data"),
    ACCESS_LIST: ("chainId", "nonce", "gasPrice", "gasLimit", "to", "value", "data", "accessList"),
    DYNAMIC_FEE: (
        "chainId",
        "nonce",
        "maxPriorityFeePerGas",
        "maxFeePerGas",
        "gasLimit",
        "to",
        "value",
        "data",
        "accessList",
    ),
}
_FIELDS[BLOB] = (*_FIELDS[DYNAMIC_FEE], "maxFeePerBlobGas", "blobVersionedHashes")
_FIELDS[SET_CODE] = (*_FIELDS[DYNAMIC_FEE], "authorizationList")
_SIGNATURE: Final = ("v", "r", "s")
_BITS: Final = {"nonce": 64, "gasLimit": 64}


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
            v = (v - _EIP155_V) & 1 if v >= _EIP155_V else v - _PRE_155_V
        return v if v in {0, 1} else None


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
    if raw[0] >= _FIRST_LIST_BYTE:
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
    return _Reader(
        kind, rlp.decode(payload, f"transaction {index}" if place else "transaction"), place
    ).read()


class _Reader:
    """Takes the fields of one transaction in order, and says in errors which one it was."""

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
        self.items = dict(zip(names, item, strict=True))

    def read(self) -> Transaction:
        integer, kind = self.integer, self.kind
        v = integer("v")
        if kind == LEGACY:
            chain_id = (v - _EIP155_V) // 2 if v >= _EIP155_V else None
        else:
            chain_id = integer("chainId")
        if kind in {LEGACY, ACCESS_LIST}:
            max_priority_fee = max_fee = integer("gasPrice")
        else:
            max_priority_fee, max_fee = integer("maxPriorityFeePerGas"), integer("maxFeePerGas")
        return Transaction(
            type=kind,
            chain_id=chain_id,
            nonce=integer("nonce"),
            max_priority_fee=max_priority_fee,
            max_fee=max_fee,
            gas_limit=integer("gasLimit"),
            to=self.address(self.items["to"], "to") if self.items["to"] != b"" else None,
            value=integer("value"),
            data=self.bytes(self.items["data"], "data"),
            v=v,
            r=integer("r"),
            s=integer("s"),
            access_list=self.access_list() if kind != LEGACY else (),
            max_blob_fee=integer("maxFeePerBlobGas") if kind == BLOB else 0,
            blob_hashes=self.blob_hashes() if kind == BLOB else (),
            authorizations=self.authorizations() if kind == SET_CODE else (),
        )

    def access_list(self) -> tuple[AccessListEntry, ...]:
        entries: list[AccessListEntry] = []
        for entry in self.list(self.items["accessList"], "accessList"):
            address, slots = self.list(entry, "accessList", 2)
            entries.append(
                AccessListEntry(
                    self.address(address, "accessList"),
                    tuple(
                        int.from_bytes(self.bytes(slot, "accessList", HASH_BYTES), "big")
                        for slot in self.list(slots, "accessList")
                    ),
                )
            )
        return tuple(entries)

    def blob_hashes(self) -> tuple[bytes, ...]:
        name = "blobVersionedHashes"
        return tuple(self.bytes(value, name, HASH_BYTES) for value in self.list(self.items[name], name))

    def authorizations(self) -> tuple[Authorization, ...]:
        name = "authorizationList"
        found: list[Authorization] = []
        for entry in self.list(self.items[name], name):
            chain_id, address, nonce, y_parity, r, s = self.list(entry, name, 6)
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
        return self.number(self.items[name], name, _BITS.get(name, 256))

    def number(self, item: rlp.Item, name: str, bits: int) -> int:
        if not isinstance(item, bytes):
            raise self.error(name, "is a list, not an integer")
        if item[:1] == b"\x00":
            raise self.error(name, "is an integer with a leading zero byte")
        if len(item) > bits // 8:
            raise self.error(name, f"is an integer of {len(item)} bytes, more than {bits // 8}")
        return int.from_bytes(item, "big")

    def bytes(self, item: rlp.Item, name: str, length: int | None = None) -> bytes:
        if not isinstance(item, bytes):
            raise self.error(name, "is a list where bytes belong")
        if length is not None and len(item) != length:
            raise self.error(name, f"has {len(item)} bytes where {length} belong")
        return item

    def address(self, item: rlp.Item, name: str) -> bytes:
        return self.bytes(item, name, ADDRESS_BYTES)

    def list(self, item: rlp.Item, name: str, length: int | None = None) -> list[rlp.Item]:
        if isinstance(item, bytes):
            raise self.error(name, "is a byte string where a list belongs")
        if length is not None and len(item) != length:
            raise self.error(name, f"has a list of {len(item)} where one of {length} belongs")
        return item

    def error(self, name: str, what: str) -> MalformedError:
        return MalformedError(
            "TX_DECODE_FIELD", f"transaction field {name} {what}", where=self.place | {"field": name}
        )
