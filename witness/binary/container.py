"""A proof over the binary tree, and a witness with it, as values; and what they weigh.

Nothing here checks: orders, counts and lengths are claims of the input (``witness.binary.shape``).

Notation. A *path end* is where the walk to one or several asked stems ends: at an empty slot, at a stem
node. A *sibling* is the hash of a node beside a path, 32 zero bytes where that slot is empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from verkle.diff import StemDiff
from witness.binary.subtree import ZERO, beside

__all__ = [
    "DEEP_STEPS",
    "BinaryProof",
    "BinarySizes",
    "BinaryWitness",
    "DeepSibling",
    "EndKind",
    "PathEnd",
    "ShownValue",
    "binary_sizes",
]

EndKind = Literal["empty", "own", "named"]
"""``empty``: no node. ``own``: the stem node of the one asked stem whose path ends here. ``named``: a stem
node whose stem the proof gives: another's, or that of one of several asked stems that end here."""

DEEP_STEPS: Final = 9
"""Hashes of 64 bytes, one within the other: more than the values of a stem have."""

HASH_BYTES: Final = 32
STEM_BYTES: Final = 31
VALUE_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A value that nobody asked for: the last one of its stem, which shows that a stem node is one."""

    suffix: int
    value: bytes


@dataclass(frozen=True, slots=True)
class PathEnd:
    """Where a walk ends: kind, depth (0 … 248), stem (31 bytes) where ``named``, what shows the kind."""

    kind: EndKind
    depth: int
    stem: bytes | None = None
    shown: ShownValue | None = None


@dataclass(frozen=True, slots=True)
class DeepSibling:
    """What shows that a sibling has nine levels below it, so that what is above it is no stem node.

    ``sibling``: its number among the proof's siblings. ``steps``: from the sibling down, to the right child
    (32 bytes: the hash of the left one, zeros if it is empty) or, where there is none, to the left one
    (``None``). ``bottom``: the hash that is reached.
    """

    sibling: int
    steps: tuple[bytes | None, ...]
    bottom: bytes


@dataclass(frozen=True, slots=True)
class BinaryProof:
    """The proof without its values.

    ``ends``: by path, ascending. ``siblings``: in the order in which a walk from the root, left before right,
    enters the nodes that hold them. ``stem_siblings``: end by end, each in the order of ``subtree.beside``.
    ``deep``: by sibling, ascending.
    """

    ends: tuple[PathEnd, ...] = ()
    siblings: tuple[bytes, ...] = ()
    stem_siblings: tuple[bytes, ...] = ()
    deep: tuple[DeepSibling, ...] = ()


@dataclass(frozen=True, slots=True)
class BinaryWitness:
    """Every value that a block touches, before and after, and one proof of all values before.

    ``rules``: the name of the tree's rules (``witness.binary.rules``). ``pre_root``: 32 bytes, the root
    before the block as *the input* states it, which who uses it must bind to the parent header or call
    asserted. ``post_root``: the root after the block as the input states it, for a block whose header has the
    root of another tree.
    """

    state_diff: tuple[StemDiff, ...]
    proof: BinaryProof
    rules: str
    pre_root: bytes | None = None
    post_root: bytes | None = None


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
    from witness.binary.encoding import diff_to_bytes, proof_to_bytes  # noqa: PLC0415 (it imports this module)

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
    from witness.binary.encoding import proof_to_bytes  # noqa: PLC0415
    from witness.binary.shape import plan  # noqa: PLC0415

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
