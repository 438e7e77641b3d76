"""Make the witness of a set of keys out of a full tree; equal to go-verkle's to the byte.

The walk to each stem gives its extension status; the plan that a verifier would make of those
(:func:`verkle.openings.lay_out`) is then filled with the tree's commitments and vectors. The work grows
with the witness, never with the state.

What go-verkle's format cannot say is that a node above an empty slot is an inner node
(``verkle.proof``). A prover that wants to be believed without assumption can say it in two ways
(:data:`KindProof`): by one more key below the node, which every format can carry, or by one more
opening, which only this project's own format can.

Sources: go-verkle ``proof_ipa.go``; SPEC 5.2 to 5.7.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from verkle import multiproof
from verkle.banderwagon import IDENTITY, Point, encode_many
from verkle.constants import KEY_BYTES
from verkle.diff import IpaProof, KindOpening, StemDiff, SuffixDiff, VerkleProof
from verkle.errors import MalformedError
from verkle.openings import ABSENT_EMPTY, ABSENT_OTHER, PRESENT, NodeKind, Plan, lay_out, with_kinds
from verkle.proof import PROTOCOL, UnshownKind, unshown_kinds
from verkle.transcript import scalar_bytes
from verkle.tree import Tree
from verkle.update import C1_SLOT, leaf_scalars

__all__ = ["KindProof", "Made", "prove_diff", "prove_keys", "state_diff"]

KindProof = Literal["assumed", "keys", "openings"]
"""How the kinds of nodes above empty slots are shown: not at all, by keys, by openings."""

_NO_PROOF: Final = VerkleProof(
    (), b"", (), bytes(32), IpaProof((bytes(32),) * 8, (bytes(32),) * 8, bytes(32)), ()
)


@dataclass(frozen=True, slots=True)
class Made:
    """A proof, the diff that it is of, the absences that it leaves unshown, and the number of openings."""

    diff: tuple[StemDiff, ...]
    proof: VerkleProof
    unshown: tuple[UnshownKind, ...]
    openings: int


def state_diff(
    tree: Tree, keys: Iterable[bytes], new_values: Mapping[bytes, bytes] | None = None
) -> tuple[StemDiff, ...]:
    """The diff of these keys (32 bytes each, in any order) with the tree's current values.

    ``new_values``, whose keys are proven too, fill in what a block writes; one that equals the current
    value is no change and left out.
    """
    new_values = new_values or {}
    by_stem: dict[bytes, set[int]] = {}
    for key in (*keys, *new_values):
        by_stem.setdefault(key[:-1], set()).add(key[-1])
    out = []
    for stem in sorted(by_stem):
        record = tree.leaf_record(stem)
        leaves = []
        for suffix in sorted(by_stem[stem]):
            current = None if record is None else record.value(suffix)
            new = new_values.get(stem + bytes([suffix]))
            leaves.append(SuffixDiff(suffix, current, None if new == current else new))
        out.append(StemDiff(stem, tuple(leaves)))
    return tuple(out)


def prove_keys(
    tree: Tree,
    keys: Iterable[bytes],
    new_values: Mapping[bytes, bytes] | None = None,
    *,
    kinds: KindProof = "assumed",
) -> tuple[tuple[StemDiff, ...], VerkleProof]:
    """The state diff of a set of keys and its proof against the tree's root.

    No keys: the empty diff and a proof of zeros, as geth writes them.
    """
    made = prove_diff(tree, state_diff(tree, keys, new_values), kinds=kinds)
    return made.diff, made.proof


def prove_diff(tree: Tree, diff: tuple[StemDiff, ...], *, kinds: KindProof = "assumed") -> Made:
    """As :func:`prove_keys`, of a diff that :func:`state_diff` made of this tree."""
    if not diff:
        return Made(diff, _NO_PROOF, (), 0)
    prover = _Prover(tree, diff)
    if kinds == "keys":
        while extra := prover.keys_for_kinds():
            prover = _Prover(tree, _joined(prover.plan.diff, state_diff(tree, extra)))
    shown = prover.openings_for_kinds() if kinds == "openings" else ()
    return prover.prove(shown)


def _joined(diff: tuple[StemDiff, ...], more: tuple[StemDiff, ...]) -> tuple[StemDiff, ...]:
    """Two diffs of one tree in one; where both have a key, the first decides."""
    stems: dict[bytes, dict[int, SuffixDiff]] = {}
    for stem_diff in (*diff, *more):
        leaves = stems.setdefault(stem_diff.stem, {})
        for leaf in stem_diff.suffixes:
            leaves.setdefault(leaf.suffix, leaf)
    return tuple(
        StemDiff(stem, tuple(stems[stem][suffix] for suffix in sorted(stems[stem]))) for stem in sorted(stems)
    )


class _Prover:
    """The plan of one diff over a tree, and the vector and commitment behind each of its paths."""

    def __init__(self, tree: Tree, diff: tuple[StemDiff, ...]) -> None:
        self._tree = tree
        places = [tree.locate(stem_diff.stem) for stem_diff in diff]
        stems = {stem_diff.stem for stem_diff in diff}
        statuses = []
        for stem_diff, (path, found) in zip(diff, places, strict=True):
            status = ABSENT_EMPTY if found is None else PRESENT if found == stem_diff.stem else ABSENT_OTHER
            statuses.append((status, len(path)))
        others = sorted({found for _, found in places if found is not None and found not in stems})
        self.extension_present = bytes(depth << 3 | status for status, depth in statuses)
        self.other_stems = tuple(others)
        self.plan: Plan = lay_out(diff, statuses, others)
        self._vectors: list[dict[int, int]] = []
        self._commitments: list[Point] = []
        for path, kind in zip(self.plan.paths, self.plan.kinds, strict=True):
            self._add_node(path, kind)

    def _add_node(self, path: bytes, kind: NodeKind) -> None:
        if kind == "inner":
            node = self._tree.inner_record(path)
            self._vectors.append({} if node is None else node.vector())
            self._commitments.append(IDENTITY if node is None else node.commitment)
            return
        stem = self.plan.leaves[path if kind == "leaf" else path[:-1]]
        record = self._tree.leaf_record(stem)
        if record is None:
            raise MalformedError("STORE_DAMAGED", "a leaf is missing", where={"stem": stem})
        if kind == "leaf":
            images = {C1_SLOT + which: record.half(1 + which).image for which in (0, 1)}
            self._vectors.append({0: 1, 1: int.from_bytes(stem, "little")} | images)
            self._commitments.append(record.half(0).commitment)
            return
        which = path[-1] - C1_SLOT
        vector = {}
        for suffix, value in record.values():
            if suffix >> 7 == which:
                vector[2 * (suffix & 127)], vector[2 * (suffix & 127) + 1] = leaf_scalars(value)
        self._vectors.append(vector)
        self._commitments.append(record.half(1 + which).commitment)

    def _openings(self, kinds: Sequence[KindOpening] = ()) -> list[tuple[int, int, int]]:
        plan = with_kinds(self.plan, kinds)
        return [(i, z, self._vectors[i].get(z, 0)) for i, z, _, _ in plan.openings]

    def keys_for_kinds(self) -> set[bytes]:
        """A key below each node whose kind is not shown, the highest ones only."""
        nodes = {unshown.path for unshown in unshown_kinds(self.plan, self._openings())}
        return {self._key_below(path) for path in nodes}

    def _key_below(self, path: bytes) -> bytes:
        """Through an empty slot 0 if there is one (no commitment more), else the first leaf's first key."""
        node = self._tree.inner_record(path)
        if node is None or node.slot(0) is None:
            return path.ljust(KEY_BYTES, b"\0")
        index, slot = next(node.slots())
        if slot.stem is None:
            return self._key_below_leftmost(path + bytes([index]))
        return self._first_key(slot.stem)

    def _key_below_leftmost(self, path: bytes) -> bytes:
        node = self._tree.inner_record(path)
        if node is None:
            raise MalformedError("STORE_DAMAGED", "an inner node is missing", where={"path": path})
        index, slot = next(node.slots())
        if slot.stem is None:
            return self._key_below_leftmost(path + bytes([index]))
        return self._first_key(slot.stem)

    def _first_key(self, stem: bytes) -> bytes:
        record = self._tree.leaf_record(stem)
        suffix = 0 if record is None else next(record.values())[0]
        return stem + bytes([suffix])

    def openings_for_kinds(self) -> tuple[KindOpening, ...]:
        """Openings at index 0 of all nodes whose kind is not shown."""
        kinds: dict[bytes, KindOpening] = {}
        while True:
            chosen = tuple(kinds[path] for path in sorted(kinds))
            unshown = unshown_kinds(self.plan, self._openings(chosen))
            if not unshown:
                return chosen
            for path in {u.path for u in unshown}:
                image = self._vectors[self.plan.index[path]].get(0, 0)
                kinds[path] = KindOpening(path, scalar_bytes(image))

    def prove(self, kinds: Sequence[KindOpening]) -> Made:
        """The proof of the plan."""
        encoded = encode_many(self._commitments)
        openings = self._openings(kinds)
        made = multiproof.prove(PROTOCOL, self._vectors, encoded, openings)
        proof = VerkleProof(
            self.other_stems,
            self.extension_present,
            tuple(encoded[1:]),
            made.d_bytes,
            # the witness has the final scalar big-endian
            IpaProof(made.ipa.left_bytes, made.ipa.right_bytes, scalar_bytes(made.ipa.scalar)[::-1]),
            tuple(kinds),
        )
        return Made(self.plan.diff, proof, unshown_kinds(self.plan, openings), len(openings))
