"""From a plan to a proven tree: decode the points, open everything against the root, judge node kinds.

What the multiproof shows is that committed vectors have certain values at certain indices. It does not
show what *kind* of node a commitment belongs to: a leaf's vector is (1, stem, c1, c2, 0, 0 …), so a leaf
called an inner node opens to 0 at every index above 3 and "proves" that slot empty, below which an
account that exists is absent. :func:`unshown_kinds` says for which absences the witness leaves that
possibility open. ``docs/4-the-witness.md`` has the whole argument.

Sources: EIP-6800; SPEC 5.7.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from verkle import multiproof
from verkle.banderwagon import Point, decode_many, map_to_field_many
from verkle.diff import StemDiff, VerkleProof
from verkle.errors import InvalidError
from verkle.openings import ABSENT_EMPTY, Plan, plan

__all__ = ["PROTOCOL", "ProvenTree", "UnshownKind", "prove", "unshown_kinds", "verify_proof"]

PROTOCOL: Final = b"vt"
"""Transcript label of witnesses."""
LEAF_SLOTS: Final = 4
"""A leaf's vector is zero from here on."""


@dataclass(frozen=True, slots=True)
class UnshownKind:
    """An absence that rests on a node being an inner node, which the witness does not show."""

    stem: bytes
    path: bytes


@dataclass(frozen=True, slots=True)
class ProvenTree:
    """The part of the pre-state tree that a witness proves.

    ``commitments`` and ``images`` (their maps to field, in ``[0, R)``) run parallel to ``plan.paths``.
    ``values``: every proven leaf, 32-byte key → value, ``None`` for a leaf proven absent.
    """

    root: bytes
    plan: Plan
    commitments: tuple[Point, ...]
    images: tuple[int, ...]
    values: Mapping[bytes, bytes | None]
    unshown: tuple[UnshownKind, ...]


def verify_proof(root: bytes, diff: Sequence[StemDiff], proof: VerkleProof) -> ProvenTree:
    """:func:`verkle.openings.plan`, then :func:`prove`."""
    return prove(root, plan(diff, proof), proof)


def prove(root: bytes, plan: Plan, proof: VerkleProof) -> ProvenTree:
    """Check that the proof opens all that the plan lists, against ``root`` (32 bytes, a compressed point).

    What follows from it, follows for trees whose stems are tree keys (Pedersen hashes), as Ethereum's are:
    where stems can be chosen freely, one can be made the image of a leaf that is not in the tree.

    Raises:
        InvalidError: a point or the scalar is not canonical or not in the group; ``INNER_NODE_EMPTY``;
            ``PROOF_IPA_FALSE``: the equation of the proof does not hold.
    """
    nodes = len(plan.paths)
    if not plan.openings:
        return ProvenTree(root, plan, tuple(decode_many([root], _root_place)), (0,), {}, ())
    encoded = [root, *proof.commitments, proof.d, *proof.ipa.cl, *proof.ipa.cr]

    def place(i: int) -> Mapping[str, object]:
        if i == 0:
            return _root_place(0)
        if i < nodes:
            return {"part": "commitmentsByPath", "index": i - 1, "path": plan.paths[i]}
        return multiproof.proof_place(i - nodes)

    points = decode_many(encoded, place)
    # the witness has the final scalar big-endian, the library form little-endian
    scalar = multiproof.decode_scalar(proof.ipa.final_evaluation[::-1], {"part": "finalEvaluation"})
    commitments = tuple(points[:nodes])
    images = tuple(map_to_field_many(commitments))
    # an empty slot called an inner node: its openings "= 0" are true, and the place where new leaves go,
    # and so the root after the block, would be the prover's choice
    for path, kind, image in zip(plan.paths[1:], plan.kinds[1:], images[1:], strict=True):
        if kind == "inner" and image == 0:
            raise InvalidError(
                "INNER_NODE_EMPTY",
                "a node said to be inner has the commitment of an empty slot",
                where={"path": path},
            )
    openings = [
        (i, z, y if y is not None else images[child])  # type: ignore[index]  # one of the two is set
        for i, z, y, child in plan.openings
    ]
    parts = multiproof.build(points[nodes:], encoded[nodes:], scalar)
    if not multiproof.verify(PROTOCOL, commitments, encoded[:nodes], openings, parts):
        raise InvalidError(
            "PROOF_IPA_FALSE",
            "the proof does not hold: its equation is false for this state root and these values",
            where={"openings": len(openings), "commitments": nodes},
        )
    values = {
        stem_diff.stem + bytes([leaf.suffix]): leaf.current
        for stem_diff in plan.diff
        for leaf in stem_diff.suffixes
    }
    return ProvenTree(root, plan, commitments, images, values, unshown_kinds(plan, openings))


def _root_place(_: int) -> Mapping[str, object]:
    return {"part": "state root"}


def unshown_kinds(plan: Plan, openings: Sequence[tuple[int, int, int]]) -> tuple[UnshownKind, ...]:
    """For each stem absent at an empty slot, the nodes above that slot not shown to be inner.

    A node is shown to be inner if it is the root; or a proven leaf lies strictly below it (a leaf's
    slots lead to no vector that has 1 at index 0); or all nodes above it are shown, so that it is an
    inner node or a leaf, and it is opened to what no leaf has: other than 1 at index 0, or other than 0
    from index 4 on (SPEC 5.7, step 11).
    """
    above_leaf = {path[:i] for path in plan.leaves for i in range(len(path))}
    unlike_leaf = {
        plan.paths[i] for i, z, y in openings if (z == 0 and y != 1) or (z >= LEAF_SLOTS and y != 0)
    }
    out = []
    for extension in plan.extensions:
        if extension.status != ABSENT_EMPTY:
            continue
        for i in range(1, extension.depth):
            node = extension.stem[:i]
            if node not in above_leaf and node not in unlike_leaf:
                out.append(UnshownKind(extension.stem, node))
    return tuple(out)
