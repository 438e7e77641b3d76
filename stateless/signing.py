"""Sign transactions, for blocks that are made here: fixtures, tests, measurements.

Plain integers, whose time depends on the key: not for a key that guards anything. The same message and key
give the same signature every time (RFC 6979), so that what is made here is made the same.

Sources: RFC 6979, 3.2; SEC 1, 4.1.3; EIP-2 (low s), EIP-155.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import replace

from stateless.curve import linear_combination
from stateless.secp256k1 import CURVE, GENERATOR, HALF_ORDER, ORDER
from stateless.signatures import address_of
from stateless.transactions import EIP155_V, LEGACY, PRE_155_V, Transaction, signing_hash
from verkle.constants import HASH_BYTES

__all__ = ["account_of", "sign", "sign_transaction"]


def sign_transaction(tx: Transaction, key: int) -> Transaction:
    """``tx`` with the signature of ``key``; what it had for one does not count.

    Raises ``ValueError``: ``key`` is not between 1 and the group order.
    """
    parity, r, s = sign(signing_hash(tx), key)
    if tx.type == LEGACY:
        parity += PRE_155_V if tx.chain_id is None else EIP155_V + 2 * tx.chain_id
    return replace(tx, v=parity, r=r, s=s)


def account_of(key: int) -> bytes:
    """The 20-byte address of a private key. Raises ``ValueError`` as :func:`sign_transaction`."""
    x, y = _multiple(key)
    return address_of(x.to_bytes(HASH_BYTES, "big") + y.to_bytes(HASH_BYTES, "big"))


def sign(message_hash: bytes, key: int) -> tuple[int, int, int]:
    """Parity of y, r, and s of at most half the order, for 32 bytes. Raises ``ValueError``."""
    _check(key)
    message = int.from_bytes(message_hash, "big")
    for nonce in _nonces(message_hash, key):
        x, y = _multiple(nonce)
        r = x % ORDER
        s = (message + r * key) * pow(nonce, -1, ORDER) % ORDER
        # an x of the order or more cannot be recovered from its parity alone; neither it nor a 0 ever happens
        if x < ORDER and r and s:
            return (y & 1, r, s) if s <= HALF_ORDER else (y & 1 ^ 1, r, ORDER - s)
    raise ValueError("no signature")  # the nonces do not end


def _check(key: int) -> None:
    if not 0 < key < ORDER:
        raise ValueError("a private key lies between 1 and the group order")


def _multiple(scalar: int) -> tuple[int, int]:
    _check(scalar)
    point = linear_combination(CURVE, [(scalar, GENERATOR)])
    if point is None:
        raise ValueError("a multiple of the group order")
    return point


def _nonces(message_hash: bytes, key: int) -> Iterator[int]:
    """RFC 6979, 3.2, with SHA-256."""
    message = int.from_bytes(message_hash, "big") % ORDER
    seed = key.to_bytes(HASH_BYTES, "big") + message.to_bytes(HASH_BYTES, "big")
    v, k = b"\x01" * HASH_BYTES, bytes(HASH_BYTES)
    for mark in (b"\x00", b"\x01"):
        k = hmac.digest(k, v + mark + seed, "sha256")
        v = hmac.digest(k, v, "sha256")
    while True:
        v = hmac.digest(k, v, "sha256")
        nonce = int.from_bytes(v, "big")
        if 0 < nonce < ORDER:
            yield nonce
        k = hmac.digest(k, v + b"\x00", "sha256")
        v = hmac.digest(k, v, "sha256")
