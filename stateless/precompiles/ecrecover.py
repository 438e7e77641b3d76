"""0x01: the address that signed a hash over secp256k1.

Source: Yellow Paper appendix E.
"""

from __future__ import annotations

from stateless.precompiles.prices import ECRECOVER, pay
from stateless.secp256k1 import recover
from witness.keccak import keccak256

__all__ = ["ecrecover"]


def ecrecover(data: bytes, gas: int) -> tuple[int, bytes]:
    """Input: hash, v (27 or 28), r, s, 32 bytes each, as if followed by zeros. Output: the address in 32
    bytes; nothing where there is none, which is no failure. A high s is as good as a low one here."""
    used = pay(gas, ECRECOVER)
    data = data[:128].ljust(128, b"\x00")
    v, r, s = (int.from_bytes(data[i : i + 32], "big") for i in (32, 64, 96))
    if v not in {27, 28}:
        return used, b""
    key = recover(data[:32], r, s, v - 27)
    return used, b"" if key is None else keccak256(key)[12:].rjust(32, b"\x00")
