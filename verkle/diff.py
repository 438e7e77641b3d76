"""Frozen containers of what a Verkle proof speaks about: keyed values before and after, and the proof.

All byte strings are raw and of the stated length; decoders check lengths before they build these, and
nothing here checks again. Orders (stems ascending, suffixes ascending) are claims of the input and are
checked by ``verkle.openings``.

Source: EIP-6800, *execution witness* (as of the removal of the consensus-specs container); SPEC 5.1.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SuffixDiff:
    """One leaf value: ``current`` before the block, ``new`` after it.

    ``current is None``: the leaf is absent in the pre-state. ``new is None``: the block does not
    change it (never: it is deleted; nothing is deleted in this tree). A zero word is 32 zero bytes.
    """

    suffix: int
    current: bytes | None
    new: bytes | None


@dataclass(frozen=True, slots=True)
class StemDiff:
    """All touched leaves of one stem (31 bytes), suffixes ascending."""

    stem: bytes
    suffixes: tuple[SuffixDiff, ...]


@dataclass(frozen=True, slots=True)
class IpaProof:
    """The inner-product argument: eight points each (32 bytes, compressed), one scalar.

    ``final_evaluation`` is 32 bytes **big-endian** here, as the witness carries it; the 576-byte
    library form has it little-endian.
    """

    cl: tuple[bytes, ...]
    cr: tuple[bytes, ...]
    final_evaluation: bytes


@dataclass(frozen=True, slots=True)
class KindOpening:
    """One more opening of an inner node, at index 0, which shows that it is no leaf (``value`` ≠ 1).

    ``path``: of the node. ``value``: 32 bytes little-endian. Not part of EIP-6800's container; only
    this project's own format carries it.
    """

    path: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class VerkleProof:
    """The proof without its values.

    ``other_stems``: 31 bytes each, the stems found where an asked one is absent, ascending.
    ``extension_present``: one byte a stem of the diff, ``depth << 3 | status``.
    ``commitments``: 32 bytes each, by path ascending, the root left out.
    ``d``: 32 bytes, the quotient commitment.
    ``kinds``: openings that only show node kinds, by path ascending; none in the standard formats.
    """

    other_stems: tuple[bytes, ...]
    extension_present: bytes
    commitments: tuple[bytes, ...]
    d: bytes
    ipa: IpaProof
    kinds: tuple[KindOpening, ...] = ()
