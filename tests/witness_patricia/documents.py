"""One small block with its witness, written in every dialect that is read: they must all mean the same."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

from tests.witness.samples import HEADER as SHANGHAI_HEADER
from tests.witness.samples import WITHDRAWAL, hexed
from witness import rlp
from witness.header import Header, header_to_rlp
from witness.keccak import keccak256
from witness.patricia.container import PatriciaWitness
from witness.patricia.nodes import Leaf, encode_node

ADDRESS, SLOT = b"\x0b" * 20, bytes(31) + b"\x05"
R, S = 2**255 + 3, 5
BLOB = b"\x01" + b"\x0c" * 31

GRANDPARENT = replace(SHANGHAI_HEADER, number=1, timestamp=12)
PARENT = replace(
    SHANGHAI_HEADER,
    number=2,
    timestamp=24,
    parent_hash=keccak256(header_to_rlp(GRANDPARENT)),
    base_fee_per_gas=8,
)
HEADER = replace(SHANGHAI_HEADER, number=3, timestamp=36, parent_hash=keccak256(header_to_rlp(PARENT)))
NODES = (encode_node(Leaf("0" * 64, b"v" * 40)), encode_node(Leaf("1" * 63, b"w" * 40)))
CODES = (b"\x60\x00", b"\x5b" * 70)
KEYS = (ADDRESS, SLOT)
WITNESS = PatriciaWitness(NODES, CODES, (GRANDPARENT, PARENT), keys=KEYS)


def _item(value: int) -> bytes:
    return rlp.encode_integer(value)


ACCESS_LIST: list[rlp.Item] = [[ADDRESS, [SLOT, bytes(32)]], [bytes(20), []]]
_SIGNED: list[rlp.Item] = [_item(1), _item(R), _item(S)]
_FEES: list[rlp.Item] = [_item(1), _item(9), _item(2), _item(300)]
_CALL: list[rlp.Item] = [_item(21000), ADDRESS, _item(10**18), b"\x01\x02"]
# Raw bytes in the order of the EIPs, and the same fields by RPC names.
RAW: dict[str, bytes] = {
    "unprotected": rlp.encode([_item(9), _item(7), *_CALL, _item(28), _item(R), _item(S)]),
    "legacy": rlp.encode([_item(9), _item(7), *_CALL, _item(2 * 17000 + 36), _item(R), _item(S)]),
    "creation": rlp.encode(
        [_item(0), _item(7), _item(90000), b"", b"", b"\x60", _item(2 * 17000 + 35), _item(R), _item(S)]
    ),
    "access list": b"\x01" + rlp.encode([_item(17000), _item(9), _item(7), *_CALL, ACCESS_LIST, *_SIGNED]),
    "two fees": b"\x02" + rlp.encode([_item(17000), *_FEES[1:], *_CALL, [], b"", _item(R), _item(S)]),
    "blobs": b"\x03"
    + rlp.encode([_item(17000), *_FEES[1:], *_CALL, ACCESS_LIST, _item(11), [BLOB, BLOB], *_SIGNED]),
    "authorizations": b"\x04"
    + rlp.encode(
        [
            *[_item(17000), *_FEES[1:], *_CALL, []],
            [
                [_item(0), ADDRESS, _item(6), b"", _item(R), _item(S)],
                [_item(17000), bytes(20), b"", *_SIGNED],
            ],
            *_SIGNED,
        ]
    ),
}

_CALL_JSON = {"gas": "0x5208", "to": hexed(ADDRESS), "value": hex(10**18), "input": "0x0102"}
_TWO_FEES_JSON = {"maxPriorityFeePerGas": "0x2", "maxFeePerGas": "0x12c"}
_ODD = {"v": "0x1", "yParity": "0x1", "r": hex(R), "s": hex(S)}
_EVEN = {"v": "0x0", "yParity": "0x0", "r": hex(R), "s": hex(S)}
_ACCESS_JSON = [
    {"address": hexed(ADDRESS), "storageKeys": [hexed(SLOT), hexed(bytes(32))]},
    {"address": hexed(bytes(20)), "storageKeys": []},
]
RPC: dict[str, dict[str, Any]] = {
    "unprotected": {
        "type": "0x0",
        "nonce": "0x9",
        "gasPrice": "0x7",
        **_CALL_JSON,
        "v": "0x1c",
        "r": hex(R),
        "s": hex(S),
    },
    "legacy": {
        "type": "0x0",
        "chainId": "0x4268",
        "nonce": "0x9",
        "gasPrice": "0x7",
        **_CALL_JSON,
        "v": hex(2 * 17000 + 36),
        "r": hex(R),
        "s": hex(S),
        "maxFeePerGas": None,
    },
    "creation": {
        "nonce": "0x0",
        "gasPrice": "0x7",
        "gas": "0x15f90",
        "to": None,
        "value": "0x0",
        "input": "0x60",
        "v": hex(2 * 17000 + 35),
        "r": hex(R),
        "s": hex(S),
    },
    "access list": {
        "type": "0x1",
        "chainId": "0x4268",
        "nonce": "0x9",
        "gasPrice": "0x7",
        **_CALL_JSON,
        "accessList": _ACCESS_JSON,
        **_ODD,
    },
    "two fees": {
        "type": "0x2",
        "chainId": "0x4268",
        "nonce": "0x9",
        **_TWO_FEES_JSON,
        **_CALL_JSON,
        "accessList": [],
        **_EVEN,
    },
    "blobs": {
        "type": "0x3",
        "chainId": "0x4268",
        "nonce": "0x9",
        **_TWO_FEES_JSON,
        **_CALL_JSON,
        "accessList": _ACCESS_JSON,
        "maxFeePerBlobGas": "0xb",
        "blobVersionedHashes": [hexed(BLOB)] * 2,
        **_ODD,
    },
    "authorizations": {
        "type": "0x4",
        "chainId": "0x4268",
        "nonce": "0x9",
        **_TWO_FEES_JSON,
        **_CALL_JSON,
        "accessList": [],
        "authorizationList": [
            {"chainId": "0x0", "address": hexed(ADDRESS), "nonce": "0x6", **_EVEN},
            {"chainId": "0x4268", "address": hexed(bytes(20)), "nonce": "0x0", **_ODD},
        ],
        **_ODD,
    },
}
_SERDE_NAMES = {"0x0": "Legacy", "0x1": "Eip2930", "0x2": "Eip1559", "0x3": "Eip4844", "0x4": "Eip7702"}
_SNAKE = {
    "chainId": "chain_id",
    "gasPrice": "gas_price",
    "maxPriorityFeePerGas": "max_priority_fee_per_gas",
    "maxFeePerGas": "max_fee_per_gas",
    "accessList": "access_list",
    "maxFeePerBlobGas": "max_fee_per_blob_gas",
    "blobVersionedHashes": "blob_versioned_hashes",
    "authorizationList": "authorization_list",
}


def serde(name: str) -> dict[str, Any]:
    """The same transaction as Rust's serde writes it: the parity alone, also for legacy ones."""
    fields = {_SNAKE.get(key, key): deepcopy(value) for key, value in RPC[name].items() if value is not None}
    kind, v = _SERDE_NAMES[fields.pop("type", "0x0")], int(fields.pop("v"), 16)
    fields.pop("yParity", None)
    if kind == "Legacy":
        fields["chain_id"] = None if v < 35 else (v - 35) // 2
        v = v - 27 if v < 35 else (v - 35) % 2
    fields["gas_limit"] = int(fields.pop("gas"), 16)
    signature = {"r": fields.pop("r"), "s": fields.pop("s"), "yParity": hex(v), "v": hex(v)}
    return {"signature": signature, "transaction": {kind: fields}}


