"""The Fiat–Shamir transcript of the IPA and the multiproof.

A buffer that is hashed with SHA-256 at each challenge and then holds that challenge alone; it is hashed as
it is filled, and not kept: a witness may open a million places, of 100 bytes each in it. A label is
appended *before* its message and nothing has a length prefix.

Source: go-ipa ``common/transcript.go``; SPEC 3.1.
"""

from __future__ import annotations

from hashlib import sha256

from verkle.field import R

__all__ = ["Transcript", "scalar_bytes"]


def scalar_bytes(scalar: int) -> bytes:
    """A scalar in ``[0, R)`` as 32 bytes little-endian, its form in transcripts and in the library proof."""
    return scalar.to_bytes(32, "little")


class Transcript:
    """State of one proof's transcript; points enter as 32 compressed bytes, scalars little-endian."""

    __slots__ = ("_hash",)

    def __init__(self, protocol: bytes) -> None:
        self._hash = sha256(protocol)

    def append(self, label: bytes, message: bytes) -> None:
        """``label ‖ message``."""
        self._hash.update(label + message)

    def append_all(self, parts: list[bytes]) -> None:
        """Many labels and messages that the caller has laid out already."""
        self._hash.update(b"".join(parts))

    def append_scalar(self, label: bytes, scalar: int) -> None:
        """``label ‖`` the scalar in 32 bytes little-endian."""
        self._hash.update(label + scalar.to_bytes(32, "little"))

    def domain_separator(self, label: bytes) -> None:
        """``label`` alone."""
        self._hash.update(label)

    def challenge(self, label: bytes) -> int:
        """The next challenge in ``[0, R)``; the buffer is then ``label ‖ challenge``."""
        self._hash.update(label)
        scalar = int.from_bytes(self._hash.digest(), "little") % R
        self._hash = sha256(label + scalar.to_bytes(32, "little"))
        return scalar
