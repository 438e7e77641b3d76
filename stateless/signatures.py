"""Who signed: senders of transactions and authorities of authorizations, as 20-byte addresses.

An address is the end of the Keccak-256 of the public key. Only signatures whose s is at most n/2 count
(EIP-2), so that a signature cannot be turned into another one for the same message.

Sources: Yellow Paper appendix F; EIP-2, EIP-155, EIP-7702; SPEC 10.7.
"""

from __future__ import annotations

from collections.abc import Iterable

from stateless.secp256k1 import HALF_ORDER, ORDER, recover
from stateless.transactions import Authorization, Transaction, authorization_hash, signing_hash
from verkle.errors import InvalidError
from witness.keccak import keccak256

__all__ = ["authority", "recover_senders", "sender"]


def recover_senders(transactions: Iterable[Transaction]) -> list[bytes]:
    """The sender of each transaction, in order.

    Raises:
        InvalidError: as ``sender``; ``where`` holds the index of the transaction.
    """
    senders: list[bytes] = []
    for i, tx in enumerate(transactions):
        try:
            senders.append(sender(tx))
        except InvalidError as error:
            error.where["transaction"] = i
            raise
    return senders


def sender(tx: Transaction) -> bytes:
    """The address that signed ``tx``.

    Raises:
        InvalidError: ``TX_SIGNATURE_PARITY``, ``TX_SIGNATURE_RANGE``, ``TX_SIGNATURE_HIGH_S``,
            ``TX_SIGNATURE_UNRECOVERABLE``.
    """
    parity = tx.y_parity
    if parity is None:
        raise InvalidError(
            "TX_SIGNATURE_PARITY",
            "a signature's v names no parity",
            expected="27, 28 or 35 and more" if tx.type == 0 else "0 or 1",
            got=tx.v,
        )
    if not (0 < tx.r < ORDER and 0 < tx.s < ORDER):
        raise InvalidError("TX_SIGNATURE_RANGE", "a signature's r or s is 0 or not below the group order")
    if tx.s > HALF_ORDER:
        raise InvalidError("TX_SIGNATURE_HIGH_S", "a signature's s is above half the group order", got=tx.s)
    key = recover(signing_hash(tx), tx.r, tx.s, parity)
    if key is None:
        raise InvalidError("TX_SIGNATURE_UNRECOVERABLE", "no public key belongs to a signature")
    return address_of(key)


def authority(authorization: Authorization) -> bytes | None:
    """The address that signed ``authorization``; ``None`` if its signature does not hold, which makes it
    count for nothing and is no error (EIP-7702)."""
    _, _, _, parity, r, s = authorization
    if parity not in {0, 1} or s > HALF_ORDER:
        return None
    key = recover(authorization_hash(authorization), r, s, parity)
    return None if key is None else address_of(key)


def address_of(public_key: bytes) -> bytes:
    """The account of a public key of 64 bytes."""
    return keccak256(public_key)[12:]
