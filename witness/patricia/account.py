"""What the leaves of the state hold: accounts, and the values of storage slots.

The key of an account is the Keccak-256 of its address, that of a slot the Keccak-256 of its number in 32
bytes. An account is ``RLP([nonce, balance, storageRoot, codeHash])``, a slot's value ``RLP(value)``; integers
big-endian without leading zeros. A slot that is zero has no leaf.

Source: Ethereum yellow paper, section 4.1; EIP-2681 (nonce).
"""

from __future__ import annotations

from typing import Final, NamedTuple, NoReturn

from verkle.errors import InvalidError, MalformedError
from witness import rlp
from witness.keccak import keccak256
from witness.patricia.nodes import encode_string

__all__ = [
    "AccountLeaf",
    "account_path",
    "decode_account",
    "decode_value",
    "encode_account",
    "encode_value",
    "slot_path",
]

_NONCE_BYTES: Final = 8
_BALANCE_BYTES: Final = 32


class AccountLeaf(NamedTuple):
    """An account as its leaf holds it; balance in wei, both hashes 32 bytes."""

    nonce: int
    balance: int
    storage_root: bytes
    code_hash: bytes


def account_path(address: bytes) -> str:
    """Path of an account's leaf below the state root."""
    return keccak256(address).hex()


def slot_path(slot: int) -> str:
    """Path of a slot's leaf below the storage root."""
    return keccak256(slot.to_bytes(32, "big")).hex()


def encode_account(account: AccountLeaf) -> bytes:
    """The value of the account's leaf."""
    return rlp.encode(
        [
            rlp.encode_integer(account.nonce),
            rlp.encode_integer(account.balance),
            account.storage_root,
            account.code_hash,
        ]
    )


def decode_account(data: bytes) -> AccountLeaf:
    """Read the value of an account's leaf. Raises ``InvalidError`` ``PATRICIA_ACCOUNT``."""
    try:
        fields = rlp.decode(data)
    except MalformedError as error:
        _not_an_account(error.message)
    if isinstance(fields, bytes) or len(fields) != 4:
        _not_an_account("it is not a list of four fields")
    nonce, balance, storage_root, code_hash = fields
    if not (
        isinstance(nonce, bytes)
        and isinstance(balance, bytes)
        and isinstance(storage_root, bytes)
        and isinstance(code_hash, bytes)
    ):
        _not_an_account("a field is a list")
    if len(nonce) > _NONCE_BYTES or nonce[:1] == b"\0":
        _not_an_account("the nonce is not a canonical integer below 2^64")
    if len(balance) > _BALANCE_BYTES or balance[:1] == b"\0":
        _not_an_account("the balance is not a canonical integer below 2^256")
    if len(storage_root) != 32 or len(code_hash) != 32:
        _not_an_account("storage root and code hash do not have 32 bytes each")
    return AccountLeaf(int.from_bytes(nonce, "big"), int.from_bytes(balance, "big"), storage_root, code_hash)


def _not_an_account(what: str) -> NoReturn:
    raise InvalidError("PATRICIA_ACCOUNT", f"a leaf of the state is not an account: {what}")


def encode_value(value: int) -> bytes:
    """The value of a slot's leaf; empty, which deletes the leaf, for 0."""
    return encode_string(rlp.encode_integer(value)) if value else b""


def decode_value(data: bytes) -> int:
    """Read the value of a slot's leaf. Raises ``InvalidError`` ``PATRICIA_STORAGE_VALUE``."""
    size = len(data) - 1
    if size == 0 and 0 < data[0] < 0x80:
        return data[0]
    if 1 <= size <= 32 and data[0] == 0x80 + size and data[1] >= (0x80 if size == 1 else 1):
        return int.from_bytes(data[1:], "big")
    raise InvalidError(
        "PATRICIA_STORAGE_VALUE",
        "a leaf of a storage trie is not a canonical integer from 1 to 2^256 - 1",
        got=data[:40],
    )
