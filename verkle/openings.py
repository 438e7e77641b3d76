"""From a state diff and a proof's shape to the list of openings: structure only, no cryptography.

A witness says of each stem where it ends: at a leaf of its own (*present*), at another stem's leaf
(*absent-other*) or at an empty slot (*absent-empty*), and at what depth. From that follow, with no
freedom left, the nodes whose commitments the proof must bring and every (commitment, z, y) that it must
open. This module makes that list, and refuses every claim that contradicts itself.

A node is named by its path, the first bytes of the stems below it; the root is ``b""``. The two
suffix commitments of a leaf at path P have the pseudo-paths P‖02 and P‖03. In order of paths, and of z
within a path, this is go-verkle's pre-order.

Sources: EIP-6800; go-verkle ``proof_ipa.go``; SPEC 5.2, 5.5 to 5.7.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Literal

from verkle.constants import STEM_BYTES, VALUE_BYTES
from verkle.diff import KindOpening, StemDiff, VerkleProof
from verkle.errors import InvalidError, MalformedError
from verkle.field import R
from verkle.update import C1_SLOT, leaf_scalars

__all__ = [
    "ABSENT_EMPTY",
    "ABSENT_OTHER",
    "PRESENT",
    "STATUS_NAMES",
    "Extension",
    "NodeKind",
    "Plan",
    "lay_out",
    "plan",
    "with_kinds",
]

ABSENT_EMPTY: Final = 0
ABSENT_OTHER: Final = 1
PRESENT: Final = 2
STATUS_NAMES: Final = ("absent-empty", "absent-other", "present")

PATHS_BEYOND: Final = 1024
"""How many paths more than there are commitments for are looked at before a witness is given up."""

NodeKind = Literal["inner", "leaf", "suffixes"]
"""What a path is claimed to be: an inner node, a leaf (one per stem), or one half of a leaf's values."""


