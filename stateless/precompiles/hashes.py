"""0x02 SHA-256, 0x03 RIPEMD-160, 0x04 the input itself.

Source: Yellow Paper appendix E.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache

from stateless.precompiles.prices import IDENTITY, RIPEMD160, SHA256, pay, word_gas

__all__ = ["identity", "ripemd160", "sha256"]


def sha256(data: bytes | memoryview, gas: int) -> tuple[int, bytes]:
    """Output: the 32-byte digest."""
    return pay(gas, word_gas(SHA256, data)), hashlib.sha256(data).digest()


def ripemd160(data: bytes | memoryview, gas: int) -> tuple[int, bytes]:
    """Output: the 20-byte digest, after 12 zero bytes."""
    return pay(gas, word_gas(RIPEMD160, data)), _ripemd160()(data).rjust(32, b"\x00")


def identity(data: bytes | memoryview, gas: int) -> tuple[int, bytes]:
    """Output: the input."""
    return pay(gas, word_gas(IDENTITY, data)), bytes(data)


@cache
def _ripemd160() -> Callable[[bytes | memoryview], bytes]:
    """OpenSSL 3.0.0 to 3.0.6, and one set to approved hashes only, do not have it."""
    try:
        hashlib.new("ripemd160", usedforsecurity=False)
    except ValueError:
        from Crypto.Hash import RIPEMD160 as fallback  # noqa: PLC0415 (only where OpenSSL lacks it)

        return lambda data: fallback.new(data).digest()
    return lambda data: hashlib.new("ripemd160", data, usedforsecurity=False).digest()
