"""From a plan to a proven tree: hash everything up to the root, and see that nodes are what they are called.

SHAPE (``witness.binary.shape.plan``) has checked that the parts fit together. Here the hashes are made, once
each; the root must come out; and ``witness.binary.kinds``, which has the argument, must find every kind
shown, with nothing that is not needed. So there is one proof of each set of keys, and it proves what it says
of a tree with this root whatever its stems are.

Source: EIP-7864; SPEC 8.4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from verkle.diff import StemDiff
from verkle.errors import InvalidError
from witness.binary.container import DEEP_STEPS, BinaryProof, ShownValue
from witness.binary.kinds import could_be_stem, deep_needed, left_edges_matter, shown_by, top_of_deep
from witness.binary.rules import BinaryRules, Hash, hash_function
from witness.binary.shape import EndPlan, Plan, Segment, plan
from witness.binary.subtree import ZERO, beside, fold, stem_hash

__all__ = ["Climb", "ProvenBinary", "climb", "prove", "verify_proof"]


@dataclass(frozen=True, slots=True)
class ProvenBinary:
    """The part of the pre-state tree that a witness proves.

    ``values``: every proven leaf, 32-byte key → value, ``None`` for a leaf proven absent; shown values are
    not among them. ``leaves``: by end, the hashes of the leaves opened there, by suffix ascending.
    ``end_hashes`` run parallel to ``plan.ends``, ``tops`` (of the uppermost node of each) to
    ``plan.segments``. ``hashes``: how many it took to check.
    """

    root: bytes
    rules: BinaryRules
    plan: Plan
    proof: BinaryProof
    values: Mapping[bytes, bytes | None]
    leaves: tuple[Mapping[int, bytes], ...]
    end_hashes: tuple[bytes, ...]
    tops: tuple[bytes, ...]
    hashes: int


class Climb(NamedTuple):
    """Hashes of segments' uppermost nodes, internal nodes that may be stem nodes, and how many were made."""

    tops: list[bytes]
    suspects: set[tuple[int, int]]
    hashes: int


def verify_proof(
    root: bytes, diff: Sequence[StemDiff], proof: BinaryProof, rules: BinaryRules
) -> ProvenBinary:
    """:func:`witness.binary.shape.plan`, then :func:`prove`."""
    return prove(root, plan(diff, proof), proof, rules)


def prove(root: bytes, plan: Plan, proof: BinaryProof, rules: BinaryRules) -> ProvenBinary:
    """Check a proof against ``root`` (32 bytes).

    An empty diff proves nothing, of any root.

    Raises:
        InvalidError: ``BINARY_PROOF_FALSE``: another root comes out; ``BINARY_INTERNAL_EMPTY``;
            ``BINARY_KIND_UNSHOWN``, ``BINARY_KIND_NEEDLESS``: of stem nodes and internal ones;
            ``BINARY_SHOWN_VALUE``, ``BINARY_DEEP_SIBLING``: what should show a kind shows something else.
    """
    if not plan.ends:
        return ProvenBinary(root, rules, plan, proof, {}, (), (), (), 0)
    digest = hash_function(rules)
    values: dict[bytes, bytes | None] = {}
    for stem_diff in plan.diff:
        stem = stem_diff.stem
        for leaf in stem_diff.suffixes:
            values[stem + bytes((leaf.suffix,))] = leaf.current
    end_hashes: list[bytes] = []
    leaves: list[Mapping[int, bytes]] = []
    hashes = 0
    for end, given in zip(plan.ends, proof.ends, strict=True):
        if end.stem is None:
            end_hashes.append(ZERO)
            leaves.append({})
            continue
        siblings = proof.stem_siblings[end.first_sibling : end.last_sibling]
        opened, made = _opened(end, given.shown, digest)
        folded = fold(opened, siblings, digest)
        _check_stem(end, given.shown, opened, folded.left_edges, siblings)
        end_hashes.append(stem_hash(end.stem, folded.top, digest))
        leaves.append(opened)
        hashes += made + folded.hashes + 1
    climbed = climb(plan.segments, end_hashes, proof.siblings, digest)
    if climbed.tops[0] != root:
        raise InvalidError(
            "BINARY_PROOF_FALSE",
            "the proof does not hold: hashed together, its values and siblings do not give this state root",
            expected=root,
            got=climbed.tops[0],
        )
    hashes += climbed.hashes + _check_deep(plan, proof, climbed.suspects, digest)
    return ProvenBinary(
        root,
        rules,
        plan,
        proof,
        values,
        tuple(leaves),
        tuple(end_hashes),
        tuple(climbed.tops),
        hashes,
    )


def _opened(end: EndPlan, shown: ShownValue | None, digest: Hash) -> tuple[dict[int, bytes], int]:
    """Hashes of the leaves opened below a stem node, by suffix ascending, and how many were made."""
    if end.asked is None:
        return ({}, 0) if shown is None else ({shown.suffix: digest(shown.value)}, 1)
    opened: dict[int, bytes] = {}
    made = 0
    for leaf in end.asked.suffixes:
        if leaf.current is None:
            opened[leaf.suffix] = ZERO
        else:
            opened[leaf.suffix] = digest(leaf.current)
            made += 1
    if shown is not None:
        opened[shown.suffix] = digest(shown.value)
        return dict(sorted(opened.items())), made + 1
    return opened, made


