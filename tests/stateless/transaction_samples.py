"""Transactions for tests: strategies for well-formed ones, and a key to sign with in plain integers."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from stateless.curve import linear_combination
from stateless.secp256k1 import CURVE, GENERATOR, HALF_ORDER, ORDER
from stateless.transactions import AccessListEntry, Authorization, Transaction, signing_hash
from witness.keccak import keccak256

KEY = 0x4646464646464646464646464646464646464646464646464646464646464646
"""The private key of the example in EIP-155."""

u64 = st.integers(0, 2**64 - 1)
u256 = st.integers(0, 2**256 - 1)
addresses = st.binary(min_size=20, max_size=20)
hashes = st.binary(min_size=32, max_size=32)
entries = st.builds(AccessListEntry, addresses, st.lists(u256, max_size=3).map(tuple))
authorizations = st.builds(Authorization, u256, addresses, u64, st.integers(0, 255), u256, u256)


@st.composite
def transactions(draw: st.DrawFn, kinds: tuple[int, ...] = (0, 1, 2, 3, 4)) -> Transaction:
    """Any transaction that its encoding can hold, signed or not."""
    kind = draw(st.sampled_from(kinds))
    fee = draw(u256)
    v = draw(u256)
    of_v = (v - 35) // 2 if v >= 35 else None
    return Transaction(
        type=kind,
        chain_id=draw(u256) if kind else of_v,
        nonce=draw(u64),
        max_priority_fee=draw(u256) if kind >= 2 else fee,
        max_fee=fee,
        gas_limit=draw(u64),
        to=draw(st.none() | addresses),
        value=draw(u256),
        data=draw(st.binary(max_size=80)),
        v=v,
        r=draw(u256),
        s=draw(u256),
        access_list=draw(st.lists(entries, max_size=3).map(tuple)) if kind else (),
        max_blob_fee=draw(u256) if kind == 3 else 0,
        blob_hashes=draw(st.lists(hashes, max_size=3).map(tuple)) if kind == 3 else (),
        authorizations=draw(st.lists(authorizations, max_size=3).map(tuple)) if kind == 4 else (),
    )


def plain(kind: int = 2, **changes: object) -> Transaction:
    """A transaction that every check takes, but for its signature; ``changes`` are fields."""
    tx = Transaction(
        type=kind,
        chain_id=1,
        nonce=0,
        max_priority_fee=1 if kind >= 2 else 10,
        max_fee=10,
        gas_limit=100_000,
        to=bytes(19) + b"\x01",
        value=1,
        data=b"",
        v=37 if kind == 0 else 0,
        r=1,
        s=1,
        max_blob_fee=1 if kind == 3 else 0,
        blob_hashes=(b"\x01" + bytes(31),) if kind == 3 else (),
        authorizations=(Authorization(1, bytes(20), 0, 0, 1, 1),) if kind == 4 else (),
    )
    return replace(tx, **changes)  # type: ignore[arg-type]


def sign(message_hash: bytes, key: int = KEY, k: int = 0x1234567) -> tuple[int, int, int]:
    """Parity, r and low s of a signature, with the nonce ``k``."""
    point = linear_combination(CURVE, [(k, GENERATOR)])
    assert point is not None
    r, parity = point[0] % ORDER, point[1] & 1
    s = (int.from_bytes(message_hash, "big") + r * key) * pow(k, -1, ORDER) % ORDER
    return (parity, r, s) if s <= HALF_ORDER else (parity ^ 1, r, ORDER - s)


def signed(tx: Transaction, key: int = KEY, k: int = 0x1234567) -> Transaction:
    """``tx`` with the signature of ``key``."""
    parity, r, s = sign(signing_hash(tx), key, k)
    if tx.type == 0:
        parity += 27 if tx.chain_id is None else 35 + 2 * tx.chain_id
    return replace(tx, v=parity, r=r, s=s)


def address(key: int = KEY) -> bytes:
    """The account of a private key."""
    point = linear_combination(CURVE, [(key, GENERATOR)])
    assert point is not None
    return keccak256(b"".join(part.to_bytes(32, "big") for part in point))[12:]
