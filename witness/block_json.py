"""A block and its witness in JSON, in the schema of the Verkle devnets' block files, or a witness alone.

What ``witness.formats.block_file`` reads. A member that the block does not state is left out. Integers are
numbers where every reader of JSON takes them exactly, and 0x-hex from 2^53. The three header fields that the
merge fixed (``header_json.with_merge_constants``) are written only where they have another value, as in the
devnets' own files.
"""

from __future__ import annotations

import json
from typing import Any, Final

from verkle.errors import UnsupportedError
from witness.block import BlockInput
from witness.containers import ExecutionWitness
from witness.header import Header, Withdrawal
from witness.header_json import EMPTY_OMMERS_HASH
from witness.witness_json import witness_to_json

# Field -> JSON name, in the order of the devnets' files, then what later forks added.
_HEADER_NAMES: Final = (
    ("parent_hash", "parentHash"),
    ("ommers_hash", "ommersHash"),
    ("coinbase", "feeRecipient"),
    ("state_root", "stateRoot"),
    ("transactions_root", "transactionsTrie"),
    ("receipts_root", "receiptsRoot"),
    ("logs_bloom", "logsBloom"),
    ("difficulty", "difficulty"),
    ("number", "blockNumber"),
    ("gas_limit", "gasLimit"),
    ("gas_used", "gasUsed"),
    ("timestamp", "timestamp"),
    ("extra_data", "extraData"),
    ("prev_randao", "prevRandao"),
    ("nonce", "nonce"),
    ("base_fee_per_gas", "baseFeePerGas"),
    ("withdrawals_root", "withdrawalsRoot"),
    ("blob_gas_used", "blobGasUsed"),
    ("excess_blob_gas", "excessBlobGas"),
    ("parent_beacon_block_root", "parentBeaconBlockRoot"),
    ("requests_hash", "requestsHash"),
    ("block_access_list_hash", "blockAccessListHash"),
    ("slot_number", "slotNumber"),
)
_FIXED_BY_THE_MERGE: Final = {"ommers_hash": EMPTY_OMMERS_HASH, "difficulty": 0, "nonce": bytes(8)}
# Beyond it a reader that keeps numbers in 64-bit floats gives another one.
_EXACT: Final = 1 << 53


def block_to_json(block: BlockInput) -> dict[str, Any]:
    """The document of a block, or of the witness alone where the input says nothing of a block.

    ``parentHeader`` is the first of ``block.headers`` that is not the block's own; there is no place for
    more. Not written: ``name``, ``ommers``, ``expect_exception``, and a block hash without a header.
    Raises ``UnsupportedError`` ``KINDS_UNWRITABLE`` as ``checked_witness_to_json`` does, and for a witness
    of the binary tree as ``witness.binary.encoding.check_witness``.
    """
    others = [header for header in block.headers if header != block.header]
    document: dict[str, Any] = {
        "network": block.network,
        "rules": block.rules,
        "chainId": None if block.chain_id is None else _number(block.chain_id),
        "parentHeader": header_to_json(others[0]) if others else None,
        "header": None if block.header is None else header_to_json(block.header, block.block_hash),
        "transactions": None if block.transactions is None else [_hex(raw) for raw in block.transactions],
        "withdrawals": (
            None if block.withdrawals is None else [_withdrawal(credit) for credit in block.withdrawals]
        ),
    }
    document = {name: value for name, value in document.items() if value is not None}
    if block.binary is not None:
        from witness.binary.witness_json import witness_to_json as binary_to_json  # noqa: PLC0415

        binary = binary_to_json(block.binary)
        return document | {"executionWitness": binary} if document else binary
    if block.witness is None:
        asserted = block.parent_state_root
        beside = {} if asserted is None else {"parentStateRoot": _hex(asserted)}
        return beside | document | {"executionWitness": None}
    witness = checked_witness_to_json(block.witness)
    if not document:
        return witness
    # The devnets' files have the state root beside the witness, at their head.
    root = witness.pop("parentStateRoot", None)
    return ({} if root is None else {"parentStateRoot": root}) | document | {"executionWitness": witness}


def checked_witness_to_json(witness: ExecutionWitness) -> dict[str, Any]:
    """``witness_to_json``, unless the proof has openings that JSON has no place for.

    Raises ``UnsupportedError`` ``KINDS_UNWRITABLE``: without those openings the proof does not hold.
    """
    if witness.proof.kinds:
        raise UnsupportedError(
            "KINDS_UNWRITABLE",
            "the proof has openings that only show node kinds; JSON has no place for them, and the proof "
            "does not hold without them",
            where={"format": "json"},
            got=len(witness.proof.kinds),
        )
    return witness_to_json(witness)


def header_to_json(header: Header, block_hash: bytes | None = None) -> dict[str, Any]:
    """The fields that the header states, and the hash that the input states for it."""
    document: dict[str, Any] = {}
    for field, name in _HEADER_NAMES:
        value = getattr(header, field)
        if value is not None and value != _FIXED_BY_THE_MERGE.get(field):
            document[name] = _hex(value) if isinstance(value, bytes) else _number(value)
    if block_hash is not None:
        document["blockHash"] = _hex(block_hash)
    return document


def json_bytes(document: dict[str, Any]) -> bytes:
    """The text of a file: one member a line, a newline at the end."""
    return (json.dumps(document, indent=1) + "\n").encode()


def _withdrawal(credit: Withdrawal) -> dict[str, Any]:
    return {
        "index": _number(credit.index),
        "validatorIndex": _number(credit.validator_index),
        "address": _hex(credit.address),
        "amount": _number(credit.amount_gwei),
    }


def _number(value: int) -> int | str:
    return value if value < _EXACT else hex(value)


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
