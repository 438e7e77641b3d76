"""Numbers of Ethereum's state and blocks that are the same under every tree, each in this one place.

Lengths are in bytes.

Sources: Yellow Paper §4.1 (addresses, hashes, words, accounts); EIP-6800 and EIP-7864 (keys, stems, chunks).
"""

from __future__ import annotations

from typing import Final

ADDRESS_BYTES: Final = 20
HASH_BYTES: Final = 32
WORD_BYTES: Final = 32
"""A word of the EVM: a slot's number, its value."""

KEY_BYTES: Final = 32
STEM_BYTES: Final = 31
"""A key is a stem and one byte, the suffix, which says which of the stem's leaves."""

VALUE_BYTES: Final = 32
WIDTH: Final = 256
"""Leaves of a stem; in the Verkle tree also children of a node, and what a commitment is made of."""

CHUNK_BYTES: Final = 31
"""Code in one leaf, behind a byte that says how much of its beginning is data of a PUSH."""

COMMITMENT_BYTES: Final = 32
"""A commitment of the Verkle tree as it stands in proofs."""

IPA_ROUNDS: Final = 8
"""Halvings from ``WIDTH`` to one: rounds of the inner-product argument."""

EMPTY_CODE_HASH: Final = bytes.fromhex("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")
"""Keccak-256 of no code."""

MAIN_STORAGE_OFFSET: Final = 256**31
"""Position of slot 0 of the main storage, in leaves (EIP-6800)."""

NONCE_LIMIT: Final = (1 << 64) - 1
"""The nonce that no account gets beyond (EIP-2681)."""

DELEGATION_MARK: Final = b"\xef\x01\x00"
DELEGATION_BYTES: Final = len(DELEGATION_MARK) + ADDRESS_BYTES
"""Code that only points to other code: the mark and an address (EIP-7702)."""

BASIC_DATA: Final = 0
CODE_HASH: Final = 1
"""Suffixes of an account's header leaves in the layout ``basic_data``."""

PUSH1: Final = 0x60
PUSH32: Final = 0x7F

BLOCK_HASH_WINDOW: Final = 256
"""Blocks before one whose hashes its code can ask for."""

BLOOM_BYTES: Final = 256
"""The bloom filter of logs in a header and in a receipt."""
