"""One proof for many openings: that the vector committed in C_i has the value y_i at index z_i, all i.

The openings are combined with powers of a challenge r into one quotient, whose commitment D is in the
proof; at a challenge t all of it becomes one inner-product argument for E − D, where

    E = Σ (r^i / (t − z_i)) · C_i        value = Σ r^i·y_i / (t − z_i)

The verifier adds up the coefficients of one commitment before it multiplies, and needs 1/(t − z) only
once for each z of the domain.

Sources: Feist, *PCS multiproofs using random evaluation*; go-ipa ``multiproof.go``; SPEC 3.4.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from verkle import ipa
from verkle.banderwagon import Point, add, decode_many, encode_many, negate
from verkle.constants import IPA_ROUNDS
from verkle.errors import InvalidError, MalformedError
from verkle.field import R
from verkle.ipa import IpaPoints
from verkle.msm import msm
from verkle.pedersen import commit
from verkle.polynomial import DOMAIN, differences_inverse, lagrange_at, quotient
from verkle.transcript import Transcript, scalar_bytes

__all__ = [
    "PROOF_BYTES",
    "Multiproof",
    "Opening",
    "decode_scalar",
    "proof_from_bytes",
    "proof_to_bytes",
    "prove",
    "verify",
]

PROOF_BYTES: Final = 32 * (1 + 2 * IPA_ROUNDS + 1)

Opening = tuple[int, int, int]
"""(index of the commitment, z in 0…255, y in [0, R))."""

_Z_BYTES: Final = tuple(scalar_bytes(z) for z in range(DOMAIN))
# Openings that enter the transcript at a time: enough to be quick, few enough to weigh nothing.
_AT_ONCE: Final = 4096


@dataclass(frozen=True, slots=True)
class Multiproof:
    """A decoded multiproof: the quotient's commitment and the argument."""

    d: Point
    d_bytes: bytes
    ipa: IpaPoints


def decode_scalar(data: bytes, where: Mapping[str, object]) -> int:
    """32 bytes little-endian, canonical.

    Raises:
        InvalidError: ``SCALAR_NOT_CANONICAL``: the number is not below R. (go-verkle reduces it
            silently, which lets one proof be written in several ways.)
    """
    scalar = int.from_bytes(data, "little")
    if scalar >= R:
        raise InvalidError(
            "SCALAR_NOT_CANONICAL",
            "a scalar of the proof is not below the group order",
            where=where,
            got=data,
        )
    return scalar


def proof_from_bytes(data: bytes) -> Multiproof:
    """The 576-byte library form: D ‖ L_1…L_8 ‖ R_1…R_8 ‖ a, the scalar little-endian (SPEC 3.4).

    Raises:
        MalformedError: ``PROOF_LENGTH``.
        InvalidError: a point or the scalar is not what it must be (:func:`decode_many`).
    """
    if len(data) != PROOF_BYTES:
        raise MalformedError(
            "PROOF_LENGTH", "a multiproof has 576 bytes", expected=PROOF_BYTES, got=len(data)
        )
    parts = tuple(data[at : at + 32] for at in range(0, PROOF_BYTES, 32))
    points = decode_many(parts[:-1], proof_place)
    return build(points, parts[:-1], decode_scalar(parts[-1], {"part": "final scalar"}))


def proof_place(index: int) -> Mapping[str, object]:
    """Which of the seventeen points of a proof, D first, the index means."""
    if index == 0:
        return {"part": "D"}
    side, k = divmod(index - 1, IPA_ROUNDS)
    return {"part": ("cl", "cr")[side], "index": k}


def build(points: Sequence[Point], encoded: Sequence[bytes], scalar: int) -> Multiproof:
    """A multiproof of its seventeen points in order D, L, R, as decoded and as encoded."""
    left, right = slice(1, 1 + IPA_ROUNDS), slice(1 + IPA_ROUNDS, 1 + 2 * IPA_ROUNDS)
    return Multiproof(
        points[0],
        encoded[0],
        IpaPoints(
            tuple(points[left]), tuple(points[right]), tuple(encoded[left]), tuple(encoded[right]), scalar
        ),
    )


