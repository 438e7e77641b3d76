"""Keccak-256 as Ethereum uses it: the submission before NIST changed the padding.

``hashlib.sha3_256`` is another function (padding byte 0x06 instead of 0x01) and must not take its place.
safe-pysha3 is the first choice; it has no wheels for 32-bit ARM, and there pycryptodome gives the same
result a little slower. ``KECCAK_BACKEND`` names the one in use, for ``stateless doctor``.
"""

from __future__ import annotations

from typing import Final

try:
    import sha3

    KECCAK_BACKEND: Final[str] = "safe-pysha3"
except ImportError:  # 32-bit ARM: no wheel, and no compiler is asked for
    from Crypto.Hash import keccak as _pycryptodome

    KECCAK_BACKEND = "pycryptodome"  # type: ignore[misc]

    def keccak256(data: bytes) -> bytes:
        """Return the 32-byte Keccak-256 digest of ``data``."""
        return _pycryptodome.new(digest_bits=256, data=data).digest()

else:

    def keccak256(data: bytes) -> bytes:
        """Return the 32-byte Keccak-256 digest of ``data``."""
        digest: bytes = sha3.keccak_256(data).digest()
        return digest
