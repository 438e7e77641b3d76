"""0x09: the compression function of BLAKE2b, with any number of rounds.

blake2b-py does it where it has a wheel (x86-64). Elsewhere plain integers do, four lanes at a time: the state
is a matrix of four rows of four 64-bit words, and a row is one integer with a word in each 128 bits, so that
one addition, exclusive or or rotation works on a whole row.

Source: EIP-152; RFC 7693, 3.1 and 3.2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from stateless.evm.halts import Halt
from stateless.precompiles.prices import BLAKE2F_ROUND, pay

__all__ = ["backend", "blake2f", "compress_plain"]

INPUT_BYTES: Final = 213

_IV: Final = (
    0x6A09E667F3BCC908,
    0xBB67AE8584CAA73B,
    0x3C6EF372FE94F82B,
    0xA54FF53A5F1D36F1,
    0x510E527FADE682D1,
    0x9B05688C2B3E6C1F,
    0x1F83D9ABFB41BD6B,
    0x5BE0CD19137E2179,
)
# Order of the message words in each of ten rounds; then from the start again.
_SIGMA: Final = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
    (14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3),
    (11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4),
    (7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8),
    (9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13),
    (2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9),
    (12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11),
    (13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10),
    (6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5),
    (10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0),
)
_LANE_BITS: Final = 128
_WORD: Final = (1 << 64) - 1


def blake2f(data: bytes, gas: int) -> tuple[int, bytes]:
    """Input, 213 bytes: rounds (4 bytes, big-endian), state (64), message block (128), offset (16), all words
    little-endian, and whether this is the last block (1, 0 or 1). Output: the new state."""
    if len(data) != INPUT_BYTES:
        raise Halt(f"the input of BLAKE2 has {len(data)} bytes instead of {INPUT_BYTES}")
    used = pay(gas, BLAKE2F_ROUND * int.from_bytes(data[:4], "big"))
    if data[212] > 1:
        raise Halt("the final flag of BLAKE2 is neither 0 nor 1")
    return used, _compression()(data)


def backend() -> str:
    """What compresses here, for ``stateless doctor``."""
    return "plain integers" if _compression() is compress_plain else "blake2b-py"


@cache
def _compression() -> Callable[[bytes], bytes]:
    try:
        from blake2b import decode_and_compress  # noqa: PLC0415 (not on every platform)
    except ImportError:
        return compress_plain
    native: Callable[[bytes], bytes] = decode_and_compress
    return native


def _row(words: Sequence[int]) -> int:
    """Four words side by side, the first one lowest."""
    a, b, c, d = words
    return a | b << _LANE_BITS | c << 2 * _LANE_BITS | d << 3 * _LANE_BITS


_MASK: Final = _row((_WORD, _WORD, _WORD, _WORD))
_ALL: Final = (1 << 4 * _LANE_BITS) - 1


def _turn(row: int, lanes: int) -> int:
    """The row with each word ``lanes`` places lower, those at the low end coming in at the other."""
    return (row >> lanes * _LANE_BITS | row << (4 - lanes) * _LANE_BITS) & _ALL


def _half_round(a: int, b: int, c: int, d: int, x: int, y: int) -> tuple[int, int, int, int]:
    """The mixing function G on four columns at once. A word shifted left stays within its lane."""
    a = (a + b + x) & _MASK
    d ^= a
    d = (d >> 32 | d << 32) & _MASK
    c = (c + d) & _MASK
    b ^= c
    b = (b >> 24 | b << 40) & _MASK
    a = (a + b + y) & _MASK
    d ^= a
    d = (d >> 16 | d << 48) & _MASK
    c = (c + d) & _MASK
    b ^= c
    return a, (b >> 63 | b << 1) & _MASK, c, d


def compress_plain(data: bytes) -> bytes:
    """The function on the 213 bytes of the precompile's input, in plain integers."""
    rounds = int.from_bytes(data[:4], "big")
    words = [int.from_bytes(data[i : i + 8], "little") for i in range(4, 212, 8)]
    state, message, (low, high) = words[:8], words[8:24], words[24:]
    schedule = [
        tuple(_row([message[i] for i in order[start : start + 8 : 2]]) for start in (0, 1, 8, 9))
        for order in _SIGMA
    ]
    first, second = _row(state[:4]), _row(state[4:])
    last = _WORD if data[212] else 0
    a, b, c = first, second, _row(_IV[:4])
    d = _row((_IV[4] ^ low, _IV[5] ^ high, _IV[6] ^ last, _IV[7]))
    for i in range(rounds):
        w, x, y, z = schedule[i % 10]
        a, b, c, d = _half_round(a, b, c, d, w, x)
        # Diagonals become columns, and back.
        a, b, c, d = _half_round(a, _turn(b, 1), _turn(c, 2), _turn(d, 3), y, z)
        b, c, d = _turn(b, 3), _turn(c, 2), _turn(d, 1)
    rows = (first ^ a ^ c, second ^ b ^ d)
    return b"".join(
        (row >> lane * _LANE_BITS & _WORD).to_bytes(8, "little") for row in rows for lane in range(4)
    )
