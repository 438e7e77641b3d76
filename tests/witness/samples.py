"""Small documents that decode, made here so that tests of refusals need no vectors.

Nothing in them is proven or true; decoders do not look that far.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from witness import rlp
from witness.containers import ExecutionWitness, IpaProof, StemDiff, SuffixDiff, VerkleProof
from witness.header import Header, Withdrawal, header_to_rlp, withdrawal_to_rlp
from witness.witness_json import witness_to_json

WITNESS = ExecutionWitness(
    state_diff=(
        StemDiff(
            bytes(30) + b"\x01",
            (SuffixDiff(0, bytes(31) + b"\x05", None), SuffixDiff(255, None, b"\xff" * 32)),
        ),
        StemDiff(bytes(30) + b"\x02", (SuffixDiff(64, bytes(32), bytes(32)),)),
    ),
    proof=VerkleProof(
        other_stems=(b"\x07" * 31,),
        extension_present=bytes.fromhex("0a12"),
        commitments=(b"\x11" * 32, b"\x12" * 32, b"\x13" * 32),
        d=b"\x14" * 32,
        ipa=IpaProof(
            cl=tuple(bytes([32 + i]) * 32 for i in range(8)),
            cr=tuple(bytes([48 + i]) * 32 for i in range(8)),
            final_evaluation=b"\x15" * 32,
        ),
    ),
    parent_state_root=b"\x21" * 32,
)

HEADER = Header(
    parent_hash=b"\x01" * 32,
    ommers_hash=b"\x02" * 32,
    coinbase=b"\x03" * 20,
    state_root=b"\x04" * 32,
    transactions_root=b"\x05" * 32,
    receipts_root=b"\x06" * 32,
    logs_bloom=bytes(256),
    difficulty=0,
    number=1,
    gas_limit=30_000_000,
    gas_used=21_000,
    timestamp=12,
    extra_data=b"extra",
    prev_randao=b"\x07" * 32,
    nonce=bytes(8),
    base_fee_per_gas=7,
    withdrawals_root=b"\x08" * 32,
)
WITHDRAWAL = Withdrawal(index=0, validator_index=300, address=b"\x09" * 20, amount_gwei=2**40)

LEGACY = rlp.encode([b"", b"\x0a", b"\x52\x08", b"\x0b" * 20, b"", b"", b"\x25", b"\x01", b"\x02"])
TYPED = b"\x02" + rlp.encode([b"\x01"] * 12)

# JSON names of EEST for the fields of HEADER.
_EEST_NAMES = {
    "parent_hash": "parentHash",
    "ommers_hash": "uncleHash",
    "coinbase": "coinbase",
    "state_root": "stateRoot",
    "transactions_root": "transactionsTrie",
    "receipts_root": "receiptTrie",
    "logs_bloom": "bloom",
    "difficulty": "difficulty",
    "number": "number",
    "gas_limit": "gasLimit",
    "gas_used": "gasUsed",
    "timestamp": "timestamp",
    "extra_data": "extraData",
    "prev_randao": "mixHash",
    "nonce": "nonce",
    "base_fee_per_gas": "baseFeePerGas",
    "withdrawals_root": "withdrawalsRoot",
}


def hexed(data: bytes) -> str:
    return "0x" + data.hex()


def witness_document() -> dict[str, Any]:
    """A bare witness."""
    return witness_to_json(WITNESS)


def block_document() -> dict[str, Any]:
    """A block file of the devnets' schema, its header with what that schema has."""
    header = eest_header(HEADER)
    return {
        "network": "kaustinen7",
        "parentStateRoot": hexed(b"\x21" * 32),
        "header": {
            "parentHash": header["parentHash"],
            "feeRecipient": header["coinbase"],
            "stateRoot": header["stateRoot"],
            "receiptsRoot": header["receiptTrie"],
            "logsBloom": header["bloom"],
            "prevRandao": header["mixHash"],
            "blockNumber": 1,
            "gasLimit": 30_000_000,
            "gasUsed": 21_000,
            "timestamp": 12,
            "extraData": header["extraData"],
            "baseFeePerGas": 7,
            "blockHash": hexed(b"\x22" * 32),
            "transactionsTrie": None,
        },
        "transactions": [hexed(LEGACY), hexed(TYPED)],
        "withdrawals": [withdrawal_document()],
        "executionWitness": witness_document(),
    }


def withdrawal_document() -> dict[str, Any]:
    return {"index": 0, "validatorIndex": "0x012c", "address": hexed(b"\x09" * 20), "amount": 2**40}


def eest_header(header: Header) -> dict[str, str]:
    document = {}
    for field, name in _EEST_NAMES.items():
        value = getattr(header, field)
        document[name] = hexed(value) if isinstance(value, bytes) else f"{value:#04x}"
    return document


def block_rlp(header: Header = HEADER, *, withdrawals: bool = True) -> bytes:
    body: list[rlp.Item] = [
        rlp.decode(header_to_rlp(header)),
        [rlp.decode(LEGACY), TYPED],
        [],
    ]
    if withdrawals:
        body.append([rlp.decode(withdrawal_to_rlp(WITHDRAWAL))])
    return rlp.encode(body)


def eest_document(blocks: int = 1) -> dict[str, Any]:
    """A file of one fixture, keyed by its test id."""
    block = {
        "blockHeader": eest_header(HEADER) | {"hash": hexed(b"\x23" * 32)},
        "rlp": hexed(block_rlp()),
        "blocknumber": "1",
        "transactions": [{}, {}],
        "uncleHeaders": [],
        "withdrawals": [withdrawal_document()],
        "witness": witness_document(),
    }
    return {
        "tests/a.py::test[x]": {
            "network": "Verkle",
            "config": {"chainid": "0x01"},
            "genesisBlockHeader": eest_header(HEADER),
            "genesisRLP": hexed(block_rlp()),
            "blocks": [deepcopy(block) for _ in range(blocks)],
        }
    }


def chain_document(blocks: int = 2) -> dict[str, Any]:
    """A chain file: a genesis and blocks of the devnets' schema."""
    return {
        "name": "a-chain",
        "rules": "kaustinen7",
        "chainId": 69420,
        "genesis": {"header": block_document()["header"] | {"stateRoot": hexed(b"\x24" * 32)}},
        "blocks": [block_document() for _ in range(blocks)],
    }
