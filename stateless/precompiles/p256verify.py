"""0x100: verification of an ECDSA signature over P-256 (secp256r1).

Source: EIP-7951.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from stateless.precompiles.prices import P256VERIFY, pay

__all__ = ["p256verify"]

INPUT_BYTES: Final = 160
P: Final = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
VALID: Final = (1).to_bytes(32, "big")
# The hash is given, not made here; any hash of 32 bytes says so to the library.
_ALGORITHM: Final = ec.ECDSA(Prehashed(SHA256()))


def p256verify(data: bytes, gas: int) -> tuple[int, bytes]:
    """Input, 160 bytes: hash, r, s, and x and y of the public key. Output: 1 in 32 bytes where the signature
    holds; nothing for one that does not and for any input that is not well formed, which is no failure."""
    used = pay(gas, P256VERIFY)
    if len(data) != INPUT_BYTES:
        return used, b""
    r, s, x, y = (int.from_bytes(data[i : i + 32], "big") for i in (32, 64, 96, 128))
    if not (0 < r < N and 0 < s < N and x < P and y < P):
        return used, b""
    try:
        # refuses what is not on the curve, (0, 0) among it
        key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        key.verify(encode_dss_signature(r, s), data[:32], _ALGORITHM)
    except (ValueError, InvalidSignature):
        return used, b""
    return used, VALID
