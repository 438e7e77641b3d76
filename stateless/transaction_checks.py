"""Whether a transaction may stand in a block of a fork at all: every rule that needs no state.

What needs the block (fees, gas that is left) or the state (nonce, balance, code of the sender) is judged
where the transaction is applied; the signature, where the sender is recovered (``stateless.signatures``).

Sources: EIP-155, 2681 (nonce), 2718 (types), 1559 (fees), 3860 (initcode), 4844 (blobs), 7623 (floor), 7702
(authorizations), 7825 (gas cap), 7594 (blobs a transaction); execution-specs ``transactions.py``; SPEC 10.7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stateless.intrinsic import floor_gas, intrinsic_gas
from stateless.transactions import BLOB, SET_CODE, Transaction
from verkle.constants import NONCE_LIMIT
from verkle.errors import InvalidError

if TYPE_CHECKING:  # the table of forks loads the interpreter
    from stateless.forks import Fork

__all__ = ["check_transaction"]

BLOB_VERSION: Final = 0x01
"""First byte of a versioned hash: a KZG commitment stands behind it (EIP-4844)."""
WEI_LIMIT: Final = 1 << 256


def check_transaction(tx: Transaction, fork: Fork, chain_id: int) -> None:
    """Hold a transaction to the rules of ``fork``.

    Raises:
        InvalidError: ``TX_TYPE_UNSUPPORTED``, ``TX_CHAIN_ID``, ``TX_NONCE_MAX``, ``TX_CREATE_FORBIDDEN``,
            ``TX_BLOB_COUNT``, ``TX_BLOCK_BLOBS``, ``TX_BLOB_VERSION``, ``TX_AUTHORIZATIONS_EMPTY``,
            ``TX_INITCODE_SIZE``, ``TX_GAS_LIMIT_TOO_LOW``, ``TX_GAS_LIMIT_BELOW_FLOOR``,
            ``TX_GAS_LIMIT_TOO_HIGH``, ``TX_PRIORITY_OVER_MAX``, ``TX_COST_OVERFLOW``.
    """
    if tx.type not in fork.transaction_types:
        raise InvalidError(
            "TX_TYPE_UNSUPPORTED",
            f"{fork.name} has no transactions of type {tx.type}",
            expected=sorted(fork.transaction_types),
            got=tx.type,
        )
    if tx.chain_id is not None and tx.chain_id != chain_id:
        raise InvalidError(
            "TX_CHAIN_ID", "a transaction is signed for another chain", expected=chain_id, got=tx.chain_id
        )
    if tx.nonce >= NONCE_LIMIT:
        raise InvalidError(
            "TX_NONCE_MAX",
            "a nonce leaves no room for the next one",
            expected=f"at most {NONCE_LIMIT - 1}",
            got=tx.nonce,
        )
    _check_blobs(tx, fork)
    _check_authorizations(tx)
    _check_gas(tx, fork)
    _check_fees(tx)


def _check_blobs(tx: Transaction, fork: Fork) -> None:
    """EIP-4844: a transaction for blobs carries at least one, known by a version, and creates nothing."""
    if tx.type != BLOB:
        return
    if tx.to is None:
        raise InvalidError("TX_CREATE_FORBIDDEN", "a blob transaction names no address to call")
    count, limit = len(tx.blob_hashes), fork.transaction_blobs_limit
    if not count:
        raise InvalidError("TX_BLOB_COUNT", "a blob transaction has no blobs", got=0)
    if fork.blobs is not None and count > fork.blobs.limit:
        raise InvalidError(
            "TX_BLOCK_BLOBS",
            "a transaction has more blobs than a block has room for",
            expected=f"at most {fork.blobs.limit}",
            got=count,
        )
    if limit is not None and count > limit:
        raise InvalidError(
            "TX_BLOB_COUNT",
            "a transaction has more blobs than one may have",
            expected=f"at most {limit}",
            got=count,
        )
    for i, versioned_hash in enumerate(tx.blob_hashes):
        if versioned_hash[0] != BLOB_VERSION:
            raise InvalidError(
                "TX_BLOB_VERSION",
                "a blob hash has an unknown version",
                where={"blob": i},
                expected=BLOB_VERSION,
                got=versioned_hash[0],
            )


def _check_authorizations(tx: Transaction) -> None:
    """EIP-7702: there is at least one; each counts or does not when it is applied."""
    if tx.type != SET_CODE:
        return
    if tx.to is None:
        raise InvalidError("TX_CREATE_FORBIDDEN", "a set-code transaction names no address to call")
    if not tx.authorizations:
        raise InvalidError("TX_AUTHORIZATIONS_EMPTY", "a set-code transaction has no authorizations")


def _check_gas(tx: Transaction, fork: Fork) -> None:
    cap, initcode_limit = fork.transaction_gas_limit, fork.execution.initcode_limit
    if tx.to is None and len(tx.data) > initcode_limit:
        raise InvalidError(
            "TX_INITCODE_SIZE",
            "the code that a transaction creates a contract with is too long",
            expected=f"at most {initcode_limit}",
            got=len(tx.data),
        )
    needed = intrinsic_gas(tx, fork.intrinsic)
    if tx.gas_limit < needed:
        raise InvalidError(
            "TX_GAS_LIMIT_TOO_LOW",
            "a transaction's gas limit does not cover its intrinsic gas",
            expected=f"at least {needed}",
            got=tx.gas_limit,
        )
    floor = floor_gas(tx, fork.intrinsic)
    if tx.gas_limit < floor:
        raise InvalidError(
            "TX_GAS_LIMIT_BELOW_FLOOR",
            "a transaction's gas limit does not cover the floor for its calldata",
            expected=f"at least {floor}",
            got=tx.gas_limit,
        )
    if cap is not None and tx.gas_limit > cap:
        raise InvalidError(
            "TX_GAS_LIMIT_TOO_HIGH",
            "a transaction's gas limit is above what one transaction may use",
            expected=f"at most {cap}",
            got=tx.gas_limit,
        )


def _check_fees(tx: Transaction) -> None:
    if tx.max_priority_fee > tx.max_fee:
        raise InvalidError(
            "TX_PRIORITY_OVER_MAX",
            "a transaction offers a higher priority fee than its fee in all",
            expected=f"at most {tx.max_fee}",
            got=tx.max_priority_fee,
        )
    if tx.gas_limit * tx.max_fee >= WEI_LIMIT:
        raise InvalidError(
            "TX_COST_OVERFLOW", "gas limit times fee is more than any balance", got=tx.gas_limit * tx.max_fee
        )
