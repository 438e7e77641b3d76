"""The inner-product argument: that a committed vector a has ⟨a, b⟩ = y.

Notation: C = ⟨a, G⟩ the commitment, b the Lagrange coefficients of the point z, so that y = f(z);
w and x_1 … x_8 the challenges; q = w·Q. Each round halves the vectors:

    a ← a_L + x·a_R      b ← b_L + x⁻¹·b_R      G ← G_L + x⁻¹·G_R
    L = ⟨a_R, G_L⟩ + ⟨a_R, b_L⟩·q      R = ⟨a_L, G_R⟩ + ⟨a_L, b_R⟩·q

The verifier does not fold. G folds to ⟨s, G⟩ where s_j is the product of those x_k⁻¹ whose bit
(8 − k) is set in j, and everything is one sum that must be the identity:

    C + y·q + Σ (x_k·L_k + x_k⁻¹·R_k) − a·⟨s, G⟩ − a·⟨s, b⟩·q = 0

The prover folds a and b, but not G: in a round with n entries left, entry j of the folded basis is the
sum of s_i·G_i over all i with i mod n = j, so L and R are commitments over the fixed basis too.

Sources: Bulletproofs (ePrint 2017/1066), go-ipa ``ipa/{prover,verifier}.go``; SPEC 3.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

from verkle.banderwagon import Point, add, encode_many, is_identity
from verkle.constants import IPA_ROUNDS
from verkle.crs import Q
from verkle.field import R, batch_inverse_fr
from verkle.msm import msm
from verkle.pedersen import commit, commit_many
from verkle.transcript import Transcript

__all__ = ["IpaPoints", "prove", "verify"]


@dataclass(frozen=True, slots=True)
class IpaPoints:
    """A decoded argument: eight L and eight R, as points and as the bytes that enter the transcript."""

    left: tuple[Point, ...]
    right: tuple[Point, ...]
    left_bytes: tuple[bytes, ...]
    right_bytes: tuple[bytes, ...]
    scalar: int
    """The final a, in ``[0, R)``."""


def verify(
    transcript: Transcript,
    commitment: Point,
    commitment_bytes: bytes,
    proof: IpaPoints,
    *,
    point: int,
    b: Sequence[int],
    value: int,
) -> bool:
    """Whether the argument shows that the committed polynomial is ``value`` at ``point``.

    ``b`` are the 256 Lagrange coefficients of ``point``. The transcript is carried on.
    """
    transcript.domain_separator(b"ipa")
    transcript.append(b"C", commitment_bytes)
    transcript.append_scalar(b"input point", point)
    transcript.append_scalar(b"output point", value)
    w = transcript.challenge(b"w")

    challenges = []
    for left, right in zip(proof.left_bytes, proof.right_bytes, strict=True):
        transcript.append(b"L", left)
        transcript.append(b"R", right)
        challenges.append(transcript.challenge(b"x"))
    if 0 in challenges:  # has no inverse; no honest proof meets it
        return False
    inverses = batch_inverse_fr(challenges)

    folded = [1]
    for inverse in inverses:
        folded = [s for pair in ((v, v * inverse % R) for v in folded) for s in pair]
    b_folded = _inner(folded, b)

    a = proof.scalar
    fixed = {j: -a * s for j, s in enumerate(folded)}
    fixed[Q] = w * (value - a * b_folded)
    variable = msm([*proof.left, *proof.right], [*challenges, *inverses])
    return is_identity(add(commitment, add(commit(fixed), variable)))


def prove(
    transcript: Transcript, commitment_bytes: bytes, point: int, a: Sequence[int], b: Sequence[int]
) -> IpaPoints:
    """The argument for ⟨a, b⟩, with a the 256 committed values and b the coefficients of ``point``.

    The transcript is carried on, to the same state as the verifier's.
    """
    a, b = list(a), list(b)
    transcript.domain_separator(b"ipa")
    transcript.append(b"C", commitment_bytes)
    transcript.append_scalar(b"input point", point)
    transcript.append_scalar(b"output point", _inner(a, b))
    w = transcript.challenge(b"w")

    folded = [1] * len(a)
    sides: tuple[list[Point], list[Point]] = ([], [])
    encoded: tuple[list[bytes], list[bytes]] = ([], [])
    n = len(a)
    for _ in range(IPA_ROUNDS):
        n //= 2
        a_left, a_right, b_left, b_right = a[:n], a[n:], b[:n], b[n:]
        left = {i: a_right[i % n] * s for i, s in enumerate(folded) if not i & n}
        right = {i: a_left[i % n] * s for i, s in enumerate(folded) if i & n}
        left[Q] = w * _inner(a_right, b_left)
        right[Q] = w * _inner(a_left, b_right)
        points = commit_many([left, right])
        for side, point_bytes, label, p, e in zip(
            sides, encoded, (b"L", b"R"), points, encode_many(points), strict=True
        ):
            side.append(p)
            point_bytes.append(e)
            transcript.append(label, e)
        x = transcript.challenge(b"x")
        inverse = pow(x, -1, R)
        a = [(low + x * high) % R for low, high in zip(a_left, a_right, strict=True)]
        b = [(low + inverse * high) % R for low, high in zip(b_left, b_right, strict=True)]
        folded = [s * inverse % R if i & n else s for i, s in enumerate(folded)]
    return IpaPoints(tuple(sides[0]), tuple(sides[1]), tuple(encoded[0]), tuple(encoded[1]), a[0])


def _inner(a: Sequence[int], b: Sequence[int]) -> int:
    total: int = sum(map(mul, a, b))
    return total % R
