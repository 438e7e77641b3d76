"""Signed transactions given as JSON objects, written back into the bytes that were signed for the network.

Witness files of other tools hold them so. The header's transactions root binds the bytes, so a mistake in the
object, or here, cannot pass for another transaction. The dialects are told apart item by item::

    "0x02f8…"                                                                 raw bytes already
    { "type", "chainId", "nonce", "gas", …, "v", "r", "s", "yParity" }        JSON-RPC
    { "transaction_type", "chain_id", …, "signature": {"r", "s", "y_parity"} } the same, in snake_case
    { "signature": {…}, "transaction": { "Eip1559": { "chain_id", …} } }      Rust's serde

Sources: execution-apis (transaction objects); EIP-2718, 2930, 1559, 4844, 7702, 155; SPEC 10.7.
"""

from __future__ import annotations

from typing import Any, Final

from verkle.errors import InvalidError, MalformedError
from witness import rlp
from witness.fields import JsonPath, as_integer, as_list, as_object, hex_bytes, hex_fixed, show

__all__ = ["transactions_from_objects"]

# What other tools call a member, besides its snake_case form. Either spelling is read in every dialect.
_NAMES: Final = {
    "chain_id": ("chainId",),
    "gas_price": ("gasPrice",),
    "max_priority_fee_per_gas": ("maxPriorityFeePerGas",),
    "max_fee_per_gas": ("maxFeePerGas",),
    "gas_limit": ("gas", "gasLimit"),
    "input": ("data",),
    "access_list": ("accessList",),
    "storage_keys": ("storageKeys",),
    "max_fee_per_blob_gas": ("maxFeePerBlobGas",),
    "blob_versioned_hashes": ("blobVersionedHashes",),
    "authorization_list": ("authorizationList",),
    "y_parity": ("yParity",),
    "transaction_type": ("type",),
}
_SERDE_TYPES: Final = {"Legacy": 0, "Eip2930": 1, "Eip1559": 2, "Eip4844": 3, "Eip7702": 4}
_TYPES: Final = tuple(_SERDE_TYPES.values())
# 27 before EIP-155, then 35 and twice the chain id; the parity is added.
_V_UNPROTECTED: Final = 27
_V_PROTECTED: Final = 35


def transactions_from_objects(value: Any, path: JsonPath) -> tuple[bytes, ...]:
    """Every transaction of a list, raw: a legacy one as its RLP list, a typed one with its type byte first.

    Raises ``MalformedError`` of ``witness.fields`` and ``TRANSACTION_EMPTY``; ``InvalidError``
    ``TX_TYPE_UNSUPPORTED``.
    """
    return tuple([_transaction(item, (*path, i)) for i, item in enumerate(as_list(value, path))])


def _transaction(item: Any, path: JsonPath) -> bytes:
    if isinstance(item, str):
        raw = hex_bytes(item, path)
        if not raw:
            raise MalformedError("TRANSACTION_EMPTY", f"{show(path)} is empty", where={"path": show(path)})
        return raw
    source = as_object(item, path)
    signature, signature_path = source, path
    if source.get("signature") is not None:
        signature_path = (*path, "signature")
        signature = as_object(source["signature"], signature_path)
    if source.get("transaction") is not None:
        path = (*path, "transaction")
        kind, fields, path = _serde(as_object(source["transaction"], path), path)
    else:
        kind, fields = _type_of(source, path), source
    return _Encoder(kind, fields, path).signed(signature, signature_path)


def _serde(enum: dict[str, Any], path: JsonPath) -> tuple[int, dict[str, Any], JsonPath]:
    """The one member of an enum as serde writes it: its type, its fields and their place."""
    name = next(iter(enum), "")
    if len(enum) != 1 or name not in _SERDE_TYPES:
        raise _unknown_type(path, name)
    return _SERDE_TYPES[name], as_object(enum[name], (*path, name)), (*path, name)


def _type_of(source: dict[str, Any], path: JsonPath) -> int:
    given, place = _member(source, "transaction_type", path)
    # Replies of old nodes leave the type of legacy transactions out.
    kind = 0 if given is None else as_integer(given, place, 64)
    if kind not in _TYPES:
        raise _unknown_type(place, kind)
    return kind


def _unknown_type(path: JsonPath, got: object) -> InvalidError:
    return InvalidError(
        "TX_TYPE_UNSUPPORTED",
        f"{show(path)} is a transaction of a type that is not known",
        where={"path": show(path)},
        expected="0 … 4",
        got=str(got)[:80],
    )


def _member(source: dict[str, Any], name: str, path: JsonPath) -> tuple[Any, JsonPath]:
    """The member under any of its names, ``None`` where all are null or missing; and its place."""
    for spelling in (name, *_NAMES.get(name, ())):
        if source.get(spelling) is not None:
            return source[spelling], (*path, spelling)
    return None, (*path, name)


def _required(source: dict[str, Any], name: str, path: JsonPath) -> tuple[Any, JsonPath]:
    value, place = _member(source, name, path)
    if value is None:
        raise MalformedError("FIELD_MISSING", f"{show(path)} has no {name}", where={"path": show(place)})
    return value, place


