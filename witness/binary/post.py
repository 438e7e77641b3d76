"""The state root after a block, from the proven part of the tree alone.

A written value of a stem that is there needs what was opened beside it. A new stem goes where its walk
ended: into an empty slot, or, with the stem that is there, below as many internal nodes as both share bits
from there on; several new stems in one place make a small tree of their own. All that is above is known by
siblings.

Source: EIP-7864, *Tree structure*; SPEC 8.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from verkle.constants import VALUE_BYTES
from verkle.errors import IncompleteError, MalformedError
from witness.binary.proof import ProvenBinary
from witness.binary.rules import Hash, hash_function
from witness.binary.subtree import TOP, ZERO, fold, grow, stem_hash
from witness.binary.tree import join

__all__ = ["PostRoot", "diff_writes", "post_root"]


class PostRoot(NamedTuple):
    """The root (32 bytes) after the writes, and how many hashes it took."""

    root: bytes
    hashes: int


def diff_writes(tree: ProvenBinary) -> dict[bytes, bytes]:
    """The new values of the diff that was proven, by 32-byte key."""
    return {
        stem_diff.stem + bytes([leaf.suffix]): leaf.new
        for stem_diff in tree.plan.diff
        for leaf in stem_diff.suffixes
        if leaf.new is not None
    }


def post_root(tree: ProvenBinary, writes: Mapping[bytes, bytes] | None = None) -> PostRoot:
    """The root after writing these values (32-byte key → 32-byte value); by default the diff's new ones.

    Raises:
        IncompleteError: ``BINARY_KEY_UNPROVEN``: a key that the witness does not prove.
        MalformedError: ``VALUE_LENGTH``.
    """
    if writes is None:
        writes = diff_writes(tree)
    by_end: dict[int, dict[bytes, dict[int, bytes]]] = {}
    for key, value in writes.items():
        if key not in tree.values:
            raise IncompleteError(
                "BINARY_KEY_UNPROVEN",
                "a leaf is written that the witness does not prove",
                where={"stem": key[:-1], "suffix": key[-1] if key else None},
            )
        if len(value) != VALUE_BYTES:
            raise MalformedError(
                "VALUE_LENGTH", "a leaf value has 32 bytes", where={"key": key}, expected=32, got=len(value)
            )
        of_end = by_end.setdefault(tree.plan.end_of[key[:-1]], {})
        of_end.setdefault(key[:-1], {})[key[-1]] = value
    if not by_end:
        return PostRoot(tree.root, 0)
    digest = hash_function(tree.rules)
    ends: dict[int, bytes] = {}
    hashes = 0
    for number, by_stem in by_end.items():
        ends[number], made = _end_after(tree, number, by_stem, digest)
        hashes += made
    root, made = _climb(tree, ends, digest)
    return PostRoot(root, hashes + made)


def _end_after(
    tree: ProvenBinary, number: int, by_stem: Mapping[bytes, Mapping[int, bytes]], digest: Hash
) -> tuple[bytes, int]:
    """The hash of what stands at a path end after writes below it, and how many were made."""
    end = tree.plan.ends[number]
    nodes: list[tuple[int, bytes]] = []
    hashes = 0
    if end.stem is not None:
        node = tree.end_hashes[number]
        written = by_stem.get(end.stem)
        if written is not None:
            leaves = dict(tree.leaves[number])
            leaves.update({suffix: digest(value) for suffix, value in written.items()})
            siblings = tree.proof.stem_siblings[end.first_sibling : end.last_sibling]
            folded = fold(leaves, siblings, digest)
            node = stem_hash(end.stem, folded.top, digest)
            hashes += len(written) + folded.hashes + 1
        nodes.append((int.from_bytes(end.stem, "big"), node))
    for stem, values in by_stem.items():
        if stem != end.stem:
            grown, made = grow(values, digest)
            nodes.append((int.from_bytes(stem, "big"), stem_hash(stem, grown[TOP], digest)))
            hashes += made + 1

    internal = 0

    def combine(left: bytes | None, right: bytes | None) -> bytes:
        nonlocal internal
        internal += 1
        return digest((ZERO if left is None else left) + (ZERO if right is None else right))

    node = join(sorted(nodes), end.depth, combine)
    return node, hashes + internal


def _climb(tree: ProvenBinary, ends: Mapping[int, bytes], digest: Hash) -> tuple[bytes, int]:
    """The root over changed path ends: what is above none of them keeps its hash."""
    tops = list(tree.tops)
    siblings = tree.proof.siblings
    changed = [False] * len(tops)
    hashes = 0
    for number in range(len(tops) - 1, -1, -1):
        top, bottom, path, first, end, left, right = tree.plan.segments[number]
        if end >= 0:
            if end not in ends:
                continue
            node = ends[end]
        elif changed[left] or changed[right]:
            node = digest(tops[left] + tops[right])
            hashes += 1
        else:
            continue
        for at in range(first + bottom - top - 1, first - 1, -1):
            node = digest(siblings[at] + node if path & 1 else node + siblings[at])
            path >>= 1
        hashes += bottom - top
        tops[number] = node
        changed[number] = True
    return tops[0], hashes
