"""0x100: verification of an ECDSA signature over P-256 (secp256r1).

The library ``cryptography`` does it where it is installed; it has no wheel for 32-bit ARM, and there plain
integers give the same answers, some hundred times slower.

Source: EIP-7951.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

from stateless.precompiles.p256_plain import N, P
from stateless.precompiles.p256_plain import verify as verify_plain
from stateless.precompiles.prices import P256VERIFY, pay

__all__ = ["p256verify"]

INPUT_BYTES: Final = 160
VALID: Final = (1).to_bytes(32, "big")


def p256verify(data: bytes, gas: int) -> tuple[int, bytes]:
    """Input, 160 bytes: hash, r, s, and x and y of the public key. Output: 1 in 32 bytes where the signature
    holds; nothing for one that does not and for any input that is not well formed, which is no failure."""
    used = pay(gas, P256VERIFY)
    if len(data) != INPUT_BYTES:
        return used, b""
    r, s, x, y = (int.from_bytes(data[i : i + 32], "big") for i in (32, 64, 96, 128))
    if not (0 < r < N and 0 < s < N and x < P and y < P):
        return used, b""
    return used, VALID if _verification()(data[:32], r, s, x, y) else b""


@cache
def _verification() -> Callable[[bytes, int, int, int, int], bool]:
    try:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 (only where it is asked for)
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.utils import (  # noqa: PLC0415
            Prehashed,
            encode_dss_signature,
        )
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    except ImportError:  # 32-bit ARM
        return verify_plain
    # The hash is given, not made here; any hash of 32 bytes says so to the library.
    algorithm = ec.ECDSA(Prehashed(SHA256()))

    def verify_native(digest: bytes, r: int, s: int, x: int, y: int) -> bool:
        try:
            # refuses what is not on the curve, (0, 0) among it
            key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
            key.verify(encode_dss_signature(r, s), digest, algorithm)
        except (ValueError, InvalidSignature):
            return False
        return True

    return verify_native
