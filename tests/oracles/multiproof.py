"""One proof for many openings, prover and verifier, as SPEC 3.4 says it; for tests only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from tests.oracles import ipa
from tests.oracles.curve import Point, R, RefusedError, add, commit, deserialise, msm, neg, serialise
from tests.oracles.ipa import IpaProof
from tests.oracles.transcript import Transcript


@dataclass(frozen=True)
class Query:
    """``f`` is the committed vector; only the prover needs it."""

    commitment: Point
    z: int
    y: int
    f: tuple[int, ...] = ()


@dataclass(frozen=True)
class Multiproof:
    d: Point
    ipa: IpaProof

    def to_bytes(self) -> bytes:
        """D ‖ L_1 … L_8 ‖ R_1 … R_8 ‖ a little-endian: 576 bytes."""
        return serialise(self.d) + self.ipa.to_bytes()


def multiproof_from_bytes(data: bytes) -> Multiproof:
    """Raises RefusedError, as :func:`tests.oracles.ipa.ipa_from_bytes`."""
    if len(data) != 576:
        raise RefusedError("proof length")
    return Multiproof(deserialise(data[:32]), ipa.ipa_from_bytes(data[32:]))


@cache
def _inverse(n: int) -> int:
    return pow(n, -1, R)


def quotient(f: Sequence[int], m: int, y: int) -> list[int]:
    """(f(X) − y)/(X − m) on the domain, for y = f(m)."""
    q = [0] * 256
    weights = ipa.weights()
    at_m = 0
    for i in range(256):
        if i != m and f[i] != y:
            q[i] = (f[i] - y) * _inverse(i - m) % R
            at_m += weights[m] * _inverse(weights[i]) * q[i]
    q[m] = -at_m % R
    return q


def _start(transcript: Transcript, queries: Sequence[Query]) -> int:
    transcript.domain_sep("multiproof")
    for query in queries:
        transcript.append_point(query.commitment, "C")
        transcript.append_scalar(query.z, "z")
        transcript.append_scalar(query.y, "y")
    return transcript.challenge("r")


def prove(transcript: Transcript, queries: Sequence[Query]) -> Multiproof:
    """A query whose y is not f(z) makes a proof that no verifier accepts."""
    r = _start(transcript, queries)
    powers = [pow(r, i, R) for i in range(len(queries))]
    g = [0] * 256
    for power, query in zip(powers, queries, strict=True):
        for i, v in enumerate(quotient(query.f, query.z, query.y)):
            if v:
                g[i] = (g[i] + power * v) % R
    d = commit(g)
    transcript.append_point(d, "D")
    t = transcript.challenge("t")
    h = [0] * 256
    for power, query in zip(powers, queries, strict=True):
        factor = power * pow(t - query.z, -1, R) % R
        for i, v in enumerate(query.f):
            if v:
                h[i] = (h[i] + factor * v) % R
    e = commit(h)
    transcript.append_point(e, "E")
    rest = [(b - a) % R for a, b in zip(g, h, strict=True)]
    return Multiproof(d, ipa.prove(transcript, add(e, neg(d)), rest, t))


def verify(transcript: Transcript, queries: Sequence[Query], proof: Multiproof) -> bool:
    """Raises RefusedError ``no queries``."""
    if not queries:
        raise RefusedError("no queries")
    r = _start(transcript, queries)
    transcript.append_point(proof.d, "D")
    t = transcript.challenge("t")
    if t < 256:
        return False
    factors = [pow(r, i, R) * pow(t - query.z, -1, R) % R for i, query in enumerate(queries)]
    value = sum(factor * query.y for factor, query in zip(factors, queries, strict=True)) % R
    e = msm([query.commitment for query in queries], factors)
    transcript.append_point(e, "E")
    return ipa.verify(transcript, add(e, neg(proof.d)), t, value, proof.ipa)