def _check_stem(
    end: EndPlan,
    shown: ShownValue | None,
    opened: Mapping[int, bytes],
    left_edges: Sequence[tuple[int, bytes]],
    siblings: Sequence[bytes],
) -> None:
    """Is a stem node shown to be one, by the values asked for or else by the last one that it has?"""
    matter = left_edges_matter(left_edges, end.path, end.depth) if left_edges else set()
    asked = [] if end.asked is None else end.asked.suffixes
    by_asked = any(leaf.current is not None and shown_by(leaf.suffix, matter) for leaf in asked)
    where = {"stem": end.stem, "depth": end.depth}
    if by_asked:
        if shown is not None:
            raise InvalidError(
                "BINARY_KIND_NEEDLESS",
                "a value is shown where those that were asked for show the stem node to be one",
                where={**where, "suffix": shown.suffix},
            )
        return
    if shown is None:
        raise InvalidError(
            "BINARY_KIND_UNSHOWN",
            "a node is taken as a stem node, and no value below it shows that it is one",
            where=where,
        )
    if not _is_last(shown.suffix, opened, siblings):
        raise InvalidError(
            "BINARY_SHOWN_VALUE",
            "a stem node is shown by a value that is not the last one of its stem",
            where={**where, "suffix": shown.suffix},
        )


def _is_last(suffix: int, opened: Mapping[int, bytes], siblings: Sequence[bytes]) -> bool:
    """Whether all that is right of a leaf is empty: what is opened there, and the siblings there."""
    if any(other > suffix and node != ZERO for other, node in opened.items()):
        return False
    numbers = beside(opened)
    for number, node in zip(numbers, siblings, strict=True):
        level = 9 - number.bit_length()
        if node != ZERO and number > 256 + suffix >> level:
            return False
    return True


def climb(
    segments: Sequence[Segment], end_hashes: Sequence[bytes], siblings: Sequence[bytes], digest: Hash
) -> Climb:
    """Hash from the path ends up to the root, which is the first of the tops.

    Raises:
        InvalidError: ``BINARY_INTERNAL_EMPTY``: both children of an internal node are empty, so that it is an
            empty slot itself.
    """
    tops = [ZERO] * len(segments)
    suspects: set[tuple[int, int]] = set()
    hashes = 0
    for number in range(len(segments) - 1, -1, -1):
        top, bottom, path, first, end, left_one, right_one = segments[number]
        if end >= 0:
            node = end_hashes[end]
            if node == ZERO and bottom > top and siblings[first + bottom - top - 1] == ZERO:
                raise _internal_empty(path >> 1, bottom - 1)
        else:
            left, right = tops[left_one], tops[right_one]
            if left == ZERO == right:
                raise _internal_empty(path, bottom)
            if not left[31] and right != ZERO and could_be_stem(left, path, bottom):
                suspects.add((number, bottom))
            node = digest(left + right)
            hashes += 1
        depth = bottom
        for at in range(first + bottom - top - 1, first - 1, -1):
            depth -= 1
            if path & 1:
                left, right = siblings[at], node
            else:
                left, right = node, siblings[at]
            path >>= 1
            if not left[31] and right != ZERO and could_be_stem(left, path, depth):
                suspects.add((number, depth))
            node = digest(left + right)
        tops[number] = node
        hashes += bottom - top
    return Climb(tops, suspects, hashes)


def _internal_empty(path: int, depth: int) -> InvalidError:
    return InvalidError(
        "BINARY_INTERNAL_EMPTY",
        "a node said to be internal has two empty children: it is an empty slot",
        where={"path": f"{path:0{depth}b}" if depth else "", "depth": depth},
    )


def _check_deep(plan: Plan, proof: BinaryProof, suspects: set[tuple[int, int]], digest: Hash) -> int:
    """Is every internal node shown to be one, and nothing beyond it? How many hashes it took."""
    needed: list[int] = []
    if suspects:
        is_stem = [end.stem is not None for end in plan.ends]
        needed = deep_needed(plan.segments, is_stem, proof.siblings, suspects)
    given = [deep.sibling for deep in proof.deep]
    if given != needed:
        missing = set(needed).difference(given)
        if missing:
            raise InvalidError(
                "BINARY_KIND_UNSHOWN",
                "a node is taken as internal that could be a stem node, and nothing shows that it is not",
                where={"sibling": min(missing)},
                expected=needed[:10],
                got=given[:10],
            )
        raise InvalidError(
            "BINARY_KIND_NEEDLESS",
            "a sibling is shown to be deep where nothing depends on it",
            expected=needed[:10],
            got=given[:10],
        )
    for deep in proof.deep:
        if top_of_deep(deep, digest) != proof.siblings[deep.sibling]:
            raise InvalidError(
                "BINARY_DEEP_SIBLING",
                "the steps that show a sibling to be deep do not lead up to it",
                where={"sibling": deep.sibling},
            )
    return DEEP_STEPS * len(proof.deep)