def verify(
    protocol: bytes,
    commitments: Sequence[Point],
    commitment_bytes: Sequence[bytes],
    openings: Sequence[Opening],
    proof: Multiproof,
) -> bool:
    """Whether the proof shows all openings, in this order. No openings: nothing to show, ``False``.

    ``protocol`` is the transcript's label (``b"vt"`` for witnesses). ``commitment_bytes`` are the
    encodings of ``commitments``. A commitment may be opened any number of times, and equal commitments
    may be listed more than once.
    """
    if not openings:
        return False
    transcript, r = _begin(protocol, commitment_bytes, openings)
    transcript.append(b"D", proof.d_bytes)
    t = transcript.challenge(b"t")
    if t < DOMAIN:  # probability 2^-245; t − z would have no inverse
        return False

    inverses = differences_inverse(t)
    coefficients = [0] * len(commitments)
    value = 0
    power = 1
    for i, z, y in openings:
        coefficient = power * inverses[z] % R
        coefficients[i] += coefficient
        value += coefficient * y
        power = power * r % R
    value %= R
    e = msm(commitments, coefficients)
    e_minus_d = add(e, negate(proof.d))
    e_bytes, e_minus_d_bytes = encode_many([e, e_minus_d])
    transcript.append(b"E", e_bytes)
    b = lagrange_at(t, inverses)
    return ipa.verify(transcript, e_minus_d, e_minus_d_bytes, proof.ipa, point=t, b=b, value=value)


def prove(
    protocol: bytes,
    vectors: Sequence[Mapping[int, int]],
    commitment_bytes: Sequence[bytes],
    openings: Sequence[Opening],
) -> Multiproof:
    """The proof of openings (at least one, each true) of committed vectors.

    ``vectors[i]`` holds what is not zero of the vector behind ``commitment_bytes[i]``, index → scalar in
    ``[0, R)``. The openings of one z are added up before the quotient is taken, so that there are at
    most 256 quotients however many openings there are.
    """
    transcript, r = _begin(protocol, commitment_bytes, openings)
    by_z: dict[int, list[int]] = {}
    power = 1
    for i, z, _ in openings:
        total = by_z.setdefault(z, [0] * DOMAIN)
        for at, scalar in vectors[i].items():
            total[at] += power * scalar
        power = power * r % R
    g = [0] * DOMAIN
    for z, total in by_z.items():
        by_z[z] = [v % R for v in total]
        g = list(map(operator.add, g, quotient(by_z[z], z)))
    d = commit(dict(enumerate(g)))
    d_bytes = encode_many([d])[0]
    transcript.append(b"D", d_bytes)
    t = transcript.challenge(b"t")
    inverses = differences_inverse(t)
    h = [0] * DOMAIN
    for z, total in by_z.items():
        inverse = inverses[z]
        h = [v + inverse * f for v, f in zip(h, total, strict=True)]
    e = commit(dict(enumerate(h)))
    e_bytes, e_minus_d_bytes = encode_many([e, add(e, negate(d))])
    transcript.append(b"E", e_bytes)
    values = [(a - b) % R for a, b in zip(h, g, strict=True)]
    return Multiproof(d, d_bytes, ipa.prove(transcript, e_minus_d_bytes, t, values, lagrange_at(t, inverses)))


def proof_to_bytes(proof: Multiproof) -> bytes:
    """The 576-byte library form; inverse of :func:`proof_from_bytes`."""
    parts = (proof.d_bytes, *proof.ipa.left_bytes, *proof.ipa.right_bytes, scalar_bytes(proof.ipa.scalar))
    return b"".join(parts)


def _begin(
    protocol: bytes, commitment_bytes: Sequence[bytes], openings: Sequence[Opening]
) -> tuple[Transcript, int]:
    """The transcript with all openings in it, and the first challenge, r."""
    transcript = Transcript(protocol)
    transcript.domain_separator(b"multiproof")
    for start in range(0, len(openings), _AT_ONCE):
        parts: list[bytes] = []
        for i, z, y in openings[start : start + _AT_ONCE]:
            parts += (b"C", commitment_bytes[i], b"z", _Z_BYTES[z], b"y", y.to_bytes(32, "little"))
        transcript.append_all(parts)
    return transcript, transcript.challenge(b"r")