def snake(name: str) -> dict[str, Any]:
    """The same in the earlier spelling of stateless-block-verifier: flat, the parity a boolean."""
    ((kind, fields),) = serde(name)["transaction"].items()
    signature = serde(name)["signature"]
    number = list(_SERDE_NAMES.values()).index(kind)
    gas = hex(fields.pop("gas_limit"))
    return {
        "hash": hexed(bytes(32)),
        "from": hexed(bytes(20)),
        **fields,
        "gas": gas,
        "transaction_type": number,
        "signature": {"r": signature["r"], "s": signature["s"], "y_parity": signature["v"] == "0x1"},
    }


ORDER = tuple(RAW)
TRANSACTIONS = tuple(RAW.values())

_RPC_HEADER = {
    "parent_hash": "parentHash",
    "ommers_hash": "sha3Uncles",
    "coinbase": "miner",
    "state_root": "stateRoot",
    "transactions_root": "transactionsRoot",
    "receipts_root": "receiptsRoot",
    "logs_bloom": "logsBloom",
    "gas_limit": "gasLimit",
    "gas_used": "gasUsed",
    "extra_data": "extraData",
    "prev_randao": "mixHash",
    "base_fee_per_gas": "baseFeePerGas",
    "withdrawals_root": "withdrawalsRoot",
}
_SERDE_HEADER = {"coinbase": "beneficiary", "prev_randao": "mix_hash"}


