"""A file with one multiproof, as go-ipa made them for tests: commitments, openings, 576 bytes of proof.

::

    { "C": [32 bytes], "z": [0 … 255], "y": [32 bytes, little-endian], "proof": 576 bytes }

Hex without ``0x`` or with. Opening i belongs to commitment ``i // (len(z) / len(C))``. Members of other
names are ignored. The transcript's label is ``multiproof``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from verkle.errors import MalformedError
from verkle.multiproof import PROOF_BYTES
from witness import strict_json
from witness.fields import as_integer, as_list, as_object, hex_fixed, member

PROTOCOL: Final = b"multiproof"


@dataclass(frozen=True, slots=True)
class MultiproofFile:
    """The file's content as bytes; ``openings`` are (commitment index, z, y as 32 bytes little-endian)."""

    commitments: tuple[bytes, ...]
    openings: tuple[tuple[int, int, bytes], ...]
    proof: bytes


def parse(data: bytes) -> MultiproofFile:
    """Read a file's bytes. Raises ``MalformedError``."""
    document = as_object(strict_json.parse(data), ())
    commitments = tuple(
        hex_fixed(text, 32, ("C", i), bare=True)
        for i, text in enumerate(as_list(member(document, "C", ()), ("C",)))
    )
    zs = [as_integer(z, ("z", i), 8) for i, z in enumerate(as_list(member(document, "z", ()), ("z",)))]
    ys = [
        hex_fixed(y, 32, ("y", i), bare=True)
        for i, y in enumerate(as_list(member(document, "y", ()), ("y",)))
    ]
    if not commitments or not zs or len(zs) != len(ys) or len(zs) % len(commitments):
        raise MalformedError(
            "WITNESS_COUNT",
            "z and y must be of one length, a multiple of the number of commitments",
            where={"path": "$"},
            got={"C": len(commitments), "z": len(zs), "y": len(ys)},
        )
    each = len(zs) // len(commitments)
    openings = tuple((i // each, z, y) for i, (z, y) in enumerate(zip(zs, ys, strict=True)))
    proof = hex_fixed(member(document, "proof", ()), PROOF_BYTES, ("proof",), bare=True)
    return MultiproofFile(commitments, openings, proof)
