"""Bytes of witnesses in encodings that other trees share, and packed; and counts of a verifier's operations.

SSZ: for Verkle the container of EIP-6800; for the binary tree, which has none, the same container with the
proof's own bytes in the place of the Verkle proof; for Patricia three lists of byte lists (state, codes,
headers). Packing is of the tree's own encoding: snappy as a raw block, as the network layer sends it, and
zstd at level 3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final, NamedTuple

from stateless.compare.rows import Encodings
from verkle.diff import StemDiff
from verkle.msm import STRAUS_LIMIT
from witness.binary.container import BinaryWitness
from witness.binary.encoding import diff_to_bytes, proof_to_bytes
from witness.binary.encoding import witness_to_bytes as binary_to_bytes
from witness.binary.witness_cbor import witness_to_cbor as binary_to_cbor
from witness.cbor import witness_to_cbor
from witness.containers import ExecutionWitness
from witness.header import header_to_rlp, missing_fields
from witness.patricia.container import PatriciaWitness
from witness.sizes import witness_sizes
from witness.ssz import witness_to_ssz

__all__ = [
    "Packers",
    "binary_encodings",
    "msm_additions",
    "packers",
    "patricia_encodings",
    "verkle_bytes",
    "verkle_encodings",
    "without_keys",
]

ZSTD_LEVEL: Final = 3
SSZ_OFFSET: Final = 4
SCALAR_BITS: Final = 253
_STRAUS_TABLE: Final = 8
"""Additions and doublings for the odd multiples of a point."""
_STRAUS_DIGITS: Final = 42
"""Digits that are not 0 of a scalar's width-5 non-adjacent form, on average: 253/6."""
_WINDOWS: Final = 32
_BUCKETS: Final = 128

Packer = Callable[[bytes], int]
"""From bytes to how many bytes are left."""


class Packers(NamedTuple):
    """``None``: not installed."""

    snappy: Packer | None
    zstd: Packer | None


@cache
def packers() -> Packers:
    """What the extra ``compare`` brings."""
    try:
        import cramjam  # noqa: PLC0415 (optional)
    except ImportError:
        return Packers(None, None)
    return Packers(
        lambda data: len(cramjam.snappy.compress_raw(data)),
        lambda data: len(cramjam.zstd.compress(data, level=ZSTD_LEVEL)),
    )


def _packed(data: bytes) -> tuple[int | None, int | None]:
    snappy, zstd = packers()
    return None if snappy is None else snappy(data), None if zstd is None else zstd(data)


def verkle_bytes(witness: ExecutionWitness) -> bytes:
    """The parts of a Verkle witness one after the other: the state diff as the binary tree's encoding has it,
    then the proof's, whose lengths are known: other stems, extension bytes, commitments, D, L, R, scalar."""
    proof = witness.proof
    return b"".join(
        [
            diff_to_bytes(witness.state_diff),
            *proof.other_stems,
            proof.extension_present,
            *proof.commitments,
            proof.d,
            *proof.ipa.cl,
            *proof.ipa.cr,
            proof.ipa.final_evaluation,
        ]
    )


def verkle_encodings(witness: ExecutionWitness) -> Encodings:
    """Bytes of a Verkle witness, encoding by encoding."""
    own = verkle_bytes(witness)
    snappy, zstd = _packed(own)
    return Encodings(len(own), len(witness_to_ssz(witness)), len(witness_to_cbor(witness)), snappy, zstd)


def binary_encodings(witness: BinaryWitness, codes: Sequence[bytes] = ()) -> Encodings:
    """Bytes of a binary witness and the codes beside it, encoding by encoding."""
    beside = b"".join(codes)
    own = binary_to_bytes(witness) + beside
    snappy, zstd = _packed(own)
    ssz = 2 * SSZ_OFFSET + _ssz_diff_bytes(witness.state_diff) + len(proof_to_bytes(witness.proof))
    if codes:
        ssz += (1 + len(codes)) * SSZ_OFFSET + len(beside)
    return Encodings(len(own), ssz, len(binary_to_cbor(witness)) + len(beside), snappy, zstd)


def _ssz_diff_bytes(diff: Sequence[StemDiff]) -> int:
    from verkle.prover import _NO_PROOF  # noqa: PLC0415

    return witness_sizes(ExecutionWitness(tuple(diff), _NO_PROOF, None)).state_diff_bytes


def patricia_encodings(witness: PatriciaWitness) -> Encodings:
    """Bytes of a Patricia witness, encoding by encoding."""
    import cbor2  # noqa: PLC0415 (only who needs it pays for it)

    headers = [header_to_rlp(header) for header in witness.ancestors if not missing_fields(header)]
    lists = [list(witness.nodes), list(witness.codes), headers]
    own = b"".join([b"".join(parts) for parts in lists])
    snappy, zstd = _packed(own)
    ssz = len(lists) * SSZ_OFFSET + sum(SSZ_OFFSET + len(part) for parts in lists for part in parts)
    return Encodings(len(own), ssz, len(cbor2.dumps(lists, canonical=True)), snappy, zstd)


def without_keys(diff: Sequence[StemDiff], keys: frozenset[bytes]) -> tuple[StemDiff, ...]:
    """The diff without these keys, and without stems of which nothing is left."""
    out = []
    for stem_diff in diff:
        kept = tuple(leaf for leaf in stem_diff.suffixes if stem_diff.stem + bytes([leaf.suffix]) not in keys)
        if kept:
            out.append(StemDiff(stem_diff.stem, kept))
    return tuple(out)


def msm_additions(points: int) -> int:
    """Point additions and doublings of ``verkle.msm.msm`` of so many points with scalars of full length; with
    few points on average over the scalars."""
    if points <= STRAUS_LIMIT:
        return points * (_STRAUS_TABLE + _STRAUS_DIGITS) + SCALAR_BITS
    # a digit in 256 is 0; each bucket is added to the running sum and that to the total, the first one of
    # each bucket and of the sum being no addition; then the window is added to the result, doubled eight
    # times
    return _WINDOWS * (points * 255 // 256 + _BUCKETS + 8)