def header_json(header: Header, names: dict[str, str] = _RPC_HEADER) -> dict[str, Any]:
    fields = {name: getattr(header, name) for name in header.__slots__ if getattr(header, name) is not None}
    return {
        names.get(name, name): hexed(value) if isinstance(value, bytes) else hex(value)
        for name, value in fields.items()
    }


def withdrawals_json() -> list[dict[str, str]]:
    credit = WITHDRAWAL
    return [
        {
            "index": hex(credit.index),
            "validatorIndex": hex(credit.validator_index),
            "address": hexed(credit.address),
            "amount": hex(credit.amount_gwei),
        }
    ]


def hexes(parts: tuple[bytes, ...]) -> list[str]:
    return [hexed(part) for part in parts]


def block_rlp() -> bytes:
    credit = WITHDRAWAL
    transactions: list[rlp.Item] = [rlp.decode(raw) if raw[0] >= 0xC0 else raw for raw in TRANSACTIONS]
    withdrawal: list[rlp.Item] = [
        *[_item(credit.index), _item(credit.validator_index), credit.address, _item(credit.amount_gwei)]
    ]
    return rlp.encode([rlp.decode(header_to_rlp(HEADER)), transactions, [], [withdrawal]])


def ext_witness_rlp() -> bytes:
    """As geth: newest header first."""
    headers = [rlp.decode(header_to_rlp(header)) for header in (PARENT, GRANDPARENT)]
    return rlp.encode([headers, list(CODES), list(NODES), list(KEYS)])


def geth_witness() -> dict[str, Any]:
    headers = [header_json(GRANDPARENT), {**header_json(PARENT), "hash": hexed(bytes(32))}]
    return {"headers": headers, "codes": hexes(CODES), "state": hexes(NODES), "keys": hexes(KEYS)}


def reth_witness() -> dict[str, Any]:
    headers = [hexed(header_to_rlp(header)) for header in (GRANDPARENT, PARENT)]
    return {"state": hexes(NODES), "codes": hexes(CODES), "keys": hexes(KEYS), "headers": headers}


def reply(result: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "result": result}


def rpc_block() -> dict[str, Any]:
    return {
        **header_json(HEADER),
        "hash": hexed(keccak256(header_to_rlp(HEADER))),
        "size": "0x200",
        "uncles": [],
        "transactions": [deepcopy(RPC[name]) for name in ORDER],
        "withdrawals": withdrawals_json(),
    }


def pair() -> dict[str, Any]:
    return {"block": hexed(block_rlp()), "witness": reth_witness(), "chainId": 17000, "network": "holesky"}


def replies_pair() -> dict[str, Any]:
    return {"block": reply(rpc_block()), "witness": reply(geth_witness()), "chainConfig": {"chainId": 17000}}


def benchmark_fixture() -> dict[str, Any]:
    body = {
        "transactions": [serde(name) for name in ORDER],
        "ommers": [],
        "withdrawals": withdrawals_json(),
    }
    return {
        "name": "a-fixture",
        "block_and_witness": {
            "block": {"header": header_json(HEADER, _SERDE_HEADER), "body": body},
            "witness": reth_witness(),
            "chain_config": {"chain_id": 17000, "prague_time": 0, "eip150_block": 0, "blob_schedule": {}},
        },
        "success": True,
    }


