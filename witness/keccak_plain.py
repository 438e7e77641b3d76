"""Keccak-256 in plain integers, where no library has it: 32-bit ARM, for which there are no wheels of any.

The state is 25 words of 64 bits, word x + 5y; each round mixes and permutes them. The constants of the rounds
are worked out from their definition.

Source: Keccak reference, version 3.0: section 1.2 (the permutation), 1.1.2 (padding 10*1).
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final

__all__ = ["RATE", "keccak256", "sponge"]

ROUNDS: Final = 24
RATE: Final = 136
"""Bytes of a block: 1088 of the 1600 bits."""

_MASK: Final = (1 << 64) - 1
_BLOCK: Final = Struct("<17Q")
_DIGEST: Final = Struct("<4Q")


def _constants() -> Iterator[int]:
    """What the last step adds in each round: bits of an LFSR at the places 2^j − 1."""
    state = 1
    for _ in range(ROUNDS):
        constant = 0
        for j in range(7):
            constant |= (state & 1) << ((1 << j) - 1)
            state = state << 1 ^ (0x171 if state >> 7 else 0)
        yield constant


_CONSTANTS: Final = (*_constants(),)


def keccak256(data: bytes) -> bytes:
    """Return the 32-byte Keccak-256 digest of ``data``."""
    padding = bytearray(RATE - len(data) % RATE)
    padding[0] = 0x01
    padding[-1] |= 0x80
    return sponge(data + padding)


def sponge(padded: bytes) -> bytes:
    """The first 32 bytes that come out when whole blocks of :data:`RATE` bytes have gone in."""
    state = [0] * 25
    for at in range(0, len(padded), RATE):
        for i, word in enumerate(_BLOCK.unpack_from(padded, at)):
            state[i] ^= word
        _permute(state)
    return _DIGEST.pack(*state[:4])


def _permute(state: list[int]) -> None:
    """All rounds, written out: words in rows of five, and every rotation with its number. Written as loops
    it takes more than twice as long."""
    mask = _MASK
    (
        a0, a1, a2, a3, a4,
        a5, a6, a7, a8, a9,
        a10, a11, a12, a13, a14,
        a15, a16, a17, a18, a19,
        a20, a21, a22, a23, a24,
    ) = state  # fmt: skip
    for constant in _CONSTANTS:
        # θ: each word takes the parities of two columns
        c0 = a0 ^ a5 ^ a10 ^ a15 ^ a20
        c1 = a1 ^ a6 ^ a11 ^ a16 ^ a21
        c2 = a2 ^ a7 ^ a12 ^ a17 ^ a22
        c3 = a3 ^ a8 ^ a13 ^ a18 ^ a23
        c4 = a4 ^ a9 ^ a14 ^ a19 ^ a24
        d0 = c4 ^ (c1 << 1 & mask) ^ (c1 >> 63)
        d1 = c0 ^ (c2 << 1 & mask) ^ (c2 >> 63)
        d2 = c1 ^ (c3 << 1 & mask) ^ (c3 >> 63)
        d3 = c2 ^ (c4 << 1 & mask) ^ (c4 >> 63)
        d4 = c3 ^ (c0 << 1 & mask) ^ (c0 >> 63)
        # ρ and π: words are turned and change places
        b0 = a0 ^ d0
        z = a6 ^ d1
        b1 = (z << 44 & mask) | z >> 20
        z = a12 ^ d2
        b2 = (z << 43 & mask) | z >> 21
        z = a18 ^ d3
        b3 = (z << 21 & mask) | z >> 43
        z = a24 ^ d4
        b4 = (z << 14 & mask) | z >> 50
        z = a3 ^ d3
        b5 = (z << 28 & mask) | z >> 36
        z = a9 ^ d4
        b6 = (z << 20 & mask) | z >> 44
        z = a10 ^ d0
        b7 = (z << 3 & mask) | z >> 61
        z = a16 ^ d1
        b8 = (z << 45 & mask) | z >> 19
        z = a22 ^ d2
        b9 = (z << 61 & mask) | z >> 3
        z = a1 ^ d1
        b10 = (z << 1 & mask) | z >> 63
        z = a7 ^ d2
        b11 = (z << 6 & mask) | z >> 58
        z = a13 ^ d3
        b12 = (z << 25 & mask) | z >> 39
        z = a19 ^ d4
        b13 = (z << 8 & mask) | z >> 56
        z = a20 ^ d0
        b14 = (z << 18 & mask) | z >> 46
        z = a4 ^ d4
        b15 = (z << 27 & mask) | z >> 37
        z = a5 ^ d0
        b16 = (z << 36 & mask) | z >> 28
        z = a11 ^ d1
        b17 = (z << 10 & mask) | z >> 54
        z = a17 ^ d2
        b18 = (z << 15 & mask) | z >> 49
        z = a23 ^ d3
        b19 = (z << 56 & mask) | z >> 8
        z = a2 ^ d2
        b20 = (z << 62 & mask) | z >> 2
        z = a8 ^ d3
        b21 = (z << 55 & mask) | z >> 9
        z = a14 ^ d4
        b22 = (z << 39 & mask) | z >> 25
        z = a15 ^ d0
        b23 = (z << 41 & mask) | z >> 23
        z = a21 ^ d1
        b24 = (z << 2 & mask) | z >> 62
        # χ; the constant goes into word 0
        a0 = b0 ^ (~b1 & b2) ^ constant
        a1 = b1 ^ (~b2 & b3)
        a2 = b2 ^ (~b3 & b4)
        a3 = b3 ^ (~b4 & b0)
        a4 = b4 ^ (~b0 & b1)
        a5 = b5 ^ (~b6 & b7)
        a6 = b6 ^ (~b7 & b8)
        a7 = b7 ^ (~b8 & b9)
        a8 = b8 ^ (~b9 & b5)
        a9 = b9 ^ (~b5 & b6)
        a10 = b10 ^ (~b11 & b12)
        a11 = b11 ^ (~b12 & b13)
        a12 = b12 ^ (~b13 & b14)
        a13 = b13 ^ (~b14 & b10)
        a14 = b14 ^ (~b10 & b11)
        a15 = b15 ^ (~b16 & b17)
        a16 = b16 ^ (~b17 & b18)
        a17 = b17 ^ (~b18 & b19)
        a18 = b18 ^ (~b19 & b15)
        a19 = b19 ^ (~b15 & b16)
        a20 = b20 ^ (~b21 & b22)
        a21 = b21 ^ (~b22 & b23)
        a22 = b22 ^ (~b23 & b24)
        a23 = b23 ^ (~b24 & b20)
        a24 = b24 ^ (~b20 & b21)
    state[:] = (
        a0, a1, a2, a3, a4,
        a5, a6, a7, a8, a9,
        a10, a11, a12, a13, a14,
        a15, a16, a17, a18, a19,
        a20, a21, a22, a23, a24,
    )  # fmt: skip
