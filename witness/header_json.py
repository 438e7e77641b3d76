"""The block header in JSON: engine payloads, files of the devnets, EEST fixtures, RPC replies, Rust tools.

They agree on the values and differ in the names; one table holds all names. Integers are numbers or 0x-hex
(EEST pads them to whole bytes), the rest 0x-hex. null and a missing member both mean: not stated.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from verkle.errors import MalformedError
from witness.fields import JsonPath, as_integer, as_list, as_object, hex_bytes, hex_fixed, member, show
from witness.header import HEADER_RULES, FieldRule, Header, Withdrawal

# JSON name -> field. Engine API first, then EEST, then the RPC's, then what Rust tools write.
_NAMES: Final[tuple[tuple[str, str], ...]] = (
    ("parentHash", "parent_hash"),
    ("ommersHash", "ommers_hash"),
    ("uncleHash", "ommers_hash"),
    ("sha3Uncles", "ommers_hash"),
    ("feeRecipient", "coinbase"),
    ("coinbase", "coinbase"),
    ("miner", "coinbase"),
    ("stateRoot", "state_root"),
    ("transactionsTrie", "transactions_root"),
    ("transactionsRoot", "transactions_root"),
    ("receiptsRoot", "receipts_root"),
    ("receiptTrie", "receipts_root"),
    ("logsBloom", "logs_bloom"),
    ("bloom", "logs_bloom"),
    ("difficulty", "difficulty"),
    ("blockNumber", "number"),
    ("number", "number"),
    ("gasLimit", "gas_limit"),
    ("gasUsed", "gas_used"),
    ("timestamp", "timestamp"),
    ("extraData", "extra_data"),
    ("prevRandao", "prev_randao"),
    ("mixHash", "prev_randao"),
    ("nonce", "nonce"),
    ("baseFeePerGas", "base_fee_per_gas"),
    ("withdrawalsRoot", "withdrawals_root"),
    ("blobGasUsed", "blob_gas_used"),
    ("excessBlobGas", "excess_blob_gas"),
    ("parentBeaconBlockRoot", "parent_beacon_block_root"),
    ("requestsHash", "requests_hash"),
    ("blockAccessListHash", "block_access_list_hash"),
    ("slotNumber", "slot_number"),
    ("beneficiary", "coinbase"),
    ("mix_hash", "prev_randao"),
    # snake_case is what the fields are called here, too.
    *((rule.name, rule.name) for rule in HEADER_RULES if "_" in rule.name),
)
_RULES: Final[dict[str, FieldRule]] = {rule.name: rule for rule in HEADER_RULES}

# keccak256(RLP([])): the hash of an empty list of ommers.
EMPTY_OMMERS_HASH: Final = bytes.fromhex("1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347")


def header_from_json(
    value: Any, path: JsonPath, *, beside: Any = None, beside_path: JsonPath = ()
) -> tuple[Header, bytes | None]:
    """Read a header and the block hash stated in it (``blockHash`` or ``hash``) or ``beside`` it.

    Raises ``MalformedError`` of ``witness.fields``, and ``FIELD_CONFLICT`` where one field is given
    more than once with different values.
    """
    source = as_object(value, path)
    values: dict[str, bytes | int] = {}
    for name, field in _NAMES:
        given = source.get(name)
        if given is None:
            continue
        place = (*path, name)
        read = _value(given, _RULES[field], place)
        if values.setdefault(field, read) != read:
            raise _conflict(place, values[field], read)
    block_hash: bytes | None = None
    for given, place in (
        (source.get("blockHash"), (*path, "blockHash")),
        (source.get("hash"), (*path, "hash")),
        (beside, (*beside_path, "blockHash")),
    ):
        if given is None:
            continue
        read_hash = hex_fixed(given, 32, place)
        if block_hash is not None and block_hash != read_hash:
            raise _conflict(place, block_hash, read_hash)
        block_hash = read_hash
    return Header(**values), block_hash  # type: ignore[arg-type]


def _value(value: Any, rule: FieldRule, path: JsonPath) -> bytes | int:
    if rule.bits is not None:
        return as_integer(value, path, rule.bits)
    return hex_bytes(value, path) if rule.length is None else hex_fixed(value, rule.length, path)


def _conflict(path: JsonPath, first: object, second: object) -> MalformedError:
    return MalformedError(
        "FIELD_CONFLICT",
        f"{show(path)} contradicts the same field elsewhere in the file",
        where={"path": show(path)},
        expected=first,
        got=second,
    )


def with_merge_constants(header: Header) -> Header:
    """Fill ommers hash, difficulty and nonce where the schema has no place for them.

    Engine payloads and the devnets' block files leave them out because the merge fixed them (EIP-3675):
    the hash of no ommers, 0, eight zero bytes. A header that has other values keeps them, to be refused by
    the header rules; and what is filled in here is still bound by the block hash.
    """
    return replace(
        header,
        ommers_hash=EMPTY_OMMERS_HASH if header.ommers_hash is None else header.ommers_hash,
        difficulty=0 if header.difficulty is None else header.difficulty,
        nonce=bytes(8) if header.nonce is None else header.nonce,
    )


def withdrawals_from_json(value: Any, path: JsonPath) -> tuple[Withdrawal, ...]:
    """A list of ``{index, validatorIndex, address, amount}``, the amount in gwei."""
    result = []
    for i, item in enumerate(as_list(value, path)):
        place = (*path, i)
        source = as_object(item, place)
        result.append(
            Withdrawal(
                index=_u64(source, "index", place),
                validator_index=_u64(source, "validatorIndex", place),
                address=hex_fixed(member(source, "address", place), 20, (*place, "address")),
                amount_gwei=_u64(source, "amount", place),
            )
        )
    return tuple(result)


def transactions_from_json(value: Any, path: JsonPath) -> tuple[bytes, ...]:
    """A list of raw signed transactions in 0x-hex."""
    transactions = []
    for i, item in enumerate(as_list(value, path)):
        raw = hex_bytes(item, (*path, i))
        if not raw:
            raise MalformedError(
                "TRANSACTION_EMPTY", f"{show((*path, i))} is empty", where={"path": show((*path, i))}
            )
        transactions.append(raw)
    return tuple(transactions)


def _u64(source: dict[str, Any], name: str, path: JsonPath) -> int:
    return as_integer(member(source, name, path), (*path, name), 64)