def zkpi() -> dict[str, Any]:
    witness = geth_witness()
    witness["ancestors"] = witness.pop("headers")
    block = {
        "header": header_json(HEADER),
        "transaction": [deepcopy(RPC[name]) for name in ORDER],
        "uncles": [],
        "withdrawals": withdrawals_json(),
    }
    return {
        "version": "",
        "blocks": [block],
        "witness": witness,
        "chainConfig": {"chainId": 17000},
        "extra": {},
    }


def sbv() -> dict[str, Any]:
    return {
        "chain_id": 17000,
        "header": header_json(HEADER, _SERDE_HEADER),
        "prev_state_root": hexed(b"\x21" * 32),
        "transactions": [serde(name) for name in ORDER],
        "withdrawals": withdrawals_json(),
        "block_hashes": [hexed(HEADER.parent_hash or b""), hexed(PARENT.parent_hash or b"")],
        "states": hexes(NODES),
        "codes": hexes(CODES),
    }


def sbv_earlier() -> dict[str, Any]:
    document = sbv()
    document["pre_state_root"] = document.pop("prev_state_root")
    document.pop("transactions")
    document["transaction"] = [snake(name) for name in ORDER]
    return document


def zeth() -> dict[str, Any]:
    """Proofs of two accounts that share their upper node; the block after the last of its ancestors."""

    def proof(number: int, account: list[bytes], storage: list[bytes]) -> list[Any]:
        request = {"block_no": number, "address": hexed(ADDRESS), "indices": ["0x0"]}
        slots = [{"key": "0x0", "value": "0x5", "proof": [hexed(node) for node in storage]}]
        values = {"balance": "0x1", "nonce": "0x2", "codeHash": hexed(bytes(32))}
        return [request, {**values, "accountProof": [hexed(node) for node in account], "storageProof": slots}]

    parent = {**rpc_block(), **header_json(PARENT), "transactions": []}
    grandparent = {**rpc_block(), **header_json(GRANDPARENT), "transactions": [{"type": "0x7f"}]}
    return {
        "client_version": "",
        "full_blocks": [
            [{"block_no": 2}, parent],
            [{"block_no": 3}, rpc_block()],
            [{"block_no": 1}, grandparent],
        ],
        "proofs": [proof(2, [NODES[0]], [NODES[1]]), proof(2, [NODES[0]], []), proof(3, [NODES[0]], [])],
        "code": [
            [{"block_no": 2, "address": hexed(ADDRESS)}, hexed(CODES[0])],
            [{"block_no": 2, "address": hexed(bytes(20))}, "0x"],
            [{"block_no": 3, "address": hexed(ADDRESS)}, hexed(CODES[0])],
            [{"block_no": 3, "address": hexed(ADDRESS)}, hexed(CODES[1])],
        ],
    }


def eest() -> dict[str, Any]:
    """A fixture whose genesis is the parent."""
    stated = {**header_json(HEADER), "hash": hexed(keccak256(header_to_rlp(HEADER)))}
    return {
        "tests/a.py::test[x]": {
            "network": "Prague",
            "genesisBlockHeader": header_json(PARENT),
            "config": {"chainid": "0x4268"},
            "blocks": [
                {
                    "blockHeader": stated,
                    "rlp": hexed(block_rlp()),
                    "uncleHeaders": [],
                    "withdrawals": withdrawals_json(),
                    "executionWitness": reth_witness(),
                }
            ],
        }
    }


def block_file() -> dict[str, Any]:
    return {
        "chainId": 17000,
        "header": header_json(HEADER),
        "transactions": hexes(TRANSACTIONS),
        "withdrawals": withdrawals_json(),
        "executionWitness": reth_witness(),
        "parentStateRoot": hexed(b"\x21" * 32),
    }


WHOLE = {
    "a pair": pair,
    "a pair of replies": replies_pair,
    "a benchmark fixture": benchmark_fixture,
    "zkpi": zkpi,
    "sbv": sbv,
    "sbv, earlier": sbv_earlier,
    "zeth": zeth,
    "eest": eest,
    "a block file": block_file,
}
"""Block and witness in one document."""
WITNESSES = {"geth": geth_witness, "reth": reth_witness, "a reply": lambda: reply(geth_witness())}
BLOCKS = {
    "an RPC block": rpc_block,
    "a reply": lambda: reply(rpc_block()),
    "a raw reply": lambda: reply(hexed(block_rlp())),
}