@dataclass(frozen=True, slots=True)
class Extension:
    """Where the walk to one stem of the diff ends."""

    stem: bytes
    status: int
    depth: int
    leaf_stem: bytes | None
    """The stem of the leaf found there: its own, another's, or ``None`` at an empty slot."""

    @property
    def path(self) -> bytes:
        """The path of the leaf or of the empty slot."""
        return self.stem[: self.depth]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a witness must open, and nothing else.

    ``paths`` are ascending, the root first (also for an empty diff); ``kinds`` runs parallel; ``index``
    is its inverse. ``openings`` are (path index, z, y, child path index), ascending by the first two;
    exactly one of y and child is ``None``: an opening with a child has that child's image as its y.
    ``leaves`` gives the stem of the leaf at a path; ``empty`` are the paths of empty slots.
    """

    diff: tuple[StemDiff, ...]
    extensions: tuple[Extension, ...]
    paths: tuple[bytes, ...]
    kinds: tuple[NodeKind, ...]
    index: Mapping[bytes, int]
    openings: tuple[tuple[int, int, int | None, int | None], ...]
    leaves: Mapping[bytes, bytes]
    empty: frozenset[bytes]


def plan(diff: Sequence[StemDiff], proof: VerkleProof) -> Plan:
    """Check the shape of a witness and list what it must open.

    Raises:
        MalformedError: ``STEM_LENGTH``, ``VALUE_LENGTH``, ``SUFFIX_RANGE``, ``IPA_LENGTH``.
        InvalidError: any other code of this module: order, counts, statuses, or claims that contradict
            each other.
    """
    if not diff:
        return _empty_plan(proof)
    if len(proof.ipa.cl) != 8 or len(proof.ipa.cr) != 8:
        raise MalformedError(
            "IPA_LENGTH",
            "the argument has eight L and eight R",
            expected=(8, 8),
            got=(len(proof.ipa.cl), len(proof.ipa.cr)),
        )
    _check_diff(diff)
    given = len(proof.commitments)
    statuses = _statuses(diff, proof.extension_present)
    out = lay_out(diff, statuses, proof.other_stems, most_paths=given + 1)
    if given >= len(out.paths):
        raise InvalidError(
            "COMMITMENT_UNUSED",
            "the proof has more commitments than its stems need",
            expected=len(out.paths) - 1,
            got=given,
        )
    return with_kinds(out, proof.kinds) if proof.kinds else out


def with_kinds(plan: Plan, kinds: Sequence[KindOpening]) -> Plan:
    """The plan with the openings added that show node kinds.

    Each must open an inner node other than the root, which needs none, at an index not opened anyway,
    to what a leaf does not have there.
    """
    opened = {(i, z) for i, z, _, _ in plan.openings}
    added: list[tuple[int, int, int | None, int | None]] = []
    for before, kind in zip((None, *kinds), kinds, strict=False):
        at = plan.index.get(kind.path)
        value = int.from_bytes(kind.value, "little")
        if (
            not at
            or plan.kinds[at] != "inner"
            or (at, 0) in opened
            or (before is not None and before.path >= kind.path)
            or len(kind.value) != VALUE_BYTES
            or value >= R
            or value == 1
        ):
            raise InvalidError(
                "KIND_OPENING",
                "an opening that should show the kind of a node is out of order, needless, or shows nothing",
                where={"path": kind.path},
                got=kind.value,
            )
        added.append((at, 0, value, None))
    return replace(plan, openings=tuple(sorted((*plan.openings, *added), key=_position)))


def lay_out(
    diff: Sequence[StemDiff],
    statuses: Sequence[tuple[int, int]],
    other_stems: Sequence[bytes],
    *,
    most_paths: int | None = None,
) -> Plan:
    """The plan of a diff in order whose stems have these (status, depth); prover and verifier share it.

    ``most_paths``: as many as there are commitments for. Gathering stops a little beyond it, so that a
    witness that claims great depths costs no more than the commitments that it brings, while a small one
    is still told what else is wrong with it.

    Raises:
        InvalidError: two stems contradict each other, or the other-stems do not fit;
            ``COMMITMENT_MISSING``: more paths than ``most_paths``.
    """
    claims = _Claims()
    for stem_diff, (status, depth) in zip(diff, statuses, strict=True):
        claims.walk(stem_diff, status, depth)
        if most_paths is not None and len(claims.kinds) > most_paths + PATHS_BEYOND:
            raise _commitment_missing(len(claims.kinds), most_paths)
    claims.check_empty()
    claims.place_other_stems(other_stems)
    paths = tuple(sorted(claims.kinds))
    if most_paths is not None and len(paths) > most_paths:
        raise _commitment_missing(len(paths), most_paths)
    index = {path: i for i, path in enumerate(paths)}
    extensions = tuple(
        Extension(s.stem, status, depth, claims.leaves.get(s.stem[:depth]))
        for s, (status, depth) in zip(diff, statuses, strict=True)
    )
    return Plan(
        tuple(diff),
        extensions,
        paths,
        tuple(claims.kinds[path] for path in paths),
        index,
        _openings(diff, extensions, paths, index, claims),
        claims.leaves,
        frozenset(claims.empty),
    )


def _commitment_missing(paths: int, most_paths: int) -> InvalidError:
    return InvalidError(
        "COMMITMENT_MISSING",
        "the proof has fewer commitments than its stems need",
        expected=paths - 1,
        got=most_paths - 1,
    )


def _empty_plan(proof: VerkleProof) -> Plan:
    """A block that touches nothing has no proof: geth then leaves all parts empty or zero."""
    parts = (*proof.other_stems, proof.extension_present, *proof.commitments, *proof.kinds)
    zeros = (proof.d, *proof.ipa.cl, *proof.ipa.cr, proof.ipa.final_evaluation)
    if any(parts) or any(any(part) for part in zeros):
        raise InvalidError("PROOF_WITHOUT_KEYS", "the state diff is empty, so there is nothing to prove")
    return Plan((), (), (b"",), ("inner",), {b"": 0}, (), {}, frozenset())


def _stem_length(where: Mapping[str, object], stem: bytes) -> MalformedError:
    return MalformedError("STEM_LENGTH", "a stem has 31 bytes", where=where, expected=31, got=len(stem))


def _check_diff(diff: Sequence[StemDiff]) -> None:
    previous = b""
    for stem_diff in diff:
        stem = stem_diff.stem
        where: dict[str, object] = {"stem": stem}
        if len(stem) != STEM_BYTES:
            raise _stem_length(where, stem)
        if stem <= previous and previous:
            if stem == previous:
                raise InvalidError("STEM_REPEATED", "the state diff lists a stem twice", where=where)
            raise InvalidError("STEM_ORDER", "the stems of the state diff are not ascending", where=where)
        previous = stem
        if not stem_diff.suffixes:
            raise InvalidError("STEM_WITHOUT_SUFFIX", "a stem of the state diff has no suffixes", where=where)
        last = -1
        for leaf in stem_diff.suffixes:
            where = {"stem": stem, "suffix": leaf.suffix}
            if not 0 <= leaf.suffix <= 255:
                raise MalformedError("SUFFIX_RANGE", "a suffix is one byte", where=where, got=leaf.suffix)
            if leaf.suffix <= last:
                if leaf.suffix == last:
                    raise InvalidError("SUFFIX_REPEATED", "a stem lists a suffix twice", where=where)
                raise InvalidError("SUFFIX_ORDER", "the suffixes of a stem are not ascending", where=where)
            last = leaf.suffix
            for value in (leaf.current, leaf.new):
                if value is not None and len(value) != VALUE_BYTES:
                    raise MalformedError(
                        "VALUE_LENGTH", "a leaf value has 32 bytes", where=where, expected=32, got=len(value)
                    )
            if leaf.new is not None and leaf.new == leaf.current:
                raise InvalidError(
                    "NEW_VALUE_UNCHANGED",
                    "a new value equals the current one; what a block does not change has none",
                    where=where,
                    got=leaf.new,
                )


def _statuses(diff: Sequence[StemDiff], extension_present: bytes) -> list[tuple[int, int]]:
    """(status, depth) a stem; one byte each, ``depth << 3 | status`` (SPEC 5.5)."""
    if len(extension_present) != len(diff):
        raise InvalidError(
            "EXTENSION_COUNT",
            "depthExtensionPresent has one byte for each stem",
            expected=len(diff),
            got=len(extension_present),
        )
    statuses = []
    for stem_diff, byte in zip(diff, extension_present, strict=True):
        status, depth = byte & 3, byte >> 3
        where: dict[str, object] = {"stem": stem_diff.stem, "byte": byte}
        if byte & 4:
            raise InvalidError("EXTENSION_UNUSED_BIT", "bit 2 of an extension status is set", where=where)
        if status > PRESENT:
            raise InvalidError("EXTENSION_STATUS", "an extension status is 0, 1 or 2", where=where)
        if depth == 0:
            raise InvalidError("EXTENSION_DEPTH", "depth is 1 to 31: no leaf lies at the root", where=where)
        if status != PRESENT:
            for leaf in stem_diff.suffixes:
                if leaf.current is not None:
                    raise InvalidError(
                        "VALUE_UNDER_ABSENT_STEM",
                        "a stem that is absent has a current value",
                        where={"stem": stem_diff.stem, "suffix": leaf.suffix},
                        got=leaf.current,
                    )
        statuses.append((status, depth))
    return statuses


class _Claims:
    """What the stems say about paths, gathered; a second saying that differs is refused."""

    def __init__(self) -> None:
        self.kinds: dict[bytes, NodeKind] = {}
        self.leaves: dict[bytes, bytes] = {}
        self.empty: dict[bytes, bytes] = {}
        self._absent_at: dict[bytes, list[bytes]] = {}

    def _claim(self, path: bytes, kind: NodeKind, stem: bytes) -> None:
        known = self.kinds.setdefault(path, kind)
        if known != kind:
            raise InvalidError(
                "PATH_CONFLICT",
                "one path is used as two kinds of node",
                where={"stem": stem, "path": path},
                expected=known,
                got=kind,
            )

    def walk(self, stem_diff: StemDiff, status: int, depth: int) -> None:
        stem = stem_diff.stem
        for i in range(depth):
            self._claim(stem[:i], "inner", stem)
        path = stem[:depth]
        if status == ABSENT_EMPTY:
            self.empty[path] = stem
            return
        self._claim(path, "leaf", stem)
        if status == ABSENT_OTHER:
            self._absent_at.setdefault(path, []).append(stem)
            return
        other = self.leaves.setdefault(path, stem)
        if other != stem:
            raise InvalidError(
                "LEAF_CONFLICT",
                "two stems are said to be present at one path",
                where={"path": path},
                expected=other,
                got=stem,
            )
        for leaf in stem_diff.suffixes:
            self._claim(path + bytes([C1_SLOT + (leaf.suffix >> 7)]), "suffixes", stem)

    def check_empty(self) -> None:
        for path, stem in self.empty.items():
            if path in self.kinds:
                raise InvalidError(
                    "PATH_CONFLICT",
                    "a slot is said to be empty and to hold a node",
                    where={"stem": stem, "path": path},
                    expected=self.kinds[path],
                    got="empty",
                )

    def place_other_stems(self, other_stems: Sequence[bytes]) -> None:
        """Match the proof's other-stems one to one, in order, with the leaves that nobody else names."""
        for before, after in pairwise(other_stems):
            if before >= after:
                raise InvalidError(
                    "OTHER_STEM_ORDER", "the other-stems are not ascending", where={"other_stem": after}
                )
        wanted = sorted(path for path in self._absent_at if path not in self.leaves)
        if len(other_stems) != len(wanted):
            missing = len(other_stems) < len(wanted)
            raise InvalidError(
                "OTHER_STEM_MISSING" if missing else "OTHER_STEM_UNUSED",
                "the proof has " + ("fewer" if missing else "more") + " other-stems than its absences need",
                expected=len(wanted),
                got=len(other_stems),
            )
        for path, other in zip(wanted, other_stems, strict=True):
            where = {"path": path, "other_stem": other}
            if len(other) != STEM_BYTES:
                raise _stem_length(where, other)
            if not other.startswith(path):
                raise InvalidError(
                    "OTHER_STEM_MISPLACED", "an other-stem does not lie under the path it is for", where=where
                )
            if other in self._absent_at[path]:
                raise InvalidError(
                    "OTHER_STEM_IS_ASKED", "a stem is said to be absent because of itself", where=where
                )
            self.leaves[path] = other


