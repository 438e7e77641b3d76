"""Others' transactions: the suite TransactionTests, every transaction of the state tests, and real blocks."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from stateless.forks import FORKS
from stateless.intrinsic import intrinsic_gas
from stateless.secp256k1 import recover, recover_plain
from stateless.signatures import recover_senders, sender
from stateless.transaction_checks import check_transaction
from stateless.transaction_decode import decode_transaction
from stateless.transactions import Transaction, encode_transaction, signing_hash, transaction_hash
from tests.vectors import vector_files
from verkle.errors import StatelessError
from witness.decode import decode_blocks

SUITE = "eest/ethereum-tests/TransactionTests"
# Cases without Shanghai are about bytes that no fork takes; London is the last one that they name.
SUITE_FORKS = {"London": "shanghai", "Shanghai": "shanghai", "Cancun": "cancun"}

FIELD, LIST, RLP = "TX_DECODE_FIELD", "TX_DECODE_LIST", ("RLP_TRUNCATED", "RLP_TRAILING_BYTES")
# Name of the suite's exception → the codes that say the same here. EMPTY_TRANSACTION is refused for the first
# of its faults, too little gas; it has no signature either.
EXCEPTIONS: dict[str, tuple[str, ...]] = {
    "ADDRESS_TOO_LONG": (FIELD,),
    "ADDRESS_TOO_SHORT": (FIELD,),
    "EC_RECOVERY_FAIL": ("TX_SIGNATURE_UNRECOVERABLE",),
    "GASLIMIT_OVERFLOW": (FIELD,),
    "GASLIMIT_PRICE_PRODUCT_OVERFLOW": ("TX_COST_OVERFLOW",),
    "GASPRICE_OVERFLOW": (FIELD,),
    "INTRINSIC_GAS_TOO_LOW": ("TX_GAS_LIMIT_TOO_LOW",),
    "INVALID_CHAINID": ("TX_CHAIN_ID", "TX_SIGNATURE_PARITY"),
    "INVALID_SIGNATURE_VRS": (
        FIELD,
        "TX_SIGNATURE_HIGH_S",
        "TX_SIGNATURE_PARITY",
        "TX_SIGNATURE_RANGE",
        "TX_GAS_LIMIT_TOO_LOW",
    ),
    "NONCE_OVERFLOW": (FIELD,),
    "NONCE_TOO_BIG": ("TX_NONCE_MAX",),
    "PRIORITY_OVERFLOW": (FIELD,),
    "RLP_ERROR_EOF": (LIST,),
    "RLP_ERROR_SIZE": RLP,
    "RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_LONG": (FIELD,),
    "RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_SHORT": (FIELD,),
    "RLP_INVALID_ACCESS_LIST_STORAGE_TOO_LONG": (FIELD,),
    "RLP_INVALID_DATA": (FIELD,),
    "RLP_INVALID_GASLIMIT": (FIELD, *RLP),
    "RLP_INVALID_HEADER": (LIST,),
    "RLP_INVALID_SIGNATURE_R": RLP,
    "RLP_INVALID_TO": RLP,
    "RLP_LEADING_ZEROS_BASEFEE": (FIELD,),
    "RLP_LEADING_ZEROS_DATA_SIZE": ("RLP_NOT_CANONICAL",),
    "RLP_LEADING_ZEROS_GASLIMIT": (FIELD,),
    "RLP_LEADING_ZEROS_GASPRICE": (FIELD,),
    "RLP_LEADING_ZEROS_NONCE": (FIELD,),
    "RLP_LEADING_ZEROS_NONCE_SIZE": ("RLP_NOT_CANONICAL",),
    "RLP_LEADING_ZEROS_PRIORITY_FEE": (FIELD,),
    "RLP_LEADING_ZEROS_R": (FIELD,),
    "RLP_LEADING_ZEROS_S": (FIELD,),
    "RLP_LEADING_ZEROS_V": (FIELD,),
    "RLP_LEADING_ZEROS_VALUE": (FIELD,),
    "RLP_TOO_FEW_ELEMENTS": (LIST,),
    "TYPE_NOT_SUPPORTED": ("TX_TYPE_UNSUPPORTED", LIST),
    "VALUE_OVERFLOW": (FIELD,),
}
# Words in the names of exceptions → the field that is meant; the first that is found.
FIELDS = {
    "ACCESS_LIST": "accessList",
    "VALUE": "value",
    "ADDRESS": "to",
    "GASLIMIT": "gasLimit",
    "BASEFEE": "maxFeePerGas",
    "PRIORITY_FEE": "maxPriorityFeePerGas",
    "NONCE": "nonce",
    "ZEROS_R": "r",
    "ZEROS_S": "s",
    "ZEROS_V": "v",
}


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def judge(raw: bytes, fork_name: str) -> tuple[Transaction, bytes]:
    tx = decode_transaction(raw)
    check_transaction(tx, FORKS[fork_name], 1)
    return tx, sender(tx)


@pytest.mark.parametrize("path", vector_files(f"{SUITE}/*/*.json"))
def test_transaction_suite(path: Path) -> None:
    judged = 0
    for case in json.loads(path.read_bytes()).values():
        raw = unhex(case["txbytes"])
        for suite_fork, fork_name in SUITE_FORKS.items():
            expected = case["result"].get(suite_fork)
            if expected is None or (suite_fork == "London" and "Shanghai" in case["result"]):
                continue
            judged += 1
            if "exception" in expected:
                reason = expected["exception"].removeprefix("TransactionException.")
                with pytest.raises(StatelessError) as caught:
                    judge(raw, fork_name)
                assert caught.value.code in EXCEPTIONS[reason]
                if caught.value.code == FIELD:
                    named = next((field for word, field in FIELDS.items() if word in reason), None)
                    assert named in {None, caught.value.where["field"]}
            else:
                tx, signer = judge(raw, fork_name)
                assert encode_transaction(tx) == raw
                assert transaction_hash(tx) == unhex(expected["hash"])
                assert signer == unhex(expected["sender"])
                assert intrinsic_gas(tx, FORKS[fork_name].intrinsic) == int(expected["intrinsicGas"], 16)
    assert judged


# What the state tests name as wrong with a transaction, where that can be seen without the state.
STATIC: dict[str, str] = {
    "GAS_LIMIT_EXCEEDS_MAXIMUM": "TX_GAS_LIMIT_TOO_HIGH",
    "PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS": "TX_PRIORITY_OVER_MAX",
    "TYPE_3_TX_BLOB_COUNT_EXCEEDED": "TX_BLOB_COUNT",
    "TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH": "TX_BLOB_VERSION",
    "TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED": "TX_BLOCK_BLOBS",
    "TYPE_3_TX_PRE_FORK": "TX_TYPE_UNSUPPORTED",
    "TYPE_3_TX_ZERO_BLOBS": "TX_BLOB_COUNT",
}
# And what cannot.
OF_STATE_OR_BLOCK = {
    "INSUFFICIENT_ACCOUNT_FUNDS",
    "INSUFFICIENT_MAX_FEE_PER_BLOB_GAS",
    "INSUFFICIENT_MAX_FEE_PER_GAS",
    "SENDER_NOT_EOA",
}


def number(value: str | None) -> int:
    return int(value or "0x0", 16)


@pytest.mark.parametrize("folder", ["shanghai", "cancun", "prague", "osaka", "static"])
def test_transactions_of_the_state_tests(folder: str, vectors: Path) -> None:
    """Each is signed in full there, beside its fields and its sender."""
    seen = 0
    for path in sorted((vectors / "eest/eest-v5.4.0/state_tests" / folder).rglob("*.json")):
        for name, case in json.loads(path.read_bytes()).items():
            fields = case["transaction"]
            for fork, posts in case["post"].items():
                for post in posts:
                    compare(decode_transaction(unhex(post["txbytes"])), fields, post, name)
                    if fork.lower() in FORKS:
                        hold_to_rules(post, fork.lower())
                    seen += 1
    assert seen > 20, "the corpus is there, and yet nothing was looked at"


def hold_to_rules(post: dict[str, Any], fork_name: str) -> None:
    said = post.get("expectException", "")
    reasons = [reason.removeprefix("TransactionException.") for reason in said.split("|") if reason]
    assert set(reasons) <= STATIC.keys() | OF_STATE_OR_BLOCK
    wanted = {STATIC[reason] for reason in reasons if reason in STATIC}
    try:
        judge(unhex(post["txbytes"]), fork_name)
    except StatelessError as error:
        assert error.code in wanted  # noqa: PT017 (most must not be refused at all)
    else:
        assert not wanted


def compare(tx: Transaction, fields: dict[str, Any], post: dict[str, Any], name: str) -> None:
    chosen = post["indexes"]
    assert encode_transaction(tx) == unhex(post["txbytes"]), name
    assert tx.nonce == number(fields["nonce"])
    assert tx.gas_limit == number(fields["gasLimit"][chosen["gas"]])
    assert tx.value == number(fields["value"][chosen["value"]])
    assert tx.data == unhex(fields["data"][chosen["data"]])
    assert tx.to == (unhex(fields["to"]) or None)
    assert tx.max_fee == number(fields.get("maxFeePerGas", fields.get("gasPrice")))
    assert tx.max_priority_fee == number(fields.get("maxPriorityFeePerGas", fields.get("gasPrice")))
    assert tx.max_blob_fee == number(fields.get("maxFeePerBlobGas"))
    assert tx.blob_hashes == tuple(map(unhex, fields.get("blobVersionedHashes", ())))
    lists = fields.get("accessLists")
    given = (lists[chosen["data"]] if lists else None) or []
    assert [(entry.address, entry.slots) for entry in tx.access_list] == [
        (unhex(entry["address"]), tuple(map(number, entry["storageKeys"]))) for entry in given
    ]
    assert [tuple(entry) for entry in tx.authorizations] == [
        (
            number(entry["chainId"]),
            unhex(entry["address"]),
            number(entry["nonce"]),
            number(entry["v"]),
            number(entry["r"]),
            number(entry["s"]),
        )
        for entry in fields.get("authorizationList", ())
    ]
    assert sender(tx) == unhex(fields["sender"]), name


CANCUN_BLOCKS = {"holesky-2971844.sbv-legacy.json": "cancun", "mainnet-21230867.zeth.json.gz": "cancun"}


def raw_transactions(path: Path) -> list[bytes]:
    data = path.read_bytes()
    blocks = decode_blocks(gzip.decompress(data) if path.suffix == ".gz" else data, path.name)
    return [raw for block in blocks for raw in block.transactions or ()]


@pytest.mark.parametrize(
    "path",
    vector_files("patricia-blocks/*.json*", "patricia-blocks/*.block.rlp", "patricia-blocks/eest-prague/*"),
)
def test_real_transactions(path: Path) -> None:
    transactions = [decode_transaction(raw) for raw in raw_transactions(path)]
    for tx, raw in zip(transactions, raw_transactions(path), strict=True):
        assert encode_transaction(tx) == raw
        check_transaction(tx, FORKS[CANCUN_BLOCKS.get(path.name, "prague")], tx.chain_id or 1)
    senders = recover_senders(transactions)
    assert all(len(address) == 20 for address in senders)
    for tx in transactions[:5]:
        assert tx.y_parity is not None
        known = (signing_hash(tx), tx.r, tx.s, tx.y_parity)
        assert recover(*known) == recover_plain(*known) is not None


def said_senders(value: object) -> dict[bytes, bytes]:
    """Hash → sender of every transaction that stands anywhere in a JSON document with both."""
    if isinstance(value, list):
        return {name: who for part in value for name, who in said_senders(part).items()}
    if not isinstance(value, dict):
        return {}
    if "hash" in value and "from" in value:
        return {unhex(value["hash"]): unhex(value["from"])}
    return said_senders(list(value.values()))


@pytest.mark.parametrize("name", ["mainnet-21230867.zeth.json.gz", "holesky-2971844.sbv-legacy.json"])
def test_senders_are_those_that_nodes_name(name: str, vectors: Path) -> None:
    path = vectors / "patricia-blocks" / name
    data = path.read_bytes()
    said = said_senders(json.loads(gzip.decompress(data) if path.suffix == ".gz" else data))
    transactions = [decode_transaction(raw) for raw in raw_transactions(path)]
    assert transactions
    found = dict(zip(map(transaction_hash, transactions), recover_senders(transactions), strict=True))
    assert found.items() <= said.items()


@pytest.mark.parametrize("path", vector_files("verkle-geth/*.json", every=12))
def test_senders_are_among_the_accounts_touched(path: Path) -> None:
    document = json.loads(path.read_bytes())
    if not isinstance(document, dict) or "blocks" not in document:
        return
    for block in document["blocks"]:
        transactions = [decode_transaction(unhex(raw)) for raw in block["transactions"]]
        for tx, who, events in zip(
            transactions, recover_senders(transactions), block["accessEvents"], strict=False
        ):
            check_transaction(tx, FORKS["shanghai"], int(document["chainId"]))
            assert who in {unhex(event[0]) for event in events}
