"""What the execution-spec-tests call each reason to refuse, and the error codes that may answer it.

A fixture's ``expectException`` is one name, or several joined by ``|``, any of which will do. A name has
every code that *is* that reason, and none that only happens to come up with it.

Source: execution-spec-tests ``src/ethereum_test_exceptions/exceptions/{transaction,block}.py``. Names of
rules before the merge are there as far as a block after it can break them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from verkle.errors import InvalidError

__all__ = ["EXCEPTIONS", "codes_for"]

# What cannot be read: the bytes themselves, the block's lists and fields, a transaction's.
_RLP: Final = frozenset(
    {"RLP_TRUNCATED", "RLP_TRAILING_BYTES", "RLP_NOT_CANONICAL", "RLP_TOO_DEEP", "RLP_TOO_LARGE"}
)
_BLOCK: Final = frozenset(
    {
        "BLOCK_FIELDS",
        "HEADER_FIELD",
        "HEADER_FIELDS",
        "HEADER_FIELD_COUNT",
        "HEADER_TOO_NEW",
        "TRANSACTION_EMPTY",
        "WITHDRAWAL_FIELD",
        "WITHDRAWALS_PRESENCE",
    }
)
_TX: Final = frozenset({"TX_DECODE_LIST", "TX_DECODE_FIELD"})
_TX_RLP: Final = _RLP | _TX
# A header of another fork than the chain is in: it has other fields, or values that proof of stake rules out.
_OTHER_FORK: Final = frozenset(
    {
        "HEADER_FIELDS",
        "HEADER_FIELD_COUNT",
        "HEADER_TOO_NEW",
        "WITHDRAWALS_PRESENCE",
        "HEADER_DIFFICULTY",
        "HEADER_NONCE",
        "BLOCK_FIELDS",
    }
)
_OMMERS: Final = frozenset({"HEADER_OMMERS"})
_SIGNATURE: Final = frozenset(
    {"TX_SIGNATURE_PARITY", "TX_SIGNATURE_RANGE", "TX_SIGNATURE_HIGH_S", "TX_SIGNATURE_UNRECOVERABLE"}
)


def _one(code: str, *more: str) -> frozenset[str]:
    return frozenset({code, *more})


_TRANSACTIONS: Final[Mapping[str, frozenset[str]]] = {
    "TYPE_NOT_SUPPORTED": _one("TX_TYPE_UNSUPPORTED"),
    "TYPE_1_TX_PRE_FORK": _one("TX_TYPE_UNSUPPORTED"),
    "TYPE_2_TX_PRE_FORK": _one("TX_TYPE_UNSUPPORTED"),
    "TYPE_3_TX_PRE_FORK": _one("TX_TYPE_UNSUPPORTED"),
    "TYPE_3_TX_ZERO_BLOBS_PRE_FORK": _one("TX_TYPE_UNSUPPORTED", "TX_BLOB_COUNT"),
    "TYPE_4_TX_PRE_FORK": _one("TX_TYPE_UNSUPPORTED"),
    "SENDER_NOT_EOA": _one("TX_SENDER_CODE"),
    "ADDRESS_TOO_SHORT": _TX_RLP,
    "ADDRESS_TOO_LONG": _TX_RLP,
    "NONCE_MISMATCH_TOO_HIGH": _one("TX_NONCE"),
    "NONCE_MISMATCH_TOO_LOW": _one("TX_NONCE"),
    "NONCE_TOO_BIG": _one("TX_NONCE_MAX", "TX_DECODE_FIELD"),
    "NONCE_IS_MAX": _one("TX_NONCE_MAX"),
    "NONCE_OVERFLOW": _TX_RLP,
    "GASLIMIT_OVERFLOW": _TX_RLP,
    "VALUE_OVERFLOW": _TX_RLP,
    "GASPRICE_OVERFLOW": _TX_RLP,
    "PRIORITY_OVERFLOW": _TX_RLP,
    "GASLIMIT_PRICE_PRODUCT_OVERFLOW": _one("TX_COST_OVERFLOW"),
    "INVALID_SIGNATURE_VRS": _SIGNATURE | _TX,
    "EC_RECOVERY_FAIL": _SIGNATURE,
    "INVALID_CHAINID": _one("TX_CHAIN_ID", "TX_DECODE_FIELD", "TX_SIGNATURE_PARITY"),
    "RLP_INVALID_SIGNATURE_R": _TX_RLP | {"TX_SIGNATURE_RANGE"},
    "RLP_INVALID_SIGNATURE_S": _TX_RLP | {"TX_SIGNATURE_RANGE", "TX_SIGNATURE_HIGH_S"},
    **dict.fromkeys(
        (
            "RLP_LEADING_ZEROS_GASLIMIT",
            "RLP_LEADING_ZEROS_GASPRICE",
            "RLP_LEADING_ZEROS_VALUE",
            "RLP_LEADING_ZEROS_NONCE",
            "RLP_LEADING_ZEROS_R",
            "RLP_LEADING_ZEROS_S",
            "RLP_LEADING_ZEROS_V",
            "RLP_LEADING_ZEROS_BASEFEE",
            "RLP_LEADING_ZEROS_PRIORITY_FEE",
            "RLP_LEADING_ZEROS_DATA_SIZE",
            "RLP_LEADING_ZEROS_NONCE_SIZE",
            "RLP_TOO_FEW_ELEMENTS",
            "RLP_TOO_MANY_ELEMENTS",
            "RLP_ERROR_EOF",
            "RLP_ERROR_SIZE",
            "RLP_ERROR_SIZE_LEADING_ZEROS",
            "RLP_INVALID_DATA",
            "RLP_INVALID_GASLIMIT",
            "RLP_INVALID_NONCE",
            "RLP_INVALID_TO",
            "RLP_INVALID_VALUE",
            "RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_LONG",
            "RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_SHORT",
            "RLP_INVALID_ACCESS_LIST_STORAGE_TOO_LONG",
            "RLP_INVALID_ACCESS_LIST_STORAGE_TOO_SHORT",
            "TYPE_3_TX_WITH_FULL_BLOBS",
            "TYPE_4_INVALID_AUTHORIZATION_FORMAT",
        ),
        _TX_RLP,
    ),
    "RLP_INVALID_HEADER": _TX_RLP | {"TX_TYPE_UNSUPPORTED", "TRANSACTION_EMPTY"},
    "INSUFFICIENT_ACCOUNT_FUNDS": _one("TX_BALANCE", "TX_COST_OVERFLOW"),
    "INSUFFICIENT_MAX_FEE_PER_GAS": _one("TX_FEE_BELOW_BASE"),
    "INSUFFICIENT_MAX_FEE_PER_BLOB_GAS": _one("TX_BLOB_FEE_BELOW_BASE"),
    "PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS": _one("TX_PRIORITY_OVER_MAX"),
    "PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS_2": _one("TX_PRIORITY_OVER_MAX"),
    "INTRINSIC_GAS_TOO_LOW": _one("TX_GAS_LIMIT_TOO_LOW"),
    "INTRINSIC_GAS_BELOW_FLOOR_GAS_COST": _one("TX_GAS_LIMIT_BELOW_FLOOR", "TX_GAS_LIMIT_TOO_LOW"),
    "INITCODE_SIZE_EXCEEDED": _one("TX_INITCODE_SIZE"),
    "GAS_ALLOWANCE_EXCEEDED": _one("TX_BLOCK_GAS"),
    "GAS_LIMIT_EXCEEDS_MAXIMUM": _one("TX_GAS_LIMIT_TOO_HIGH"),
    "TYPE_3_TX_ZERO_BLOBS": _one("TX_BLOB_COUNT"),
    # One limit is the transaction's (EIP-7594), the other the block's, the only one before Osaka.
    "TYPE_3_TX_BLOB_COUNT_EXCEEDED": _one("TX_BLOB_COUNT", "TX_BLOCK_BLOBS"),
    "TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED": _one("TX_BLOCK_BLOBS"),
    "TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH": _one("TX_BLOB_VERSION"),
    "TYPE_3_TX_CONTRACT_CREATION": _one("TX_CREATE_FORBIDDEN"),
    "TYPE_4_TX_CONTRACT_CREATION": _one("TX_CREATE_FORBIDDEN"),
    "TYPE_4_EMPTY_AUTHORIZATION_LIST": _one("TX_AUTHORIZATIONS_EMPTY"),
}
# Not here: TYPE_4_INVALID_AUTHORITY_SIGNATURE…, since such an authorization counts for nothing, and is no
# error.

_BLOCKS: Final[Mapping[str, frozenset[str]]] = {
    "UNKNOWN_PARENT": _one("PARENT_UNKNOWN"),
    "UNKNOWN_PARENT_ZERO": _one("PARENT_UNKNOWN"),
    "EXTRA_DATA_TOO_BIG": _one("HEADER_EXTRA_DATA"),
    "GASLIMIT_TOO_BIG": _one("HEADER_GAS_LIMIT", "HEADER_FIELD"),
    "INVALID_GASLIMIT": _one("HEADER_GAS_LIMIT", "HEADER_GAS_LIMIT_STEP"),
    "INVALID_BLOCK_NUMBER": _one("HEADER_NUMBER"),
    "INVALID_BLOCK_TIMESTAMP_OLDER_THAN_PARENT": _one("HEADER_TIMESTAMP"),
    "INVALID_DIFFICULTY": _one("HEADER_DIFFICULTY"),
    "INVALID_BASEFEE_PER_GAS": _one("HEADER_BASE_FEE"),
    "INVALID_LOG_BLOOM": _one("LOGS_BLOOM_MISMATCH"),
    "INVALID_STATE_ROOT": _one("POST_ROOT_MISMATCH"),
    "INVALID_RECEIPTS_ROOT": _one("RECEIPTS_ROOT_MISMATCH"),
    "INVALID_TRANSACTIONS_ROOT": _one("TRANSACTIONS_ROOT_MISMATCH"),
    "INVALID_WITHDRAWALS_ROOT": _one("WITHDRAWALS_ROOT_MISMATCH"),
    "INVALID_UNCLES_HASH": _OMMERS,
    "INVALID_GAS_USED": _one("GAS_USED_MISMATCH"),
    "INVALID_GAS_USED_ABOVE_LIMIT": _one("HEADER_GAS_USED"),
    "GAS_USED_OVERFLOW": _one("HEADER_GAS_USED", "TX_BLOCK_GAS"),
    "INVALID_BLOCK_HASH": _one("BLOCK_HASH_MISMATCH"),
    "INVALID_REQUESTS": _one("REQUESTS_HASH_MISMATCH"),
    "INVALID_DEPOSIT_EVENT_LAYOUT": _one("DEPOSIT_LOG"),
    "SYSTEM_CONTRACT_EMPTY": _one("SYSTEM_CONTRACT_MISSING"),
    "SYSTEM_CONTRACT_CALL_FAILED": _one("SYSTEM_CALL_FAILED"),
    "BLOB_GAS_USED_ABOVE_LIMIT": _one("BLOB_GAS_USED_MISMATCH", "TX_BLOCK_BLOBS"),
    "INCORRECT_BLOB_GAS_USED": _one("BLOB_GAS_USED_MISMATCH"),
    "INCORRECT_EXCESS_BLOB_GAS": _one("HEADER_EXCESS_BLOB_GAS", "BLOB_FEE_OVERFLOW"),
    "INCORRECT_BLOCK_FORMAT": _RLP | _BLOCK,
    "RLP_STRUCTURES_ENCODING": _RLP | _BLOCK | _TX,
    "RLP_WITHDRAWALS_NOT_READ": _one("BLOCK_FIELDS", "WITHDRAWALS_PRESENCE", "WITHDRAWAL_FIELD"),
    "RLP_INVALID_FIELD_OVERFLOW_64": _one("HEADER_FIELD", "WITHDRAWAL_FIELD", "TX_DECODE_FIELD"),
    "RLP_INVALID_ADDRESS": _one("WITHDRAWAL_FIELD", "HEADER_FIELD"),
    "RLP_BLOCK_LIMIT_EXCEEDED": _one("BLOCK_TOO_LARGE"),
    "IMPORT_IMPOSSIBLE_LEGACY": _OTHER_FORK,
    "IMPORT_IMPOSSIBLE_LEGACY_WRONG_PARENT": _OTHER_FORK,
    "IMPORT_IMPOSSIBLE_LONDON_WRONG_PARENT": _OTHER_FORK,
    "IMPORT_IMPOSSIBLE_LONDON_OVER_PARIS": _OTHER_FORK,
    "IMPORT_IMPOSSIBLE_PARIS_OVER_SHANGHAI": _OTHER_FORK,
    "IMPORT_IMPOSSIBLE_PARIS_WRONG_POS": _OTHER_FORK,
    "IMPORT_IMPOSSIBLE_PARIS_WRONG_POW": _OTHER_FORK,
    "IMPORT_IMPOSSIBLE_SHANGHAI": _OTHER_FORK,
    "IMPORT_IMPOSSIBLE_DIFFICULTY_OVER_PARIS": _one("HEADER_DIFFICULTY"),
    **dict.fromkeys(
        (
            "IMPORT_IMPOSSIBLE_UNCLES_OVER_PARIS",
            "TOO_MANY_UNCLES",
            "UNCLE_IN_CHAIN",
            "UNCLE_IS_ANCESTOR",
            "UNCLE_IS_BROTHER",
            "UNCLE_PARENT_INCORRECT",
            "UNCLE_UNKNOWN_PARENT",
        ),
        _OMMERS,
    ),
}

EXCEPTIONS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        **{f"TransactionException.{name}": codes for name, codes in _TRANSACTIONS.items()},
        **{f"BlockException.{name}": codes for name, codes in _BLOCKS.items()},
    }
)

_JOINED: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        # Two fixtures whose transaction has too little gas *and* offers too little for it. Here, as in the
        # specification, a rule of the transaction by itself is looked at before those that need the state.
        "TransactionException.INSUFFICIENT_MAX_FEE_PER_GAS|TransactionException.INSUFFICIENT_ACCOUNT_FUNDS": (
            _one("TX_GAS_LIMIT_TOO_LOW")
        ),
    }
)
"""Codes that may answer an expectation as a whole, beside those of its names."""


def codes_for(expectation: str) -> frozenset[str]:
    """The codes that may answer an ``expectException``.

    Raises:
        InvalidError: ``TEST_EXCEPTION_UNKNOWN``: a name is not in the table, so the test cannot be judged.
    """
    codes = _JOINED.get(expectation, frozenset())
    for name in expectation.split("|"):
        known = EXCEPTIONS.get(name.strip())
        if known is None:
            raise InvalidError(
                "TEST_EXCEPTION_UNKNOWN",
                f"no exception called {ascii(name.strip())[1:-1][:80]} is known here",
                where={"expected": ascii(expectation)[1:-1][:200]},
            )
        codes |= known
    return codes