def _openings(
    diff: Sequence[StemDiff],
    extensions: Sequence[Extension],
    paths: Sequence[bytes],
    index: Mapping[bytes, int],
    claims: _Claims,
) -> tuple[tuple[int, int, int | None, int | None], ...]:
    out: list[tuple[int, int, int | None, int | None]] = []
    # every node is opened by its parent: leaves and inner nodes in an inner node, suffixes in a leaf
    for i, path in enumerate(paths):
        if i:
            out.append((index[path[:-1]], path[-1], None, i))
    out.extend((index[path[:-1]], path[-1], 0, None) for path in claims.empty)
    for path, stem in claims.leaves.items():
        leaf = index[path]
        out.append((leaf, 0, 1, None))
        out.append((leaf, 1, int.from_bytes(stem, "little"), None))
    for stem_diff, extension in zip(diff, extensions, strict=True):
        if extension.status != PRESENT:
            continue
        path = extension.path
        for value in stem_diff.suffixes:
            half = index[path + bytes([C1_SLOT + (value.suffix >> 7)])]
            at = 2 * (value.suffix % 128)
            low, high = leaf_scalars(value.current)
            out.append((half, at, low, None))
            out.append((half, at + 1, high, None))
    out.sort(key=_position)
    return tuple(out)


def _position(opening: tuple[int, int, int | None, int | None]) -> tuple[int, int]:
    return opening[0], opening[1]
