"""Keccak-256 as Ethereum uses it: the submission before NIST changed the padding.

``hashlib.sha3_256`` is another function (padding byte 0x06 instead of 0x01) and must not take its place.
safe-pysha3 is the first choice. It has no wheels for 32-bit ARM, nor has pycryptodome, which does the same a
little slower where it is installed; without either, plain Python does (:mod:`witness.keccak_plain`), some
hundred times slower. ``KECCAK_BACKEND`` names the one in use, for ``stateless doctor``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

__all__ = ["KECCAK_BACKEND", "keccak256"]


def _backend() -> tuple[str, Callable[[bytes], bytes]]:
    try:
        import sha3  # noqa: PLC0415 (each import is a question)
    except ImportError:
        return _second()

    def by_pysha3(data: bytes) -> bytes:
        """Return the 32-byte Keccak-256 digest of ``data``."""
        digest: bytes = sha3.keccak_256(data).digest()
        return digest

    return "safe-pysha3", by_pysha3


def _second() -> tuple[str, Callable[[bytes], bytes]]:
    try:
        from Crypto.Hash import keccak  # noqa: PLC0415
    except ImportError:
        from witness.keccak_plain import keccak256 as by_plain  # noqa: PLC0415

        return "plain Python", by_plain

    def by_pycryptodome(data: bytes) -> bytes:
        """Return the 32-byte Keccak-256 digest of ``data``."""
        return keccak.new(digest_bits=256, data=data).digest()

    return "pycryptodome", by_pycryptodome


_NAME, keccak256 = _backend()
KECCAK_BACKEND: Final[str] = _NAME
