"""How long the parts of Ethereum's state trees are, in bytes: of every tree, in one place.

Sources: Yellow Paper §4.1 (addresses, hashes, words); EIP-6800 and EIP-7864 (keys, stems, values, chunks).
"""

from __future__ import annotations

from typing import Final

ADDRESS_BYTES: Final = 20
HASH_BYTES: Final = 32
WORD_BYTES: Final = 32
"""A word of the EVM, and a slot's number and value."""

KEY_BYTES: Final = 32
STEM_BYTES: Final = 31
"""A key is a stem and one byte, the suffix: which of the stem's leaves."""

SUFFIXES: Final = 256
VALUE_BYTES: Final = 32
CHUNK_BYTES: Final = 31
"""Code in a leaf, behind one byte that says how many of its first bytes are data of a push."""

COMMITMENT_BYTES: Final = 32
"""A commitment of the Verkle tree, as it stands in proofs."""
