"""The inner-product argument: that a committed vector a has ⟨a, b⟩ = y.

Notation: C = ⟨a, G⟩ the commitment, b the Lagrange coefficients of the point z, so that y = f(z);
w and x_1 … x_8 the challenges; q = w·Q. Each round halves the vectors:

    a ← a_L + x·a_R      b ← b_L + x⁻¹·b_R      G ← G_L + x⁻¹·G_R
    L = ⟨a_R, G_L⟩ + ⟨a_R, b_L⟩·q      R = ⟨a_L, G_R⟩ + ⟨a_L, b_R⟩·q

The verifier does not fold. G folds to ⟨s, G⟩ where s_j is the product of those x_k⁻¹ whose bit
(8 − k) is set in j, and everything is one sum that must be the identity:

    C + y·q + Σ (x_k·L_k + x_k⁻¹·R_k) − a·⟨s, G⟩ − a·⟨s, b⟩·q = 0

Sources: Bulletproofs (ePrint 2017/1066), go-ipa ``ipa/verifier.go``; SPEC 3.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul
from typing import Final

from verkle.banderwagon import Point, add, is_identity
from verkle.crs import Q
from verkle.field import R, batch_inverse_fr
from verkle.msm import msm
from verkle.pedersen import commit
from verkle.transcript import Transcript

__all__ = ["ROUNDS", "IpaPoints", "verify"]

ROUNDS: Final = 8


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
    point: int,
    b: Sequence[int],
    value: int,
    proof: IpaPoints,
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
    b_folded = sum(map(mul, folded, b)) % R

    a = proof.scalar
    fixed = {j: -a * s for j, s in enumerate(folded)}
    fixed[Q] = w * (value - a * b_folded)
    variable = msm([*proof.left, *proof.right], [*challenges, *inverses])
    return is_identity(add(commitment, add(commit(fixed), variable)))
