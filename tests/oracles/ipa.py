"""The inner-product argument, prover and verifier, as SPEC 3.2 and 3.3 say it; for tests only.

The folded basis is never computed as points: basis element j of a round with n left is
Σ s_i·G_i over i ≡ j mod n, so its coefficients s are folded instead, and each sum is one commitment.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from tests.oracles.curve import Point, Q, R, RefusedError, add, commit, deserialise, eq, mul, serialise
from tests.oracles.transcript import Transcript

N = 256
ROUNDS = 8


@dataclass(frozen=True)
class IpaProof:
    cl: tuple[Point, ...]
    cr: tuple[Point, ...]
    a: int

    def to_bytes(self) -> bytes:
        """L_1 … L_8 ‖ R_1 … R_8 ‖ a little-endian: 544 bytes."""
        return b"".join(map(serialise, self.cl + self.cr)) + self.a.to_bytes(32, "little")


def ipa_from_bytes(data: bytes) -> IpaProof:
    """Raises RefusedError: ``proof length``, ``scalar not canonical``, or what ``deserialise`` says."""
    if len(data) != 544:
        raise RefusedError("proof length")
    points = tuple(deserialise(data[i : i + 32]) for i in range(0, 512, 32))
    a = int.from_bytes(data[512:], "little")
    if a >= R:
        raise RefusedError("scalar not canonical")
    return IpaProof(points[:ROUNDS], points[ROUNDS:], a)


def inner(a: list[int], b: list[int]) -> int:
    return sum(x * y for x, y in zip(a, b, strict=True)) % R


# Polynomials by their values on 0 … 255 (SPEC 3.2)


@cache
def weights() -> tuple[int, ...]:
    """A'(j) = Π_{i≠j} (j − i)."""
    out = []
    for j in range(N):
        product = 1
        for i in range(N):
            if i != j:
                product = product * (j - i) % R
        out.append(product)
    return tuple(out)


@lru_cache(maxsize=8)
def evaluation_vector(z: int) -> tuple[int, ...]:
    """b with f(z) = ⟨f, b⟩: a unit vector inside the domain, Lagrange coefficients outside."""
    if z < N:
        return tuple(int(i == z) for i in range(N))
    a_of_z = 1
    for i in range(N):
        a_of_z = a_of_z * (z - i) % R
    return tuple(a_of_z * pow(weights()[i] * (z - i), -1, R) % R for i in range(N))


# The argument (SPEC 3.3)


def _start(transcript: Transcript, commitment: Point, z: int, y: int) -> Point:
    transcript.domain_sep("ipa")
    transcript.append_point(commitment, "C")
    transcript.append_scalar(z, "input point")
    transcript.append_scalar(y, "output point")
    return mul(transcript.challenge("w"), Q)


def prove(transcript: Transcript, commitment: Point, f: list[int], z: int) -> IpaProof:
    """That ``commitment`` is to f, and f(z) = ⟨f, b(z)⟩."""
    a, b = [v % R for v in f], list(evaluation_vector(z))
    q = _start(transcript, commitment, z, inner(a, b))
    s = [1] * N
    cl, cr = [], []
    n = N
    while n > 1:
        half = n // 2
        (a_l, a_r), (b_l, b_r) = (a[:half], a[half:]), (b[:half], b[half:])
        on_left = {i: a_r[i % n] * s[i] for i in range(N) if i % n < half}
        on_right = {i: a_l[i % n - half] * s[i] for i in range(N) if i % n >= half}
        cl.append(add(commit(on_left), mul(inner(a_r, b_l), q)))
        cr.append(add(commit(on_right), mul(inner(a_l, b_r), q)))
        transcript.append_point(cl[-1], "L")
        transcript.append_point(cr[-1], "R")
        x = transcript.challenge("x")
        x_inv = pow(x, -1, R)
        a = [(low + x * high) % R for low, high in zip(a_l, a_r, strict=True)]
        b = [(low + x_inv * high) % R for low, high in zip(b_l, b_r, strict=True)]
        s = [v * x_inv % R if i % n >= half else v for i, v in enumerate(s)]
        n = half
    return IpaProof(tuple(cl), tuple(cr), a[0])


def verify(transcript: Transcript, commitment: Point, z: int, y: int, proof: IpaProof) -> bool:
    q = _start(transcript, commitment, z, y)
    c = add(commitment, mul(y, q))
    inverses = []
    for left, right in zip(proof.cl, proof.cr, strict=True):
        transcript.append_point(left, "L")
        transcript.append_point(right, "R")
        x = transcript.challenge("x")
        x_inv = pow(x, -1, R)
        c = add(c, add(mul(x, left), mul(x_inv, right)))
        inverses.append(x_inv)
    s = []
    for j in range(N):
        product = 1
        for k, x_inv in enumerate(inverses):
            if j >> (7 - k) & 1:
                product = product * x_inv % R
        s.append(product)
    g0 = commit(s)
    b0 = inner(s, list(evaluation_vector(z)))
    return eq(c, add(mul(proof.a, g0), mul(proof.a * b0, q)))
