"""0x0a: does the polynomial behind a blob have the value y at z?

The commitment C and the proof π are KZG's: C − y·G = (τ − z)·π in the exponent, checked as
e(C − y·G + z·π, H) = e(π, τ·H). Of the trusted setup only τ·H is needed.

Source: EIP-4844; consensus-specs deneb ``polynomial-commitments.md`` (verify_kzg_proof_impl,
validate_kzg_g1).
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from py_arkworks_bls12381 import GT, G1Point, G2Point, Scalar

from stateless.evm.halts import Halt
from stateless.precompiles.prices import POINT_EVALUATION, pay
from verkle.field import P

__all__ = ["point_evaluation"]

INPUT_BYTES: Final = 192
VERSION: Final = b"\x01"
FIELD_ELEMENTS_PER_BLOB: Final = 4096
MODULUS: Final = P
"""Order of the groups, modulus of the polynomials: the field that Bandersnatch lies over."""
OUTPUT: Final = FIELD_ELEMENTS_PER_BLOB.to_bytes(32, "big") + MODULUS.to_bytes(32, "big")

# τ times the generator of the second group: g2_monomial[1] of the mainnet ceremony's output.
TAU_G2: Final = bytes.fromhex(
    "b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72"
    "185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2"
)


def point_evaluation(data: bytes, gas: int) -> tuple[int, bytes]:
    """Input, 192 bytes: versioned hash, z, y (32 each), commitment, proof (48 each, compressed). Output: the
    number of field elements of a blob and the modulus, 32 bytes each; a claim that is false is a failure."""
    used = pay(gas, POINT_EVALUATION)
    if len(data) != INPUT_BYTES:
        raise Halt(f"the input of a point evaluation has {len(data)} bytes instead of {INPUT_BYTES}")
    commitment = data[96:144]
    if data[:32] != VERSION + sha256(commitment).digest()[1:]:
        raise Halt("the versioned hash is not the commitment's")
    z, y = (int.from_bytes(data[i : i + 32], "big") for i in (32, 64))
    if max(z, y) >= MODULUS:
        raise Halt("z or y is not below the modulus")
    proof = _point(data[144:])
    left = _point(commitment) - G1Point() * Scalar(y) + proof * Scalar(z)
    tau_g2 = G2Point.from_compressed_bytes_unchecked(TAU_G2)
    if not GT.pairing_check([left, -proof], [G2Point(), tau_g2]):
        raise Halt("the proof does not hold")
    return used, OUTPUT


def _point(data: bytes) -> G1Point:
    """A point of the first group, in the subgroup; infinity is allowed, in its one encoding."""
    try:
        point = G1Point.from_compressed_bytes(data)
    except ValueError as error:
        raise Halt("a commitment or proof is not a point of the group") from error
    if point.to_compressed_bytes() != data:
        raise Halt("a commitment or proof is not in its one encoding")
    return point
