"""Public keys recovered from signatures over secp256k1.

coincurve (libsecp256k1) does it where it is installed; there is no wheel of it for 32-bit ARM, and there
plain integers give the same results, some twenty times slower. ``backend`` names the one in use.

Source: SEC 1, 4.1.6; Yellow Paper appendix F.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

from stateless.curve import Curve, linear_combination

__all__ = ["HALF_ORDER", "ORDER", "backend", "recover", "recover_plain"]

CURVE: Final = Curve(
    p=2**256 - 2**32 - 977,
    b=7,
    n=0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    beta=0x7AE96A2B657C07106E64479EAC3434E99CF0497512F58995C1396C28719501EE,
    basis=(
        (0x3086D221A7D46BCDE86C90E49284EB15, -0xE4437ED6010E88286F547FA90ABFE4C3),
        (0x114CA50F7A8E2F3F657C1108D9D44CFD8, 0x3086D221A7D46BCDE86C90E49284EB15),
    ),
)
GENERATOR: Final = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)
ORDER: Final = CURVE.n
HALF_ORDER: Final = ORDER // 2


def recover(message_hash: bytes, r: int, s: int, y_parity: int) -> bytes | None:
    """The public key, 64 bytes x ‖ y big-endian, under which (r, s) signs the 32 bytes of ``message_hash``.

    ``y_parity``: 0 or 1, of the point whose x is r. ``None``: there is no such key, since r or s is not
    within 1 to n − 1, no point has this x, or the key would be infinity. A high s is taken as it is.
    """
    if not (0 < r < ORDER and 0 < s < ORDER):
        return None
    return _recovery()(message_hash, r, s, y_parity)


def backend() -> str:
    """What recovers keys here, for ``stateless doctor``."""
    return "plain integers" if _recovery() is recover_plain else "coincurve"


def recover_plain(message_hash: bytes, r: int, s: int, y_parity: int) -> bytes | None:
    """``recover`` in plain integers; r and s within 1 to n − 1."""
    p = CURVE.p
    square = (r * r * r + CURVE.b) % p
    y = pow(square, (p + 1) // 4, p)
    if y * y % p != square:
        return None
    if y & 1 != y_parity:
        y = p - y
    inverse = pow(r, -1, ORDER)
    message = int.from_bytes(message_hash, "big")
    key = linear_combination(CURVE, [(-message * inverse, GENERATOR), (s * inverse, (r, y))])
    if key is None:
        return None
    return key[0].to_bytes(32, "big") + key[1].to_bytes(32, "big")


@cache
def _recovery() -> Callable[[bytes, int, int, int], bytes | None]:
    try:
        from coincurve import PublicKey  # noqa: PLC0415 (only where something is executed)
    except ImportError:  # 32-bit ARM
        return recover_plain

    def recover_native(message_hash: bytes, r: int, s: int, y_parity: int) -> bytes | None:
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes((y_parity,))
        try:
            key = PublicKey.from_signature_and_message(signature, message_hash, hasher=None)
        except ValueError:
            return None
        return key.format(compressed=False)[1:]

    return recover_native
