"""What a witness of the binary tree weighs in the tree's own encoding, and what each of its parts does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from verkle.constants import HASH_BYTES, VALUE_BYTES
from verkle.diff import StemDiff
from witness.binary.container import BinaryProof, BinaryWitness, PathEnd, ShownValue
from witness.binary.encoding import diff_to_bytes, proof_to_bytes
from witness.binary.shape import plan
from witness.binary.subtree import ZERO, beside

__all__ = ["BinarySizes", "binary_sizes"]


@dataclass(frozen=True, slots=True)
class BinarySizes:
    """Bytes and counts of a witness in the tree's own encoding (``witness.binary.encoding``).

    ``witness_bytes`` = ``proof_bytes`` + ``state_diff_bytes``. Of the proof, ``sibling_bytes`` are its
    hashes, 32 each, above stems (``siblings``) and within them (``stem_siblings``); ``kind_bytes`` is what
    it would be smaller by if it did not show which nodes are stem nodes, its hashes included. Of the state
    diff, ``values_bytes`` are the values, 32 each.
    """

    witness_bytes: int
    proof_bytes: int
    sibling_bytes: int
    kind_bytes: int
    state_diff_bytes: int
    values_bytes: int
    siblings: int
    stem_siblings: int
    empty_siblings: int
    shown_values: int
    deep_siblings: int
    ends: int
    other_stems: int
    stems: int
    keys: int
    present: int
    absent: int
    new_values: int

    def to_json(self) -> dict[str, Any]:
        """The attributes under their own names."""
        return asdict(self)


def binary_sizes(witness: BinaryWitness) -> BinarySizes:
    """Measure a witness of honest shape: ``witness.binary.shape.plan`` takes it."""
    proof, diff = witness.proof, witness.state_diff
    entries = [leaf for stem in diff for leaf in stem.suffixes]
    present = sum(leaf.current is not None for leaf in entries)
    new_values = sum(leaf.new is not None for leaf in entries)
    proof_bytes, diff_bytes = len(proof_to_bytes(proof)), len(diff_to_bytes(diff))
    siblings = sum(node != ZERO for node in proof.siblings)
    stem_siblings = sum(node != ZERO for node in proof.stem_siblings)
    asked = {stem.stem for stem in diff}
    return BinarySizes(
        witness_bytes=proof_bytes + diff_bytes,
        proof_bytes=proof_bytes,
        sibling_bytes=HASH_BYTES * (siblings + stem_siblings),
        kind_bytes=proof_bytes - _bytes_without_kinds(diff, proof),
        state_diff_bytes=diff_bytes,
        values_bytes=VALUE_BYTES * (present + new_values),
        siblings=siblings,
        stem_siblings=stem_siblings,
        empty_siblings=len(proof.siblings) + len(proof.stem_siblings) - siblings - stem_siblings,
        shown_values=sum(end.shown is not None for end in proof.ends),
        deep_siblings=len(proof.deep),
        ends=len(proof.ends),
        other_stems=sum(end.kind == "named" and end.stem not in asked for end in proof.ends),
        stems=len(diff),
        keys=len(entries),
        present=present,
        absent=len(entries) - present,
        new_values=new_values,
    )


def _bytes_without_kinds(diff: Sequence[StemDiff], proof: BinaryProof) -> int:
    """Length of the proof if a stem node were shown by the top of its values, and nothing were deep."""
    bare: list[PathEnd] = []
    kept: list[bytes] = []
    for end, place in zip(proof.ends, plan(diff, proof).ends, strict=True):
        given = proof.stem_siblings[place.first_sibling : place.last_sibling]
        bare.append(PathEnd(end.kind, end.depth, end.stem))
        if end.shown is None:
            kept += given
        elif place.asked is None:
            kept.append(b"\xff" * HASH_BYTES)  # the top of its values, whatever it is
        else:
            suffixes = [leaf.suffix for leaf in place.asked.suffixes]
            kept += _beside_fewer(suffixes, end.shown, given)
    return len(proof_to_bytes(BinaryProof(tuple(bare), proof.siblings, tuple(kept), ())))


def _beside_fewer(suffixes: Sequence[int], shown: ShownValue, given: Sequence[bytes]) -> list[bytes]:
    """The siblings without the shown value: one that lay on its path alone is now a sibling itself."""
    known = dict(zip(beside(sorted([*suffixes, shown.suffix])), given, strict=True))
    return [known.get(i, b"\xff" * HASH_BYTES) for i in beside(suffixes)]