def _integer(source: dict[str, Any], name: str, path: JsonPath) -> bytes:
    value, place = _required(source, name, path)
    return rlp.encode_integer(as_integer(value, place, 256))


def _address(source: dict[str, Any], path: JsonPath) -> bytes:
    value, place = _required(source, "address", path)
    return hex_fixed(value, 20, place)


def _parity(source: dict[str, Any], path: JsonPath) -> int | None:
    """Which of two points the signature means, where the object says it apart from ``v``; some write a
    boolean."""
    value, place = _member(source, "y_parity", path)
    if value is None:
        return None
    return int(value) if isinstance(value, bool) else as_integer(value, place, 1)


class _Encoder:
    """Takes the fields of one transaction by name and writes them in the order of its type."""

    def __init__(self, kind: int, source: dict[str, Any], path: JsonPath) -> None:
        self._kind = kind
        self._source = source
        self._path = path

    def signed(self, signature: dict[str, Any], path: JsonPath) -> bytes:
        """The whole transaction. ``signature``: the object with v or y_parity, r and s."""
        v = self._legacy_v(signature, path) if self._kind == 0 else self._y_parity(signature, path)
        fields = [
            *self._fields(),
            rlp.encode_integer(v),
            _integer(signature, "r", path),
            _integer(signature, "s", path),
        ]
        encoded = rlp.encode(fields)
        return bytes((self._kind,)) + encoded if self._kind else encoded

    def _y_parity(self, signature: dict[str, Any], path: JsonPath) -> int:
        parity = _parity(signature, path)
        if parity is None:
            value, place = _required(signature, "v", path)
            parity = as_integer(value, place, 1)
        return parity

    def _legacy_v(self, signature: dict[str, Any], path: JsonPath) -> int:
        """``v`` as the network has it. Where only the parity is given, the chain id says the rest."""
        value, place = _member(signature, "v", path)
        v = None if value is None else as_integer(value, place, 256)
        if v is not None and v >= _V_UNPROTECTED:
            return v
        parity = _parity(signature, path)
        if parity is None:
            if v is None:
                _required(signature, "v", path)
            parity = as_integer(value, place, 1)
        chain, place = _member(self._source, "chain_id", self._path)
        if chain is None:
            return _V_UNPROTECTED + parity
        return _V_PROTECTED + 2 * as_integer(chain, place, 64) + parity

    def _fields(self) -> list[rlp.Item]:
        nonce, gas, value = self._number("nonce"), self._number("gas_limit"), self._number("value")
        data = self._bytes("input")
        if self._kind < 2:
            price = self._number("gas_price")
            if self._kind == 0:
                return [nonce, price, gas, self._to(), value, data]
            return [self._number("chain_id"), nonce, price, gas, self._to(), value, data, self._access_list()]
        fields: list[rlp.Item] = [
            self._number("chain_id"),
            nonce,
            self._number("max_priority_fee_per_gas"),
            self._number("max_fee_per_gas"),
            gas,
            self._to(),
            value,
            data,
            self._access_list(),
        ]
        if self._kind == 3:
            fields += [self._number("max_fee_per_blob_gas"), self._hashes("blob_versioned_hashes")]
        if self._kind == 4:
            fields.append(self._authorizations())
        return fields

    def _number(self, name: str) -> bytes:
        return _integer(self._source, name, self._path)

    def _bytes(self, name: str) -> bytes:
        return hex_bytes(*_required(self._source, name, self._path))

    def _to(self) -> bytes:
        """20 bytes; empty, for a creation, where it is null, missing or ``0x``."""
        value, place = _member(self._source, "to", self._path)
        return b"" if value in (None, "0x") else hex_fixed(value, 20, place)

    def _hashes(self, name: str) -> list[rlp.Item]:
        value, place = _required(self._source, name, self._path)
        return [hex_fixed(item, 32, (*place, i)) for i, item in enumerate(as_list(value, place))]

    def _access_list(self) -> list[rlp.Item]:
        value, place = _required(self._source, "access_list", self._path)
        entries: list[rlp.Item] = []
        for i, item in enumerate(as_list(value, place)):
            entry = as_object(item, (*place, i))
            address = _address(entry, (*place, i))
            keys, keys_place = _required(entry, "storage_keys", (*place, i))
            slots: list[rlp.Item] = [
                hex_fixed(key, 32, (*keys_place, k)) for k, key in enumerate(as_list(keys, keys_place))
            ]
            entries.append([address, slots])
        return entries

    def _authorizations(self) -> list[rlp.Item]:
        value, place = _required(self._source, "authorization_list", self._path)
        entries: list[rlp.Item] = []
        for i, item in enumerate(as_list(value, place)):
            where = (*place, i)
            entry = as_object(item, where)
            parity_name = "y_parity" if _member(entry, "y_parity", where)[0] is not None else "v"
            entries.append(
                [
                    _integer(entry, "chain_id", where),
                    _address(entry, where),
                    _integer(entry, "nonce", where),
                    _integer(entry, parity_name, where),
                    _integer(entry, "r", where),
                    _integer(entry, "s", where),
                ]
            )
        return entries
