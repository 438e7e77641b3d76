"""The Fiat–Shamir transcript, as SPEC 3.1 says it; for tests only."""

from __future__ import annotations

from hashlib import sha256

from tests.oracles.curve import Point, R, serialise


class Transcript:
    def __init__(self, protocol: str) -> None:
        self.buffer = protocol.encode("ascii")

    def append(self, message: bytes, label: str) -> None:
        self.buffer += label.encode("ascii") + message

    def append_scalar(self, scalar: int, label: str) -> None:
        self.append((scalar % R).to_bytes(32, "little"), label)

    def append_point(self, point: Point, label: str) -> None:
        self.append(serialise(point), label)

    def domain_sep(self, label: str) -> None:
        self.append(b"", label)

    def challenge(self, label: str) -> int:
        self.domain_sep(label)
        scalar = int.from_bytes(sha256(self.buffer).digest(), "little") % R
        self.buffer = b""
        self.append_scalar(scalar, label)
        return scalar
